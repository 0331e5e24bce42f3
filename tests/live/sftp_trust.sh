#!/usr/bin/env bats
# sftp_trust.sh - who they are and how to get there: host keys, ssh_config, jump hosts.
#
# Each test is a shell of its own, and ~ in a configuration is for netkit:
# shellcheck disable=SC2154,SC2016,SC2030,SC2031,SC2088

load ../lib/setup
load ../lib/login

setup_file() {
	server_sshd KEYS
	server_sshd PASSWORD auth=password
	server_sshd JUMP conf='LogLevel DEBUG1'
	server_sshd JUMP2 conf='LogLevel DEBUG1'
	login_servers KEYS PASSWORD JUMP JUMP2
}

# --- the other's key -----------------------------------------------------------------------------

@test "an unknown host: strict refuses, and without a terminal so does asking: 60" {
	local transport
	on KEYS
	for transport in libssh2 openssh; do
		echo "by $transport"
		fails 60 '127.0.0.1' --known-hosts=new --trust=strict --ssh-transport=$transport --identity="$KEY"
		fails 60 '--trust|--known-hosts' --known-hosts=new --trust=ask --ssh-transport=$transport --identity="$KEY"
		fails 60 '' --known-hosts=new --no-input --ssh-transport=$transport --identity="$KEY"
		[[ ! -s new ]]
	done
}

@test "--trust=tofu takes the first key, keeps it, and holds the host to it" {
	local transport
	on KEYS
	for transport in libssh2 openssh; do
		echo "by $transport"
		gets --known-hosts="$transport/new" --trust=tofu --ssh-transport=$transport --identity="$KEY"
		[[ $(stat -c %a "$transport/new") == 600 ]]
		ssh-keygen -F "[127.0.0.1]:$PORT" -f "$transport/new" >found
		gets --known-hosts="$transport/new" --trust=strict --ssh-transport=libssh2 --identity="$KEY"
		gets --known-hosts="$transport/new" --trust=strict --ssh-transport=openssh --identity="$KEY"
		sed "s/:$PORT/:$JUMP_PORT/" "$transport/new" >other
		SERVER=JUMP URL=$JUMP_URL fails 60 'other' --known-hosts=other --trust=tofu \
			--ssh-transport=$transport --identity="$KEY"
	done
}

@test "the usual files are ~/.ssh/known_hosts" {
	on KEYS
	gets --trust=tofu --ssh-transport=libssh2 --identity="$KEY"
	[[ $(stat -c %a ~/.ssh) == 700 && $(cat ~/.ssh/known_hosts) == "[127.0.0.1]:$PORT "* ]]
	gets --trust=strict --ssh-transport=libssh2 --identity="$KEY"
}

@test "asked on a terminal, yes is remembered and no is not" {
	on KEYS
	on_terminal '(?s)SHA256:.*\?' no -- sftp cat --ssh-config=none --known-hosts=new --ssh-transport=libssh2 \
		--identity="$KEY" "$URL/file"
	expect_exit 60
	[[ ! -s new ]]
	on_terminal '(?s)SHA256:.*\?' yes -- sftp cat --ssh-config=none --known-hosts=new --ssh-transport=libssh2 \
		--identity="$KEY" "$URL/file"
	expect_exit 0
	[[ ${lines[0]} == "from KEYS" ]]
	[[ $output == *"$(ssh-keygen -l -f "$SERVERS_DIR/KEYS/host_ed25519" | cut -d ' ' -f 2)"* ]]
	gets --known-hosts=new --trust=strict --identity="$KEY"
}

# wrong_host MARKER: a file that knows another key for the server.
wrong_host() {
	sed "s/^\[127.0.0.1\]:[0-9]*/[127.0.0.1]:$PORT/" "$JUMP_KNOWN_HOSTS"
}

@test "a changed key: 60, and it is said where the old one stands" {
	local transport trust
	on KEYS
	{ echo '# a comment' && wrong_host; } >changed
	for transport in libssh2 openssh; do
		for trust in strict tofu ask; do
			echo "by $transport, $trust"
			fails 60 'changed' --known-hosts=changed --trust=$trust --ssh-transport=$transport --identity="$KEY"
		done
	done
	fails 60 'changed:[2-4]' --known-hosts=changed --ssh-transport=libssh2 --identity="$KEY"
	[[ $stderr == *ssh-keygen*-R* ]]
	gets --known-hosts=changed --insecure --ssh-transport=libssh2 --identity="$KEY"
}

@test "no password is sent to a host whose key is wrong" {
	on PASSWORD
	wrong_host >changed
	fails 60 'changed' --known-hosts=changed --ssh-transport=libssh2 --password-file="$JOE_PASSWORD_FILE"
	run ! grep "Accepted.*port $PORT" "$LOG"
}

@test "a revoked key: 60, whatever else is said of it" {
	local transport
	on KEYS
	{ cat "$KNOWN_HOSTS" && sed 's/^/@revoked /' "$KNOWN_HOSTS"; } >revoked
	for transport in libssh2 openssh; do
		echo "by $transport"
		fails 60 '' --known-hosts=revoked --trust=strict --ssh-transport=$transport --identity="$KEY"
		fails 60 '' --known-hosts=revoked --trust=tofu --ssh-transport=$transport --identity="$KEY"
	done
}

@test "hashed names, wildcards and negation" {
	on KEYS
	cp "$KNOWN_HOSTS" hashed
	ssh-keygen -q -H -f hashed 2>/dev/null
	run ! grep -F 127.0.0.1 hashed
	gets --known-hosts=hashed --trust=strict --identity="$KEY"
	sed "s/^\[127.0.0.1\]/[127.0.0.*]/" "$KNOWN_HOSTS" >stars
	gets --known-hosts=stars --trust=strict --identity="$KEY"
	sed "s/^\[127.0.0.1\]:$PORT/!127.0.0.1,![127.0.0.1]:$PORT,*/" "$KNOWN_HOSTS" >not
	fails 60 '' --known-hosts=not --trust=strict --identity="$KEY"
}

@test "a file full of junk does no harm" {
	on KEYS
	{
		head -c 100000 /dev/urandom
		printf '\n@unknown x y z\n[127.0.0.1]:%s\n[127.0.0.1]:%s ssh-ed25519\n|1|x|y ssh-ed25519 AAAA\n' "$PORT" "$PORT"
		cat "$KNOWN_HOSTS"
	} >junk
	gets --known-hosts=junk --trust=strict --ssh-transport=libssh2 --identity="$KEY"
}

@test "of several host keys the known one is asked for" {
	on KEYS
	grep ecdsa "$KNOWN_HOSTS" >one-type
	gets --known-hosts=one-type --trust=strict --ssh-transport=libssh2 --identity="$KEY"
}

@test "--pin decides alone" {
	local pin other
	on KEYS
	pin=$(ssh-keygen -l -f "$SERVERS_DIR/KEYS/host_ed25519" | cut -d ' ' -f 2)
	other=$(ssh-keygen -l -f "$SERVERS_DIR/JUMP/host_ed25519" | cut -d ' ' -f 2)
	wrong_host >changed
	gets --pin="$pin" --known-hosts=changed --ssh-transport=libssh2 --identity="$KEY"
	gets --pin="$other" --pin="sha256//${pin#SHA256:}=" --known-hosts=new --ssh-transport=libssh2 --identity="$KEY"
	fails 60 'SHA256:' --pin="$other" --known-hosts="$KNOWN_HOSTS" --ssh-transport=libssh2 --identity="$KEY"
	fails 60 '' --pin="$other" --known-hosts="$KNOWN_HOSTS" --ssh-transport=auto --identity="$KEY"
	[[ ! -e new ]]
}

@test "a host whose key is another's each other time" {
	on KEYS
	server_ssh_peer TURNS mode=turns to="$KEYS_PORT $JUMP_PORT"
	run_netkit sftp ls --ssh-config=none --known-hosts=turns --trust=tofu --ssh-transport=libssh2 \
		--identity="$KEY" "$TURNS_URL/tmp"
	expect_exit 0
	run_netkit sftp ls --ssh-config=none --known-hosts=turns --trust=tofu --ssh-transport=libssh2 \
		--identity="$KEY" "$TURNS_URL/tmp"
	expect_exit 60
}

# --- ssh_config ----------------------------------------------------------------------------------

# configured TEXT...: a configuration of these lines, after what all of them need.
configured() {
	printf '%s\n' "$@" >conf
	chmod 600 conf
}

# by_name TARGET ARG...: its file, with the configuration.
by_name() {
	local target=$1
	shift
	run_netkit sftp cat --ssh-config=conf --ssh-transport=libssh2 "$@" "$target"
}

@test "HostName, Port, User, IdentityFile, UserKnownHostsFile of a Host" {
	on KEYS
	configured 'Host elsewhere' '  Port 1' "Host web w?b !not" '  HostName 127.0.0.1' "  Port=$PORT" \
		"  User $LOGIN" "  IdentityFile \"$KEYS_DIR/ecdsa-384\"" '  UserKnownHostsFile ~/known' '  Port 2'
	cp "$KNOWN_HOSTS" ~/known
	by_name "sftp://web$KEYS_ROOT/file" --trust=strict
	expect_exit 0
	[[ $output == 'from KEYS' ]]
	by_name "sftp://wob$KEYS_ROOT/file" --trust=strict
	expect_exit 0
	by_name "web:$KEYS_ROOT/file" --trust=strict
	expect_exit 0
	by_name "sftp://web:1/$KEYS_ROOT/file" --trust=strict
	expect_exit 7
	by_name "sftp://not$KEYS_ROOT/file" --resolve=not:22:127.0.0.1
	((status != 0))
}

@test "~/.ssh/config is read, and --ssh-config=none is without it" {
	on KEYS
	mkdir -m 700 ~/.ssh
	printf '%s\n' 'Host web' 'HostName 127.0.0.1' "Port $PORT" "User $LOGIN" "IdentityFile $KEY" \
		"UserKnownHostsFile $KNOWN_HOSTS" >~/.ssh/config
	chmod 600 ~/.ssh/config
	run_netkit sftp cat --ssh-transport=libssh2 "sftp://web$KEYS_ROOT/file"
	expect_exit 0
	[[ $output == 'from KEYS' ]]
	run_netkit sftp cat --ssh-config=none --ssh-transport=libssh2 --resolve=web:22:127.0.0.1 "sftp://web$KEYS_ROOT/file"
	((status != 0))
}

@test "Include, Match host, tokens" {
	on KEYS
	mkdir parts
	printf '%s\n' 'Host web' "Port $PORT" >parts/1.conf
	printf '%s\n' 'Match host 127.0.0.1' "IdentityFile $KEYS_DIR/%r-key" >parts/2.conf
	cp "$KEYS_DIR/ed25519" "$KEYS_DIR/$LOGIN-key"
	configured 'Host web' 'HostName 127.0.0.1' "User $LOGIN" "UserKnownHostsFile $KNOWN_HOSTS" \
		"Include $PWD/parts/*.conf"
	by_name "sftp://web$KEYS_ROOT/file" --trust=strict
	expect_exit 0
	[[ $output == 'from KEYS' ]]
}

@test "StrictHostKeyChecking and HostKeyAlias" {
	on KEYS
	configured 'Host web' 'HostName 127.0.0.1' "Port $PORT" "User $LOGIN" "IdentityFile $KEY" \
		'UserKnownHostsFile new' 'HostKeyAlias the-web' 'StrictHostKeyChecking accept-new'
	by_name "sftp://web$KEYS_ROOT/file"
	expect_exit 0
	[[ $(cat new) == the-web\ * ]]
	sed -i "s/accept-new/yes/; s/UserKnown.*/UserKnownHostsFile none/" conf
	by_name "sftp://web$KEYS_ROOT/file"
	expect_exit 60
}

@test "what the command line says goes before the configuration" {
	on KEYS
	configured 'Host *' 'User nobody-at-all' "IdentityFile $KEYS_DIR/stranger" 'StrictHostKeyChecking yes' \
		'UserKnownHostsFile none' 'IdentitiesOnly yes'
	by_name "$URL/file" --identity="$KEY" --known-hosts="$KNOWN_HOSTS"
	expect_exit 0
	[[ $output == 'from KEYS' ]]
}

@test "IdentitiesOnly keeps the agent's other keys at home, IdentityAgent names another" {
	on KEYS
	agent "$KEYS_DIR/ed25519"
	configured "UserKnownHostsFile $KNOWN_HOSTS" 'IdentitiesOnly yes' "IdentityFile $KEYS_DIR/stranger"
	by_name "$URL/file"
	expect_exit 67
	configured "UserKnownHostsFile $KNOWN_HOSTS" "IdentityAgent $SSH_AUTH_SOCK"
	SSH_AUTH_SOCK='' by_name "$URL/file"
	expect_exit 0
	configured "UserKnownHostsFile $KNOWN_HOSTS" 'IdentityAgent none'
	by_name "$URL/file"
	expect_exit 67
}

@test "algorithms of the configuration" {
	on KEYS
	configured "UserKnownHostsFile $KNOWN_HOSTS" "IdentityFile $KEY" 'Ciphers aes128-ctr' 'MACs hmac-sha2-512' \
		'KexAlgorithms ecdh-sha2-nistp384' 'HostKeyAlgorithms ecdsa-sha2-nistp256'
	by_name "$URL/file"
	expect_exit 0
	configured "UserKnownHostsFile $KNOWN_HOSTS" "IdentityFile $KEY" 'Ciphers 3des-cbc'
	by_name "$URL/file"
	expect_exit 35
	[[ $stderr == *3des-cbc* || $stderr == *cipher* ]]
}

@test "mistakes of a configuration: 2, with file and line" {
	on KEYS
	configured 'Host *' 'NoSuchKeyword yes'
	by_name "$URL/file"
	expect_exit 2
	[[ $stderr == *conf:2* && $stderr == *[Nn]o[Ss]uch[Kk]eyword* ]]
	configured 'Host *' 'Port many'
	by_name "$URL/file"
	expect_exit 2
	[[ $stderr == *conf:2* ]]
	run_netkit sftp cat --ssh-config=no-such-file "$URL/file"
	expect_exit 2
	configured 'IgnoreUnknown NoSuch*' 'NoSuchKeyword yes' "UserKnownHostsFile $KNOWN_HOSTS" "IdentityFile $KEY"
	by_name "$URL/file"
	expect_exit 0
}

@test "a ~/.ssh/config that others can write: 2" {
	on KEYS
	mkdir -m 700 ~/.ssh
	printf '%s\n' "UserKnownHostsFile $KNOWN_HOSTS" "IdentityFile $KEY" >~/.ssh/config
	chmod 666 ~/.ssh/config
	run_netkit sftp cat --ssh-transport=libssh2 "$URL/file"
	expect_exit 2
	[[ $stderr == *config* ]]
}

@test "an Include of itself ends" {
	on KEYS
	configured "Include $PWD/conf"
	by_name "$URL/file"
	expect_exit 2
}

# --- ways through --------------------------------------------------------------------------------

# passed SERVER: connections that went through it to another.
passed() {
	local log=$1_LOG
	grep -c 'direct-tcpip' "${!log}" || true
}

@test "--jump: through one host and through two" {
	on KEYS
	local before
	server_need JUMP JUMP2
	before=$(passed JUMP)
	cat "$KNOWN_HOSTS" "$JUMP_KNOWN_HOSTS" "$JUMP2_KNOWN_HOSTS" >known
	gets --known-hosts=known --trust=strict --ssh-transport=libssh2 --identity="$KEY" \
		--jump="$LOGIN@127.0.0.1:$JUMP_PORT"
	(($(passed JUMP) > before))
	before=$(passed JUMP2)
	gets --known-hosts=known --trust=strict --ssh-transport=libssh2 --identity="$KEY" \
		--jump="$LOGIN@127.0.0.1:$JUMP_PORT,$LOGIN@127.0.0.1:$JUMP2_PORT"
	(($(passed JUMP2) > before))
	gets --known-hosts=known --trust=strict --ssh-transport=openssh --identity="$KEY" \
		--jump="$LOGIN@127.0.0.1:$JUMP_PORT"
}

@test "a large file through a jump host" {
	on KEYS
	random_file "$KEYS_ROOT/large" 5000000
	cat "$KNOWN_HOSTS" "$JUMP_KNOWN_HOSTS" >known
	run_netkit sftp get --ssh-config=none --known-hosts=known --identity="$KEY" --ssh-transport=libssh2 \
		--jump="$LOGIN@127.0.0.1:$JUMP_PORT" "$URL/large"
	expect_exit 0
	cmp large "$KEYS_ROOT/large"
	run_netkit sftp put --ssh-config=none --known-hosts=known --identity="$KEY" --ssh-transport=libssh2 \
		--jump="$LOGIN@127.0.0.1:$JUMP_PORT" large "$URL/back"
	expect_exit 0
	cmp large "$KEYS_ROOT/back"
}

@test "a jump host that is unknown: 60; that refuses: 67; that cannot go on: 7 or 97" {
	on KEYS
	local refused
	fails 60 "$JUMP_PORT" "${KNOWN[@]}" --ssh-transport=libssh2 --identity="$KEY" --jump="$LOGIN@127.0.0.1:$JUMP_PORT"
	cat "$KNOWN_HOSTS" "$JUMP_KNOWN_HOSTS" >known
	fails 67 "$JUMP_PORT" --known-hosts=known --ssh-transport=libssh2 --identity="$KEYS_DIR/ed25519" \
		--jump="$LOGIN@127.0.0.1:$JUMP_PORT"
	refused=$(server_free_port)
	run_netkit sftp cat --ssh-config=none --known-hosts=known --ssh-transport=libssh2 --identity="$KEY" \
		--jump="$LOGIN@127.0.0.1:$JUMP_PORT" "sftp://joe@127.0.0.1:$refused/file"
	((status == 7 || status == 97))
}

@test "ProxyJump of the configuration" {
	on KEYS
	server_need JUMP JUMP2
	cat "$KNOWN_HOSTS" "$JUMP_KNOWN_HOSTS" "$JUMP2_KNOWN_HOSTS" >known
	configured "UserKnownHostsFile $PWD/known" "IdentityFile $KEY" "User $LOGIN" \
		'Host hop1' 'HostName 127.0.0.1' "Port $JUMP_PORT" 'ProxyJump hop2' \
		'Host hop2' 'HostName 127.0.0.1' "Port $JUMP2_PORT" \
		'Host web' 'HostName 127.0.0.1' "Port $PORT" 'ProxyJump hop1'
	local first second
	first=$(passed JUMP) second=$(passed JUMP2)
	by_name "sftp://web$KEYS_ROOT/file" --trust=strict
	expect_exit 0
	(($(passed JUMP) > first && $(passed JUMP2) > second))
	by_name "sftp://web$KEYS_ROOT/file" --trust=strict --jump=none
	expect_exit 0
}

@test "a jump host that jumps through itself ends" {
	on KEYS
	configured 'Host hop' 'HostName 127.0.0.1' 'ProxyJump hop' 'Host web' 'HostName 127.0.0.1' 'ProxyJump hop'
	run --separate-stderr timeout 30 setsid --wait "$NETKIT" sftp cat --ssh-config=conf --ssh-transport=libssh2 \
		--connect-timeout=2s "sftp://web/file" </dev/null
	((status != 0 && status < 124))
}

@test "ProxyCommand, with its tokens" {
	on KEYS
	printf '#!/bin/sh\necho "$@" >went\nexec socat - TCP:$1:$2\n' >through
	chmod +x through
	configured "UserKnownHostsFile $KNOWN_HOSTS" "IdentityFile $KEY" "User $LOGIN" 'Host web' \
		'HostName 127.0.0.1' "Port $PORT" "ProxyCommand $PWD/through %h %p %r %n"
	by_name "sftp://web$KEYS_ROOT/file" --trust=strict
	expect_exit 0
	[[ $output == 'from KEYS' && $(cat went) == "127.0.0.1 $PORT $LOGIN web" ]]
}

@test "a ProxyCommand that fails, and one that says nothing" {
	on KEYS
	configured "UserKnownHostsFile $KNOWN_HOSTS" "IdentityFile $KEY" 'ProxyCommand exit 3'
	by_name "$URL/file"
	((status != 0))
	[[ -n $stderr ]]
	configured "UserKnownHostsFile $KNOWN_HOSTS" "IdentityFile $KEY" 'ProxyCommand cat >/dev/null'
	by_name "$URL/file" --connect-timeout=300ms --timeout=300ms
	expect_exit 28
}
