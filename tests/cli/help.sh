#!/usr/bin/env bats
# Help, lists and manual pages: made from the tables, so what is checked is their form and a few
# pages kept as they should look.

load ../lib/setup

golden() {
	diff -u "$BATS_TEST_DIRNAME/golden/$1" -
}

@test "netkit alone lists the applets and says nothing on stderr" {
	run_netkit
	expect_exit 0
	[[ $output == *"daytime   ask a host for the time"* ]]
	[[ -z $stderr ]]
	[[ $output == "$(netkit --help)" ]]
}

@test "the help of a small applet looks like this" {
	netkit daytime --help | golden daytime.txt
}

@test "the help of a verb looks like this" {
	netkit help mkdir | golden mkdir.txt
}

@test "the table of exit statuses looks like this" {
	netkit help exit | golden exit.txt
}

@test "every help fits 80 columns and has no blanks at line ends" {
	local applet verb topic
	for applet in $(netkit --list); do
		netkit help "$applet"
		for verb in ls stat cat get put rm mkdir rmdir mv ln chmod find du df; do
			netkit help "$applet" "$verb" 2>/dev/null || :
		done
	done >all
	netkit --help >>all
	for topic in $(topics) ; do
		netkit help "$topic"
	done >>all
	awk 'length > 80 || /[ \t]$/ { print; bad = 1 } END { exit bad }' all
}

@test "help of an applet is the same in three ways" {
	local applet
	for applet in $(netkit --list); do
		netkit "$applet" --help >a
		netkit help "$applet" >b
		cmp a b
		ln -s "$NETKIT" "$applet"
		"./$applet" --help >c
		cmp a c
	done
}

@test "a verb that a protocol has not is not offered" {
	netkit help ftp | grep -q '^  rmdir '
	run ! grep -q '^  rmdir ' <(netkit help tftp)
	run_netkit tftp rmdir tftp://localhost/x
	expect_exit 4
	[[ $stderr == *"cannot rmdir"* ]]
}

@test "every applet has examples" {
	local applet
	for applet in $(netkit --list); do
		netkit "$applet" --examples | grep -q "^  netkit .*$applet"
	done
}

@test "the examples of a verb are those that run it" {
	netkit get --examples >examples
	grep -q '^  netkit get sftp://' examples
	grep -q '^  netkit ftp get ftp://' examples
	grep -q '^  netkit tftp get ' examples
	run ! grep '^  netkit' <(grep -vE '^  netkit ([a-z]+ )?get ' examples)
	netkit sftp get --examples >examples
	(($(grep -c '^  netkit sftp get ' examples) == $(grep -c '^  netkit' examples)))
}

@test "netkit's own examples begin with its verbs, and those of all applets follow" {
	netkit --examples >all
	[[ $(sed -n 2p all) == "  netkit get "* ]]
	netkit ftp --examples >of_ftp
	grep -qFf of_ftp all
	(($(grep -c '^  #' all) == $(grep -c '^  netkit ' all)))
}

# topics: those that "netkit help" lists
topics() {
	netkit help | sed -n '/^topics of/,/^$/s/^  \([a-z-]*\) .*/\1/p'
}

@test "topics are listed, and each says something" {
	[[ $(topics | tr '\n' ' ') == "exit-codes hosts output profiles secrets urls " ]]
	local topic
	for topic in $(topics); do
		netkit help "$topic" >text
		(($(wc -l <text) > 10))
	done
	cmp <(netkit help exit) <(netkit help exit-codes)
	netkit help urls | grep -q '^  ftps://\[user@\]host\[:port\]/path  (port 990, TLS)$'
	netkit help urls | grep -q '^  tftp://host\[:port\]/path  (port 69)$'
	netkit help secrets | grep -q -- '--password-file=FILE'
	run_netkit help nothing
	expect_exit 2
	[[ $stderr == *"no applet, verb or topic 'nothing'; netkit help lists them" ]]
}

@test "topics are offered after help" {
	netkit __complete netkit help sec | grep -q '^secrets'
}

@test "the version is one line" {
	run_netkit --version
	expect_exit 0
	[[ $output == "netkit "[0-9]* ]]
	[[ $(netkit -V) == "$output" ]]
	[[ $(netkit get --version) == "$output" ]]
}

@test "help output names every field" {
	netkit help output >fields
	grep -q '^  resumed_at ' fields
	grep -q '^daytime' fields
	grep -q '^  mtime        time' fields
}

@test "help that cannot be written is a failure" {
	run bash -c '"$NETKIT" --help >/dev/full'
	((status == 23))
	run bash -c '"$NETKIT" help ftp >/dev/full'
	((status == 23))
}

@test "help loads libc and nothing else" {
	local what
	for what in --help "tftp --help" "help ftp" "__complete netkit ftp get --"; do
		# shellcheck disable=SC2086 # words
		LD_DEBUG=libs "$NETKIT" $what 2>&1 >/dev/null | grep 'calling init' |
			grep -vE 'libc\.so|ld-linux|lib(asan|ubsan|lsan|m|gcc_s|stdc\+\+)\.so' && return 1
	done
	true
}
