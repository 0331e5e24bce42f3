# shellcheck shell=bash
# servers_proxy.sh - how proxies are configured and started; servers.sh sources this.
# shellcheck disable=SC2154,SC2034 # name, port, set and command are the calling function's

# --- dante: SOCKS 4, 4A and 5 --------------------------------------------------------------------

# 127.0.0.2 is what its rules forbid; its log names every connection.
server__danted_configure() {
	local dir=$SERVERS_DIR/$name method=none mounts='' user=$SERVERS_USER
	[[ ${set[login]} != joe ]] || method=username
	((EUID == 0)) || user=$(id -un)
	cat >"$dir/danted.conf" <<-END
		logoutput: stderr
		internal: ${set[address]} port = $port
		external: lo
		clientmethod: none
		socksmethod: $method
		user.privileged: $(id -un)
		user.unprivileged: $user
		client pass {
			from: 0/0 to: 0/0
		}
		socks block {
			from: 0/0 to: 127.0.0.2/32
			log: connect
		}
		socks pass {
			from: 0/0 to: 0/0
			command: connect
			log: connect disconnect error
		}
		${set[conf]}
	END
	command=("$SERVERS_ROOT/usr/sbin/danted" -f "$dir/danted.conf" -p "$dir/pid")
	[[ ${set[login]} == joe ]] || return 0
	rm -rf "$dir/user"
	mkdir "$dir/user"
	set[root]=$dir
	mounts=$(server__user_database "$dir/user")
	server__privately "$mounts"
}

server_danted() {
	local name=$1
	local -A set=()
	server__settings "$name" address=127.0.0.1 login= conf= scheme=socks5h -- "${@:2}" || return 1
	if [[ ${set[login]} == joe ]] && ! server__can_mount; then
		server__skip "$name" 'a dante login needs root and private mounts'
		return 0
	fi
	server__launch "$name" tcp server__danted_configure
}

# --- tinyproxy: CONNECT --------------------------------------------------------------------------

server__tinyproxy_configure() {
	local dir=$SERVERS_DIR/$name
	{
		cat <<-END
			Port $port
			Listen ${set[address]}
			Timeout 60
			LogLevel Connect
			MaxClients 100
		END
		[[ ${set[login]} != joe ]] || printf 'BasicAuth joe %s\n' "$JOE_PASSWORD"
		printf %s "${set[conf]}"
	} >"$dir/tinyproxy.conf"
	chmod 600 "$dir/tinyproxy.conf"
	command=("$SERVERS_ROOT/usr/bin/tinyproxy" -d -c "$dir/tinyproxy.conf")
}

server_tinyproxy() {
	local name=$1
	local -A set=()
	server__settings "$name" address=127.0.0.1 login= conf= scheme=http -- "${@:2}" || return 1
	server__launch "$name" tcp server__tinyproxy_configure
}

# --- ssh -D --------------------------------------------------------------------------------------

server__ssh_socks_configure() {
	local through=${set[through]} key known user to
	key=${through}_KEY known=${through}_KNOWN_HOSTS user=${through}_USER to=${through}_PORT
	command=(ssh -N -F none -D "${set[address]}:$port" -o ExitOnForwardFailure=yes -o BatchMode=yes
		-o "UserKnownHostsFile=${!known}" -i "${!key}" -p "${!to}" "${!user}@127.0.0.1")
}

server_ssh_socks() {
	local name=$1 why
	local -A set=()
	server__settings "$name" address=127.0.0.1 through= scheme=socks5h -- "${@:2}" || return 1
	why=${set[through]}_SKIP
	if [[ -n ${!why-} ]]; then
		server__skip "$name" "${!why}"
		return 0
	fi
	server__launch "$name" tcp server__ssh_socks_configure
}

# --- a network in which there is nothing but a proxy ---------------------------------------------

# server_passage PROXY: a network of its own, of which the proxy's port is all: a relay listens there
# at the same port and goes through a unix socket to one out here. enclosed runs things in it.
server_passage() {
	local proxy=$1 name=$1_PASSAGE port=$1_PORT pid=$1_PASSAGE_PID waited socket words=(unshare --net)
	((EUID == 0)) || words+=(--map-root-user)
	if [[ -z ${!port} ]] || ! "${words[@]}" true 2>/dev/null; then
		server__skip "$name" 'no network of its own can be had here'
		return 0
	fi
	socket=$SERVERS_DIR/$name.socket
	NETKIT_TEST_SERVER=$SERVERS_DIR socat "UNIX-LISTEN:$socket,fork" "TCP:127.0.0.1:${!port}" \
		</dev/null >/dev/null 2>&1 3>&- 4>&- &
	server__record "${name}_OUT" $!
	# shellcheck disable=SC2016 # for the inner shell
	NETKIT_TEST_SERVER=$SERVERS_DIR "${words[@]}" sh -c 'ip link set lo up &&
		exec socat "TCP-LISTEN:$1,bind=127.0.0.1,fork" "UNIX-CONNECT:$2"' \
		sh "${!port}" "$socket" </dev/null >/dev/null 2>&1 3>&- 4>&- &
	server__record "$name" $!
	printf -v "$pid" %s $!
	# shellcheck disable=SC2163 # the name is built
	export "$pid"
	for ((waited = 0; waited < SERVERS_START_MS; waited += 20)); do
		[[ ! -S $socket ]] || ! grep -qs " 0100007F:$(printf %04X "${!port}") 00000000:0000 0A" \
			"/proc/${!pid}/net/tcp" || return 0
		server__pause
	done
	server__say "$proxy: no passage"
	return 1
}

# The words that run a command where that proxy's port is all that can be reached.
server_enclosed() {
	local pid=$1_PASSAGE_PID
	((EUID == 0)) || printf '%s\n' nsenter --user --preserve-credentials --net --target "${!pid}"
	((EUID != 0)) || printf '%s\n' nsenter --net --target "${!pid}"
}
