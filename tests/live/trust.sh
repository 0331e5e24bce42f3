#!/usr/bin/env bats
# trust.sh - whom netkit trusts: remembered keys of TLS servers, and the one list of all.
#
# Each test is a shell of its own:
# shellcheck disable=SC2154,SC2030,SC2031

load ../lib/setup

setup_file() {
	server_vsftpd GOOD login=anonymous tls=explicit
	server_vsftpd SELF login=anonymous tls=explicit cert=selfsigned
	server_vsftpd IMPLICIT login=anonymous tls=implicit cert=selfsigned
	server_vsftpd EXPIRED login=anonymous tls=explicit cert=expired
	server_vsftpd OTHER login=anonymous tls=explicit cert=otherhost
	server_proftpd JOE login=joe tls=explicit cert=stranger force_tls=yes
	server_sshd SSHD
	local server root
	for server in GOOD SELF IMPLICIT EXPIRED OTHER JOE; do
		root=${server}_ROOT
		[[ -z ${!root-} ]] || echo "from $server" >"${!root}/file"
	done
}

# The usual file.
PINS=.local/state/netkit/pins

# pin_of CERTIFICATE: of its public key, as curl has it.
pin_of() {
	printf 'sha256//%s' "$(openssl x509 -in "$CERTS/$1.pem" -noout -pubkey |
		openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64)"
}

# on SERVER: what the tests below use for it.
on() {
	server_need "$1"
	local url=$1_URL port=$1_PORT
	SERVER=$1 URL=${!url} PORT=${!port}
}

# says ARG...: netkit cat of the server's file, whatever comes of it.
says() {
	run_netkit cat "$@" "$URL/file"
}

gets() {
	says "$@"
	expect_exit 0
	[[ $output == "from $SERVER" ]]
}

# fails EXIT REGEX ARG...
fails() {
	local exit=$1 regex=$2
	shift 2
	says "$@"
	expect_exit "$exit"
	[[ -z $output && $stderr =~ $regex ]] || {
		printf 'said: %s\n' "$stderr"
		return 1
	}
}

# --- TLS at first sight ---------------------------------------------------------------------------

@test "a certificate that nobody vouches for is refused, and nothing is remembered" {
	on SELF
	fails 60 'not trusted.*--trust=tofu'
	fails 60 'not trusted' --trust=strict
	fails 60 'no terminal' --trust=ask
	fails 60 'nobody may be asked' --trust=ask --no-input
	[[ ! -e ~/$PINS ]]
}

@test "tofu takes the first key and keeps it; the host is held to it afterwards" {
	local server
	for server in SELF IMPLICIT EXPIRED OTHER; do
		on "$server"
		gets --trust=tofu --ca="$CERTS/ca.pem"
		[[ $stderr == *'now knows its key sha256//'* ]]
		gets --trust=strict
		gets
		[[ -z $stderr ]]
	done
	[[ $(wc -l <~/$PINS) == 4 ]]
	grep -qxE "127.0.0.1:$SELF_PORT $(pin_of selfsigned | sed 's/+/[+]/g') $(date -u +%F)" ~/$PINS
	[[ $(stat -c %a ~/$PINS) == 600 && $(stat -c %a ~/${PINS%/*}) == 700 ]]
}

@test "tofu does not remember what an authority vouches for" {
	on GOOD
	gets --trust=tofu --ca="$CERTS/ca.pem"
	[[ ! -e ~/$PINS ]]
}

# remember PIN [PORT]: what the file says of the server.
remember() {
	mkdir -p ~/${PINS%/*}
	(umask 077 && printf '# a comment\n127.0.0.1:%s %s 2026-01-02 by hand\n' "${2:-$PORT}" "$1" >>~/$PINS)
}

@test "another key than the remembered one: 60, file and line, and how to forget it" {
	local trust
	on SELF
	remember "$(pin_of good)"
	for trust in auto strict tofu ask; do
		fails 60 "key of the certificate has changed.*$(pin_of selfsigned | sed 's/+/[+]/g').*$PINS:2" --trust=$trust
		[[ $stderr == *"netkit trust rm '127.0.0.1:$PORT'"* ]]
	done
	[[ $(wc -l <~/$PINS) == 2 ]]
}

@test "a remembered key has to match whatever the authorities say" {
	on GOOD
	remember "$(pin_of selfsigned)"
	fails 60 "has changed.*$PINS:2" --ca="$CERTS/ca.pem"
	remember "$(pin_of good)"
	gets --ca="$CERTS/ca.pem"
	gets
}

@test "--insecure checks and remembers nothing; --pin needs no file" {
	on SELF
	remember "$(pin_of good)"
	gets --insecure
	gets --insecure --trust=tofu
	gets --trust=tofu --pin="$(pin_of selfsigned)"
	fails 60 'not the pinned one' --trust=tofu --pin="$(pin_of good)"
	fails 60 'not trusted' --pin="$(pin_of selfsigned)"
	[[ $(wc -l <~/$PINS) == 2 ]]
}

@test "no password is sent to a server whose key is another" {
	on JOE
	fails 60 'not trusted' --password-file="$JOE_PASSWORD_FILE"
	gets --trust=tofu --password-file="$JOE_PASSWORD_FILE"
	sed -i "s,sha256//[^ ]*,$(pin_of good)," ~/$PINS
	fails 60 'has changed' --password-file="$JOE_PASSWORD_FILE"
	[[ $(grep -c 'PASS.*230\|PASS.*-> 23' "$SERVERS_DIR/JOE/commands.log") == 1 ]]
}

@test "asked on a terminal: what the certificate says, and yes is remembered, no is not" {
	on EXPIRED
	on_terminal '(?s)not trusted.*expired.*\?' no -- cat --trust=ask --ca="$CERTS/ca.pem" "$URL/file"
	expect_exit 60
	[[ ! -e ~/$PINS ]]
	on_terminal '(?s)not trusted.*\?' perhaps 'Please type' yes -- \
		cat --trust=ask --ca="$CERTS/ca.pem" "$URL/file"
	expect_exit 0
	[[ ${lines[0]} == "from EXPIRED" ]]
	[[ $output == *'CN=localhost'* && $output == *'CN=netkit test CA'* && $output == *'until 2020-02-01'* ]]
	[[ $output == *'localhost, 127.0.0.1, ::1'* && $output == *"$(pin_of expired)"* ]]
	gets
	rm ~/$PINS
	on_terminal '(?s)not trusted.*\?' "$(pin_of good)" 'Please type' "$(pin_of expired)" -- \
		cat --trust=ask "$URL/file"
	expect_exit 0
	gets --trust=strict
}

# --- the file -------------------------------------------------------------------------------------

@test "a file that others can write, a link, a folder: a warning, and no first use" {
	on SELF
	remember "$(pin_of selfsigned)" 1
	chmod 666 ~/$PINS
	fails 60 'others can write it.*no first use' --trust=tofu
	on GOOD
	gets --ca="$CERTS/ca.pem"
	[[ $stderr == *'others can write it'* ]]
	on SELF
	chmod 600 ~/$PINS
	mv ~/$PINS ~/elsewhere
	ln -s ~/elsewhere ~/$PINS
	fails 60 'a symbolic link.*no first use' --trust=tofu
	rm ~/$PINS
	mkdir ~/$PINS
	fails 60 'no regular file.*no first use' --trust=tofu
	rmdir ~/$PINS
	mkfifo ~/$PINS
	fails 60 'no regular file' --trust=tofu
}

@test "a file of somebody else" {
	((EUID == 0)) || skip 'only root can give a file away'
	on SELF
	remember "$(pin_of selfsigned)"
	chown "$SERVERS_USER" ~/$PINS
	fails 60 'belongs to another user' --trust=tofu
}

@test "lines that are none are named and left aside; one about the server is in the way" {
	on SELF
	remember "$(pin_of good)" 1
	head -c 3000 /dev/urandom >>~/$PINS
	printf '\nnonsense\nh:70000 x\n[::1:5 %s\n' "$(pin_of good)" >>~/$PINS
	gets --trust=tofu
	[[ $stderr == *"$PINS:"*'not understood'* ]]
	gets --trust=strict
	printf '127.0.0.1:%s sha256//zzz\n' "$IMPLICIT_PORT" >>~/$PINS
	on IMPLICIT
	fails 60 "$PINS:[0-9]* cannot be read.*no first use" --trust=tofu
}

@test "where it cannot be written the key holds for the run alone" {
	on JOE
	mkdir -p ~/.local/state
	echo 'in the way' >~/.local/state/netkit
	gets --trust=tofu --password-file="$JOE_PASSWORD_FILE"
	[[ $stderr == *'not remembered'*'Not a directory'* ]]
	fails 60 'not trusted' --password-file="$JOE_PASSWORD_FILE"
	HOME='' gets --trust=tofu --password-file="$JOE_PASSWORD_FILE"
	[[ $stderr == *'not remembered: no folder'* ]]
}

@test "XDG_STATE_HOME says where; a relative one does not count" {
	on SELF
	XDG_STATE_HOME=$PWD/state gets --trust=tofu
	[[ -s state/netkit/pins && ! -e ~/$PINS ]]
	XDG_STATE_HOME=state2 gets --trust=tofu
	[[ ! -e state2 && -s ~/$PINS ]]
}

@test "many at once add one line, and lose none of the others" {
	local i pids=()
	on SELF
	for i in 1 2 3 4 5 6; do
		netkit trust add "host$i:21" "$(pin_of good)" >/dev/null 2>&1 &
		pids+=($!)
		netkit cat --trust=tofu "$URL/file" >"out$i" 2>/dev/null &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	[[ $(cat out?) == "$(yes 'from SELF' | head -n 6)" ]]
	[[ $(grep -c "^127.0.0.1:$PORT " ~/$PINS) == 1 && $(wc -l <~/$PINS) == 7 ]]
}
