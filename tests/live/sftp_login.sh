#!/usr/bin/env bats
# sftp_login.sh - who we are: keys, agents, passwords; and which program speaks SSH.
#
# Each test is a shell of its own, and ~ in a configuration is for netkit:
# shellcheck disable=SC2154,SC2153,SC2034,SC2016,SC2030,SC2031,SC2088

load ../lib/setup
load ../lib/login

setup_file() {
	server_sshd KEYS
	server_sshd PASSWORD auth=password
	server_sshd ASKING auth=keyboard-interactive
	server_sshd BOTH auth=publickey,password
	server_sshd EITHER auth='publickey password keyboard-interactive'
	server_sshd MODERN algorithms=modern
	server_sshd NEWEST algorithms=newest
	server_sshd OLD algorithms=old
	server_sshd RSA hostkeys=rsa
	server_mod_sftp MOD
	login_servers KEYS PASSWORD ASKING BOTH EITHER MODERN NEWEST OLD RSA MOD
}

# --- keys ----------------------------------------------------------------------------------------

@test "every kind of key, in every format" {
	local key
	on KEYS
	for key in ed25519 rsa rsa-pem rsa-pkcs8 ecdsa-{256,384,521}{,-pem}; do
		echo "with $key"
		gets "${KNOWN[@]}" --ssh-transport=libssh2 --identity="$KEYS_DIR/$key"
	done
}

@test "every kind of key by the ssh program" {
	local key
	on KEYS
	for key in ed25519 rsa rsa-pem ecdsa-521; do
		echo "with $key"
		gets "${KNOWN[@]}" --ssh-transport=openssh --identity="$KEYS_DIR/$key"
	done
}

@test "rsa keys on mod_sftp" {
	on MOD
	ssh-keygen -e -m RFC4716 -f "$KEYS_DIR/rsa" >>"$MOD_AUTHORIZED_KEYS.4716"
	gets "${KNOWN[@]}" --ssh-transport=auto --identity="$KEYS_DIR/rsa"
	# libssh2 before 1.11 cannot show it as this server wants it; SHA-1 is only for who asks for it.
	says "${KNOWN[@]}" --ssh-transport=libssh2 --identity="$KEYS_DIR/rsa"
	((status == 0)) || [[ $status == 67 && $stderr == *--ssh-transport=openssh* ]]
	echo 'PubkeyAcceptedAlgorithms +ssh-rsa' >sha1
	chmod 600 sha1
	run_netkit sftp cat --ssh-config=sha1 "${KNOWN[@]}" --ssh-transport=libssh2 --identity="$KEYS_DIR/rsa" \
		"$URL/file"
	expect_exit 0
}

@test "a key without its public half beside it" {
	on KEYS
	cp "$KEYS_DIR/ed25519" "$KEYS_DIR/rsa-pem" "$KEYS_DIR/ecdsa-384" .
	gets "${KNOWN[@]}" --identity=ed25519
	gets "${KNOWN[@]}" --identity=rsa-pem
	gets "${KNOWN[@]}" --identity=ecdsa-384
}

@test "the usual keys of ~/.ssh are tried" {
	on KEYS
	mkdir -m 700 ~/.ssh
	cp "$KEYS_DIR/ecdsa-256" ~/.ssh/id_ecdsa
	gets "${KNOWN[@]}" --ssh-transport=libssh2
	rm ~/.ssh/id_ecdsa
	cp "$KEYS_DIR/stranger" ~/.ssh/id_ed25519
	cp "$KEYS_DIR/rsa" ~/.ssh/id_rsa
	gets "${KNOWN[@]}" --ssh-transport=libssh2
}

@test "several --identity are tried in turn" {
	on KEYS
	gets "${KNOWN[@]}" --identity="$KEYS_DIR/stranger" --identity="$KEYS_DIR/ed25519"
}

@test "no key is good: 67, and it is said what the server takes and what was tried" {
	on KEYS
	fails 67 'publickey' "${KNOWN[@]}" --identity="$KEYS_DIR/stranger"
	fails 67 'publickey' "${KNOWN[@]}"
	fails 67 '' "${KNOWN[@]}" --ssh-transport=openssh --identity="$KEYS_DIR/stranger"
}

@test "a key that others can read, is not there or is none: 2" {
	on KEYS
	cp "$KEYS_DIR/ed25519" open
	chmod 644 open
	fails 2 'open' "${KNOWN[@]}" --identity=open
	fails 2 'none' "${KNOWN[@]}" --identity=none
	(umask 077 && echo 'no key' >junk)
	fails 2 'junk' "${KNOWN[@]}" --identity=junk
}

@test "keys with a passphrase, which is typed" {
	local key
	on KEYS
	for key in locked-ed25519 locked-ecdsa locked-rsa-pem locked-rsa-pkcs8; do
		echo "with $key"
		on_terminal '(?i)passphrase' 'open it' -- sftp cat --ssh-config=none "${KNOWN[@]}" \
			--ssh-transport=libssh2 --identity="$KEYS_DIR/$key" "$URL/file"
		expect_exit 0
		[[ ${lines[0]} == "from $SERVER" && $output == *"$key"* ]]
		[[ $output$stderr != *'open it'* ]]
	done
}

@test "a wrong passphrase is asked for again, three times at most" {
	on KEYS
	on_terminal '(?i)passphrase' no '(?i)passphrase' 'open it' -- sftp cat --ssh-config=none "${KNOWN[@]}" \
		--ssh-transport=libssh2 --identity="$KEYS_DIR/locked-ed25519" "$URL/file"
	expect_exit 0
	on_terminal '(?i)passphrase' 1 '(?i)passphrase' 2 '(?i)passphrase' 3 -- sftp cat --ssh-config=none \
		"${KNOWN[@]}" --ssh-transport=libssh2 --identity="$KEYS_DIR/locked-ed25519" "$URL/file"
	expect_exit 67
}

@test "a passphrase that nobody can type: 67" {
	on KEYS
	fails 67 'locked-ed25519' "${KNOWN[@]}" --identity="$KEYS_DIR/locked-ed25519"
	fails 67 'locked-ed25519' "${KNOWN[@]}" --no-input --identity="$KEYS_DIR/locked-ed25519"
}

# --- agents --------------------------------------------------------------------------------------

@test "the agent's keys of every kind" {
	local key
	on KEYS
	agent
	for key in ed25519 rsa ecdsa-256 ecdsa-384 ecdsa-521; do
		echo "with $key"
		ssh-add -q -D
		ssh-add -q "$KEYS_DIR/$key"
		gets "${KNOWN[@]}" --ssh-transport=libssh2
		gets "${KNOWN[@]}" --ssh-transport=openssh
	done
}

@test "an agent full of other keys does not use up the server's patience" {
	local i
	on KEYS
	agent
	for i in 1 2 3 4 5 6 7 8; do
		ssh-keygen -q -N '' -t ed25519 -f "other$i"
		ssh-add -q "other$i"
	done
	gets "${KNOWN[@]}" --ssh-transport=libssh2 --identity="$KEYS_DIR/ed25519"
	ssh-add -q "$KEYS_DIR/rsa"
	gets "${KNOWN[@]}" --ssh-transport=libssh2 --identity="$KEYS_DIR/rsa.pub"
}

@test "an agent that is not there, or is none, is no reason to fail" {
	on KEYS
	SSH_AUTH_SOCK=$PWD/none gets "${KNOWN[@]}" --identity="$KEYS_DIR/ed25519"
	: >file
	SSH_AUTH_SOCK=$PWD/file gets "${KNOWN[@]}" --identity="$KEYS_DIR/ed25519"
}

@test "an agent that never answers does not hold up a login for ever" {
	on KEYS
	socat -u UNIX-LISTEN:"$PWD/mute",fork OPEN:/dev/null 3>&- &
	AGENT_PID=$!
	await test -S mute
	SSH_AUTH_SOCK=$PWD/mute run --separate-stderr timeout 30 setsid --wait "$NETKIT" sftp cat \
		--ssh-config=none "${KNOWN[@]}" --deadline=2s --ssh-transport=libssh2 \
		--identity="$KEYS_DIR/ed25519" "$URL/file" </dev/null
	((status == 0 || status == 28))
}

# --- passwords -----------------------------------------------------------------------------------

@test "password, and the same answer to one question" {
	local server
	for server in PASSWORD ASKING EITHER MOD; do
		echo "on $server"
		on "$server"
		gets "${KNOWN[@]}" --ssh-transport=libssh2 --password-file="$JOE_PASSWORD_FILE"
	done
}

@test "a password that we would have to pass on to the ssh program: 2" {
	on PASSWORD
	fails 2 'ssh program asks' "${KNOWN[@]}" --ssh-transport=openssh --password-file="$JOE_PASSWORD_FILE"
}

@test "the ssh program asks for a password by itself" {
	local server
	for server in PASSWORD ASKING; do
		echo "on $server"
		on "$server"
		on_terminal '(?i)password' "$JOE_PASSWORD" -- sftp cat --ssh-config=none "${KNOWN[@]}" \
			--ssh-transport=openssh "$URL/file"
		expect_exit 0
		[[ ${lines[0]} == "from $SERVER" && $output$stderr != *"$JOE_PASSWORD"* ]]
	done
}

@test "a password that is typed" {
	local server
	for server in PASSWORD ASKING; do
		echo "on $server"
		on "$server"
		on_terminal '(?i)password' "$JOE_PASSWORD" -- sftp cat --ssh-config=none "${KNOWN[@]}" \
			--ssh-transport=libssh2 "$URL/file"
		expect_exit 0
		[[ ${lines[0]} == "from $SERVER" && $output$stderr != *"$JOE_PASSWORD"* ]]
	done
}

@test "wrong password: 67" {
	local server
	echo wrong >wrong
	for server in PASSWORD ASKING MOD; do
		echo "on $server"
		on "$server"
		fails 67 'joe' "${KNOWN[@]}" --ssh-transport=libssh2 --password-file=wrong
	done
}

@test "no password and nobody to ask: 67, and the options are named" {
	local server
	for server in PASSWORD ASKING; do
		echo "on $server"
		on "$server"
		fails 67 '--password-file' "${KNOWN[@]}" --ssh-transport=libssh2
	done
}

@test "key and password, both" {
	on BOTH
	gets "${KNOWN[@]}" --ssh-transport=libssh2 --identity="$KEY" --password-file="$JOE_PASSWORD_FILE"
	fails 67 '' "${KNOWN[@]}" --ssh-transport=libssh2 --identity="$KEY"
	fails 67 '' "${KNOWN[@]}" --ssh-transport=libssh2 --password-file="$JOE_PASSWORD_FILE"
}

# accepted METHOD: how often the server that is on let somebody in by it.
accepted() {
	grep -c "Accepted $1" "$LOG" || true
}

@test "--auth chooses the method" {
	local method before
	on EITHER
	for method in publickey password keyboard-interactive; do
		before=$(accepted $method)
		gets "${KNOWN[@]}" --auth=$method --identity="$KEY" --password-file="$JOE_PASSWORD_FILE"
		(($(accepted $method) == before + 1))
	done
	fails 67 '' "${KNOWN[@]}" --auth=publickey --password-file="$JOE_PASSWORD_FILE"
	on KEYS
	fails 67 'publickey' "${KNOWN[@]}" --auth=password --password-file="$JOE_PASSWORD_FILE"
	on PASSWORD
	fails 67 'password' "${KNOWN[@]}" --auth=publickey --identity="$KEY"
}

@test "an --auth that is no method: 2" {
	on KEYS
	fails 2 'rot13' "${KNOWN[@]}" --auth=rot13
}

@test "no trace, message or argument shows a password" {
	on PASSWORD
	run_netkit sftp cat --ssh-config=none "${KNOWN[@]}" --password-file="$JOE_PASSWORD_FILE" --trace=trace \
		-v -v -v "$URL/file"
	expect_exit 0
	run ! grep -aF "$JOE_PASSWORD" trace
	[[ $stderr != *"$JOE_PASSWORD"* ]]
}

# --- transports ----------------------------------------------------------------------------------

# old_conf: a configuration that takes what only old servers have.
old_conf() {
	printf '%s\n' 'HostKeyAlgorithms +ssh-rsa' 'KexAlgorithms +diffie-hellman-group14-sha1' \
		'Ciphers +aes128-cbc' 'MACs +hmac-sha1' 'PubkeyAcceptedAlgorithms +ssh-rsa' >old
}

@test "only old algorithms: 35, and with them allowed every key works" {
	local transport
	on OLD
	fails 35 'diffie-hellman-group14-sha1|ssh-rsa' "${KNOWN[@]}" --identity="$KEY"
	cat "$KEYS_DIR/rsa.pub" "$KEYS_DIR/rsa-pem.pub" >>"$OLD_AUTHORIZED_KEYS"
	old_conf
	for transport in libssh2 openssh auto; do
		echo "by $transport"
		gets "${KNOWN[@]}" --ssh-config=old --ssh-transport=$transport --identity="$KEY"
		gets "${KNOWN[@]}" --ssh-config=old --ssh-transport=$transport --identity="$KEYS_DIR/rsa"
	done
	agent "$KEYS_DIR/rsa-pem"
	gets "${KNOWN[@]}" --ssh-config=old --ssh-transport=libssh2
}

@test "auto turns to the ssh program where the library cannot follow" {
	local server
	for server in MODERN NEWEST RSA; do
		echo "on $server"
		on "$server"
		gets "${KNOWN[@]}" --identity="$KEY"
		gets "${KNOWN[@]}" --ssh-transport=openssh --identity="$KEY"
	done
}

@test "without the ssh program: 35, and what is missing is said" {
	local path
	on NEWEST
	path=$(command -v setsid)
	for transport in auto libssh2; do
		run --separate-stderr env PATH=/nonexistent "$path" --wait "$NETKIT" sftp cat --ssh-config=none \
			"${KNOWN[@]}" --identity="$KEY" --ssh-transport=$transport "$URL/file" </dev/null
		expect_exit 35
		[[ $stderr == *sntrup761x25519-sha512* ]]
	done
	run --separate-stderr env PATH=/nonexistent "$path" --wait "$NETKIT" sftp cat --ssh-config=none \
		"${KNOWN[@]}" --identity="$KEY" --ssh-transport=openssh "$URL/file" </dev/null
	((status != 0))
	[[ $stderr == *ssh* ]]
}

@test "certificates, by the ssh program" {
	ssh-keygen -q -N '' -t ed25519 -f authority
	server_sshd CERTIFIED conf="TrustedUserCAKeys $PWD/authority.pub"
	on CERTIFIED
	echo 'from CERTIFIED' >"$CERTIFIED_ROOT/file"
	: >"$CERTIFIED_AUTHORIZED_KEYS"
	cp "$KEYS_DIR/stranger" mine
	cp "$KEYS_DIR/stranger.pub" mine.pub
	fails 67 '' "${KNOWN[@]}" --ssh-transport=openssh --identity=mine
	ssh-keygen -q -s authority -I me -n "$LOGIN" mine.pub
	gets "${KNOWN[@]}" --ssh-transport=openssh --identity=mine
}

@test "nobody at the other end: 7; a name that is none: 6" {
	local transport
	server_refused REFUSED scheme=sftp
	for transport in libssh2 openssh; do
		echo "by $transport"
		SERVER=REFUSED URL=$REFUSED_URL fails 7 '' --ssh-transport=$transport --known-hosts=x
		SERVER=NOWHERE URL=sftp://no.such.host.invalid fails 6 'no.such.host.invalid' \
			--ssh-transport=$transport --known-hosts=x
	done
}

@test "a password in the URL: 2, and it is not shown" {
	run_netkit sftp get sftp://joe:hunter2@127.0.0.1/a
	expect_exit 2
	[[ $stderr != *hunter2* && $output != *hunter2* ]]
}
