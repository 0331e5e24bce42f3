/*
 * known_hosts files: their lines one after the other, in memory that does not grow with them.
 */
#ifndef CORE_AUTH_KNOWNHOSTS_H
#define CORE_AUTH_KNOWNHOSTS_H

#include "netkit/hostkey.h"

struct nk_known_file;
struct nk_known_name;

/* Is it the name of a key type, such as cannot break a line or a list (RFC 4251 6)? */
bool nk_known_is_type(const char *type, size_t length);

void nk_known_fold(char *text); /* to lower case, ASCII alone */

/* A name made ready to be looked for in many lines. known_as: as nk_hostkey_known_as makes it. */
struct nk_known_name *nk_known_name_new(const char *known_as);
bool nk_known_name_matches(struct nk_known_name *name, const struct nk_known_line *line);
void nk_known_name_free(struct nk_known_name *name); /* accepts NULL */

/* Fails with read, missing when there is no such file. path: borrowed. */
NK_MUST_CHECK int nk_known_file_open(const char *path, struct nk_known_file **file,
				     struct nk_err *err);

/*
 * The next line that says something; line is borrowed until the next call. Returns 1, 0 at the end.
 * Fails with read.
 */
NK_MUST_CHECK int nk_known_file_next(struct nk_known_file *file, struct nk_known_line *line,
				     struct nk_err *err);
long nk_known_file_line(const struct nk_known_file *file); /* its number, from 1 */
void nk_known_file_free(struct nk_known_file *file);	   /* accepts NULL */

NK_AUTO_HANDLE(known_name, struct nk_known_name *, nk_known_name_free)
NK_AUTO_HANDLE(known_file, struct nk_known_file *, nk_known_file_free)

#endif
