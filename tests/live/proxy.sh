#!/usr/bin/env bats
# proxy.sh - by way of real proxies: dante (SOCKS 4 and 5), ssh -D (SOCKS 4A and 5), tinyproxy
# (CONNECT). Most tests run netkit in a network where nothing but the proxy's port can be reached, so
# that what goes past the proxy fails.
#
# Scripts for an inner bash expand there, and each test is a shell of its own:
# shellcheck disable=SC2154,SC2016,SC2030,SC2031

load ../lib/setup

# SCHEME PROXY: every kind, on every proxy that speaks it.
WAYS=('socks5h DANTE' 'socks5 DANTE' 'socks4 DANTE' 'http TINY' 'socks5h SOCKS' 'socks4a SOCKS')

setup_file() {
	local proxy
	server_danted DANTE
	server_danted DANTE_JOE login=joe
	server_tinyproxy TINY
	server_tinyproxy TINY_JOE login=joe
	server_sshd SSHD
	server_sshd INNER
	server_ssh_socks SOCKS through=SSHD
	server_vsftpd VS login=joe write=yes
	server_vsftpd VS_TLS login=joe write=yes tls=explicit reuse=yes force_tls=yes
	server_proftpd PRO_IMPLICIT login=joe write=yes tls=implicit
	server_daytime CLOCK
	server_silent MUTE
	server_refused NOBODY
	for proxy in DANTE DANTE_JOE TINY TINY_JOE SOCKS; do
		server_passage "$proxy"
	done
	export POOL=$BATS_FILE_TMPDIR/pool
	mkdir -p "$POOL/tree/sub"
	random_file "$POOL/large" 3000000
	local i
	for ((i = 0; i < 20; i++)); do
		random_file "$POOL/tree/sub/$i" "$((i * 37))"
	done
	fill VS
	fill VS_TLS
	fill PRO_IMPLICIT
	fill SSHD
	fill INNER
}

fill() {
	local root=$1_ROOT
	[[ -n ${!root-} ]] || return 0
	cp -r "$POOL"/* "${!root}/"
	chmod -R a+rwX "${!root}"
}

# run_enclosed PROXY ARG...: as run_netkit.
run_enclosed() {
	local words
	mapfile -t words < <(server_enclosed "$1")
	shift
	run --separate-stderr setsid --wait "${words[@]}" "$NETKIT" "$@" </dev/null
}

# by_each FUNCTION ARG...: call it for every kind of proxy, in a folder of its own; PROXY and WAY,
# its option, are set.
by_each() {
	local way scheme port
	for way in "${WAYS[@]}"; do
		read -r scheme PROXY <<<"$way"
		echo "by $way" # shown when the test fails
		server_need "$PROXY" "${PROXY}_PASSAGE"
		port=${PROXY}_PORT
		WAY=--proxy=$scheme://127.0.0.1:${!port}
		mkdir "$scheme-$PROXY"
		pushd "$scheme-$PROXY" >/dev/null || return 1
		"$@"
		popd >/dev/null || return 1
	done
}

# --- every protocol, every kind of proxy ---------------------------------------------------------

get_time() {
	run_enclosed "$PROXY" daytime "$WAY" "$1"
	expect_exit 0
	[[ $output == *"$(date -u +%Y)"* && -z $stderr ]]
}

@test "daytime, by address" {
	by_each get_time "127.0.0.1:$CLOCK_PORT"
}

@test "daytime, by name" {
	by_each get_time "localhost:$CLOCK_PORT"
}

not_past_it() {
	run_enclosed "$PROXY" daytime "127.0.0.1:$CLOCK_PORT"
	expect_exit 7
}

@test "the network of these tests has no other way" {
	by_each not_past_it
}

ftp_round() {
	local url=$1_URL root=$1_ROOT
	run_enclosed "$PROXY" ftp get "$WAY" --ca="$CERTS/ca.pem" --password-file="$JOE_PASSWORD_FILE" \
		"${!url}/large"
	expect_exit 0
	cmp large "$POOL/large"
	run_enclosed "$PROXY" ftp put "$WAY" --ca="$CERTS/ca.pem" --password-file="$JOE_PASSWORD_FILE" \
		large "${!url}/up"
	expect_exit 0
	cmp "${!root}/up" "$POOL/large"
	rm "${!root}/up"
	run_enclosed "$PROXY" ftp get "$WAY" --ca="$CERTS/ca.pem" --password-file="$JOE_PASSWORD_FILE" \
		--recursive --jobs=3 "${!url}/tree"
	expect_exit 0
	diff -r tree "$POOL/tree"
	rm -rf tree
}

@test "ftp: get, put, a tree" {
	by_each ftp_round VS
}

@test "ftp with AUTH TLS, the data connections resume its session" {
	by_each ftp_round VS_TLS
}

@test "ftps" {
	by_each ftp_round PRO_IMPLICIT
}

ssh_round() {
	local joe=(--identity="$SSHD_KEY" --known-hosts="$SSHD_KNOWN_HOSTS" --ssh-config=none)
	run_enclosed "$PROXY" sftp get "$WAY" "${joe[@]}" "$SSHD_URL/large"
	expect_exit 0
	cmp large "$POOL/large"
	run_enclosed "$PROXY" scp "$WAY" "${joe[@]}" -r "scp://joe@127.0.0.1:$SSHD_PORT/$SSHD_ROOT/tree" .
	expect_exit 0
	diff -r tree "$POOL/tree"
	run_enclosed "$PROXY" sftp put "$WAY" "${joe[@]}" large "$SSHD_URL/up"
	expect_exit 0
	cmp "$SSHD_ROOT/up" "$POOL/large"
	rm "$SSHD_ROOT/up"
}

@test "sftp and scp" {
	by_each ssh_round
}

jump_round() {
	cat "$SSHD_KNOWN_HOSTS" "$INNER_KNOWN_HOSTS" >known
	run_enclosed "$PROXY" sftp get -v "$WAY" --identity="$SSHD_KEY" --known-hosts=known \
		--ssh-config=none --jump="joe@127.0.0.1:$SSHD_PORT" "$INNER_URL/large"
	expect_exit 0
	cmp large "$POOL/large"
	[[ $(grep -c 'by way of the' <<<"$stderr") == 1 ]]
}

@test "a jump host is reached by the proxy, the host behind it is not" {
	by_each jump_round
}

# --- ftp's bulk data -----------------------------------------------------------------------------

@test "the kernel moves an FTP file by itself also behind a proxy" {
	strace -f -qq -e trace=splice -o trace true || skip "no strace here"
	server_need DANTE VS
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=splice -o trace "$NETKIT" ftp get --password-file="$JOE_PASSWORD_FILE" \
		--proxy="$DANTE_URL" "$VS_URL/large"
	cmp large "$POOL/large"
	grep -q 'splice(.* = [1-9]' trace
}

@test "an active data connection is refused" {
	server_need DANTE VS
	run_netkit ftp get --active --proxy="$DANTE_URL" --password-file="$JOE_PASSWORD_FILE" "$VS_URL/large"
	expect_exit 4
	[[ $stderr == *'no server can connect back'* && ! -e large ]]
}

# --- who logs in ---------------------------------------------------------------------------------

# by_login FUNCTION ARG...: call it for the proxies that want a login.
by_login() {
	for PROXY in DANTE_JOE TINY_JOE; do
		echo "by $PROXY" # shown when the test fails
		server_need "$PROXY" CLOCK
		local url=${PROXY}_URL port=${PROXY}_PORT
		URL=${!url} SCHEME=${URL%%:*} PORT=${!port}
		"$@"
	done
}

login_of_environment() {
	ALL_PROXY=$SCHEME://joe:$JOE_PASSWORD@127.0.0.1:$PORT run_netkit daytime --trace=trace "$CLOCK_URL"
	expect_exit 0
	[[ $(<trace) == *'****'* && $(<trace) != *"$JOE_PASSWORD"* ]]
	[[ $(<trace) != *"$(printf 'joe:%s' "$JOE_PASSWORD" | base64)"* ]]
}

@test "a login in ALL_PROXY, which the trace does not show" {
	by_login login_of_environment
}

login_of_netrc() {
	printf 'machine 127.0.0.1 login joe password %s\n' "$JOE_PASSWORD" >netrc
	chmod 600 netrc
	NETRC=netrc run_netkit daytime --proxy="$URL" "$CLOCK_URL"
	expect_exit 0
}

@test "a login in netrc" {
	by_login login_of_netrc
}

login_typed() {
	on_terminal 'Password for joe@127.0.0.1, the proxy: ' wrong \
		'Wrong. Password for joe@127.0.0.1, the proxy: ' "$JOE_PASSWORD" -- \
		daytime --proxy="$SCHEME://joe@127.0.0.1:$PORT" "$CLOCK_URL"
	expect_exit 0
	[[ $output == *"$(date -u +%Y)"* ]]
}

@test "a login typed, at the second try" {
	by_login login_typed
}

login_typed_once() {
	on_terminal 'Password for joe@127.0.0.1, the proxy: ' "$JOE_PASSWORD" -- \
		ftp get --proxy="$SCHEME://joe@127.0.0.1:$PORT" --password-file="$JOE_PASSWORD_FILE" \
		--recursive --jobs=3 "$VS_URL/tree"
	expect_exit 0
	diff -r tree "$POOL/tree"
	rm -r tree
}

@test "many connections ask once" {
	server_need VS
	by_login login_typed_once
}

login_missing() {
	run_netkit daytime --proxy="$URL" "$CLOCK_URL"
	expect_exit 97
	[[ $stderr == *"$SCHEME proxy 127.0.0.1:$PORT for 127.0.0.1:$CLOCK_PORT: it wants a login"* ]]
	run_netkit daytime --proxy="$SCHEME://joe@127.0.0.1:$PORT" "$CLOCK_URL"
	expect_exit 97
	[[ $stderr == *'no password for joe'* ]]
	ALL_PROXY=$SCHEME://joe:wrong@127.0.0.1:$PORT run_netkit daytime "$CLOCK_URL"
	expect_exit 97
	[[ $stderr == *'the login of joe was refused'* && $stderr != *wrong* ]]
}

@test "no login, no password, a wrong one" {
	by_login login_missing
}

# --- proxies that refuse, and that are not there -------------------------------------------------

@test "what dante's rules forbid" {
	server_need DANTE
	run_netkit daytime --proxy="$DANTE_URL" "127.0.0.2:$CLOCK_PORT"
	expect_exit 97
	[[ $stderr == *"socks5h proxy 127.0.0.1:$DANTE_PORT for 127.0.0.2:$CLOCK_PORT: its rules forbid"* ]]
}

target_refuses() {
	run_netkit daytime "$WAY" "127.0.0.1:$NOBODY_PORT"
	expect_exit 97
	[[ $stderr == *"127.0.0.1:$NOBODY_PORT"* && -z $output ]]
}

@test "a target that refuses" {
	by_each target_refuses
}

@test "a name that the proxy cannot look up" {
	server_need DANTE TINY
	run_netkit daytime --proxy="$DANTE_URL" nobody.invalid
	expect_exit 97
	run_netkit daytime --proxy="$TINY_URL" nobody.invalid
	expect_exit 97
}

@test "a proxy that says nothing" {
	server_need MUTE
	local scheme
	for scheme in socks5h socks4a http; do
		run_netkit daytime --connect-timeout=1s --proxy="$scheme://127.0.0.1:$MUTE_PORT" h
		expect_exit 28
		[[ $stderr == *"$scheme proxy 127.0.0.1:$MUTE_PORT for h:13: timed out waiting for the proxy"* ]]
	done
}

@test "nobody at the proxy's port" {
	run_netkit daytime --proxy="http://127.0.0.1:$NOBODY_PORT" h
	expect_exit 97
	[[ $stderr == *"http proxy 127.0.0.1:$NOBODY_PORT for h:13: "*'Connection refused'* ]]
}

@test "one kind of proxy taken for another" {
	server_need DANTE TINY
	run_netkit daytime --proxy="http://127.0.0.1:$DANTE_PORT" h
	expect_exit 97
	run_netkit daytime --connect-timeout=1s --proxy="socks4a://127.0.0.1:$TINY_PORT" h
	((status == 97 || status == 28))
}

# --- which proxy ---------------------------------------------------------------------------------

@test "NO_PROXY and --proxy=none go directly" {
	server_need CLOCK
	export ALL_PROXY=http://127.0.0.1:$NOBODY_PORT
	run_netkit daytime "$CLOCK_URL"
	expect_exit 97
	run_netkit daytime --proxy=none "$CLOCK_URL"
	expect_exit 0
	NO_PROXY=127.0.0.0/8 run_netkit daytime "$CLOCK_URL"
	expect_exit 0
	NO_PROXY=127.0.0.1:$((CLOCK_PORT + 1)) run_netkit daytime "$CLOCK_URL"
	expect_exit 97
	no_proxy=127.0.0.1:$CLOCK_PORT run_netkit daytime --proxy="$ALL_PROXY" "$CLOCK_URL"
	expect_exit 0
}

@test "UDP passes no proxy" {
	server_need CLOCK
	run_netkit daytime --udp --proxy="socks5h://127.0.0.1:$NOBODY_PORT" "$CLOCK_URL"
	expect_exit 4
	ALL_PROXY=socks5h://127.0.0.1:$NOBODY_PORT run_netkit daytime --udp "$CLOCK_URL"
	expect_exit 0
	[[ -z $stderr ]]
}

@test "the ssh program goes by no proxy, and is not started" {
	server_need SSHD DANTE
	local joe=(--identity="$SSHD_KEY" --known-hosts="$SSHD_KNOWN_HOSTS" --ssh-config=none
		--ssh-transport=openssh)
	run_netkit sftp get --proxy="$DANTE_URL" "${joe[@]}" "$SSHD_URL/large"
	expect_exit 2
	[[ $stderr == *'the ssh program goes by no --proxy'* ]]
	ALL_PROXY=$DANTE_URL run_netkit sftp get "${joe[@]}" "$SSHD_URL/large"
	expect_exit 2
	[[ $stderr == *'the ssh program goes by no ALL_PROXY'* ]]
	ALL_PROXY=$DANTE_URL NO_PROXY=127.0.0.1 run_netkit sftp get "${joe[@]}" "$SSHD_URL/large"
	expect_exit 0
	cmp large "$POOL/large"
}

@test "a ProxyCommand of ssh_config is the whole way" {
	server_need SSHD
	printf 'Host *\n\tProxyCommand socat - TCP:%%h:%%p\n' >config
	chmod 600 config
	run_netkit sftp get --proxy="socks5h://127.0.0.1:$NOBODY_PORT" --identity="$SSHD_KEY" \
		--known-hosts="$SSHD_KNOWN_HOSTS" --ssh-config=config "$SSHD_URL/large"
	expect_exit 0
	cmp large "$POOL/large"
}
