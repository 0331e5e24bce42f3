/* records.c - the records that only the form without a verb prints. */
#include "records.h"

static const struct nk_field help_fields[] = {
	NK_FIELD_WORD(struct tftp_help_row, name, 8),
	NK_FIELD_WORD(struct tftp_help_row, arguments, 28),
	NK_FIELD_STR(struct tftp_help_row, summary),
	NK_FIELD_END,
};

const struct nk_record tftp_help_record = { "tftp-command", help_fields };

static const struct nk_field status_fields[] = {
	NK_FIELD_STR(struct tftp_status_row, host),
	NK_FIELD_I64(struct tftp_status_row, port, false, -5),
	NK_FIELD_WORD(struct tftp_status_row, mode, 8),
	NK_FIELD_I64(struct tftp_status_row, blksize, false, -7),
	NK_FIELD_I64(struct tftp_status_row, windowsize, false, -10),
	NK_FIELD_I64(struct tftp_status_row, timeout, false, -7),
	NK_FIELD_I64(struct tftp_status_row, rexmt, false, -5),
	NK_FIELD_END,
};

const struct nk_record tftp_status_record = { "tftp-status", status_fields };

const struct nk_record *const tftp_records[] = { &tftp_help_record, &tftp_status_record, NULL };
