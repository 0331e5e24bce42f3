/* verify.c - hashes of both ends of a copy. */
#include "verify.h"

#include "blame.h"
#include "netkit/wait.h"

#define VERIFY_CHUNK 65536

int nk_stream_digest(struct nk_stream *stream, int64_t length, struct nk_digest *digest,
		     struct nk_err *err)
{
	nk_auto(str) char *chunk = nk_realloc(NULL, VERIFY_CHUNK);
	int64_t left = length < 0 ? INT64_MAX : length;

	while (left > 0) {
		size_t most = left < VERIFY_CHUNK ? (size_t)left : VERIFY_CHUNK;
		ssize_t got;

		if (nk_interrupt_check(err) < 0)
			return -1;
		got = nk_stream_read(stream, chunk, most, err);
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		nk_digest_add(digest, chunk, (size_t)got);
		left -= got;
	}
	if (length >= 0 && left > 0)
		return nk_fail(err, NK_E_SHORT, 0, "is shorter than %lld bytes", (long long)length);
	return 0;
}

static bool can_hash(const struct nk_end *end)
{
	return end->fs->ops->hash != NULL;
}

static bool asks_target(const struct nk_verification *verification)
{
	return can_hash(verification->target) && !nk_fs_is_here(verification->target->fs->ops);
}

/* A source on this machine is only asked when nobody else can be: it is what is read anyway. */
static bool asks_source(const struct nk_verification *verification)
{
	return can_hash(verification->source) &&
	       (!nk_fs_is_here(verification->source->fs->ops) || !asks_target(verification));
}

int nk_verification_begin(struct nk_verification *verification, const struct nk_end *source,
			  const struct nk_end *target, int64_t offset, struct nk_err *err)
{
	verification->source = source;
	verification->target = target;
	verification->kind = NK_DIGEST_SHA256;
	if (asks_source(verification)) {
		verification->kind = NK_DIGEST_NONE;
		if (nk_fs_hash(source->fs, source->path, -1, &verification->kind,
			       verification->expected, err) < 0)
			return -1;
	} else if (!asks_target(verification)) {
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: neither end can hash it",
			       source->path);
	}
	/* What a server has already cannot be read back: both ends are asked afterwards. */
	if (offset > 0 && !nk_fs_is_here(target->fs->ops))
		return 0;
	return nk_digest_new(verification->kind, &verification->digest, err);
}

int nk_verification_resume(struct nk_verification *verification, struct nk_stream *out,
			   int64_t offset, struct nk_err *err)
{
	if (!verification->digest || offset == 0)
		return 0;
	return nk_stream_digest(out, offset, verification->digest, err);
}

static int compare(const struct nk_verification *verification, const char *whose,
		   const char *expected, const char *found, struct nk_err *err)
{
	if (strcmp(expected, found) == 0)
		return 0;
	return nk_fail(err, NK_E_MISMATCH, 0, "%s: the %s %s is %s, not %s",
		       verification->target->path, nk_digest_name(verification->kind), whose, found,
		       expected);
}

int nk_verification_moved(struct nk_verification *verification, struct nk_err *err)
{
	if (!verification->digest)
		return 0;
	nk_digest_finish(verification->digest, verification->moved);
	if (verification->expected[0] == '\0')
		return 0;
	return compare(verification, "of what was received", verification->expected,
		       verification->moved, err);
}

/* The source's hash of the kind that the target speaks. */
static int hash_again(struct nk_verification *verification, enum nk_digest_kind kind,
		      char out[NK_DIGEST_TEXT], struct nk_err *err)
{
	const struct nk_end *source = verification->source;
	enum nk_digest_kind used = kind;

	if (kind == verification->kind && verification->moved[0] != '\0') {
		memcpy(out, verification->moved, NK_DIGEST_TEXT);
		return 0;
	}
	if (kind == verification->kind && verification->expected[0] != '\0') {
		memcpy(out, verification->expected, NK_DIGEST_TEXT);
		return 0;
	}
	if (can_hash(source) && nk_fs_hash(source->fs, source->path, -1, &used, out, err) < 0)
		return -1;
	if (!can_hash(source) || used != kind)
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "%s: was copied, but only %s knows its hash (%s)",
			       verification->target->path, verification->target->fs->ops->name,
			       nk_digest_name(kind));
	verification->kind = kind;
	return 0;
}

int nk_verification_end(struct nk_verification *verification, struct nk_err *err)
{
	const struct nk_end *target = verification->target;
	enum nk_digest_kind kind = verification->kind;
	char stored[NK_DIGEST_TEXT];
	char sent[NK_DIGEST_TEXT];

	if (!target || !asks_target(verification))
		return 0;
	if (nk_fs_hash(target->fs, target->path, -1, &kind, stored, err) < 0 ||
	    hash_again(verification, kind, sent, err) < 0)
		return -1;
	return compare(verification, "of what is stored", sent, stored, err);
}

void nk_verification_release(struct nk_verification *verification)
{
	nk_digest_free(verification->digest);
	verification->digest = NULL;
}
