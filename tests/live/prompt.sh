#!/usr/bin/env bats
# The prompt in a real terminal: editing, history, completion, progress, signals, lost connections.

# The tilde of prompts is no home; each test is a shell of its own, and servers and runs export:
# shellcheck disable=SC2088,SC2154,SC2030,SC2031

load ../lib/setup
load ../lib/terminal

setup_file() {
	server_vsftpd FTP login=joe write=yes
	server_sshd SSHD
	server_sshd GATE
}

setup() {
	clean_environment
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
}

teardown() {
	terminal_end
}

# at_ftp COLUMNS LINES [ARG]...: the prompt of ftp, as joe.
at_ftp() {
	server_need FTP
	rm -rf "${FTP_ROOT:?}"/*
	mkdir -p "$FTP_ROOT/pub/deep/folder" "$FTP_ROOT/pub/w b"
	echo one >"$FTP_ROOT/pub/alpha.txt"
	echo two >"$FTP_ROOT/pub/alphabet.txt"
	echo three >"$FTP_ROOT/pub/w b/it's"
	echo four >"$FTP_ROOT/pub/überall"
	chmod -R a+rwX "$FTP_ROOT"
	terminal "$1" "$2" "$NETKIT" ftp "${@:3}" --password-file="$JOE_PASSWORD_FILE" joe@127.0.0.1 "$FTP_PORT"
	prompts '^ftp 127\.0\.0\.1:~>$'
}

@test "a line is typed, edited and run; the prompt says where one is" {
	at_ftp 80 24
	enters 'cd pub'
	prompts '^ftp 127\.0\.0\.1:~/pub>$'
	types 'stat alpa.txt'
	keys Left Left Left Left Left
	types h
	keys Enter
	shows 'alpha\.txt'
	enters bye
	ends 0
}

# at_sftp COLUMNS LINES [ARG]...: that of sftp.
at_sftp() {
	server_need SSHD
	rm -rf "${SSHD_ROOT:?}"/*
	mkdir -p "$SSHD_ROOT/pub/deep"
	echo one >"$SSHD_ROOT/pub/a*b"
	echo two >"$SSHD_ROOT/pub/a[1]"
	head -c 300000 /dev/zero >"$SSHD_ROOT/pub/large"
	chmod -R a+rwX "$SSHD_ROOT"
	terminal "$1" "$2" "$NETKIT" sftp shell --identity="$SSHD_KEY" --known-hosts="$SSHD_KNOWN_HOSTS" \
		--trust=strict --ssh-config=none "${@:3}" "$SSHD_URL/pub"
	prompts '^sftp 127\.0\.0\.1:.*pub>$'
}

@test "a connection that was not lost is not made again" {
	at_sftp 80 24
	enters ls
	shows 'a\*b'
	enters 'ls -l'
	shows '^-rw.* large$'
	types 'get large na'
	keys Tab # what was listed for it is answered to the end while nobody reads
	keys C-u
	enters 'stat large'
	shows '^file +300000 .*large$'
	enters 'get large copy'
	await cmp -s copy "$SSHD_ROOT/pub/large"
	prompts 'pub>$'
	run ! screen_has again
}

@test "TAB completes commands, options and values" {
	at_ftp 80 24
	types 'mkd'
	keys Tab
	prompts '~> mkdir$'
	types '--par'
	keys Tab
	prompts '> mkdir --parents$'
	types 'x'
	keys Enter
	prompts '~>$'
	[[ -d $FTP_ROOT/x ]]
	types 'get --resume=f'
	keys Tab
	prompts '> get --resume=force$'
	types '--ord'
	keys Tab # that is for many hosts
	types 'x'
	prompts '> get --resume=force --ordx$'
	keys BSpace BSpace BSpace BSpace BSpace BSpace
	types '--pass'
	keys Tab # that is given when a prompt is started
	types 'x'
	prompts 'force --passx$'
	keys C-u
	types 'm'
	keys Tab
	shows 'mdelete +mget +mkdir'
}

@test "TAB completes remote names, quoted, and lists them in columns" {
	at_ftp 40 24
	types 'cd pu'
	keys Tab
	prompts '~> cd pub/$'
	keys Enter
	prompts '~/pub>$'
	types 'stat al'
	keys Tab
	prompts '> stat alpha$'
	keys Tab
	shows '^alpha\.txt +alphabet\.txt$'
	prompts '> stat alpha$'
	types 'b'
	keys Tab
	prompts '> stat alphabet\.txt$'
	keys Enter
	shows '^file +4 '
	types 'ls w'
	keys Tab
	prompts '> ls w\\ b/$'
	keys Tab
	prompts "> ls w\\\\ b/it\\\\'s\$"
	keys Enter
	shows '^file +6 '
	types 'stat "w'
	keys Tab Tab
	prompts '> stat "w b/it'"'s\"\$"
	keys C-u
	types 'stat ü'
	keys Tab
	prompts '> stat überall$'
	keys C-u
	types 'cd al'
	keys Tab # files are no folders
	types 'x'
	prompts '> cd alx$'
}

@test "TAB completes local names, where those are due" {
	mkdir -p lo/cal
	touch lo/file
	at_ftp 80 24
	types 'put lo/fi'
	keys Tab
	prompts '> put lo/file$'
	types 'pu'
	keys Tab
	prompts '> put lo/file pub/$'
	keys C-u
	types 'lcd lo'
	keys Tab Tab
	prompts '> lcd lo/cal/$'
	keys C-u
	types 'get pub/alphab'
	keys Tab
	types 'lo/f'
	keys Tab
	prompts '> get pub/alphabet.txt lo/file$'
}

@test "what is listed is forgotten when a command changes it" {
	at_ftp 80 24
	types 'stat pub/de'
	keys Tab
	prompts 'pub/deep/$'
	keys C-u
	enters 'rmdir pub/deep/folder'
	prompts '~>$'
	enters 'mv pub/deep pub/depth'
	prompts '~>$'
	types 'stat pub/de'
	keys Tab
	prompts 'pub/depth/$'
}

@test "more than 200 names are listed when that is wanted" {
	at_ftp 80 24
	(cd "$FTP_ROOT/pub" && seq -f 'n%.0f' 300 | xargs touch)
	types 'stat pub/n'
	keys Tab
	shows 'show all 300 names'
	types n
	prompts '> stat pub/n$'
	keys Tab
	shows 'show all 300 names'
	types y
	shows 'n103 .*n299'
	prompts '> stat pub/n$'
}

@test "in patterns wildcards of names are quoted" {
	at_sftp 80 24
	types 'get a'
	keys Tab
	shows '^a\*b +a\[1\]$'
	types '['
	keys Tab
	prompts '> get a\\\[1\]$'
	keys Enter
	await test -e 'a[1]'
	types "get 'a*"
	keys Tab
	prompts "> get 'a\\*b'\$"
	keys Enter
	await test -e 'a*b'
}

@test "history is kept, by the arrows and in its file, without secrets" {
	local file=$XDG_STATE_HOME/netkit/history
	at_ftp 80 24
	enters 'cd pub'
	prompts 'pub>$'
	enters ' cd deep'
	prompts 'deep>$'
	enters "user joe $JOE_PASSWORD"
	prompts 'deep>$'
	enters 'quote PASS secret2'
	shows '503|530|230|331'
	enters "us joe $JOE_PASSWORD"
	prompts 'deep>$'
	enters 'cd ..'
	prompts 'pub>$'
	keys Up Up
	prompts '> cd pub$'
	keys C-u
	enters 'bye'
	ends 0
	[[ $(cat "$file") == $'cd pub\ncd ..\nbye' && $(stat -c %a "$file") == 600 ]]
	terminal 80 24 "$NETKIT" ftp
	prompts '^ftp>$'
	keys Up Up
	prompts '> cd \.\.$'
}

@test "the interrupt key begins a new line, and ends a transfer but not the session" {
	at_ftp 80 24
	random_file "$FTP_ROOT/pub/large" 3000000
	types 'nonsense'
	keys C-c
	prompts '~>$'
	enters 'get --limit-rate=100k pub/large'
	shows '^large .*%'
	keys C-c
	shows 'interrupted'
	prompts '~>$'
	enters 'stat pub/alpha.txt'
	shows 'file .*alpha.txt'
	enters 'get pub/large'
	await cmp -s large "$FTP_ROOT/pub/large"
	keys C-d
	ends 0
}

@test "a bar fits the terminal, also when that changes its size" {
	at_ftp 80 24
	random_file "$FTP_ROOT/pub/large" 3000000
	enters 'get --limit-rate=300k pub/large'
	shows '^large .*%.*\[=+>.*\].*/s'
	resize 40 24
	shows '^large +[0-9]+% .*/s'
	resize 80 24
	shows '^large .*%.*\[=+>.*\].*/s'
	keys C-c
	prompts '~>$'
	resize 40 24
	types 'stat pub/alphab'
	keys Tab
	prompts 'alphabet\.txt'
}

# sessions: of the server that is on, the processes that serve somebody.
end_sessions() {
	local pid
	for pid in $(server__tree "$1"); do
		pid=${pid%%:*}
		[[ $pid == "$1" ]] || kill -KILL "$pid" 2>/dev/null || true
	done
}

@test "a lost connection is made again in the same folder" {
	at_ftp 80 24
	enters 'cd pub'
	prompts 'pub>$'
	enters 'stat alpha.txt'
	shows 'alpha.txt'
	end_sessions "$FTP_PID"
	enters 'stat alphabet.txt'
	shows 'connected to 127.0.0.1 again'
	shows 'file .*alphabet.txt'
	end_sessions "$FTP_PID"
	enters 'mkdir again'
	prompts 'pub>$'
	await test -d "$FTP_ROOT/pub/again"
	end_sessions "$FTP_PID"
	types 'stat alphab'
	keys Tab
	prompts 'alphabet.txt$'
}

@test "a lost SSH connection too" {
	at_sftp 80 24
	enters 'mkdir deep/a'
	prompts 'pub>$'
	end_sessions "$SSHD_PID"
	enters 'ls -l'
	shows 'connected to 127.0.0.1 again'
	shows 'large$'
	end_sessions "$SSHD_PID"
	enters 'get large'
	await cmp -s large "$SSHD_ROOT/pub/large"
	end_sessions "$SSHD_PID"
	enters 'rmdir deep/a'
	prompts 'pub>$'
	await test ! -e "$SSHD_ROOT/pub/deep/a"
}

@test "when the terminal is closed, the program ends, and its connection" {
	at_ftp 80 24 --trace="$BATS_TEST_TMPDIR/trace"
	enters 'cd pub'
	prompts 'pub>$'
	terminal_close
	ends 143
	[[ $(tail -n 1 "$XDG_STATE_HOME/netkit/history") == 'cd pub' ]]
	tail -n 2 "$BATS_TEST_TMPDIR/trace" | grep -q 'QUIT'
	[[ -z $(terminal_processes) ]]
}

@test "it stops and goes on as other programs do" {
	server_need FTP
	terminal 80 24 bash --norc -i
	prompts '[#$]$'
	enters "$NETKIT ftp"
	prompts '^ftp>$'
	types 'he'
	keys C-z
	shows 'Stopped'
	enters 'stty -a | grep -c -w -- -icanon; echo here'
	shows '^here'
	enters 'fg'
	prompts 'ftp> he'
	types 'lp bye'
	keys Enter
	shows 'usage: bye'
	enters bye
	prompts '[#$]$'
	enters exit
}

@test "completion gives a server up that does not answer, and a command dials anew" {
	local pid
	at_ftp 80 24
	enters 'cd pub'
	prompts 'pub>$'
	for pid in $(server__tree "$FTP_PID"); do
		[[ ${pid%%:*} == "$FTP_PID" ]] || kill -STOP "${pid%%:*}"
	done
	types 'stat deep/'
	keys Tab
	types 'x'
	prompts '> stat deep/x$'
	keys C-u
	enters 'stat alpha.txt'
	shows 'connected to 127.0.0.1 again'
	shows '^file .*alpha\.txt'
	end_sessions "$FTP_PID"
}

@test "a folder that could not be listed is asked for again" {
	at_ftp 80 24
	types 'stat later/'
	keys Tab
	types 'x'
	prompts '> stat later/x$'
	mkdir "$FTP_ROOT/later"
	: >"$FTP_ROOT/later/now"
	chmod a+rx "$FTP_ROOT/later"
	keys BSpace Tab
	prompts '> stat later/now$'
}

# asked_again COUNT: does the screen say so often that a password was wrong?
asked_again() {
	(($(screen | grep -c '^Wrong\. Password for joe@127\.0\.0\.1:$') == $1))
}

@test "a wrong password is asked for again, and user asks anew" {
	server_need FTP
	terminal 80 24 "$NETKIT" ftp joe@127.0.0.1 "$FTP_PORT"
	prompts '^Password for joe@127\.0\.0\.1:$'
	enters wrong
	prompts '^Wrong\. Password for joe@127\.0\.0\.1:$'
	enters "$JOE_PASSWORD"
	prompts '^ftp 127\.0\.0\.1:~>$'
	enters 'user joe'
	enters ls
	prompts '^Password for joe@127\.0\.0\.1:$'
	local count
	for count in 2 3; do
		enters wrong
		until_so asked_again "$count"
	done
	enters wrong
	shows 'login as joe refused'
	prompts '^ftp 127\.0\.0\.1:~>$'
	# The next command asks again.
	enters ls
	until_so asked_again 4
	enters "$JOE_PASSWORD"
	prompts '^ftp 127\.0\.0\.1:~>$'
	enters bye
	ends 0
}

@test "TAB after open offers profiles and hosts" {
	mkdir -p "$HOME/.config/netkit" "$HOME/.ssh"
	printf '[profile backup]\nurl = sftp://web/srv\n[profile mirror]\nurl = ftp://a/\n' >"$HOME/.config/netkit/config"
	printf 'machine ftp.example.org login joe\n' >"$HOME/.netrc"
	chmod 600 "$HOME/.netrc" "$HOME/.config/netkit/config"
	at_ftp 80 24
	types 'open @'
	keys Tab
	prompts '> open @mirror$'
	keys C-u
	types 'open joe@ftp'
	keys Tab
	prompts '> open joe@ftp.example.org$'
}

# through COLUMNS LINES [ARG]...: the prompt of sftp on a server behind another one.
through_gate() {
	server_need GATE
	cat "$SSHD_KNOWN_HOSTS" "$GATE_KNOWN_HOSTS" >known
	cat >config <<-END
		Host gate
			HostName 127.0.0.1
			HostKeyAlias [127.0.0.1]:$GATE_PORT
			Port $GATE_PORT
			User $GATE_USER
			IdentityFile $GATE_KEY
		Host *
			UserKnownHostsFile $PWD/known
	END
	rm -rf "${SSHD_ROOT:?}"/*
	mkdir "$SSHD_ROOT/pub"
	random_file "$SSHD_ROOT/pub/large" 3000000
	chmod -R a+rwX "$SSHD_ROOT"
	terminal 80 24 "$NETKIT" sftp shell --identity="$SSHD_KEY" --ssh-config="$PWD/config" --trust=strict \
		"$@" "$SSHD_URL/pub"
	prompts '^sftp 127\.0\.0\.1:.*pub>$'
}

interrupts_transfer() {
	enters 'get --limit-rate=100k large'
	shows '^large .*%'
	keys C-c
	shows 'interrupted'
	prompts 'pub>$'
	enters 'get large two'
	await cmp -s two "$SSHD_ROOT/pub/large"
}

@test "after the interrupt key it goes on through another host" {
	through_gate --jump=gate
	interrupts_transfer
}

@test "and by a proxy command, and by the ssh program" {
	through_gate --jump=none # the ways in ssh_config are what is tried below
	enters bye
	ends 0
	sed -i "\$a ProxyCommand socat - TCP:127.0.0.1:$SSHD_PORT" config
	terminal 80 24 "$NETKIT" sftp shell --identity="$SSHD_KEY" --ssh-config="$PWD/config" --trust=strict \
		"$SSHD_URL/pub"
	prompts 'pub>$'
	interrupts_transfer
	terminal_end
	terminal 80 24 "$NETKIT" sftp shell --ssh-transport=openssh --identity="$SSHD_KEY" \
		--ssh-config="$PWD/config" --trust=strict "$SSHD_URL/pub"
	prompts 'pub>$'
	rm two
	interrupts_transfer
}

@test "without libedit, or on a terminal that cannot be edited, lines are read as they come" {
	server_need FTP
	terminal 80 24 env TERM=dumb "$NETKIT" ftp
	prompts '^ftp>$'
	enters 'lpwd'
	shows '/work$'
	keys C-c
	prompts '^ftp>$'
	terminal_close
	ends 0
}

@test "records on the terminal of a bar begin a line of their own" {
	mkdir -p to
	head -c 2000000 /dev/zero | tee a >b
	# shellcheck disable=SC2016 # the inner shell's own
	terminal 100 30 sh -c '"$0" cp --json --progress=bar --limit-rate=1M --jobs=1 a b to; read -r end' "$NETKIT"
	shows '"type":"summary"'
	run ! screen_has '[^[:space:]].*\{"v":1'
}
