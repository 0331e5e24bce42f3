/*
 * What a monitor is told of a peer, as monitoring-plugins have it: a word, a sentence, figures.
 */
#ifndef NETKIT_CLI_NAGIOS_H
#define NETKIT_CLI_NAGIOS_H

#include "netkit/record.h"

/* Exit statuses of plugins (monitoring-plugins guidelines, 2.3). */
enum nk_nagios { NK_NAGIOS_OK, NK_NAGIOS_WARNING, NK_NAGIOS_CRITICAL, NK_NAGIOS_UNKNOWN };

/* Limits; 0: none. */
struct nk_nagios_limits {
	int64_t warn_ms; /* slower is worth a warning */
	int64_t critical_ms;
	int warn_days; /* fewer left are worth a warning */
	int critical_days;
};

/*
 * The line, a new string without its end: "FTP OK - h:21 12 ms, TLS 1.3, certificate 88 days |
 * total=0.012000s;1.000000;;0 ...". service: "ftp". peer: "h:21". row: what was found; an error in it is
 * critical, and unknown where it is the question's own fault (usage, url, unsupported). Pure.
 */
char *nk_nagios_line(const char *service, const char *peer, const struct nk_probe_row *row,
		     const struct nk_nagios_limits *limits, enum nk_nagios *status);

/* The one of two that counts: critical before warning before unknown. */
enum nk_nagios nk_nagios_worse(enum nk_nagios a, enum nk_nagios b);

#endif
