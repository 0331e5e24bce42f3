# shellcheck shell=bash
# terminal.bash - a real terminal for tests, by tmux: `load ../lib/terminal` after setup.
#
#   terminal 80 24 "$NETKIT" ftp ...    starts it, in a server of its own; its status goes to $ENDED
#   types TEXT; keys Enter Tab Up C-c   as a person would
#   shows REGEX                         until the screen has a line that matches, fifteen seconds at most
#   screen                              what the terminal shows
#   terminal_close                      as when its window is closed
# A file that loads it calls terminal_end in teardown.

on_tmux() {
	tmux -u -S "$TERMINAL" -f /dev/null "$@" 3>&-
}

# terminal COLUMNS LINES COMMAND [ARGUMENT]...
terminal() {
	TERMINALS=$((${TERMINALS-0} + 1))
	TERMINAL=$BATS_TEST_TMPDIR/terminal.$TERMINALS
	ENDED=$BATS_TEST_TMPDIR/ended
	rm -f "$ENDED"
	# shellcheck disable=SC2016 # the inner shell's own
	# The shell around it outlives the terminal, to say how it ended.
	on_tmux new-session -d -x "$1" -y "$2" bash -c \
		'trap : HUP; "${@:2}"; echo $? >"$1.new"; mv "$1.new" "$1"' - "$ENDED" "${@:3}"
}

types() {
	on_tmux send-keys -l -- "$1"
}

keys() {
	on_tmux send-keys "$@"
}

# types TEXT, and Enter.
enters() {
	types "$1"
	keys Enter
}

screen() {
	on_tmux capture-pane -p
}

screen_has() {
	screen | grep -qE -- "$1"
}

# The machine may be slow, and each look is a program: what counts is the time.
until_so() {
	local end=$((SECONDS + 15))
	until "$@"; do
		((SECONDS < end)) || return 1
		server__pause
	done
}

# shows REGEX: else what there is instead is told.
shows() {
	until_so screen_has "$1" || {
		screen | sed 's/^/| /' >&2
		return 1
	}
}

# The last line that is not empty matches.
stands_at() {
	screen | grep -v '^ *$' | tail -n 1 | grep -qE -- "$1"
}

# prompts REGEX: until the last line matches.
prompts() {
	until_so stands_at "$1" || {
		screen | sed 's/^/| /' >&2
		return 1
	}
}

# ends STATUS: until the program has ended so.
ends() {
	until_so test -e "$ENDED" || return 1
	if [[ $(cat "$ENDED") != "$1" ]]; then
		echo "ended with $(cat "$ENDED"), not $1" >&2
		return 1
	fi
}

resize() {
	on_tmux resize-window -x "$1" -y "$2"
}

terminal_close() {
	on_tmux kill-session
}

terminal_end() {
	for TERMINAL in "$BATS_TEST_TMPDIR"/terminal.*; do
		[[ ! -S $TERMINAL ]] || on_tmux kill-server 2>/dev/null || true
	done
}

# The process ids of netkit below the terminal.
terminal_processes() {
	pgrep -f -- "$BATS_TEST_TMPDIR/" || true
}
