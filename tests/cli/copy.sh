#!/usr/bin/env bats
# netkit cp on local paths and pipes: the rules of targets, and what is printed.

load ../lib/setup

tree() {
	mkdir -p "$1/sub/deep"
	echo a >"$1/a"
	echo b >"$1/sub/b"
}

@test "a file goes to the name, or keeps its own in a folder" {
	echo one >f
	mkdir dir
	netkit cp f g
	netkit cp f dir
	cmp f g
	cmp f dir/f
}

@test "several sources need a folder" {
	echo one >f
	echo two >g
	run_netkit cp f g h
	expect_exit 2
	mkdir dir
	netkit cp f g dir
	cmp g dir/g
}

@test "pipes on both sides" {
	[[ $(echo piped | netkit cp - -) == piped ]]
	echo piped | netkit cp - f
	[[ $(cat f) == piped ]]
	[[ $(netkit cp f -) == piped ]]
}

@test "a folder needs --recursive" {
	tree t
	run_netkit cp t u
	((status != 0))
	[[ ! -e u/a ]]
}

@test "a folder becomes the target, goes into one that is there, or lends its contents" {
	tree t
	netkit cp --recursive t new
	diff -r t new
	mkdir there
	netkit cp --recursive t there
	diff -r t there/t
	mkdir flat
	netkit cp --recursive t/ flat
	diff -r t flat
	netkit cp --recursive t made/
	diff -r t made
}

@test "a planted link does not lead out of a recursive target" {
	tree t
	mkdir -p target outside
	ln -s ../outside target/t
	run_netkit cp --recursive t target
	((status != 0))
	[[ -z $(ls outside) ]]
}

@test "JSON: each transfer and a summary" {
	tree t
	run_netkit cp --json --recursive t u
	expect_exit 0
	[[ ${#lines[@]} == 3 ]]
	[[ $output == *'"type":"transfer","source":"t/a","target":"u/a","bytes":2,'* ]]
	[[ ${lines[2]} == '{"v":1,"type":"summary","ok":2,"failed":0,"bytes":4,"exit":0}' ]]
}

@test "one failure among many: told, counted, exit 100" {
	echo one >f
	mkdir dir
	run_netkit cp --json f gone dir
	expect_exit 100
	[[ ${lines[-1]} == *'"ok":1,"failed":1,'*'"exit":100}' ]]
	[[ $stderr == *gone*$'\n'*"1 of 2 items failed"* ]]
}

@test "the only failure is the command's own" {
	run_netkit cp gone f
	((status != 100 && status != 0))
	[[ $stderr != *$'\n'* ]]
	[[ ! -e f ]]
}

@test "a dry run says what would be done and does nothing" {
	tree t
	run_netkit cp --recursive --dry-run t u
	expect_exit 0
	[[ $output == *$'t/a\tu/a\t2'* ]]
	[[ ! -e u ]]
}

@test "no output unless asked for" {
	echo one >f
	run_netkit cp f g
	expect_exit 0
	[[ -z $output$stderr ]]
	run_netkit cp f h --output=tsv
	[[ $output == $'f\th\t4' ]]
}

@test "--include and --exclude choose" {
	tree t
	netkit cp --recursive --exclude=sub t u
	[[ -e u/a && ! -e u/sub ]]
	netkit cp --recursive --include=b t v
	[[ -e v/sub/b && ! -e v/a ]]
}

@test "--no-clobber leaves what is there" {
	echo one >f
	echo two >g
	run_netkit cp --no-clobber f g
	expect_exit 73
	[[ $(cat g) == two ]]
}

@test "a closed pipe ends it quietly, as it does cat" {
	head -c 10M /dev/zero >f
	run bash -c '"$NETKIT" cp f - 2>err | head -c 1 >/dev/null; echo "${PIPESTATUS[0]}"; cat err'
	[[ $output == 141 ]]
}

@test "a full disk is told" {
	echo one >f
	run bash -c '"$NETKIT" cp f - >/dev/full'
	((status == 23))
}

@test "JSON progress has bytes and total" {
	head -c 1M /dev/zero >f
	run_netkit cp --progress=json f g
	expect_exit 0
	[[ $stderr == *'{"v":1,"type":"progress","bytes":1048576,"total":1048576,'* ]]
}

# keeps FILE TEXT ARG...: the copy is refused as usage, and the file has its text.
keeps() {
	local file=$1 text=$2
	shift 2
	run_netkit "$@"
	expect_exit 2 || return 1
	[[ $stderr == *"onto itself"* && $(cat "$file") == "$text" ]]
}

@test "a file is not copied onto itself, whatever its names are" {
	echo one >f
	mkdir dir
	ln f dir/hard
	ln -s ../f dir/soft
	keeps f one cp f f
	keeps f one cp f ./dir/../f
	keeps f one cp f .
	keeps f one cp f dir/hard
	keeps f one cp dir/soft f
	keeps f one cp f dir/soft
	keeps f one cp --recursive f .
	run bash -c '"$NETKIT" cp f - >>f'
	((status == 2))
	[[ $(cat f) == one ]]
}

@test "a folder is not copied into itself" {
	tree t
	ln -s t/sub way
	for target in t t/ t/new t/sub t/sub/deep way/new; do
		run_netkit cp --recursive t/ "$target"
		expect_exit 2
	done
	run_netkit cp --recursive t/sub .
	expect_exit 0
	[[ $(find t | wc -l) == 5 && -e sub/b ]]
	netkit cp --recursive t t2
	diff -r t t2
}

@test "a URL is not copied onto itself, and nothing is asked of the server" {
	server_refused NOBODY
	for target in /a/f //a/./f /a/ /a/b/../f; do
		run_netkit cp "$NOBODY_URL/a/f" "$NOBODY_URL$target"
		expect_exit 2
	done
	run_netkit cp --recursive "$NOBODY_URL/a" "$NOBODY_URL/a/f/new"
	expect_exit 2
	run_netkit cp --recursive --user=joe "$NOBODY_URL/" "${NOBODY_URL/:\/\//:\/\/joe@}/x"
	expect_exit 2
	run_netkit cp --recursive "$NOBODY_URL/a" "$NOBODY_URL/ab"
	expect_exit 7
	run_netkit cp "$NOBODY_URL/a" "${NOBODY_URL/:\/\//:\/\/joe@}/a"
	expect_exit 7
}

@test "CSV has a header, once" {
	echo one >f
	echo two >g
	mkdir dir
	run_netkit cp --output=csv --fields=source,bytes --jobs=1 f g dir
	expect_exit 0
	[[ $output == $'source,bytes\nf,4\ng,4' ]]
}

@test "--include and --exclude choose among operands too" {
	tree t
	echo one >a.zip
	echo two >b.txt
	mkdir dir
	run_netkit cp --include='*.zip' a.zip b.txt dir
	expect_exit 0
	[[ -e dir/a.zip && ! -e dir/b.txt && -z $stderr ]]
	run_netkit cp --exclude='*.zip' a.zip c.zip
	expect_exit 0
	[[ ! -e c.zip ]]
	run_netkit cp --json --exclude='*.zip' a.zip c.zip
	expect_exit 0
	[[ $output == '{"v":1,"type":"summary","ok":0,"failed":0,"bytes":0,"exit":0}' ]]
	netkit cp --recursive --exclude=t t b.txt dir
	[[ -e dir/b.txt && ! -e dir/t ]]
	mkdir two
	netkit cp --recursive --include=b t a.zip two
	[[ -e two/t/sub/b && ! -e two/a.zip ]]
	netkit cp --recursive --include=b t dir
	[[ -e dir/t/sub/b && ! -e dir/t/a ]]
	[[ $(echo piped | netkit cp --include=x - -) == piped ]]
}

@test "two users' servers do not share a password option" {
	echo secret >pw
	run_netkit cp ftp://alice@127.0.0.1:1/a ftp://bob@127.0.0.2:1/b --password-file=pw
	expect_exit 2
	[[ $stderr == *"are two logins"* ]]
}
