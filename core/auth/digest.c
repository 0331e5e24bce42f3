/* digest.c - hashes for verification, from zlib and OpenSSL. */
#include "netkit/digest.h"

#include <stdio.h>

#include "netkit/codec.h"
#include "netkit/lib/ssl.h"
#include "netkit/lib/z.h"
#include "netkit/text.h"

struct nk_digest {
	enum nk_digest_kind kind;
	const struct nk_z *z;
	const struct nk_ssl *ssl;
	unsigned long crc;
	EVP_MD_CTX *md;
};

static const char *const digest_names[] = {
	[NK_DIGEST_NONE] = "none",  [NK_DIGEST_CRC32] = "CRC32",    [NK_DIGEST_MD5] = "MD5",
	[NK_DIGEST_SHA1] = "SHA-1", [NK_DIGEST_SHA256] = "SHA-256", [NK_DIGEST_SHA512] = "SHA-512",
};

enum nk_digest_kind nk_digest_kind_of(const char *name)
{
	for (size_t i = NK_DIGEST_CRC32; i < NK_COUNT(digest_names); i++) {
		if (nk_text_is_same(name, digest_names[i]))
			return (enum nk_digest_kind)i;
	}
	return NK_DIGEST_NONE;
}

const char *nk_digest_name(enum nk_digest_kind kind)
{
	return digest_names[kind];
}

static const EVP_MD *digest_algorithm(const struct nk_ssl *ssl, enum nk_digest_kind kind)
{
	switch (kind) {
	case NK_DIGEST_MD5:
		return ssl->EVP_md5();
	case NK_DIGEST_SHA1:
		return ssl->EVP_sha1();
	case NK_DIGEST_SHA512:
		return ssl->EVP_sha512();
	default:
		return ssl->EVP_sha256();
	}
}

int nk_digest_new(enum nk_digest_kind kind, struct nk_digest **digest, struct nk_err *err)
{
	nk_auto(digest) struct nk_digest *made = nk_alloc(sizeof(*made));

	made->kind = kind;
	if (kind == NK_DIGEST_CRC32) {
		made->z = nk_z(err);
		if (!made->z)
			return -1;
		made->crc = made->z->crc32(0, NULL, 0);
	} else {
		made->ssl = nk_ssl(err);
		if (!made->ssl)
			return -1;
		made->md = made->ssl->EVP_MD_CTX_new();
		if (!made->md || !made->ssl->EVP_DigestInit_ex(
					 made->md, digest_algorithm(made->ssl, kind), NULL))
			return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s is not available",
				       digest_names[kind]);
	}
	*digest = nk_take(made);
	return 0;
}

void nk_digest_add(struct nk_digest *digest, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;

	if (digest->md) {
		digest->ssl->EVP_DigestUpdate(digest->md, bytes, length);
		return;
	}
	while (length > 0) {
		uInt part = length > INT32_MAX ? INT32_MAX : (uInt)length;

		digest->crc = digest->z->crc32(digest->crc, at, part);
		at += part;
		length -= part;
	}
}

void nk_digest_finish(struct nk_digest *digest, char out[NK_DIGEST_TEXT])
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int size = 0;

	if (!digest->md) {
		snprintf(out, NK_DIGEST_TEXT, "%08lx", digest->crc);
		return;
	}
	digest->ssl->EVP_DigestFinal_ex(digest->md, hash, &size);
	nk_hex_encode(out, hash, size);
}

void nk_digest_free(struct nk_digest *digest)
{
	if (!digest)
		return;
	if (digest->md)
		digest->ssl->EVP_MD_CTX_free(digest->md);
	free(digest);
}
