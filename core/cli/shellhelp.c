/* shellhelp.c - what the prompt says of its commands. */
#include "help.h"
#include "shell.h"

static const struct nk_command *named(const struct nk_shell *shell, const char *name)
{
	const struct nk_command *command = shell->commands;

	while (command->name && strcmp(command->name, name) != 0)
		command++;
	return command->name ? command : NULL;
}

/* What a verb takes, in the words of a prompt: paths there, no URLs. A new string. */
static char *operands_here(const struct nk_verb *verb)
{
	const char *url = strstr(verb->operands, "URL");

	if (!url)
		return nk_strdup(verb->operands);
	return nk_format("%.*sREMOTE%s", (int)(url - verb->operands), verb->operands,
			 url + strlen("URL"));
}

static int print_all(struct nk_shell *shell, struct nk_err *err)
{
	struct nk_out *out = shell->ctx->out;

	for (const struct nk_command *command = shell->commands; command->name; command++) {
		const struct nk_command_row row = { command->name, command->arguments,
						    command->summary };

		if (nk_out_put(out, &nk_command_record, &row, err) < 0)
			return -1;
	}
	for (const struct nk_verb *verb = shell->ctx->applet->verbs; verb->name; verb++) {
		nk_auto(str) char *operands = operands_here(verb);
		const struct nk_command_row row = { verb->name, operands, verb->summary };

		if (!named(shell, verb->name) && nk_shell_has_verb(shell, verb) &&
		    nk_out_put(out, &nk_command_record, &row, err) < 0)
			return -1;
	}
	return nk_out_flush(out, err);
}

static int print_one(struct nk_shell *shell, const struct nk_meaning *meaning, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(NK_HELP_MAX);
	nk_auto(str) char *operands = meaning->verb ? operands_here(meaning->verb) : NULL;
	const struct nk_command *command = meaning->command;

	if (command)
		nk_help_addf(&text, "usage: %s %s\n%s\n", command->name, command->arguments,
			     command->summary);
	else
		nk_help_addf(&text, "usage: %s [OPTION...] %s\n%s\n", meaning->verb->name, operands,
			     meaning->verb->summary);
	if (meaning->takes && meaning->takes[0] == 'e')
		nk_help_addf(&text, "./NAME and what begins like it is local, the rest remote\n");
	if (meaning->verb)
		nk_help_add_at_prompt(&text, shell->ctx->applet, meaning->verb);
	if (nk_out_flush(shell->ctx->out, err) < 0)
		return -1;
	return nk_help_print(&text, err);
}

int nk_shell_help(struct nk_shell *shell, const char *name, struct nk_err *err)
{
	if (!name)
		return print_all(shell, err);
	const struct nk_meaning meaning = nk_shell_meaning(shell, name);

	if (!meaning.command && !meaning.verb)
		return nk_fail(err, NK_E_USAGE, 0, "no command '%s'; help lists them", name);
	return print_one(shell, &meaning, err);
}
