#!/bin/sh
# enclosed.sh PORT SOCKET COMMAND... - run it in a network of its own, where nothing can be reached
# but PORT of 127.0.0.1, and that leads to the unix socket SOCKET outside.
set -eu
port=$1
socket=$2
shift 2
ip link set lo up
socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" "UNIX-CONNECT:$socket" &
relay=$!
trap 'kill "$relay"' EXIT
until grep -q "0100007F:$(printf %04X "$port") 00000000:0000 0A" /proc/net/tcp; do
	kill -0 "$relay"
	sleep 0.02
done
"$@"
