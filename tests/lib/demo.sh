#!/usr/bin/env bash
# demo.sh - a tour of netkit on real servers of this machine, started on loopback and stopped again.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/lib/servers.sh
source tests/lib/servers.sh

PATH=$PWD/build:$PATH

# Say what comes, show the command as one would type it, run it, and say how it ended.
show() {
	local status=0
	printf '\n\033[1m# %s\033[0m\n' "$1"
	printf '$ %s\n' "$2"
	(cd "$TOUR" && eval "$2") || status=$?
	if [[ $status -ne ${3:-0} ]]; then
		printf 'demo: that should have ended with %d, not %d\n' "${3:-0}" "$status" >&2
		exit 1
	fi
	[[ $status -eq 0 ]] || printf '(exit status %d)\n' "$status"
}

servers_open
server_proftpd FTPS login=joe tls=explicit write=yes
server_vsftpd FTP
server_tftpd TFTP write=yes
server_sshd SSHD
TOUR=$SERVERS_DIR/tour
mkdir -p "$TOUR" "$FTPS_ROOT/in" "$FTP_ROOT/pub/docs"
seq 1 3000 >"$FTPS_ROOT/report.txt"
head -c 200M /dev/zero >"$FTP_ROOT/pub/image.iso"
for n in 1 2 3 4 5; do seq 1 "$((n * 100))" >"$FTP_ROOT/pub/docs/chapter$n.txt"; done
printf 'a boot loader\n' >"$TFTP_ROOT/pxelinux.0"
printf 'not the password\n' >"$TOUR/wrong"
cp "$JOE_PASSWORD_FILE" "$TOUR/password"
cp "$CERTS/ca.pem" "$TOUR/ca.pem"
mkdir -p "$SSHD_ROOT/site"
for n in $(seq 1 500); do seq 1 "$n" >"$SSHD_ROOT/site/page$n.html"; done
chown -R "$SERVERS_USER" "$SSHD_ROOT" 2>/dev/null || true
cp "$SSHD_KEY" "$TOUR/key"
cp "$SSHD_KNOWN_HOSTS" "$TOUR/known_hosts"
chown -R "$SERVERS_USER" "$FTPS_ROOT" 2>/dev/null || true

ftps="ftp://joe@localhost:$FTPS_PORT"
ftp="ftp://$FTP_HOST:$FTP_PORT"
sftp="sftp://joe@$SSHD_HOST:$SSHD_PORT$SSHD_ROOT"
key='--ssh-config=none --identity=key --known-hosts=known_hosts'
classic="-P $SSHD_PORT -F none -i key -o UserKnownHostsFile=$TOUR/known_hosts"
trust='--ca=ca.pem --password-file=password'

show 'A listing over TLS: the connection is upgraded and the certificate checked' \
	"netkit ls $ftps/ $trust"
show 'The same as JSON lines, for scripts' \
	"netkit ls --json $ftps/ $trust"
show 'A download with its progress bar' \
	"netkit get --progress=bar $ftp/pub/image.iso"
show 'A folder and all below it, eight files at a time' \
	"netkit get --recursive --jobs=8 $ftp/pub/docs && ls docs"
show 'An upload from a pipe, read back' \
	"seq 1 5 | netkit put - $ftps/in/numbers.txt $trust && netkit cat $ftps/in/numbers.txt $trust"
show 'A transfer over TFTP, in the words of the classic client' \
	"netkit tftp $TFTP_HOST $TFTP_PORT -m octet -c get pxelinux.0 && cat pxelinux.0"
show 'A tree of 500 files over SSH: one connection, one pipeline' \
	"netkit get --recursive $sftp/site $key && ls site | wc -l"
show 'The same by the classic words of scp, back into another folder' \
	"netkit scp -r $classic site joe@$SSHD_HOST:$SSHD_ROOT/copy && netkit du --summary $sftp/copy $key"
show 'A host that nobody vouched for' \
	"netkit ls $sftp/ --identity=key --ssh-config=none --known-hosts=nobody --no-input" 60
show 'From one server to another' \
	"netkit cp $ftp/pub/docs/chapter1.txt $ftps/in/ $trust && netkit ls $ftps/in/ $trust"
show 'What a transfer says to a script' \
	"netkit get --json --verify=hash $ftps/report.txt $trust"
show 'A wrong password' \
	"netkit ls $ftps/ --ca=ca.pem --password-file=wrong" 67
show 'A certificate that nobody vouched for' \
	"netkit ls $ftps/ --password-file=password" 60
show 'A file that is not there, as an error object' \
	"netkit get --log-format=json $ftp/pub/missing" 78
servers_stop
printf '\nThe servers are stopped. More: netkit --help, netkit ftp --examples, README.md\n'
