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
		[[ $stderr != *"127.0.0.1:$PORT: 127.0.0.1:$PORT: "* ]]
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

# --- the list -------------------------------------------------------------------------------------

# trusts ARG...: netkit trust, with a known_hosts file of the test's own.
trusts() {
	run_netkit trust "$@" --known-hosts=known --ssh-config=none
}

@test "trust add asks what it found; --yes does not" {
	on SELF
	trusts add "$URL"
	expect_exit 60
	[[ $stderr == *--yes* && ! -e ~/$PINS ]]
	on_terminal "(?s)CN=localhost.*No authority vouches.*$(pin_of selfsigned | sed 's/[+/]/[&]/g')|Remember it" no -- \
		trust add "$URL"
	expect_exit 60
	[[ ! -e ~/$PINS ]]
	on_terminal 'Remember it' yes -- trust add "$URL"
	expect_exit 0
	[[ ${lines[0]} == tls$'\t'127.0.0.1$'\t'"$PORT"$'\t\t'"$(pin_of selfsigned)"$'\t'*"/$PINS"$'\t'1 ]]
	gets
	trusts add --yes "$URL"
	expect_exit 0
	[[ $(wc -l <~/$PINS) == 1 ]]
	on JOE
	trusts add --yes "$URL" --json
	expect_exit 0
	[[ $output == '{"v":1,"type":"trust","kind":"tls","host":"127.0.0.1","port":'"$PORT"',"key":"sha256//'* ]]
	gets --password-file="$JOE_PASSWORD_FILE"
}

@test "trust add does not put a second key beside another; what is in clear has none" {
	server_need GOOD
	on SELF
	remember "$(pin_of good)"
	trusts add --yes "$URL"
	expect_exit 60
	[[ $stderr == *"$PINS:2"* && $(wc -l <~/$PINS) == 2 ]]
	trusts add "127.0.0.1:$PORT" "$(pin_of expired)"
	expect_exit 60
	trusts add --yes "$GOOD_URL" --tls=off
	expect_exit 4
	[[ $stderr == *'in clear'* ]]
	trusts add --yes "ftp://127.0.0.1:1/"
	expect_exit 7
}

@test "trust add HOST:PORT PIN takes both spellings, and refuses what is none" {
	local pin text
	pin=$(pin_of good)
	trusts add Host.Example:21 "$pin"
	expect_exit 0
	text=${pin#sha256//}
	trusts add '[::1]:990' "SHA256:${text%=}"
	expect_exit 0
	trusts add ftps://there.example/ "$pin"
	expect_exit 0
	[[ $(cut -d ' ' -f 1,2 ~/$PINS) == "host.example:21 $pin"$'\n'"[::1]:990 $pin"$'\n'"there.example:990 $pin" ]]
	for text in sha256//x MD5:aa '' "$pin="; do
		trusts add h:21 "$text"
		expect_exit 2
	done
	trusts add h "$pin"
	expect_exit 2
	trusts add h:0 "$pin"
	expect_exit 2
	trusts add 'h x:21' "$pin"
	expect_exit 2
	trusts add sftp://h/ "$pin"
	expect_exit 2
	[[ $stderr == *fingerprints* && $(wc -l <~/$PINS) == 3 ]]
}

@test "one list of both kinds, and one host of it" {
	server_need SSHD
	on SELF
	gets --trust=tofu
	cp "$SSHD_KNOWN_HOSTS" known
	printf 'web,10.0.0.1 %s\n' "$(cut -d ' ' -f 2,3 known | head -n 1)" >>known
	printf '@revoked * %s\n' "$(cut -d ' ' -f 2,3 known | head -n 1)" >>known
	trusts list --json
	expect_exit 0
	[[ $(grep -c '"kind":"tls"' <<<"$output") == 1 && $(grep -c '"kind":"ssh"' <<<"$output") == 5 ]]
	grep -q '"host":"127.0.0.1","port":'"$SSHD_PORT"',"key_type":"ssh-ed25519","key":"'"$(ssh-keygen -l -f \
		"$SERVERS_DIR/SSHD/host_ed25519" | cut -d ' ' -f 2)"'","file":"known","line":' <<<"$output"
	grep -q '"marker":"revoked"' <<<"$output"
	trusts list "127.0.0.1:$PORT"
	expect_exit 0
	[[ $(grep -c ^tls <<<"$output") == 1 ]]
	trusts list WEB --fields=host,line
	[[ ${lines[0]} == web,10.0.0.1$'\t'4 ]]
	: >known
	trusts list nowhere.example
	expect_exit 78
	HOME=$PWD/nohome trusts list
	expect_exit 0
	[[ -z $output ]]
}

@test "trust rm forgets keys of both kinds, hashed names too, and says which" {
	server_need SSHD
	on SELF
	gets --trust=tofu
	cp "$SSHD_KNOWN_HOSTS" known
	ssh-keygen -q -H -f known 2>/dev/null
	rm -f known.old
	{
		echo '# kept'
		echo "*.example $(cut -d ' ' -f 2,3 "$SSHD_KNOWN_HOSTS" | head -n 1)"
		echo 'not understood'
	} >>known
	chmod 640 known
	trusts rm "127.0.0.1:$SSHD_PORT"
	expect_exit 0
	[[ ${#lines[@]} == 3 && ${lines[0]} == ssh$'\t'127.0.0.1$'\t'"$SSHD_PORT"$'\t'* ]]
	[[ $(wc -l <known) == 3 && $(stat -c %a known) == 640 ]]
	trusts rm "127.0.0.1:$SSHD_PORT"
	expect_exit 78
	trusts rm x.example
	expect_exit 78
	[[ $stderr == *'known:2 stays'* ]]
	trusts rm "$URL"
	expect_exit 0
	[[ $output == tls$'\t'* && ! -s ~/$PINS && $(stat -c %a ~/$PINS) == 600 ]]
	fails 60 'not trusted'
	[[ $(echo known* ~/$PINS*) == "known $HOME/$PINS" ]]
}

@test "trust rm of a host without a port, of several, and of one that is not there" {
	trusts add h.example:21 "$(pin_of good)"
	trusts add h.example:990 "$(pin_of good)"
	trusts add other.example:21 "$(pin_of good)"
	echo "[h.example]:2222 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICK5DrUsQBjhlZKqJijZpAkbA9zNWZTa9qF62DqHmHwl" >known
	trusts rm H.example nobody.example
	expect_exit 100
	[[ ${#lines[@]} == 3 && $stderr == *'nobody.example'* ]]
	[[ $(cut -d ' ' -f 1 ~/$PINS) == other.example:21 && ! -s known ]]
}

@test "the files are those of ssh_config; a link to known_hosts stays one" {
	server_need SSHD
	cp "$SSHD_KNOWN_HOSTS" real
	ln -s real linked
	printf '%s\n' 'Host web' 'HostName 127.0.0.1' "Port $SSHD_PORT" "UserKnownHostsFile $PWD/linked" >conf
	chmod 600 conf
	run_netkit trust list web --ssh-config=conf
	expect_exit 0
	[[ ${#lines[@]} == 3 ]]
	run_netkit trust rm web --ssh-config=conf
	expect_exit 0
	[[ -L linked && ! -s real ]]
}

@test "trust add of an SSH host goes to its known_hosts file" {
	on SSHD
	trusts add "$URL"
	expect_exit 60
	[[ ! -e known ]]
	trusts add --yes "$URL"
	expect_exit 0
	ssh-keygen -F "[127.0.0.1]:$PORT" -f known
	trusts add "$URL"
	expect_exit 0
	[[ $output == ssh$'\t'*known$'\t'1 && $(wc -l <known) == 1 ]]
	sed -i "s,AAAAC3.*,AAAAC3NzaC1lZDI1NTE5AAAAICK5DrUsQBjhlZKqJijZpAkbA9zNWZTa9qF62DqHmHwl," known
	sed -i 's/ecdsa-sha2-nistp256 .*/ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICK5DrUsQBjhlZKqJijZpAkbA9zNWZTa9qF62DqHmHwl/' known
	trusts add --yes "$URL"
	expect_exit 60
	[[ $stderr == *known:1* ]]
}

@test "what is no word, and too many of them" {
	trusts
	expect_exit 2
	trusts forget x
	expect_exit 2
	trusts list a b
	expect_exit 2
	trusts rm
	expect_exit 2
	trusts list --yes
	expect_exit 2
	trusts rm 'a b/c'
	expect_exit 2
	trusts rm ftp://u:p@h/
	expect_exit 2
	[[ $stderr != *u:p@* ]]
}
