# shellcheck shell=bash
# strangers.bash - what the tests with hostile peers share: no run may hang, crash or do half a thing.
#
# shellcheck disable=SC2154 # status, output and stderr are set by run

# Longer than any run here may take; what hangs ends with 124.
PATIENCE_S=60

# ends_by_itself COMMAND...: run it; $status, $output, $stderr.
ends_by_itself() {
	run --separate-stderr setsid --wait timeout "$PATIENCE_S" "$@" </dev/null
	[[ $stderr != *$'\e'* && $stderr != *$'\a'* ]] || {
		printf 'control characters: %q\n' "$stderr"
		return 1
	}
	case $status in
	0 | 4 | 7 | 8 | 9 | 18 | 23 | 28 | 35 | 56 | 60 | 67 | 70 | 73 | 78 | 100 | 101) ;;
	*)
		printf 'exit %s\nstderr: %s\n' "$status" "$stderr"
		return 1
		;;
	esac
	((status == 0)) || [[ -n $stderr ]]
}

# Either it failed, or the file is what the server has.
failed_or() {
	((status != 0)) || cmp "$@"
}

# failed: and nothing incomplete has the name of what was asked for.
failed() {
	((status != 0)) || {
		echo "exit 0; stdout: $output"
		return 1
	}
	[[ ! -e large && ! -e a.txt ]]
}
