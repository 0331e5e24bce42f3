/* man.c - the manual pages, made from the same tables as help (groff's man macros). */
#include "man.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fsverbs.h"
#include "groups.h"

/* When what these pages say last changed otherwise than by the tables. */
#define MAN_DATE "2026-11-28"

void nk_man_add_text(struct nk_buf *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		nk_help_addf(out, "\\&");
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			nk_help_addf(out, "\\e");
		else if (*text == '-')
			nk_help_addf(out, "\\-");
		else
			nk_help_addf(out, "%c", *text);
	}
}

void nk_man_add_head(struct nk_buf *out, const char *page, int section, const char *summary)
{
	nk_auto(str) char *title = nk_strdup(page);

	for (char *c = title; *c; c++)
		*c = *c >= 'a' && *c <= 'z' ? (char)(*c - ('a' - 'A')) : *c;
	nk_help_addf(out, ".TH %s %d \"" MAN_DATE "\" \"netkit " NK_VERSION "\" \"%s\"\n", title,
		     section, section == 1 ? "User Commands" : "File Formats");
	nk_help_addf(out, ".SH NAME\n");
	nk_man_add_text(out, page);
	nk_help_addf(out, " \\- ");
	nk_man_add_text(out, summary);
	nk_help_addf(out, "\n.SH SYNOPSIS\n");
}

void nk_man_add_term(struct nk_buf *out, const char *term, const char *text)
{
	nk_help_addf(out, ".TP\n.B ");
	nk_man_add_text(out, term);
	nk_help_addf(out, "\n");
	nk_man_add_text(out, text);
	nk_help_addf(out, "\n");
}

void nk_man_add_paragraph(struct nk_buf *out, const char *text)
{
	nk_help_addf(out, ".PP\n");
	nk_man_add_text(out, text);
	nk_help_addf(out, "\n");
}

void nk_man_add_section(struct nk_buf *out, const char *heading, const struct nk_passage *passage)
{
	bool is_first = true;

	nk_help_addf(out, ".SH %s\n", heading);
	/* Right below a heading, a paragraph needs no macro. */
	for (; passage && passage->text; passage++, is_first = false) {
		if (passage->term)
			nk_man_add_term(out, passage->term, passage->text);
		else if (!is_first)
			nk_man_add_paragraph(out, passage->text);
		else {
			nk_man_add_text(out, passage->text);
			nk_help_addf(out, "\n");
		}
	}
}

static void add_options(struct nk_buf *out, const struct nk_opt *opt)
{
	for (; opt->kind != NK_OPT_KIND_END; opt++) {
		nk_auto(buf) struct nk_buf label = NK_BUF_INIT(4096);
		nk_auto(str) char *text =
			opt->preset ? nk_format("%s (%s)", opt->help, opt->preset) : NULL;

		nk_opt_label(opt, &label);
		nk_man_add_term(out, label.data, text ? text : opt->help);
	}
}

static void add_groups(struct nk_buf *out, unsigned groups)
{
	for (int i = 0; i < NK_GROUP_COUNT; i++) {
		if (!(groups & nk_groups[i].bit))
			continue;
		nk_help_addf(out, ".SS %s\n", nk_groups[i].title);
		add_options(out, nk_groups[i].options);
	}
}

/* A form of the command line; is_first: of several. */
static void add_synopsis(struct nk_buf *out, bool *is_first, const char *words,
			 const char *operands)
{
	nk_help_addf(out, "%s.B ", *is_first ? "" : ".br\n");
	nk_man_add_text(out, words);
	nk_help_addf(out, "\n[OPTION...] ");
	nk_man_add_text(out, operands);
	nk_help_addf(out, "\n");
	*is_first = false;
}

static void add_examples(struct nk_buf *out, const struct nk_example *example)
{
	if (!example)
		return;
	nk_help_addf(out, ".SH EXAMPLES\n");
	for (; example->command; example++) {
		nk_auto(str) char *command = nk_format("netkit %s", example->command);

		nk_man_add_term(out, command, example->what);
	}
}

static void add_exits(struct nk_buf *out)
{
	nk_help_addf(out, ".SH EXIT STATUS\n");
	for (int i = 0; i < NK_DOMAIN_COUNT; i++) {
		nk_auto(str) char *status = nk_format("%d", nk_domain_exit(i));

		nk_man_add_term(out, status, nk_domain_meaning(i));
	}
}

static void add_verbs(struct nk_buf *out, const struct nk_applet *applet,
		      const struct nk_verb *verb)
{
	for (; verb && verb->name; verb++) {
		if (!nk_verb_is_offered(applet, verb))
			continue;
		nk_auto(str) char *usage = nk_format("%s %s", verb->name, verb->operands);

		nk_man_add_term(out, usage, verb->summary);
		if (!verb->options)
			continue;
		nk_help_addf(out, ".RS\n");
		add_options(out, verb->options);
		nk_help_addf(out, ".RE\n");
	}
}

static unsigned groups_of_all(const struct nk_applet *applet, const struct nk_verb *verb)
{
	unsigned groups = 0;

	for (; verb && verb->name; verb++)
		groups |= nk_groups_of(applet, verb);
	return groups;
}

static void add_applet(struct nk_buf *out, const struct nk_applet *applet)
{
	nk_auto(str) char *page = nk_format("netkit-%s", applet->name);
	nk_auto(str) char *words = nk_format("netkit %s", applet->name);
	nk_auto(str) char *verbs = nk_format("netkit %s VERB", applet->name);
	unsigned groups = groups_of_all(applet, applet->verbs);
	bool is_first = true;

	nk_man_add_head(out, page, 1, applet->summary);
	if (applet->run)
		add_synopsis(out, &is_first, words, applet->operands);
	if (applet->verbs)
		add_synopsis(out, &is_first, verbs, "URL...");
	if (applet->classic)
		add_synopsis(out, &is_first, applet->classic->name, applet->classic->operands);
	if (applet->verbs) {
		nk_help_addf(out, ".SH VERBS\n");
		add_verbs(out, applet, applet->verbs);
	}
	nk_help_addf(out, ".SH OPTIONS\n");
	add_options(out, nk_options_of(applet->options));
	if (applet->classic && applet->classic->options) {
		nk_help_addf(out, ".SS without a verb\n");
		add_options(out, applet->classic->options);
	}
	if (applet->run)
		groups |= nk_groups_of(applet, NULL);
	if (applet->classic)
		groups |= nk_groups_of(applet, applet->classic);
	add_groups(out, groups);
	add_examples(out, applet->examples);
	add_exits(out);
	nk_help_addf(out, ".SH SEE ALSO\n.BR netkit (1),\n.BR netkit\\-config (5)\n");
}

/* The topics of help that are prose, each under its name. */
static void add_topics(struct nk_buf *out)
{
	for (const struct nk_topic *topic = nk_topics; topic->name; topic++) {
		nk_auto(str) char *heading = nk_strdup(topic->name);

		for (char *c = heading; *c; c++)
			*c = *c == '-' ? ' ' : (char)toupper((unsigned char)*c);
		if (topic->passages)
			nk_man_add_section(out, heading, topic->passages);
	}
}

static void add_netkit(struct nk_buf *out, const struct nk_applet *const *applets)
{
	bool is_first = true;

	nk_man_add_head(out, "netkit", 1, "one program for many protocols");
	add_synopsis(out, &is_first, "netkit APPLET [VERB]", "TARGET...");
	add_synopsis(out, &is_first, "netkit VERB", "URL...");
	nk_help_addf(out, ".SH APPLETS\n");
	for (int i = 0; applets[i]; i++) {
		nk_help_addf(out, ".TP\n.BR netkit\\-%s (1)\n", applets[i]->name);
		nk_man_add_text(out, applets[i]->summary);
		nk_help_addf(out, "\n");
	}
	nk_help_addf(out, ".SH VERBS\nThe scheme of the first URL chooses the applet.\n");
	add_verbs(out, NULL, nk_fs_verbs);
	for (const struct nk_verb *const *verb = nk_own_verbs; *verb; verb++)
		add_verbs(out, NULL, (const struct nk_verb[]){ **verb, { 0 } });
	add_topics(out);
	nk_help_addf(out, ".SH COMMANDS\n");
	for (const struct nk_word *word = nk_words; word->name; word++) {
		nk_auto(str) char *usage = nk_format("%s %s", word->name, word->operands);

		nk_man_add_term(out, usage, word->summary);
	}
	nk_help_addf(out, ".SH OPTIONS\nAn applet takes the groups that make sense for it.\n");
	add_groups(out, ~0U);
	add_exits(out);
	add_examples(out, nk_examples);
	nk_help_addf(out, ".SH SEE ALSO\n");
	for (int i = 0; applets[i]; i++)
		nk_help_addf(out, ".BR netkit\\-%s (1),\n", applets[i]->name);
	nk_help_addf(out, ".BR netkit\\-config (5)\n");
}

static int write_page(const char *folder, const char *page, const struct nk_buf *text,
		      struct nk_err *err)
{
	nk_auto(str) char *path = nk_format("%s/%s", folder, page);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return nk_fail_errno(err, NK_E_WRITE, "%s", path);
	ssize_t wrote = write(fd, text->data, text->len);

	if (close(fd) < 0 || wrote != (ssize_t)text->len)
		return nk_fail_errno(err, NK_E_WRITE, "%s", path);
	return 0;
}

int nk_man_write(const struct nk_applet *const *applets, const char *folder, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_HELP_MAX);

	add_netkit(&out, applets);
	if (write_page(folder, "netkit.1", &out, err) < 0)
		return -1;
	nk_buf_clear(&out);
	nk_man_config(&out, applets);
	if (write_page(folder, "netkit-config.5", &out, err) < 0)
		return -1;
	for (; *applets; applets++) {
		nk_auto(str) char *page = nk_format("netkit-%s.1", (*applets)->name);

		nk_buf_clear(&out);
		add_applet(&out, *applets);
		if (write_page(folder, page, &out, err) < 0)
			return -1;
	}
	return 0;
}
