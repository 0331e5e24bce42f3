/*
 * Record tables and the sink that prints structs by them: a table for people, TSV, CSV or JSON.
 */
#ifndef NETKIT_RECORD_H
#define NETKIT_RECORD_H

#include "netkit/err.h"
#include "netkit/spool.h"
#include "netkit/text.h"

enum nk_field_kind {
	NK_FIELD_KIND_END,
	NK_FIELD_KIND_STR,     /* const char *; NULL: absent */
	NK_FIELD_KIND_I64,     /* int64_t; -1: absent */
	NK_FIELD_KIND_SIGNED,  /* int64_t that may be below zero; NK_ENTRY_NO_TIME: absent */
	NK_FIELD_KIND_TIME,    /* int64_t seconds; NK_ENTRY_NO_TIME: absent; RFC 3339 */
	NK_FIELD_KIND_MODE,    /* int; -1: absent; "0644" */
	NK_FIELD_KIND_SECONDS, /* double; negative: absent */
	NK_FIELD_KIND_BOOL,    /* bool */
	NK_FIELD_KIND_MS,      /* double, milliseconds; negative: absent */
	NK_FIELD_KIND_LIST,    /* struct nk_strings; empty: absent; in JSON an array */
};

struct nk_field {
	enum nk_field_kind kind;
	const char *name;
	size_t offset;
	bool is_extra; /* not among the default columns of text output; always in JSON */
	int width;     /* cells in a table; negative: flush right; 0: as long as it is */
};

#define NK_FIELD_ROW(S, member, knd, type, extra, wid)                                             \
	{                                                                                          \
		.kind = (knd), .name = #member, .offset = NK_FIELD_AT(S, member, type),            \
		.is_extra = (extra), .width = (wid)                                                \
	}
#define NK_FIELD_AT(S, member, type)                                                               \
	(offsetof(S, member) +                                                                     \
	 0 * sizeof(char[1 -                                                                       \
			 2 * !__builtin_types_compatible_p(__typeof__(((S *)0)->member), type)]))
#define NK_FIELD_STR(S, member) NK_FIELD_ROW(S, member, NK_FIELD_KIND_STR, const char *, false, 0)
#define NK_FIELD_STR_EXTRA(S, member)                                                              \
	NK_FIELD_ROW(S, member, NK_FIELD_KIND_STR, const char *, true, 0)
#define NK_FIELD_WORD(S, member, wid)                                                              \
	NK_FIELD_ROW(S, member, NK_FIELD_KIND_STR, const char *, false, wid)
#define NK_FIELD_I64(S, member, extra, wid)                                                        \
	NK_FIELD_ROW(S, member, NK_FIELD_KIND_I64, int64_t, extra, wid)
#define NK_FIELD_SIGNED(S, member, extra, wid)                                                     \
	NK_FIELD_ROW(S, member, NK_FIELD_KIND_SIGNED, int64_t, extra, wid)
#define NK_FIELD_TIME(S, member, extra)                                                            \
	NK_FIELD_ROW(S, member, NK_FIELD_KIND_TIME, int64_t, extra, 20)
#define NK_FIELD_MODE(S, member)      NK_FIELD_ROW(S, member, NK_FIELD_KIND_MODE, int, true, 4)
#define NK_FIELD_SECONDS(S, member)   NK_FIELD_ROW(S, member, NK_FIELD_KIND_SECONDS, double, true, -8)
#define NK_FIELD_MS(S, member, extra) NK_FIELD_ROW(S, member, NK_FIELD_KIND_MS, double, extra, -9)
#define NK_FIELD_BOOL(S, member)      NK_FIELD_ROW(S, member, NK_FIELD_KIND_BOOL, bool, true, 5)
#define NK_FIELD_LIST(S, member)                                                                   \
	NK_FIELD_ROW(S, member, NK_FIELD_KIND_LIST, struct nk_strings, true, 0)
#define NK_FIELD_SECONDS_SHOWN(S, member)                                                          \
	NK_FIELD_ROW(S, member, NK_FIELD_KIND_SECONDS, double, false, -8)
#define NK_FIELD_END                                                                               \
	{                                                                                          \
		.kind = NK_FIELD_KIND_END                                                          \
	}

struct nk_record {
	const char *type; /* "entry": the JSON object's type */
	const struct nk_field *fields;
};

/* The record types every applet shares; their tables are in record.c. */
struct nk_entry_row {
	const char *kind;
	int64_t size;
	int64_t mtime;
	const char *name;
	const char *url;
	int mode;
	const char *link;
};
extern const struct nk_record nk_entry_record;

struct nk_transfer_row {
	const char *source;
	const char *target;
	int64_t bytes;
	double seconds;
	int64_t resumed_at;
	const char *verified;
	const char *action; /* of a sync, as in its plan; else NULL */
	const char *reason;
};
extern const struct nk_record nk_transfer_record;

/* What a sync would do. */
struct nk_plan_row {
	const char *action; /* "copy", "update", "delete", "mkdir", "replace" */
	const char *reason; /* "new", "size", "time", "hash", "kind", "link", "extra" */
	const char *source; /* NULL of what only the target has */
	const char *target;
	int64_t bytes; /* that would be copied */
};
extern const struct nk_record nk_plan_record;

struct nk_summary_row {
	int64_t ok;
	int64_t failed;
	int64_t bytes;
	int64_t copied; /* of a sync, as the next two; else -1 */
	int64_t same;
	int64_t deleted;
	int64_t exit;
};
extern const struct nk_record nk_summary_record;

/* Cells of a host's name in a table. */
enum { NK_HOST_CELLS = 24 };

/* What became of one of many hosts; exit and seconds are -1 when it was not tried. */
struct nk_host_row {
	const char *host;
	int64_t exit;
	double seconds;
	const char *text;  /* why not; NULL when all went well */
	const char *class; /* likewise, as errors have it */
};
extern const struct nk_record nk_host_record;

/* What a folder and all below it take. */
struct nk_usage_row {
	int64_t bytes;
	int64_t files;
	const char *name;
	const char *url;
};
extern const struct nk_record nk_usage_record;

/* The room left at a place. */
struct nk_space_row {
	int64_t available;
	int64_t total;
	const char *url;
};
extern const struct nk_record nk_space_record;

/* Where the prompt stands. */
struct nk_place_row {
	const char *path;
	const char *url;
};
extern const struct nk_record nk_place_record;

/* What a prompt's help says of a command. */
struct nk_command_row {
	const char *name;
	const char *arguments;
	const char *summary;
};
extern const struct nk_record nk_command_record;

/* What a peer shows of itself; times in milliseconds, -1 where a phase was not gone through. */
struct nk_probe_row {
	const char *url;
	bool ok;
	int64_t exit;
	const char *class;
	const char *error;
	const char *phase; /* in which it ended */
	const char *address;
	struct nk_strings addresses;
	double total_ms;
	double lookup_ms;
	double connect_ms;
	double proxy_ms;
	double tls_ms;
	double greeting_ms;
	double ssh_ms;
	double login_ms;
	const char *greeting;
	const char *login; /* done, refused, not tried */
	struct nk_strings mechanisms;
	struct nk_strings capabilities;
	const char *tls_version;
	const char *cipher;
	const char *pin;
	const char *names;
	struct nk_strings chain;
	struct nk_strings issuers;
	int64_t valid_from;
	int64_t expires;
	int64_t days_left; /* whole days; 0 on the last one, negative once it has expired */
	const char *kex;
	const char *mac;
	const char *host_key_type;
	const char *host_key;
	const char *trusted_by;
	const char *distrust;
};
extern const struct nk_record nk_probe_record;

/* A key of a peer that is remembered. */
struct nk_trust_row {
	const char *kind; /* tls, ssh */
	const char *host;
	int64_t port;
	const char *key_type;
	const char *key;    /* pin or fingerprint */
	const char *marker; /* revoked, cert-authority */
	int64_t added;
	const char *comment;
	const char *file;
	int64_t line;
};
extern const struct nk_record nk_trust_record;

/* A line for a monitor. */
struct nk_nagios_row {
	const char *text;
};
extern const struct nk_record nk_nagios_record;

/* A line that a server answered to words that were passed on as they are. */
struct nk_reply_row {
	const char *text;
};
extern const struct nk_record nk_reply_record;

/* NAGIOS: whoever prints makes lines of its own; the rest is as TSV. */
enum nk_output {
	NK_OUTPUT_AUTO,
	NK_OUTPUT_TABLE,
	NK_OUTPUT_TSV,
	NK_OUTPUT_CSV,
	NK_OUTPUT_JSON,
	NK_OUTPUT_NAGIOS,
};
enum nk_when { NK_WHEN_AUTO, NK_WHEN_ALWAYS, NK_WHEN_NEVER };

/* The user's options of the group "output"; borrowed. */
struct nk_out_policy {
	int output;	    /* enum nk_output */
	bool json;	    /* --json: the same as --output=json */
	const char *fields; /* "a,b": these, in this order; NULL: the default ones */
	bool null;	    /* records end in NUL and text is raw */
	const char *file;   /* instead of stdout */
	int color;	    /* enum nk_when */

	/* One of many hosts: its name is a column before the others, and a member of objects. Where
	 * its output goes to a pipe, what is behind that may be a terminal. */
	const char *host;
	bool is_for_terminal;
};

struct nk_out;

/* A sink. Fails with write when --out cannot be opened. policy: borrowed. */
NK_MUST_CHECK int nk_out_open(const struct nk_out_policy *policy, struct nk_out **out,
			      struct nk_err *err);

/* Would --fields suit this record? For failing before work is done. Fails as nk_out_put does. */
NK_MUST_CHECK int nk_out_check(struct nk_out *out, const struct nk_record *record,
			       struct nk_err *err);

/* Print one record; --fields does not apply to summaries. Fails with usage (a field in --fields that the record has not; the message
 * lists them), write (a full disk; a closed pipe ends the program quietly, as cat does). */
NK_MUST_CHECK int nk_out_put(struct nk_out *out, const struct nk_record *record, const void *row,
			     struct nk_err *err);

/* The same, but a table has one field a line, all that are there, and a blank line between records:
 * for records with much in them that are few. */
NK_MUST_CHECK int nk_out_put_tall(struct nk_out *out, const struct nk_record *record,
				  const void *row, struct nk_err *err);

/* Are records wanted of what a classic tool does silently (transfers, summaries)? JSON: yes. */
bool nk_out_is_json(const struct nk_out *out);

/* Was a form of output asked for by name? Then what is silent otherwise is printed too. */
bool nk_out_is_explicit(const struct nk_out *out);

/* Standard output carries a file's raw bytes from now on: records that would mix with them are
 * dropped, unless they go to --out. */
void nk_out_give_stdout_away(struct nk_out *out);

/* The file is over: records are printed again. For a prompt. */
void nk_out_take_stdout_back(struct nk_out *out);

/* Do records go to a terminal? */
bool nk_out_is_on_terminal(const struct nk_out *out);

/* Put bytes between the records as they are: what another sink of the same form has made of its
 * own, or a file's. Fails with write. */
NK_MUST_CHECK int nk_out_pass(struct nk_out *out, const char *bytes, size_t length,
			      struct nk_err *err);

/* Write what is buffered. The data sink is stdout: call before exit, and see its error. */
NK_MUST_CHECK int nk_out_flush(struct nk_out *out, struct nk_err *err);

/* Records printed so far. */
int64_t nk_out_count(const struct nk_out *out);

/* Flush, and see that a file is really kept: its disk may be full only when it is closed. Nothing
 * can be put afterwards. Fails with write. */
NK_MUST_CHECK int nk_out_close(struct nk_out *out, struct nk_err *err);
void nk_out_free(struct nk_out *out);
NK_AUTO_HANDLE(out, struct nk_out *, nk_out_free)

/* All record types that core knows, for "netkit help output"; ends in NULL. */
extern const struct nk_record *const nk_records[];

#endif
