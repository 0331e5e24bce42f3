#!/usr/bin/env bats
# tftp.sh - tftp against tftpd-hpa and atftpd, and beside the classic tools.
#
# shellcheck disable=SC2154 # stderr is set by run_netkit

load ../lib/setup

SIZES=(0 511 512 513 1428 65464 130928)
# At 512 bytes a block, numbers roll over after 65535 blocks, a little before 32 MiB.
BIG=$((33 * 1024 * 1024 + 7))

# Both servers share what there is to read; what is written to them goes each to its own folder.
setup_file() {
	local size
	export POOL=$BATS_FILE_TMPDIR/pool
	mkdir "$POOL"
	for size in "${SIZES[@]}"; do
		random_file "$POOL/$size" "$size"
	done
	random_file "$POOL/big" "$BIG"
	printf 'one\ntwo\r\nthree\rfour\r\0five\n\n\r' >"$POOL/text"
	local i
	for ((i = 0; i < 3000; i++)); do
		printf 'line %d\r%d\r\n\n' "$i" "$i"
	done >"$POOL/long"
	server_tftpd HPA write=yes denied=yes full=64k
	server_atftpd ATFTPD write=yes full=64k
	server_tftpd HPA6 write=yes address=::1
	local server root
	for server in HPA ATFTPD HPA6; do
		root=${server}_ROOT
		[[ -z ${!root-} ]] || cp "$POOL"/* "${!root}/"
	done
}

# Every size from SERVER, with these options.
get_all() {
	local server=$1 size url
	server_need "$server"
	url=${server}_URL
	for size in "${SIZES[@]}"; do
		run_netkit get "${@:2}" "${!url}/$size" out
		expect_exit 0
		cmp out "$POOL/$size"
	done
}

put_all() {
	local server=$1 size url root
	server_need "$server"
	url=${server}_URL root=${server}_ROOT
	for size in "${SIZES[@]}"; do
		run_netkit put "${@:2}" "$POOL/$size" "${!url}/up-$size"
		expect_exit 0
		cmp "${!root}/up-$size" "$POOL/$size"
	done
}

get_big() {
	local server=$1 url
	server_need "$server"
	url=${server}_URL
	run_netkit get "${@:2}" "${!url}/big" out
	expect_exit 0
	cmp out "$POOL/big"
}

put_big() {
	local server=$1 url root
	server_need "$server"
	url=${server}_URL root=${server}_ROOT
	run_netkit put "${@:2}" "$POOL/big" "${!url}/up-big"
	expect_exit 0
	cmp "${!root}/up-big" "$POOL/big"
}

@test "tftpd-hpa: get, every size" {
	get_all HPA
}

@test "tftpd-hpa: put, every size" {
	put_all HPA6
}

@test "atftpd: get, every size" {
	get_all ATFTPD
}

@test "atftpd: put, every size" {
	put_all ATFTPD
}

@test "tftpd-hpa: get, every size, without options" {
	get_all HPA --no-options
}

@test "atftpd: put, every size, without options" {
	put_all ATFTPD --no-options
}

@test "tftpd-hpa: get, block numbers roll over" {
	get_big HPA --blksize=512
}

@test "tftpd-hpa: put, block numbers roll over" {
	put_big HPA6 --blksize=512
}

@test "atftpd: get, block numbers roll over" {
	get_big ATFTPD --blksize=512 --windowsize=1
}

@test "atftpd: put, block numbers roll over" {
	put_big ATFTPD --blksize=512 --windowsize=1
}

@test "atftpd: get, block numbers roll over inside a window" {
	get_big ATFTPD --blksize=512 --windowsize=64
}

@test "atftpd: put, block numbers roll over inside a window" {
	put_big ATFTPD --blksize=512 --windowsize=64
}

@test "atftpd: the largest blocks in the largest window do not stall" {
	server_need ATFTPD
	run_netkit get --deadline=10s --windowsize=16 "$ATFTPD_URL/big" out
	expect_exit 0
	cmp out "$POOL/big"
}

@test "IPv6: get and put" {
	server_need HPA6
	run_netkit get "$HPA6_URL/65464" out
	expect_exit 0
	cmp out "$POOL/65464"
	run_netkit put out "$HPA6_URL/v6"
	expect_exit 0
	cmp "$HPA6_ROOT/v6" "$POOL/65464"
}

@test "from and to pipes" {
	server_need HPA6
	netkit cat "$HPA6_URL/big" | cmp - "$POOL/big"
	netkit get "$HPA6_URL/65464" - | cmp - "$POOL/65464"
	head -c 100000 "$POOL/big" | netkit put - "$HPA6_URL/piped"
	head -c 100000 "$POOL/big" | cmp - "$HPA6_ROOT/piped"
}

@test "netascii: get is what tftp-hpa's client gets" {
	local server url port name
	for server in HPA ATFTPD; do
		server_need "$server"
		url=${server}_URL port=${server}_PORT
		for name in text long; do
			run_netkit get --ascii --blksize=512 "${!url}/$name" ours
			expect_exit 0
			tftp -m netascii 127.0.0.1 "${!port}" -c get "$name" theirs
			cmp ours theirs
			cmp ours "$POOL/$name"
		done
	done
}

@test "netascii: the wire carries what curl sees" {
	server_need HPA
	# curl does not translate: it shows the bytes of the wire. LF is CR LF there, CR is CR NUL.
	curl -sS --tftp-no-options -B -o wire "$HPA_URL/long"
	perl -0777 -pe 's/\r/\r\0/g; s/\n/\r\n/g; s/\r\0(?=\r\n)/\r\0/g' "$POOL/long" >expected
	cmp wire expected
	run_netkit get --ascii --no-options "$HPA_URL/long" ours
	expect_exit 0
	perl -0777 -pe 's/\r\n/\n/g; s/\r\0/\r/g' wire >translated
	cmp ours translated
}

@test "netascii: put is what tftp-hpa's client puts" {
	local name
	server_need HPA6
	for name in text long; do
		run_netkit put --ascii --blksize=512 "$POOL/$name" "$HPA6_URL/ours"
		expect_exit 0
		cmp "$HPA6_ROOT/ours" "$POOL/$name"
		tftp -m netascii ::1 "$HPA6_PORT" -c put "$POOL/$name" theirs
		cmp "$HPA6_ROOT/ours" "$HPA6_ROOT/theirs"
	done
}

@test "stat tells the size" {
	local server url
	for server in HPA ATFTPD; do
		server_need "$server"
		url=${server}_URL
		run_netkit stat --fields=kind,size,name "${!url}/big"
		expect_exit 0
		[ "$output" = $'file\t'"$BIG"$'\tbig' ]
	done
}

@test "a missing file" {
	local server url
	for server in HPA ATFTPD; do
		server_need "$server"
		url=${server}_URL
		run_netkit get "${!url}/missing" out
		expect_exit 78
		[[ $stderr == *'File not found'* ]]
		[ ! -e out ]
		[ ! -e out.part ]
	done
}

@test "no permission to read or write" {
	server_need HPA
	run_netkit put "$POOL/512" "$HPA_URL/readonly/x"
	expect_exit 9
	run_netkit get "$HPA_URL/denied/x" out
	expect_exit 9
	[ ! -e out ]
}

@test "the server's disk is full" {
	local option
	server_need ATFTPD
	for option in --blksize=65464 --blksize=512 --no-options; do
		run_netkit put "$option" "$POOL/130928" "$ATFTPD_URL/full/x"
		expect_exit 70
		[[ $stderr == *'Disk full or allocation exceeded'* ]]
	done
}

# It acknowledges what it could not write.
@test "tftpd-hpa's disk is full: --verify=size finds it" {
	server_need HPA
	run_netkit put --verify=size "$POOL/130928" "$HPA_URL/full/x"
	expect_exit 101
}

@test "--no-clobber leaves what is there" {
	server_need ATFTPD
	run_netkit put --no-clobber "$POOL/511" "$ATFTPD_URL/512"
	expect_exit 73
	cmp "$ATFTPD_ROOT/512" "$POOL/512"
	run_netkit put --no-clobber "$POOL/511" "$ATFTPD_URL/new"
	expect_exit 0
	cmp "$ATFTPD_ROOT/new" "$POOL/511"
}

@test "from one server to another, which has it, and has nothing else then" {
	server_need HPA ATFTPD
	local url
	for url in "$HPA_URL" "$ATFTPD_URL"; do
		run_netkit put "$POOL/513" "$url/across"
		expect_exit 0
	done
	run_netkit cp "$HPA_URL/across" "$ATFTPD_URL/across"
	expect_exit 0
	cmp "$ATFTPD_ROOT/across" "$POOL/513"
	[[ -z $(find "$ATFTPD_ROOT" -name '.netkit-*') ]]
}

@test "many files at once" {
	local size
	server_need ATFTPD
	mkdir many
	run_netkit get --jobs=4 "${SIZES[@]/#/$ATFTPD_URL/}" many
	expect_exit 0
	for size in "${SIZES[@]}"; do
		cmp "many/$size" "$POOL/$size"
	done
}

@test "--verbose shows what was agreed" {
	server_need ATFTPD
	run_netkit get -v --blksize=1428 --windowsize=8 "$ATFTPD_URL/513" out
	expect_exit 0
	[[ $stderr == *'read "513", octet, blksize 1428, windowsize 8, timeout 2, tsize 0'* ]]
	[[ $stderr == *'the server grants blksize 1428, windowsize 8, timeout 2, tsize 513'* ]]
}

@test "the server dies while it sends" {
	server_atftpd MORTAL
	server_need MORTAL
	cp "$POOL/big" "$MORTAL_ROOT/"
	netkit get --limit-rate=1M --retries=0 --timeout=2s --progress=none "$MORTAL_URL/big" out 2>err &
	local client=$! status=0
	until [ -s out.part ]; do
		kill -0 "$client"
		perl -e 'select undef, undef, undef, 0.02'
	done
	kill -KILL "$MORTAL_PID"
	wait "$client" || status=$?
	[[ $status == 28 || $status == 56 ]]
	[ ! -e out ]
}

@test "the classic form of tftp-hpa" {
	server_need ATFTPD
	ln -s "$NETKIT" tftp
	./tftp 127.0.0.1 "$ATFTPD_PORT" -m octet -c get 513
	cmp 513 "$POOL/513"
	./tftp 127.0.0.1 "$ATFTPD_PORT" -m octet -c put 513 classic
	cmp "$ATFTPD_ROOT/classic" "$POOL/513"
	run -78 ./tftp 127.0.0.1 "$ATFTPD_PORT" -m octet -c get missing
}

@test "the classic form of busybox" {
	server_need ATFTPD
	ln -s "$NETKIT" tftp
	./tftp -g -l got -r 513 -b 1024 127.0.0.1 "$ATFTPD_PORT"
	cmp got "$POOL/513"
	./tftp -p -l got -r busy 127.0.0.1 "$ATFTPD_PORT"
	cmp "$ATFTPD_ROOT/busy" "$POOL/513"
	./tftp -g -r 65464 -l - 127.0.0.1 "$ATFTPD_PORT" | cmp - "$POOL/65464"
}

@test "commands from a pipe" {
	server_need ATFTPD
	printf '%s\n' "connect 127.0.0.1 $ATFTPD_PORT" binary 'get 512' 'get 513 here' 'blksize 1024' \
		'put 512 piped' quit | netkit tftp
	cmp 512 "$POOL/512"
	cmp here "$POOL/513"
	cmp "$ATFTPD_ROOT/piped" "$POOL/512"
}

@test "an interrupt ends the wait for a command" {
	local client status=0
	mkfifo commands
	"$NETKIT" tftp 192.0.2.1 <commands 2>err 3>&- &
	client=$!
	exec 9>commands
	echo frobnicate >&9
	# It has said so, and sleeps: then it waits for the next command.
	until [[ -s err && $(cut -d' ' -f3 "/proc/$client/stat") == S ]]; do
		kill -0 "$client"
	done
	kill -INT "$client"
	wait "$client" || status=$?
	exec 9>&-
	[ "$status" = 130 ]
}

# An answer from 127.0.0.3 when 127.0.0.2 was asked: what address translation does to some servers.
other_address() {
	python3 - "$1" <<-'PYTHON' &
		import socket, sys
		asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		asked.bind(("127.0.0.2", 0))
		answers = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		answers.bind(("127.0.0.3", 0))
		with open(sys.argv[1], "w") as port:
		    port.write(str(asked.getsockname()[1]) + "\n")
		while True:
		    client = asked.recvfrom(600)[1]
		    answers.sendto(b"\0\3\0\1other", client)
	PYTHON
	OTHER_PID=$!
	until [ -s "$1" ]; do
		kill -0 "$OTHER_PID"
	done
}

@test "an answer from another address counts only when the user says so" {
	other_address port
	run_netkit get --timeout=1s --retries=0 "tftp://127.0.0.2:$(<port)/x" out
	local without=$status
	run_netkit get --any-address "tftp://127.0.0.2:$(<port)/x" out
	kill "$OTHER_PID"
	[ "$without" = 28 ]
	expect_exit 0
	[ "$(<out)" = other ]
}
