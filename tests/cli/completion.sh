#!/usr/bin/env bats
# Completion: the candidates, and the committed scripts.

load ../lib/setup

setup() {
	clean_environment
	PATH=${NETKIT%/*}:$PATH
}

# The names offered for these words.
offered() {
	netkit __complete "$@" | cut -f1 | tr '\n' ' '
}

@test "the committed scripts are those of the tables" {
	local folder=$BATS_TEST_DIRNAME/../../completions
	diff -u "$folder/netkit.bash" <(netkit completion bash)
	diff -u "$folder/_netkit" <(netkit completion zsh)
	diff -u "$folder/netkit.fish" <(netkit completion fish)
}

@test "applets, verbs and words come first" {
	[[ $(offered netkit f) == "ftp find " ]]
	[[ $(offered netkit comp) == "completion " ]]
	[[ $(offered netkit --li) == *"--list "* ]]
	[[ $(offered netkit help rm) == "rm rmdir " ]]
	[[ $(offered netkit completion "") == "bash zsh fish " ]]
}

@test "an applet offers the verbs that it has" {
	[[ $(offered netkit ftp ch) == "chmod " ]]
	[[ $(offered netkit tftp ch) == "" ]]
	[[ $(offered /usr/bin/ftp ch) == "chmod " ]]
	[[ $(offered netkit --json ftp ch) == "chmod " ]]
}

@test "options with a value end in an equals sign" {
	[[ $(offered netkit ftp get --ver) == "--verify= --verbose --version " ]]
	[[ $(offered netkit get --netr) == "--netrc " ]]
}

@test "the words of an option are offered in both forms" {
	[[ $(offered netkit ftp get --tls=r) == "--tls=required " ]]
	[[ $(offered netkit ftp get --tls "") == "try required off implicit " ]]
	[[ $(netkit __complete netkit ftp get --ca=/e) == $'\tfiles\t5' ]]
	[[ $(netkit __complete netkit ftp get --ca /e) == $'\tfiles\t0' ]]
}

@test "only groups that make sense are offered" {
	[[ $(offered netkit tftp get --tls) == "" ]]
	[[ $(offered netkit daytime --rec) == "" ]]
}

@test "files are left to the shell" {
	[[ $(offered netkit put a) == "" ]]
	[[ $(offered netkit ftp get ftp://h/ d) == "" ]]
}

@test "candidates have a description" {
	[[ $(netkit __complete netkit dayt) == $'daytime\task a host for the time' ]]
}

@test "bash completes words that it splits at = and :" {
	compopt() { :; }
	# shellcheck source=/dev/null
	source "$BATS_TEST_DIRNAME/../../completions/netkit.bash"
	COMP_WORDS=(netkit ftp get ftp ':' //h/f --tls '=' re) COMP_CWORD=8
	_netkit
	[[ ${COMPREPLY[*]} == required ]]
}

@test "fish completes" {
	run fish -c "source $BATS_TEST_DIRNAME/../../completions/netkit.fish; complete -C 'netkit ftp get --tls=re'"
	[[ $output == "--tls=required"* ]]
}

@test "zsh takes the script" {
	zsh -n "$BATS_TEST_DIRNAME/../../completions/_netkit"
}
