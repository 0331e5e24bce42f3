#!/bin/bash
# bench.sh - netkit beside the tools people use, on the same servers, in one run.
#
#     tests/bench/bench.sh [CASE...]        all cases but soak when none is named; --list names them
#
# A CASE is a name, or the beginning of several up to a dash ("ftp", "tftp-1428"). In every round
# each tool has its turn, so that what else the machine does hits all alike; what counts is the
# ratio within one run. Data lies on tmpfs. What was fetched or stored is compared after every run,
# and a run whose bytes are wrong or whose exit status is not 0 does not count. A tool that is not
# there is named and left out. The exit status is 1 when netkit was over a bound, or failed, or was
# not built.
#
#     BENCH_ROUNDS=5      rounds; the median counts (at most 3 where a round takes 20 s: behind
#                         the long wire, TFTP of 32 MiB; and for memory)
#     BENCH_TOOLS='..'    only these tools, by the first word of their row: 'netkit curl'
#     BENCH_FTPD=proftpd  instead of vsftpd     BENCH_TFTPD=atftpd  instead of hpa
#     BENCH_OUT=FILE      the table once more, fields separated by TABs
#     BENCH_TIMEOUT=120   seconds one run may take
#     BENCH_PIN=tftp      (or all, no) these cases with the server on the first core and the clients
#                         on the last. A protocol in lockstep is several times as fast while both
#                         ends happen to share a core; pinned, no tool has that luck
#     BENCH_SOAK=60       seconds of the case soak
#     BENCH_TMP=DIR       where the data lies, /dev/shm by default
#     NETKIT=FILE         the program, build/netkit by default
# shellcheck disable=SC2317 # functions called by name, and shellcheck's mind about the last line
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
# shellcheck source-path=SCRIPTDIR source=netns.sh disable=SC1091
. "$here/netns.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/servers.sh disable=SC1091
. "$here/../lib/servers.sh"
# shellcheck source-path=SCRIPTDIR source=ssh_cases.sh disable=SC1091
. "$here/ssh_cases.sh"
# shellcheck source-path=SCRIPTDIR source=sync_cases.sh disable=SC1091
. "$here/sync_cases.sh"
# shellcheck source-path=SCRIPTDIR source=segments_cases.sh disable=SC1091
. "$here/segments_cases.sh"
# shellcheck source-path=SCRIPTDIR source=complete_cases.sh disable=SC1091
. "$here/complete_cases.sh"
# shellcheck source-path=SCRIPTDIR source=hosts_cases.sh disable=SC1091
. "$here/hosts_cases.sh"

netkit=${NETKIT:-${here%/tests/bench}/build/netkit}
rounds=${BENCH_ROUNDS:-5}
few_rounds=$((rounds < 3 ? rounds : 3))
tmp=${BENCH_TMP:-/dev/shm}
tftpd=HPA
[ "${BENCH_TFTPD-}" != atftpd ] || tftpd=ATFTPD

cases=(startup ftp-get-1g ftp-put-1g ftps-get-1g ftps-put-1g ftp-tree ftp-tree-dirs ftp-tree-j1
	ftp-tree-50ms tftp-get-32m tftp-put-32m tftp-1428-get tftp-1428-put tftp-1428-w64-get
	tftp-1428-w64-put memory "${ssh_cases[@]}" "${segments_cases[@]}" "${sync_cases[@]}"
	"${complete_cases[@]}" "${hosts_cases[@]}" soak)

# What netkit may take: wall and CPU as parts of a peer's ("best": whichever is best in each), peak
# in MiB. "-" means no bound.
bound_of() {
	case $1 in
	startup) echo true 1.4 - 4 ;;
	ftp-get-1g) echo curl 0.65 0.6 4 ;;
	ftp-put-1g) echo curl 1.05 0.8 4 ;;
	ftps-get-1g) echo best 0.9 - 8 ;;
	ftps-put-1g) echo best 1.05 - 8 ;;
	ftp-tree | ftp-tree-dirs) echo lftp-P8 0.75 - 4 ;;
	ftp-tree-j1) echo lftp-P1 0.7 - 4 ;;
	ftp-tree-50ms) echo curl-Z8 0.65 - 4 ;;
	tftp-get-32m | tftp-put-32m) echo best 0.1 - 4 ;;
	tftp-1428-*) echo best 1.0 - 4 ;;
	sftp-*) ssh_bound_of "$1" ;;
	sync-*) sync_bound_of "$1" ;;
	segments-*) segments_bound_of "$1" ;;
	complete-*) complete_bound_of "$1" ;;
	hosts-*) hosts_bound_of "$1" ;;
	*) echo best - - 4 ;;
	esac
}

say() {
	printf '%s\n' "$*" >&2
}

# ---- the folder, and its end ----

work=
running=

cleanup() {
	trap '' HUP INT PIPE TERM
	[ -z "$running" ] || end_child "$running"
	servers_stop
	netns_down
	[ -z "$work" ] || rm -rf "$work"
}

# Everything lies in the servers' folder: they watch over it, and remove it even when this shell is
# killed outright. Without servers there is still something to measure.
make_work() {
	local program
	if TMPDIR=$tmp servers_open; then
		work=$SERVERS_DIR/bench
		mkdir "$work"
	else
		work=$(mktemp -d "$tmp/netkit-bench.XXXXXX") || exit 1
	fi
	trap cleanup EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 141' PIPE
	trap 'exit 143' TERM
	mkdir "$work/home" "$work/log" "$work/pub" "$work/pub/in" "$work/runs"
	chmod 1777 "$work/pub/in"
	chmod 555 "$work/pub"
	: >"$work/table"

	# No tool shall find settings, credentials or proxies of whoever runs this.
	export HOME=$work/home LC_ALL=C NETKIT_SERVERS=${SERVERS_ROOT%/root}
	unset XDG_CONFIG_HOME XDG_CACHE_HOME XDG_STATE_HOME NETRC NETKIT_CONFIG NETKIT_PROFILE
	unset ftp_proxy FTP_PROXY http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY
	unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE

	for program in measure delay; do
		"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -o "$work/$program" "$here/$program.c" ||
			exit 1
	done
}

# ---- data, made when a case first wants it ----
#
# Served from $work/pub, which is locked: vsftpd refuses an anonymous login where the top is
# writable. Uploads go to pub/in.

# in_pub COMMAND...: while pub is open
in_pub() {
	local rc
	chmod 755 "$work/pub"
	"$@"
	rc=$?
	chmod 555 "$work/pub"
	return "$rc"
}

# Bytes that no transfer mode can shrink, the same in every run; fails when they find no room.
noise() (
	set +o pipefail # openssl is cut off, which is not a failure
	openssl enc -aes-128-ctr -K 00112233445566778899aabbccddeeff -iv 00 -in /dev/zero \
		2>/dev/null | head -c "$1"
)

need_file() {
	[ ! -s "$work/pub/$1" ] || return 0
	in_pub touch "$work/pub/$1"
	noise "$2" >"$work/pub/$1" && return 0
	: >"$work/pub/$1"
	say "$current: $2 bytes do not fit into $tmp: set BENCH_TMP to a tmpfs with 3 GiB"
	return 1
}

# need_tree NAME FOLDERS FILES: FILES files of 1 KiB in each of FOLDERS folders (0: in NAME itself)
need_tree() {
	local name=$1 folders=$2 files=$3 top=$work/pub/$1 d
	[ ! -d "$top" ] || return 0
	in_pub mkdir "$top"
	noise $(((folders ? folders : 1) * files * 1024)) >"$work/noise"
	if [ "$folders" = 0 ]; then
		split -b 1024 -a 4 -d "$work/noise" "$top/file"
	else
		split -b $((files * 1024)) -a 3 -d "$work/noise" "$work/part"
		for ((d = 0; d < folders; d++)); do
			name=$(printf %03d "$d")
			mkdir "$top/dir$name"
			split -b 1024 -a 4 -d "$work/part$name" "$top/dir$name/file"
			rm "$work/part$name"
		done
	fi
	rm "$work/noise"
}

# ---- servers, started when a case first wants them ----

declare -A port

# serve NAME: starts PLAIN or TLS (FTP), LONG (FTP behind the wire), HPA or ATFTPD, and leaves its
# port in port[NAME]. A server that did not start is not tried again.
serve() {
	local var=${1}_PORT pid=${1}_PID
	if [ -z "${port[$1]+tried}" ]; then
		port[$1]=
		[ -n "${SERVERS_DIR-}" ] || return 1
		in_pub start "$1" && port[$1]=${!var}
		[[ ! -v $pid ]] || ! pinned || taskset -acp 0 "${!pid}" >/dev/null
	fi
	[ -n "${port[$1]}" ]
}

# Is the current case one that is pinned?
pinned() {
	case ${BENCH_PIN:-tftp}-$current in all-* | tftp-tftp-*) ;; *) return 1 ;; esac
}

start() {
	local all=(root="$work/pub" write=yes)
	local quiet=(conf=xferlog_enable=NO conf=log_ftp_protocol=NO)
	case $1-${BENCH_FTPD:-vsftpd} in
	PLAIN-proftpd) server_proftpd PLAIN "${all[@]}" ;;
	PLAIN-*) server_vsftpd PLAIN "${all[@]}" "${quiet[@]}" ;;
	TLS-*) server_vsftpd TLS "${all[@]}" "${quiet[@]}" tls=explicit force_tls=yes reuse=yes ;;
	HPA-*) server_tftpd HPA "${all[@]}" ;;
	ATFTPD-*) server_atftpd ATFTPD "${all[@]}" ;;
	SSH-* | LONGSSH-*) start_ssh "$1" ;;
	LONG-*)
		# By a shell on the other side; it leaves a record of it where servers_stop looks.
		# shellcheck disable=SC2016,SC2034,SC2154
		LONG_PORT=$("${netns_in_server[@]}" bash -c '. "$0" && server_vsftpd LONG "$@" &&
			echo "$LONG_PORT"' "$here/../lib/servers.sh" "${all[@]}" "${quiet[@]}" \
			"address=$NETNS_SERVER")
		;;
	esac
}

# ---- one case: tools, rounds, rows ----

current=
labels=()
commands=()
inside=() # in front of every command: another namespace, a core
repeat=1
last_second=1000000000
want=
absent=
failed=0

# tool LABEL COMMAND...: takes part in the race that follows, if it is there
tool() {
	local label=$1
	shift
	if [ -n "${BENCH_TOOLS-}" ]; then
		case " $BENCH_TOOLS " in
		*" ${label%%[ -]*} "* | *" $label "*) ;;
		*) return 0 ;;
		esac
	fi
	if ! command -v "$1" >/dev/null; then
		[ "$absent" = "$1" ] || say "$current: $1 is not there"
		absent=$1
		[ "$1" != "$netkit" ] || failed=1
		return 0
	fi
	labels+=("$label")
	commands+=("$(printf '%q ' "$@")")
}

# What a case redefines by each_time: before makes room for one run, after says whether the run did
# its work.
before() {
	:
}

after() {
	:
}

# one_run LABEL COMMAND: succeeds when the run counts, and adds it to what the report reads.
one_run() {
	local dir=$work/runs/$current rc argv
	eval "argv=($2)"
	before "$1"
	: >"$dir/last"
	"${inside[@]}" "$work/measure" -n "$repeat" -t "${BENCH_TIMEOUT:-120}" -o "$dir/last" -- \
		"${argv[@]}" </dev/null >"$work/log/client" 2>&1 &
	running=$!
	wait "$running"
	rc=$?
	running=
	if [ "$rc" != 0 ]; then
		say "$current: $1: exit status $rc: $(tail -n 1 "$work/log/client")"
		return 1
	fi
	if ! after "$1" >"$work/log/after" 2>&1; then
		say "$current: $1: exit status 0, but the result is wrong:" \
			"$(head -n 1 "$work/log/after") $(tail -n 1 "$work/log/client")"
		return 1
	fi
	sed "s/^/$1\t/" "$dir/last" >>"$dir/runs"
}

# race ROUNDS: every tool in turn, so often, another one first in each round. After two failures in
# a row a tool is out of the case.
race() {
	local dir=$work/runs/$current n=${#labels[@]} r t i misses=() runs
	[ "$n" -gt 0 ] || return 0
	mkdir "$dir" || return 1
	printf '%s\n' "${labels[@]}" >"$dir/runs"
	for ((r = 0; r < $1 && SECONDS < last_second; r++)); do
		for ((t = 0; t < n; t++)); do
			i=$(((r + t) % n))
			[ "${misses[i]-0}" -lt 2 ] || continue
			if one_run "${labels[i]}" "${commands[i]}"; then
				misses[i]=0
			else
				misses[i]=$((${misses[i]-0} + 1))
				[[ ${labels[i]} != netkit* ]] || failed=1
			fi
		done
	done
	runs=$((r * repeat))
	# shellcheck disable=SC2046	# four words
	set -- $(bound_of "$current")
	awk -v "name=$current" -v "runs=$runs" -v "tsv=$work/table" -v "ref=$1" -v "wall=$2" \
		-v "cpu=$3" -v "peak=$4" -f "$here/report.awk" "$dir/runs" || failed=1
}

# ---- the cases ----

lftp_set='set net:max-retries 2; set net:timeout 20; set cmd:fail-exit yes;'

# What the next run fetches goes to $work/out, what it stores to $work/pub/in/put.
fresh() {
	rm -rf "$work/out" "$work/pub/in/put"
}

fresh_folder() {
	fresh
	mkdir "$work/out"
}

same_file() {
	cmp "$work/pub/$want" "$work/out"
}

stored_file() {
	local i
	# The server may still be closing the file when a client leaves.
	for ((i = 0; i < 20; i++)); do
		cmp -s "$work/pub/$want" "$work/pub/in/put" && return 0
		sleep 0.05
	done
	cmp "$work/pub/$want" "$work/pub/in/put"
}

# Tools differ in whether the folder itself is made below the target.
same_tree() {
	local got=$work/out
	[ ! -d "$got/$want" ] || got=$got/$want
	diff -rq "$work/pub/$want" "$got"
}

# each_time BEFORE AFTER: two commands, which see the label of the tool as $1
# shellcheck disable=SC2016
each_time() {
	eval "before() { $1; }; after() { $2; }"
}

case_startup() {
	each_time : :
	repeat=40
	tool true "$(type -P true)"
	tool busybox busybox true
	tool tftp-hpa tftp -V
	tool lftp lftp --version
	tool curl curl --version
	tool 'netkit --help' "$netkit" --help
	tool 'netkit tftp --help' "$netkit" tftp --help
	tool 'netkit __complete' "$netkit" __complete netkit tftp --
	race "$rounds"
}

# big SERVER get|put: 1 GiB, by TLS where the server is TLS
big() {
	local url lftp=$lftp_set curl=(curl -sS) ours=("$netkit" "$2" --progress=none)
	need_file big $((1 << 30)) || return 1
	serve "$1" || return 1
	if [ "$1" = TLS ]; then
		lftp+="set ssl:ca-file $CERTS/ca.pem; set ftp:ssl-force yes;"
		lftp+='set ftp:ssl-protect-data yes; set ftp:ssl-allow-anonymous yes;'
		curl+=(--ssl-reqd --cacert "$CERTS/ca.pem")
		ours+=(--tls=required "--ca=$CERTS/ca.pem")
	fi
	want=big url=ftp://127.0.0.1:${port[$1]}
	if [ "$2" = get ]; then
		each_time fresh same_file
		tool curl "${curl[@]}" -o "$work/out" "$url/big"
		tool lftp lftp -c "$lftp get $url/big -o $work/out"
		tool netkit "${ours[@]}" "$url/big" "$work/out"
	else
		each_time fresh stored_file
		tool curl "${curl[@]}" -T "$work/pub/big" "$url/in/put"
		tool lftp lftp -c "$lftp open $url; put $work/pub/big -o in/put"
		tool netkit "${ours[@]}" "$work/pub/big" "$url/in/put"
	fi
	race "$rounds"
}

case_ftp_get_1g() {
	big PLAIN get
}

case_ftp_put_1g() {
	big PLAIN put
}

case_ftps_get_1g() {
	big TLS get
}

case_ftps_put_1g() {
	big TLS put
}

# tree_get NAME: a tree by eight connections
tree_get() {
	local url
	serve PLAIN || return 1
	want=$1 url=ftp://127.0.0.1:${port[PLAIN]}
	each_time fresh_folder same_tree
	tool lftp-P8 lftp -c "$lftp_set open $url; mirror -P8 $want $work/out"
	tool netkit "$netkit" get --recursive --jobs=8 "$url/$want" "$work/out" --progress=none
	race "$rounds"
}

case_ftp_tree() {
	need_tree tree 0 2000
	tree_get tree
}

case_ftp_tree_dirs() {
	need_tree dirs 20 100
	tree_get dirs
}

case_ftp_tree_j1() {
	local url
	need_tree tree 0 2000
	serve PLAIN || return 1
	want=tree url=ftp://127.0.0.1:${port[PLAIN]}
	each_time fresh_folder same_tree
	tool lftp-P1 lftp -c "$lftp_set open $url; mirror -P1 tree $work/out"
	tool ncftpget ncftpget -V -R -P "${port[PLAIN]}" 127.0.0.1 "$work/out" /tree
	tool wget wget -q -r -l inf -nH -P "$work/out" "$url/tree/"
	tool netkit "$netkit" get --recursive --jobs=1 "$url/tree" "$work/out" --progress=none
	race "$rounds"
}

# The wire is one for the run: two namespaces, a server in one, every client in the other.
long_wire() {
	local why
	if why=$(netns_missing); then
		say "$current: skipped: $why"
		return 1
	fi
	# shellcheck disable=SC2154 # from netns.sh
	[ ${#netns_in_client[@]} -gt 0 ] || netns_up "$work/delay" 25 || return 1
	inside=("${netns_in_client[@]}" "${inside[@]}")
}

case_ftp_tree_50ms() {
	local url file
	need_tree few 0 200
	long_wire || return 1
	serve LONG || return 1
	want=few url=ftp://$NETNS_SERVER:${port[LONG]}
	for file in "$work"/pub/few/*; do
		printf 'url="%s"\noutput="%s"\n' "$url/few/${file##*/}" "$work/out/${file##*/}"
	done >"$work/list"
	each_time fresh_folder same_tree
	tool curl-Z8 curl -sS -Z --parallel-max 8 -K "$work/list"
	tool rclone rclone --config /dev/null --transfers 8 copy \
		":ftp,host=$NETNS_SERVER,port=${port[LONG]},user=anonymous,pass=$(
			rclone obscure anonymous 2>/dev/null
		):few" "$work/out"
	tool lftp-P8 lftp -c "$lftp_set open $url; mirror -P8 few $work/out"
	tool netkit "$netkit" get --recursive --jobs=8 --tls=off "$url/few" "$work/out" \
		--progress=none
	race "$few_rounds"
	netns_lost >/dev/null || say "$current: the kernel dropped $(netns_lost) packets"
}

# tftp_32m SERVER get|put: 32 MiB, each tool as it comes
tftp_32m() {
	local p url
	need_file 32m $((32 << 20)) || return 1
	serve "$1" || return 1
	want=32m p=${port[$1]} url=tftp://127.0.0.1:${port[$1]}
	if [ "$2" = get ]; then
		each_time fresh same_file
		tool tftp-hpa tftp -m binary 127.0.0.1 "$p" -c get 32m "$work/out"
		tool curl curl -sS -o "$work/out" "$url/32m"
		tool atftp atftp -g -r 32m -l "$work/out" 127.0.0.1 "$p"
		tool busybox busybox tftp -g -r 32m -l "$work/out" 127.0.0.1 "$p"
		tool netkit "$netkit" get "$url/32m" "$work/out" --progress=none
	else
		each_time fresh stored_file
		tool tftp-hpa tftp -m binary 127.0.0.1 "$p" -c put "$work/pub/32m" in/put
		tool curl curl -sS -T "$work/pub/32m" "$url/in/put"
		tool atftp atftp -p -l "$work/pub/32m" -r in/put 127.0.0.1 "$p"
		tool busybox busybox tftp -p -l "$work/pub/32m" -r in/put 127.0.0.1 "$p"
		tool netkit "$netkit" put "$work/pub/32m" "$url/in/put" --progress=none
	fi
	race "$few_rounds"
}

# tftp_1428 SERVER WINDOW get|put: equal options; only atftp and netkit know a window
tftp_1428() {
	local p url from to curl=(curl -sS --tftp-blksize 1428)
	local atftp=(atftp --option 'blksize 1428') busybox=(busybox tftp -b 1428)
	need_file 32m $((32 << 20)) || return 1
	serve "$1" || return 1
	want=32m p=${port[$1]} url=tftp://127.0.0.1:${port[$1]}
	[ "$2" = 1 ] || atftp+=(--option "windowsize $2")
	if [ "$3" = get ]; then
		each_time fresh same_file
		from=$url/32m to=$work/out
		curl+=(-o "$to" "$from")
		atftp+=(-g -r 32m -l "$to" 127.0.0.1 "$p")
		busybox+=(-g -r 32m -l "$to" 127.0.0.1 "$p")
	else
		each_time fresh stored_file
		from=$work/pub/32m to=$url/in/put
		curl+=(-T "$from" "$to")
		atftp+=(-p -l "$from" -r in/put 127.0.0.1 "$p")
		busybox+=(-p -l "$from" -r in/put 127.0.0.1 "$p")
	fi
	[ "$2" != 1 ] || tool curl "${curl[@]}"
	tool atftp "${atftp[@]}"
	[ "$2" != 1 ] || tool busybox "${busybox[@]}"
	tool netkit "$netkit" "$3" --blksize=1428 "--windowsize=$2" "$from" "$to" --progress=none
	race "$rounds"
}

case_tftp_get_32m() {
	tftp_32m "$tftpd" get
}

case_tftp_put_32m() {
	tftp_32m "$tftpd" put
}

case_tftp_1428_get() {
	tftp_1428 HPA 1 get
}

case_tftp_1428_put() {
	tftp_1428 HPA 1 put
}

case_tftp_1428_w64_get() {
	tftp_1428 ATFTPD 64 get
}

case_tftp_1428_w64_put() {
	tftp_1428 ATFTPD 64 put
}

# A folder of 200,000 empty files: listed, and walked without copying. Only the peak has a bound.
case_memory() {
	local url
	if [ ! -d "$work/pub/many" ]; then
		in_pub mkdir "$work/pub/many"
		(cd "$work/pub/many" && seq -f 'entry%06.0f' 200000 | xargs touch)
	fi
	serve PLAIN || return 1
	url=ftp://127.0.0.1:${port[PLAIN]}
	all_named() {
		case $1 in *dry-run) return 0 ;; esac
		[ "$(grep -c entry "$work/log/client")" = 200000 ]
	}
	# shellcheck disable=SC2016
	each_time fresh 'all_named "$1"'
	tool curl curl -sS "$url/many/"
	tool lftp-cls lftp -c "$lftp_set open $url; cls -1 many"
	tool 'netkit ls' "$netkit" ls "$url/many/"
	tool 'netkit get --dry-run' "$netkit" get --recursive --dry-run "$url/many" "$work/out" \
		--progress=none
	race "$few_rounds"
}

# Not in the default run: one thing after another until the time is over; anything wrong is said.
case_soak() {
	local end=$((SECONDS + ${BENCH_SOAK:-60})) url p
	need_tree dirs 20 100
	need_file 32m $((32 << 20)) || return 1
	serve PLAIN && serve HPA || return 1
	url=ftp://127.0.0.1:${port[PLAIN]} p=${port[HPA]}
	as_expected() {
		case $1 in
		*tree) want=dirs same_tree ;;
		*put*) want=32m stored_file ;;
		*) want=32m same_file ;;
		esac
	}
	# shellcheck disable=SC2016
	each_time 'fresh; case $1 in *tree) mkdir "$work/out" ;; esac' 'as_expected "$1"'
	tool 'curl get' curl -sS -o "$work/out" "$url/32m"
	tool 'curl put' curl -sS -T "$work/pub/32m" "$url/in/put"
	tool 'netkit tree' "$netkit" get --recursive --jobs=8 "$url/dirs" "$work/out" \
		--progress=none
	tool 'netkit get' "$netkit" get "$url/32m" "$work/out" --progress=none
	tool 'netkit put' "$netkit" put "$work/pub/32m" "$url/in/put" --progress=none
	tool 'netkit tftp get' "$netkit" get "tftp://127.0.0.1:$p/32m" "$work/out" --progress=none
	tool 'netkit tftp put' "$netkit" put "$work/pub/32m" "tftp://127.0.0.1:$p/in/put" \
		--progress=none
	last_second=$end
	race 1000000
}

# ---- which cases ----

chosen=()

choose() {
	local arg c found several
	if [ $# = 0 ]; then
		chosen=("${cases[@]}")
		unset 'chosen[-1]' # soak
		return
	fi
	for arg; do
		found=
		several=()
		for c in "${cases[@]}"; do
			[ "$c" != "$arg" ] || found=$c
		done
		for c in "${cases[@]}"; do
			[[ -n $found || $c != "$arg"-* ]] || several+=("$c")
		done
		chosen+=(${found:+"$found"} "${several[@]}")
		if [ -z "$found${several[*]}" ]; then
			say "no case $arg; there are: ${cases[*]}"
			exit 2
		fi
	done
}

main() {
	case ${1-} in
	--list)
		printf '%s\n' "${cases[@]}"
		return 0
		;;
	-*)
		sed -n '2,/^# shellcheck/{/^# shellcheck/!p}' "${BASH_SOURCE[0]}"
		return 2
		;;
	esac
	choose "$@"
	make_work
	for current in "${chosen[@]}"; do
		labels=()
		commands=()
		absent=
		inside=()
		! pinned || inside=(taskset -c "$(($(nproc) - 1))")
		repeat=1
		last_second=1000000000
		"case_${current//-/_}" || say "$current: not run"
	done
	if [ -n "${BENCH_OUT-}" ]; then
		{
			printf '%s\t' case tool wall_s fastest_s cpu_s peak_mib runs x_wall x_cpu
			echo verdict
			cat "$work/table"
		} >"$BENCH_OUT" || failed=1
	fi
	return "$failed"
}

main "$@"; exit # one line: bash reads no further, should this file be replaced meanwhile
