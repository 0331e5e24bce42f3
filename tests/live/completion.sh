#!/usr/bin/env bats
# completion.sh - TAB in bash, zsh and fish, on terminals and with real servers behind it.
#
# shellcheck disable=SC2154,SC2016,SC2030,SC2031,SC2034 # SHELLS and RC_BEFORE are shells.bash's

load ../lib/setup
load ../lib/shells

setup_file() {
	server_vsftpd FTP
	server_vsftpd FLEETING
	server_vsftpd LOGIN login=joe
	server_sshd SSHD
	server_silent SILENT
	server_refused REFUSED
	nasty_names "$FTP_ROOT"
	nasty_names "$SSHD_ROOT"
	touch "$FLEETING_ROOT/kept" "$FLEETING_ROOT/kite"
}

# nasty_names DIR
nasty_names() {
	mkdir -p "$1/a folder" "$1/deep/er"
	touch "$1/my file.txt" "$1/quo'te" "$1/dou\"ble" "$1/grüße" "$1/12:30" "$1/100%" \
		"$1/what?" "$1/h#ash" "$1/st*r" "$1/back\\slash" "$1/x\$dollar" "$1/.hidden" \
		"$1/a folder/in it" "$1/deep/er/bottom" \
		"$1/"$'lat\xe9' "$1/"$'esc\e[2J' "$1/"$'new\nline'
	ln -s deep "$1/link"
	chmod -R a+rX "$1"
}

setup() {
	clean_environment
	# How long a busy machine takes is not what is tested.
	export TERM=xterm NETKIT_COMPLETE_TIMEOUT=20s
	PATH=${NETKIT%/*}:$PATH
	mkdir -p "$HOME/.ssh"
	cp "$SSHD_KNOWN_HOSTS" "$HOME/.ssh/known_hosts"
	printf 'Host web\n\tHostName 127.0.0.1\n\tPort %s\n\tUser %s\n\tIdentityFile %s\n' \
		"$SSHD_PORT" "$SSHD_USER" "$SSHD_KEY" >"$HOME/.ssh/config"
	chmod 600 "$HOME/.ssh/config"
}

teardown() {
	shell_close
}

# candidates WORD...: what netkit offers.
candidates() {
	netkit __complete netkit "$@" | cut -f 1
}

# --- in the shells -------------------------------------------------------------------------------

urls() {
	local url=$FTP_URL
	types "netkit get $url/my" get "$url/my%20file.txt"
	types "netkit get $url/quo" get "$url/quo%27te"
	types "netkit get $url/grü" get "$url/grüße"
	types "netkit get $url/de" get "$url/deep/"
	types "netkit get $url/my\\ f" get "$url/my file.txt"
	types "netkit get \"$url/my f" get "$url/my file.txt"
	types "netkit ls sftp://web$SSHD_ROOT/my" ls "sftp://web$SSHD_ROOT/my%20file.txt"
}

@test "remote names in URLs" {
	in_each_shell urls
}

spots() {
	local at=web:$SSHD_ROOT
	types "netkit sftp get $at/my" sftp get "$at/my file.txt"
	types "netkit sftp get $at/my\\ f" sftp get "$at/my file.txt"
	types "netkit sftp get \"$at/my f" sftp get "$at/my file.txt"
	types "netkit sftp get $at/quo" sftp get "$at/quo'te"
	types "netkit sftp get $at/dou" sftp get "$at/dou\"ble"
	types "netkit sftp get $at/12:" sftp get "$at/12:30"
	types "netkit sftp get $at/st" sftp get "$at/st*r"
	types "netkit sftp get $at/back" sftp get "$at/back\\slash"
	types "netkit sftp get $at/a" sftp get "$at/a folder/"
	types "netkit scp $at/st" scp "$at/st\\*r"
}

@test "remote names in host:path" {
	server_need SSHD
	in_each_shell spots
}

hosts() {
	types 'netkit ls sftp://bob@w' ls sftp://bob@web/
	types 'netkit ls sftp://12' ls "sftp://127.0.0.1:$SSHD_PORT/"
	types 'netkit sftp w' sftp web:
	types 'netkit scp bob@w' scp bob@web:
	types 'netkit ftp ls ftp://f' ftp ls ftp://files.example.org/
}

@test "hosts of ssh_config, known_hosts and netrc" {
	printf 'machine files.example.org login bob password secret\n' >"$HOME/.netrc"
	chmod 600 "$HOME/.netrc"
	in_each_shell hosts
}

locals() {
	types 'netkit put loc' put 'local file'
	types 'netkit put "loc' put 'local file'
	types 'netkit put dir/in' put dir/inside
	types 'netkit put ~/ho' put "$HOME/home file"
	types 'netkit put --ca=loc' put '--ca=local file'
	types 'netkit ftp --tls=re' ftp --tls=required
	types 'netkit get --veri' get --verify=
}

@test "local files, options and values" {
	mkdir dir
	touch 'local file' "$HOME/home file" dir/inside
	in_each_shell locals
}

@test "bash, whatever it cuts words at, with set -u and with bash-completion" {
	touch 'local file'
	mkdir dir
	local before url=$FTP_URL
	for before in 'COMP_WORDBREAKS=${COMP_WORDBREAKS//[:=@]/}' 'set -u' \
		'source /usr/share/bash-completion/bash_completion' 'set -o posix' 'shopt -s failglob'; do
		echo "after $before" # shown when the test fails
		RC_BEFORE=$before
		shell_open bash
		types "netkit get $url/my" get "$url/my%20file.txt"
		types "netkit get $url/my\\ f" get "$url/my file.txt"
		types "netkit get \"$url/my f" get "$url/my file.txt"
		types "netkit sftp get web:$SSHD_ROOT/my" sftp get "web:$SSHD_ROOT/my file.txt"
		types 'netkit put --ca=loc' put '--ca=local file'
		types 'netkit put dir' put dir/
		types 'netkit get --tls=re' get --tls=required
		types 'netkit get x >loc' get x
		[[ -e 'local file' && ! -e loc ]]
		shell_close
		await shell_is_gone
	done
}

links() {
	types "scp web:$SSHD_ROOT/my" "web:$SSHD_ROOT/my file.txt"
	types "ftp $FTP_URL/my" "$FTP_URL/my%20file.txt"
	types 'tftp --no-op' --no-options
}

@test "links to netkit are completed as well" {
	mkdir "$HOME/bin"
	"$NETKIT" --install -s "$HOME/bin"
	PATH=$HOME/bin:$PATH
	COMMANDS='netkit scp ftp tftp'
	in_each_shell links
}

# What is no link is completed as it was before: by what the shell brings, which knows "-o".
strangers() {
	shell_keys 'scp -oUserKnownHostsF' Tab
	await shell_shows 'UserKnownHostsFile'
	shell_keys '' C-a
	shell_keys '#' Enter
}

@test "zsh's own scp stays as it is where it is no link" {
	SHELLS=(zsh)
	in_each_shell strangers
}

several() {
	shell_keys "netkit ls $FTP_URL/" Tab Tab
	await shell_shows 'grüße'
	await shell_shows 'deep/'
	# A name cannot clear the screen.
	shell_shows 'ready>'
	shell_shows 'esc%1B%5B2J'
	! shell_shows '.hidden'
}

@test "several names are shown" {
	in_each_shell several
}

silence() {
	types "netkit ls $REFUSED_URL/x" ls "$REFUSED_URL/x"
	types "netkit ls nosuch://h/x" ls nosuch://h/x
	types "netkit ls sftp://web$SSHD_ROOT/nowhere/x" ls "sftp://web$SSHD_ROOT/nowhere/x"
	! shell_shows refused
}

@test "a failure is silent" {
	in_each_shell silence
}

@test "zsh takes the file from its own folder of functions" {
	mkdir "$HOME/functions"
	cp "$BATS_TEST_DIRNAME/../../completions/_netkit" "$HOME/functions/_netkit"
	RC_BEFORE='fpath=("$HOME/functions" $fpath)' FROM_FOLDER=yes
	shell_open zsh
	types "netkit ls $FTP_URL/my" ls "$FTP_URL/my%20file.txt"
}

# --- what is asked, and what is not --------------------------------------------------------------

@test "NETKIT_COMPLETE_REMOTE=0 asks no server" {
	NETKIT_COMPLETE_REMOTE=0 candidates ls "$FTP_URL/" >offered
	[[ ! -s offered ]]
	[[ $(NETKIT_COMPLETE_REMOTE=0 candidates ls sftp://w) == sftp://web/ ]]
}

@test "a host key that changed, or is not known: nothing is offered and nothing stored" {
	ssh-keygen -q -N '' -t ed25519 -f other
	printf '[127.0.0.1]:%s %s\n' "$SSHD_PORT" "$(cut -d ' ' -f 1,2 other.pub)" >"$HOME/.ssh/known_hosts"
	cp "$HOME/.ssh/known_hosts" before
	[[ -z $(candidates ls "sftp://web$SSHD_ROOT/") ]]
	cmp before "$HOME/.ssh/known_hosts"
	rm "$HOME/.ssh/known_hosts"
	local transport files=(--ssh-config="$HOME/.ssh/config" --known-hosts="$HOME/.ssh/known_hosts")
	for transport in libssh2 openssh; do
		[[ -z $(candidates ls --trust=tofu --ssh-transport="$transport" "${files[@]}" \
			"sftp://web$SSHD_ROOT/") ]]
		[[ ! -e $HOME/.ssh/known_hosts ]]
	done
	printf '\tStrictHostKeyChecking no\n' >>"$HOME/.ssh/config"
	[[ -z $(candidates ls "sftp://web$SSHD_ROOT/") ]]
	[[ ! -e $HOME/.ssh/known_hosts ]]
}

@test "options of the line hold" {
	printf 'Host *\n' >"$HOME/.ssh/config"
	local at=$SSHD_USER@127.0.0.1:$SSHD_ROOT
	[[ -z $(candidates scp "$at/my") ]]
	[[ $(candidates scp -i "$SSHD_KEY" -P "$SSHD_PORT" "$at/my") == "$at/my file.txt" ]]
	[[ $(candidates scp -P "$SSHD_PORT" -o "IdentityFile=$SSHD_KEY" "$at/my") == "$at/my file.txt" ]]
	[[ $(candidates ls --identity="$SSHD_KEY" --user="$SSHD_USER" "sftp://127.0.0.1:$SSHD_PORT$SSHD_ROOT/my") == \
		*my%20file.txt ]]
}

@test "both transports and the old names of folders" {
	# The ssh program takes the home of the user database for its own.
	local transport files=(--ssh-config="$HOME/.ssh/config" --known-hosts="$HOME/.ssh/known_hosts")
	for transport in libssh2 openssh; do
		[[ $(candidates ls --ssh-transport="$transport" "${files[@]}" "sftp://web$SSHD_ROOT/my") == \
			*my%20file.txt ]]
	done
	[[ $(candidates mv "sftp://web$SSHD_ROOT/deep/x" e) == er/ ]]
	[[ $(candidates mv "sftp://web$SSHD_ROOT/deep/x" "$SSHD_ROOT/my") == "$SSHD_ROOT/my file.txt" ]]
	[[ $(candidates sftp mv "web:$SSHD_ROOT/deep/x" er/) == er/bottom ]]
}

@test "names that a terminal must not see are left out where they cannot be encoded" {
	candidates sftp ls "web:$SSHD_ROOT/" >offered
	grep -qx "web:$SSHD_ROOT/my file.txt" offered
	run ! env LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' offered
	run ! grep -q -e esc -e lat -e new offered
	candidates ls "$FTP_URL/" >offered
	run ! env LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' offered
}

@test "nobody is asked, and standard input is left alone" {
	echo secret >input
	run -0 --separate-stderr python3 "$SERVERS_LIB/typed.py" -- bash -c \
		'exec "$1" __complete netkit ls --user=bob --password-stdin "$2" <input' x "$NETKIT" "$FTP_URL/my"
	[[ $output != *assword* && -z $stderr ]]
	# A command that would ask has no terminal to do so.
	printf '#!/bin/sh\necho seen >>%q\necho question >/dev/tty && echo asked >>%q\necho wrong\n' \
		"$PWD/ran" "$PWD/ran" >ask
	chmod 755 ask
	run -0 --separate-stderr python3 "$SERVERS_LIB/typed.py" -- \
		"$NETKIT" __complete netkit ls --tls=off --password-command="$PWD/ask" "$LOGIN_URL/my"
	[[ -z $output && -z $stderr ]]
	[[ $(<ran) == seen ]]
}

@test "profiles: their options hold, and what completion must not do it does not" {
	mkdir -p "$HOME/.config/netkit"
	printf 'Host *\n' >"$HOME/.ssh/config"
	rm "$HOME/.ssh/known_hosts"
	cat >"$HOME/.config/netkit/config" <<-END
		[defaults]
		trust = tofu
		retries = 3
		[profile files]
		url = $FTP_URL/deep
		[profile srv]
		url = $SSHD_URL
		identity = $SSHD_KEY
		known-hosts = $SSHD_KNOWN_HOSTS
		[profile unknown]
		url = $SSHD_URL
		identity = $SSHD_KEY
		known-hosts = $PWD/none
		[host nas.example.org]
		user = bob
	END
	[[ $(candidates get @ | sort | xargs) == "@files/ @srv/ @unknown/" ]]
	[[ $(candidates ftp get @ | xargs) == @files/ ]]
	[[ $(candidates get @files/) == @files/er/ ]]
	[[ $(candidates get @srv/my) == @srv/my%20file.txt ]]
	[[ $(candidates @srv/my) == @srv/my%20file.txt ]]
	[[ $(candidates ls ftp://n) == ftp://nas.example.org/ ]]
	[[ $(candidates ls --profile=s) == --profile=srv ]]
	[[ $(candidates sftp ls --jump=n) == --jump=nas.example.org ]]
	[[ -z $(candidates get @unknown/) && ! -e none ]]
	# A config that is wrong is no reason to say anything.
	echo nonsense >>"$HOME/.config/netkit/config"
	run -0 --separate-stderr netkit __complete netkit get @srv/deep/
	[[ -z $output && -z $stderr ]]
}

# --- the cache -----------------------------------------------------------------------------------

@test "a listing is kept" {
	local url=$FLEETING_URL cache=$HOME/.cache/netkit/complete
	[[ $(candidates ls "$url/ke") == "$url/kept" ]]
	server_stop FLEETING
	[[ $(candidates ls "$url/ki") == "$url/kite" ]]
	[[ $(stat -c %a "$cache") == 700 && $(stat -c %a "$cache"/*) == 600 ]]
	# Another way of getting there may lead to something else.
	[[ -z $(candidates ls --ipv6 "$url/ki") ]]
	# For a minute; and nothing that others could have written.
	chmod 644 "$cache"/*
	[[ -z $(candidates ls "$url/ki") ]]
	chmod 600 "$cache"/*
	[[ $(candidates ls "$url/ki") == "$url/kite" ]]
	touch -d '61 seconds ago' "$cache"/*
	[[ -z $(candidates ls "$url/ki") ]]
}

@test "a server that says nothing is waited for once, and not for long" {
	unset NETKIT_COMPLETE_TIMEOUT
	timeout 10 "$NETKIT" __complete netkit ls "$SILENT_URL/" >offered
	[[ ! -s offered ]]
	# The failure is known: no connection is made.
	ASAN_OPTIONS=detect_leaks=0 strace -f -o trace "$NETKIT" __complete netkit ls "$SILENT_URL/" >offered
	[[ ! -s offered ]]
	run ! grep -q connect trace
	# Nor for another folder there.
	ASAN_OPTIONS=detect_leaks=0 strace -f -o trace "$NETKIT" __complete netkit ls "$SILENT_URL/a/b/" >offered
	[[ ! -s offered ]]
	run ! grep -q connect trace
}

@test "many hosts: their mark is offered, and what the first one has" {
	server_need FTP
	printf '%s\n' "${FTP_URL#ftp://}" unknown.invalid >hosts
	[[ $(netkit __complete netkit ls --hosts=hosts ftp://) == 'ftp://{}/'*$'\t+' ]]
	[[ $(candidates ls --hosts=hosts 'ftp://{}/my') == 'ftp://{}/my%20file.txt' ]]
	[[ $(candidates get --hosts hosts 'ftp://{}/deep/') == 'ftp://{}/deep/er/' ]]
	echo localhost >hosts
	[[ $(candidates sftp ls --hosts=hosts --insecure -P "$SSHD_PORT" -i "$SSHD_KEY" \
		"joe@{}:$SSHD_ROOT/deep/") == "joe@{}:$SSHD_ROOT/deep/er/" ]]
	mkfifo pipe
	[[ -z $(timeout 5 "$NETKIT" __complete netkit ls --hosts=pipe 'ftp://{}/') ]]
	ASAN_OPTIONS=detect_leaks=0 strace -f -o trace "$NETKIT" __complete netkit ls 'ftp://{}/' >offered
	[[ ! -s offered ]]
	run ! grep -qE 'connect|sendto' trace
}

@test "trust offers the hosts whose keys are remembered" {
	mkdir -p "$HOME/.local/state/netkit"
	chmod 700 "$HOME/.local/state/netkit"
	echo 'ftp.example.org:21 sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= 2026-01-02' \
		>"$HOME/.local/state/netkit/pins"
	chmod 600 "$HOME/.local/state/netkit/pins"
	[[ $(candidates trust rm f) == $'ftp.example.org\nftp.example.org:21\nftp://\nftps://' ]]
	[[ $(candidates trust list 127) == $'127.0.0.1\n127.0.0.1:'"$SSHD_PORT" ]]
	[[ $(candidates trust add sftp://127) == "sftp://127.0.0.1:$SSHD_PORT/" ]]
	rm "$HOME/.ssh/known_hosts"
	[[ $(candidates trust list "") == $'ftp.example.org\nftp.example.org:21' ]]
}

@test "a name that begins with a dash is offered as one that is no option" {
	server_need FTP
	mkdir -p "$FTP_ROOT/dashed"
	touch "$FTP_ROOT/dashed/-r" "$FTP_ROOT/dashed/old"
	[[ $(candidates mv "$FTP_URL/dashed/old" "") == $'./-r\nold' ]]
	[[ $(candidates mv "$FTP_URL/dashed/old" ./-) == ./-r ]]
	[[ $(candidates mv -- "$FTP_URL/dashed/old" -) == -r ]]
}

@test "without a home there is no cache, and completion all the same" {
	[[ $(env -u HOME "$NETKIT" __complete netkit ls "$FTP_URL/my" | cut -f 1) == "$FTP_URL/my%20file.txt" ]]
	mkdir sealed
	ln -s /nowhere sealed/netkit
	[[ $(XDG_CACHE_HOME=$PWD/sealed candidates ls "$FTP_URL/my") == "$FTP_URL/my%20file.txt" ]]
}

@test "a folder of 100,000 names in little memory" {
	mkdir "$FTP_ROOT/huge"
	(cd "$FTP_ROOT/huge" && seq -f 'name-%06.0f' 100000 | xargs touch)
	python3 - "$NETKIT" "$FTP_URL/huge/" <<-'END'
		import resource, subprocess, sys
		def offered(word):
		    done = subprocess.run([sys.argv[1], "__complete", "netkit", "ls", word], stdout=subprocess.PIPE)
		    return done.stdout.decode().splitlines()
		all_names = offered(sys.argv[2])
		assert len(all_names) == 20000, len(all_names)
		assert len(offered(sys.argv[2] + "name-09999")) == 10
		peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
		assert peak < 32 * 1024 or open(sys.argv[1], "rb").read().find(b"__asan_init") > 0, peak
	END
}
