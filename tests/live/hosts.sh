#!/usr/bin/env bats
# One command for many hosts: --hosts, and {} where the host belongs.

load ../lib/setup

setup_file() {
	server_vsftpd A
	server_vsftpd B
	server_proftpd JOE login=joe write=yes
	server_sshd SSHD
	server_sshd FAR
	server_refused NOBODY
	server_silent MUTE
	server_daytime CLOCK
	local server root
	for server in A B JOE SSHD; do
		root=${server}_ROOT
		[[ -n ${!root-} ]] || continue
		mkdir -p "${!root}/d" "${!root}/in"
		echo "this is $server" >"${!root}/d/name"
		: >"${!root}/d/empty"
		((EUID != 0)) || chown -R "$SERVERS_USER:$SERVERS_USER" "${!root}/d" "${!root}/in"
	done
	random_file "$A_ROOT/d/large" 1000000
	random_file "$B_ROOT/d/large" 700000
}

setup() {
	clean_environment
	a=127.0.0.1:$A_PORT b=127.0.0.1:$B_PORT nobody=127.0.0.1:$NOBODY_PORT mute=127.0.0.1:$MUTE_PORT
}

# hosts HOST...: the file of them
hosts() {
	printf '%s\n' "$@" >hosts
}

# objects FILTER: of $output, by python: r is the object
objects() {
	python3 -c 'import json, sys
for line in sys.stdin:
	r = json.loads(line)
	if '"$1"': print(r["host"] if "host" in r else r["type"])' <<<"$output"
}

# workers PID: the processes that a netkit works with
workers() {
	cat "/proc/$1/task/$1/children" 2>/dev/null
}

has_workers() {
	local words
	read -ra words <<<"$(workers "$1")"
	((${#words[@]} == $2))
}

# ended PID: wait for it; its $status
ended() {
	status=0
	wait "$1" || status=$?
}

is_gone() {
	[[ -z $(server__start_time "$1") ]]
}

@test "a host's rows have its name before them, in the order of the file" {
	server_need A B
	hosts "$b" "$a"
	run_netkit ls --hosts=hosts --ordered --fields=name 'ftp://{}/d/'
	expect_exit 0
	[[ $output == "$(printf '%s\t%s\n' "$b" empty "$b" large "$b" name "$a" empty "$a" large "$a" name)" ]]
	[[ -z $stderr ]]
}

@test "CSV has one header, whose first column is the host" {
	server_need A B
	hosts "$a" "$b"
	run_netkit ls --hosts=hosts --ordered --output=csv --fields=name 'ftp://{}/d/'
	expect_exit 0
	[[ $output == "host,name"$'\n'"$a,empty"*"$b,name" ]]
	(($(grep -c host, <<<"$output") == 1))
}

@test "every host has a record and a status as JSON, and a summary ends it" {
	server_need A
	hosts "$a" "$nobody" localhost:"$A_PORT"
	run_netkit ls --json --hosts=hosts 'ftp://{}/d/'
	expect_exit 100
	[[ $(objects 'r["type"] == "entry"' | sort | uniq -c | awk '{print $1}' | tr '\n' ' ') == "3 3 " ]]
	[[ $(objects 'r["type"] == "host" and r["exit"] == 0' | sort) == "$(printf '%s\n' "$a" "localhost:$A_PORT")" ]]
	[[ $(objects 'r["type"] == "host" and r["exit"] == 7 and r["class"] == "connect"') == "$nobody" ]]
	[[ ${lines[-1]} == '{"v":1,"type":"summary","ok":2,"failed":1,"exit":100}' ]]
	[[ $stderr == *"$nobody: netkit: "*"Connection refused"*"netkit: 1 of 3 hosts failed" ]]
}

@test "what is silent for one host has a row for each of many" {
	server_need A B
	hosts "$a" "$nobody" "$b"
	run_netkit get --hosts=hosts --ordered 'ftp://{}/d/name' 'name of {}'
	expect_exit 100
	((${#lines[@]} == 3))
	tr '\t' '|' <<<"$output" >rows
	grep -qx "$a|0|[0-9.]*|" <(sed -n 1p rows)
	grep -qx "$nobody|7|[0-9.]*|.*refused" <(sed -n 2p rows)
	grep -qx "$b|0|[0-9.]*|" <(sed -n 3p rows)
	[[ $(<"name of $a") == "this is A" && $(<"name of $b") == "this is B" ]]
	[[ ! -e "name of $nobody" ]]
}

@test "asked for by name, transfers are the rows" {
	server_need A
	hosts "$a"
	run_netkit get --hosts=hosts --output=tsv --fields=target,bytes 'ftp://{}/d/name' '{}'
	expect_exit 0
	[[ $output == "$a"$'\t'"$a"$'\t'10 ]]
}

@test "messages as objects carry the host" {
	hosts "$nobody" "localhost:$NOBODY_PORT"
	run_netkit ls --log-format=json --hosts=hosts 'ftp://{}/'
	expect_exit 100
	[[ $stderr == *'{"v":1,"host":"'"$nobody"'","type":"error","class":"connect","exit":7,'* ]]
	[[ $stderr == *'"text":"2 of 2 hosts failed"'* ]]
	python3 -c 'import json, sys
for line in sys.stdin: json.loads(line)' <<<"$stderr"
}

@test "one host alone ends with its own status" {
	hosts "$nobody"
	run_netkit ls --hosts=hosts 'ftp://{}/'
	expect_exit 7
	server_need A
	hosts "$a"
	run_netkit ls --hosts=hosts 'ftp://{}/missing/'
	expect_exit 78
}

@test "files go to stdout whole and as they are" {
	server_need A B
	hosts "$b" "$a"
	netkit cat --hosts=hosts --ordered 'ftp://{}/d/large' >got
	cat "$B_ROOT/d/large" "$A_ROOT/d/large" | cmp - got
	netkit cat --hosts=hosts 'ftp://{}/d/large' >got
	[[ $(head -c 1000000 got | md5sum) == "$(md5sum <"$A_ROOT/d/large")" ]] ||
		[[ $(head -c 700000 got | md5sum) == "$(md5sum <"$B_ROOT/d/large")" ]]
	(($(stat -c %s got) == 1700000))
	netkit get --jobs=1 --hosts=hosts --json 'ftp://{}/d/large' - >got
	cat "$B_ROOT/d/large" "$A_ROOT/d/large" | cmp - got
}

@test "a slow first host does not change the order of the file" {
	server_need A B
	hosts "$mute" "$a" "$b"
	run_netkit cat --hosts=hosts --ordered --timeout=500ms 'ftp://{}/d/name'
	expect_exit 100
	[[ $output == "this is A"$'\n'"this is B" ]]
	run_netkit get --hosts=hosts --timeout=500ms 'ftp://{}/d/name' '{}'
	[[ ${lines[2]} == "$mute"$'\t'28* ]]
}

@test "a password that can be read once only is read once for all" {
	server_need JOE
	hosts "127.0.0.1:$JOE_PORT" "localhost:$JOE_PORT" "joe@127.0.0.1:$JOE_PORT"
	run_netkit cat --hosts=hosts --user=joe --password-stdin 'ftp://{}/d/name'
	expect_exit 2 # there is none
	# shellcheck disable=SC2153 # it is that of setup.bash
	run --separate-stderr "$NETKIT" cat --hosts=hosts --user=joe --password-stdin \
		'ftp://{}/d/name' <"$JOE_PASSWORD_FILE"
	expect_exit 0
	[[ $(sort -u <<<"$output") == "this is JOE" && ${#lines[@]} == 3 ]]
	printf '#!/bin/sh\necho asked >>%q\ncat %q\n' "$PWD/asked" "$JOE_PASSWORD_FILE" >ask
	chmod +x ask
	run_netkit cat --hosts=hosts --user=joe --password-command="$PWD/ask" 'ftp://{}/d/name'
	expect_exit 0
	[[ $(<asked) == asked ]]
}

@test "what was read once and the deadline hold for hosts with a section of their own too" {
	server_need JOE
	hosts "127.0.0.1:$JOE_PORT" "localhost:$JOE_PORT"
	printf '[host localhost]\ntimeout = 20s\n[host 127.*]\ntimeout = 21s\n' >config
	run --separate-stderr "$NETKIT" cat --config=config --hosts=hosts --user=joe \
		--password-stdin 'ftp://{}/d/name' <"$JOE_PASSWORD_FILE"
	expect_exit 0
	[[ $(sort -u <<<"$output") == "this is JOE" && ${#lines[@]} == 2 ]]
	on_terminal -- ls --config=config --hosts=hosts 'ftp://joe@{}/d/'
	expect_exit 100
	[[ $stderr == *"no password for joe: give --password-file"* ]]
	hosts "$mute" "localhost:$MUTE_PORT"
	printf '[host 127.*]\ntimeout = 700ms\n[host localhost]\nretries = 0\n' >config
	run_netkit ls --config=config --jobs=1 --hosts=hosts --deadline=1s --json 'ftp://{}/'
	expect_exit 100
	python3 -c 'import json, sys
rows = [json.loads(line) for line in sys.stdin]
assert rows[0]["seconds"] + rows[1]["seconds"] < 1.6, rows' <<<"$output"
}

@test "nobody is asked for a password by several at once" {
	server_need JOE
	hosts "127.0.0.1:$JOE_PORT" "localhost:$JOE_PORT"
	on_terminal -- ls --hosts=hosts 'ftp://joe@{}/d/'
	expect_exit 100
	[[ $stderr == *"no password for joe: give --password-file"* ]]
	on_terminal 'joe@127.0.0.1' "$JOE_PASSWORD" 'joe@localhost' "$JOE_PASSWORD" -- \
		ls --jobs=1 --hosts=hosts 'ftp://joe@{}/d/'
	expect_exit 0
}

@test "standard input goes to every host whole" {
	server_need JOE SSHD
	hosts "127.0.0.1:$JOE_PORT" "localhost:$JOE_PORT"
	random_file big 300000
	run --separate-stderr "$NETKIT" put --hosts=hosts --user=joe --password-file="$JOE_PASSWORD_FILE" \
		- 'ftp://{}/in/{}' <big
	expect_exit 0
	cmp big "$JOE_ROOT/in/127.0.0.1:$JOE_PORT"
	cmp big "$JOE_ROOT/in/localhost:$JOE_PORT"
}

@test "the file of hosts may be standard input, but then nothing else is" {
	server_need CLOCK
	run --separate-stderr "$NETKIT" daytime --hosts=- '{}' <<<"127.0.0.1:$CLOCK_PORT"
	expect_exit 0
	[[ $output == "127.0.0.1:$CLOCK_PORT"$'\t'*"$(date -u +%Y)"* ]]
	run_netkit put --hosts=- - 'ftp://{}/x'
	expect_exit 2
	run_netkit ls --hosts=- --password-stdin 'ftp://{}/'
	expect_exit 2
	[[ $stderr == *"standard input cannot be read for something else too"* ]]
}

@test "over SSH, with the user in the file" {
	server_need SSHD
	hosts "joe@127.0.0.1:$SSHD_PORT"
	local who=(--ssh-config=none --identity="$SSHD_KEY" --known-hosts="$SSHD_KNOWN_HOSTS")
	run_netkit sftp cat "${who[@]}" --hosts=hosts "sftp://{}$SSHD_ROOT/d/name"
	expect_exit 0
	[[ $output == "this is SSHD" ]]
	hosts 127.0.0.1
	run_netkit scp "${who[@]}" -P "$SSHD_PORT" --hosts=hosts "joe@{}:$SSHD_ROOT/d/name" '{}'
	expect_exit 0
	[[ $(<127.0.0.1) == "this is SSHD" ]]
}

@test "after a failure --fail-fast begins no more and ends those at work" {
	server_need A
	hosts "$a" "$nobody" "$mute" "localhost:$A_PORT"
	run_netkit get --fail-fast --jobs=1 --hosts=hosts 'ftp://{}/d/name' '{}'
	expect_exit 100
	[[ ${lines[0]} == "$a"$'\t'0* && ${lines[1]} == "$nobody"$'\t'7* ]]
	[[ ${lines[2]} == "$mute"$'\t\t\tnot tried' && ${lines[3]} == "localhost:$A_PORT"$'\t\t\tnot tried' ]]
	[[ $stderr == *"1 of 4 hosts failed, 0 were ended, 2 not tried" ]]
	hosts "$mute" "$nobody" "$a"
	run_netkit get --fail-fast --jobs=2 --hosts=hosts --json 'ftp://{}/d/name' '{}'
	expect_exit 100
	[[ $(objects 'r["type"] == "host" and r.get("exit") == 143') == "$mute" ]]
	[[ $(objects 'r["type"] == "host" and "exit" not in r and r["text"] == "not tried"') == "$a" ]]
	[[ $stderr != *"$mute:"* ]]
}

@test "a process that dies is its own host's failure" {
	server_need A
	hosts "$mute" "$a"
	"$NETKIT" get --hosts=hosts 'ftp://{}/d/name' '{}' >rows 2>said &
	local netkit=$!
	await grep -q "^$a" rows
	await has_workers "$netkit" 1
	kill -ABRT "$(workers "$netkit")"
	ended "$netkit"
	expect_exit 100
	grep -q "^$mute"$'\t56\t.*\tits process ended by signal 6 (Aborted)$' rows
}

@test "a process that hangs is ended after the deadline" {
	hosts "$mute"
	"$NETKIT" ls --hosts=hosts --deadline=1s 'ftp://{}/' 2>said &
	local netkit=$!
	await has_workers "$netkit" 1
	kill -STOP "$(workers "$netkit")"
	ended "$netkit"
	expect_exit 56
	grep -q 'netkit: 1 of 1 hosts failed' said
}

@test "an interrupt ends all, once each, and leaves what can be gone on with" {
	server_need A
	hosts "$a" "$mute" "localhost:$A_PORT"
	# Limited, so that there is something left to interrupt.
	setsid "$NETKIT" get --limit-rate=50k --hosts=hosts 'ftp://{}/d/large' '{}' >rows 2>said &
	local netkit=$! worker
	await has_workers "$netkit" 3
	await longer_than 1 "$a.part"
	read -ra worker <<<"$(workers "$netkit")"
	kill -INT -- "-$netkit" # as the key does it: everybody gets it
	ended "$netkit"
	expect_exit 130
	for worker in "${worker[@]}"; do
		is_gone "$worker"
	done
	[[ -s $a.part && -s $a.part.info ]]
	grep -q '0 of 3 hosts were done' said
	run_netkit get --hosts=- --json 'ftp://{}/d/large' '{}' # nothing on stdin
	expect_exit 2
	hosts "$a"
	run_netkit get --hosts=hosts --json 'ftp://{}/d/large' '{}'
	expect_exit 0
	[[ $output != *'"resumed_at":0,'* ]]
	cmp "$A_ROOT/d/large" "$a"
}

@test "a signal to the first process alone ends all" {
	hosts "$mute" "localhost:$MUTE_PORT"
	"$NETKIT" ls --hosts=hosts 'ftp://{}/' 2>said &
	local netkit=$! worker
	await has_workers "$netkit" 2
	read -ra worker <<<"$(workers "$netkit")"
	kill -TERM "$netkit"
	ended "$netkit"
	expect_exit 143
	for worker in "${worker[@]}"; do
		is_gone "$worker"
	done
}

@test "when the first process is killed outright the others go too" {
	hosts "$mute" "localhost:$MUTE_PORT"
	"$NETKIT" ls --hosts=hosts 'ftp://{}/' 2>said &
	local netkit=$! worker
	await has_workers "$netkit" 2
	read -ra worker <<<"$(workers "$netkit")"
	kill -KILL "$netkit"
	for worker in "${worker[@]}"; do
		await is_gone "$worker"
	done
}

@test "a reader that goes ends it quietly" {
	server_need A B
	hosts "$a" "$b"
	run bash -c '"$NETKIT" cat --hosts=hosts "ftp://{}/d/large" 2>said | head -c 1 >/dev/null
		echo "${PIPESTATUS[0]}"'
	[[ $output == 141 && ! -s said ]]
	run bash -c '"$NETKIT" cat --hosts=hosts "ftp://{}/d/large" 2>said >/dev/full'
	((status == 23))
}

@test "a line that is no host is named, and nobody is contacted" {
	server_need A
	hosts "$a" '' 'a b'
	run_netkit get --hosts=hosts 'ftp://{}/d/name' '{}'
	expect_exit 2
	[[ $stderr == "netkit: hosts:3: no host: it has a blank in it" && ! -e $a && -z $output ]]
	: >hosts
	run_netkit ls --hosts=hosts 'ftp://{}/'
	expect_exit 2
	[[ $stderr == *"hosts: no host in it" ]]
	run_netkit ls --hosts=missing 'ftp://{}/'
	expect_exit 2
	[[ $stderr == *"missing: No such file or directory" ]]
}

@test "a command that cannot be meant is refused" {
	hosts a b
	run_netkit ls --hosts=hosts ftp://a/
	expect_exit 2
	[[ $stderr == *"no operand has {} where the host belongs" ]]
	local words
	for words in 'ftp://{}/etc/issue' 'ftp://{}/etc/issue here' '--recursive ftp://{}/etc/{}/ here'; do
		# shellcheck disable=SC2086 # words
		run_netkit get --hosts=hosts $words
		expect_exit 2
		[[ $stderr == *"the copies of all hosts would be one file"* ]]
	done
	for words in 'sftp get {}:f' 'sftp get {}:a-{} b:f' 'scp {}:f .' 'get --recursive ftp://{}'; do
		# shellcheck disable=SC2086 # words
		run_netkit $words --hosts=hosts
		expect_exit 2
		[[ $stderr == *"the copies of all hosts would be one file"* ]]
	done
	run_netkit cp --hosts=hosts 'ftp://{}/a' ftp://backup/in/
	expect_exit 2
	run_netkit ls --ordered ftp://a/
	expect_exit 2
	run_netkit cat --hosts=hosts --out=rows 'ftp://{}/a'
	expect_exit 2
	for words in 'ftp://{}/d/ here' 'ftp://h/{} here' 'ftp://{}/d ftp://b/d'; do
		# shellcheck disable=SC2086 # words
		run_netkit sync --hosts=hosts $words
		expect_exit 2
		[[ $stderr == *"the copies of all hosts would be one file"* ]]
	done
}

@test "where commands would be typed or come from a pipe, many hosts are refused at once" {
	hosts a b
	local words
	for words in 'ftp {}' 'tftp {}' 'sftp {}' 'sftp sftp://{}/' 'sftp -b - {}' 'shell ftp://{}/' \
		'sftp shell {}:d'; do
		# shellcheck disable=SC2086 # words
		run_netkit $words --hosts=hosts
		expect_exit 2
		[[ $stderr == *"--hosts: many hosts have no prompt"* && $stderr != *$'\n'* ]]
	done
	server_need SSHD
	hosts "joe@127.0.0.1:$SSHD_PORT"
	run_netkit sftp --identity="$SSHD_KEY" --known-hosts="$SSHD_KNOWN_HOSTS" --ssh-config=none \
		--hosts=hosts "sftp://{}$SSHD_ROOT/d"
	expect_exit 2
	[[ $stderr == *"--hosts: many hosts have no prompt"* ]]
}

@test "commands that are given are run for each host" {
	server_need A B SSHD
	hosts "$a" "$b" "$nobody"
	run_netkit shell --hosts=hosts --ordered -c 'cd d; ls --fields=name' 'ftp://{}/'
	expect_exit 100
	[[ $output == "$(printf '%s\t%s\n' "$a" empty "$a" large "$a" name "$b" empty "$b" large "$b" name)" ]]
	[[ $stderr == "$nobody: netkit: "*"Connection refused"*"1 of 3 hosts failed" ]]
	hosts "$a" "$b"
	run_netkit ftp --hosts=hosts --ordered -c 'cd d; get missing; ls' 'ftp://{}/'
	expect_exit 100
	[[ -z $output && $stderr == *"$a: netkit ftp: command 2: "* ]]
	run_netkit ftp --hosts=hosts --ordered -c 'cd d; get name' 'ftp://{}/'
	expect_exit 100
	[[ $stderr == *"name: would be one file for all hosts"* && ! -e name ]]
	hosts "joe@127.0.0.1:$SSHD_PORT"
	run_netkit sftp --identity="$SSHD_KEY" --known-hosts="$SSHD_KNOWN_HOSTS" --ssh-config=none \
		--hosts=hosts "sftp://{}$SSHD_ROOT/d/name"
	expect_exit 2
	[[ $stderr == *"name: would be one file for all hosts"* && ! -e name ]]
	printf 'cd %s/d\nls -1\n' "$SSHD_ROOT" >script
	run_netkit sftp --identity="$SSHD_KEY" --known-hosts="$SSHD_KNOWN_HOSTS" --ssh-config=none \
		--hosts=hosts -b script 'sftp://{}/'
	expect_exit 0
	[[ $output == "$(printf "joe@127.0.0.1:$SSHD_PORT\t%s\n" empty name)" ]]
}

@test "a field that is none is told once, before any host is asked" {
	hosts "$nobody" "localhost:$NOBODY_PORT"
	local words
	for words in 'ls ftp://{}/' 'sync ftp://{}/d {}' 'sync --dry-run ftp://{}/d {}' 'cp ftp://{}/f {}' \
		'probe ftp://{}/' 'daytime {}'; do
		# shellcheck disable=SC2086 # words
		run_netkit $words --hosts=hosts --fields=name,nothing
		expect_exit 2
		[[ $stderr == *"--fields: records of type "*" have no '"* && $stderr != *$'\n'* ]]
	done
}

@test "sync has a row for each host" {
	server_need A B
	hosts "$a" "$nobody" "$b"
	run_netkit sync --hosts=hosts --ordered 'ftp://{}/d/' '{}'
	expect_exit 100
	tr '\t' '|' <<<"$output" >rows
	(($(wc -l <rows) == 3))
	grep -qx "$a|0|[0-9.]*|" <(sed -n 1p rows)
	grep -qx "$nobody|7|[0-9.]*|.*refused" <(sed -n 2p rows)
	grep -qx "$b|0|[0-9.]*|" <(sed -n 3p rows)
	cmp "$A_ROOT/d/large" "$a/large"
	run_netkit sync --hosts=hosts --ordered --dry-run 'ftp://{}/d/' 'new {}'
	expect_exit 100
	[[ $output == "$a"$'\tmkdir\t'* && ! -e "new $a" ]]
}

@test "host:path has its host put in too" {
	server_need SSHD
	hosts localhost
	run_netkit sftp ls -P "$SSHD_PORT" --identity="$SSHD_KEY" --known-hosts="$SSHD_KNOWN_HOSTS" \
		--ssh-config=none --hosts=hosts --insecure --fields=name "joe@{}:$SSHD_ROOT/d"
	expect_exit 0
	[[ $output == "$(printf 'localhost\t%s\n' empty name)" ]]
}

@test "a prompt has one host" {
	server_need A
	hosts a
	run bash -c 'echo "ls --hosts=hosts" | "$NETKIT" ftp "ftp://$1/"' sh "$a"
	[[ $output == *"--hosts: a prompt has one host"* ]]
	((status == 2))
}

@test "a negative answer of all is one of the whole, and none of some" {
	server_need A B
	hosts "$a" "$b"
	run_netkit find --hosts=hosts --exit-status --name=nothing 'ftp://{}/d/'
	expect_exit 1
	[[ -z $stderr ]]
	echo x >"$A_ROOT/d/only"
	run_netkit find --hosts=hosts --exit-status --name=only 'ftp://{}/d/'
	rm "$A_ROOT/d/only"
	expect_exit 0
	[[ $output == "$a"$'\t'*only ]]
}

@test "duplicates are told once, when asked" {
	server_need A
	hosts "$a" "$a" "# $a" " $a"
	run_netkit ls -v --hosts=hosts 'ftp://{}/d/'
	expect_exit 0
	((${#lines[@]} == 3))
	[[ $stderr == *"hosts: duplicates dropped: 2"* ]]
	[[ $stderr == *"$a: netkit: > "* ]]
}

@test "one trace has all" {
	server_need A B
	hosts "$a" "$b"
	netkit ls --hosts=hosts --trace=trace 'ftp://{}/d/' >rows
	grep -q "$a > TYPE I" trace
	grep -q "$b > TYPE I" trace
}

@test "the meter counts hosts" {
	server_need A
	hosts "$a" "$nobody"
	run_netkit get --progress=json --hosts=hosts 'ftp://{}/d/name' '{}'
	expect_exit 100
	[[ $stderr == *'{"v":1,"type":"progress","done":2,"total":2,"failed":1}'* ]]
	run_netkit get --progress=bar --hosts=hosts 'ftp://{}/d/name' '{}'
	[[ $stderr == *"2/2 hosts, 1 failed"* ]]
}

# login SERVER: how ssh gets there
login() {
	local port=$1_PORT known=$1_KNOWN_HOSTS
	echo "ssh -q -F none -i $SSHD_KEY -o UserKnownHostsFile=${!known} -o StrictHostKeyChecking=yes" \
		"-p ${!port} joe@127.0.0.1"
}

@test "GNU parallel deals one file of hosts out to several machines" {
	server_need A B SSHD FAR
	printf '%s\n' '# all of them' "$a" "$b" "localhost:$A_PORT" "$nobody" "localhost:$B_PORT" >hosts
	install -m 755 "$NETKIT" "$SERVERS_DIR/netkit"
	run --separate-stderr parallel --will-cite --sshlogin "1/$(login SSHD)" --sshlogin "1/$(login FAR)" \
		--pipe -N2 -I,, "$SERVERS_DIR/netkit" cat --hosts=- 'ftp://{}/d/name' <hosts
	expect_exit 1 # of the three calls one failed
	[[ $(sort <<<"$output" | uniq -c | tr -s ' \n' ' ') == " 2 this is A 2 this is B " ]]
	[[ $stderr == *"$nobody: netkit: "* ]]
	# Both did their part.
	grep -q 'Starting session: command' "$SSHD_LOG"
	grep -q 'Starting session: command' "$FAR_LOG"
}

@test "a hundred thousand hosts: each has its record, and little is held" {
	seq -f '127.0.0.1:%g' 1 1000 >some
	seq -f "host%g.invalid:$NOBODY_PORT" 1 99000 >>some
	# The deadline comes first for nearly all of them.
	python3 - "$NETKIT" <<-'END'
		import json, resource, subprocess, sys
		command = [sys.argv[1], "ls", "--hosts=some", "--json", "--quiet", "--deadline=1s", "ftp://{}/"]
		run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
		rows = [json.loads(line) for line in run.stdout.splitlines()]
		hosts = [row for row in rows if row["type"] == "host"]
		assert run.returncode == 100, run.returncode
		assert len({row["host"] for row in hosts}) == len(hosts) == 100000, len(hosts)
		assert all(row["exit"] > 0 for row in hosts)
		assert rows[-1]["failed"] == 100000
		late = [row for row in hosts if row["text"] == "not tried: the deadline came first"]
		assert len(late) > 50000, len(late)
		peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
		assert peak < (16 << 10) or open(sys.argv[1], "rb").read().find(b"__asan_init") > 0, peak
	END
	echo 'not a host' >>some
	run_netkit ls --hosts=some 'ftp://{}/'
	expect_exit 2
	[[ $stderr == "netkit: some:100001: no host: it has a blank in it" ]]
}
