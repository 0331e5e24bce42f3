# netkit completion for fish, made by "netkit completion fish".
function __netkit_complete
	set -l words (commandline -opc) "$(commandline -ct)"
	set -l candidates (netkit __complete $words 2>/dev/null)
	if test (count $candidates) -gt 0
		printf '%s\n' $candidates
	else
		__fish_complete_path (commandline -ct)
	end
end
complete -c netkit -f -a '(__netkit_complete)'
