/*
 * Option tables: rows that say where an option's value goes. Parsing, help, manual pages and
 * completion are all made from them.
 */
#ifndef NETKIT_OPT_H
#define NETKIT_OPT_H

#include "netkit/err.h"
#include "netkit/text.h"

enum nk_opt_kind {
	NK_OPT_KIND_END,
	NK_OPT_KIND_FLAG,     /* bool: set to true; or --name=yes|no */
	NK_OPT_KIND_COUNT,    /* int: one more each time; or --name=N */
	NK_OPT_KIND_INT,      /* int within [least, most] */
	NK_OPT_KIND_SIZE,     /* uint64_t, bytes */
	NK_OPT_KIND_DURATION, /* int64_t, milliseconds */
	NK_OPT_KIND_TEXT,     /* const char *, borrowed from argv */
	NK_OPT_KIND_MAYBE,    /* const char *: --name (then "") or --name=VALUE */
	NK_OPT_KIND_TEXTS,    /* struct nk_strings: may be given again */
	NK_OPT_KIND_WORD,     /* int: index into words */
};

struct nk_opt {
	enum nk_opt_kind kind;
	char letter;	    /* 0: none */
	const char *name;   /* long name; NULL: letter only */
	const char *arg;    /* what help calls the value: "FILE" */
	const char *help;   /* one line, lower case, no full stop */
	const char *preset; /* the default, parsed as if given and shown by help; NULL: none */
	const char *const *words; /* of a WORD, ending in NULL; a MAYBE may have them too */
	int least, most;	  /* of an INT */
	/* Rivals, of which only those hold that were said last or above: the options of a password. */
	const char *family;
	/* It runs a program, chooses what runs, or names a file that is written: a config that others
	 * can write must not say it. */
	bool is_delicate;
	bool is_typed; /* it makes sense where it is typed alone, and never in a config */
	size_t offset; /* of the member in the options struct */
};

/* offsetof, checked: the member has the type its kind stores. Rows may end in more members: .family = "x". */
#define NK_OPT_AT(S, member, type)                                                                 \
	(offsetof(S, member) +                                                                     \
	 0 * sizeof(char[1 -                                                                       \
			 2 * !__builtin_types_compatible_p(__typeof__(((S *)0)->member), type)]))

#define NK_OPT_FLAG(S, member, ltr, nm, hlp, ...)                                                  \
	{                                                                                          \
		.kind = NK_OPT_KIND_FLAG, .letter = (ltr), .name = (nm), .help = (hlp),            \
		.offset = NK_OPT_AT(S, member, bool), __VA_ARGS__                                  \
	}
#define NK_OPT_COUNT(S, member, ltr, nm, hlp, ...)                                                 \
	{                                                                                          \
		.kind = NK_OPT_KIND_COUNT, .letter = (ltr), .name = (nm), .help = (hlp),           \
		.offset = NK_OPT_AT(S, member, int), __VA_ARGS__                                   \
	}
#define NK_OPT_INT(S, member, ltr, nm, ar, hlp, ...)                                               \
	NK_OPT_INT_RANGE(S, member, ltr, nm, ar, NULL, 0, 2147483647, hlp, __VA_ARGS__)
#define NK_OPT_INT_RANGE(S, member, ltr, nm, ar, pre, low, high, hlp, ...)                         \
	{                                                                                          \
		.kind = NK_OPT_KIND_INT, .letter = (ltr), .name = (nm), .arg = (ar),               \
		.help = (hlp), .preset = (pre), .least = (low), .most = (high),                    \
		.offset = NK_OPT_AT(S, member, int), __VA_ARGS__                                   \
	}
#define NK_OPT_SIZE(S, member, ltr, nm, ar, pre, hlp, ...)                                         \
	{                                                                                          \
		.kind = NK_OPT_KIND_SIZE, .letter = (ltr), .name = (nm), .arg = (ar),              \
		.help = (hlp), .preset = (pre), .offset = NK_OPT_AT(S, member, uint64_t),          \
		__VA_ARGS__                                                                        \
	}
#define NK_OPT_DURATION(S, member, ltr, nm, ar, pre, hlp, ...)                                     \
	{                                                                                          \
		.kind = NK_OPT_KIND_DURATION, .letter = (ltr), .name = (nm), .arg = (ar),          \
		.help = (hlp), .preset = (pre), .offset = NK_OPT_AT(S, member, int64_t),           \
		__VA_ARGS__                                                                        \
	}
#define NK_OPT_TEXT(S, member, ltr, nm, ar, hlp, ...)                                              \
	{                                                                                          \
		.kind = NK_OPT_KIND_TEXT, .letter = (ltr), .name = (nm), .arg = (ar),              \
		.help = (hlp), .offset = NK_OPT_AT(S, member, const char *), __VA_ARGS__           \
	}
#define NK_OPT_MAYBE(S, member, ltr, nm, ar, hlp, ...)                                             \
	{                                                                                          \
		.kind = NK_OPT_KIND_MAYBE, .letter = (ltr), .name = (nm), .arg = (ar),             \
		.help = (hlp), .offset = NK_OPT_AT(S, member, const char *), __VA_ARGS__           \
	}
#define NK_OPT_TEXTS(S, member, ltr, nm, ar, hlp, ...)                                             \
	{                                                                                          \
		.kind = NK_OPT_KIND_TEXTS, .letter = (ltr), .name = (nm), .arg = (ar),             \
		.help = (hlp), .offset = NK_OPT_AT(S, member, struct nk_strings), __VA_ARGS__      \
	}
#define NK_OPT_WORD(S, member, ltr, nm, wrds, pre, hlp, ...)                                       \
	{                                                                                          \
		.kind = NK_OPT_KIND_WORD, .letter = (ltr), .name = (nm), .words = (wrds),          \
		.help = (hlp), .preset = (pre), .offset = NK_OPT_AT(S, member, int), __VA_ARGS__   \
	}
#define NK_OPT_END                                                                                 \
	{                                                                                          \
		.kind = NK_OPT_KIND_END                                                            \
	}

/* A table and the struct it fills. */
struct nk_opt_set {
	const char *title; /* heading in help: "transfer"; NULL: the applet's or verb's own */
	const struct nk_opt *options;
	void *into;
	const char *refusal;	    /* why none of them can be given here; NULL: they can */
	struct nk_opt_given *given; /* parsing notes here what was given; NULL: nobody asks */
};

/* What was given: an option's own name, and its family unless a flag was taken back with "=no". */
struct nk_opt_given {
	struct nk_strings names;
	struct nk_strings families;
};
bool nk_opt_is_given(const struct nk_opt_given *given, const struct nk_opt *opt);
void nk_opt_given_add(struct nk_opt_given *given, const struct nk_opt *opt, const char *value);
void nk_opt_given_release(struct nk_opt_given *given);

/* Store every preset. */
void nk_opt_presets(const struct nk_opt_set *sets, int count);

/*
 * Parse argv[0..argc): options may stand anywhere before "--"; no abbreviations. What is no option
 * is appended to operands (borrowed; "-" is an operand). Later sets never hide earlier ones: a unit
 * test holds names unique. Fails with usage: unknown (with the nearest name), missing or unusable
 * value, a value where none is taken, an option of a set that is refused here.
 */
NK_MUST_CHECK int nk_opt_parse(const struct nk_opt_set *sets, int count, int argc, char **argv,
			       struct nk_strings *operands, struct nk_err *err);

/*
 * Store a value as a file says it, in the place that into's member has: flags take yes, no, true,
 * false, on, off, 1 and 0, counts a number too; a list gets one more; a MAYBE may be "". value: borrowed
 * for as long as into is used. Fails with usage.
 */
NK_MUST_CHECK int nk_opt_store(const struct nk_opt *opt, void *into, const char *value,
			       struct nk_err *err);

/* Would the value do? Fails as nk_opt_store does. */
NK_MUST_CHECK int nk_opt_try(const struct nk_opt *opt, const char *value, struct nk_err *err);

/* Does the value take a flag back? */
bool nk_opt_is_off(const struct nk_opt *opt, const char *value);

/* The index in argv of the first word that is no option, skipping the values that options of these
 * tables take; -1 when there is none. Unknown options are taken to have no separate value. */
int nk_opt_first_operand(const struct nk_opt *const *tables, int count, int argc, char **argv);

/* What words are to tables, without their being complete or sound. */
struct nk_opt_scan {
	struct nk_strings operands;  /* borrowed from argv */
	const struct nk_opt *awaits; /* its value is the word after the last; NULL: none does */
	bool has_ended;		     /* "--" came: all that follows are operands */
};

/* Look through argv[0..argc). Unknown options are taken to have no separate value. scan: zeroed by
 * the caller. */
void nk_opt_look_through(const struct nk_opt *const *tables, int count, int argc, char **argv,
			 struct nk_opt_scan *scan);
void nk_opt_scan_release(struct nk_opt_scan *scan);
NK_AUTO(opt_scan, struct nk_opt_scan, nk_opt_scan_release)

/* The option whose value is part of this word, "--ca=x" or "-ix", and where in the word that
 * begins; NULL when it is no such word. */
const struct nk_opt *nk_opt_with_value(const struct nk_opt *const *tables, int count,
				       const char *word, size_t *value_at);

/* Free what TEXTS options grew. */
void nk_opt_release(const struct nk_opt_set *sets, int count);

#endif
