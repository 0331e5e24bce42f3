/*
 * The records that only the form of tftp without a verb prints: its commands, and its state.
 */
#ifndef TFTP_RECORDS_H
#define TFTP_RECORDS_H

#include "tftp.h"

struct tftp_help_row {
	const char *name;
	const char *arguments;
	const char *summary;
};

struct tftp_status_row {
	const char *host;
	int64_t port;
	const char *mode;
	int64_t blksize;
	int64_t windowsize;
	int64_t timeout;
	int64_t rexmt;
};

extern const struct nk_record tftp_help_record;
extern const struct nk_record tftp_status_record;

#endif
