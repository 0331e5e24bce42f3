/* bcrypt.c - bcrypt_pbkdf, PBKDF2 with bcrypt in place of an HMAC (OpenBSD's bcrypt_pbkdf(3)). */
#include "bcrypt.h"

#include <arpa/inet.h>

#include "netkit/lib/ssl.h"
#include "netkit/wait.h"

/* Blowfish: 16 rounds and two words of whitening, four boxes of 256 words. */
#define BLOWFISH_SUBKEYS 18
#define BLOWFISH_WORDS	 (BLOWFISH_SUBKEYS + 4 * 256)

/* Words kept beyond the last one that counts, and before them the one left of the point. */
#define PI_WORDS (1 + BLOWFISH_WORDS + 2)

#define SHA512_SIZE	64
#define BCRYPT_SIZE	32
#define BCRYPT_REPEATED 64

/* words: the subkeys, then the boxes. */
struct blowfish {
	uint32_t words[BLOWFISH_WORDS];
};

/*
 * Blowfish starts from the binary digits of pi. They come from Gosper's series,
 * pi = s(1), s(k) = 5k - 2 + s(k + 1) * k(2k - 1) / (3(3k + 1)(3k + 2)),
 * evaluated from the inside out in fixed point. A term brings more than 3.75 bits, so the one at k
 * needs fewer words than the result by k / 9 at least, and the last that matters is that of k = 8960.
 */
static void blowfish_start(struct blowfish *start)
{
	uint32_t pi[PI_WORDS] = { 0 };

	for (uint32_t k = 8960; k > 0; k--) {
		uint64_t numerator = (uint64_t)k * (2 * k - 1);
		uint64_t denominator = UINT64_C(3) * (3 * k + 1) * (3 * k + 2);
		uint32_t used = PI_WORDS - k / 9;
		uint64_t rest = 0;

		for (uint32_t i = used; i-- > 0; rest >>= 32) {
			rest += pi[i] * numerator;
			pi[i] = (uint32_t)rest;
		}
		for (uint32_t i = 0; i < used; i++) {
			rest = rest << 32 | pi[i];
			pi[i] = (uint32_t)(rest / denominator);
			rest %= denominator;
		}
		pi[0] += 5 * k - 2;
	}
	memcpy(start->words, pi + 1, sizeof(start->words));
}

static inline uint32_t blowfish_mix(const uint32_t *boxes, uint32_t x)
{
	return ((boxes[x >> 24] + boxes[256 + (x >> 16 & 255)]) ^ boxes[512 + (x >> 8 & 255)]) +
	       boxes[768 + (x & 255)];
}

static void blowfish_encrypt(const struct blowfish *state, uint32_t block[2])
{
	const uint32_t *boxes = state->words + BLOWFISH_SUBKEYS;
	uint32_t left = block[0];
	uint32_t right = block[1];

	for (int i = 0; i < BLOWFISH_SUBKEYS - 2; i += 2) {
		left ^= state->words[i];
		right ^= blowfish_mix(boxes, left);
		right ^= state->words[i + 1];
		left ^= blowfish_mix(boxes, right);
	}
	block[0] = right ^ state->words[BLOWFISH_SUBKEYS - 1];
	block[1] = left ^ state->words[BLOWFISH_SUBKEYS - 2];
}

/* A hash as the sixteen words it is used as. */
struct bcrypt_words {
	uint32_t items[SHA512_SIZE / 4];
};

/* The key schedule of eksblowfish; salt: NULL for none. */
static void blowfish_expand(struct blowfish *state, const struct bcrypt_words *salt,
			    const struct bcrypt_words *key)
{
	uint32_t block[2] = { 0, 0 };
	size_t salt_at = 0;

	for (int i = 0; i < BLOWFISH_SUBKEYS; i++)
		state->words[i] ^= key->items[i % NK_COUNT(key->items)];
	for (int i = 0; i < BLOWFISH_WORDS; i += 2) {
		if (salt) {
			block[0] ^= salt->items[salt_at];
			block[1] ^= salt->items[salt_at + 1];
			salt_at = (salt_at + 2) % NK_COUNT(salt->items);
		}
		blowfish_encrypt(state, block);
		state->words[i] = block[0];
		state->words[i + 1] = block[1];
	}
}

/* What one derivation works with; everything in it is secret. */
struct bcrypt_work {
	const struct nk_ssl *ssl;
	struct blowfish start;
	struct blowfish state;
	struct bcrypt_words passphrase;
	struct bcrypt_words salt;
	unsigned char salted[NK_BCRYPT_SALT_MAX + 4];
	unsigned char hash[BCRYPT_SIZE];
	unsigned char sum[BCRYPT_SIZE];
	unsigned char key[NK_BCRYPT_KEY_MAX];
};

static int bcrypt_sha512(const struct nk_ssl *ssl, const void *bytes, size_t length,
			 struct bcrypt_words *words, struct nk_err *err)
{
	if (ssl->EVP_Digest(bytes, length, (unsigned char *)words->items, NULL, ssl->EVP_sha512(),
			    NULL) != 1)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "SHA-512 is not available");
	for (size_t i = 0; i < NK_COUNT(words->items); i++)
		words->items[i] = ntohl(words->items[i]);
	return 0;
}

/* work->hash from work->passphrase and work->salt. */
static void bcrypt_hash(struct bcrypt_work *work)
{
	uint32_t text[BCRYPT_SIZE / 4];

	memcpy(&work->state, &work->start, sizeof(work->state));
	blowfish_expand(&work->state, &work->salt, &work->passphrase);
	for (int i = 0; i < BCRYPT_REPEATED; i++) {
		blowfish_expand(&work->state, NULL, &work->salt);
		blowfish_expand(&work->state, NULL, &work->passphrase);
	}
	memcpy(text, "OxychromaticBlowfishSwatDynamite", sizeof(text));
	for (size_t i = 0; i < NK_COUNT(text); i++)
		text[i] = ntohl(text[i]);
	for (int i = 0; i < BCRYPT_REPEATED; i++) {
		for (size_t at = 0; at < NK_COUNT(text); at += 2)
			blowfish_encrypt(&work->state, text + at);
	}
	for (size_t i = 0; i < sizeof(work->hash); i++)
		work->hash[i] = (unsigned char)(text[i / 4] >> 8 * (i % 4));
	nk_secret_wipe(text, sizeof(text));
}

/* One block of PBKDF2 into work->sum; its number stands at the end of the salt. */
static int bcrypt_block(struct bcrypt_work *work, const struct nk_bcrypt_how *how, uint32_t number,
			struct nk_err *err)
{
	uint32_t packed = htonl(number);

	memcpy(work->salted + how->salt_length, &packed, sizeof(packed));
	memset(work->sum, 0, sizeof(work->sum));
	for (uint32_t round = 0; round < how->rounds; round++) {
		const void *salt = round == 0 ? work->salted : work->hash;
		size_t length = round == 0 ? how->salt_length + sizeof(packed) : sizeof(work->hash);

		if (nk_interrupt_check(err) < 0 ||
		    bcrypt_sha512(work->ssl, salt, length, &work->salt, err) < 0)
			return -1;
		bcrypt_hash(work);
		for (size_t i = 0; i < sizeof(work->sum); i++)
			work->sum[i] ^= work->hash[i];
	}
	return 0;
}

/* Unlike PBKDF2's, the blocks are spread over the key like cards over players. */
static int bcrypt_blocks(struct bcrypt_work *work, const struct nk_bcrypt_how *how, size_t size,
			 struct nk_err *err)
{
	size_t blocks = (size + BCRYPT_SIZE - 1) / BCRYPT_SIZE;

	for (size_t block = 0; block < blocks; block++) {
		if (bcrypt_block(work, how, (uint32_t)block + 1, err) < 0)
			return -1;
		for (size_t i = 0; i * blocks + block < size; i++)
			work->key[i * blocks + block] = work->sum[i];
	}
	return 0;
}

int nk_bcrypt_derive(const struct nk_secret *passphrase, const struct nk_bcrypt_how *how,
		     unsigned char *key, size_t size, struct nk_err *err)
{
	const struct nk_ssl *ssl = nk_ssl(err);
	struct bcrypt_work *work;
	int status;

	if (!ssl)
		return -1;
	if (passphrase->len == 0 || size == 0 || size > NK_BCRYPT_KEY_MAX ||
	    how->salt_length == 0 || how->salt_length > NK_BCRYPT_SALT_MAX || how->rounds == 0 ||
	    how->rounds > NK_BCRYPT_ROUNDS_MAX)
		return nk_fail(err, NK_E_USAGE, 0,
			       "a key derivation that no key file has: %zu bytes of salt, %u "
			       "rounds",
			       how->salt_length, how->rounds);
	work = nk_alloc(sizeof(*work));
	work->ssl = ssl;
	blowfish_start(&work->start);
	memcpy(work->salted, how->salt, how->salt_length);
	status = bcrypt_sha512(ssl, passphrase->bytes, passphrase->len, &work->passphrase, err);
	if (status == 0)
		status = bcrypt_blocks(work, how, size, err);
	if (status == 0)
		memcpy(key, work->key, size);
	nk_secret_wipe(work, sizeof(*work));
	free(work);
	return status;
}
