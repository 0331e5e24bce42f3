#!/usr/bin/env bats
# daytime: xinetd's own service, over TCP and UDP.

load ../lib/setup

setup_file() {
	server_daytime CLOCK
	server_silent MUTE
	server_refused NOBODY
}

@test "the time comes over TCP and UDP" {
	server_need CLOCK
	run_netkit daytime "127.0.0.1:$CLOCK_PORT"
	expect_exit 0
	[[ $output == *"$(date -u +%Y)"* ]]
	run_netkit daytime --udp "$CLOCK_URL"
	expect_exit 0
	[[ $output == *"$(date -u +%Y)"* ]]
}

@test "as JSON, and by the applet's name" {
	server_need CLOCK
	run_netkit "$CLOCK_URL" --json
	expect_exit 0
	[[ $output == '{"v":1,"type":"daytime","time":"'*'"}' ]]
	ln -s "$NETKIT" daytime
	[[ -n $(./daytime "$CLOCK_URL") ]]
}

@test "a server that says nothing is given up" {
	server_need MUTE
	run_netkit daytime --timeout=200ms --retries=0 "127.0.0.1:$MUTE_PORT"
	expect_exit 28
	[[ -z $output ]]
}

@test "nobody there" {
	run_netkit daytime --retries=0 "127.0.0.1:$NOBODY_PORT"
	expect_exit 7
	run_netkit daytime --retries=0 --udp "127.0.0.1:$NOBODY_PORT" --timeout=1s
	expect_exit 7
}

# with_hosts LINE... -- COMMAND...: run it where /etc/hosts says so.
with_hosts() {
	: >hosts
	while [[ $1 != -- ]]; do
		printf '%s\n' "$1" >>hosts
		shift
	done
	shift
	# shellcheck disable=SC2016 # the shell inside expands it
	unshare --map-root-user --mount sh -c 'mount --bind hosts /etc/hosts && exec "$@"' sh "$@"
}

@test "an address that refuses gives way to the next" {
	server_need CLOCK
	with_hosts true -- true 2>/dev/null || skip "no private mounts here"
	run with_hosts '::1 clock' '127.0.0.1 clock' -- "$NETKIT" daytime --udp "clock:$CLOCK_PORT"
	expect_exit 0
	[[ $output == *"$(date -u +%Y)"* ]]
}

@test "an address that is silent gives way to the next" {
	server_need CLOCK
	with_hosts true -- true 2>/dev/null || skip "no private mounts here"
	socat -u "UDP6-RECV:$CLOCK_PORT,bind=[::1]" "CREATE:mute" &
	local mute=$!
	until [[ -e mute ]]; do
		kill -0 "$mute"
	done
	run with_hosts '::1 clock' '127.0.0.1 clock' -- "$NETKIT" daytime --udp "clock:$CLOCK_PORT"
	kill "$mute"
	expect_exit 0
	[[ $output == *"$(date -u +%Y)"* ]]
}
