#!/usr/bin/env bats
# The harness itself: SSH servers answer OpenSSH's own client, and the strangers do as they are told.
# netkit has no part in this.
#
# shellcheck disable=SC2154,SC2153

load setup

setup_file() {
	server_sshd PLAIN denied=yes
	server_sshd MODERN algorithms=modern
	server_sshd NEWEST algorithms=newest
	server_sshd OLD algorithms=old
	server_sshd REKEY rekey=1M
	server_sshd PASSWORD auth=password
	server_sshd ASKING auth=keyboard-interactive
	server_sshd BOTH auth=publickey,password
	server_sshd JAIL chroot=yes
	server_sshd SIX address=::1
	server_sshd PEER subsystem=peer
	server_mod_sftp MOD
}

# client NAME [SFTP-OPTION...]: fetch and store a file by OpenSSH's sftp.
client() {
	local name=$1 url=$1_URL root=$1_ROOT key=$1_KEY known=$1_KNOWN_HOSTS port=$1_PORT user=$1_USER host=$1_HOST
	local folder=
	shift
	server_need "$name"
	[[ ${!url} != sftp://*/* ]] || folder=/${!url#sftp://*/}
	random_file "${!root}/fetched" 2000000
	random_file sent 2000000
	printf 'get %s\nput sent %s\n' "$folder/fetched" "$folder/sent" >commands
	sftp -q -F none -o BatchMode=no "$@" -b commands -P "${!port}" -i "${!key}" -o IdentitiesOnly=yes \
		-o StrictHostKeyChecking=yes -o UserKnownHostsFile="${!known}" "${!user}@${!host}" >said &&
		cmp fetched "${!root}/fetched" && cmp sent "${!root}/sent"
}

with_password() {
	printf '#!/bin/sh\ncat %q\n' "$JOE_PASSWORD_FILE" >askpass
	chmod +x askpass
	SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force client "$@"
}

@test "sshd: a key, IPv4 and IPv6" {
	client PLAIN
	client SIX
	run client PLAIN -o PubkeyAuthentication=no
	((status != 0))
}

@test "sshd: only modern, only the newest and only old algorithms" {
	client MODERN
	run client MODERN -o Ciphers=aes128-ctr
	((status != 0))
	client NEWEST
	run client NEWEST -o KexAlgorithms=curve25519-sha256
	((status != 0))
	client OLD -o HostKeyAlgorithms=ssh-rsa -o KexAlgorithms=diffie-hellman-group14-sha1 \
		-o Ciphers=aes128-cbc -o MACs=hmac-sha1
	run client OLD
	((status != 0))
}

@test "sshd: new keys after each megabyte" {
	client REKEY
}

@test "sshd: password, keyboard-interactive, key and password" {
	with_password PASSWORD
	with_password ASKING -o PreferredAuthentications=keyboard-interactive
	with_password BOTH
	run client BOTH -o PasswordAuthentication=no
	((status != 0))
}

@test "sshd: a root of its own" {
	client JAIL
	[[ ! -e /data ]]
}

@test "mod_sftp: key and password" {
	client MOD
	with_password MOD -o PreferredAuthentications=password
}

@test "a peer as the subsystem: its mode can be changed" {
	server_need PEER
	local batch
	peer() {
		echo "$1" >"$PEER_MODE"
		run --separate-stderr timeout 20 sftp -q -b - -F none -P "$PEER_PORT" -i "$PEER_KEY" \
			-o UserKnownHostsFile="$PEER_KNOWN_HOSTS" "$PEER_USER@127.0.0.1" <<<"$batch"
	}
	batch='ls -1'
	peer normal
	[[ $output == *$'a.txt\n'*large* ]]
	batch='get large'
	peer short:random
	((status == 0 && $(stat -c %s large) == 3000000))
	peer disconnect:3
	((status != 0))
	peer packet:huge
	[[ $stderr == *'too long'* ]]
}

@test "a stranger, and one in the middle" {
	server_need PLAIN
	server_ssh_peer STRANGER mode=goodbye
	run --separate-stderr ssh -F none -p "$STRANGER_PORT" joe@127.0.0.1
	[[ $stderr == *away* ]]
	server_ssh_peer MIDDLE mode=flip:100000 to="$PLAIN_PORT"
	cp "$PLAIN_KNOWN_HOSTS" known
	sed -i "s/]:[0-9]*/]:$MIDDLE_PORT/" known
	run --separate-stderr sftp -b - -F none -P "$MIDDLE_PORT" -i "$PLAIN_KEY" \
		-o UserKnownHostsFile="$PWD/known" "$PLAIN_USER@127.0.0.1" <<<'get /bin/bash here'
	((status != 0))
	[[ $stderr == *'authentication code'* ]]
}
