/* man_config.c - the manual page netkit-config(5): files, sections, and every key there is. */
#include "man.h"

#include "config.h"
#include "fsverbs.h"
#include "groups.h"

static const struct nk_passage description[] = {
	{ NULL,
	  "A file has sections, and in them lines KEY = VALUE. A key is the long name of an option "
	  "without its dashes, a value what would follow it on the command line, without quotes. A "
	  "line that begins with # or ; is a comment. \"~/\" begins the name of a file in the "
	  "home.",
	  false },
	{ NULL,
	  "Keys that a command does not take are skipped there. A key that no option has, and a "
	  "value that does not suit it, are errors that name file and line; \"netkit config "
	  "check\" "
	  "tells all of them, and \"netkit config show\" what holds and where it comes from.",
	  false },
	{ NULL, NULL, false },
};

static const struct nk_passage precedence[] = {
	{ NULL, "What says a thing first holds:", false },
	{ "1. options", "what stands on the command line; --flag=no takes a flag back", false },
	{ "2. environment", "the variables below", false },
	{ "3. profile",
	  "the one of @NAME, then that of --profile or NETKIT_PROFILE, each before those it builds "
	  "on",
	  false },
	{ "4. host", "sections whose pattern matches, in the order of the file", false },
	{ "5. applet", "the section of the applet", false },
	{ "6. defaults", "the section for all", false },
	{ NULL,
	  "At each of these the user's file goes before the system's. A key that may be given "
	  "again "
	  "may stand several times in one section, which then says all of it.",
	  false },
	{ NULL, NULL, false },
};

static const struct nk_passage permissions[] = {
	{ NULL,
	  "The files may be read by anybody: no password stands in them, but the name of the file "
	  "or the command that has it (password-file, password-command). A file that somebody else "
	  "than its owner or root can write, or that belongs to somebody else than the user or "
	  "root, is refused as soon as it says something that runs a program, chooses what runs, "
	  "or "
	  "names a file to write. Below, such keys are marked.",
	  false },
	{ NULL, NULL, false },
};

/* A file that "netkit config check" has nothing to say about. */
static const char *const example[] = {
	"[defaults]",
	"timeout = 30s",
	"connect-timeout = 5s",
	"",
	"[applet ftp]",
	"jobs = 8",
	"",
	"[host *.example.com]",
	"user = bob",
	"netrc = ~/.netrc",
	"",
	"[profile backup]",
	"url = sftp://store.example.com/srv/backup",
	"identity = ~/.ssh/backup",
	"preserve = yes",
	NULL,
};

/* What stands after "=". */
static char *value_of(const struct nk_opt *opt)
{
	switch (opt->kind) {
	case NK_OPT_KIND_FLAG:
		return nk_strdup("yes|no");
	case NK_OPT_KIND_COUNT:
		return nk_strdup("NUMBER");
	case NK_OPT_KIND_WORD:
		break;
	default:
		return nk_strdup(opt->arg);
	}
	nk_auto(buf) struct nk_buf words = NK_BUF_INIT(4096);

	for (int i = 0; opt->words[i]; i++)
		nk_help_addf(&words, "%s%s", i > 0 ? "|" : "", opt->words[i]);
	return nk_strdup(words.data);
}

static void add_key(struct nk_buf *out, const struct nk_opt *opt)
{
	nk_auto(str) char *value = value_of(opt);
	nk_auto(str) char *term = nk_format("%s = %s", opt->name, value);
	nk_auto(str) char *preset = opt->preset ? nk_format(" (%s)", opt->preset) : nk_strdup("");
	nk_auto(str) char *text = nk_format("%s%s%s", opt->help, preset,
					    opt->is_delicate ? "; not from a file that others "
							       "can write"
							     : "");

	nk_man_add_term(out, term, text);
}

static bool has_keys(const struct nk_opt *opt)
{
	for (; opt->kind != NK_OPT_KIND_END; opt++) {
		if (opt->name && !opt->is_typed)
			return true;
	}
	return false;
}

static void add_keys(struct nk_buf *out, const char *title, const struct nk_opt *opt)
{
	if (!has_keys(opt))
		return;
	nk_help_addf(out, ".SS %s\n", title);
	for (; opt->kind != NK_OPT_KIND_END; opt++) {
		if (opt->name && !opt->is_typed)
			add_key(out, opt);
	}
}

static void add_verbs(struct nk_buf *out, const struct nk_verb *verb)
{
	for (; verb->name; verb++)
		add_keys(out, verb->name, nk_options_of(verb->options));
}

static void add_about(struct nk_buf *out, const char *heading, const struct nk_config_about *about)
{
	nk_help_addf(out, ".SH %s\n", heading);
	for (; about->name; about++)
		nk_man_add_term(out, about->name, about->what);
}

static void add_example(struct nk_buf *out)
{
	nk_help_addf(out, ".SH EXAMPLES\n.nf\n");
	for (const char *const *line = example; *line; line++) {
		if (**line != '\0')
			nk_man_add_text(out, *line);
		else
			nk_help_addf(out, "\\&");
		nk_help_addf(out, "\n");
	}
	nk_help_addf(out, ".fi\n");
}

static void add_all_keys(struct nk_buf *out, const struct nk_applet *const *applets)
{
	nk_help_addf(out, ".SH KEYS\n");
	for (int i = 0; i < NK_GROUP_COUNT; i++)
		add_keys(out, nk_groups[i].title, nk_groups[i].options);
	for (; *applets; applets++)
		add_keys(out, (*applets)->name, nk_options_of((*applets)->options));
	add_verbs(out, nk_fs_verbs);
}

void nk_man_config(struct nk_buf *out, const struct nk_applet *const *applets)
{
	nk_man_add_head(out, "netkit-config", 5, "the files that say what netkit's options are");
	for (const struct nk_config_about *place = nk_config_places; place->name; place++) {
		nk_help_addf(out, "%s.I ", place == nk_config_places ? "" : ".br\n");
		nk_man_add_text(out, place->name);
		nk_help_addf(out, "\n");
	}
	nk_man_add_section(out, "DESCRIPTION", description);
	add_about(out, "FILES", nk_config_places);
	add_about(out, "SECTIONS", nk_config_sections);
	nk_man_add_section(out, "PRECEDENCE", precedence);
	add_all_keys(out, applets);
	nk_help_addf(out, ".SH ENVIRONMENT\n");
	for (const struct nk_config_variable *v = nk_config_variables; v->name; v++)
		nk_man_add_term(out, v->name, v->what);
	nk_man_add_section(out, "PERMISSIONS", permissions);
	add_example(out);
	nk_help_addf(out, ".SH SEE ALSO\n.BR netkit (1)\n");
}
