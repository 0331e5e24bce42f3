#!/usr/bin/env bats
# What is refused before anything is sent, in which words, and with which status.

load ../lib/setup

# refuses STATUS TEXT ARG...: it ends so, says that on one line, and nothing on stdout.
# shellcheck disable=SC2154 # stderr is set by run
refuses() {
	local wanted=$1 text=$2
	shift 2
	run_netkit "$@"
	expect_exit "$wanted" || return 1
	[[ -z $output && $stderr == *"$text"* && $stderr != *$'\n'* ]] || {
		printf '%s\n' "$stderr" >&2
		return 1
	}
}

@test "typing errors get a suggestion" {
	refuses 2 "no applet or verb 'fpt'; did you mean 'ftp'?" fpt
	refuses 2 "no applet or verb 'ssh'; related: 'scp', 'sftp'" ssh
	refuses 2 "no applet or verb 'fetch'; related: 'get'" fetch ftp://h/f
	refuses 2 "no applet or verb 'frobnicate'; netkit --help lists them" frobnicate
	refuses 2 "no applet, verb or topic 'profils'; did you mean 'profiles'?" help profils
	refuses 2 "did you mean 'get'?" gte ftp://h/f
	refuses 2 "did you mean '--list'?" --lst
	refuses 2 "unknown verb 'gett'; did you mean 'get'?" ftp gett ftp://h/f
	refuses 2 "unknown option --recursiv; did you mean --recursive?" get --recursiv ftp://h/f
	refuses 3 "unknown scheme ftq://; did you mean ftp://?" get ftq://h/f
	refuses 2 "'ato' is not one of auto, never, force" get --resume=ato ftp://h/f
}

@test "options without their value, and values without their option" {
	refuses 2 "--timeout: 'soon' is not a duration" get --timeout=soon ftp://h/f
	refuses 2 "--jobs: '0' is not a number from 1 to" get --jobs=0 ftp://h/f
	refuses 2 "--limit-rate: 'fast' is not a size" get --limit-rate=fast ftp://h/f
	refuses 2 "--json: 'perhaps' is not yes or no" ls --json=perhaps ftp://h/
	refuses 2 "--user needs a value" ls ftp://h/ --user
}

@test "operands that are missing" {
	refuses 2 "get takes URL..." get
	refuses 2 "ls takes URL..." ls
	refuses 2 "put takes PATH...|- URL" put f
	refuses 2 "chmod takes MODE URL..." chmod 644
	refuses 2 "HOST is missing" daytime
}

@test "operands of the wrong kind" {
	refuses 2 "'file' is no URL" ls file
	refuses 2 "cp takes both" put ftp://h/a ftp://h/b
	refuses 2 "ftp does not speak tftp://" ftp get tftp://h/f
	refuses 2 "is no folder" get ftp://h/a ftp://h/b nowhere
	refuses 2 "has no name" put - ftp://h/
	refuses 2 "'9z' is not a mode" chmod 9z ftp://h/f
	refuses 3 "port" get ftp://h:99999/f
	refuses 4 "daytime has no files" get daytime://h
}

@test "a password in a URL is refused and not repeated" {
	refuses 2 "a password in a URL" get ftp://joe:hunter2@h/f
	[[ $stderr != *hunter2* ]]
	run_netkit get --log-format=json ftp://joe:hunter2@h/f
	expect_exit 2
	[[ $stderr != *hunter2* ]]
}

@test "contradictions in TLS are refused" {
	refuses 2 "--tls=off forbids it" get --tls=off ftps://h/f
}

@test "errors are objects when asked for, usage among them" {
	run_netkit get --log-format=json --bogus ftp://h/f
	expect_exit 2
	[[ $stderr == '{"v":1,"type":"error","class":"usage","exit":2,'* ]]
}

@test "a field that no record has is refused before anything is done" {
	refuses 2 "records of type entry have no 'sise', but kind, size, mtime" ls --fields=name,sise ftp://h/
	refuses 2 "records of type transfer have no 'x'" get --fields=x ftp://h/f
}

@test "results that cannot be kept are refused before anything is done" {
	refuses 23 "/nowhere/out" ls --out=/nowhere/out ftp://h/
}

@test "options stand anywhere, also before the verb" {
	server_refused NOBODY
	run_netkit --retries=0 --log-format=json ls "$NOBODY_URL/"
	expect_exit 7
	[[ $stderr == *'"class":"connect","exit":7'* ]]
	run_netkit ls "$NOBODY_URL/" --retries=0
	expect_exit 7
}

@test "links are made and called by their names" {
	mkdir bin
	netkit --install bin 2>/dev/null || netkit --install -s bin
	[[ -e bin/ftp && -e bin/tftp && -e bin/daytime ]]
	[[ $(bin/daytime --help) == "$(netkit daytime --help)" ]]
	netkit --install -s -f bin
	[[ -L bin/ftp ]]
	cp "$NETKIT" bin/netkit
	netkit --install -f bin
	[[ bin/ftp -ef bin/netkit ]]
}

@test "a name that is taken is not replaced without being told to" {
	mkdir bin
	echo mine >bin/ftp
	run_netkit --install -s bin
	expect_exit 73
	[[ $(cat bin/ftp) == mine ]]
}

@test "what stands before an '@' in an operand is never repeated" {
	local operand
	for operand in ftp://u:SECRET@h/ bob:SECRET@h/f ftp://u:SEC/SECRET@h/ ftq://u:SECRET@h/f; do
		run_netkit ls --log-format=json --out=/nowhere/out "$operand"
		expect_exit 23
		[[ $stderr != *SECRET* ]]
		for words in ls "ftp ls" ftp "ftp get" "get ftp://h/a ftp://h/b" "" "chmod 644" chmod \
			"put f" "ftp gett ftp://h/"; do
			# shellcheck disable=SC2086 # words
			run_netkit $words "$operand" f
			((status == 2 || status == 3 || status == 6))
			[[ $stderr != *SECRET* ]]
		done
	done
	run_netkit ls @bob:SECRET@h
	expect_exit 2
	[[ $stderr != *SECRET* ]]
	run_netkit ls --log-format=json --out=/nowhere/out ftp://joe@h/f
	[[ $stderr == *'"url":"ftp://joe@h/f"'* ]]
}

@test "--exit-status is empty or classic" {
	refuses 2 "--exit-status: 'foo' is not one of classic" find --exit-status=foo ftp://h/
	server_refused NOBODY
	run_netkit find --exit-status=classic "$NOBODY_URL/"
	expect_exit 7
}

@test "--retries tries again, an applet without verbs too" {
	server_refused NOBODY
	local words
	for words in "daytime 127.0.0.1:$NOBODY_PORT" "ls $NOBODY_URL/" "mkdir $NOBODY_URL/d"; do
		# shellcheck disable=SC2086 # words
		run_netkit $words --retries=2 --retry-delay=1ms
		expect_exit 7
		[[ $stderr == *"try 2 of 3"*"try 3 of 3"* ]]
		[[ $(grep -c 'try' <<<"$stderr") == 2 ]]
	done
}

@test "help output lists what the prompt prints too" {
	run_netkit help output
	expect_exit 0
	(($(grep -c '^command' <<<"$output") == 1))
	[[ $output == *reply* ]]
}
