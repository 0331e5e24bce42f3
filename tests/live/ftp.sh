#!/usr/bin/env bats
# ftp.sh - what ftp moves and changes, on vsftpd and proftpd, in clear and over TLS.
#
# Scripts for an inner bash expand there, and each test is a shell of its own:
# shellcheck disable=SC2154,SC2016,SC2030,SC2031

load ../lib/setup

# Each writes as joe into an empty root of its own.
WRITABLE=(VS VS_TLS VS_IMPLICIT PRO PRO_TLS PRO_LIST)

setup_file() {
	server_vsftpd VS login=joe write=yes
	server_vsftpd VS_TLS login=joe write=yes tls=explicit reuse=yes force_tls=yes
	server_vsftpd VS_IMPLICIT login=joe write=yes tls=implicit
	server_vsftpd VS_ANON
	server_vsftpd VS_SIX address=::1
	server_proftpd PRO login=joe write=yes
	server_proftpd PRO_TLS login=joe write=yes tls=explicit reuse=yes force_tls=yes
	server_proftpd PRO_LIST login=joe write=yes mlsd=no
	export POOL=$BATS_FILE_TMPDIR/pool
	mkdir -p "$POOL/tree/sub/deep"
	random_file "$POOL/large" 3000000
	: >"$POOL/tree/empty"
	seq 5000 >"$POOL/tree/sub/text"
	echo spaces >"$POOL/tree/sub/ a  b "
	printf 'latin' >"$POOL/tree/sub/"$'caf\xe9'
	local i
	for ((i = 0; i < 40; i++)); do
		random_file "$POOL/tree/sub/deep/$i" "$((i * 37))"
	done
	local server
	for server in VS VS_TLS VS_IMPLICIT VS_ANON VS_SIX PRO PRO_TLS PRO_LIST; do
		fill "$server"
	done
}

# fill SERVER: the pool in its root, for everybody to read.
fill() {
	local root=$1_ROOT
	[[ -n ${!root-} ]] || return 0
	cp -r "$POOL"/* "${!root}/"
	chmod -R a+rwX "${!root}/tree" "${!root}/large"
}

# on SERVER: what the tests below use for it.
on() {
	server_need "$1"
	local url=$1_URL root=$1_ROOT
	URL=${!url} ROOT=${!root}
}

# as_joe VERB ARG...: netkit ftp with his password, and our certificates.
as_joe() {
	local verb=$1
	shift
	run_netkit ftp "$verb" --password-file="$JOE_PASSWORD_FILE" --ca="$CERTS/ca.pem" "$@"
	expect_exit 0
}

# for_each FUNCTION ARG...: call it for every writable server, in a folder of its own.
for_each() {
	local server
	for server in "${WRITABLE[@]}"; do
		echo "on $server" # shown when the test fails
		mkdir "$server"
		pushd "$server" >/dev/null || return 1
		on "$server"
		"$@"
		popd >/dev/null || return 1
	done
}

get_file() {
	as_joe get "$URL/large"
	cmp large "$POOL/large"
	[[ -z $output$stderr && $(ls) == large ]]
}

@test "get" {
	for_each get_file
}

put_file() {
	as_joe put "$POOL/large" "$URL/up"
	cmp "$ROOT/up" "$POOL/large"
	[[ -z $output$stderr ]]
}

@test "put" {
	for_each put_file
}

put_over() {
	echo long content >"$ROOT/over"
	chmod a+w "$ROOT/over"
	echo short >short
	as_joe put short "$URL/over"
	cmp "$ROOT/over" short
}

@test "put replaces what is there" {
	for_each put_over
}

get_tree() {
	as_joe get --recursive --jobs="$1" "$URL/tree"
	diff -r tree "$POOL/tree"
}

@test "get --recursive with one job and with eight" {
	for_each get_tree 1
	rm -rf ./*
	for_each get_tree 8
}

put_tree() {
	as_joe put --recursive --jobs="$1" "$POOL/tree" "$URL/put$1/"
	diff -r "$ROOT/put$1/tree" "$POOL/tree"
}

@test "put --recursive with one job and with eight" {
	for_each put_tree 1
	rm -rf ./*
	for_each put_tree 8
}

same_as_peers() {
	as_joe get "$URL/large"
	curl -sS --ssl --cacert "$CERTS/ca.pem" -u "joe:$JOE_PASSWORD" "${URL/joe@/}/large" -o by-curl
	cmp large by-curl
	lftp -c "set ssl:ca-file $CERTS/ca.pem; set cmd:fail-exit yes; open -u joe,$JOE_PASSWORD ${URL/joe@/}
		get large -o by-lftp"
	cmp large by-lftp
}

@test "the bytes are those that curl and lftp get" {
	((EUID == 0)) || skip 'curl cannot look at / where that is not the root of the server'
	for_each same_as_peers
}

anonymous() {
	on "$1"
	run_netkit ftp get "$URL/large"
	expect_exit 0
	cmp large "$POOL/large"
	run_netkit ftp ls --fields=name "$URL/tree"
	[[ $output == $'empty\nsub' ]]
}

@test "anonymous" {
	anonymous VS_ANON
}

@test "IPv6" {
	anonymous VS_SIX
}

@test "active mode, both directions and a listing" {
	active() {
		as_joe get -A "$URL/large"
		cmp large "$POOL/large"
		as_joe put --active "$POOL/large" "$URL/active"
		cmp "$ROOT/active" "$POOL/large"
		as_joe ls -A --fields=name "$URL/tree"
		[[ $output == $'empty\nsub' ]]
	}
	for_each active
}

@test "MODE Z, both directions" {
	on PRO
	as_joe get --compress "$URL/large"
	cmp large "$POOL/large"
	as_joe put --compress "$POOL/tree/sub/text" "$URL/text-z"
	cmp "$ROOT/text-z" "$POOL/tree/sub/text"
	as_joe get --compress "$URL/tree/empty"
	[[ ! -s empty ]]
	[[ -z $stderr ]]
}

@test "MODE Z over TLS" {
	on PRO_TLS
	as_joe get --compress "$URL/large"
	cmp large "$POOL/large"
}

@test "MODE Z where the server has none goes on without" {
	on VS
	as_joe get --compress "$URL/large"
	cmp large "$POOL/large"
	[[ $stderr == *'going on uncompressed'* ]]
}

@test "ASCII, both directions" {
	on PRO
	seq 3000 >text
	sed 's/$/\r/' text >dos
	as_joe put --ascii text "$URL/ascii"
	as_joe get "$URL/ascii" stored
	cmp stored text
	cp dos "$ROOT/dos"
	as_joe get --ascii "$URL/ascii" back
	cmp back text
}

pipes() {
	run --separate-stderr bash -c '"$NETKIT" ftp put --password-file="$JOE_PASSWORD_FILE" \
		--ca="$CERTS/ca.pem" - "$0/piped" <"$POOL/large"' "$URL"
	expect_exit 0
	cmp "$ROOT/piped" "$POOL/large"
	"$NETKIT" ftp get --password-file="$JOE_PASSWORD_FILE" --ca="$CERTS/ca.pem" "$URL/piped" - | cmp - "$POOL/large"
	"$NETKIT" ftp cat --password-file="$JOE_PASSWORD_FILE" --ca="$CERTS/ca.pem" "$URL/tree/sub/text" \
		"$URL/tree/sub/text" | cmp - <(seq 5000 && seq 5000)
}

@test "from and to pipes" {
	for_each pipes
}

top_level() {
	local who=(--password-file="$JOE_PASSWORD_FILE" --ca="$CERTS/ca.pem")
	run_netkit get "${who[@]}" "$URL/large"
	expect_exit 0
	cmp large "$POOL/large"
	run_netkit put "${who[@]}" large "$URL/by-scheme"
	expect_exit 0
	cmp "$ROOT/by-scheme" large
	run_netkit ls "${who[@]}" --fields=name "$URL/tree"
	[[ $output == $'empty\nsub' ]]
	run_netkit cp "${who[@]}" "$URL/large" "$URL/by-cp"
	expect_exit 0
	cmp "$ROOT/by-cp" large
	run_netkit cp "${who[@]}" "$URL/by-cp" copied
	expect_exit 0
	cmp copied large
}

@test "the scheme chooses the applet" {
	for_each top_level
}

@test "cp between two servers" {
	on PRO
	local from=$URL
	on VS_TLS
	run_netkit cp --password-file="$JOE_PASSWORD_FILE" --ca="$CERTS/ca.pem" "$from/large" "$URL/from-pro"
	expect_exit 0
	cmp "$ROOT/from-pro" "$POOL/large"
}

verbs() {
	as_joe mkdir "$URL/made"
	[[ -d $ROOT/made ]]
	as_joe mkdir --parents "$URL/made/a/b/c"
	[[ -d $ROOT/made/a/b/c ]]
	as_joe put "$POOL/tree/sub/text" "$URL/made/a/"
	cmp "$ROOT/made/a/text" "$POOL/tree/sub/text"
	as_joe mv "$URL/made/a/text" /made/renamed
	[[ -f $ROOT/made/renamed && ! -e $ROOT/made/a/text ]]
	as_joe chmod 600 "$URL/made/renamed"
	[[ $(stat -c %a "$ROOT/made/renamed") == 600 ]]
	as_joe rm "$URL/made/renamed"
	[[ ! -e $ROOT/made/renamed ]]
	as_joe rmdir "$URL/made/a/b/c"
	[[ ! -e $ROOT/made/a/b/c ]]
	as_joe put --recursive "$POOL/tree" "$URL/made/"
	as_joe rm --recursive "$URL/made"
	[[ ! -e $ROOT/made ]]
}

@test "mkdir, mv, chmod, rm, rmdir" {
	for_each verbs
}

links() {
	mkdir -p "$ROOT/kept"
	echo precious >"$ROOT/kept/file"
	ln -sfn kept "$ROOT/link"
	chown -Rh "$SERVERS_USER" "$ROOT/kept" "$ROOT/link" 2>/dev/null || chmod -R a+rwX "$ROOT/kept"
	as_joe rm --recursive "$URL/link"
	[[ ! -L $ROOT/link && $(<"$ROOT/kept/file") == precious ]]
}

@test "rm --recursive of a link to a folder removes the link alone" {
	for_each links
}

text_ends() {
	seq -f 'line %.0f with some words in it' 40000 >text.lf
	sed 's/$/\r/' text.lf >"$ROOT/text.crlf"
	chmod a+r "$ROOT/text.crlf"
	as_joe get --ascii "$URL/text.crlf" text.got
	cmp text.got text.lf || cmp text.got "$ROOT/text.crlf"
	as_joe get --ascii --limit-rate=20M "$URL/text.crlf" slow.got
	cmp slow.got text.got
}

@test "text of a megabyte comes whole, whatever the pieces" {
	for_each text_ends
}

looking() {
	as_joe ls "$URL/tree/sub" --fields=name
	[[ $output == *$' a  b \n'* || $output == *$' a  b '* ]]
	[[ $output == *'caf\xe9'* ]]
	as_joe stat "$URL/large" --fields=kind,size,name
	[[ $output == $'file\t3000000\tlarge' ]]
	as_joe stat "$URL/tree" --fields=kind,name
	[[ $output == $'dir\ttree' ]]
	as_joe find "$URL/tree" --name='3*' --fields=name
	[[ $(wc -l <<<"$output") == 11 ]]
	as_joe find "$URL/tree" --type=d --fields=name
	[[ $output == *deep* ]]
	as_joe find "$URL/" --larger=2M --fields=name
	[[ $output == *large* && $output != *text* ]]
	as_joe du "$URL/tree"
	[[ ${lines[-1]} == "$(find "$POOL/tree" -type f -printf '%s\n' | awk '{ s += $1 } END { print s }')"$'\t44\t.' ]]
}

@test "ls, stat, find, du" {
	for_each looking
}

@test "the times of a listing are those of the files" {
	on PRO
	touch -d 2021-02-03T04:05:06Z "$ROOT/dated"
	as_joe stat --fields=mtime "$URL/dated"
	[[ $output == 2021-02-03T04:05:06Z ]]
	on VS
	touch -d 2021-02-03T04:05:06Z "$ROOT/dated"
	chmod a+r "$ROOT/dated"
	as_joe stat --fields=mtime "$URL/dated"
	[[ $output == 2021-02-03T04:05:06Z ]]
}

@test "a folder of a thousand files, and one of none" {
	on PRO_LIST
	local i
	mkdir "$ROOT/many" "$ROOT/none"
	for ((i = 0; i < 1000; i++)); do : >"$ROOT/many/$i"; done
	as_joe ls --fields=name "$URL/many"
	[[ $(wc -l <<<"$output") == 1000 ]]
	as_joe ls "$URL/none"
	[[ -z $output ]]
	on VS
	mkdir "$ROOT/none"
	as_joe ls "$URL/none"
	[[ -z $output ]]
}

resume_get() {
	local pid
	"$NETKIT" ftp get --password-file="$JOE_PASSWORD_FILE" --ca="$CERTS/ca.pem" --limit-rate=1M \
		"$URL/large" 3>&- &
	pid=$!
	await longer_than 100000 large.part
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	((status == 130))
	[[ ! -e large && -e large.part ]]
	as_joe get --json "$URL/large"
	[[ $output == *'"resumed_at":'[1-9]* ]]
	cmp large "$POOL/large"
	[[ $(ls) == large ]]
}

@test "an interrupted download goes on where it ended" {
	for_each resume_get
}

resume_put() {
	local pid
	rm -f "$ROOT/resumed"
	"$NETKIT" ftp put --password-file="$JOE_PASSWORD_FILE" --ca="$CERTS/ca.pem" --limit-rate=1M \
		"$POOL/large" "$URL/resumed" 3>&- &
	pid=$!
	await longer_than 100000 "$ROOT/resumed"
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	((status == 130))
	as_joe put --resume=force --json "$POOL/large" "$URL/resumed"
	[[ $output == *'"resumed_at":'[1-9]* ]]
	cmp "$ROOT/resumed" "$POOL/large"
}

@test "an interrupted upload goes on where it ended" {
	for_each resume_put
}

@test "a server with hashes lets an upload be resumed without being told" {
	on PRO
	head -c 1000000 "$POOL/large" >"$ROOT/part"
	chmod a+w "$ROOT/part"
	as_joe put --json "$POOL/large" "$URL/part"
	[[ $output == *'"resumed_at":1000000,'* ]]
	cmp "$ROOT/part" "$POOL/large"
}

@test "what differs at the start is not resumed" {
	on PRO
	random_file "$ROOT/other" 1000000
	chmod a+w "$ROOT/other"
	as_joe put --json "$POOL/large" "$URL/other"
	[[ $output == *'"resumed_at":0,'* ]]
	cmp "$ROOT/other" "$POOL/large"
}

@test "--verify=size and --verify=hash say what was compared" {
	on PRO
	as_joe get --verify=size --json "$URL/large"
	[[ $output == *'"verified":"size"'* ]]
	as_joe get --verify=hash --json "$URL/large" hashed
	[[ $output == *'"verified":"SHA-'* ]]
	cmp hashed "$POOL/large"
	as_joe put --verify=hash --json "$POOL/large" "$URL/hashed"
	[[ $output == *'"verified":"SHA-'* ]]
	on VS
	as_joe put --verify=size --json "$POOL/large" "$URL/sized"
	[[ $output == *'"verified":"size"'* ]]
}

@test "--verify=hash where the server has none fails" {
	on VS
	run_netkit ftp get --password-file="$JOE_PASSWORD_FILE" --verify=hash "$URL/large"
	expect_exit 4
	[[ ! -e large ]]
}

preserve() {
	touch -d 2021-02-03T04:05:06Z "$ROOT/large"
	as_joe get --preserve "$URL/large"
	[[ $(stat -c %Y large) == 1612325106 ]]
}

@test "--preserve keeps times, both directions" {
	for_each preserve
	on PRO
	touch -d 2020-01-02T03:04:05Z "$BATS_TEST_TMPDIR/dated"
	as_joe put --preserve "$BATS_TEST_TMPDIR/dated" "$URL/dated-put"
	[[ $(stat -c %Y "$ROOT/dated-put") == 1577934245 ]]
}

@test "--include and --exclude choose" {
	on PRO
	as_joe get --recursive --include='1*' --exclude=12 "$URL/tree"
	[[ $(cd tree && find . -type f | sort | tr '\n' ' ') == "./sub/deep/1 ./sub/deep/10 ./sub/deep/11 \
./sub/deep/13 ./sub/deep/14 ./sub/deep/15 ./sub/deep/16 ./sub/deep/17 ./sub/deep/18 ./sub/deep/19 " ]]
}

@test "--dry-run does nothing" {
	on PRO
	as_joe put --dry-run "$POOL/large" "$URL/never"
	[[ ! -e $ROOT/never ]]
	as_joe get --dry-run --recursive "$URL/tree"
	[[ -z $(ls) ]]
}

@test "every line of --json is an object" {
	on PRO
	: >lines
	as_joe ls --json --recursive "$URL/tree"
	printf '%s\n' "$output" >>lines
	as_joe get --json --recursive "$URL/tree"
	printf '%s\n' "$output" >>lines
	as_joe du --json "$URL/tree"
	printf '%s\n' "$output" >>lines
	run_netkit ftp get --password-file="$JOE_PASSWORD_FILE" --json --log-format=json "$URL/none" "$URL/large"
	printf '%s\n' "$output" "$stderr" >>lines
	as_joe get --progress=json "$URL/large" again
	printf '%s\n' "$stderr" >>lines
	(($(wc -l <lines) > 90))
	python3 -c 'import json, sys
for line in sys.stdin.buffer:
    assert isinstance(json.loads(line), dict), line' <lines
}

@test "names that are not UTF-8 come as base64" {
	on PRO
	as_joe ls --json "$URL/tree/sub"
	[[ $output == *"\"name_b64\":\"$(printf 'caf\xe9' | base64)\""* ]]
}

@test "links are followed by get, and seen by ls" {
	on VS
	ln -s large "$ROOT/link"
	as_joe ls "$URL/" --fields=kind,name
	[[ $output == *$'link\tlink'* ]]
	as_joe get "$URL/link"
	cmp link "$POOL/large"
	[[ ! -L link ]]
}

@test "a tree with a loop of links ends" {
	on PRO
	mkdir "$ROOT/loop"
	ln -s . "$ROOT/loop/self"
	echo x >"$ROOT/loop/x"
	run_netkit ftp get --password-file="$JOE_PASSWORD_FILE" --recursive "$URL/loop"
	cmp loop/x "$ROOT/loop/x"
	[[ ! -e loop/self/self ]]
}

@test "names with every odd character go both ways" {
	local name
	mkdir odd
	for name in 'a b' ' a' 'a ' 'a"b' "a'b" 'a\b' 'a%41' 'a;b=c' 'a*?[x]' '-a' '~' 'a#b?c' \
		$'a\x01\x1bb' $'\xc3\xa9' $'\xff\xfe' '(x)' '-> b' '!x' '{a,b}'; do
		printf %s "$name" >"odd/$name"
	done
	odd() {
		as_joe put --recursive ../odd "$URL/"
		diff -r ../odd "$ROOT/odd"
		as_joe get --recursive "$URL/odd"
		diff -r odd ../odd
	}
	for_each odd
}
