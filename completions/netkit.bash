# netkit completion for bash, made by "netkit completion bash".
_netkit() {
	local words=() word cur i lead
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((i > 0)) && [[ $word == [=:]* || ${words[-1]} == *[=:] ]]; then
			words[-1]+=$word
		else
			words+=("$word")
		fi
	done
	cur=${words[-1]}
	lead=${cur%"${cur##*[=:]}"}
	COMPREPLY=()
	while IFS=$'\t' read -r word _; do
		COMPREPLY+=("${word#"$lead"}")
	done < <(netkit __complete "${words[@]}" 2>/dev/null)
	if [[ ${COMPREPLY[*]} == *= ]]; then
		compopt -o nospace
	fi
}
complete -o bashdefault -o default -F _netkit netkit
# The applets, where these names are links to netkit.
for _netkit_name in daytime ftp scp sftp tftp; do
	if [[ $(type -P "$_netkit_name") -ef $(type -P netkit) ]]; then
		complete -o bashdefault -o default -F _netkit "$_netkit_name"
	fi
done
unset _netkit_name
