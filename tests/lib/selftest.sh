#!/usr/bin/env bats
# The harness itself: every server answers a client everyone knows, nothing is left behind, and the
# scripted peer fails what must fail. netkit has no part in this.

load setup

setup_file() {
	server_vsftpd ANON denied=yes
	server_vsftpd ANON_WRITE write=yes
	server_vsftpd ANON_FULL full=64k write=yes
	server_vsftpd ANON6 address=::1
	server_vsftpd LOGIN login=joe write=yes
	server_vsftpd LOGIN_TLS login=joe write=yes tls=explicit reuse=yes force_tls=yes
	server_vsftpd LOGIN_TLS12 login=joe tls=explicit tls_version=1.2
	server_vsftpd LOGIN_TLS13 login=joe tls=explicit tls_version=1.3
	server_vsftpd IMPLICIT login=joe tls=implicit
	server_vsftpd CLIENT login=joe tls=explicit client_cert=yes
	server_vsftpd EXPIRED login=joe tls=explicit cert=expired

	server_proftpd PRO_ANON
	server_proftpd PRO login=joe write=yes denied=yes
	server_proftpd PRO_FULL login=joe write=yes full=64k
	server_proftpd PRO6 login=joe address=::1
	server_proftpd PRO_TLS login=joe write=yes tls=explicit reuse=yes force_tls=yes
	server_proftpd PRO_TLS12 login=joe tls=explicit tls_version=1.2
	server_proftpd PRO_TLS13 login=joe tls=explicit tls_version=1.3
	server_proftpd PRO_IMPLICIT login=joe tls=implicit
	server_proftpd PRO_CLIENT login=joe tls=explicit client_cert=yes
	server_proftpd PRO_LIST login=joe mlsd=no
	server_proftpd PRO_QUOTA login=joe write=yes quota=1000

	server_tftpd TFTP write=yes
	server_tftpd TFTP6 address=::1
	server_atftpd ATFTP write=yes
	server_daytime DAYTIME
	server_daytime DAYTIME6 address=::1
	server_bad_tls BAD_TLS to="$ANON_PORT" cert=otherhost
	server_silent SILENT
	server_refused REFUSED
}

# The URL as curl takes it: the user goes by -u, and an absolute path starts with two slashes.
anonymized() {
	local url=${1/joe@/}
	case $url in *://*/*) url=${url%%/tmp/*}//tmp/${url#*/tmp/} ;; esac
	printf '%s\n' "$url"
}

# fetch NAME [CURL-OPTION...]: one download from the server.
fetch() {
	local name=$1 url=$1_URL root=$1_ROOT
	shift
	server_need "$name"
	echo "from $name" >"${!root}/file"
	chmod 644 "${!root}/file"
	curl -sS --cacert "$CERTS/ca.pem" -u "joe:$JOE_PASSWORD" "$@" "$(anonymized "${!url}")/file" -o got &&
		echo "from $name" | cmp - got
}

# store NAME [CURL-OPTION...]: one upload of 300,000 bytes.
store() {
	local name=$1 url=$1_URL root=$1_ROOT
	shift
	server_need "$name"
	random_file sent 300000
	curl -sS --cacert "$CERTS/ca.pem" -u "joe:$JOE_PASSWORD" "$@" -T sent \
		"$(anonymized "${!url}")/${PREFIX-}sent" &&
		cmp sent "${!root}/${PREFIX-}sent"
}

@test "vsftpd: anonymous, and a folder that is denied" {
	fetch ANON -u anonymous:me@here
	run curl -sS "$ANON_URL/denied/inside"
	((status == 9))
	if ((EUID == 0)); then # curl cannot look at / where that is not the server's own
		run curl -sS -T "$BATS_TEST_FILENAME" "$ANON_URL/sent"
		((status == 25))
	fi
}

@test "vsftpd: anonymous uploads into incoming" {
	PREFIX=incoming/ store ANON_WRITE -u anonymous:me@here
}

@test "a full disk" {
	server_need ANON_FULL PRO_FULL
	random_file large 200000
	run curl -sS -T large "$ANON_FULL_URL/full/large"
	((status != 0))
	run curl -sS -u "joe:$JOE_PASSWORD" -T large "${PRO_FULL_URL/joe@/}/full/large"
	((status != 0))
}

@test "vsftpd: IPv6" {
	fetch ANON6 -u anonymous:me@here
}

@test "vsftpd: login, and a wrong password" {
	fetch LOGIN
	store LOGIN
	run curl -sS -u joe:wrong "${LOGIN_URL/joe@/}/file"
	((status == 67))
}

@test "vsftpd: AUTH TLS with session reuse demanded" {
	fetch LOGIN_TLS --ssl-reqd
	store LOGIN_TLS --ssl-reqd --tls-max 1.2
	run fetch LOGIN_TLS --ssl-reqd --no-sessionid
	((status != 0))
	run fetch LOGIN_TLS
	((status != 0))
}

@test "vsftpd: TLS 1.2 only and TLS 1.3 only" {
	fetch LOGIN_TLS12 --ssl-reqd --tls-max 1.2
	run fetch LOGIN_TLS12 --ssl-reqd --tlsv1.3
	((status != 0))
	fetch LOGIN_TLS13 --ssl-reqd --tlsv1.3
	run fetch LOGIN_TLS13 --ssl-reqd --tls-max 1.2
	((status != 0))
}

@test "vsftpd: implicit TLS" {
	fetch IMPLICIT
}

@test "vsftpd: client certificate demanded" {
	fetch CLIENT --ssl-reqd --cert "$CERTS/client.both.pem"
	run fetch CLIENT --ssl-reqd
	((status != 0))
	run fetch CLIENT --ssl-reqd --cert "$CERTS/client-stranger.both.pem"
	((status != 0))
}

@test "vsftpd: an expired certificate" {
	server_need EXPIRED
	run fetch EXPIRED --ssl-reqd
	((status == 60))
	[[ $output == *expired* ]]
}

@test "proftpd: anonymous" {
	fetch PRO_ANON -u anonymous:me@here
}

@test "proftpd: login, MLSD, a folder that is denied" {
	fetch PRO
	store PRO
	curl -sS -u "joe:$JOE_PASSWORD" -X MLSD "$(anonymized "$PRO_URL")/" | grep -q 'type=file.* file'
	run curl -sS -u "joe:$JOE_PASSWORD" "$(anonymized "$PRO_URL")/denied/inside"
	((status == 9))
}

@test "proftpd: HASH and MODE Z" {
	server_need PRO
	fetch PRO
	curl -sS -v -u "joe:$JOE_PASSWORD" -Q 'HASH file' -Q 'XCRC file' -Q 'MODE Z' \
		"$(anonymized "$PRO_URL")/" >/dev/null 2>talk.log || true
	grep -q '< 213 SHA-1 ' talk.log
	grep -q '< 250 ' talk.log
	grep -A 1 '> MODE Z' talk.log | grep -q '< 200 '
}

@test "proftpd: IPv6" {
	fetch PRO6
}

@test "proftpd: AUTH TLS with session reuse demanded" {
	fetch PRO_TLS --ssl-reqd
	store PRO_TLS --ssl-reqd --tls-max 1.2
	run fetch PRO_TLS --ssl-reqd --no-sessionid
	((status != 0))
	run fetch PRO_TLS
	((status != 0))
}

@test "proftpd: TLS 1.2 only and TLS 1.3 only" {
	fetch PRO_TLS12 --ssl-reqd --tls-max 1.2
	run fetch PRO_TLS12 --ssl-reqd --tlsv1.3
	((status != 0))
	fetch PRO_TLS13 --ssl-reqd --tlsv1.3
	run fetch PRO_TLS13 --ssl-reqd --tls-max 1.2
	((status != 0))
}

@test "proftpd: implicit TLS" {
	fetch PRO_IMPLICIT
}

@test "proftpd: client certificate demanded" {
	fetch PRO_CLIENT --ssl-reqd --cert "$CERTS/client.both.pem"
	run fetch PRO_CLIENT --ssl-reqd
	((status != 0))
	run fetch PRO_CLIENT --ssl-reqd --cert "$CERTS/client-stranger.both.pem"
	((status != 0))
}

@test "proftpd: no MLSD" {
	fetch PRO_LIST
	run curl -sS -u "joe:$JOE_PASSWORD" -X MLSD "$(anonymized "$PRO_LIST_URL")/"
	((status != 0))
	curl -sSv -u "joe:$JOE_PASSWORD" -Q FEAT "$(anonymized "$PRO_LIST_URL")/" 2>&1 | grep -q 'SIZE'
	curl -sSv -u "joe:$JOE_PASSWORD" -Q FEAT "$(anonymized "$PRO_LIST_URL")/" >feat 2>&1
	run ! grep -q MLST feat
}

@test "proftpd: a quota" {
	server_need PRO_QUOTA
	run store PRO_QUOTA
	((status != 0))
	echo few | curl -sS -u "joe:$JOE_PASSWORD" -T - "$(anonymized "$PRO_QUOTA_URL")/few"
}

@test "lftp mirrors a folder from both, over TLS" {
	local url root
	for name in LOGIN_TLS PRO_TLS; do
		server_need "$name"
		url=${name}_URL root=${name}_ROOT
		mkdir -p "${!root}/tree/sub"
		echo deep >"${!root}/tree/sub/deep"
		lftp -c "set ssl:ca-file $CERTS/ca.pem; set cmd:fail-exit yes
			open -u joe,$JOE_PASSWORD ${!url/joe@/}; mirror tree $name"
		[[ $(<"$name/sub/deep") == deep ]]
	done
}

@test "tftpd-hpa and atftpd: both directions, IPv4 and IPv6" {
	local url root
	random_file sent 100000
	for name in TFTP TFTP6 ATFTP; do
		url=${name}_PORT
		[[ -n ${!url} ]] || continue # its own test says that it is skipped
		url=${name}_URL root=${name}_ROOT
		cp sent "${!root}/file"
		chmod 644 "${!root}/file"
		curl -sS -m 10 --tftp-blksize 1428 "${!url}/file" -o got
		cmp sent got
	done
	curl -sS -T sent "$ATFTP_URL/new"
	cmp sent "$ATFTP_ROOT/new"
	server_need TFTP
	tftp -m octet 127.0.0.1 "$TFTP_PORT" -c put sent new
	cmp sent "$TFTP_ROOT/new"
}

@test "atftpd: windowsize" {
	random_file "$ATFTP_ROOT/large" 300000
	chmod 644 "$ATFTP_ROOT/large"
	atftp --option 'blksize 1428' --option 'windowsize 8' -g -r large -l got 127.0.0.1 "$ATFTP_PORT"
	cmp got "$ATFTP_ROOT/large"
}

@test "daytime: TCP and UDP, IPv4 and IPv6" {
	local target
	for target in "127.0.0.1:$DAYTIME_PORT" "[::1]:$DAYTIME6_PORT"; do
		socat -u "TCP:$target" - | grep -q ':..:'
		echo | socat -t 0.3 - "UDP:$target" | grep -q ':..:'
	done
}

@test "the front with a bad certificate, the silent and the refused port" {
	run curl -sS --cacert "$CERTS/ca.pem" "$BAD_TLS_URL/"
	((status == 60))
	run curl -sS -m 0.3 "$SILENT_URL/"
	((status == 28))
	run curl -sS "$REFUSED_URL/"
	((status == 7))
}

@test "a server that cannot start says why" {
	run server_vsftpd WRONG conf=no_such_option=YES
	((status != 0))
	[[ $output == *no_such_option* ]]
	run server_vsftpd WRONG colour=red
	[[ $output == *'no such setting: colour=red'* ]]
}

@test "stopping ends every process and removes the folder" {
	(
		unset SERVERS_DIR BATS_VERSION
		server_vsftpd ONE login=anonymous
		server_atftpd TWO
		exec 8<>"/dev/tcp/127.0.0.1/$ONE_PORT" # a session of its own process
		read -r -u 8 line
		[[ $line == 220* ]]
		echo "$SERVERS_DIR" >where
	)
	[[ ! -e $(<where) ]]
	run ! grep -lzsF "NETKIT_TEST_SERVER=$(<where)" /proc/[0-9]*/environ
}

@test "servers of a shell that was killed do not stay" {
	bash -c "source '$BATS_TEST_DIRNAME/servers.sh'; unset SERVERS_DIR BATS_VERSION; server_atftpd ONE
		echo \"\$SERVERS_DIR\" >where; kill -KILL \$\$" 3>&- || true
	local tries=0
	while [[ -e $(<where) ]] && ((tries < 300)); do
		server__pause
		((tries += 1))
	done
	[[ ! -e $(<where) ]]
	run ! grep -lzsF "NETKIT_TEST_SERVER=$(<where)" /proc/[0-9]*/environ
}

@test "wire: conversations that go as written pass" {
	NETKIT=/bin/true run python3 "$BATS_TEST_DIRNAME/wire.py" "$BATS_TEST_DIRNAME/selftest_pass.wire"
	[[ $output != *'not ok'* ]] || { echo "$output"; return 1; }
	((status == 0))
}

@test "wire: conversations that differ fail, each for its reason" {
	local reason number=0
	NETKIT=/bin/true run python3 "$BATS_TEST_DIRNAME/wire.py" "$BATS_TEST_DIRNAME/selftest_fail.wire"
	((status == 1))
	while read -r reason; do
		((number += 1))
		sed -n "/^not ok $number - /,/ok $((number + 1)) - /p" <<<"$output" | grep -qE -- "$reason" ||
			{ printf 'case %s did not fail with %s\n%s\n' "$number" "$reason" "$output"; return 1; }
	done < <(sed -n 's/^# fails: //p' "$BATS_TEST_DIRNAME/selftest_fail.wire")
	[[ $output == "1..$number"* ]]
}

@test "wire: a script that makes no sense stops the run" {
	printf '== x\n$ true\nQ: what\n' >bad.wire
	NETKIT=/bin/true run python3 "$BATS_TEST_DIRNAME/wire.py" bad.wire
	((status == 1))
	[[ $output == *'Bail out! bad.wire:3: what is this: Q: what'* ]]
	NETKIT=/nonexistent run python3 "$BATS_TEST_DIRNAME/wire.py" bad.wire
	[[ $output == 'Bail out!'* ]]
}
