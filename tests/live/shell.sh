#!/usr/bin/env bats
# The prompt: classic commands of ftp from a pipe.

load ../lib/setup

setup_file() {
	server_vsftpd SERVER login=joe write=yes
	server_refused NOBODY
}

setup() {
	clean_environment
	server_need SERVER
	rm -rf "${SERVER_ROOT:?}"/*
	mkdir "$SERVER_ROOT/pub"
	echo one >"$SERVER_ROOT/pub/a.txt"
	echo two >"$SERVER_ROOT/pub/b.txt"
	echo log >"$SERVER_ROOT/pub/c.log"
	chmod -R a+rwX "$SERVER_ROOT"
}

# commands LINE...: run them as joe.
commands() {
	printf '%s\n' "$@" >commands
	run --separate-stderr "$NETKIT" ftp --password-file="$JOE_PASSWORD_FILE" joe@127.0.0.1 \
		"$SERVER_PORT" <commands
}

@test "a session as scripts have them" {
	echo up >up
	commands binary 'cd pub' 'lcd .' 'get a.txt' 'get b.txt other' 'put up' 'put up up2' \
		'mkdir new' 'rename up2 new/up3' 'delete c.log' bye
	expect_exit 0
	[[ $(cat a.txt other) == $'one\ntwo' ]]
	[[ $(cat "$SERVER_ROOT/pub/up" "$SERVER_ROOT/pub/new/up3") == $'up\nup' ]]
	[[ ! -e $SERVER_ROOT/pub/c.log ]]
	[[ -z $output$stderr ]]
}

@test "ls, pwd and help print; nothing is a prompt" {
	commands pwd 'cd pub' pwd ls 'ls *.log' help
	expect_exit 0
	[[ ${lines[0]} == "/" && ${lines[1]} == "/pub" ]]
	[[ ${lines[2]} == file*a.txt && ${lines[5]} == file*c.log ]]
	[[ $output == *"mget"* && -z $stderr ]]
}

@test "mget, mput and mdelete take wildcards" {
	touch x.up y.up
	commands 'cd pub' 'mget *.txt' 'mput *.up' 'mdelete *.log'
	expect_exit 0
	[[ -e a.txt && -e b.txt && ! -e c.log ]]
	[[ -e $SERVER_ROOT/pub/x.up && -e $SERVER_ROOT/pub/y.up && ! -e $SERVER_ROOT/pub/c.log ]]
}

@test "verbs and their options are commands too" {
	commands 'mkdir --parents pub/x/y' 'get --recursive pub copy' 'find pub --name=*.log' \
		'rm --recursive pub/x' 'stat --json pub/a.txt'
	expect_exit 0
	diff -r -x x "$SERVER_ROOT/pub" copy
	[[ $output == *c.log* && $output == *'"name":"a.txt"'* ]]
	[[ ! -e $SERVER_ROOT/pub/x ]]
}

@test "sync goes either way: what begins with a dot and a slash is local" {
	commands 'sync pub ./copy' 'lcd copy' 'sync . new'
	expect_exit 0
	diff -r "$SERVER_ROOT/pub" copy
	diff -r "$SERVER_ROOT/new" copy
	[[ ! -e copy/new ]]
}

@test "append puts a file behind what is there" {
	echo behind >end
	commands 'append end pub/a.txt' 'append end pub/fresh'
	expect_exit 0
	[[ $(cat "$SERVER_ROOT/pub/a.txt") == $'one\nbehind' ]]
	[[ $(cat "$SERVER_ROOT/pub/fresh") == behind ]]
}

@test "one connection serves all commands" {
	printf '%s\n' 'cd pub' 'get a.txt' 'get b.txt' ls 'size a.txt' 'put a.txt z' >commands
	run --separate-stderr "$NETKIT" ftp --trace=trace --password-file="$JOE_PASSWORD_FILE" \
		joe@127.0.0.1 "$SERVER_PORT" <commands
	expect_exit 0
	(($(grep -c '> USER joe' trace) == 1))
}

@test "the first failure is the end and the status, unless --keep-going says otherwise" {
	commands 'get gone' 'get pub/a.txt'
	expect_exit 78
	[[ ! -e a.txt && $stderr == *"line 1"*gone* ]]
	commands 'gte pub/a.txt'
	expect_exit 2
	[[ $stderr == *"did you mean 'get'"* ]]
}

# keeps_going LINE...
keeps_going() {
	printf '%s\n' "$@" >commands
	run --separate-stderr "$NETKIT" ftp --keep-going --password-file="$JOE_PASSWORD_FILE" joe@127.0.0.1 \
		"$SERVER_PORT" <commands
}

@test "with --keep-going all commands are run, and 100 says that some failed" {
	keeps_going 'get gone' 'get pub/a.txt'
	expect_exit 100
	[[ -e a.txt && $stderr == *"line 1"*gone* && $stderr == *"1 of 2 commands failed"* ]]
	keeps_going 'get gone' 'cd gone' 'get pub/b.txt'
	expect_exit 100
	[[ -e b.txt && $stderr == *"2 of 3 commands failed"* ]]
	keeps_going 'get gone'
	expect_exit 78
	keeps_going 'get pub/c.log'
	expect_exit 0
}

# says COMMANDS [OPTION]...: by -c, in every form that takes it.
says() {
	run --separate-stderr "$NETKIT" ftp -c "$1" "${@:2}" --password-file="$JOE_PASSWORD_FILE" joe@127.0.0.1 \
		"$SERVER_PORT" </dev/null
}

@test "commands of the command line, with semicolons between them" {
	mkdir "$SERVER_ROOT/pub/a;b"
	chmod a+rwx "$SERVER_ROOT/pub/a;b"
	says 'cd pub; get a.txt x ; cd "a;b"; pwd;'
	expect_exit 0
	[[ $(cat x) == one && $output == "/pub/a;b" && -z $stderr ]]
	says 'get pub/gone; get pub/a.txt'
	expect_exit 78
	[[ ! -e a.txt && $stderr == *"command 1"*gone* ]]
	says 'get pub/gone; get pub/a.txt' --keep-going
	expect_exit 100
	[[ -e a.txt ]]
	says 'lcd /; !pwd; echo ";"'
	expect_exit 0
	[[ $output == $'/\n;' ]]
	says 'get "pub'
	expect_exit 2
	[[ $stderr == *"a quote is open"* ]]
	says 'open ftp://127.0.0.1 21'
	expect_exit 2
	[[ $stderr == *"names its port itself"* ]]
	says ''
	expect_exit 0
}

@test "the verb shell begins in the folder of its URL" {
	local who=(--password-file="$JOE_PASSWORD_FILE" "ftp://joe@127.0.0.1:$SERVER_PORT/pub")
	run_netkit shell -c 'pwd; get a.txt' "${who[@]}"
	expect_exit 0
	[[ $output == /pub && $(cat a.txt) == one ]]
	run_netkit ftp shell --command='stat b.txt' "${who[@]}"
	expect_exit 0
	[[ $output == file*b.txt ]]
	run_netkit shell -c ls "${who[0]}" "${who[1]}/gone"
	expect_exit 78
	run_netkit shell -c ls "${who[0]}" "${who[1]}/a.txt"
	expect_exit 78
	[[ $stderr == *"not a folder"* ]]
	run_netkit shell -c ls tftp://127.0.0.1/
	expect_exit 4
	[[ $stderr == *"tftp has no prompt"* ]]
	run_netkit shell -c 'shell x' "${who[@]}"
	expect_exit 2
	run_netkit shell
	expect_exit 2
	run_netkit shell "${who[@]}" # nobody is asked, and nothing said
	expect_exit 0
}

@test "reget goes on, and newer fetches what is newer" {
	echo -n o >a.txt
	commands 'cd pub' 'reget a.txt'
	expect_exit 0
	[[ $(cat a.txt) == one ]]
	touch -d 2001-01-01 "$SERVER_ROOT/pub/b.txt"
	echo mine >b.txt
	commands 'cd pub' 'newer b.txt' 'newer c.log'
	expect_exit 0
	[[ $(cat b.txt c.log) == $'mine\nlog' && $stderr == *"b.txt is not newer than b.txt"* ]]
	touch -d 2000-01-01 b.txt
	commands 'newer pub/b.txt'
	expect_exit 0
	[[ $(cat b.txt) == two ]]
	commands 'newer pub/gone'
	expect_exit 78
}

@test "help says what a command takes" {
	commands 'help get' 'help stat' '? cd' 'put --help'
	expect_exit 0
	[[ ${lines[0]} == "usage: get [OPTION...] REMOTE [LOCAL]" && $output == *--limit-rate=RATE* ]]
	[[ $output == *"usage: stat [OPTION...] REMOTE..."* && $output == *"usage: cd [DIR]"* ]]
	[[ $output == *"usage: put [OPTION...] LOCAL [REMOTE]"* && $output != *--password-file* && $output != *--hosts* ]]
	commands 'help nonsense'
	expect_exit 2
}

@test "user and password in the script" {
	printf 'open 127.0.0.1 %s\nuser joe %s\nget pub/a.txt\nclose\n' "$SERVER_PORT" \
		"$JOE_PASSWORD" >commands
	run --separate-stderr "$NETKIT" ftp --trace=trace <commands
	expect_exit 0
	[[ $(cat a.txt) == one ]]
	run ! grep -qF "$JOE_PASSWORD" trace
}

@test "user goes the way of the profile" {
	printf '%s\n' '[profile p]' "url = ftp://127.0.0.1:$SERVER_PORT" 'proxy = socks5://127.0.0.1:1' >config
	run_netkit ftp --config=config -c "open @p; user joe $JOE_PASSWORD; ls" --retries=0
	expect_exit 97
	[[ -z $output ]]
	printf '%s\n' '[profile p]' "url = ftp://127.0.0.1:$SERVER_PORT" user=ann \
		"password-file = $JOE_PASSWORD_FILE" >config
	# It is ann's password.
	run_netkit ftp --config=config -c 'open @p; user joe; ls'
	expect_exit 67
	[[ $stderr == *"no password for joe"* ]]
}

@test "a profile's options hold for a login that was opened without it before" {
	printf '%s\n' '[profile p]' "url = ftp://joe@127.0.0.1:$SERVER_PORT/pub/" \
		"password-file = $JOE_PASSWORD_FILE" >config
	run_netkit ftp --config=config -c "open joe@127.0.0.1 $SERVER_PORT; open @p; get a.txt"
	expect_exit 0
	[[ $(cat a.txt) == one ]]
	printf '%s\n' '[profile p]' "url = ftp://joe@127.0.0.1:$SERVER_PORT" 'proxy = socks5://127.0.0.1:1' >config
	run_netkit ftp --config=config --password-file="$JOE_PASSWORD_FILE" --retries=0 \
		-c "ls; open @p; ls" "joe@127.0.0.1" "$SERVER_PORT"
	expect_exit 97
	[[ $output == dir*pub ]]
}

@test "netrc logs in by itself" {
	(umask 077 && echo "machine 127.0.0.1 login joe password $JOE_PASSWORD" >"$HOME/.netrc")
	run --separate-stderr "$NETKIT" ftp 127.0.0.1 "$SERVER_PORT" <<<'get pub/a.txt'
	expect_exit 0
	[[ $(cat a.txt) == one ]]
}

@test "a wrong password ends it" {
	printf 'open 127.0.0.1 %s\nuser joe wrong\nls\nls\n' "$SERVER_PORT" >commands
	run --separate-stderr "$NETKIT" ftp <commands
	expect_exit 67
	[[ $stderr != *wrong* && $stderr != *$'\n'* ]]
}

@test "a server that was named and never used was still asked for" {
	run --separate-stderr "$NETKIT" ftp --retries=0 127.0.0.1 "$NOBODY_PORT" </dev/null
	expect_exit 7
	run --separate-stderr "$NETKIT" ftp <<<'ls'
	expect_exit 2
	[[ $stderr == *"not connected"* ]]
}

@test "commands of the local shell" {
	commands '!echo here' 'lcd /' lpwd '!exit 3'
	expect_exit 1
	[[ ${lines[0]} == here && ${lines[1]} == / ]]
}

@test "what a wildcard matches is no option and no pipe" {
	echo one >./--dry-run
	echo two >x.up
	echo three >./-
	commands 'mput --resume never *' 'mput -- -*'
	expect_exit 0
	[[ $(cat "$SERVER_ROOT/--dry-run" "$SERVER_ROOT/x.up" "$SERVER_ROOT/-") == $'one\ntwo\nthree' ]]
	rm -f ./-* x.up
	commands 'mget x* --*' # options are said before the wildcards
	expect_exit 2
	commands 'mget -- -* x*' 'mdelete -- -*'
	expect_exit 0
	[[ -z $output && -e ./- && -e ./--dry-run && -e x.up && ! -e $SERVER_ROOT/--dry-run && ! -e $SERVER_ROOT/- ]]
}

@test "options of the connection and the log are given when the prompt is started" {
	local option
	for option in --user=joe --insecure --timeout=5s --trace=t; do
		commands "get $option pub/a.txt"
		expect_exit 2
		[[ $stderr == *"${option%=*}: at the prompt it is given when that is started"* ]]
		[[ ! -e a.txt ]]
	done
}

@test "options of the transfer act on the command they are given to" {
	commands 'get pub/a.txt' 'get pub/b.txt'
	chmod a-w a.txt
	if [[ $(id -u) != 0 ]]; then
		commands 'get pub/b.txt a.txt'
		((status != 0))
	fi
	commands 'get --force pub/b.txt a.txt'
	expect_exit 0
	[[ $(cat a.txt) == two ]]
	command -v strace >/dev/null || skip "strace is not here: --sync is not seen"
	run --separate-stderr env ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=fsync,fdatasync -o plain "$NETKIT" ftp \
		--password-file="$JOE_PASSWORD_FILE" joe@127.0.0.1 "$SERVER_PORT" <<<'get pub/a.txt p'
	run --separate-stderr env ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=fsync,fdatasync -o synced "$NETKIT" ftp \
		--password-file="$JOE_PASSWORD_FILE" joe@127.0.0.1 "$SERVER_PORT" \
		<<<$'get pub/a.txt p\nget --sync pub/a.txt s'
	expect_exit 0
	run ! grep -q sync plain
	grep -q sync synced
}

@test "CSV has a header for listings" {
	commands 'ls --output=csv --fields=name,size pub'
	expect_exit 0
	[[ $output == $'name,size\na.txt,4\nb.txt,4\nc.log,4' ]]
}

@test "a file on the server is not copied onto itself" {
	local url=ftp://joe@127.0.0.1:$SERVER_PORT/pub
	run_netkit cp --password-file="$JOE_PASSWORD_FILE" "$url/a.txt" "$url/a.txt"
	expect_exit 2
	[[ $(cat "$SERVER_ROOT/pub/a.txt") == one ]]
}

@test "--fail-fast ends a tree, unless --keep-going says otherwise" {
	mkdir "$SERVER_ROOT/pub/fast"
	touch "$SERVER_ROOT/pub/fast"/{1,2,3}
	chmod 555 "$SERVER_ROOT/pub/fast"
	local words
	for words in --fail-fast "--fail-fast --keep-going" ""; do
		# shellcheck disable=SC2086 # words
		run_netkit rm --json --recursive $words --password-file="$JOE_PASSWORD_FILE" \
			"ftp://joe@127.0.0.1:$SERVER_PORT/pub/fast" "ftp://joe@127.0.0.1:$SERVER_PORT/pub/a.txt"
		((status != 0))
		if [[ $words == --fail-fast ]]; then
			[[ $output == *'"ok":0,"failed":1,'* && -e $SERVER_ROOT/pub/a.txt ]]
		else
			[[ $output == *'"failed":'[45]* && ! -e $SERVER_ROOT/pub/a.txt ]]
			echo one >"$SERVER_ROOT/pub/a.txt"
			chmod a+rw "$SERVER_ROOT/pub/a.txt"
		fi
	done
}

@test "a command that is too long is refused, and the next one read" {
	{
		head -c 70000 /dev/zero | tr '\0' x
		printf '\nget pub/a.txt\n'
	} >long
	run --separate-stderr "$NETKIT" ftp --keep-going --password-file="$JOE_PASSWORD_FILE" joe@127.0.0.1 \
		"$SERVER_PORT" <long
	expect_exit 100
	[[ $stderr == *"a command has at most 65535 bytes"* && -e a.txt ]]
}

@test "what a command printed before it failed is not lost" {
	commands 'stat --json pub/a.txt gone'
	expect_exit 100
	[[ $output == *'"name":"a.txt"'* ]]
}
