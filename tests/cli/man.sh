#!/usr/bin/env bats
# The manual pages: made from the tables, so what is checked is that readers of them have no
# complaint, and that the tables are in them.

load ../lib/setup

setup() {
	clean_environment
	mkdir man
	netkit help man man
}

# text PAGE: as a reader shows it, in one line
text() {
	mandoc -Tascii -O width=1000 "man/$1" | col -b
}

@test "there is a page for netkit, for each applet and for the config" {
	local applet
	[[ -s man/netkit.1 && -s man/netkit-config.5 ]]
	for applet in $(netkit --list); do
		[[ -s man/netkit-$applet.1 ]]
	done
	(($(find man -type f | wc -l) == $(netkit --list | wc -l) + 2))
}

@test "mandoc has no complaint" {
	run mandoc -Tlint -W warning man/*
	[[ -z $output ]] || { echo "$output" && false; }
	((status == 0))
}

@test "groff has no complaint" {
	groff -man -Tutf8 -ww man/* >text 2>complaints
	[[ ! -s complaints ]] || { cat complaints && false; }
}

@test "every page has a name, and says what else to read" {
	local page
	for page in man/*; do
		text "${page#man/}" >page
		grep -qE "^ +${page:4:-2} - [a-z]" page
		grep -q '^SEE ALSO' page
	done
	text netkit.1 | grep -q 'netkit-sftp(1)'
	text netkit.1 | grep -q 'netkit-config(5)'
}

@test "netkit(1) has the topics of help" {
	text netkit.1 >page
	local heading
	for heading in 'EXIT CODES' HOSTS OUTPUT SECRETS URLS PROFILES EXAMPLES VERBS; do
		grep -q "^$heading\$" page
	done
	grep -q 'parallel -S one,two --pipe' page
}

@test "netkit-config(5) has every option that may be a key, and no other" {
	local option
	text netkit-config.5 | grep -oE '^ +[a-z0-9-]+ = ' | tr -d ' =' | sort -u >keys
	(netkit help get && netkit help cp && netkit sftp --help && netkit ftp --help && netkit tftp --help) |
		grep -oE '^ .*--[a-z0-9-]+' | sed 's/.*--//' | sort -u >options
	for option in timeout user password-file jobs tls known-hosts blksize virtual-host retries; do
		grep -qx "$option" keys
	done
	for option in hosts config no-config help version examples; do
		run ! grep -qx "$option" keys
	done
	# What is offered on the command line is a key, but for what is only typed.
	run comm -13 keys options
	[[ $(tr '\n' ' ' <<<"$output") == "config examples help hosts no-config ordered profile version " ]] ||
		{ echo "$output" && false; }
}

@test "the example of a config is one" {
	mkdir -p "$HOME/.config/netkit"
	sed -n '/^\.SH EXAMPLES/,/^\.fi/p' man/netkit-config.5 | sed '/^\./d; s/\\&//; s/\\-/-/g' \
		>"$HOME/.config/netkit/config"
	grep -q '^\[profile backup\]' "$HOME/.config/netkit/config"
	run_netkit config check
	expect_exit 0
	[[ -z $output$stderr ]]
}

@test "a folder that cannot be written to is named" {
	run_netkit help man missing
	expect_exit 23
	[[ $stderr == *"missing/netkit.1: No such file or directory" ]]
}
