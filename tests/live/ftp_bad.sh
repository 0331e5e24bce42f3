#!/usr/bin/env bats
# ftp_bad.sh - what cannot work ends with the right status, a clear message, and nothing half done.
#
# Scripts for an inner bash expand there, and each test is a shell of its own:
# shellcheck disable=SC2154,SC2016,SC2030,SC2031

load ../lib/setup

setup_file() {
	server_vsftpd VS login=joe write=yes denied=yes
	server_proftpd PRO login=joe write=yes denied=yes
	server_vsftpd VS_FULL login=joe write=yes full=64k
	server_proftpd PRO_FULL login=joe write=yes full=64k
	server_proftpd PRO_QUOTA login=joe write=yes quota=1000
	server_vsftpd VS_READ login=joe
	server_vsftpd VS_ONCE login=joe conf=max_login_fails=1
	server_proftpd PRO_READ login=joe
	server_vsftpd VS_TLS login=joe write=yes tls=explicit force_tls=yes
	server_vsftpd EXPIRED login=joe tls=explicit cert=expired
	server_vsftpd OTHERHOST login=joe tls=explicit cert=otherhost
	server_vsftpd SELFSIGNED login=joe tls=implicit cert=selfsigned
	server_proftpd STRANGER login=joe tls=explicit cert=stranger
	server_vsftpd CLIENT login=joe tls=explicit client_cert=yes force_tls=yes
	server_proftpd PRO_CLIENT login=joe tls=explicit client_cert=yes force_tls=yes
	server_silent SILENT
	server_ftp_peer IMPATIENT file=/dev/null
	server_refused REFUSED
	export POOL=$BATS_FILE_TMPDIR
	random_file "$POOL/large" 2000000
	local server root
	for server in VS PRO VS_FULL PRO_FULL PRO_QUOTA VS_READ PRO_READ VS_TLS CLIENT PRO_CLIENT; do
		root=${server}_ROOT
		[[ -n ${!root-} ]] || continue
		cp "$POOL/large" "${!root}/"
		echo here >"${!root}/here"
		mkdir "${!root}/folder"
		echo inside >"${!root}/folder/inside"
		chmod -R a+rwX "${!root}/here" "${!root}/large" "${!root}/folder"
	done
}

on() {
	server_need "$1"
	local url=$1_URL root=$1_ROOT
	URL=${!url} ROOT=${!root-}
}

# fails EXIT REGEX ARG...: netkit ftp ARG... as joe ends with EXIT and one line that matches.
fails() {
	local exit=$1 regex=$2 verb=$3
	shift 3
	run_netkit ftp "$verb" --password-file="$JOE_PASSWORD_FILE" --ca="$CERTS/ca.pem" "$@"
	expect_exit "$exit"
	[[ $stderr =~ $regex ]] || {
		printf 'said: %s\n' "$stderr"
		return 1
	}
	[[ $stderr != *"$JOE_PASSWORD"* ]]
}

# --- the network ---------------------------------------------------------------------------------

@test "refused: 7" {
	fails 7 'Connection refused' get "$REFUSED_URL/a"
}

@test "unresolvable: 6" {
	fails 6 'no.such.host.invalid: ' get ftp://no.such.host.invalid/a
}

@test "silent: 28" {
	fails 28 'timed out waiting for the greeting' get --timeout=200ms "$SILENT_URL/a"
}

@test "the deadline ends all of it: 28" {
	fails 28 'timed out' get --deadline=200ms "$SILENT_URL/a"
}

@test "a bad URL: 3" {
	fails 3 'URL|url|port' get ftp://127.0.0.1:99999/a
}

@test "a password in the URL: 2, and it is not shown" {
	run_netkit ftp get ftp://joe:hunter2@127.0.0.1/a
	expect_exit 2
	[[ $stderr != *hunter2* && $output != *hunter2* ]]
}

# --- login ---------------------------------------------------------------------------------------

@test "wrong password: 67" {
	local server
	echo wrong >wrong
	for server in VS PRO; do
		on "$server"
		run_netkit ftp get --password-file=wrong "$URL/here"
		expect_exit 67
		[[ $stderr == *'login as joe refused: 530'* && ! -e here ]]
	done
}

@test "a typed password that is wrong is refused, also where the server hangs up then: 67" {
	server_need VS VS_ONCE
	on_terminal '(?i)password' no '(?i)password' "$JOE_PASSWORD" -- ls "$VS_URL/"
	expect_exit 0
	on_terminal '(?i)password' no -- ls "$VS_ONCE_URL/"
	expect_exit 67
	[[ $stderr == *'login as joe refused: 530'* ]]
}

@test "a server that hangs up on the second typed password has not refused that: 56" {
	server_need IMPATIENT
	echo impatient >"$IMPATIENT_MODE"
	on_terminal '(?i)password' no '(?i)password' yes -- ls --user=joe --retries=0 "$IMPATIENT_URL/"
	expect_exit 56
	[[ $stderr != *530* ]]
}

@test "no password and nobody to ask: 67, and the options are named" {
	on VS
	run_netkit ftp get "$URL/here"
	expect_exit 67
	[[ $stderr == *--password-file* ]]
}

# logged WORD FILE: how often; 0 where there is no log yet.
logged() {
	sed -n "/$1/p" "$2" 2>/dev/null | wc -l
}

@test "a login in clear to another machine is refused: 67" {
	# The machine's own address is no loopback address; what listens there is a tunnel.
	local address
	address=$(ip -4 -o addr show scope global | awk '{ sub(/\/.*/, "", $4); print $4; exit }')
	[[ -n $address ]] || skip 'no address but loopback'
	on VS
	local port log=${VS_LOG%/log}/ftp.log before
	before=$(logged joe "$log")
	port=$(server_free_port)
	socat "TCP-LISTEN:$port,bind=$address,fork,reuseaddr" "TCP:127.0.0.1:$VS_PORT" 3>&- &
	local pid=$!
	await server__listens "$pid" tcp "$port"
	run_netkit ftp get --password-file="$JOE_PASSWORD_FILE" "ftp://joe@$address:$port/here"
	kill "$pid"
	expect_exit 67
	[[ $stderr == *'not encrypted: login refused (--tls=off allows it)'* ]]
	[[ $(logged joe "$log") == "$before" ]]
}

# --- files ---------------------------------------------------------------------------------------

both() {
	local server
	for server in VS PRO; do
		echo "on $server"
		on "$server"
		"$@"
	done
}

@test "missing: 78" {
	missing() {
		fails 78 '/none' get "$URL/none"
		fails 78 '/none/a' get "$URL/none/a"
		fails 78 '/none' ls "$URL/none"
		fails 78 '/none' stat "$URL/none"
		fails 78 '/none' rm "$URL/none"
		fails 78 '/none' rmdir "$URL/none"
		fails 78 '/none' mv "$URL/none" /other
		fails 78 '/none' chmod 600 "$URL/none"
		fails 78 '/none' get --recursive "$URL/none"
		[[ -z $(ls) ]]
	}
	both missing
}

@test "denied: 9" {
	denied() {
		fails 9 '/denied/inside' get "$URL/denied/inside"
		fails 9 '/denied' ls "$URL/denied"
		fails 9 '/readonly/new' put "$POOL/large" "$URL/readonly/new"
		fails 9 '/readonly/kept' rm "$URL/readonly/kept"
		fails 9 '/readonly/new' mkdir "$URL/readonly/new"
		[[ -z $(ls) && -e $ROOT/readonly/kept ]]
	}
	((EUID == 0)) || skip 'the server runs as the owner'
	both denied
}

@test "a server that takes no uploads: 9" {
	local server
	for server in VS_READ PRO_READ; do
		on "$server"
		fails 9 '/new' put "$POOL/large" "$URL/new"
		fails 9 '/here' rm "$URL/here"
		fails 9 '/new' mkdir "$URL/new"
	done
}

@test "a folder where a file was meant: 4" {
	folder() {
		fails 4 '/folder' get "$URL/folder"
		[[ -z $(ls) ]]
	}
	both folder
}

@test "existing folder: 73, existing target with --no-clobber: 73" {
	existing() {
		fails 73 '/folder' mkdir "$URL/folder"
		echo mine >here
		fails 73 'here' get --no-clobber "$URL/here"
		[[ $(cat here) == mine ]]
		fails 73 '/here' put --no-clobber here "$URL/here"
		[[ $(cat "$ROOT/here") == here ]]
		rm here
	}
	both existing
}

@test "a folder that is not empty is not removed" {
	not_empty() {
		run_netkit ftp rmdir --password-file="$JOE_PASSWORD_FILE" "$URL/folder"
		((status != 0))
		[[ -e $ROOT/folder/inside ]]
	}
	both not_empty
}

@test "some of several: 100, and the others are done" {
	some() {
		fails 100 '/none' get "$URL/none" "$URL/here"
		[[ $(cat here) == here ]]
		rm here
	}
	both some
}

@test "a full disk there: 70, and it is said" {
	on VS_FULL
	fails 70 'writing to local file' put "$POOL/large" "$URL/full/large"
}

@test "a full disk there, of which the server says less: 8" {
	on PRO_FULL
	fails 8 '451 .*Input/output error' put "$POOL/large" "$URL/full/large"
}

@test "a quota there: 70" {
	on PRO_QUOTA
	fails 70 'uota' put "$POOL/large" "$URL/new"
}

@test "a full disk here: 23, and the file is not there" {
	on VS
	mkdir disk
	run --separate-stderr with_full_disk 64k disk "$NETKIT" ftp get \
		--password-file="$JOE_PASSWORD_FILE" "$URL/large" disk/large
	((status != 77)) || skip 'a full disk needs root and private mounts'
	expect_exit 23
	[[ $stderr == *'No space left'* ]]
}

@test "a full device here: 23" {
	on VS
	fails 23 'No space left' get "$URL/large" /dev/full
	run --separate-stderr bash -c '"$NETKIT" ftp cat --password-file="$JOE_PASSWORD_FILE" "$0/large" >/dev/full' "$URL"
	expect_exit 23
}

@test "a target that cannot be written here: 9, before anything is fetched" {
	((EUID != 0)) || skip 'root writes everywhere'
	on VS
	mkdir locked
	chmod 555 locked
	fails 9 'locked' get "$URL/here" locked/here
}

@test "a folder that is not there: not made, and said" {
	on VS
	run_netkit ftp get --password-file="$JOE_PASSWORD_FILE" "$URL/here" none/here
	((status != 0))
	[[ ! -e none ]]
}

@test "a source that is not there: 78 or 26, and nothing arrives" {
	on VS
	run_netkit ftp put --password-file="$JOE_PASSWORD_FILE" none "$URL/none"
	((status == 78 || status == 26))
	[[ ! -e $ROOT/none ]]
}

@test "a closed pipe ends it quietly" {
	on VS
	run --separate-stderr bash -c 'set -o pipefail
		"$NETKIT" ftp cat --password-file="$JOE_PASSWORD_FILE" "$0/large" | head -c 10 | wc -c' "$URL"
	[[ $output == 10 && -z $stderr ]]
}

# --- interrupts ----------------------------------------------------------------------------------

interrupted() {
	local signal=$1 expected=$2 pid
	"$NETKIT" ftp get --password-file="$JOE_PASSWORD_FILE" --limit-rate=300k "$URL/large" 3>&- 2>said &
	pid=$!
	await longer_than 20000 large.part
	kill "-$signal" "$pid"
	status=0
	wait "$pid" || status=$?
	((status == expected))
	[[ ! -e large && -e large.part ]]
}

@test "SIGINT: 130, SIGTERM: 143; what was fetched stays to be resumed" {
	on VS
	interrupted INT 130
	rm large.part*
	interrupted TERM 143
}

@test "a second SIGINT ends at once" {
	local pid
	on VS
	server_need SILENT
	# The server of this login never answers ABOR: the first signal has to be waited for.
	"$NETKIT" ftp get --password-file="$JOE_PASSWORD_FILE" --limit-rate=300k "$URL/large" 3>&- 2>/dev/null &
	pid=$!
	await longer_than 20000 large.part
	kill -INT "$pid"
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	((status == 130))
}

# --- certificates --------------------------------------------------------------------------------

@test "expired, of another host, self-signed, unknown: 60" {
	local server reason
	for server in EXPIRED OTHERHOST SELFSIGNED STRANGER; do
		echo "on $server"
		on "$server"
		case $server in
		EXPIRED) reason='has expired' ;;
		OTHERHOST) reason='mismatch' ;;
		SELFSIGNED) reason='self.signed' ;;
		STRANGER) reason='local issuer' ;;
		esac
		fails 60 "$reason" get "$URL/here"
		[[ ! -e here ]]
	done
}

@test "a client certificate is demanded" {
	local server
	for server in CLIENT PRO_CLIENT; do
		echo "on $server"
		on "$server"
		run_netkit ftp get --password-file="$JOE_PASSWORD_FILE" --ca="$CERTS/ca.pem" "$URL/here"
		((status != 0))
		[[ ! -e here && -n $stderr ]]
		run_netkit ftp get --password-file="$JOE_PASSWORD_FILE" --ca="$CERTS/ca.pem" \
			--cert="$CERTS/client-stranger.pem" --key="$CERTS/client-stranger.key" "$URL/here"
		((status != 0))
		run_netkit ftp get --password-file="$JOE_PASSWORD_FILE" --ca="$CERTS/ca.pem" \
			--cert="$CERTS/client.both.pem" "$URL/here"
		expect_exit 0
		[[ $(cat here) == here ]]
		rm here
	done
}

@test "a server that demands TLS refuses a login in clear" {
	on VS_TLS
	fails 67 'login as joe refused' get --tls=off "$URL/here"
}

@test "TLS that is required and not offered: 35" {
	on VS
	fails 35 'offers no TLS' get --tls=required "$URL/here"
}

# --- secrets -------------------------------------------------------------------------------------

# gets ARG...: the file arrives.
gets() {
	run_netkit ftp get "$@"
	expect_exit 0
	[[ $(cat here) == here ]]
	rm here
}

@test "a password from every source" {
	on VS
	gets --password-file="$JOE_PASSWORD_FILE" "$URL/here"
	run --separate-stderr bash -c '"$NETKIT" ftp cat --password-stdin "$0/here" <"$JOE_PASSWORD_FILE"' "$URL"
	[[ $output == here ]]
	run --separate-stderr bash -c '"$NETKIT" ftp cat --password-fd=7 "$0/here" 7<"$JOE_PASSWORD_FILE"' "$URL"
	[[ $output == here ]]
	gets --password-command="cat $JOE_PASSWORD_FILE" "$URL/here"
	gets --password-command="!cat '$JOE_PASSWORD_FILE' | cat" "$URL/here"
	mkdir credentials
	cp "$JOE_PASSWORD_FILE" credentials/netkit.127.0.0.1
	CREDENTIALS_DIRECTORY=$PWD/credentials gets "$URL/here"
	(umask 077 && printf 'machine 127.0.0.1 login joe password %s\n' "$JOE_PASSWORD" >rc)
	gets --netrc=rc "ftp://127.0.0.1:$VS_PORT/here"
	NETRC=$PWD/rc gets "ftp://127.0.0.1:$VS_PORT/here"
	mv rc ~/.netrc
	gets "ftp://127.0.0.1:$VS_PORT/here"
	gets --user=joe "ftp://127.0.0.1:$VS_PORT/here"
}

@test "a netrc that others can read is refused: 2" {
	on VS
	printf 'machine 127.0.0.1 login joe password %s\n' "$JOE_PASSWORD" >rc
	chmod 644 rc
	run_netkit ftp get --netrc=rc "$URL/here"
	expect_exit 2
	[[ $stderr == *'chmod 600'* ]]
}

@test "no trace, message or argument shows the password" {
	on VS
	run_netkit ftp get --password-file="$JOE_PASSWORD_FILE" --trace=trace -v -v "$URL/here"
	expect_exit 0
	[[ $(cat trace) == *'PASS ****'* ]]
	run ! grep -aF "$JOE_PASSWORD" trace
	[[ $stderr != *"$JOE_PASSWORD"* && $stderr == *'PASS ****'* ]]
	on VS_TLS
	run_netkit ftp get --password-file="$JOE_PASSWORD_FILE" --ca="$CERTS/ca.pem" --trace=- -vv "$URL/here" tls
	expect_exit 0
	[[ $stderr != *"$JOE_PASSWORD"* && $stderr == *'PASS ****'* ]]
}

@test "--log-format=json: one error, with its class and exit status" {
	on VS
	run_netkit ftp get --password-file="$JOE_PASSWORD_FILE" --log-format=json "$URL/none"
	expect_exit 78
	python3 -c 'import json, sys
error = json.loads(sys.argv[1])
assert error["type"] == "error" and error["class"] == "missing" and error["exit"] == 78
assert error["code"] == "550" and error["url"].endswith("/none") and not error["retryable"]' "$stderr"
}
