/* tree.c - changing things: folders, names, modes, times; hashes and space. */
#include "ftp.h"

#include <stdio.h>
#include <time.h>

#include "netkit/log.h"
#include "netkit/num.h"

/* One command about one path. */
static int ftp_simple(struct nk_fs *fs, const char *verb, const char *path, struct nk_err *err)
{
	struct ftp *ftp = (struct ftp *)fs;
	nk_auto(str) char *real = NULL;

	if (ftp_real_path(ftp, path, &real, err) < 0)
		return -1;
	if (ftp_command(ftp, 2, err, "%s %s", verb, real) == 0)
		return 0;
	return ftp_refine(ftp, real, err);
}

static int ftp_mkdir(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	struct ftp *ftp = (struct ftp *)fs;
	nk_auto(str) char *real = NULL;
	struct nk_err other = NK_ERR_INIT;
	enum ftp_presence presence;

	if (ftp_real_path(ftp, path, &real, err) < 0)
		return -1;
	if (ftp_command(ftp, 2, err, "MKD %s", real) == 0)
		return 0;
	if (ftp->reply.code == 521)
		err->domain = NK_E_EXISTS;
	if (!ftp->is_vague || ftp->is_broken)
		return -1;
	/* "Create directory operation failed" is said for both. */
	if (ftp_probe(ftp, real, &presence, &other) == 0 && presence != FTP_ABSENT)
		err->domain = NK_E_EXISTS;
	return -1;
}

static int ftp_rmdir(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	struct ftp *ftp = (struct ftp *)fs;

	/* The folder we stand in may be the one that goes. */
	if (ftp->cwd && strcmp(ftp->cwd, "/") != 0) {
		if (ftp_command(ftp, 2, err, "CWD /") < 0)
			return -1;
		free(ftp->cwd);
		ftp->cwd = nk_strdup("/");
	}
	return ftp_simple(fs, "RMD", path, err);
}

static int ftp_unlink(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	return ftp_simple(fs, "DELE", path, err);
}

static int ftp_rename(struct nk_fs *fs, const char *path, const char *to, struct nk_err *err)
{
	struct ftp *ftp = (struct ftp *)fs;
	nk_auto(str) char *from_real = NULL;
	nk_auto(str) char *to_real = NULL;

	if (ftp_real_path(ftp, path, &from_real, err) < 0 ||
	    ftp_real_path(ftp, to, &to_real, err) < 0)
		return -1;
	if (ftp_command(ftp, 3, err, "RNFR %s", from_real) < 0)
		return ftp_refine(ftp, from_real, err);
	return ftp_command(ftp, 2, err, "RNTO %s", to_real);
}

static int ftp_chmod(struct nk_fs *fs, const char *path, int mode, struct nk_err *err)
{
	nk_auto(str) char *verb = nk_format("SITE CHMOD %04o", (unsigned)mode);

	return ftp_simple(fs, verb, path, err);
}

/* MFMT (draft-somers-ftp-mfxx), or the MDTM with a time that older servers take. */
static int ftp_set_mtime(struct nk_fs *fs, const char *path, int64_t mtime, struct nk_err *err)
{
	struct ftp *ftp = (struct ftp *)fs;
	time_t seconds = (time_t)mtime;
	struct tm utc;
	char verb[40];

	if (!gmtime_r(&seconds, &utc))
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "a time that no calendar has");
	strftime(verb, sizeof(verb),
		 ftp->features & FTP_FEAT_MFMT ? "MFMT %Y%m%d%H%M%S" : "MDTM %Y%m%d%H%M%S", &utc);
	return ftp_simple(fs, verb, path, err);
}

/* ---- hashes ---- */

static const struct ftp_hash {
	enum nk_digest_kind kind;
	unsigned feature;
	const char *verb;
	size_t digits;
} ftp_hashes[] = {
	/* The server's best first. */
	{ NK_DIGEST_SHA512, FTP_FEAT_XSHA512, "XSHA512", 128 },
	{ NK_DIGEST_SHA256, FTP_FEAT_XSHA256, "XSHA256", 64 },
	{ NK_DIGEST_SHA1, FTP_FEAT_XSHA1, "XSHA1", 40 },
	{ NK_DIGEST_MD5, FTP_FEAT_XMD5, "XMD5", 32 },
	{ NK_DIGEST_CRC32, FTP_FEAT_XCRC, "XCRC", 8 },
};

/* "SHA-1;SHA-256*" has SHA-256? */
static bool ftp_hash_is_listed(const struct ftp *ftp, enum nk_digest_kind kind)
{
	const char *name = nk_digest_name(kind);
	size_t length = strlen(name);

	for (const char *at = ftp->hash_names; *at != '\0';) {
		size_t run = strcspn(at, ";* ");

		if (run == length && strncasecmp(at, name, length) == 0)
			return true;
		at += run;
		at += strspn(at, ";* ");
	}
	return false;
}

/* HASH, or else the command of the algorithm; for a part of a file the other way round: ProFTPD takes
 * RANG for transfers only. */
static const struct ftp_hash *ftp_choose_hash(const struct ftp *ftp, enum nk_digest_kind wish,
					      bool is_part, bool *by_hash)
{
	for (int pass = 0; pass < 2; pass++) {
		*by_hash = (pass == 0) != is_part;
		for (size_t i = 0; i < NK_COUNT(ftp_hashes); i++) {
			const struct ftp_hash *hash = &ftp_hashes[i];

			if (wish != NK_DIGEST_NONE && wish != hash->kind)
				continue;
			if (*by_hash ? (ftp->features & FTP_FEAT_HASH) &&
					       ftp_hash_is_listed(ftp, hash->kind)
				     : (ftp->features & hash->feature) != 0)
				return hash;
		}
	}
	return NULL;
}

static int ftp_take_hash(struct ftp *ftp, const struct ftp_hash *hash, char out[NK_DIGEST_TEXT],
			 struct nk_err *err)
{
	if (ftp_parse_hash(ftp->reply.text.data, hash->digits, out))
		return 0;
	return nk_fail(err, NK_E_PROTO, ftp->reply.code, "%s: no hash in the reply: %s",
		       nk_conn_peer(ftp->control), ftp->reply.text.data);
}

/* Does the reply to HASH, "SHA-1 0-9 <hash> <name>", speak of the first length bytes? */
static bool ftp_is_hash_of(const char *text, int64_t length)
{
	nk_auto(str) char *last = nk_format(" 0-%lld ", (long long)length - 1);
	nk_auto(str) char *end = nk_format(" 0-%lld ", (long long)length);

	return strstr(text, last) || strstr(text, end);
}

/* The hash of a part: the range is set before it, and taken back, or it would hold for the next
 * transfer too (draft-bryan-ftp-range). */
static int ftp_hash_part(struct ftp *ftp, const struct ftp_hash *hash, const char *real,
			 int64_t length, char out[NK_DIGEST_TEXT], struct nk_err *err)
{
	int result;

	if (!(ftp->features & FTP_FEAT_RANG))
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "the server hashes only whole files");
	if (ftp_command(ftp, 3, err, "RANG 0 %lld", (long long)length - 1) < 0)
		return -1;
	result = ftp_command(ftp, 2, err, "HASH %s", real);
	if (result == 0 && !ftp_is_hash_of(ftp->reply.text.data, length))
		result = nk_fail(err, NK_E_UNSUPPORTED, 0, "the server hashes only whole files");
	if (result == 0)
		result = ftp_take_hash(ftp, hash, out, err);
	if (ftp->is_broken || ftp_command(ftp, 3, err, "RANG 1 0") < 0)
		return -1;
	return result;
}

/* HASH (draft-bryan-ftpext-hash): the algorithm is an option. */
static int ftp_hash_by_hash(struct ftp *ftp, const struct ftp_hash *hash, const char *real,
			    int64_t length, char out[NK_DIGEST_TEXT], struct nk_err *err)
{
	if (ftp_command(ftp, 2, err, "OPTS HASH %s", nk_digest_name(hash->kind)) < 0)
		return -1;
	if (length >= 0)
		return ftp_hash_part(ftp, hash, real, length, out, err);
	if (ftp_command(ftp, 2, err, "HASH %s", real) < 0)
		return -1;
	return ftp_take_hash(ftp, hash, out, err);
}

/* XSHA256 and its like: what follows a name in quotes is the part. */
static int ftp_hash_by_name(struct ftp *ftp, const struct ftp_hash *hash, const char *real,
			    int64_t length, char out[NK_DIGEST_TEXT], struct nk_err *err)
{
	int result = length >= 0 ? ftp_command(ftp, 2, err, "%s \"%s\" 0 %lld", hash->verb, real,
					       (long long)length)
				 : ftp_command(ftp, 2, err, "%s %s", hash->verb, real);

	return result < 0 ? -1 : ftp_take_hash(ftp, hash, out, err);
}

static int ftp_hash(struct nk_fs *fs, const char *path, int64_t length, enum nk_digest_kind *kind,
		    char out[NK_DIGEST_TEXT], struct nk_err *err)
{
	struct ftp *ftp = (struct ftp *)fs;
	nk_auto(str) char *real = NULL;
	bool by_hash = false;
	const struct ftp_hash *hash = ftp_choose_hash(ftp, *kind, length >= 0, &by_hash);
	int result;

	if (!hash)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: the server offers no hash",
			       nk_conn_peer(ftp->control));
	if (ftp_real_path(ftp, path, &real, err) < 0 || ftp_set_type(ftp, 'I', err) < 0)
		return -1;
	result = by_hash ? ftp_hash_by_hash(ftp, hash, real, length, out, err)
			 : ftp_hash_by_name(ftp, hash, real, length, out, err);
	if (result < 0)
		return ftp_refine(ftp, real, err);
	*kind = hash->kind;
	return 0;
}

/* AVBL (draft-peterson-streamlined-ftp-command-extensions). */
static int ftp_space(struct nk_fs *fs, const char *path, int64_t *available, int64_t *total,
		     struct nk_err *err)
{
	struct ftp *ftp = (struct ftp *)fs;
	nk_auto(str) char *real = NULL;
	const char *text;
	uint64_t bytes;

	if (ftp_real_path(ftp, path, &real, err) < 0)
		return -1;
	if (ftp_command(ftp, 2, err, "AVBL %s", real) < 0)
		return -1;
	text = ftp->reply.text.data + strcspn(ftp->reply.text.data, "0123456789");
	if (!nk_num_span(text, strspn(text, "0123456789"), INT64_MAX, &bytes))
		return nk_fail(err, NK_E_PROTO, ftp->reply.code, "%s: AVBL: no number: %s",
			       nk_conn_peer(ftp->control), ftp->reply.text.data);
	*available = (int64_t)bytes;
	*total = -1;
	return 0;
}

static int ftp_fs_real_path(struct nk_fs *fs, const char *path, char **real, struct nk_err *err)
{
	return ftp_real_path((struct ftp *)fs, path, real, err);
}

/* The prompt's quote. What it changes behind our back is forgotten. */
static int ftp_quote(struct nk_fs *fs, const char *line, struct nk_buf *reply, struct nk_err *err)
{
	struct ftp *ftp = (struct ftp *)fs;

	if (ftp_settle(ftp, err) < 0 || ftp_send(ftp, err, "%s", line) < 0 ||
	    ftp_answer(ftp, err) < 0)
		return -1;
	free(nk_take(ftp->cwd));
	ftp->type = 0;
	if (nk_reply_class(&ftp->reply) == 1) {
		ftp->is_broken = true;
		return nk_fail(err, NK_E_UNSUPPORTED, ftp->reply.code,
			       "a command that moves data cannot be quoted");
	}
	if (nk_reply_class(&ftp->reply) > 3)
		return ftp_refused(ftp, err, line);
	if (nk_buf_addf(reply, "%d %s", ftp->reply.code, ftp->reply.text.data) < 0)
		return nk_fail(err, NK_E_PROTO, ftp->reply.code, "the reply is too long");
	return 0;
}

const struct nk_fs_ops ftp_fs = {
	.name = "ftp",
	.caps = NK_FS_CAP_RESUME | NK_FS_CAP_PARALLEL | NK_FS_CAP_LINKS | NK_FS_CAP_CHECKS_SIZE |
		NK_FS_CAP_RANGES,
	.mount = ftp_mount,
	.mount_early = ftp_mount_early,
	.unmount = ftp_unmount,
	.is_alive = ftp_is_alive,
	.list = ftp_list,
	.stat = ftp_stat,
	.open = ftp_open,
	.ahead = ftp_ahead,
	.mkdir = ftp_mkdir,
	.rmdir = ftp_rmdir,
	.unlink = ftp_unlink,
	.rename = ftp_rename,
	.chmod = ftp_chmod,
	.set_mtime = ftp_set_mtime,
	.hash = ftp_hash,
	.space = ftp_space,
	.real_path = ftp_fs_real_path,
	.command = ftp_quote,
};
