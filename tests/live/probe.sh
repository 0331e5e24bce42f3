#!/usr/bin/env bats
# probe.sh - what servers show of themselves: good ones, and those that lie, stall or show bad keys.
#
# Each test is a shell of its own:
# shellcheck disable=SC2154,SC2030,SC2031

load ../lib/setup

setup_file() {
	server_vsftpd VSFTPD login=anonymous tls=explicit
	server_vsftpd PLAIN login=joe
	server_proftpd PROFTPD login=joe tls=implicit force_tls=yes
	server_vsftpd EXPIRED login=anonymous tls=explicit cert=expired
	server_vsftpd OTHERHOST login=anonymous tls=implicit cert=otherhost
	server_vsftpd SELFSIGNED login=anonymous tls=explicit cert=selfsigned
	server_sshd SSHD
	server_mod_sftp MOD
	server_daytime CLOCK
	server_tftpd TFTP
	server_silent MUTE
	server_refused NOBODY
}

# found FILTER: holds of the one JSON record that was printed.
found() {
	python3 -c '
import json, sys
lines = sys.stdin.read().splitlines()
r = json.loads(lines[0])
assert len(lines) == 1 and r["v"] == 1 and r["type"] == "probe", lines
get = r.get
if not eval(sys.argv[1]):
    sys.exit("%s does not hold of %s" % (sys.argv[1], json.dumps(r, indent=1)))' "$1" <<<"$output"
}

# probe ARG...: as JSON.
probe() {
	run_netkit probe --json --ca="$CERTS/ca.pem" --ssh-config=none "$@"
}

# pin_of CERTIFICATE: of its public key, as curl has it.
pin_of() {
	printf 'sha256//%s' "$(openssl x509 -in "$CERTS/$1.pem" -noout -pubkey |
		openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64)"
}

TIMES='all(get(k) is not None and 0 <= get(k) <= get("total_ms") for k in ("lookup_ms", "connect_ms", "greeting_ms"))'

@test "FTP with AUTH TLS: phases, certificate, features, an anonymous login" {
	server_need VSFTPD
	probe "$VSFTPD_URL"
	expect_exit 0
	found "$TIMES and get('tls_ms') > 0 and get('login_ms') > 0"
	found 'get("ok") is True and get("exit") == 0 and get("login") == "done" and "error" not in r'
	found 'get("address") == "127.0.0.1" and get("addresses") == ["127.0.0.1"]'
	found 'get("greeting").startswith("220 ") and "vsFTPd" in get("greeting")'
	found 'get("mechanisms") == ["AUTH TLS", "USER"] and "REST STREAM" in get("capabilities")'
	found 'get("tls_version") == "TLSv1.3" and get("cipher").startswith("TLS_")'
	found "get('pin') == '$(pin_of good)' and get('names') == 'localhost, 127.0.0.1, ::1'"
	found 'get("chain")[0] == "CN=localhost" and get("issuers")[0] == "CN=netkit test CA"'
	found 'get("expires") == "2049-12-31T00:00:00Z" and get("days_left") > 365'
	found 'get("trusted_by") == "authority" and "distrust" not in r'
}

@test "implicit TLS: a login only where a password is at hand" {
	server_need PROFTPD
	probe "$PROFTPD_URL"
	expect_exit 0
	found "$TIMES and get('login') == 'not tried' and 'login_ms' not in r and 'MLST' in ' '.join(get('capabilities'))"
	probe --password-file="$JOE_PASSWORD_FILE" "$PROFTPD_URL"
	expect_exit 0
	found 'get("login") == "done" and get("mechanisms") == ["USER"]'
	probe --password-file="$JOE_PASSWORD_FILE" --no-login "$PROFTPD_URL"
	expect_exit 0
	found 'get("login") == "not tried"'
	grep PASS "$SERVERS_DIR/PROFTPD/commands.log" >passes
	cat passes
	[[ $(wc -l <passes) == 1 ]]
	echo wrong >wrong
	probe --password-file=wrong "$PROFTPD_URL"
	expect_exit 67
	found 'get("login") == "refused" and get("class") == "auth" and get("exit") == 67 and get("phase") == "login"'
	[[ $output$stderr != *"$JOE_PASSWORD"* ]]
}

@test "certificates that are no good are shown in full, with what is wrong: 60" {
	server_need EXPIRED OTHERHOST SELFSIGNED
	probe "$EXPIRED_URL"
	expect_exit 60
	found "get('ok') is False and get('exit') == 60 and get('class') == 'certificate' and get('phase') == 'tls'"
	found "get('expires') == '2020-02-01T00:00:00Z' and get('days_left') < -1 and 'expired' in get('distrust')"
	found "get('pin') == '$(pin_of expired)' and 'trusted_by' not in r and get('tls_version') == 'TLSv1.3'"
	found "$TIMES"
	probe "$OTHERHOST_URL"
	expect_exit 60
	found "get('names') == 'other.example' and 'mismatch' in get('distrust') and 'greeting' not in r"
	probe "$SELFSIGNED_URL"
	expect_exit 60
	found "get('chain') == get('issuers') == ['CN=localhost'] and 'self' in get('distrust')"
	probe --insecure "$SELFSIGNED_URL"
	expect_exit 0
	found "get('pin') == '$(pin_of selfsigned)' and 'trusted_by' not in r and get('login') == 'done'"
	probe --pin="$(pin_of selfsigned)" --trust=tofu "$SELFSIGNED_URL"
	expect_exit 0
	found "get('trusted_by') == '--pin'"
	[[ ! -e ~/.local/state/netkit/pins ]]
	probe --trust=tofu "$SELFSIGNED_URL"
	found "get('trusted_by') == 'first use'"
	probe "$SELFSIGNED_URL"
	found "get('trusted_by').endswith('/netkit/pins:1') and 'self' in get('distrust')"
}

@test "a password is not sent in clear to be measured" {
	server_need PLAIN
	probe "$PLAIN_URL"
	expect_exit 0
	found 'get("login") == "not tried" and "tls_version" not in r and "tls_ms" not in r'
	probe --tls=required "$PLAIN_URL"
	expect_exit 35
	found 'get("class") == "tls" and get("greeting").startswith("220")'
}

@test "SSH: host key, algorithms, methods, SFTP's extensions" {
	local key
	server_need SSHD
	key=$(ssh-keygen -l -f "$SERVERS_DIR/SSHD/host_ed25519" | cut -d ' ' -f 2)
	probe --known-hosts="$SSHD_KNOWN_HOSTS" --identity="$SSHD_KEY" "$SSHD_URL"
	expect_exit 0
	found "$TIMES and get('ssh_ms') > 0 and get('login_ms') > 0 and get('login') == 'done'"
	found "get('host_key_type') == 'ssh-ed25519' and get('host_key') == '$key'"
	found "get('trusted_by').startswith('$SSHD_KNOWN_HOSTS:') and get('greeting').startswith('SSH-2.0-OpenSSH')"
	found 'get("kex") and get("cipher") and get("mac") and get("mechanisms") == ["publickey"]'
	found 'get("capabilities")[0] == "SFTP 3" and "limits@openssh.com 1" in get("capabilities")'
	probe --known-hosts="$SSHD_KNOWN_HOSTS" "$SSHD_URL"
	expect_exit 0
	found 'get("login") == "not tried" and get("mechanisms") == ["publickey"] and "capabilities" not in r'
	probe --known-hosts="$SSHD_KNOWN_HOSTS" --identity="$SSHD_KEY" --no-login "${SSHD_URL/sftp:/scp:}"
	expect_exit 0
	found 'get("login") == "not tried"'
	probe --known-hosts="$SSHD_KNOWN_HOSTS" --identity="$SSHD_KEY" --ssh-transport=openssh "$SSHD_URL"
	expect_exit 0
	found 'get("login") == "done" and get("capabilities")[0] == "SFTP 3"'
	probe --ssh-transport=openssh --no-login "$SSHD_URL"
	expect_exit 4
}

@test "SSH: a host that is not known, one whose key is another, a login that is refused" {
	server_need SSHD MOD
	probe --known-hosts=new "$SSHD_URL"
	expect_exit 60
	found 'get("distrust") == "the host is not known" and get("host_key").startswith("SHA256:") and "trusted_by" not in r'
	[[ ! -e new ]]
	sed "s/:$MOD_PORT/:$SSHD_PORT/" "$MOD_KNOWN_HOSTS" >changed
	probe --known-hosts=changed "$SSHD_URL"
	expect_exit 60
	found 'get("distrust") == "changed:1 has another key"'
	ssh-keygen -q -N '' -t ed25519 -f stranger
	probe --known-hosts="$MOD_KNOWN_HOSTS" --identity=stranger "$MOD_URL"
	expect_exit 67
	found 'get("login") == "refused" and get("mechanisms") == ["publickey", "password"] and get("phase") == "login"'
	probe --known-hosts="$MOD_KNOWN_HOSTS" --password-file="$JOE_PASSWORD_FILE" "$MOD_URL"
	expect_exit 0
	found 'get("login") == "done" and get("capabilities")[0].startswith("SFTP ")'
}

@test "daytime and tftp say what they have to say" {
	server_need CLOCK
	probe "$CLOCK_URL"
	expect_exit 0
	found "$TIMES and '$(date -u +%Y)' in get('greeting')"
	server_need TFTP
	echo here >"$TFTP_ROOT/there"
	run_netkit probe --json "$TFTP_URL"
	expect_exit 0
	found '"not found" in get("greeting") and get("greeting_ms") > 0'
	run_netkit probe --json "$TFTP_URL/there"
	expect_exit 0
	found 'any(c.startswith("blksize") for c in get("capabilities"))'
	run_netkit probe --json "$TFTP_URL/nowhere"
	expect_exit 78
}

# --- bad ones -------------------------------------------------------------------------------------

# a_server COMMAND: PORT is that of a server that runs it for each connection, until the test ends.
a_server() {
	PORT=$(server_free_port)
	socat "TCP-LISTEN:$PORT,bind=127.0.0.1,reuseaddr,fork" "$1" 3>&- 2>/dev/null &
	STRANGER=$!
	await server__listens "$STRANGER" tcp "$PORT"
}

teardown() {
	[[ -z ${STRANGER-} ]] || kill "$STRANGER"
}

@test "nobody there, nobody of that name, and one who is silent" {
	probe "$NOBODY_URL"
	expect_exit 7
	found 'get("addresses") == ["127.0.0.1"] and "address" not in r and get("phase") == "connect" and get("class") == "connect"'
	probe ftp://nowhere.invalid
	expect_exit 6
	found 'get("phase") == "lookup" and "addresses" not in r'
	probe --timeout=300ms "$MUTE_URL"
	expect_exit 28
	found 'get("address") == "127.0.0.1" and get("connect_ms") >= 0 and get("phase") == "greeting" and get("total_ms") >= 300'
	probe --timeout=300ms "${MUTE_URL/ftp:/ftps:}"
	expect_exit 28
	found 'get("phase") == "tls"'
	probe --timeout=300ms --no-login "${MUTE_URL/ftp:/sftp:}"
	expect_exit 28
	found 'get("phase") == "greeting"'
}

@test "a greeting that is garbage, one that refuses, one that breaks off" {
	printf 'hello \033[31m\r\n' >greeting
	a_server "SYSTEM:cat $PWD/greeting; sleep 5"
	probe "ftp://127.0.0.1:$PORT"
	expect_exit 8
	found 'get("class") == "protocol" and get("phase") == "greeting"'
	run_netkit probe --output=table "ftp://127.0.0.1:$PORT"
	[[ $output$stderr != *$'\e'* ]]
	probe "sftp://127.0.0.1:$PORT" --timeout=500ms
	((status != 0))
	kill "$STRANGER"
	printf '421 too many\r\n' >greeting
	a_server "SYSTEM:cat $PWD/greeting"
	probe "ftp://127.0.0.1:$PORT"
	expect_exit 56
	found '"too many" in get("error")'
	kill "$STRANGER"
	a_server 'SYSTEM:true'
	probe "sftp://127.0.0.1:$PORT"
	expect_exit 56
	found 'get("ok") is False'
}

@test "a server that has only TLS 1.1" {
	PORT=$(server_free_port)
	openssl s_server -accept "127.0.0.1:$PORT" -tls1_1 -cipher 'DEFAULT@SECLEVEL=0' -quiet \
		-cert "$CERTS/good.pem" -key "$CERTS/good.key" >/dev/null 2>&1 3>&- &
	STRANGER=$!
	await server__listens "$STRANGER" tcp "$PORT"
	probe "ftps://127.0.0.1:$PORT"
	expect_exit 35
	found 'get("class") == "tls" and get("phase") == "tls" and "pin" not in r'
}

# --- forms ----------------------------------------------------------------------------------------

@test "a table has one fact a line, and TSV one record" {
	server_need VSFTPD CLOCK
	run_netkit probe --output=table --ca="$CERTS/ca.pem" "$VSFTPD_URL" "$CLOCK_URL"
	expect_exit 0
	grep -qx "url            $VSFTPD_URL" <<<"$output"
	grep -qx 'chain          CN=localhost, CN=netkit test CA' <<<"$output"
	grep -qx "url            $CLOCK_URL" <<<"$output"
	[[ $(grep -c '^$' <<<"$output") == 1 ]]
	run_netkit probe --ca="$CERTS/ca.pem" "$VSFTPD_URL" "$CLOCK_URL"
	[[ ${#lines[@]} == 2 && ${lines[0]} == "$VSFTPD_URL"$'\ttrue\t0\t127.0.0.1\t'* ]]
	run_netkit probe --fields=greeting,capabilities --output=csv --ca="$CERTS/ca.pem" "$VSFTPD_URL"
	[[ ${lines[0]} == greeting,capabilities && ${lines[1]} == 220*'"'*'EPSV, '*'"' ]]
	run_netkit probe --fields=none "$VSFTPD_URL"
	expect_exit 2
}

@test "several servers: a record each, 100 when some failed" {
	server_need VSFTPD
	run_netkit probe --json --ca="$CERTS/ca.pem" "$NOBODY_URL" "$VSFTPD_URL" tftp://nowhere.invalid
	expect_exit 100
	[[ ${#lines[@]} == 3 && ${lines[1]} == *'"ok":true'* && ${lines[2]} == *'"exit":6'* ]]
	[[ $stderr == *"$NOBODY_PORT"* ]]
}

@test "nagios: one line, figures, and the statuses of plugins" {
	server_need VSFTPD EXPIRED
	run_netkit probe --output=nagios --ca="$CERTS/ca.pem" --warn=50s --critical=1m --warn-days=30 "$VSFTPD_URL"
	expect_exit 0
	[[ $output =~ ^FTP\ OK\ -\ 127\.0\.0\.1:$VSFTPD_PORT\ [0-9]+\ ms,\ TLS\ 1\.3,\ certificate\ [0-9]+\ days\ \|\ total=0\.[0-9]{6}s\;50\.000000\;60\.000000\;0\ lookup=.*\ days=[0-9]+\;30:\;$ ]]
	[[ ${#lines[@]} == 1 && -z $stderr ]]
	run_netkit probe --output=nagios --ca="$CERTS/ca.pem" --warn-days=100000 "$VSFTPD_URL"
	expect_exit 1
	[[ $output == 'FTP WARNING - '*'(under 100000)'* ]]
	run_netkit probe --output=nagios --ca="$CERTS/ca.pem" --critical=1ms "$VSFTPD_URL"
	expect_exit 2
	[[ $output == 'FTP CRITICAL - '*'(over 1 ms)'* ]]
	run_netkit probe --output=nagios --ca="$CERTS/ca.pem" "$EXPIRED_URL"
	expect_exit 2
	[[ $output == "FTP CRITICAL - 127.0.0.1:$EXPIRED_PORT: the certificate"*expired*'| total='*' days=-'*';;' && -z $stderr ]]
	# Nor is it well when somebody said that it will do.
	run_netkit probe --output=nagios --insecure "$EXPIRED_URL"
	expect_exit 2
	[[ $output == *', certificate expired at 2020-02-01T00:00:00Z | '* ]]
	run_netkit probe --output=nagios --trust=tofu "$EXPIRED_URL"
	expect_exit 2
	run_netkit probe --output=nagios "$NOBODY_URL"
	expect_exit 2
	run_netkit probe --output=nagios nothing://h
	expect_exit 3
	[[ $output == *' UNKNOWN - '* ]]
}

@test "limits without nagios, and nagios elsewhere, are refused" {
	run_netkit probe --warn=1s ftp://h
	expect_exit 2
	run_netkit probe --critical-days=3 --json ftp://h
	expect_exit 2
	run_netkit probe --output=nagios --hosts=hosts 'ftp://{}'
	expect_exit 2
	[[ $stderr == *'not with --hosts'* ]]
	run_netkit probe --output=nagios --fields=url ftp://h
	expect_exit 2
	run_netkit ls --output=nagios ftp://h
	expect_exit 2
	run_netkit probe
	expect_exit 2
	run_netkit probe h
	expect_exit 2
}
