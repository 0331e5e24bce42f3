/*
 * The record of a probe, made of what was seen.
 */
#ifndef NETKIT_CLI_PROBEROW_H
#define NETKIT_CLI_PROBEROW_H

#include "netkit/facts.h"
#include "netkit/record.h"

/* What of a record is not in the facts. */
struct nk_probe_end {
	const char *url;
	double total_ms;
	int64_t now;		  /* seconds since the epoch, for what is left of a certificate */
	const struct nk_err *err; /* NULL: all went well */
};

/* Fill row: its strings are borrowed from the facts and from end, its lists are to be released. */
void nk_probe_row_fill(struct nk_probe_row *row, struct nk_facts *facts,
		       const struct nk_probe_end *end);
void nk_probe_row_release(struct nk_probe_row *row);
NK_AUTO(probe_row, struct nk_probe_row, nk_probe_row_release)

#endif
