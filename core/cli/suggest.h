/*
 * What a word that names no applet, verb or topic may have meant.
 */
#ifndef NETKIT_CLI_SUGGEST_H
#define NETKIT_CLI_SUGGEST_H

#include "netkit/applet.h"

/*
 * "did you mean 'sftp'?" for a misspelt name; else the names that help describes with this very word:
 * "related: 'scp', 'sftp'". is_for_help: topics can be meant, and the words of netkit itself cannot.
 * A new string; NULL when there is nothing to say. Pure.
 */
char *nk_suggest(const struct nk_applet *const *applets, const char *word, bool is_for_help);

#endif
