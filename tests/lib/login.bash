# shellcheck shell=bash
# login.bash - what the tests of SSH logins share: keys of every kind, agents, netkit with this or that.
#
# shellcheck disable=SC2154,SC2034 # what servers and runs export

# login_servers SERVER...: each has a file that says where it is from.
login_servers() {
	local server root
	for server; do
		root=${server}_ROOT
		[[ -z ${!root-} ]] || echo "from $server" >"${!root}/file"
	done
	make_keys "$BATS_FILE_TMPDIR"
}

# make_keys DIR: KEYS_DIR with one of every kind, all good for KEYS; their passphrase is "open it".
make_keys() {
	local size file
	export KEYS_DIR=$1/keys
	mkdir "$KEYS_DIR"
	ssh-keygen -q -N '' -t ed25519 -f "$KEYS_DIR/ed25519"
	ssh-keygen -q -N '' -t rsa -b 2048 -f "$KEYS_DIR/rsa"
	ssh-keygen -q -N '' -t rsa -b 2048 -m PEM -f "$KEYS_DIR/rsa-pem"
	ssh-keygen -q -N '' -t rsa -b 2048 -m PKCS8 -f "$KEYS_DIR/rsa-pkcs8"
	for size in 256 384 521; do
		ssh-keygen -q -N '' -t ecdsa -b "$size" -f "$KEYS_DIR/ecdsa-$size"
		ssh-keygen -q -N '' -t ecdsa -b "$size" -m PEM -f "$KEYS_DIR/ecdsa-$size-pem"
	done
	ssh-keygen -q -N 'open it' -t ed25519 -a 2 -f "$KEYS_DIR/locked-ed25519"
	ssh-keygen -q -N 'open it' -t ecdsa -a 2 -Z aes256-gcm@openssh.com -f "$KEYS_DIR/locked-ecdsa"
	ssh-keygen -q -N 'open it' -t rsa -b 2048 -m PEM -f "$KEYS_DIR/locked-rsa-pem"
	ssh-keygen -q -N 'open it' -t rsa -b 2048 -m PKCS8 -f "$KEYS_DIR/locked-rsa-pkcs8"
	ssh-keygen -q -N '' -t ed25519 -f "$KEYS_DIR/stranger"
	for file in "$KEYS_DIR"/*.pub; do
		[[ $file == */stranger.pub || -z ${KEYS_AUTHORIZED_KEYS-} ]] || cat "$file" >>"$KEYS_AUTHORIZED_KEYS"
	done
}

teardown() {
	[[ -z ${AGENT_PID-} ]] || kill "$AGENT_PID"
}

# on SERVER: what the tests below use for it.
on() {
	server_need "$1"
	local url=$1_URL key=$1_KEY known=$1_KNOWN_HOSTS port=$1_PORT log=$1_LOG user=$1_USER
	SERVER=$1 URL=${!url} KEY=${!key} KNOWN_HOSTS=${!known} PORT=${!port} LOG=${!log} LOGIN=${!user}
	KNOWN=(--known-hosts="$KNOWN_HOSTS" --trust=strict)
}

# says ARG...: netkit sftp cat of the server's file, whatever comes of it.
says() {
	run_netkit sftp cat --ssh-config=none "$@" "$URL/file"
}

# gets ARG...: the file of the server that is on arrives.
gets() {
	says "$@"
	expect_exit 0
	[[ $output == "from $SERVER" ]]
}

# fails EXIT REGEX ARG...: it does not, and the message says why.
fails() {
	local exit=$1 regex=$2
	shift 2
	says "$@"
	expect_exit "$exit"
	[[ -z $output && $stderr =~ $regex ]] || {
		printf 'said: %s\n' "$stderr"
		return 1
	}
	[[ $stderr != *"$JOE_PASSWORD"* ]]
}

# agent KEY...: an agent that has these keys.
agent() {
	export SSH_AUTH_SOCK=$BATS_TEST_TMPDIR/agent
	ssh-agent -D -a "$SSH_AUTH_SOCK" >/dev/null 3>&- &
	AGENT_PID=$!
	await test -S "$SSH_AUTH_SOCK"
	(($# == 0)) || ssh-add -q "$@"
}
