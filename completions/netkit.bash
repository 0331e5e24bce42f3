# netkit completion for bash, made by "netkit completion bash".

# The line up to the cursor: words without their quotes, the quote that is open there, how much
# of the last word stands before what bash replaces, and whether that is where output goes.
_netkit_split() {
	local line=${COMP_LINE:0:COMP_POINT} c i begun='' from
	from=$((${#line} - ${#1}))
	words=('') quote='' skip=0 redirected=''
	for ((i = 0; i <= ${#line}; i++)); do
		((i != from)) || skip=${#words[-1]}
		c=${line:i:1}
		if [[ $quote == "'" && $c != "'" ]]; then
			words[-1]+=$c
		elif [[ $c == \\ && (-z $quote || ${line:i+1:1} == [\$\`\"\\]) ]]; then
			words[-1]+=${line:i+1:1} begun=1 i=$((i + 1))
		elif [[ -n $quote && $c == "$quote" ]]; then
			quote=''
		elif [[ -n $quote ]]; then
			words[-1]+=$c
		elif [[ $c == [\"\'] ]]; then
			quote=$c begun=1
		elif [[ $c == [[:blank:]] ]]; then
			[[ -z $begun || -n $redirected ]] || words+=('')
			[[ -z $begun || -z $redirected ]] || words[-1]='' redirected=''
			begun=''
		elif [[ $c == [\<\>] ]]; then
			[[ -z ${words[-1]//[0-9]/} ]] && words[-1]='' || words+=('')
			redirected=1 begun=''
		elif [[ -n $c ]]; then
			words[-1]+=$c begun=1
		fi
	done
	while ((${#words[@]} > 1)) && [[ ${words[0]} == [[:alpha:]_]*=* ]]; do
		words=("${words[@]:1}")
	done
}

# Add a word to COMPREPLY as it has to stand on the line.
_netkit_add() {
	local text=${1:skip}
	case $quote in
	\') text=${text//\'/"'\''"} ;;
	\")
		text=${text//\\/\\\\} text=${text//\$/\\\$}
		text=${text//\`/\\\`} text=${text//\"/\\\"}
		;;
	*) [[ -z $text ]] || printf -v text %q "$text" ;;
	esac
	# "~/" has a meaning only without a quote.
	[[ $1 != '~'* || -n $quote || $2 != file || skip -ne 0 ]] || text=${text#\\}
	COMPREPLY+=("$text")
}

_netkit() {
	local words quote skip redirected line last files='' open='' path
	_netkit_split "$2"
	last=${words[-1]}
	COMPREPLY=()
	if [[ -n $redirected ]]; then
		files=0
	else
		while IFS= read -r line; do
			if [[ $line == $'\tfiles\t'* ]]; then
				files=${line##*$'\t'}
			else
				_netkit_add "${line%%$'\t'*}" ''
				[[ $line == *$'\t+' ]] && open=1 || open=''
			fi
		done < <(netkit __complete "${words[@]}" 2>/dev/null)
	fi
	if [[ -n $files ]]; then
		while IFS= read -r path; do
			open=''
			[[ ! -d ${path/#'~/'/"$HOME/"} ]] || open=/
			_netkit_add "${last:0:files}$path$open" file
		done < <(compgen -f -- "${last:files}")
	fi
	if ((${#COMPREPLY[@]} == 1)) && [[ -n $open ]]; then
		compopt -o nospace
	fi
}
complete -o bashdefault -F _netkit netkit
# The applets, where these names are links to netkit.
while IFS= read -r _netkit_path; do
	if [[ $_netkit_path == */netkit ]]; then
		_netkit_program=$_netkit_path
	elif [[ $_netkit_path -ef ${_netkit_program-} ]]; then
		complete -o bashdefault -F _netkit "${_netkit_path##*/}"
	fi
done < <(type -P netkit daytime ftp scp sftp tftp)
unset _netkit_path _netkit_program
