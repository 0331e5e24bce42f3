/*
 * Whether what arrived is what was sent, by hash.
 */
#ifndef NETKIT_FS_VERIFY_H
#define NETKIT_FS_VERIFY_H

#include "netkit/copy.h"

/* Add what stream yields, length bytes or (-1) all, to digest. Fails with short when it ends
 * before, and as reading does. */
NK_MUST_CHECK int nk_stream_digest(struct nk_stream *stream, int64_t length,
				   struct nk_digest *digest, struct nk_err *err);

/* Where the two hashes of a copy come from. */
struct nk_verification {
	const struct nk_end *source;
	const struct nk_end *target;
	enum nk_digest_kind kind;      /* NONE: no hash is wanted */
	char expected[NK_DIGEST_TEXT]; /* what the source said; "" when it was not asked */
	struct nk_digest *digest;      /* of what is moved; NULL when only others hash; owned */
	char moved[NK_DIGEST_TEXT];    /* what digest came to, "" until then */
};

/*
 * Before anything is opened: ask the source where it can hash. offset: where the copy goes on.
 * Fails with unsupported when neither end can hash.
 */
NK_MUST_CHECK int nk_verification_begin(struct nk_verification *verification,
					const struct nk_end *source, const struct nk_end *target,
					int64_t offset, struct nk_err *err);

/* The target is open and holds offset bytes already: they count too. */
NK_MUST_CHECK int nk_verification_resume(struct nk_verification *verification,
					 struct nk_stream *out, int64_t offset, struct nk_err *err);

/* All was moved and the source closed; the target is not complete yet. Fails with mismatch. */
NK_MUST_CHECK int nk_verification_moved(struct nk_verification *verification, struct nk_err *err);

/* The target is complete: ask it where it can hash. Fails with mismatch, unsupported. */
NK_MUST_CHECK int nk_verification_end(struct nk_verification *verification, struct nk_err *err);

void nk_verification_release(struct nk_verification *verification);
NK_AUTO(verification, struct nk_verification, nk_verification_release)

#endif
