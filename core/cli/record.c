/* record.c - the record types that applets share. */
#include "netkit/record.h"

#include "config.h"

static const struct nk_field entry_fields[] = {
	NK_FIELD_WORD(struct nk_entry_row, kind, 5),
	NK_FIELD_I64(struct nk_entry_row, size, false, -12),
	NK_FIELD_TIME(struct nk_entry_row, mtime, false),
	NK_FIELD_STR(struct nk_entry_row, name),
	NK_FIELD_STR_EXTRA(struct nk_entry_row, url),
	NK_FIELD_MODE(struct nk_entry_row, mode),
	NK_FIELD_STR_EXTRA(struct nk_entry_row, link),
	NK_FIELD_END,
};

static const struct nk_field transfer_fields[] = {
	NK_FIELD_STR(struct nk_transfer_row, source),
	NK_FIELD_STR(struct nk_transfer_row, target),
	NK_FIELD_I64(struct nk_transfer_row, bytes, false, -12),
	NK_FIELD_SECONDS(struct nk_transfer_row, seconds),
	NK_FIELD_I64(struct nk_transfer_row, resumed_at, true, -12),
	NK_FIELD_STR_EXTRA(struct nk_transfer_row, verified),
	NK_FIELD_STR_EXTRA(struct nk_transfer_row, action),
	NK_FIELD_STR_EXTRA(struct nk_transfer_row, reason),
	NK_FIELD_END,
};

static const struct nk_field plan_fields[] = {
	NK_FIELD_WORD(struct nk_plan_row, action, 7),
	NK_FIELD_WORD(struct nk_plan_row, reason, 6),
	NK_FIELD_STR_EXTRA(struct nk_plan_row, source),
	NK_FIELD_STR(struct nk_plan_row, target),
	NK_FIELD_I64(struct nk_plan_row, bytes, false, -12),
	NK_FIELD_END,
};

static const struct nk_field summary_fields[] = {
	NK_FIELD_I64(struct nk_summary_row, ok, false, -8),
	NK_FIELD_I64(struct nk_summary_row, failed, false, -8),
	NK_FIELD_I64(struct nk_summary_row, bytes, false, -12),
	NK_FIELD_I64(struct nk_summary_row, copied, false, -8),
	NK_FIELD_I64(struct nk_summary_row, same, false, -8),
	NK_FIELD_I64(struct nk_summary_row, deleted, false, -8),
	NK_FIELD_I64(struct nk_summary_row, exit, false, -4),
	NK_FIELD_END,
};

static const struct nk_field host_fields[] = {
	NK_FIELD_WORD(struct nk_host_row, host, NK_HOST_CELLS),
	NK_FIELD_I64(struct nk_host_row, exit, false, -4),
	NK_FIELD_SECONDS_SHOWN(struct nk_host_row, seconds),
	NK_FIELD_STR(struct nk_host_row, text),
	NK_FIELD_STR_EXTRA(struct nk_host_row, class),
	NK_FIELD_END,
};

static const struct nk_field usage_fields[] = {
	NK_FIELD_I64(struct nk_usage_row, bytes, false, -14),
	NK_FIELD_I64(struct nk_usage_row, files, false, -8),
	NK_FIELD_STR(struct nk_usage_row, name),
	NK_FIELD_STR_EXTRA(struct nk_usage_row, url),
	NK_FIELD_END,
};

static const struct nk_field space_fields[] = {
	NK_FIELD_I64(struct nk_space_row, available, false, -16),
	NK_FIELD_I64(struct nk_space_row, total, false, -16),
	NK_FIELD_STR(struct nk_space_row, url),
	NK_FIELD_END,
};

static const struct nk_field place_fields[] = {
	NK_FIELD_STR(struct nk_place_row, path),
	NK_FIELD_STR_EXTRA(struct nk_place_row, url),
	NK_FIELD_END,
};

static const struct nk_field command_fields[] = {
	NK_FIELD_WORD(struct nk_command_row, name, 10),
	NK_FIELD_WORD(struct nk_command_row, arguments, 24),
	NK_FIELD_STR(struct nk_command_row, summary),
	NK_FIELD_END,
};

static const struct nk_field reply_fields[] = {
	NK_FIELD_STR(struct nk_reply_row, text),
	NK_FIELD_END,
};

static const struct nk_field nagios_fields[] = {
	NK_FIELD_STR(struct nk_nagios_row, text),
	NK_FIELD_END,
};

const struct nk_record nk_nagios_record = { "nagios", nagios_fields };
const struct nk_record nk_entry_record = { "entry", entry_fields };
const struct nk_record nk_transfer_record = { "transfer", transfer_fields };
const struct nk_record nk_plan_record = { "plan", plan_fields };
const struct nk_record nk_summary_record = { "summary", summary_fields };
const struct nk_record nk_host_record = { "host", host_fields };
const struct nk_record nk_usage_record = { "usage", usage_fields };
const struct nk_record nk_space_record = { "space", space_fields };
const struct nk_record nk_place_record = { "place", place_fields };
const struct nk_record nk_command_record = { "command", command_fields };
const struct nk_record nk_reply_record = { "reply", reply_fields };

const struct nk_record *const nk_records[] = {
	&nk_command_record,
	&nk_config_file_record,
	&nk_entry_record,
	&nk_host_record,
	&nk_nagios_record,
	&nk_place_record,
	&nk_plan_record,
	&nk_probe_record,
	&nk_problem_record,
	&nk_reply_record,
	&nk_setting_record,
	&nk_space_record,
	&nk_summary_record,
	&nk_transfer_record,
	&nk_trust_record,
	&nk_usage_record,
	NULL,
};
