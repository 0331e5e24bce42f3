#!/bin/bash
# netns.sh - a server and a client with a long wire between them, on one machine.
#
#     tests/bench/netns.sh [-d MILLISECONDS] [-p PORT] 'SERVER COMMAND' 'CLIENT COMMAND'
#
# Makes two network namespaces and joins them by the relay of delay.c: MILLISECONDS each way, 25 by
# default. The server command is started in one (address 10.77.0.1), the client command in the other
# (10.77.0.2), both by `bash -c` with $NETNS_SERVER and $NETNS_CLIENT set to those addresses; with
# -p the client starts when the server listens on that TCP port. The exit status is the client's.
# At the end, however it comes, processes, namespaces and devices are gone. Needs root,
# /dev/net/tun, ip(8) and a C compiler; where one is missing it says so and leaves with status 77.
#
# Another script may source this file and use the functions:
#     netns_missing            prints what is missing and succeeds, or fails when all is there
#     netns_up DELAY-PROGRAM MILLISECONDS
#     "${netns_in_server[@]}" COMMAND...      "${netns_in_client[@]}" COMMAND...
#     netns_lost               prints how many packets the kernel dropped; fails when there are any
#     netns_down               safe to call at any time, any number of times
# shellcheck disable=SC2016	# the text above is about $VARIABLES

NETNS_SERVER=10.77.0.1
NETNS_CLIENT=10.77.0.2
netns_in_server=()
netns_in_client=()
netns_relay=
netns_made_folder=

netns_missing() {
	if [ "$(id -u)" != 0 ]; then
		echo 'network namespaces need root'
	elif [ ! -c /dev/net/tun ]; then
		echo 'no /dev/net/tun'
	elif ! command -v ip >/dev/null; then
		echo 'no ip command (package iproute2)'
	elif ! unshare --net true 2>/dev/null; then
		echo 'network namespaces are not permitted here'
	else
		return 1
	fi
}

# Namespaces of runs that were killed outright: their number is a process that is gone.
netns_sweep() {
	local path name pid
	for path in /run/netns/nkbench-*; do
		[ -e "$path" ] || continue
		name=${path##*/}
		pid=${name#nkbench-}
		pid=${pid%-*}
		[ -d "/proc/$pid" ] || { ip netns del "$name" && netns_made_folder=yes; }
	done
}

netns_side() {
	local name=$1 mine=$2 peer=$3
	# No IPv6 chatter. A TUN queue of 500 packets can be filled by a burst: then they are lost.
	ip -n "$name" link set nkdelay addrgenmode none 2>/dev/null
	ip -n "$name" link set lo up &&
		ip -n "$name" link set nkdelay txqueuelen 10000 up &&
		ip -n "$name" addr add "$mine" peer "$peer" dev nkdelay
}

netns_up() {
	local relay=$1 ms=$2 server=nkbench-$$-server client=nkbench-$$-client ready
	[ -d /run/netns ] || netns_made_folder=yes
	netns_sweep
	ip netns add "$server" && netns_in_server=(ip netns exec "$server") || return 1
	ip netns add "$client" && netns_in_client=(ip netns exec "$client") || return 1
	exec {netns_fd}< <(exec setsid "$relay" -d "$ms" -i nkdelay "/run/netns/$server" \
		"/run/netns/$client")
	netns_relay=$!
	read -r -t 10 -u "$netns_fd" ready && [ "$ready" = ready ] || return 1
	netns_side "$server" "$NETNS_SERVER" "$NETNS_CLIENT" &&
		netns_side "$client" "$NETNS_CLIENT" "$NETNS_SERVER"
}

netns_lost() {
	local prefix lost=0 n
	for prefix in "${netns_in_server[*]}" "${netns_in_client[*]}"; do
		for n in rx tx; do
			n=$($prefix cat "/sys/class/net/nkdelay/statistics/${n}_dropped")
			lost=$((lost + n))
		done
	done
	echo "$lost"
	[ "$lost" = 0 ]
}

# end_child PID: asks it to go and waits until it has gone, for 2 s at most. Not by `wait`: in a
# trap that came while waiting, bash 5.2 can miss the death of a child, and then waits for ever.
end_child() {
	local i
	kill "$1" 2>/dev/null
	for ((i = 0; i < 100; i++)); do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.02
	done
	kill -KILL "$1" 2>/dev/null
}

netns_down() {
	local name pids
	for name in "${netns_in_client[3]-}" "${netns_in_server[3]-}"; do
		if [ -z "$name" ] || [ ! -e "/run/netns/$name" ]; then
			continue
		fi
		pids=$(ip netns pids "$name")
		# shellcheck disable=SC2086	# a list of numbers
		[ -z "$pids" ] || kill -KILL $pids 2>/dev/null
		ip netns del "$name"
	done
	netns_in_server=()
	netns_in_client=()
	if [ -n "$netns_relay" ]; then
		end_child "$netns_relay"
		exec {netns_fd}<&-
		netns_relay=
	fi
	# ip(8) mounts this folder on itself; a namespace of somebody else keeps it busy.
	if [ -n "$netns_made_folder" ]; then
		umount /run/netns 2>/dev/null && rmdir /run/netns 2>/dev/null
		netns_made_folder=
	fi
}

netns_main() {
	local ms=25 port='' work why opt i server rc
	while getopts d:p: opt; do
		case $opt in
		d) ms=$OPTARG ;;
		p) port=$OPTARG ;;
		*) return 2 ;;
		esac
	done
	shift $((OPTIND - 1))
	if [ $# != 2 ]; then
		echo "usage: netns.sh [-d MILLISECONDS] [-p PORT] 'SERVER' 'CLIENT'" >&2
		return 2
	fi
	if why=$(netns_missing); then
		echo "netns: skipped: $why" >&2
		return 77
	fi
	work=$(mktemp -d) || return 1
	# shellcheck disable=SC2064	# $work is this one
	trap "netns_down; rm -rf '$work'" EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	if ! "${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -o "$work/delay" \
		"$(dirname "$0")/delay.c"; then
		echo 'netns: skipped: delay.c was not compiled' >&2
		return 77
	fi
	netns_up "$work/delay" "$ms" || return 1
	export NETNS_SERVER NETNS_CLIENT
	"${netns_in_server[@]}" bash -c "$1" &
	server=$!
	disown # no word when it is killed
	for ((i = 0; i < 100; i++)); do
		[ -z "$port" ] || "${netns_in_server[@]}" bash -c \
			": <>/dev/tcp/$NETNS_SERVER/$port" 2>/dev/null && break
		kill -0 "$server" 2>/dev/null || break
		sleep 0.05
	done
	"${netns_in_client[@]}" bash -c "$2" &
	wait $!
	rc=$?
	netns_lost >/dev/null || echo "netns: the kernel dropped $(netns_lost) packets" >&2
	return "$rc"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	netns_main "$@"
	exit
fi
