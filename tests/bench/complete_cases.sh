# shellcheck shell=bash
# complete_cases.sh - the cases of completion; bench.sh sources this.
# shellcheck disable=SC2154,SC2034 # the variables are bench.sh's
# shellcheck disable=SC2317,SC2016 # functions called by name; text that is evaluated later

complete_cases=(complete-words complete-path)

complete_bound_of() {
	case $1 in
	complete-words) echo true 2.0 - 4 ;;
	complete-path) echo bash-completion 0.1 - 16 ;;
	esac
}

# What stands on the line alone: nothing is read and nobody asked.
case_complete_words() {
	each_time : :
	repeat=40
	tool true "$(type -P true)"
	tool 'netkit verbs' "$netkit" __complete netkit ftp g
	tool 'netkit options' "$netkit" __complete netkit sftp get --t
	tool 'netkit values' "$netkit" __complete netkit get --tls=
	race "$rounds"
}

# in_bash SCRIPT FUNCTION [LINE]: what bash does for ten TABs behind "scp WORD".
in_bash() {
	cat >"$work/tab-$2" <<-END
		source $(printf %q "$1")
		${3-}
		COMP_WORDS=(scp $(printf %q "$word")) COMP_CWORD=1
		COMP_LINE="scp $word" COMP_POINT=\${#COMP_LINE} COMP_TYPE=9 COMP_KEY=9
		compopt() { :; }
		for ((tab = 0; tab < 10; tab++)); do
			COMPREPLY=()
			$2 scp $(printf %q "$word") scp
		done
		printf '%s\n' "\${COMPREPLY[@]}"
	END
}

# One name of 10,000, which were listed a moment ago. bash-completion runs ssh for each TAB.
case_complete_path() {
	local sftp scp curl lftp ours host url word
	if [ ! -d "$work/pub/tenthousand" ]; then
		in_pub mkdir "$work/pub/tenthousand"
		(cd "$work/pub/tenthousand" && seq -f 'name%05.0f' 10000 | xargs touch)
	fi
	serve SSH || return 1
	ssh_peers SSH 127.0.0.1
	mkdir -p "$work/tools" "$HOME/.ssh"
	chmod 700 "$HOME/.ssh"
	printf 'Host box\n\tHostName 127.0.0.1\n\tPort %s\n\tUser joe\n\tIdentityFile %s\n' \
		"${port[SSH]}" "$SERVERS_DIR/joe.key" >"$HOME/.ssh/config"
	printf '\tUserKnownHostsFile %s\n' "$SERVERS_DIR/SSH/known_hosts" >>"$HOME/.ssh/config"
	# ssh takes the home of the user database for its own.
	printf '#!/bin/sh\nexec %q -F %q "$@"\n' "$(type -P ssh)" "$HOME/.ssh/config" >"$work/tools/ssh"
	chmod 755 "$work/tools/ssh"
	ln -sf "$netkit" "$work/tools/netkit"
	word=box:$work/pub/tenthousand/name0777
	"$netkit" completion bash >"$work/tools/netkit.bash"
	in_bash "$work/tools/netkit.bash" _netkit
	in_bash /usr/share/bash-completion/bash_completion _scp \
		'source /usr/share/bash-completion/completions/ssh'
	has_ten() {
		[ "$(grep -c name0777 "$work/log/client")" = 10 ]
	}
	# A busy machine may take longer than completion waits.
	export NETKIT_COMPLETE_TIMEOUT=20s
	each_time '"$netkit" __complete scp "$word" >/dev/null' has_ten
	tool bash-completion env "PATH=$work/tools:$PATH" bash --norc "$work/tab-_scp"
	tool netkit env "PATH=$work/tools:$PATH" bash --norc "$work/tab-_netkit"
	race "$rounds"
	unset NETKIT_COMPLETE_TIMEOUT
}
