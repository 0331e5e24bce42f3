/* test_digest.c - hashes, by the vectors of their standards. */
#include "netkit/digest.h"

#include <criterion/criterion.h>

/* Feed text in pieces of so many bytes. */
static void assert_hash(enum nk_digest_kind kind, const char *text, size_t piece,
			const char *expected)
{
	nk_auto(digest) struct nk_digest *digest = NULL;
	struct nk_err err = NK_ERR_INIT;
	char out[NK_DIGEST_TEXT];
	size_t length = strlen(text);

	cr_assert_eq(nk_digest_new(kind, &digest, &err), 0, "%s", err.msg);
	for (size_t at = 0; at < length; at += piece)
		nk_digest_add(digest, text + at, length - at < piece ? length - at : piece);
	nk_digest_finish(digest, out);
	cr_assert_str_eq(out, expected);
}

Test(digest, crc32_of_zip)
{
	assert_hash(NK_DIGEST_CRC32, "123456789", 100, "cbf43926");
}

Test(digest, crc32_keeps_leading_zeros)
{
	assert_hash(NK_DIGEST_CRC32, "", 1, "00000000");
}

Test(digest, md5_of_rfc_1321)
{
	assert_hash(NK_DIGEST_MD5, "abc", 100, "900150983cd24fb0d6963f7d28e17f72");
}

Test(digest, sha1_of_rfc_3174)
{
	assert_hash(NK_DIGEST_SHA1, "abc", 100, "a9993e364706816aba3e25717850c26c9cd0d89d");
}

Test(digest, sha256_of_fips_180)
{
	assert_hash(NK_DIGEST_SHA256, "abc", 100,
		    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

Test(digest, sha512_of_fips_180)
{
	assert_hash(NK_DIGEST_SHA512, "abc", 100,
		    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

Test(digest, pieces_make_the_same_hash)
{
	assert_hash(NK_DIGEST_SHA256, "abc", 1,
		    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_hash(NK_DIGEST_CRC32, "123456789", 2, "cbf43926");
}

Test(digest, nothing_has_a_hash)
{
	assert_hash(NK_DIGEST_MD5, "", 1, "d41d8cd98f00b204e9800998ecf8427e");
}

Test(digest, kinds_are_known_by_name_in_any_case)
{
	cr_assert_eq(nk_digest_kind_of("SHA-256"), NK_DIGEST_SHA256);
	cr_assert_eq(nk_digest_kind_of("sha-1"), NK_DIGEST_SHA1);
	cr_assert_eq(nk_digest_kind_of("crc32"), NK_DIGEST_CRC32);
}

Test(digest, unknown_names_are_none)
{
	cr_assert_eq(nk_digest_kind_of(""), NK_DIGEST_NONE);
	cr_assert_eq(nk_digest_kind_of("none"), NK_DIGEST_NONE);
	cr_assert_eq(nk_digest_kind_of("SHA-2567"), NK_DIGEST_NONE);
}

Test(digest, every_kind_has_its_name)
{
	for (int kind = NK_DIGEST_CRC32; kind <= NK_DIGEST_SHA512; kind++)
		cr_assert_eq((int)nk_digest_kind_of(nk_digest_name(kind)), kind);
}

Test(digest, freeing_nothing_is_allowed)
{
	nk_digest_free(NULL);
}
