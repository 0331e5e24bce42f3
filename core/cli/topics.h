/*
 * What "netkit help TOPIC" explains, beside applets and verbs: tables where there are some, and the
 * few things that no table says, as passages that the manual pages have too.
 */
#ifndef NETKIT_CLI_TOPICS_H
#define NETKIT_CLI_TOPICS_H

#include "help.h"

/* A paragraph, or what is said of a term. No full stop is left out: it is prose. */
struct nk_passage {
	const char *term; /* NULL: a paragraph */
	const char *text;
	bool is_command; /* the term is a command line */
};

struct nk_topic {
	const char *name;
	const char *summary;		   /* one line, lower case, no full stop */
	const struct nk_passage *passages; /* ends with a NULL text; or NULL */
	unsigned groups;		   /* options that belong to it: enum nk_groups */
	/* What tables say of it, after the passages. Optional. */
	void (*add_tables)(struct nk_buf *out, const struct nk_applet *const *applets);
};

extern const struct nk_topic nk_topics[]; /* sorted; ends with a NULL name */

/* The topic of this name, also an older one, or NULL. */
const struct nk_topic *nk_topic_find(const char *name);

#endif
