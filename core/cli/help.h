/*
 * Help, made from the tables. Text is built in a buffer and written to stdout at once.
 */
#ifndef NETKIT_CLI_HELP_H
#define NETKIT_CLI_HELP_H

#include "dispatch.h"

/* Longest help or manual page. */
#define NK_HELP_MAX ((size_t)1 << 20)

/* Lines of help are no wider. */
enum { NK_HELP_CELLS = 79 };

/* A word of "netkit WORD" that is neither applet nor verb. */
struct nk_word {
	const char *name;
	const char *operands;
	const char *summary;
	int (*run)(const struct nk_applet *const *applets, int argc, char **argv,
		   struct nk_err *err);
};
extern const struct nk_word nk_words[]; /* ends with a NULL name */

/* Answer --help, --version or --examples of a call. Returns the exit status. */
int nk_help_asked(const struct nk_call *call, const struct nk_common *common);

/* netkit help [APPLET [VERB]|TOPIC|man DIR] */
NK_MUST_CHECK int nk_help_run(const struct nk_applet *const *applets, int argc, char **argv,
			      struct nk_err *err);

/* The lists of netkit itself. */
NK_MUST_CHECK int nk_help_netkit(const struct nk_applet *const *applets, struct nk_err *err);
NK_MUST_CHECK int nk_help_version(struct nk_err *err);
NK_MUST_CHECK int nk_help_list(const struct nk_applet *const *applets, struct nk_err *err);

/*
 * The examples of an applet, NULL for those of netkit itself and all applets; of this verb alone
 * when it is not NULL.
 */
NK_MUST_CHECK int nk_help_examples(const struct nk_applet *const *applets,
				   const struct nk_applet *only, const struct nk_verb *verb,
				   struct nk_err *err);

/* Command lines that begin with a verb; ends with a NULL command. */
extern const struct nk_example nk_examples[];

/* Add a line of a list: a label, and text in the column of options' help. */
void nk_help_add_row(struct nk_buf *out, const char *label, const char *text);

/* Add a line for each scheme of the applet, with its port. */
void nk_help_add_schemes(struct nk_buf *out, const struct nk_applet *applet);

/* Write the manual pages netkit.1, netkit-APPLET.1 and netkit-config.5 into folder. */
NK_MUST_CHECK int nk_man_write(const struct nk_applet *const *applets, const char *folder,
			       struct nk_err *err);

/* Write text to stdout, all of it. Fails with write. */
NK_MUST_CHECK int nk_help_print(const struct nk_buf *text, struct nk_err *err);

/* Add text made by us to help, which has room for it. */
void nk_help_addf(struct nk_buf *out, const char *format, ...) NK_PRINTF(2, 3);

/* The options that a verb takes at a prompt. */
void nk_help_add_at_prompt(struct nk_buf *out, const struct nk_applet *applet,
			   const struct nk_verb *verb);

/* "-r, --recursive", "--tls=try|required|off|implicit", "--ca=FILE", "--netrc[=FILE]". */
void nk_opt_label(const struct nk_opt *opt, struct nk_buf *out);

#endif
