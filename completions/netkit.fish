# netkit completion for fish, made by "netkit completion fish".
function __netkit_complete
	set -l raw (commandline -ct)
	# A quote may be open.
	set -l last (string unescape -- "$raw"; or string unescape -- "$raw\""
		or string unescape -- "$raw'")
	set -l tab (printf '\t')
	for line in (netkit __complete (commandline -opc) "$last" 2>/dev/null)
		if not string match -q -- "$tab*" $line
			string replace -r -- "$tab\\+\$" '' $line
			continue
		end
		set -l at (string split -- $tab $line)[3]
		set -l path (string sub -s (math $at + 1) -- "$last" | string escape -n)
		set -l path (string replace -r -- '^\\\\~' '~' "$path")
		for file in (complete -C "'' $path")
			echo (string sub -l $at -- "$last")$file
		end
	end
end
complete -c netkit -f -a '(__netkit_complete)'
# The applets, where these names are links to netkit.
for name in daytime ftp scp sftp tftp
	if command -q $name; and command test (command -s $name) -ef (command -s netkit)
		complete -c $name -e
		complete -c $name -f -a '(__netkit_complete)'
	end
end
