#!/usr/bin/env bats
# scp.sh - the classic form of scp over SFTP and, with -O, the old protocol: on sshd and mod_sftp,
# beside scp(1) itself, and with servers that lie.
#
# Scripts for an inner bash expand there, and each test is a shell of its own:
# shellcheck disable=SC2154,SC2016,SC2030,SC2031

load ../lib/setup
load ../lib/sftp

# The ways to copy: the server, and what is said for it.
WAYS=("SSHD" "PROGRAM" "MOD" "JAIL" "SSHD -O" "PROGRAM -O" "MOD -O")

setup_file() {
	sftp_servers
	# Whatever is asked for, it says what is in a file, and ends after so many answers.
	export SAYS=$SERVERS_DIR/says ANSWERS=$SERVERS_DIR/answers
	server_sshd LIAR conf="ForceCommand cat '$SAYS'; head -c \"\$(cat '$ANSWERS')\" >/dev/null"
}

# beside SERVER: what scp is given for it. HOST: joe there; AT: the folder as the server has it.
beside() {
	on "$1"
	local rest=${URL#sftp://}
	HOST=${rest%%[:/]*} PORT=${rest#*:}
	PORT=${PORT%%/*} AT=$FOLDER
	[[ $HOST == *@* ]] || HOST=joe@$HOST
}

# scp_joe ARG...: netkit scp with his key, whatever comes of it.
scp_joe() {
	# shellcheck disable=SC2086 # none, or -O
	run_netkit scp "${WHO[@]}" $WAY -P "$PORT" "$@"
}

scp_works() {
	scp_joe "$@"
	expect_exit 0
	[[ -z $output$stderr ]]
}

# each_way FUNCTION: call it for each way, in a folder of its own.
each_way() {
	local way
	for way in "${WAYS[@]}"; do
		echo "by $way" # shown when the test fails
		beside "${way%% *}"
		WAY=${way#"${way%% *}"}
		mkdir work
		pushd work >/dev/null || return 1
		"$@"
		popd >/dev/null || return 1
		rm -rf work
	done
}

# --- files ---------------------------------------------------------------------------------------

fetch_one() {
	scp_works "$HOST:$AT/large" .
	cmp large "$POOL/large"
	scp_works "$HOST:$AT/large" named
	cmp named "$POOL/large"
}

@test "a file is fetched, into a folder or under a name" {
	each_way fetch_one
}

send_one() {
	scp_works "$POOL/large" "$HOST:$AT/up"
	cmp "$ROOT/up" "$POOL/large"
	scp_works "$POOL/tree/sub/text" "$HOST:$AT/up"
	cmp "$ROOT/up" "$POOL/tree/sub/text"
	scp_works "$POOL/large" "$HOST:$AT/tree"
	cmp "$ROOT/tree/large" "$POOL/large"
	rm "$ROOT/up" "$ROOT/tree/large"
}

@test "a file is sent, under a name or into a folder that is there" {
	each_way send_one
}

login_folder() {
	[[ $ROOT != */jail/* ]] || return 0
	((EUID == 0)) || return 0
	echo home >home
	scp_works home "$HOST:"
	cmp "$ROOT/home" home
	scp_works "$HOST:home" again
	cmp again home
	scp_works "scp://$HOST:$PORT/home" third
	cmp third home
	rm "$ROOT/home"
}

@test "paths begin at the login folder" {
	each_way login_folder
}

keep_mode() {
	echo run >run
	chmod 700 run
	scp_works run "$HOST:$AT/run"
	[[ $(stat -c %a "$ROOT/run") == 700 ]]
	scp_works "$HOST:$AT/run" back
	[[ $(stat -c %a back) == 700 ]]
	rm "$ROOT/run"
}

@test "permissions of a new file are those of the source" {
	each_way keep_mode
}

keep_time() {
	echo old >old
	touch -d '2020-01-02 03:04:05' old
	scp_works -p old "$HOST:$AT/old"
	[[ $(stat -c %Y "$ROOT/old") == $(stat -c %Y old) ]]
	scp_works -p "$HOST:$AT/old" back
	[[ $(stat -c %Y back) == $(stat -c %Y old) ]]
	rm "$ROOT/old"
}

@test "-p keeps times" {
	each_way keep_time
}

several() {
	echo 1 >one
	echo 2 >two
	mkdir "$ROOT/many"
	((EUID != 0)) || chown "$SERVERS_USER" "$ROOT/many"
	scp_works one two "$HOST:$AT/many"
	scp_works "$HOST:$AT/many/one" "$HOST:$AT/many/two" .
	cmp "$ROOT/many/one" one
	cmp "$ROOT/many/two" two
	rm -r "$ROOT/many"
}

@test "several files go into a folder" {
	each_way several
}

no_folder() {
	scp_joe "$HOST:$AT/large" "$HOST:$AT/tree/empty" nowhere
	((status != 0))
	[[ ! -e nowhere ]]
}

@test "several files need a folder" {
	each_way no_folder
}

pattern() {
	scp_works "$HOST:$AT/tree/sub/deep/1*" .
	[[ $(ls) == $(cd "$POOL/tree/sub/deep" && ls -d 1*) ]]
	cmp 17 "$POOL/tree/sub/deep/17"
}

@test "the server's names are matched" {
	each_way pattern
}

missing() {
	scp_joe "$HOST:$AT/none" .
	[[ -z $(ls) && -n $stderr ]]
	((status != 0))
	scp_joe "$HOST:$AT/none" "$HOST:$AT/large" .
	expect_exit 100
	cmp large "$POOL/large"
	scp_joe none "$HOST:$AT/"
	expect_exit 26
}

@test "what is not there is a failure, and the rest is copied" {
	each_way missing
}

folder_without_r() {
	scp_joe "$HOST:$AT/tree" .
	((status != 0))
	[[ -z $(ls) ]]
	mkdir tree
	scp_joe tree "$HOST:$AT/new"
	((status != 0))
	[[ ! -e $ROOT/new ]]
}

@test "a folder needs -r" {
	each_way folder_without_r
}

# --- trees ---------------------------------------------------------------------------------------

fetch_tree() {
	scp_works -r "$HOST:$AT/tree" .
	diff -r tree "$POOL/tree"
	scp_works -r "$HOST:$AT/tree/" named
	diff -r named "$POOL/tree"
	mkdir there
	scp_works -r "$HOST:$AT/tree" there/
	diff -r there/tree "$POOL/tree"
}

@test "-r fetches a folder: into one that is there, else under the name" {
	each_way fetch_tree
}

send_tree() {
	scp_works -r "$POOL/tree/" "$HOST:$AT/named"
	diff -r "$ROOT/named" "$POOL/tree"
	scp_works -r "$POOL/tree" "$HOST:$AT/named"
	diff -r "$ROOT/named/tree" "$POOL/tree"
	rm -r "$ROOT/named"
}

@test "-r sends a folder: under a name that is new, else into the folder" {
	each_way send_tree
}

folder_attributes() {
	mkdir -p site/closed
	echo x >site/closed/x
	chmod 700 site/closed
	touch -d '2020-01-02 03:04:05' site/closed
	scp_works -rp site "$HOST:$AT/"
	[[ $(stat -c '%a %Y' "$ROOT/site/closed") == $(stat -c '%a %Y' site/closed) ]]
	scp_works -rp "$HOST:$AT/site" back
	# mod_sftp's old protocol says no times of folders.
	[[ $URL$WAY == *"$MOD_PORT"*-O ]] ||
		[[ $(stat -c %Y back/closed) == $(stat -c %Y site/closed) ]]
	[[ $(stat -c %a back/closed) == 700 ]]
	rm -r "$ROOT/site"
}

@test "-rp keeps what folders have" {
	each_way folder_attributes
}

links() {
	mkdir -p site/real
	echo x >site/real/x
	ln -s real site/link
	ln -s real/x site/file
	scp_works -r site "$HOST:$AT/"
	[[ -d $ROOT/site/link && ! -L $ROOT/site/link && ! -L $ROOT/site/file ]]
	cmp "$ROOT/site/link/x" site/real/x
	rm -r "$ROOT/site"
}

@test "-r follows links" {
	each_way links
}

# --- two hosts -----------------------------------------------------------------------------------

two_hosts() {
	scp_works -3 "$HOST:$AT/large" "$HOST:$AT/second"
	cmp "$ROOT/second" "$POOL/large"
	scp_works -r "$HOST:$AT/tree" "$HOST:$AT/copy"
	diff -r "$ROOT/copy" "$POOL/tree"
	rm -r "$ROOT/second" "$ROOT/copy"
}

@test "from one host to another through this one" {
	each_way two_hosts
}

# --- the command line ----------------------------------------------------------------------------

@test "-l limits the rate" {
	beside SSHD
	for WAY in '' -O; do
		local before=$EPOCHREALTIME
		head -c 100000 "$POOL/large" >part
		scp_works -l 800 part "$HOST:$AT/limited"
		((${EPOCHREALTIME/./} - ${before/./} > 500000))
		rm "$ROOT/limited"
	done
}

@test "options of ssh are taken" {
	beside PROGRAM
	scp_works -C -4 -B -q -c aes128-ctr -o ServerAliveInterval=30 "$HOST:$AT/large" .
	cmp large "$POOL/large"
}

@test "-R and -A are refused with a reason" {
	beside SSHD
	scp_joe -R "$HOST:$AT/large" .
	expect_exit 4
	scp_joe -A "$HOST:$AT/large" .
	expect_exit 4
}

@test "one operand is not enough" {
	run_netkit scp only
	expect_exit 2
}

@test "--exit-status=classic gives scp's own" {
	beside SSHD
	scp_joe --exit-status=classic "$HOST:$AT/none" .
	expect_exit 1
}

@test "a file whose name has a colon is written with its folder" {
	echo x >a:b
	run_netkit scp ./a:b copy
	expect_exit 0
	cmp copy a:b
}

@test "records are printed where they are asked for" {
	beside SSHD
	for WAY in '' -O; do
		scp_joe --json "$HOST:$AT/large" .
		expect_exit 0
		[[ ${lines[0]} == *'"type":"transfer"'*'"bytes":3000000'* ]]
		# Its URL can be used: the port of -P is in it.
		[[ ${lines[0]} == *"$HOST:$PORT$AT/large\""* ]]
	done
}

@test "a file whose size nobody knows is sent, and with -O refused" {
	beside SSHD
	WAY=
	scp_works /proc/version "$HOST:$AT/version"
	cmp "$ROOT/version" /proc/version
	rm "$ROOT/version"
	WAY=-O
	scp_joe /proc/version "$HOST:$AT/version"
	expect_exit 4
	[[ $stderr == *size* && ! -e $ROOT/version ]]
}

# --- servers that lie, with -O -------------------------------------------------------------------

# lies SAYS [ANSWERS]: what the server of the next run does; the format is printf's.
lies() {
	beside LIAR
	WAY=-O
	# shellcheck disable=SC2059 # it is a format
	printf "$1" >"$SAYS"
	echo "${2-100000}" >"$ANSWERS"
	chmod a+r "$SAYS" "$ANSWERS"
}

# liar ARG...: netkit scp -O finds out.
liar() {
	scp_joe --timeout=5s "$@"
	((status != 0))
	[[ $stderr != *$'\e'* && -n $stderr ]]
}

@test "a name that was not asked for is refused" {
	lies 'C0644 2 .bashrc\nx\n\0'
	liar "$HOST:a.txt" .
	expect_exit 8
	[[ -z $(ls -A) ]]
	lies 'C0644 2 b.txt\nx\n\0'
	liar "$HOST:a*" .
	[[ -z $(ls -A) ]]
}

@test "-T takes a name that was not asked for" {
	lies 'C0644 2 b.txt\nx\n\0' 3
	scp_joe -T "$HOST:a.txt" .
	expect_exit 0
	[[ $(<b.txt) == x ]]
}

@test "a name that is a path is refused, whatever is trusted" {
	mkdir in
	cd in
	lies 'C0644 2 ../x\nx\n\0'
	liar -T "$HOST:*" .
	lies 'C0644 2 /tmp/netkit-x\nx\n\0'
	liar -T "$HOST:*" .
	lies 'D0755 0 ..\nC0644 2 x\nx\n\0E\n'
	liar -Tr "$HOST:*" .
	[[ -z $(ls -A) && ! -e ../x && ! -e /tmp/netkit-x ]]
}

@test "a folder is refused without -r" {
	lies 'D0755 0 a\nC0644 2 x\nx\n\0E\n'
	liar "$HOST:a" .
	[[ -z $(ls -A) ]]
}

@test "a second file under one name is refused" {
	lies 'C0644 2 a\nx\n\0C0644 2 b\ny\n\0'
	liar "$HOST:?" named
	[[ $(<named) == x ]]
}

@test "nothing is written through a link that was there" {
	mkdir out in
	ln -s ../out in/a
	cd in
	lies 'D0755 0 a\nC0644 2 x\nx\n\0E\n'
	liar -r "$HOST:a" .
	[[ -z $(ls -A ../out) ]]
}

@test "a size that lies leaves no file" {
	lies 'C0644 999999 a\nonly this'
	liar "$HOST:a" .
	[[ ! -e a ]]
	lies 'C0644 99999999999999999999 a\n'
	liar "$HOST:a" .
	[[ ! -e a ]]
}

@test "an end in the middle of a folder is a failure" {
	lies 'D0755 0 a\n' 2
	liar -r "$HOST:a" .
	expect_exit 18
}

@test "more ends than folders are a failure" {
	lies 'E\n'
	liar -r "$HOST:a" .
	expect_exit 8
}

@test "a line without an end is not kept" {
	lies ''
	tr '\0' C </dev/zero | head -c 3000000 >"$SAYS"
	scp_joe "$HOST:a" .
	expect_exit 8
}

@test "warnings and errors are told without their escape sequences" {
	lies '\1scp: \033[2Ja: No such file or directory\n' 1
	liar "$HOST:a" .
	expect_exit 78
	[[ $stderr == *'No such file'* ]]
	lies '\2scp: \033]0;x\007gone\n'
	liar "$HOST:a" .
	[[ $stderr == *gone* ]]
}

@test "what a login script prints is told" {
	lies 'Welcome to example.org\n'
	liar "$HOST:a" .
	expect_exit 8
	[[ $stderr == *Welcome* ]]
}

@test "a server that never answers is left" {
	lies ''
	echo x >x
	scp_joe --timeout=1s x "$HOST:"
	expect_exit 28
}
