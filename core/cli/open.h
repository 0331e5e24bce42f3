/*
 * From what the user typed to a place that can be mounted: URL, local path or "-".
 *
 * An opener makes one session for operands of the same scheme, user, host and port, and keeps one
 * connection, so that several commands on the same server log in once.
 */
#ifndef NETKIT_CLI_OPEN_H
#define NETKIT_CLI_OPEN_H

#include "netkit/applet.h"
#include "netkit/local.h"
#include "netkit/url.h"

/* ctx: borrowed; its applets, sets and common options are what sessions are made from. */
struct nk_opener *nk_opener_new(const struct nk_ctx *ctx);
void nk_opener_free(struct nk_opener *opener); /* also NULL */
NK_AUTO_HANDLE(opener, struct nk_opener *, nk_opener_free)

/* The applet that speaks a scheme, and the scheme's row; NULL when none does. */
const struct nk_applet *nk_applet_of_scheme(const struct nk_applet *const *applets,
					    const char *scheme, const struct nk_scheme **row);

/* An operand as messages may show it: what is no sound URL is shown without all that stands before
 * its last '@', which may hold a password; a new string. */
char *nk_operand_label(const char *operand);

/* Take an operand apart; without "scheme://" it gets the applet's first. applet NULL: it needs one.
 * Fails with usage or url. */
NK_MUST_CHECK int nk_operand_parse(const struct nk_applet *applet, const char *operand,
				   struct nk_url *url, struct nk_err *err);

/* A remote place. Without "scheme://" the applet's first scheme is meant, when one was named. */
NK_MUST_CHECK int nk_opener_remote(struct nk_opener *opener, const char *operand,
				   struct nk_place *place, struct nk_err *err);

/* A local path, or below root when that is not NULL; "-" with root NULL is stdin or stdout. */
void nk_opener_local(struct nk_opener *opener, const char *root, const char *path,
		     struct nk_place *place);

/* A URL, a local path or "-". */
NK_MUST_CHECK int nk_opener_any(struct nk_opener *opener, const char *operand,
				struct nk_place *place, struct nk_err *err);

/*
 * A mounted fs for the place, with retries; the kept connection when it is of the same session.
 * Borrowed: the opener unmounts it.
 */
NK_MUST_CHECK int nk_opener_mount(struct nk_opener *opener, const struct nk_place *place,
				  struct nk_fs **fs, struct nk_err *err);

/* The same without retries, for callers that try all of what they do again. */
NK_MUST_CHECK int nk_opener_mount_once(struct nk_opener *opener, const struct nk_place *place,
				       struct nk_fs **fs, struct nk_err *err);

/*
 * A prompt's opener: single files are copied over the kept connection, as text when that was asked
 * for, and another session may come with each command.
 */
void nk_opener_be_prompt(struct nk_opener *opener);
bool nk_opener_is_prompt(const struct nk_opener *opener);

/* Local files are written as common says, until the next call; NULL: as ctx does. Sessions always
 * keep to ctx. common: borrowed. */
void nk_opener_set_common(struct nk_opener *opener, const struct nk_common *common);
void nk_opener_set_text(struct nk_opener *opener, bool is_text);
bool nk_opener_is_text(const struct nk_opener *opener);

/* Close the kept connection. */
void nk_opener_drop(struct nk_opener *opener);

/* The same after it was lost: that it is made again is told at a prompt. */
void nk_opener_lose(struct nk_opener *opener);
bool nk_opener_is_connected(const struct nk_opener *opener);

/* Has the server ended the kept connection while nobody used it? Then it is lost. */
void nk_opener_look(struct nk_opener *opener);

/* Bytes that copies have moved since the opener was made, as far as they were added. */
void nk_opener_add_moved(struct nk_opener *opener, int64_t bytes);
int64_t nk_opener_moved(const struct nk_opener *opener);

/* Several places, for verbs that take many operands. */
struct nk_places {
	struct nk_place *items;
	int count;
};

void nk_places_add(struct nk_places *places, struct nk_place place); /* takes its path */
void nk_places_release(struct nk_places *places);
NK_AUTO(places, struct nk_places, nk_places_release)

/* The remote places that operands[0..count) name. */
NK_MUST_CHECK int nk_opener_places(struct nk_opener *opener, const char *const *operands, int count,
				   struct nk_places *places, struct nk_err *err);

/* Do all that are remote belong to one session? */
bool nk_places_are_together(const struct nk_places *places);

bool nk_place_is_local(const struct nk_place *place);
bool nk_place_is_stdio(const struct nk_place *place);

/* What a path in this place is called: its URL, or the local path; a new string. */
char *nk_place_label(const struct nk_ctx *ctx, const struct nk_place *place, const char *path);

void nk_place_release(struct nk_place *place);
NK_AUTO(place, struct nk_place, nk_place_release)

#endif
