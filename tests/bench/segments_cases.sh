# shellcheck shell=bash
# segments_cases.sh - one large file over several connections, for bench.sh.
#
# shellcheck disable=SC2154,SC2034 # what bench.sh and ssh_cases.sh define
# shellcheck disable=SC2317 # functions called by name

segments_cases=(segments-ftp-50ms segments-sftp-50ms segments-sftp-50ms-put segments-sftp-1g)

segments_bound_of() {
	case $1 in
	segments-ftp-50ms) echo lftp-pget 1.0 - 16 ;;
	segments-sftp-50ms*) echo sftp 0.5 - 32 ;;
	segments-sftp-1g) echo sftp 1.35 - 32 ;;
	esac
}

case_segments_ftp_50ms() {
	local url
	need_file 128m $((128 << 20)) && long_wire && serve LONG || return 1
	want=128m url=ftp://$NETNS_SERVER:${port[LONG]}
	each_time fresh same_file
	tool lftp-pget lftp -c "$lftp_set open $url; pget -n 4 128m -o $work/out"
	tool curl curl -sS -o "$work/out" "$url/128m"
	tool netkit "$netkit" get --segments=4 --tls=off "$url/128m" "$work/out" --progress=none
	tool netkit-1 "$netkit" get --tls=off "$url/128m" "$work/out" --progress=none
	race "$few_rounds"
	netns_lost >/dev/null || say "$current: the kernel dropped $(netns_lost) packets"
}

case_segments_sftp_50ms() {
	local sftp scp curl lftp ours host url
	need_file 128m $((128 << 20)) && long_wire && serve LONGSSH || return 1
	ssh_peers LONGSSH "$NETNS_SERVER"
	want=128m
	each_time fresh same_file
	tool sftp "${sftp[@]}" "joe@$host:$work/pub/128m" "$work/out"
	tool_ours netkit get --segments=4 "$url/128m" "$work/out"
	tool_ours netkit-1 get "$url/128m" "$work/out"
	race "$few_rounds"
	netns_lost >/dev/null || say "$current: the kernel dropped $(netns_lost) packets"
}

case_segments_sftp_50ms_put() {
	local sftp scp curl lftp ours host url
	need_file 128m $((128 << 20)) && long_wire && serve LONGSSH || return 1
	ssh_peers LONGSSH "$NETNS_SERVER"
	want=128m
	batch "put $work/pub/128m $work/pub/in/put"
	each_time fresh stored_file
	tool sftp "${sftp[@]}" -b "$work/batch" "joe@$host"
	tool_ours netkit put --segments=4 "$work/pub/128m" "$url/in/put"
	tool_ours netkit-1 put "$work/pub/128m" "$url/in/put"
	race "$few_rounds"
	netns_lost >/dev/null || say "$current: the kernel dropped $(netns_lost) packets"
}

case_segments_sftp_1g() {
	local sftp scp curl lftp ours host url
	need_file 1g $((1 << 30)) && serve SSH || return 1
	ssh_peers SSH 127.0.0.1
	want=1g
	each_time fresh same_file
	tool sftp "${sftp[@]}" "joe@$host:$work/pub/1g" "$work/out"
	tool_ours netkit get --segments=2 "$url/1g" "$work/out"
	tool_ours netkit-1 get --segments=1 "$url/1g" "$work/out"
	race "$rounds"
}
