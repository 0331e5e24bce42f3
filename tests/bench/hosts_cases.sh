# shellcheck shell=bash
# hosts_cases.sh - one command for many hosts; bench.sh sources this.
# shellcheck disable=SC2154,SC2034 # the variables are bench.sh's
# shellcheck disable=SC2317 # functions called by name

hosts_cases=(hosts-200)

hosts_bound_of() {
	case $1 in
	hosts-200) echo xargs 0.5 - 16 ;;
	esac
}

# A file from each of 200 hosts, which are names of one server here.
same_from_all() {
	local host
	while read -r host; do
		cmp "$work/pub/$want" "$work/out/$host" || return 1
	done <"$work/hosts"
}

case_hosts_200() {
	local p resolved
	need_file small 1024 || return 1
	serve PLAIN || return 1
	p=${port[PLAIN]}
	seq -f "host%g:$p" 200 >"$work/hosts"
	mapfile -t resolved < <(sed 's/.*/--resolve=&:127.0.0.1/' "$work/hosts")
	want=small
	each_time fresh_folder same_from_all
	tool xargs xargs -a "$work/hosts" -P 16 -I{} curl -sS --resolve '{}:127.0.0.1' -o "$work/out/{}" \
		'ftp://{}/small'
	tool netkit "$netkit" get --quiet --jobs=16 "--hosts=$work/hosts" "${resolved[@]}" \
		'ftp://{}/small' "$work/out/{}"
	race "$rounds"
}
