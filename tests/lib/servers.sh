# shellcheck shell=bash
# servers.sh - real servers on loopback for the live tests; source it from bats or from bash.
#
#   source tests/lib/servers.sh
#   server_vsftpd PLAIN write=yes          # in setup_file
#   curl "$PLAIN_URL/file"                 # PLAIN_PORT PLAIN_HOST PLAIN_ROOT PLAIN_PID PLAIN_LOG
#   servers_stop                           # in teardown_file; in plain bash EXIT does it
#
# Each server is a foreground child on a free port of 127.0.0.1 (or ::1), lives below $SERVERS_DIR
# and answers when its function returns. What this machine or this user cannot run is not started:
# NAME_SKIP says why, NAME_PORT is empty, and `server_need NAME...` skips the test with that reason.
#
# Functions, each with a NAME in capitals and key=value settings:
#   server_vsftpd     anonymous, or a login on a private copy of the user database
#   server_proftpd    joe from a password file, or anonymous; MLSD, HASH, MODE Z
#   server_tftpd      tftpd-hpa                      server_atftpd    atftpd, with windowsize
#   server_sshd       OpenSSH's, joe by key          server_mod_sftp  proftpd's, joe by key or password
#   server_daytime    xinetd's own, TCP and UDP on one port
#   server_ssh_peer   mode=MODE to=PORTS: speaks SSH badly, or stands before an sshd (ssh_peer.py)
#   server_danted     SOCKS 4, 4A and 5              server_tinyproxy  CONNECT
#   server_ssh_socks  through=SSHD: ssh -D by way of that server
#   server_passage PROXY   a network without anything but that proxy (server_enclosed)
#   server_bad_tls    TLS with a chosen cert= before the plain port to=
#   server_silent     accepts and says nothing       server_refused   a port without a listener
# FTP settings:
#   root=DIR          data folder (default: a fresh one)      address=127.0.0.1|::1
#   login=anonymous|joe    (default anonymous)                write=yes|no (default no)
#   tls=off|explicit|implicit    cert=good|expired|otherhost|selfsigned|stranger
#   tls_version=1.2|1.3          reuse=yes|no   demand session reuse on data connections
#   client_cert=yes|no  demand one signed by our CA    force_tls=yes|no  refuse plain logins
#                     (vsftpd's anonymous users can write in incoming/ only)
#   denied=yes        denied/ cannot be entered, readonly/ cannot be written
#   full=SIZE         full/ is a disk of that size (private to the server; root only)
#   conf=LINE         one more line of configuration; may be repeated
# proftpd also: mlsd=yes|no   quota=BYTES (joe may upload that much)
# SSH settings: root= address= denied= full= conf= and
#   auth=publickey    methods: commas for all of them in turn, blanks for either
#                     (password and keyboard-interactive, which is PAM's, need root)
#   hostkeys=TYPES    of ed25519,ecdsa,rsa
# sshd also: algorithms=default|modern|newest|old   rekey=SIZE
#   chroot=yes        internal-sftp below a root of its own, in which the data is /data
#   subsystem=COMMAND what is run for sftp, as joe; `peer` is sftp_peer.py, its mode in the file NAME_MODE
# SSH servers have also NAME_USER, NAME_KEY (joe's), NAME_KNOWN_HOSTS and NAME_AUTHORIZED_KEYS.
# Proxies: address= conf= and login=joe (dante, tinyproxy); dante's rules forbid 127.0.0.2
# TFTP settings: root= address= write= denied= full=; daytime: address= service=daytime|time|echo|...

SERVERS_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SERVERS_ROOT=${NETKIT_SERVERS:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/netkit-servers}/root
# The user all servers work as when root starts them; vsftpd wants one whose home exists.
SERVERS_USER=daemon
SERVERS_START_MS=10000
SERVERS_STOP_MS=3000

server__say() {
	printf 'servers: %s\n' "$*" >&2
}

# --- the folder, and what ends with it -----------------------------------------------------------

# Make the folder and the certificates; every server function does it for itself.
servers_open() {
	[[ -z ${SERVERS_DIR-} || ! -d $SERVERS_DIR ]] || return 0
	if [[ ! -x $SERVERS_ROOT/usr/sbin/vsftpd ]]; then
		server__say "no servers in $SERVERS_ROOT: run tests/lib/deps.sh check"
		return 1
	fi
	SERVERS_DIR=$(mktemp -d "${TMPDIR:-/tmp}/netkit-servers.XXXXXX") || return 1
	chmod 755 "$SERVERS_DIR"
	mkdir "$SERVERS_DIR/run"
	CERTS=$SERVERS_DIR/certs
	"$SERVERS_LIB/certs.sh" "$CERTS" || return 1
	JOE_PASSWORD='Tr0ub4dor-and-3'
	JOE_PASSWORD_FILE=$SERVERS_DIR/joe.password
	(umask 077 && printf '%s\n' "$JOE_PASSWORD" >"$JOE_PASSWORD_FILE")
	export SERVERS_DIR CERTS JOE_PASSWORD JOE_PASSWORD_FILE
	# Should this shell be killed, a watcher stops what it started. bats waits for fd 3.
	bash -c 'trap "" HUP INT; tail --pid="$1" -f /dev/null; . "$2/servers.sh"
		SERVERS_WATCHER=yes; servers_stop' \
		netkit-servers-watcher $$ "$SERVERS_LIB" </dev/null >/dev/null 2>&1 3>&- 4>&- &
	server__record watcher $!
	disown $! 2>/dev/null || true
	[[ -n ${BATS_VERSION-} ]] || trap servers_stop EXIT
}

# Stop every server and remove the folder.
servers_stop() {
	[[ -n ${SERVERS_DIR-} && -d $SERVERS_DIR ]] || return 0
	local record pids=()
	for record in "$SERVERS_DIR"/run/*; do
		[[ $record != */watcher || -z ${SERVERS_WATCHER-} ]] || continue
		pids+=("$(server__recorded "${record##*/}")")
	done
	server__kill "$(server__tree "${pids[@]}")"
	server__kill "$(server__strays)"
	wait "${pids[@]}" 2>/dev/null || true
	chmod -R u+rwX "$SERVERS_DIR" 2>/dev/null || true
	rm -rf "$SERVERS_DIR"
	unset SERVERS_DIR
}

# Stop one server and its children; the process must be the one that was started.
server_stop() {
	local pid
	pid=$(server__recorded "$1")
	rm -f "$SERVERS_DIR/run/$1"
	[[ -n $pid ]] || return 0
	server__kill "$(server__tree "$pid")"
	wait "$pid" 2>/dev/null || true
}

# A process's start time in clock ticks since boot; nothing for a zombie.
server__start_time() {
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	stat=${stat##*) }
	# shellcheck disable=SC2086 # fields, from the third (state) on
	set -- $stat
	[[ $1 == Z ]] || printf '%s\n' "${20}"
}

server__record() {
	printf '%s %s\n' "$2" "$(server__start_time "$2")" >"$SERVERS_DIR/run/$1"
}

# The process id of a server that still runs as it was started; nothing otherwise.
server__recorded() {
	local pid start
	{ read -r pid start <"$SERVERS_DIR/run/$1"; } 2>/dev/null || return 0
	[[ $(server__start_time "$pid") != "$start" ]] || printf '%s\n' "$pid"
}

# The processes and all below them, as PID:START words.
server__tree() {
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v tops="$*" '
		{
			pid = $1
			sub(/^.*\) /, "")
			parent[pid] = $2
			start[pid] = $20
		}
		END {
			n = split(tops, top, " ")
			for (i = 1; i <= n; i++)
				in_tree[top[i]] = 1
			do {
				grown = 0
				for (pid in parent)
					if ((parent[pid] in in_tree) && !(pid in in_tree))
						grown = in_tree[pid] = 1
			} while (grown)
			for (pid in in_tree)
				if (pid in start)
					print pid ":" start[pid]
		}'
}

# Processes that left their tree but still carry our mark.
server__strays() {
	local file pid
	grep -lzsxF "NETKIT_TEST_SERVER=$SERVERS_DIR" /proc/[0-9]*/environ | while read -r file; do
		pid=${file#/proc/}
		pid=${pid%/environ}
		printf '%s:%s\n' "$pid" "$(server__start_time "$pid")"
	done
}

# Those of the PID:START words that still run.
server__alive() {
	local word
	for word; do
		[[ $(server__start_time "${word%:*}") != "${word#*:}" ]] || printf '%s\n' "${word%:*}"
	done
}

# End the processes named by PID:START words: asked first, killed when they do not go.
server__kill() {
	local words pids waited=0
	mapfile -t words <<<"$1"
	[[ -n ${words[0]} ]] || return 0
	pids=$(server__alive "${words[@]}")
	# shellcheck disable=SC2086 # several numbers
	[[ -z $pids ]] || kill -TERM $pids 2>/dev/null
	while pids=$(server__alive "${words[@]}") && [[ -n $pids ]] && ((waited < SERVERS_STOP_MS)); do
		server__pause
		((waited += 20))
	done
	# shellcheck disable=SC2086
	[[ -z $pids ]] || kill -KILL $pids 2>/dev/null || true
}

server__pause() {
	sleep 0.02
}

# --- ports and processes -------------------------------------------------------------------------

# A port that neither TCP nor UDP uses, below the range the kernel hands out.
server_free_port() {
	local port
	while :; do
		port=$((20000 + SRANDOM % 10000))
		awk -v port="$(printf ':%04X$' "$port")" '$2 ~ port { exit 1 }' \
			/proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 && break
	done
	printf '%s\n' "$port"
}

# Does the process itself hold a listening TCP or a bound UDP socket on the port? A process that
# changed its user hides its files from us; then the socket must belong to our user.
server__listens() {
	local pid=$1 protocol=$2 port=$3 state=07 inode owner held
	[[ $protocol == udp ]] || state=0A
	held=$(readlink "/proc/$pid/fd/"* 2>/dev/null)
	while read -r inode owner; do
		if [[ $held == *"socket:[$inode]"* ]] || [[ -z $held && $owner == "$EUID" ]]; then
			return 0
		fi
	done < <(awk -v port="$(printf ':%04X$' "$port")" -v state="$state" \
		'$2 ~ port && $4 == state { print $10, $8 }' "/proc/net/$protocol" "/proc/net/${protocol}6")
	return 1
}

# server__launch NAME tcp|udp CONFIGURE: start $command, set by CONFIGURE for $port, until it
# listens. A port taken meanwhile by another process is tried anew.
server__launch() {
	local name=$1 protocol=$2 configure=$3 port pid try waited command
	local log=$SERVERS_DIR/$name/log
	for try in 1 2 3; do
		port=$(server_free_port)
		command=()
		"$configure" || return 1
		: >"$log"
		# vsftpd reports what stops it on descriptor 0, which is its client under inetd.
		# shellcheck disable=SC2094
		NETKIT_TEST_SERVER=$SERVERS_DIR "${command[@]}" <>"$log" >>"$log" 2>&1 3>&- 4>&- &
		pid=$!
		server__record "$name" "$pid"
		for ((waited = 0; waited < SERVERS_START_MS; waited += 20)); do
			if server__listens "$pid" "$protocol" "$port"; then
				server__export "$name" "$port" "$pid"
				return 0
			fi
			[[ -n $(server__start_time "$pid") ]] || break
			server__pause
		done
		server_stop "$name"
	done
	server__say "$name does not start (${command[*]}), tried $try times; it said:"
	sed 's/^/servers:   /' "$log" >&2
	return 1
}

# The variables of a server: NAME_PORT and the rest.
server__export() {
	local name=$1 port=$2 pid=$3 host=${set[address]}
	[[ $host != *:* ]] || host="[$host]"
	printf -v "${name}_HOST" %s "$host"
	printf -v "${name}_PORT" %s "$port"
	printf -v "${name}_PID" %s "$pid"
	printf -v "${name}_ROOT" %s "${set[root]-}"
	printf -v "${name}_LOG" %s "$SERVERS_DIR/$name/log"
	printf -v "${name}_URL" %s "${set[scheme]}://${set[user]:+${set[user]}@}$host:$port${set[prefix]-}"
	printf -v "${name}_SKIP" %s ''
	# shellcheck disable=SC2163 # the names are built
	export "${name}_HOST" "${name}_PORT" "${name}_PID" "${name}_ROOT" "${name}_LOG" "${name}_URL" \
		"${name}_SKIP"
}

server__skip() {
	printf -v "$1_SKIP" %s "$2"
	printf -v "$1_PORT" %s ''
	# shellcheck disable=SC2163
	export "$1_SKIP" "$1_PORT"
	server__say "$1 is skipped: $2"
}

# Skip the bats test (or, outside bats, fail) when one of the servers could not run here.
server_need() {
	local name why
	for name; do
		why=${name}_SKIP
		[[ -z ${!why-} ]] || {
			[[ -z ${BATS_VERSION-} ]] || skip "$name: ${!why}"
			return 1
		}
	done
}

# server__settings NAME DEFAULT=VALUE... -- KEY=VALUE...: fill the caller's array `set`, refuse
# unknown keys, make the server's folder and its data.
server__settings() {
	local name=$1 word key
	shift
	while [[ $1 != -- ]]; do
		set[${1%%=*}]=${1#*=}
		shift
	done
	shift
	for word; do
		key=${word%%=*}
		if [[ $word != *=* || ! -v set[$key] ]]; then
			server__say "$name: no such setting: $word"
			return 1
		fi
		if [[ $key == conf ]]; then
			set[conf]+=${word#*=}$'\n'
		else
			set[$key]=${word#*=}
		fi
	done
	servers_open || return 1
	[[ ! -e $SERVERS_DIR/run/$name ]] || server_stop "$name"
	rm -rf "${SERVERS_DIR:?}/$name"
	mkdir "$SERVERS_DIR/$name"
	[[ -v set[root] ]] || return 0
	if [[ -z ${set[root]} ]]; then
		set[root]=$SERVERS_DIR/$name/data
		mkdir "${set[root]}"
	fi
	if [[ ${set[denied]} == yes ]]; then
		mkdir -p "${set[root]}/denied" "${set[root]}/readonly"
		echo inside >"${set[root]}/denied/inside"
		echo kept >"${set[root]}/readonly/kept"
	fi
	[[ -z ${set[full]} ]] || mkdir -p "${set[root]}/full"
	((EUID != 0)) || chown -R "$SERVERS_USER:$SERVERS_USER" "${set[root]}"
	[[ ${set[denied]} != yes ]] || chmod 0 "${set[root]}/denied"
	[[ ${set[denied]} != yes ]] || chmod 555 "${set[root]}/readonly"
}

# --- mounts of the server's own ------------------------------------------------------------------

server__can_mount() {
	((EUID == 0)) && unshare --mount --propagation private true 2>/dev/null
}

# Put before $command what mounts $mounts (lines of shell) where only the server sees them.
server__privately() {
	local mounts=$1
	[[ -n $mounts ]] || return 0
	command=(unshare --mount --propagation private
		sh -ec "$mounts"$'\n''exec "$@"' sh "${command[@]}")
}

server__full_mount() {
	[[ -z ${set[full]} ]] || printf 'mount -t tmpfs -o size=%s,mode=777 tmpfs %q\n' \
		"${set[full]}" "${set[root]}/full"
}

# A user database with joe in it, and PAM rules that only look there.
server__user_database() {
	local dir=$1 hash
	hash=$(openssl passwd -6 "$JOE_PASSWORD")
	mkdir "$dir/pam.d"
	cp /etc/passwd /etc/group "$dir"
	printf 'joe:x:%s:%s::%s:/bin/sh\n' "$(id -u "$SERVERS_USER")" "$(id -g "$SERVERS_USER")" \
		"${set[root]}" >>"$dir/passwd"
	(umask 077 && printf 'joe:%s:19000::::::\n' "$hash" >"$dir/shadow")
	# sshd wants a user to be while it does not know who is there.
	printf 'sshd:x:%s:%s::/run/sshd:/bin/sh\n' 64999 64999 >>"$dir/passwd"
	cat >"$dir/pam.d/netkit" <<-'END'
		auth required pam_unix.so nodelay
		account required pam_unix.so
		session required pam_permit.so
	END
	cp "$dir/pam.d/netkit" "$dir/pam.d/sshd"
	printf 'mount --bind %q /etc/%s\n' "$dir/passwd" passwd "$dir/group" group "$dir/shadow" shadow \
		"$dir/pam.d" pam.d
}

# shellcheck source-path=SCRIPTDIR source=servers_kinds.sh
source "$SERVERS_LIB/servers_kinds.sh"
# shellcheck source-path=SCRIPTDIR source=servers_ssh.sh
source "$SERVERS_LIB/servers_ssh.sh"
# shellcheck source-path=SCRIPTDIR source=servers_proxy.sh
source "$SERVERS_LIB/servers_proxy.sh"
