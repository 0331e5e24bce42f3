#!/usr/bin/env bats
# completion.sh - TAB in bash, zsh and fish, with real servers behind it.
#
# shellcheck disable=SC2154,SC2016,SC2030,SC2031

load ../lib/setup
load ../lib/shells

setup_file() {
	server_vsftpd FTP
	server_sshd SSHD
	local root
	for root in "$FTP_ROOT" "$SSHD_ROOT"; do
		nasty_names "$root"
	done
}

# nasty_names DIR
nasty_names() {
	mkdir "$1/a folder" "$1/deep" "$1/deep/er"
	touch "$1/my file.txt" "$1/quo'te" "$1/dou\"ble" "$1/grüße" "$1/12:30" "$1/100%" \
		"$1/what?" "$1/h#ash" "$1/st*r" "$1/back\\slash" "$1/d\$llar" "$1/.hidden" \
		"$1/a folder/in it" "$1/deep/er/bottom" \
		"$1/"$'lat\xe9' "$1/"$'esc\e[2J' "$1/"$'new\nline'
	chmod -R a+rX "$1"
}

setup() {
	clean_environment
	export TERM=xterm
	PATH=${NETKIT%/*}:$PATH
	mkdir -p "$HOME/.ssh"
	cp "$SSHD_KNOWN_HOSTS" "$HOME/.ssh/known_hosts"
	printf 'Host web\n\tHostName 127.0.0.1\n\tPort %s\n\tUser %s\n\tIdentityFile %s\n' \
		"$SSHD_PORT" "$SSHD_USER" "$SSHD_KEY" >"$HOME/.ssh/config"
}

teardown() {
	shell_close
}

urls() {
	local url=$FTP_URL
	types "netkit get $url/my" get "$url/my%20file.txt"
	types "netkit get $url/quo" get "$url/quo%27te"
	types "netkit get $url/grü" get "$url/grüße"
	types "netkit get $url/12" get "$url/12:30"
	types "netkit get $url/100" get "$url/100%25"
	types "netkit get $url/dee" get "$url/deep/"
}

@test "names with blanks, quotes, colons and more in URLs" {
	in_each_shell urls
}
