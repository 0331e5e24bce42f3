# shellcheck shell=bash
# shells.bash - bash, zsh and fish on terminals of their own (tmux), with netkit's completion loaded.
#
# shellcheck disable=SC2016 # what the shells expand
#
# In them netkit is a function: "netkit __complete" is the program, and every other call writes its
# words, one a line, to the file $TYPED. What a TAB made of a line is seen by running it. $COMMANDS are
# the names that stand for netkit (netkit).

SHELLS=(bash zsh fish)
SHELL_PROMPT='ready>'

# shell_tmux WORD...: the tmux of this test alone.
shell_tmux() {
	tmux -S "$BATS_TEST_TMPDIR/tmux" -f /dev/null "$@"
}

# shell_rc SHELL: what it reads when it starts; $RC_BEFORE and $RC_AFTER are lines for it.
shell_rc() {
	printf '%s\n' "${RC_BEFORE-}"
	case $1 in
	bash)
		printf "PS1='%s '\n" "$SHELL_PROMPT"
		printf '%s\n' 'source <(command netkit completion bash)' \
			'bind "set bell-style none"' 'bind "set show-all-if-ambiguous on"' \
			'bind "set page-completions off"' 'bind "set completion-query-items -1"'
		;;
	zsh)
		printf "PS1='%s '\n" "$SHELL_PROMPT"
		printf '%s\n' 'autoload -Uz compinit' 'compinit -u -d "$HOME/zcompdump"' \
			'LISTMAX=10000' 'unsetopt beep' 'setopt interactivecomments'
		[[ -n ${FROM_FOLDER-} ]] || echo 'source <(command netkit completion zsh)'
		;;
	fish)
		printf "function fish_prompt; printf '%s '; end\n" "$SHELL_PROMPT"
		printf '%s\n' 'set fish_greeting' 'set -g fish_autosuggestion_enabled 0' \
			'command netkit completion fish | source'
		;;
	esac
	printf '%s\n' "${RC_AFTER-}"
	local name
	for name in ${COMMANDS:-netkit}; do
		shell_stand_in "$1" "$name"
	done
}

# shell_stand_in SHELL NAME: the function that takes the program's place.
shell_stand_in() {
	if [[ $1 == fish ]]; then
		cat <<-END
			function $2
				if test "\$argv[1]" = __complete
					command $2 \$argv
				else
					printf '%s\n' \$argv >\$TYPED.new
					command mv \$TYPED.new \$TYPED
				end
			end
		END
	else
		cat <<-END
			$2() {
				if [ "\$1" = __complete ]; then
					command $2 "\$@"
				else
					printf '%s\n' "\$@" >"\$TYPED.new"
					command mv "\$TYPED.new" "\$TYPED"
				fi
			}
		END
	fi
}

# shell_open SHELL: start it, and wait until it asks for a command.
shell_open() {
	local command=() rc=$BATS_TEST_TMPDIR/rc
	export TYPED=$BATS_TEST_TMPDIR/typed
	mkdir -p "$rc"
	case $1 in
	bash) command=(bash --noprofile --rcfile "$rc/bash" -i) ;;
	zsh) command=(env "ZDOTDIR=$rc" zsh -i) ;;
	fish) command=(fish --no-config --init-command "source $rc/fish" -i) ;;
	esac
	shell_rc "$1" >"$rc/$1"
	cp "$rc/$1" "$rc/.zshrc"
	shell_tmux new-session -d -x 160 -y 50 "${command[@]}" 3>&- 4>&-
	await shell_shows "$SHELL_PROMPT"
}

# shell_screen: all that it shows.
shell_screen() {
	shell_tmux capture-pane -p
}

# shell_shows TEXT: is it on the screen?
shell_shows() {
	[[ $(shell_screen) == *"$1"* ]]
}

# shell_keys TEXT [KEY...]: type the text as it is, then the keys, as tmux names them.
shell_keys() {
	shell_tmux send-keys -l -- "$1"
	shift
	(($# == 0)) || shell_tmux send-keys "$@"
}

# types TEXT WORD...: TEXT and a TAB, then Return: netkit is called with these words.
types() {
	local text=$1
	shift
	rm -f "$TYPED"
	shell_keys "$text" Tab Enter
	await test -e "$TYPED" || {
		shell_screen
		return 1
	}
	diff <(printf '%s\n' "$@") "$TYPED" || {
		printf 'typed: %s\n' "$text"
		shell_screen
		return 1
	}
}

shell_close() {
	shell_tmux kill-server 2>/dev/null || true
}

# in_each_shell FUNCTION ARG...
in_each_shell() {
	local shell
	for shell in "${SHELLS[@]}"; do
		echo "in $shell" # shown when the test fails
		shell_open "$shell"
		"$@"
		shell_close
		await shell_is_gone
	done
}

shell_is_gone() {
	! shell_tmux has-session 2>/dev/null
}
