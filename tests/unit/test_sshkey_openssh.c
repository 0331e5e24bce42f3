/* test_sshkey_openssh.c - the parsers of OpenSSH's key files, by broken ones. */
#include "../../core/auth/sshkey_openssh.h"

#include <criterion/criterion.h>

#include "ssh_keys.h"

#define BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define END   "-----END OPENSSH PRIVATE KEY-----\n"

/* A file without its armor. */
static void unarmor(const char *text, struct nk_buf *bytes)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_openssh_unarmor(text, strlen(text), bytes, &err), 1, "%s", err.msg);
}

static void assert_no_armor(const char *text, int expected)
{
	nk_auto(buf) struct nk_buf bytes = NK_BUF_INIT(4096);
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_openssh_unarmor(text, strlen(text), &bytes, &err), expected, "%s", text);
	cr_assert_eq(bytes.len, 0);
	cr_assert_eq(err.domain, expected < 0 ? NK_E_USAGE : NK_E_NONE);
}

static int parse(const struct nk_buf *bytes, struct nk_openssh_file *file)
{
	struct nk_err err = NK_ERR_INIT;

	return nk_openssh_parse((const unsigned char *)bytes->data, bytes->len, file, &err);
}

static int parse_private(const unsigned char *bytes, size_t length)
{
	struct nk_openssh_private key;
	struct nk_err err = NK_ERR_INIT;

	return nk_openssh_parse_private(bytes, length, &key, &err);
}

Test(sshkey_openssh, text_before_the_armor_is_passed_over)
{
	nk_auto(buf) struct nk_buf bytes = NK_BUF_INIT(4096);

	unarmor("a note\n" BEGIN "QUJD\n" END "another", &bytes);
	cr_assert_str_eq(bytes.data, "ABC");
}

Test(sshkey_openssh, base64_is_cut_into_lines_anywhere)
{
	nk_auto(buf) struct nk_buf bytes = NK_BUF_INIT(4096);

	unarmor(BEGIN "Q\r\nUJ \tD\nRA==\n" END, &bytes);
	cr_assert_str_eq(bytes.data, "ABCD");
}

Test(sshkey_openssh, other_armor_is_none)
{
	assert_no_armor("", 0);
	assert_no_armor("-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n", 0);
	assert_no_armor(" " BEGIN "QUJD\n" END, 0);
}

Test(sshkey_openssh, armor_without_an_end)
{
	assert_no_armor(BEGIN "QUJD\n", -1);
	assert_no_armor(BEGIN "QUJD " END, -1);
}

Test(sshkey_openssh, armor_around_what_is_no_base64)
{
	assert_no_armor(BEGIN "QUJD!UJD\n" END, -1);
	assert_no_armor(BEGIN "QQ==QQ==\n" END, -1);
	assert_no_armor(BEGIN "QUJDQ\n" END, -1);
}

Test(sshkey_openssh, what_a_file_in_clear_says)
{
	nk_auto(buf) struct nk_buf bytes = NK_BUF_INIT(4096);
	struct nk_openssh_file file;

	unarmor(ed25519_plain, &bytes);
	cr_assert_eq(parse(&bytes, &file), 0);
	cr_assert(nk_sshwire_is(&file.cipher, "none"));
	cr_assert(nk_sshwire_is(&file.kdf, "none"));
	cr_assert(nk_sshwire_is(&file.type, "ssh-ed25519"));
	cr_assert_eq(file.tag.length, 0);
}

Test(sshkey_openssh, what_an_encrypted_file_says)
{
	nk_auto(buf) struct nk_buf bytes = NK_BUF_INIT(4096);
	struct nk_openssh_file file;

	unarmor(ed25519_aes256_gcm, &bytes);
	cr_assert_eq(parse(&bytes, &file), 0);
	cr_assert(nk_sshwire_is(&file.cipher, "aes256-gcm@openssh.com"));
	cr_assert(nk_sshwire_is(&file.kdf, "bcrypt"));
	cr_assert_eq(file.salt.length, 16);
	cr_assert_eq(file.rounds, 2);
	cr_assert_eq(file.tag.length, 16);
}

Test(sshkey_openssh, a_file_that_is_cut_off_anywhere_is_broken)
{
	nk_auto(buf) struct nk_buf bytes = NK_BUF_INIT(4096);
	struct nk_openssh_file file = { .rounds = 7 };

	unarmor(ed25519_plain, &bytes);
	while (bytes.len > 0) {
		nk_buf_cut(&bytes, bytes.len - 1);
		cr_assert_eq(parse(&bytes, &file), -1, "%zu bytes", bytes.len);
	}
	cr_assert_eq(file.rounds, 7);
}

/* Change one byte of a file in clear: where it stands after the magic. */
static void assert_broken_at(size_t at, char value)
{
	nk_auto(buf) struct nk_buf bytes = NK_BUF_INIT(4096);
	struct nk_openssh_file file;

	unarmor(ed25519_plain, &bytes);
	bytes.data[at] = value;
	cr_assert_eq(parse(&bytes, &file), -1);
}

Test(sshkey_openssh, another_magic)
{
	assert_broken_at(13, '2');
	assert_broken_at(14, 'x');
}

Test(sshkey_openssh, a_cipher_without_a_key_derivation)
{
	assert_broken_at(19, 'x');
}

Test(sshkey_openssh, more_than_one_key)
{
	/* magic 15, "none" twice 8 each, options 4, then the count */
	assert_broken_at(15 + 8 + 8 + 4 + 3, 2);
}

/* The private half of a file in clear, borrowed from bytes. */
static struct nk_sshwire private_half(const char *text, struct nk_buf *bytes)
{
	struct nk_openssh_file file;

	unarmor(text, bytes);
	cr_assert_eq(parse(bytes, &file), 0);
	return file.sealed;
}

/* No part of the section is a key, but for padding that was cut. */
static void assert_whole_or_nothing(const char *text)
{
	nk_auto(buf) struct nk_buf bytes = NK_BUF_INIT(4096);
	struct nk_sshwire half = private_half(text, &bytes);

	cr_assert_eq(parse_private(half.bytes, half.length), 1);
	for (size_t length = 0; length + 16 < half.length; length++)
		cr_assert_eq(parse_private(half.bytes, length), -1, "%zu bytes", length);
}

Test(sshkey_openssh, an_rsa_half_that_is_cut_off_is_broken)
{
	assert_whole_or_nothing(rsa_plain);
}

Test(sshkey_openssh, an_ecdsa_half_that_is_cut_off_is_broken)
{
	assert_whole_or_nothing(ecdsa521_plain);
}

Test(sshkey_openssh, an_ed25519_half_that_is_cut_off_is_broken)
{
	assert_whole_or_nothing(ed25519_plain);
}

Test(sshkey_openssh, check_numbers_that_differ_are_a_wrong_passphrase)
{
	nk_auto(buf) struct nk_buf bytes = NK_BUF_INIT(4096);
	struct nk_sshwire half = private_half(ed25519_other_checks, &bytes);

	cr_assert_eq(parse_private(half.bytes, half.length), 0);
}

Test(sshkey_openssh, padding_counts_from_one)
{
	nk_auto(buf) struct nk_buf bytes = NK_BUF_INIT(4096);
	struct nk_sshwire half = private_half(ed25519_plain, &bytes);

	bytes.data[bytes.len - 1] ^= 1;
	cr_assert_eq(parse_private(half.bytes, half.length), -1);
}

Test(sshkey_openssh, an_ed25519_key_has_its_public_half_twice)
{
	nk_auto(buf) struct nk_buf bytes = NK_BUF_INIT(4096);
	struct nk_sshwire half = private_half(ed25519_plain, &bytes);
	size_t at = (size_t)(half.bytes - (const unsigned char *)bytes.data);

	/* two checks, the type, then the length of the public key */
	bytes.data[at + 8 + 4 + 11 + 4] ^= 1;
	cr_assert_eq(parse_private(half.bytes, half.length), -1);
}

static int public_line(const char *line, struct nk_buf *blob)
{
	return nk_openssh_public_line(line, strlen(line), blob);
}

Test(sshkey_openssh, a_public_line_after_comments)
{
	nk_auto(buf) struct nk_buf blob = NK_BUF_INIT(4096);

	cr_assert_eq(public_line("# mine\n\n  ssh-x AAAABXNzaC14 me\r\nrest", &blob), 1);
	cr_assert_eq(blob.len, 9);
}

Test(sshkey_openssh, a_public_line_without_a_comment)
{
	nk_auto(buf) struct nk_buf blob = NK_BUF_INIT(4096);

	cr_assert_eq(public_line("ssh-x AAAABXNzaC14", &blob), 1);
	cr_assert_eq(blob.len, 9);
}

Test(sshkey_openssh, lines_that_are_no_public_key)
{
	nk_auto(buf) struct nk_buf blob = NK_BUF_INIT(4096);

	cr_assert_eq(public_line("", &blob), 0);
	cr_assert_eq(public_line("ssh-x", &blob), 0);
	cr_assert_eq(public_line("ssh-x A!", &blob), 0);
	cr_assert_eq(public_line("ssh-y AAAABXNzaC14", &blob), 0);
	cr_assert_eq(public_line("#ssh-x AAAABXNzaC14", &blob), 0);
	cr_assert_eq(blob.len, 0);
}
