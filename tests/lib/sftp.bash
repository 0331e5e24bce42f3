# shellcheck shell=bash
# sftp.bash - what the tests of sftp share: a pool of files on several servers, and netkit as joe.
#
# shellcheck disable=SC2154,SC2034 # what servers and runs export

# Each has a root of its own with the pool in it. PROGRAM is SSHD by way of the ssh program.
EVERYWHERE=(SSHD PROGRAM MOD JAIL)

# sftp_servers: start them, and fill them.
sftp_servers() {
	server_sshd SSHD denied=yes
	server_sshd JAIL chroot=yes
	server_mod_sftp MOD denied=yes
	export POOL=$BATS_FILE_TMPDIR/pool
	mkdir -p "$POOL/tree/sub/deep"
	random_file "$POOL/large" 3000000
	: >"$POOL/tree/empty"
	seq 5000 >"$POOL/tree/sub/text"
	echo spaces >"$POOL/tree/sub/ a  b "
	printf 'latin' >"$POOL/tree/sub/"$'caf\xe9'
	local i
	for ((i = 0; i < 40; i++)); do
		random_file "$POOL/tree/sub/deep/$i" "$((i * 37))"
	done
	local server
	for server in SSHD JAIL MOD; do
		fill "$server"
	done
}

# fill SERVER: the pool in its root, joe's own.
fill() {
	local root=$1_ROOT
	[[ -n ${!root-} ]] || return 0
	cp -r "$POOL"/* "${!root}/"
	((EUID != 0)) || chown -R "$SERVERS_USER:$SERVERS_USER" "${!root}"/{tree,large}
}

# on SERVER: what the tests below use for it. FOLDER is the path of the root as the server has it.
on() {
	local server=$1
	TRANSPORT=libssh2
	[[ $server != PROGRAM ]] || { server=SSHD TRANSPORT=openssh; }
	server_need "$server"
	local url=${server}_URL root=${server}_ROOT key=${server}_KEY known=${server}_KNOWN_HOSTS
	URL=${!url} ROOT=${!root}
	FOLDER=
	[[ $URL != sftp://*/* ]] || FOLDER=/${URL#sftp://*/}
	WHO=(--identity="${!key}" --known-hosts="${!known}" --trust=strict --ssh-config=none
		--ssh-transport="$TRANSPORT")
}

# try_joe VERB ARG...: netkit sftp with his key, whatever comes of it.
try_joe() {
	local verb=$1
	shift
	run_netkit sftp "$verb" "${WHO[@]}" "$@"
}

as_joe() {
	try_joe "$@"
	expect_exit 0
}

# for_each FUNCTION ARG...: call it for every server that can run here, in a folder of its own.
for_each() {
	local server why
	for server in "${EVERYWHERE[@]}"; do
		why=${server}_SKIP
		[[ -z ${!why-} ]] || continue
		echo "on $server" # shown when the test fails
		mkdir "$server"
		pushd "$server" >/dev/null || return 1
		on "$server"
		"$@"
		popd >/dev/null || return 1
	done
	rm -rf "${EVERYWHERE[@]}"
}

# fails EXIT REGEX VERB ARG...: netkit sftp as joe ends with EXIT and a message that matches.
fails() {
	local exit=$1 regex=$2
	shift 2
	try_joe "$@"
	expect_exit "$exit"
	[[ $stderr =~ $regex ]] || {
		printf 'said: %s\n' "$stderr"
		return 1
	}
}
