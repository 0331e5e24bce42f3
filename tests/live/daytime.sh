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
