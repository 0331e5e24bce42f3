/* scripts.c - the shells' completion scripts: they only ask "netkit __complete". */
#include "complete.h"
#include "help.h"

/* "=" and ":" end words for bash: they are put together again, and what bash has counts off. */
static const char bash_script[] =
	"# netkit completion for bash, made by \"netkit completion bash\".\n"
	"_netkit() {\n"
	"\tlocal words=() word cur i lead\n"
	"\tfor ((i = 0; i <= COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\tif ((i > 0)) && [[ $word == [=:]* || ${words[-1]} == *[=:] ]]; then\n"
	"\t\t\twords[-1]+=$word\n"
	"\t\telse\n"
	"\t\t\twords+=(\"$word\")\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tcur=${words[-1]}\n"
	"\tlead=${cur%%\"${cur##*[=:]}\"}\n"
	"\tCOMPREPLY=()\n"
	"\twhile IFS=$'\\t' read -r word _; do\n"
	"\t\tCOMPREPLY+=(\"${word#\"$lead\"}\")\n"
	"\tdone < <(netkit __complete \"${words[@]}\" 2>/dev/null)\n"
	"\tif [[ ${COMPREPLY[*]} == *= ]]; then\n"
	"\t\tcompopt -o nospace\n"
	"\tfi\n"
	"}\n"
	"complete -o bashdefault -o default -F _netkit netkit\n"
	"# The applets, where these names are links to netkit.\n"
	"for _netkit_name in%s; do\n"
	"\tif [[ $(type -P \"$_netkit_name\") -ef $(type -P netkit) ]]; then\n"
	"\t\tcomplete -o bashdefault -o default -F _netkit \"$_netkit_name\"\n"
	"\tfi\n"
	"done\n"
	"unset _netkit_name\n";

static const char zsh_script[] =
	"#compdef netkit\n"
	"# netkit completion for zsh, made by \"netkit completion zsh\".\n"
	"_netkit() {\n"
	"\tlocal -a plain open\n"
	"\tlocal word what\n"
	"\twhile IFS=$'\\t' read -r word what; do\n"
	"\t\tif [[ $word == *= ]]; then\n"
	"\t\t\topen+=(\"${word//:/\\\\:}:$what\")\n"
	"\t\telse\n"
	"\t\t\tplain+=(\"${word//:/\\\\:}:$what\")\n"
	"\t\tfi\n"
	"\tdone < <(netkit __complete \"${(@Q)words[1,CURRENT]}\" 2>/dev/null)\n"
	"\tif (( $#plain + $#open == 0 )); then\n"
	"\t\t_files\n"
	"\telse\n"
	"\t\t_describe netkit plain -- open -S ''\n"
	"\tfi\n"
	"}\n"
	"if [[ $funcstack[1] == _netkit ]]; then\n"
	"\t_netkit \"$@\"\n"
	"else\n"
	"\tcompdef _netkit netkit\n"
	"fi\n";

static const char fish_script[] =
	"# netkit completion for fish, made by \"netkit completion fish\".\n"
	"function __netkit_complete\n"
	"\tset -l words (commandline -opc) \"$(commandline -ct)\"\n"
	"\tset -l candidates (netkit __complete $words 2>/dev/null)\n"
	"\tif test (count $candidates) -gt 0\n"
	"\t\tprintf '%s\\n' $candidates\n"
	"\telse\n"
	"\t\t__fish_complete_path (commandline -ct)\n"
	"\tend\n"
	"end\n"
	"complete -c netkit -f -a '(__netkit_complete)'\n";

int nk_completion_run(const struct nk_applet *const *applets, int argc, char **argv,
		      struct nk_err *err)
{
	const char *shell = argc == 1 ? argv[0] : "";
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_HELP_MAX);
	nk_auto(buf) struct nk_buf names = NK_BUF_INIT(NK_HELP_MAX);

	for (; *applets; applets++)
		nk_help_addf(&names, " %s", (*applets)->name);
	if (strcmp(shell, "bash") == 0)
		nk_help_addf(&out, bash_script, names.data);
	else if (strcmp(shell, "zsh") == 0)
		nk_help_addf(&out, "%s", zsh_script);
	else if (strcmp(shell, "fish") == 0)
		nk_help_addf(&out, "%s", fish_script);
	else
		return nk_fail(err, NK_E_USAGE, 0, "completion takes bash, zsh or fish");
	return nk_help_print(&out, err);
}
