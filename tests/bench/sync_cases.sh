# shellcheck shell=bash
# sync_cases.sh - the cases of sync; bench.sh sources this.
# shellcheck disable=SC2154,SC2034 # the variables are bench.sh's
# shellcheck disable=SC2317,SC2016 # functions called by name; text that is evaluated later

sync_cases=(sync-ftp-get sync-ftp-put sync-sftp-get sync-sftp-put sync-million-local
	sync-million-sftp sync-flat-local sync-flat-sftp)

# The peak is bound whatever the tree.
sync_bound_of() {
	case $1 in
	sync-million-* | sync-flat-*) echo best - - 32 ;;
	*) echo best 0.7 - 32 ;;
	esac
}

# A copy of the tree on this side, with its times: nothing is to be done. It is not of today: where a
# listing knows the minute only, the time of a file that was changed just now is asked for.
equal_trees() {
	need_tree synced 100 100
	in_pub find "$work/pub/synced" -exec touch -d '2 days ago' {} +
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

# need_million NAME FOLDERS FILES: a million empty files, the same on both sides.
need_million() {
	[ ! -d "$work/pub/in/$1" ] || return 0
	python3 - "$2" "$3" "$work/pub/in/$1" "$work/here/$1" <<-'END'
		import os, sys
		folders, files = int(sys.argv[1]), int(sys.argv[2])
		for top in sys.argv[3:]:
		    for folder in range(folders):
		        path = f"{top}/{folder}"
		        os.makedirs(path)
		        for i in range(files):
		            fd = os.open(f"{path}/entry{i:06}", os.O_CREAT | os.O_WRONLY, 0o644)
		            os.utime(fd, (10**9, 10**9))
		            os.close(fd)
	END
}

# sync_million_local NAME
sync_million_local() {
	each_time : :
	tool rclone rclone --config /dev/null sync "$work/pub/in/$1" "$work/here/$1"
	tool netkit "$netkit" sync "$work/pub/in/$1" "$work/here/$1" --delete --progress=none
	race 1
	rm -rf "$work/pub/in/$1" "$work/here/$1"
}

# sync_million_sftp NAME
sync_million_sftp() {
	local sftp scp curl lftp ours host url remote
	serve SSH || return 1
	ssh_peers SSH 127.0.0.1
	remote=:sftp,host=127.0.0.1,port=${port[SSH]},user=joe,key_file=$SERVERS_DIR/joe.key:
	each_time : :
	tool rclone rclone --config /dev/null sync "$remote$work/pub/in/$1" "$work/here/$1"
	tool_ours netkit sync "$url/in/$1" "$work/here/$1" --delete --progress=none
	race 1
	rm -rf "$work/pub/in/$1" "$work/here/$1"
}

case_sync_million_local() {
	need_million million 1000 1000
	sync_million_local million
}

case_sync_million_sftp() {
	need_million million 1000 1000
	sync_million_sftp million
}

# One folder with all of them.
case_sync_flat_local() {
	need_million flat 1 1000000
	sync_million_local flat
}

case_sync_flat_sftp() {
	need_million flat 1 1000000
	sync_million_sftp flat
}
