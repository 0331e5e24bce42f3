# shellcheck shell=bash
# ssh_cases.sh - the cases of sftp and scp; bench.sh sources this.
# shellcheck disable=SC2154,SC2034 # the variables are bench.sh's
# shellcheck disable=SC2317,SC2016 # functions called by name; text that is evaluated later

ssh_cases=(sftp-connect sftp-get-1g sftp-put-1g sftp-get-1g-openssh sftp-put-1g-openssh
	sftp-tree-get sftp-tree-put sftp-128m-50ms-get sftp-128m-50ms-put sftp-tree-50ms-get
	sftp-tree-50ms-put)

ssh_bound_of() {
	case $1 in
	sftp-connect) echo curl 1.0 - 16 ;;
	sftp-get-1g) echo sftp 1.35 - 16 ;;
	sftp-put-1g) echo sftp 1.15 - 16 ;;
	sftp-get-1g-openssh) echo sftp 0.8 - 16 ;;
	sftp-put-1g-openssh) echo sftp 0.85 - 16 ;;
	sftp-tree-get) echo best 0.55 - 16 ;;
	sftp-tree-put) echo best 0.5 - 16 ;;
	sftp-128m-50ms-*) echo sftp 1.0 - 16 ;;
	sftp-tree-50ms-*) echo sftp 0.06 - 16 ;;
	esac
}

start_ssh() {
	case $1 in
	SSH) server_sshd SSH "root=$work/pub" conf='LogLevel ERROR' ;;
	LONGSSH)
		LONGSSH_PORT=$("${netns_in_server[@]}" bash -c '. "$0" && server_sshd LONGSSH "$@" &&
			echo "$LONGSSH_PORT"' "$here/../lib/servers.sh" "root=$work/pub" \
			conf='LogLevel ERROR' "address=$NETNS_SERVER")
		;;
	esac
}

# ssh_peers SERVER HOST: how each tool logs in as joe, by key, and knows the host.
ssh_peers() {
	local key=$SERVERS_DIR/joe.key known=$SERVERS_DIR/$1/known_hosts p=${port[$1]}
	local options=(-q -F none -i "$key" -o "UserKnownHostsFile=$known" -o StrictHostKeyChecking=yes
		-o IdentityAgent=none -o "ControlPath=none")
	sftp=(sftp "${options[@]}" -P "$p")
	scp=(scp "${options[@]}" -P "$p")
	curl=(curl -sS -k --key "$key" --pubkey "$key.pub" -u joe:)
	lftp="$lftp_set set sftp:connect-program 'ssh -a -x ${options[*]} -p $p';"
	ours=("$netkit" --ssh-config=none "--identity=$key" "--known-hosts=$known" --quiet)
	unset SSH_AUTH_SOCK
	host=$2
	url=sftp://joe@$2:$p$work/pub
}

# "netkit VERB ..." with the options of ssh_peers: ours, then these words.
our() {
	printf '%s\n' "${ours[0]}" "$1" "${ours[@]:1}" "${@:2}"
}

# tool_ours LABEL VERB WORD...
tool_ours() {
	local label=$1 words
	shift
	mapfile -t words < <(our "$@")
	tool "$label" "${words[@]}"
}

# batch LINE...: a file of sftp commands
batch() {
	printf '%s\n' "$@" >"$work/batch"
}

case_sftp_connect() {
	local sftp scp curl lftp ours host url
	serve SSH || return 1
	ssh_peers SSH 127.0.0.1
	mkdir -p "$work/pub/in/empty"
	batch bye
	each_time : :
	tool sftp "${sftp[@]}" -b "$work/batch" "joe@$host"
	tool curl "${curl[@]}" -o /dev/null "$url/in/empty/"
	tool_ours netkit ls "$url/in/empty/"
	race "$rounds"
}

# big_ssh get|put TRANSPORT
big_ssh() {
	local sftp scp curl lftp ours host url
	need_file big $((1 << 30)) || return 1
	serve SSH || return 1
	ssh_peers SSH 127.0.0.1
	want=big
	if [ "$1" = get ]; then
		each_time fresh same_file
		tool sftp "${sftp[@]}" "joe@$host:$work/pub/big" "$work/out"
		[ "$2" = openssh ] || tool curl "${curl[@]}" -o "$work/out" "$url/big"
		[ "$2" = openssh ] || tool lftp lftp -c "$lftp get sftp://joe:x@$host$work/pub/big -o $work/out"
		tool_ours netkit get "--ssh-transport=$2" "$url/big" "$work/out"
	else
		batch "put $work/pub/big $work/pub/in/put"
		each_time fresh stored_file
		tool sftp "${sftp[@]}" -b "$work/batch" "joe@$host"
		[ "$2" = openssh ] || tool curl "${curl[@]}" -T "$work/pub/big" "$url/in/put"
		tool_ours netkit put "--ssh-transport=$2" "$work/pub/big" "$url/in/put"
	fi
	race "$rounds"
}

case_sftp_get_1g() {
	big_ssh get libssh2
}

case_sftp_put_1g() {
	big_ssh put libssh2
}

case_sftp_get_1g_openssh() {
	big_ssh get openssh
}

case_sftp_put_1g_openssh() {
	big_ssh put openssh
}

stored_tree() {
	diff -rq "$work/pub/$want" "$work/pub/in/put/$want"
}

fresh_put() {
	fresh
	mkdir "$work/pub/in/put"
	chmod 1777 "$work/pub/in/put"
}

# tree_ssh get|put TREE: as each tool comes
tree_ssh() {
	want=$2
	if [ "$1" = get ]; then
		each_time fresh_folder same_tree
		tool sftp "${sftp[@]}" -r "joe@$host:$work/pub/$want" "$work/out"
		tool scp "${scp[@]}" -r "joe@$host:$work/pub/$want" "$work/out"
		tool lftp-P8 lftp -c "$lftp open sftp://joe:x@$host; mirror -P8 $work/pub/$want $work/out"
		tool_ours netkit get --recursive "$url/$want" "$work/out"
	else
		batch "put -r $work/pub/$want $work/pub/in/put"
		each_time fresh_put stored_tree
		tool sftp "${sftp[@]}" -b "$work/batch" "joe@$host"
		tool scp "${scp[@]}" -r "$work/pub/$want" "joe@$host:$work/pub/in/put"
		tool_ours netkit put --recursive "$work/pub/$want" "$url/in/put/"
	fi
}

case_sftp_tree_get() {
	local sftp scp curl lftp ours host url
	need_tree tree 0 2000
	serve SSH || return 1
	ssh_peers SSH 127.0.0.1
	tree_ssh get tree
	race "$rounds"
}

case_sftp_tree_put() {
	local sftp scp curl lftp ours host url
	need_tree tree 0 2000
	serve SSH || return 1
	ssh_peers SSH 127.0.0.1
	tree_ssh put tree
	race "$rounds"
}

# over_long_wire get|put TREE|128m
over_long_wire() {
	local sftp scp curl lftp ours host url
	long_wire || return 1
	serve LONGSSH || return 1
	ssh_peers LONGSSH "$NETNS_SERVER"
	want=$2
	case $1-$2 in
	get-128m)
		each_time fresh same_file
		tool sftp "${sftp[@]}" "joe@$host:$work/pub/128m" "$work/out"
		tool_ours netkit get "$url/128m" "$work/out"
		;;
	put-128m)
		batch "put $work/pub/128m $work/pub/in/put"
		each_time fresh stored_file
		tool sftp "${sftp[@]}" -b "$work/batch" "joe@$host"
		tool_ours netkit put "$work/pub/128m" "$url/in/put"
		;;
	*) tree_ssh "$1" "$2" ;;
	esac
	race "$few_rounds"
	netns_lost >/dev/null || say "$current: the kernel dropped $(netns_lost) packets"
}

case_sftp_128m_50ms_get() {
	need_file 128m $((128 << 20)) && over_long_wire get 128m
}

case_sftp_128m_50ms_put() {
	need_file 128m $((128 << 20)) && over_long_wire put 128m
}

case_sftp_tree_50ms_get() {
	need_tree few 0 200
	over_long_wire get few
}

case_sftp_tree_50ms_put() {
	need_tree few 0 200
	over_long_wire put few
}
