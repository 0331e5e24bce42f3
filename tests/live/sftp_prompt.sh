#!/usr/bin/env bats
# sftp_prompt.sh - the command line and the commands of sftp(1), on OpenSSH's sshd and proftpd's mod_sftp.
#
# Each test is a shell of its own, and servers and runs export:
# shellcheck disable=SC2154,SC2030,SC2031

load ../lib/setup

# Both have joe's files in a folder of their own.
SERVERS=(SSHD MOD)

setup_file() {
	server_sshd SSHD
	server_mod_sftp MOD
}

setup() {
	clean_environment
}

# on SERVER: its root anew, and what the tests below use for it. FOLDER is the root as the server has it.
on() {
	server_need "$1"
	local url=${1}_URL root=${1}_ROOT port=${1}_PORT key=${1}_KEY known=${1}_KNOWN_HOSTS user=${1}_USER
	URL=${!url} ROOT=${!root}
	rm -rf "${ROOT:?}"/*
	FOLDER=
	[[ $URL != sftp://*/* ]] || FOLDER=/${URL#sftp://*/}
	HOST=${!user}@127.0.0.1
	WHO=(-P "${!port}" -i "${!key}" --known-hosts="${!known}" --trust=strict --ssh-config=none)
	mkdir -p "$ROOT/pub/sub"
	echo one >"$ROOT/pub/a.txt"
	echo two >"$ROOT/pub/b.txt"
	echo log >"$ROOT/pub/c.log"
	echo star >"$ROOT/pub/s*r"
	echo blank >"$ROOT/pub/a b"
	echo deep >"$ROOT/pub/sub/deep"
	chmod -R a+rwX "$ROOT"
	((EUID != 0)) || chown -R "$SERVERS_USER:$SERVERS_USER" "$ROOT"/*
}

# commands LINE...: run them from a pipe.
commands() {
	printf '%s\n' "$@" >commands
	run --separate-stderr timeout 60 "$NETKIT" sftp "${WHO[@]}" "$HOST" <commands
}

# batch OPTION... -- LINE...: run them with -b.
batch() {
	local options=()
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	printf '%s\n' "$@" >commands
	run --separate-stderr timeout 60 "$NETKIT" sftp "${WHO[@]}" "${options[@]}" -b commands "$HOST" </dev/null
}

# for_each FUNCTION: call it for every server, in a folder of its own.
for_each() {
	local server
	for server in "${SERVERS[@]}"; do
		echo "on $server" # shown when the test fails
		mkdir "$server"
		cd "$server" || return 1
		on "$server"
		"$1"
		cd ..
	done
}

# --- what commands do ----------------------------------------------------------------------------

moves() {
	echo up >up
	commands "cd $FOLDER/pub" 'lcd .' 'get a.txt' 'get b.txt other' 'put up' 'put up up2' 'put up sub' \
		'mkdir new' 'rename up2 new/up3' 'rm c.log' 'rmdir new/none' bye
	expect_exit 78
	[[ $(cat a.txt other) == $'one\ntwo' ]]
	[[ $(cat "$ROOT/pub/up" "$ROOT/pub/sub/up" "$ROOT/pub/new/up3") == $'up\nup\nup' ]]
	[[ ! -e $ROOT/pub/c.log && -z $output ]]
}

@test "a session as scripts have them" {
	for_each moves
}

patterns() {
	commands "cd $FOLDER/pub" 'get *.txt' 'get "s*r" star' 'get s\*r' "get 'a b' blank" 'get a\ b'
	expect_exit 0
	[[ $(cat a.txt b.txt star 's*r' blank 'a b') == $'one\ntwo\nstar\nstar\nblank\nblank' ]]
	touch ./x.up ./-r
	commands "cd $FOLDER/pub" 'put *.up sub' 'put ./-*' 'chmod 600 *.txt' 'rm -- sub/*.up -r' 'rm *.log'
	expect_exit 0
	[[ ! -e $ROOT/pub/sub/x.up && ! -e $ROOT/pub/-r && ! -e $ROOT/pub/c.log ]]
	[[ $(stat -c %a "$ROOT/pub/a.txt" "$ROOT/pub/b.txt") == $'600\n600' ]]
	commands "cd $FOLDER/pub" 'get *.none'
	expect_exit 78
	commands "cd $FOLDER/pub" 'get *.txt none'
	expect_exit 2
	[[ ! -e none ]]
}

@test "wildcards are expanded, and quoted ones are names" {
	for_each patterns
}

trees() {
	mkdir -p tree/below
	echo 1 >tree/1
	echo 2 >tree/below/2
	commands "cd $FOLDER/pub" 'get -r sub' 'get -R sub/ copy' 'put -r tree' 'put -r tree/ sub' 'put -r tree new'
	expect_exit 0
	[[ $(cat sub/deep copy/deep) == $'deep\ndeep' ]]
	diff -r tree "$ROOT/pub/tree"
	diff -r tree "$ROOT/pub/sub/tree"
	diff -r tree "$ROOT/pub/new"
	commands "cd $FOLDER/pub" 'get sub'
	((status != 0))
}

@test "folders go along with -r, under their name" {
	for_each trees
}

links() {
	commands "cd $FOLDER/pub" 'ln -s a.txt soft' 'symlink ../pub/b.txt other' 'cp b.txt copied'
	expect_exit 0
	[[ $(readlink "$ROOT/pub/soft" "$ROOT/pub/other") == $'a.txt\n../pub/b.txt' ]]
	[[ $(cat "$ROOT/pub/copied") == two ]]
}

@test "ln -s keeps the text of a link, and cp copies there" {
	for_each links
}

@test "ln gives a file another name" {
	on SSHD
	commands "cd $FOLDER/pub" 'ln a.txt hard'
	expect_exit 0
	[[ $ROOT/pub/a.txt -ef $ROOT/pub/hard ]]
	run_netkit sftp ln --ssh-config=none --identity="$SSHD_KEY" --known-hosts="$SSHD_KNOWN_HOSTS" \
		"$URL/pub/b.txt" second
	expect_exit 0
	[[ $ROOT/pub/b.txt -ef $ROOT/pub/second ]]
	run_netkit sftp ln --symbolic --ssh-config=none --identity="$SSHD_KEY" \
		--known-hosts="$SSHD_KNOWN_HOSTS" "$URL/pub/b.txt" soft
	expect_exit 0
	[[ $(readlink "$ROOT/pub/soft") == "$FOLDER/pub/b.txt" ]]
}

@test "reget and reput go on where a copy ended" {
	on SSHD
	random_file "$ROOT/pub/large" 300000
	head -c 100000 "$ROOT/pub/large" >large
	commands "cd $FOLDER/pub" 'reget large' 'get -a large'
	expect_exit 0
	cmp large "$ROOT/pub/large"
	head -c 100000 large >"$ROOT/pub/large"
	chmod a+rw "$ROOT/pub/large"
	commands "cd $FOLDER/pub" 'reput large'
	expect_exit 0
	cmp large "$ROOT/pub/large"
}

@test "-p keeps modes and times" {
	on SSHD
	touch -d 2020-01-02T03:04:05Z "$ROOT/pub/a.txt"
	chmod 640 "$ROOT/pub/a.txt"
	commands "cd $FOLDER/pub" 'get -p a.txt' 'put -p a.txt back'
	expect_exit 0
	[[ $(stat -c '%a %Y' a.txt "$ROOT/pub/back") == $'640 1577934245\n640 1577934245' ]]
}

@test "owners are numbers" {
	((EUID == 0)) || skip "files are given away by root alone"
	on SSHD
	local group
	group=$(id -g "$SERVERS_USER")
	commands "cd $FOLDER/pub" "chgrp $group *.txt" "chown $(id -u "$SERVERS_USER") a.txt" 'ls -n a.txt'
	expect_exit 0
	[[ $output == *" $(id -u "$SERVERS_USER") "*" $group "* ]]
	commands "cd $FOLDER/pub" 'chown 0 a.txt'
	expect_exit 9
	commands 'chown root a.txt'
	expect_exit 2
}

@test "commands of this side" {
	on SSHD
	touch seen
	commands 'lmkdir here' 'lls' 'lcd here' lpwd '!echo said' 'lumask 077' "get $FOLDER/pub/a.txt" '!exit 3'
	expect_exit 1
	[[ $output == *seen*"Local working directory: $PWD/here"*said* ]]
	[[ $(stat -c %a here/a.txt) == 600 ]]
}

# --- what is printed -----------------------------------------------------------------------------

@test "ls prints as sftp(1) does" {
	on SSHD
	rm -r "$ROOT/pub/s*r"
	commands "cd $FOLDER/pub" pwd ls 'ls -1' 'ls -1 sub' 'ls -1 s*' 'ls -1r *' 'ls *.txt'
	expect_exit 0
	[[ ${lines[0]} == "Remote working directory: $FOLDER/pub" ]]
	[[ ${lines[1]} == 'a b    a.txt  b.txt  c.log  sub    ' ]]
	[[ ${lines[*]:2:5} == 'a b a.txt b.txt c.log sub' ]]
	[[ ${lines[*]:7:7} == 'sub/deep sub/deep sub/ c.log b.txt a.txt a b' ]]
	# Columns are as wide as the whole path.
	[[ ${lines[*]:14} =~ ^a\.txt\ +b\.txt\ +$ ]]
}

@test "ls -l prints as sftp(1) does" {
	on SSHD
	local owner
	owner=$(id -un "${SERVERS_USER:-$UID}")
	((EUID != 0)) || owner='[^ ]+'
	chmod 640 "$ROOT/pub/a.txt"
	touch -d 2020-01-02T03:04:05Z "$ROOT/pub/a.txt"
	commands "cd $FOLDER/pub" 'ls -l *.txt' 'ls -lh a*' 'ls -la sub'
	expect_exit 0
	[[ ${lines[0]} =~ ^-rw-r-----\ {4}\?\ $owner\ +[^\ ]+\ +4\ Jan\ \ 2\ \ 2020\ a\.txt$ ]]
	[[ ${lines[3]} =~ \ 4B\ Jan\ \ 2\ \ 2020\ a\.txt$ ]]
	[[ ${lines[4]} == d*' sub/.' && ${lines[5]} == d*' sub/..' && ${lines[6]} == -*' sub/deep' ]]
}

@test "options of the verbs, and records, at the prompt" {
	on SSHD
	commands "cd $FOLDER/pub" 'ls --json a.txt' 'find sub --type=f' 'get --dry-run *.txt'
	expect_exit 0
	[[ ${lines[0]} == *'"name":"a.txt"'* && ${lines[1]} == *deep* && ! -e a.txt ]]
	printf 'pwd\n' >commands
	run --separate-stderr "$NETKIT" sftp --json "${WHO[@]}" "$HOST" <commands
	expect_exit 0
	[[ $output == *'"type":"place","path":'* ]]
}

@test "df has the numbers of the file system" {
	on SSHD
	commands "df $FOLDER/pub" 'df -h' 'df -hi'
	expect_exit 0
	[[ ${lines[0]} == '        Size         Used        Avail       (root)    %Capacity' ]]
	[[ ${lines[1]} =~ ^\ *[0-9]+\ +[0-9]+\ +[0-9]+\ +[0-9]+\ +[0-9]+%$ ]]
	[[ ${lines[3]} == *B*B*B*B* && ${lines[4]} == *Inodes* ]]
}

# --- batches -------------------------------------------------------------------------------------

stops() {
	batch -- "cd $FOLDER/pub" 'get gone' 'get a.txt'
	expect_exit 78
	[[ ! -e a.txt && $stderr == *"commands:2: "*gone* ]]
	batch --exit-status=classic -- 'get gone' 'get a.txt'
	expect_exit 1
	commands "cd $FOLDER/pub" 'rm gone' 'get a.txt'
	expect_exit 78
	[[ ! -e a.txt && $stderr == *"line 2: "* ]]
}

@test "the first failure is the last command" {
	for_each stops
}

@test "- forgives a failure, @ silences the echo" {
	on SSHD
	batch -- '-rm gone' "@cd $FOLDER/pub" '-@get gone' '@-foo' ' - pwd' '# comment' '' 'get a.txt # comment' 'GET b.txt'
	expect_exit 0
	[[ -e a.txt && -e b.txt && $output == "Remote working directory: $FOLDER/pub" ]]
	[[ $stderr == *'sftp> rm gone'* && $stderr != *'sftp> cd'* && $stderr != *'sftp> get gone'* ]]
	[[ $stderr == *"no command 'foo'"* ]]
	batch -q -- pwd
	expect_exit 0
	[[ -z $stderr && -n $output ]]
}

@test "-b - reads stdin" {
	on SSHD
	run --separate-stderr "$NETKIT" sftp "${WHO[@]}" -b - "$HOST" <<<"get $FOLDER/pub/a.txt"
	expect_exit 0
	[[ -e a.txt ]]
	run --separate-stderr "$NETKIT" sftp "${WHO[@]}" -b none "$HOST" </dev/null
	expect_exit 78
}

@test "what is no command ends it" {
	on SSHD
	commands 'gett a.txt'
	expect_exit 2
	[[ $stderr == *"did you mean 'get'"* ]]
	commands 'get "a'
	expect_exit 2
	commands 'ls -z'
	expect_exit 2
	commands get
	expect_exit 2
}

# --- destinations --------------------------------------------------------------------------------

names() {
	local words
	run --separate-stderr "$NETKIT" sftp "${WHO[@]}" "$HOST:$FOLDER/pub/a.txt" </dev/null
	expect_exit 0
	[[ $(cat a.txt) == one && -z $output ]]
	run --separate-stderr "$NETKIT" sftp "${WHO[@]}" "$HOST:$FOLDER/pub/a.txt" -
	expect_exit 0
	[[ $output == one ]]
	run --separate-stderr "$NETKIT" sftp "${WHO[@]}" -r "$HOST:$FOLDER/pub/sub" tree
	expect_exit 0
	[[ -e tree/deep ]]
	for words in "$HOST:$FOLDER/pub" "$HOST:$FOLDER/pub/" "sftp://$HOST$FOLDER/pub"; do
		run --separate-stderr "$NETKIT" sftp "${WHO[@]}" "$words" <<<pwd
		expect_exit 0
		[[ $output == "Remote working directory: $FOLDER/pub" ]]
	done
	run --separate-stderr "$NETKIT" sftp "${WHO[@]}" "$HOST:$FOLDER/pub/gone" </dev/null
	expect_exit 78
}

@test "a destination with a path fetches it, or starts there" {
	for_each names
}

@test "sftp:// is a destination, and -s a server's path" {
	on SSHD
	run --separate-stderr "$NETKIT" sftp "${WHO[@]:2}" "$URL/pub" <<<pwd
	expect_exit 0
	[[ $output == "Remote working directory: $FOLDER/pub" ]]
	run --separate-stderr "$NETKIT" sftp "${WHO[@]}" -s "$SERVERS_DIR/sftp-server" "$HOST" <<<pwd
	expect_exit 0
	run --separate-stderr "$NETKIT" sftp "${WHO[@]}" -s none "$HOST" <<<pwd
	expect_exit 4
}

batch_at_profile() {
	printf '%s\n' '[profile p]' "url = sftp://$HOST:${WHO[1]}$FOLDER/pub/" "identity = ${WHO[3]}" \
		"${WHO[4]#--}" trust=strict ssh-config=none >config
	printf '%s\n' 'ls -1' pwd >commands
	local target
	for target in @p "sftp://$HOST:${WHO[1]}$FOLDER/pub"; do
		run --separate-stderr timeout 60 "$NETKIT" sftp --config=config "${WHO[@]:2}" -b commands "$target" \
			</dev/null
		expect_exit 0
		[[ $output == $'a b\na.txt\nb.txt\nc.log\ns*r\nsub\nRemote working directory: '*/pub ]]
	done
	run --separate-stderr "$NETKIT" sftp --config=config -b commands @p/sub </dev/null
	expect_exit 0
	[[ $output == $'deep\n'* ]]
}

@test "-b with a profile or a URL prints what its commands print" {
	for_each batch_at_profile
}

@test "a folder that is changed to has its real name" {
	on SSHD
	ln -s sub "$ROOT/pub/link"
	commands "cd $FOLDER/pub/link" pwd 'cd ..' pwd cd 'cd none'
	expect_exit 78
	[[ $output == "Remote working directory: $FOLDER/pub/sub"$'\n'"Remote working directory: $FOLDER/pub" ]]
	commands "cd $FOLDER/pub/a.txt"
	expect_exit 78
}
