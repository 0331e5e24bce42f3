#!/usr/bin/env bats
# Completion: the candidates, and the committed scripts.

load ../lib/setup

setup() {
	clean_environment
	PATH=${NETKIT%/*}:$PATH
}

# The names offered for these words.
offered() {
	netkit __complete "$@" | cut -f1 | tr '\n' ' '
}

@test "the committed scripts are those of the tables" {
	local folder=$BATS_TEST_DIRNAME/../../completions
	diff -u "$folder/netkit.bash" <(netkit completion bash)
	diff -u "$folder/_netkit" <(netkit completion zsh)
	diff -u "$folder/netkit.fish" <(netkit completion fish)
}

@test "applets, verbs and words come first" {
	[[ $(offered netkit f) == "ftp find " ]]
	[[ $(offered netkit comp) == "completion " ]]
	[[ $(offered netkit --li) == *"--list "* ]]
	[[ $(offered netkit help rm) == "rm rmdir " ]]
	[[ $(offered netkit completion "") == "bash zsh fish " ]]
}

@test "an applet offers the verbs that it has" {
	[[ $(offered netkit ftp ch) == "chmod " ]]
	[[ $(offered netkit tftp ch) == "" ]]
	[[ $(offered /usr/bin/ftp ch) == "chmod " ]]
	[[ $(offered netkit --json ftp ch) == "chmod " ]]
}

@test "options with a value end in an equals sign" {
	[[ $(offered netkit ftp get --ver) == "--verify= --verbose --version " ]]
	[[ $(offered netkit get --netr) == "--netrc " ]]
}

@test "the words of an option are offered in both forms" {
	[[ $(offered netkit ftp get --tls=r) == "--tls=required " ]]
	[[ $(offered netkit ftp get --tls "") == "try required off implicit " ]]
	[[ $(netkit __complete netkit ftp get --ca=/e) == $'\tfiles\t5' ]]
	[[ $(netkit __complete netkit ftp get --ca /e) == $'\tfiles\t0' ]]
}

@test "only groups that make sense are offered" {
	[[ $(offered netkit tftp get --tls) == "" ]]
	[[ $(offered netkit daytime --rec) == "" ]]
}

@test "files are left to the shell" {
	[[ $(netkit __complete netkit put a) == $'\tfiles\t0' ]]
	[[ $(netkit __complete netkit ftp get ftp://h/ d) == $'\tfiles\t0' ]]
	[[ $(netkit __complete netkit cp ./a:b) == $'\tfiles\t0' ]]
	[[ $(netkit __complete scp -i x) == $'\tfiles\t0' ]]
	[[ $(netkit __complete scp -ix) == $'\tfiles\t2' ]]
	[[ -z $(netkit __complete netkit ls a) ]]
}

@test "schemes that the verb can be about" {
	[[ $(offered netkit ls s) == "scp:// sftp:// " ]]
	[[ $(offered netkit ftp ls "") == "ftp:// ftps:// " ]]
	[[ $(offered netkit ls t) == "" ]]
	[[ $(offered netkit get t) == "tftp:// " ]]
	[[ $(netkit __complete netkit ls ftp:) == $'ftp://\tmove files over FTP and FTPS\t+' ]]
}

@test "letters of classic forms" {
	[[ $(netkit __complete scp -P) == *$'-P\tthe server\'s port'* ]]
	[[ $(offered scp -) == *"-r "*"--recursive "* ]]
	[[ $(offered netkit sftp get -b) == "" ]]
}

@test "modes, and words of netkit itself" {
	[[ $(offered netkit chmod go-) == "go-w go-rwx " ]]
	[[ $(offered netkit help ftp) == "ftp " ]]
	[[ $(offered netkit completion bash "") == "" ]]
}

@test "what follows is said by the word before" {
	[[ $(offered netkit trust "") == "list add rm " ]]
	[[ $(offered netkit trust add sf) == "sftp:// " && -z $(offered netkit trust lis x) ]]
	[[ $(offered netkit config "") == "show check path " && -z $(offered netkit config check "") ]]
	printf '[profile near]\nurl = ftp://h/\n' >config
	[[ $(offered netkit config show --config=config @) == "@near/ " ]]
	[[ $(offered netkit help ftp l) == "ls " && -z $(offered netkit help ls "") ]]
	[[ $(netkit __complete netkit help man "") == $'\tfiles\t'* ]]
}

@test "whatever is asked, the answer is some lines or none" {
	local words
	while IFS= read -r words; do
		# shellcheck disable=SC2086
		NETKIT_COMPLETE_REMOTE=0 netkit __complete $words >out
		! grep -vP '^[^\t]+\t[^\t]*(\t\+)?$|^\tfiles\t\d+$' out
	done <<-END

		netkit
		netkit --
		netkit -- -
		netkit nosuch thing
		netkit ftp ls ftp://
		netkit ftp ls ftp://@
		netkit ftp ls ftp://h:/
		netkit ftp ls ftp://[::1
		netkit ftp ls nosuch://h/
		netkit ls ://
		netkit sftp ls :
		netkit sftp ls [::1]:
		netkit sftp ls a@b@c:
		netkit mv nothing x
		netkit mv ftp:// x
		netkit ftp --tls=
		netkit ftp --nosuch=
		netkit ls --user
		scp -P
		/usr/bin/scp -Px
	END
	netkit __complete
}

@test "candidates have a description" {
	[[ $(netkit __complete netkit dayt) == $'daytime\task a host for the time' ]]
}

@test "bash completes words that it splits at = and :" {
	compopt() { :; }
	# shellcheck source=/dev/null
	source "$BATS_TEST_DIRNAME/../../completions/netkit.bash"
	COMP_LINE="netkit ftp get ftp://h/f --tls=re" COMP_POINT=${#COMP_LINE}
	_netkit netkit re =
	[[ ${COMPREPLY[*]} == required ]]
}

@test "fish completes" {
	run fish -c "source $BATS_TEST_DIRNAME/../../completions/netkit.fish; complete -C 'netkit ftp get --tls=re'"
	[[ $output == "--tls=required"* ]]
}

@test "zsh takes the script" {
	zsh -n "$BATS_TEST_DIRNAME/../../completions/_netkit"
}
