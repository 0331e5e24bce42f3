# shellcheck shell=bash
# sync_cases.sh - the cases of sync; bench.sh sources this.
# shellcheck disable=SC2154,SC2034 # the variables are bench.sh's
# shellcheck disable=SC2317,SC2016 # functions called by name; text that is evaluated later

sync_cases=(sync-ftp-get sync-ftp-put sync-sftp-get sync-sftp-put sync-million-local
	sync-million-sftp)

# The peak is bound whatever the tree.
sync_bound_of() {
	case $1 in
	sync-million-*) echo best - - 32 ;;
	*) echo best 0.7 - 32 ;;
	esac
}

# A copy of the tree on this side, with its times: nothing is to be done.
equal_trees() {
	need_tree synced 100 100
	mkdir -p "$work/pub/in/synced" "$work/here"
	cp -a "$work/pub/synced/." "$work/pub/in/synced"
	cp -a "$work/pub/synced" "$work/here/"
	chmod -R a+rwX "$work/pub/in/synced"
	((EUID != 0)) || chown -R "$SERVERS_USER" "$work/pub/in/synced"
}

# Nothing was done: each file is the one that was there before.
nothing_done() {
	[ "$(sum_of_trees)" = "$trees" ]
}

sum_of_trees() {
	(cd "$work" && find here/synced pub/in/synced -type f -printf '%p %i %s %T@\n' | sort | cksum)
}

# sync_tools REMOTE: lftp's and rclone's REMOTE, and url, beside each other
sync_tools() {
	local remote=$1
	trees=$(sum_of_trees)
	each_time : nothing_done
	if [ "$2" = get ]; then
		tool lftp lftp -c "$lftp mirror $folder $work/here/synced"
		tool rclone rclone --config /dev/null sync "$remote$folder" "$work/here/synced"
		tool_ours netkit sync "$url" "$work/here/synced" --progress=none
	else
		tool lftp lftp -c "$lftp mirror -R $work/here/synced $folder"
		tool rclone rclone --config /dev/null sync "$work/here/synced" "$remote$folder"
		tool_ours netkit sync "$work/here/synced" "$url" --progress=none
	fi
	race "$rounds"
}

# sync_ftp get|put
sync_ftp() {
	local lftp=$lftp_set ours folder url trees pass
	equal_trees
	serve PLAIN || return 1
	pass=$(rclone obscure anonymous 2>/dev/null)
	folder=/in/synced url=ftp://127.0.0.1:${port[PLAIN]}/in/synced
	lftp="$lftp_set open ftp://127.0.0.1:${port[PLAIN]};"
	ours=("$netkit" --quiet)
	sync_tools ":ftp,host=127.0.0.1,port=${port[PLAIN]},user=anonymous,pass=$pass:" "$1"
}

case_sync_ftp_get() {
	sync_ftp get
}

case_sync_ftp_put() {
	sync_ftp put
}

# sync_sftp get|put
sync_sftp() {
	local sftp scp curl lftp ours host url folder trees
	equal_trees
	serve SSH || return 1
	ssh_peers SSH 127.0.0.1
	folder=$work/pub/in/synced url=$url/in/synced
	lftp+=" open sftp://joe:x@$host;"
	sync_tools ":sftp,host=127.0.0.1,port=${port[SSH]},user=joe,key_file=$SERVERS_DIR/joe.key:" "$1"
}

case_sync_sftp_get() {
	sync_sftp get
}

case_sync_sftp_put() {
	sync_sftp put
}

# A million empty files in a thousand folders, the same on both sides.
need_million() {
	[ ! -d "$work/pub/in/million" ] || return 0
	python3 - "$work/pub/in/million" "$work/here/million" <<-'END'
		import os, sys
		for top in sys.argv[1:]:
		    for folder in range(1000):
		        path = f"{top}/{folder}"
		        os.makedirs(path)
		        for i in range(1000):
		            fd = os.open(f"{path}/entry{i:04}", os.O_CREAT | os.O_WRONLY, 0o644)
		            os.utime(fd, (10**9, 10**9))
		            os.close(fd)
	END
}

case_sync_million_local() {
	need_million
	each_time : :
	tool rclone rclone --config /dev/null sync "$work/pub/in/million" "$work/here/million"
	tool netkit "$netkit" sync "$work/pub/in/million" "$work/here/million" --delete \
		--progress=none
	race 1
}

case_sync_million_sftp() {
	local sftp scp curl lftp ours host url
	need_million
	serve SSH || return 1
	ssh_peers SSH 127.0.0.1
	each_time : :
	tool rclone rclone --config /dev/null sync \
		":sftp,host=127.0.0.1,port=${port[SSH]},user=joe,key_file=$SERVERS_DIR/joe.key:$work/pub/in/million" \
		"$work/here/million"
	tool_ours netkit sync "$url/in/million" "$work/here/million" --delete --progress=none
	race 1
}
