#!/usr/bin/env bats
# config.sh - config files: where they are, what of them holds, "@name/path", and what is refused.
#
# Scripts for an inner bash expand there, and each test is a shell of its own; "~" and "\x1b" are for
# netkit and for the terminal:
# shellcheck disable=SC2154,SC2153,SC2016,SC2030,SC2031,SC2088,SC1083,SC2046

load ../lib/setup

setup_file() {
	server_vsftpd FTP login=joe write=yes
	server_vsftpd SECURE login=joe tls=explicit
	server_sshd SFTP address=::1
	server_tftpd TFTP write=yes
	server_daytime DAY
	server_refused REFUSED
	[[ -z ${FTP_ROOT-} ]] || { mkdir "$FTP_ROOT/pub" && echo over ftp >"$FTP_ROOT/pub/file" &&
		chmod 777 "$FTP_ROOT/pub"; }
	[[ -z ${SECURE_ROOT-} ]] || echo secure >"$SECURE_ROOT/file"
	[[ -z ${SFTP_ROOT-} ]] || { echo over ssh >"$SFTP_ROOT/file" && chmod 777 "$SFTP_ROOT"; }
	[[ -z ${TFTP_ROOT-} ]] || echo over tftp >"$TFTP_ROOT/file"
}

# The user's config, from standard input.
config() {
	mkdir -p ~/.config/netkit
	cat >~/.config/netkit/config
	chmod 600 ~/.config/netkit/config
	CONFIG=$HOME/.config/netkit/config
}

# What the servers want, as sections that other lines may follow.
logins() {
	cat <<-END
		[host 127.0.0.1]
		user = joe
		password-file = $JOE_PASSWORD_FILE
		ca = $CERTS/ca.pem
		[host ::1]
		identity = $SFTP_KEY
		known-hosts = $SFTP_KNOWN_HOSTS
		trust = strict
		ssh-config = none
	END
}

# refuses TEXT ARG...: exit 2, one line that has the text, nothing on stdout.
refuses() {
	local text=$1
	shift
	run_netkit "$@"
	expect_exit 2 || return 1
	[[ -z $output && $stderr == *"$text"* && $stderr != *$'\n'* ]] || {
		printf 'not "%s" but: %s\n' "$text" "$stderr" >&2
		return 1
	}
}

# The form of messages: what a layer says of log-format is seen in them.
is_json() {
	run_netkit ls "$@"
	((status == 7)) || { expect_exit 7 && return 1; }
	[[ $stderr == {* ]] || {
		echo "text: $stderr" >&2
		return 1
	}
}

is_text() {
	run_netkit ls "$@"
	((status == 7)) || { expect_exit 7 && return 1; }
	[[ $stderr == netkit* ]] || {
		echo "json: $stderr" >&2
		return 1
	}
}

# --- files ---------------------------------------------------------------------------------------

@test "the user's file is in XDG_CONFIG_HOME, else in ~/.config" {
	config <<<$'[defaults]\nlog-format = json'
	is_json "$REFUSED_URL"
	mkdir -p other/netkit
	echo '[defaults]' >other/netkit/config
	XDG_CONFIG_HOME=$PWD/other is_text "$REFUSED_URL"
	# A relative one does not count.
	XDG_CONFIG_HOME=other is_json "$REFUSED_URL"
}

@test "NETKIT_CONFIG, --config and --no-config" {
	config <<<$'[defaults]\nlog-format = json'
	echo '[defaults]' >empty
	NETKIT_CONFIG=empty is_text "$REFUSED_URL"
	NETKIT_CONFIG=empty is_json --config="$CONFIG" "$REFUSED_URL"
	is_text --no-config "$REFUSED_URL"
	is_text "$REFUSED_URL" --config empty
	is_json --config=<(cat "$CONFIG") "$REFUSED_URL"
}

@test "the system's file comes after the user's" {
	((EUID == 0)) && unshare --mount --propagation private true || skip "needs root and private mounts"
	mkdir system
	printf '%s\n' '[defaults]' 'log-format = json' 'timeout = 7s' >system/config
	config <<<$'[defaults]\ntimeout = 8s'
	run --separate-stderr unshare --mount --propagation private sh -ec '
		mkdir -p /etc/xdg
		mount -t tmpfs tmpfs /etc/xdg
		mkdir /etc/xdg/netkit
		cp system/config /etc/xdg/netkit/config
		"$NETKIT" config show --origin
		"$NETKIT" config path
		echo "[bad" >>/etc/xdg/netkit/config
		echo "[worse" >>"$0"
		"$NETKIT" config check || echo "$?"' "$CONFIG"
	[[ $output == *$'timeout\t8s\t'"$CONFIG:2"* ]]
	[[ $output == *$'log-format\tjson\t/etc/xdg/netkit/config:2'* ]]
	[[ $output == *$'read\tuser\t'"$CONFIG"$'\nread\tsystem\t/etc/xdg/netkit/config\n'* ]]
	[[ $output == *"$CONFIG:3"$'\t'*$'\n/etc/xdg/netkit/config:4\t'*$'\n2' ]]
}

@test "a file that is named must be there; the usual ones need not" {
	netkit ls --no-config . || true
	is_text "$REFUSED_URL"
	refuses "config nowhere: No such file or directory" ls --config=nowhere ftp://h/
	NETKIT_CONFIG=nowhere refuses "config nowhere: No such file or directory" ls ftp://h/
	refuses "Is a directory" ls --config=/tmp ftp://h/
	head -c 2000000 /dev/zero | tr '\0' '#' >large
	refuses "large: larger than a config may be" ls --config=large ftp://h/
	run_netkit config check --config=large
	[[ $output == large$'\t'"File too large" ]]
}

@test "one that cannot be read is named: 2" {
	local folder=$SERVERS_DIR/closed
	mkdir -p "$folder/netkit"
	echo '[defaults]' >"$folder/netkit/config"
	chmod 0 "$folder/netkit/config"
	export XDG_CONFIG_HOME=$folder
	local as=()
	((EUID != 0)) || as=(setpriv --reuid="$SERVERS_USER" --clear-groups)
	cp "$NETKIT" "$folder/program"
	run --separate-stderr "${as[@]}" "$folder/program" ls ftp://127.0.0.1:1/ </dev/null
	expect_exit 2
	[[ $stderr == *"config $folder/netkit/config: Permission denied" ]]
	# In a folder that is closed nobody knows what there is.
	chmod 644 "$folder/netkit/config"
	chmod 700 "$folder/netkit"
	((EUID != 0)) || run --separate-stderr "${as[@]}" "$folder/program" ls ftp://127.0.0.1:1/ </dev/null
	((EUID != 0)) || expect_exit 7
}

@test "help and the words of netkit do not look at a config" {
	config <<<'[[['
	netkit ftp get --help >/dev/null
	netkit --help >/dev/null
	netkit ls --examples >/dev/null
	refuses "$CONFIG:1: a section is one name in brackets" ls ftp://h/
}

# --- mistakes ------------------------------------------------------------------------------------

@test "an unknown key and a bad value are named with file and line" {
	config <<<$'[defaults]\ntimeot = 5s'
	refuses "$CONFIG:2: no option is called 'timeot'; did you mean 'timeout'?" ls ftp://h/
	config <<<$'[applet ftp]\nexit-status = modern'
	refuses "$CONFIG:2: --exit-status: 'modern' is not one of classic" ls ftp://h/
	# Also one that this command does not take.
	config <<<$'[applet sftp]\nssh-transport = best'
	refuses "$CONFIG:2: --ssh-transport: 'best' is not one of auto, libssh2, openssh" ls ftp://h/
	config <<<$'[defaults]\npassword = hunter2'
	refuses "$CONFIG:2: a password does not belong here" ls ftp://h/
	[[ $stderr != *hunter2* ]]
}

@test "check tells all mistakes of all kinds, each with its line, and is silent when there are none" {
	config <<-'END'
		user = before
		[defaults]
		timeout = long
		retries = 1
		retries = 2
		help = yes
		json
		[applet fpt]
		[profile a]
		profile = b
		[profile b]
		profile = a
		[profile c]
		url = nothing
	END
	run_netkit config check
	expect_exit 2
	[[ $(cut -f 1 <<<"$output") == $(printf "$CONFIG:%s\n" 1 7 8 3 5 6 10 14) ]]
	[[ $stderr == "netkit: 8 mistakes" ]]
	[[ $output == *"$CONFIG:10"*"profile 'a' builds on itself, by $CONFIG:12"* ]]
	run_netkit config check --json
	[[ ${lines[0]} == '{"v":1,"type":"problem","origin":"'"$CONFIG"':1",'* ]]
	config <<<$'[defaults]\ntimeout = 5s'
	run_netkit config check
	expect_exit 0
	[[ -z $output$stderr ]]
	rm "$CONFIG"
	run_netkit config check
	expect_exit 0
	[[ -z $output$stderr ]]
	NETKIT_PROFILE=gone refuses "NETKIT_PROFILE: no profile 'gone'" config check
}

@test "a profile that names itself is an error that names both lines" {
	config <<<$'[profile a]\nprofile = b\n\n[profile b]\nprofile = a'
	refuses "$CONFIG:2: profile 'a' builds on itself, by $CONFIG:5" ls ftp://h/
}

@test "what others can write must not choose what runs, and may say the rest" {
	config <<<$'[defaults]\nlog-format = json\n[profile p]\npassword-command = touch ran'
	chmod 664 "$CONFIG"
	refuses "$CONFIG:4: 'password-command' is refused: others can write the file, mode 0664" ls ftp://h/
	[[ ! -e ran ]]
	config <<<$'[defaults]\nssh-config = /tmp/x'
	chmod 622 "$CONFIG"
	refuses "$CONFIG:2: 'ssh-config' is refused: others can write the file, mode 0622" ls ftp://h/
	config <<<$'[defaults]\nlog-format = json'
	chmod 666 "$CONFIG"
	is_json "$REFUSED_URL"
}

@test "a config of somebody else must not either" {
	((EUID == 0)) || skip "needs root to give a file away"
	config <<<$'[defaults]\npassword-command = touch ran'
	chown "$SERVERS_USER" "$CONFIG"
	refuses "$CONFIG:2: 'password-command' is refused: the file belongs to user $(id -u "$SERVERS_USER")" ls ftp://h/
	[[ ! -e ran ]]
}

# --- layers --------------------------------------------------------------------------------------

@test "flag > profile > host > applet > defaults, for each two of them" {
	local lower upper
	local -A section=([defaults]='[defaults]' [applet]='[applet ftp]' [host]='[host 127.0.0.*]'
		[profile]='[profile p]')
	local order=(defaults applet host profile)
	for lower in 0 1 2; do
		for ((upper = lower + 1; upper < 4; upper++)); do
			echo "${order[upper]} over ${order[lower]}"
			# In either order of the file.
			config <<-END
				${section[${order[lower]}]}
				log-format = text
				${section[${order[upper]}]}
				log-format = json
			END
			is_json --config="$CONFIG" $([[ $upper != 3 ]] || echo --profile=p) "$REFUSED_URL"
			config <<-END
				${section[${order[upper]}]}
				log-format = text
				${section[${order[lower]}]}
				log-format = json
			END
			is_text --config="$CONFIG" $([[ $upper != 3 ]] || echo --profile=p) "$REFUSED_URL"
		done
		config <<-END
			${section[${order[lower]}]}
			log-format = json
		END
		is_json "$REFUSED_URL"
		is_text --log-format=text "$REFUSED_URL"
	done
}

@test "of profiles --profile goes before NETKIT_PROFILE, and @name before both" {
	config <<-END
		[profile json]
		log-format = json
		[profile text]
		log-format = text
		[profile json-url]
		url = $REFUSED_URL
		profile = json
	END
	NETKIT_PROFILE=json is_json "$REFUSED_URL"
	NETKIT_PROFILE=json is_text --profile=text "$REFUSED_URL"
	NETKIT_PROFILE=json is_text --no-config "$REFUSED_URL"
	is_json --profile=text @json-url/x
	refuses "--profile: no profile 'jsn'; did you mean 'json'?" ls --profile=jsn ftp://h/
	NETKIT_PROFILE=gone refuses "NETKIT_PROFILE: no profile 'gone'" ls ftp://h/
	refuses "--profile: no profile 'x': there is no config file" ls --no-config --profile=x ftp://h/
}

@test "the first host section that says it holds" {
	config <<-END
		[host !127.0.0.1 *]
		log-format = text
		[host 127.*]
		timeout = 3s
		[host 127.0.0.1]
		log-format = json
		[host *]
		log-format = text
		timeout = 9s
	END
	is_json "$REFUSED_URL"
	run_netkit config show --origin 127.0.0.1
	[[ $output == $'log-format\tjson\t'"$CONFIG:6"* || $output == *$'\nlog-format\tjson\t'"$CONFIG:6"* ]]
	[[ $output == *$'timeout\t3s\t'"$CONFIG:4"* ]]
}

@test "a flag takes back what a config says" {
	config <<<$'[defaults]\nrecursive = yes\ndry-run = on\nexclude = *.o\nexclude = *.a'
	mkdir t
	touch t/a.o t/a.a t/a.c
	netkit cp t u
	[[ ! -e u ]]
	netkit cp --dry-run=no t u
	[[ $(ls u) == a.c ]]
	# A list is replaced and not added to.
	netkit cp --dry-run=no --exclude='*.c' t w
	[[ $(ls w) == $'a.a\na.o' ]]
	run_netkit cp --dry-run=no --recursive=no t v
	((status != 0))
	[[ ! -e v ]]
}

@test "options of other applets and verbs are skipped" {
	config <<<$'[defaults]\nssh-transport = libssh2\nsummary = yes\nblksize = 600\nactive = no\nlog-format = json'
	is_json "$REFUSED_URL"
}

@test "the environment goes before a profile, and a flag before the environment" {
	server_need FTP
	config < <(
		logins
		printf '%s\n' '[defaults]' 'color = always' 'output = table'
	)
	# A folder is what has a colour.
	run_netkit ls "ftp://127.0.0.1:$FTP_PORT/"
	expect_exit 0
	[[ $output == *$'\e['* ]]
	NO_COLOR=1 run_netkit ls "ftp://127.0.0.1:$FTP_PORT/"
	expect_exit 0
	[[ $output == *pub* && $output != *$'\e['* ]]
	NO_COLOR=1 run_netkit ls --color=always "ftp://127.0.0.1:$FTP_PORT/"
	[[ $output == *$'\e['* ]]
	config < <(
		logins
		printf '%s\n' '[defaults]' "proxy = socks5://127.0.0.1:$REFUSED_PORT"
	)
	run_netkit cat "ftp://127.0.0.1:$FTP_PORT/pub/file"
	expect_exit 97
	all_proxy=none run_netkit cat "ftp://127.0.0.1:$FTP_PORT/pub/file"
	expect_exit 0
	ALL_PROXY=none run_netkit cat "ftp://127.0.0.1:$FTP_PORT/pub/file"
	expect_exit 0
	(umask 077 && printf 'machine 127.0.0.1 login joe password %s\n' "$JOE_PASSWORD" >rc)
	config <<<$'[defaults]\nnetrc = nowhere'
	run_netkit cat "ftp://127.0.0.1:$FTP_PORT/pub/file"
	expect_exit 2
	NETRC=rc run_netkit cat "ftp://127.0.0.1:$FTP_PORT/pub/file"
	expect_exit 0
	NETRC=rc run_netkit cat --netrc=nowhere "ftp://127.0.0.1:$FTP_PORT/pub/file"
	expect_exit 2
}

# --- logins --------------------------------------------------------------------------------------

@test "two hosts in one cp each have what is said for them" {
	server_need FTP SFTP
	config < <(logins)
	netkit cp "ftp://127.0.0.1:$FTP_PORT/pub/file" "sftp://joe@[::1]:$SFTP_PORT$SFTP_ROOT/copied"
	cmp "$FTP_ROOT/pub/file" "$SFTP_ROOT/copied"
	netkit cp "sftp://joe@[::1]:$SFTP_PORT$SFTP_ROOT/file" "ftp://127.0.0.1:$FTP_PORT/pub/back"
	cmp "$SFTP_ROOT/file" "$FTP_ROOT/pub/back"
	# By profiles, in either order.
	config < <(
		logins | sed 's/^.host 127.*/[profile f]/; s/^.host ::1./[profile s]\nurl = sftp:\/\/joe@[::1]:'"$SFTP_PORT/"
		printf '[profile g]\nprofile = f\nurl = ftp://127.0.0.1:%s/pub/\n' "$FTP_PORT"
	)
	rm "$SFTP_ROOT/copied"
	netkit cp @g/file "@s$SFTP_ROOT/copied"
	cmp "$FTP_ROOT/pub/file" "$SFTP_ROOT/copied"
	netkit cp "@s$SFTP_ROOT/file" @g/back2
	cmp "$SFTP_ROOT/file" "$FTP_ROOT/pub/back2"
	# What one says is not told to the other.
	run_netkit cat "sftp://joe@[::1]:$SFTP_PORT$SFTP_ROOT/file" --no-input --ssh-config=none --trust=strict \
		--known-hosts="$SFTP_KNOWN_HOSTS" --auth=publickey
	expect_exit 67
}

@test "a user in a URL goes before a config's, --user before both" {
	server_need FTP
	config <<<$'[defaults]\nuser = nobody\npassword-file = '"$JOE_PASSWORD_FILE"
	netkit cat "ftp://joe@127.0.0.1:$FTP_PORT/pub/file"
	netkit cat --user=joe "ftp://127.0.0.1:$FTP_PORT/pub/file"
	run_netkit cat --user=nobody "ftp://joe@127.0.0.1:$FTP_PORT/pub/file"
	expect_exit 67
	run_netkit cat "ftp://127.0.0.1:$FTP_PORT/pub/file"
	expect_exit 67
	# One password is not for two users, whoever named it.
	refuses "are two logins" cp "ftp://joe@127.0.0.1:$FTP_PORT/pub/file" \
		"ftp://jane@127.0.0.1:$FTP_PORT/pub/x"
}

@test "of the ways to a password only the topmost layer's counts" {
	server_need FTP
	echo wrong >wrong
	config <<-END
		[defaults]
		user = joe
		password-file = wrong
		[profile right]
		password-command = cat $JOE_PASSWORD_FILE
	END
	run_netkit cat "ftp://127.0.0.1:$FTP_PORT/pub/file"
	expect_exit 67
	netkit cat --profile=right "ftp://127.0.0.1:$FTP_PORT/pub/file"
	netkit cat --password-command="cat $JOE_PASSWORD_FILE" "ftp://127.0.0.1:$FTP_PORT/pub/file"
	netkit cat --password-stdin "ftp://127.0.0.1:$FTP_PORT/pub/file" <"$JOE_PASSWORD_FILE"
	run_netkit cat --profile=right --password-file=wrong "ftp://127.0.0.1:$FTP_PORT/pub/file"
	expect_exit 67
}

@test "a password in the credentials directory by the name of the profile, before that of the host" {
	server_need FTP
	mkdir credentials
	echo wrong >credentials/netkit.127.0.0.1
	cp "$JOE_PASSWORD_FILE" credentials/netkit.files
	config <<-END
		[profile files]
		url = ftp://joe@127.0.0.1:$FTP_PORT/pub
	END
	export CREDENTIALS_DIRECTORY=$PWD/credentials
	netkit cat @files/file
	netkit cat --profile=files "ftp://joe@127.0.0.1:$FTP_PORT/pub/file"
	run_netkit cat "ftp://joe@127.0.0.1:$FTP_PORT/pub/file"
	expect_exit 67
	# What a profile names itself goes before.
	printf 'password-file = wrong\n' >>"$CONFIG"
	echo wrong >wrong
	run_netkit cat @files/file
	expect_exit 67
}

# --- @name ---------------------------------------------------------------------------------------

# Profiles f, s, t and d: one for each server, with a folder where it has one.
profiles() {
	logins
	cat <<-END
		[profile f]
		url = ftp://127.0.0.1:$FTP_PORT/pub
		[profile s]
		url = sftp://joe@[::1]:$SFTP_PORT$SFTP_ROOT/
		[profile c]
		url = scp://joe@[::1]:$SFTP_PORT/$SFTP_ROOT
		[profile t]
		url = tftp://127.0.0.1:$TFTP_PORT
		[profile d]
		url = daytime://127.0.0.1:$DAY_PORT
	END
}

@test "@name/path wherever a URL may stand" {
	server_need FTP SFTP TFTP DAY
	config < <(profiles)
	[[ $(netkit cat @f/file) == "over ftp" ]]
	[[ $(netkit cat @s/file @f/file) == $'over ssh\nover ftp' ]]
	[[ $(netkit ftp cat @f/file) == "over ftp" ]]
	[[ $(netkit sftp cat --trust=strict @s/file) == "over ssh" ]]
	[[ $(netkit ls @f) == *file* ]]
	netkit get @s/file got
	[[ $(cat got) == "over ssh" ]]
	netkit put got @f/put
	[[ $(cat "$FTP_ROOT/pub/put") == "over ssh" ]]
	netkit put got @f/
	[[ -e $FTP_ROOT/pub/got ]]
	netkit rm @f/put @f/got
	[[ ! -e $FTP_ROOT/pub/put ]]
	[[ $(netkit tftp cat @t/file) == "over tftp" ]]
	[[ $(netkit daytime @d) == *:*:* ]]
	[[ $(netkit @d) == *:*:* ]]
}

@test "@name where a classic form takes a host" {
	server_need FTP SFTP TFTP
	config < <(profiles)
	[[ $(netkit ftp @f <<<"pwd") == */pub* ]]
	[[ $(netkit ftp <<<$'open @f\nls') == *file* ]]
	[[ $(netkit @f <<<"ls") == *file* ]]
	netkit sftp @s/file here
	[[ $(cat here) == "over ssh" ]]
	netkit sftp -q @s <<<"get $SFTP_ROOT/file again"
	cmp here again
	netkit scp @c/file copied
	cmp here copied
	netkit scp here @c/scped
	cmp here "$SFTP_ROOT/scped"
	netkit tftp @t -c get file tftped
	[[ $(cat tftped) == "over tftp" ]]
	refuses "tftp takes a host here" tftp @t/file -c get a b
	refuses "ftp does not speak sftp://" ftp ls @s
}

@test "a config may be a pipe, which is read once" {
	server_need FTP
	{
		logins
		printf '[profile once]\nurl = %s/pub\n' "$FTP_URL"
	} >config
	[[ $("$NETKIT" cat --config=<(cat config) @once/file) == "over ftp" ]]
	[[ $("$NETKIT" cat --config /dev/stdin @once/file < <(cat config)) == "over ftp" ]]
}

@test "a profile that is not there, has no url, or is for a login that another is for" {
	config <<-END
		[profile one]
		url = ftp://h/
		[profile two]
		url = ftp://h:21/x
		user = jane
		[profile three]
		user = x
	END
	refuses "@oen/x: no profile 'oen'; did you mean 'one'?" ls @oen/x
	refuses "@strange: no profile 'strange'; a file is ./@strange" ls @strange
	refuses "@three: profile 'three' has no url" ls @three
	refuses "profiles one and two are for one login" cp @one/a @two/b
	refuses "@x/y: no profile 'x': there is no config file" ls --no-config @x/y
	# A file that begins so.
	echo at >@file
	netkit cp ./@file copy
	cmp @file copy
}

@test "a tftp prompt's commands hold for hosts with options of their own" {
	server_need TFTP
	printf 'a\nb\n' >"$TFTP_ROOT/lines"
	config <<<$'[host 127.0.0.1]\nretries = 1'
	netkit tftp <<-END
		mode netascii
		connect 127.0.0.1 $TFTP_PORT
		get lines text
	END
	cmp "$TFTP_ROOT/lines" text
}

# --- show and path -------------------------------------------------------------------------------

@test "show says what holds for a target, and where it comes from" {
	config <<-END
		[defaults]
		timeout = 5s
		exclude = *.o
		exclude = *.a
		[applet ftp]
		passive = yes
		[applet sftp]
		compress = yes
		[host *.example.org]
		user = joe
		[profile base]
		jobs = 2
		[profile back]
		profile = base
		url = ftp://files.example.org/srv
	END
	[[ $(netkit config show) == $'exclude\t*.o\nexclude\t*.a\ntimeout\t5s' ]]
	[[ $(netkit config show --origin @back) == "$(printf '%s\t%s\t%s\n' \
		url ftp://files.example.org/srv "$CONFIG:15" \
		exclude '*.o' "$CONFIG:3" exclude '*.a' "$CONFIG:3" user joe "$CONFIG:10" \
		timeout 5s "$CONFIG:2" jobs 2 "$CONFIG:12" passive yes "$CONFIG:6")" ]]
	[[ $(netkit config show sftp://a.example.org/) == *$'user\tjoe'*$'compress\tyes'* ]]
	[[ $(netkit config show a.example.org) == *$'user\tjoe'* ]]
	[[ $(netkit config show joe@a.example.org:/x) == *$'user\tjoe'* ]]
	[[ $(netkit config show ftp) == *passive* && $(netkit config show ftp) != *compress* ]]
	[[ $(netkit config show --profile=base) == $'profile\tbase\n'*$'\njobs\t2'* ]]
	[[ $(NETKIT_PROFILE=base netkit config show --json) == \
		'{"v":1,"type":"setting","key":"profile","value":"base","origin":"environment"}'* ]]
	[[ $(NO_COLOR=1 netkit config show --origin) == *$'color\tnever\tenvironment'* ]]
	[[ $(ALL_PROXY=http://joe:s3cret@p:1 netkit config show --origin) == \
		*$'proxy\thttp://p:1\tenvironment'* ]]
	[[ $(netkit config show --all --origin ftp) == *$'retries\t0\tdefault'* ]]
	refuses "no profile 'bck'; did you mean 'back'?" config show @bck
	refuses "config takes show [URL|HOST|@PROFILE|APPLET] | check | path" config
	refuses "config takes show [URL|HOST|@PROFILE|APPLET] | check | path" config shwo
	refuses "config check does not take 'x'" config check x
}

@test "path lists the files in order and whether each is there" {
	config <<<'[defaults]'
	[[ $(netkit config path) == $'read\tuser\t'"$CONFIG"$'\n'*$'\tsystem\t/etc/xdg/netkit/config' ]]
	[[ $(NETKIT_CONFIG=/nowhere netkit config path) == $'absent\tenvironment\t/nowhere' ]]
	[[ $(netkit config path --config=x --json) == \
		'{"v":1,"type":"config-file","state":"absent","origin":"option","path":"x"}' ]]
	[[ -z $(netkit config path --no-config) ]]
	[[ $(netkit config path --config=/tmp) == $'unreadable\toption\t/tmp' ]]
}

# --- the rest of the environment -----------------------------------------------------------------

@test "SSLKEYLOGFILE gets the keys of TLS connections, and nobody else may read it" {
	server_need SECURE
	config < <(logins)
	export SSLKEYLOGFILE=$PWD/keys
	umask 022
	[[ $(netkit cat --tls=required "ftp://127.0.0.1:$SECURE_PORT/file") == secure ]]
	[[ $(stat -c %a keys) == 600 ]]
	grep -qE '^(CLIENT_RANDOM|CLIENT_TRAFFIC_SECRET_0|CLIENT_HANDSHAKE_TRAFFIC_SECRET) [0-9a-f]{64} [0-9a-f]+$' keys
	local before
	before=$(wc -l <keys)
	netkit cat --tls=required "ftp://127.0.0.1:$SECURE_PORT/file"
	(($(wc -l <keys) > before))
}

# What netkit ARG... shows on a terminal of the kind TERM.
shown() {
	run python3 "$SERVERS_LIB/typed.py" -- sh -c 'exec "$NETKIT" "$@" 2>/dev/tty' sh "$@"
	expect_exit 0
}

@test "a dumb terminal gets no bar unless it is asked for" {
	random_file f 600k
	TERM=xterm shown cp --limit-rate=1M f g
	[[ $output == *$'\e[K'* ]]
	TERM=dumb shown cp --limit-rate=1M f h
	[[ -z $output ]]
	TERM=dumb shown cp --progress=bar f i
	[[ $output == *100%* ]]
	cmp f h
}

@test "with no config nothing is read but two files that are not there" {
	command -v strace >/dev/null || skip "needs strace"
	ASAN_OPTIONS=detect_leaks=0 run -0 strace -f -e trace=openat -o opened "$NETKIT" cp /dev/null copy
	[[ $(grep -c 'netkit/config' opened) == 2 ]]
	ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=openat,execve -o opened "$NETKIT" --help >/dev/null
	run ! grep -q 'netkit/config\|libinih' opened
}
