/* test_bcrypt.c - bcrypt_pbkdf, by the vectors that OpenBSD tests its own with. */
#include "../../core/auth/bcrypt.h"

#include <criterion/criterion.h>

#include "netkit/codec.h"

struct vector {
	const char *passphrase;
	const char *salt; /* hexadecimal */
	uint32_t rounds;
	const char *key; /* hexadecimal; as long as this is asked for */
};

static int derive(const struct vector *vector, unsigned char *key, size_t size, struct nk_err *err)
{
	nk_auto(secret) struct nk_secret passphrase = NK_SECRET_INIT;
	unsigned char salt[64];
	struct nk_bcrypt_how how = { salt, strlen(vector->salt) / 2, vector->rounds };

	cr_assert_eq(
		nk_secret_set(&passphrase, vector->passphrase, strlen(vector->passphrase), err), 0);
	cr_assert_eq(nk_hex_decode(salt, how.salt_length, vector->salt), 0);
	return nk_bcrypt_derive(&passphrase, &how, key, size, err);
}

static void assert_key(const struct vector *vector)
{
	unsigned char key[NK_BCRYPT_KEY_MAX];
	char text[2 * NK_BCRYPT_KEY_MAX + 1];
	struct nk_err err = NK_ERR_INIT;
	size_t size = strlen(vector->key) / 2;

	cr_assert_eq(derive(vector, key, size, &err), 0, "%s", err.msg);
	nk_hex_encode(text, key, size);
	cr_assert_str_eq(text, vector->key);
}

static void assert_refused(const struct vector *vector, size_t size)
{
	unsigned char key[2 * NK_BCRYPT_KEY_MAX] = { 7 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(derive(vector, key, size, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
	cr_assert_eq(key[0], 7);
}

Test(bcrypt, one_block)
{
	assert_key(&(struct vector){
		"password", "73616c74", 4,
		"5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9" });
}

Test(bcrypt, half_a_block_of_a_salt_of_zero)
{
	assert_key(&(struct vector){ "password", "00", 4, "c12b566235eee04c212598970a579a67" });
}

Test(bcrypt, two_blocks_are_dealt_like_cards)
{
	assert_key(&(struct vector){
		"password", "73616c74", 8,
		"e1367ec5151a33faac4cc1c144cd23fa15d5548493ecc99b9b5d9c0d3b27bec7"
		"6227ea66088b849b20ab7aa478010246e74bba51723fefa9f9474d6508845e8d" });
}

Test(bcrypt, the_last_block_may_be_cut)
{
	assert_key(
		&(struct vector){ "password", "73616c74", 16,
				  "c339d704ec235f27690d3f12167c05a55bf86d572f270adbf9fe04c379da5f8c"
				  "7942a939245dbb39ebe26fc2bd19b88b" });
}

Test(bcrypt, many_rounds)
{
	assert_key(
		&(struct vector){ "password", "73616c74", 42, "833cf0dcf56db65608e8f0dc0ce882bd" });
}

Test(bcrypt, a_passphrase_longer_than_a_hash)
{
	assert_key(&(struct vector){
		"Lorem ipsum dolor sit amet, consectetur adipisicing elit, sed do eiusmod tempor "
		"incididunt ut labore et dolore magna aliqua. Ut enim ad minim veniam, quis "
		"nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo consequat. "
		"Duis aute irure dolor in reprehenderit in voluptate velit esse cillum dolore eu "
		"fugiat nulla pariatur. Excepteur sint occaecat cupidatat non proident, sunt in "
		"culpa qui officia deserunt mollit anim id est laborum.",
		"73616c697300", 8, "10978b07253df57f71a162eb0e8ad30a" });
}

Test(bcrypt, no_passphrase_is_refused)
{
	assert_refused(&(struct vector){ "", "73616c74", 4, "" }, 32);
}

Test(bcrypt, no_salt_is_refused)
{
	assert_refused(&(struct vector){ "password", "", 4, "" }, 32);
}

Test(bcrypt, no_rounds_are_refused)
{
	assert_refused(&(struct vector){ "password", "73616c74", 0, "" }, 32);
}

Test(bcrypt, rounds_without_end_are_refused)
{
	assert_refused(&(struct vector){ "password", "73616c74", NK_BCRYPT_ROUNDS_MAX + 1, "" },
		       32);
}

Test(bcrypt, a_key_of_no_size_or_too_large_a_one_is_refused)
{
	assert_refused(&(struct vector){ "password", "73616c74", 4, "" }, 0);
	assert_refused(&(struct vector){ "password", "73616c74", 4, "" }, NK_BCRYPT_KEY_MAX + 1);
}
