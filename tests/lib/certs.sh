#!/bin/sh
# Make the certificates the tests use: certs.sh DIR
#
# DIR/ca.pem signs good (localhost, 127.0.0.1, ::1), expired, otherhost (other.example) and client;
# DIR/other-ca.pem signs stranger (a good name, an unknown signer) and client-stranger. selfsigned
# signs itself. Each NAME has NAME.pem, NAME.key and both in NAME.both.pem.
set -eu
umask 077
[ $# -eq 1 ] || { echo 'usage: certs.sh DIR' >&2; exit 2; }
mkdir -p "$1"
cd "$1"

cat >openssl.cnf <<'END'
[ca]
default_ca = a
[a]
new_certs_dir = .
database = index
serial = serial
default_md = sha256
policy = any
unique_subject = no
email_in_dn = no
[any]
commonName = supplied
[req]
distinguished_name = dn
[dn]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[here]
basicConstraints = CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
[elsewhere]
basicConstraints = CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
extendedKeyUsage = serverAuth
subjectAltName = DNS:other.example
[client]
basicConstraints = CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
extendedKeyUsage = clientAuth
END
: >index
echo 01 >serial

quiet() {
	"$@" >openssl.log 2>&1 || { cat openssl.log >&2; exit 1; }
}

# self_signed NAME SECTION COMMON-NAME
self_signed() {
	quiet openssl req -config openssl.cnf -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
		-nodes -keyout "$1.key" -out "$1.pem" -days 30 -extensions "$2" -subj "/CN=$3"
	cat "$1.pem" "$1.key" >"$1.both.pem"
}

# signed NAME SECTION COMMON-NAME AUTHORITY FROM TO
signed() {
	quiet openssl req -config openssl.cnf -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
		-nodes -keyout "$1.key" -out request -subj "/CN=$3"
	quiet openssl ca -config openssl.cnf -batch -notext -in request -out "$1.pem" \
		-cert "$4.pem" -keyfile "$4.key" -extensions "$2" -startdate "$5" -enddate "$6"
	cat "$1.pem" "$1.key" >"$1.both.pem"
}

from=20200101000000Z
to=20491231000000Z
self_signed ca authority 'netkit test CA'
self_signed other-ca authority 'another CA'
self_signed selfsigned here localhost
signed good here localhost ca $from $to
signed expired here localhost ca $from 20200201000000Z
signed otherhost elsewhere other.example ca $from $to
signed stranger here localhost other-ca $from $to
signed client client joe ca $from $to
signed client-stranger client joe other-ca $from $to
rm -f request openssl.log index* serial* [0-9]*.pem
