/* test_sshkey.c - private keys: loaded, unlocked, and what they sign holds against OpenSSL. */
#include "netkit/sshkey.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../core/auth/sshkey_openssh.h"
#include "netkit/codec.h"
#include "netkit/dl.h"
#include "ssh_keys.h"

#define PASSPHRASE "open sesame"
#define MESSAGE	   "what a server asks to be signed"

/* Checking signatures is what servers do: only these tests need it. */
#define VERIFY_SYMBOLS(X)                                                                          \
	X(d2i_PUBKEY)                                                                              \
	X(EVP_PKEY_free)                                                                           \
	X(EVP_MD_CTX_new)                                                                          \
	X(EVP_MD_CTX_free)                                                                         \
	X(EVP_get_digestbyname)                                                                    \
	X(EVP_DigestVerifyInit)                                                                    \
	X(EVP_DigestVerify)
struct verify {
	VERIFY_SYMBOLS(NK_DL_MEMBER)
};
static const struct verify *verify_library(struct nk_err *err);
NK_DL_TABLE(verify_library, struct verify, VERIFY_SYMBOLS, "libcrypto.so.3", "libssl3")

/* A key file in a folder of its own; both go with it. */
struct file {
	char folder[32];
	char path[48];
};

static void write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	cr_assert_eq(fchmod(fd, mode), 0);
	close(fd);
}

static struct file file_new(const char *text, mode_t mode)
{
	struct file file = { .folder = "/tmp/netkit-key-XXXXXX" };

	cr_assert_not_null(mkdtemp(file.folder));
	snprintf(file.path, sizeof(file.path), "%s/key", file.folder);
	write_file(file.path, text, mode);
	return file;
}

static void file_release(struct file *file)
{
	nk_auto(str) char *beside = nk_format("%s.pub", file->path);

	unlink(beside);
	unlink(file->path);
	rmdir(file->folder);
}
NK_AUTO(file, struct file, file_release)

/* What is answered to questions for a passphrase, one after the other; NULL ends them. */
struct answers {
	const char *items[5];
	int asked;
};

static int answer(void *arg, const char *path, int tries, struct nk_secret *passphrase,
		  struct nk_err *err)
{
	struct answers *answers = arg;
	const char *text = answers->items[tries];

	cr_assert_eq(tries, answers->asked++);
	cr_assert_not_null(strstr(path, "/key"));
	if (!text)
		return nk_fail(err, NK_E_INTERRUPT, 0, "interrupted");
	return nk_secret_set(passphrase, text, strlen(text), err);
}

static struct nk_sshkey *load(const char *text)
{
	nk_auto(file) struct file file = file_new(text, 0600);
	struct answers answers = { { PASSPHRASE }, 0 };
	struct nk_sshkey *key = NULL;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_sshkey_load(file.path, answer, &answers, &key, &err), 0, "%s", err.msg);
	cr_assert_str_eq(nk_sshkey_label(key), file.path);
	return key;
}

/* Why a key file is not taken. answers: NULL when nobody is there to be asked. */
static struct nk_err refusal_of(const char *text, mode_t mode, struct answers *answers)
{
	nk_auto(file) struct file file = file_new(text, mode);
	struct nk_sshkey *key = NULL;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_sshkey_load(file.path, answers ? answer : NULL, answers, &key, &err), -1);
	cr_assert_null(key);
	cr_assert_not_null(strstr(err.msg, file.path), "%s", err.msg);
	return err;
}

static void assert_refused(const char *text, enum nk_domain domain)
{
	struct answers answers = { { PASSPHRASE }, 0 };
	struct nk_err err = refusal_of(text, 0600, &answers);

	cr_assert_eq(err.domain, domain, "%s", err.msg);
}

static void decode(const char *text, struct nk_buf *bytes)
{
	cr_assert_eq(nk_base64_decode(bytes, text, strlen(text)), 0);
}

/* The signature as OpenSSL has it: that of ecdsa is DER again. */
static void to_openssl(const char *algorithm, const struct nk_buf *signature, struct nk_buf *out)
{
	struct nk_sshwire in = { (const unsigned char *)signature->data, signature->len };
	struct nk_sshwire r;
	struct nk_sshwire s;

	if (strncmp(algorithm, "ecdsa-", 6) != 0) {
		cr_assert_eq(nk_buf_add(out, signature->data, signature->len), 0);
		return;
	}
	cr_assert(nk_sshwire_string(&in, &r) && nk_sshwire_string(&in, &s) && in.length == 0);
	size_t length = 2 + r.length + 2 + s.length;

	cr_assert_eq(nk_buf_addf(out, "%c%s%c%c%c", 0x30, length > 127 ? "\x81" : "", (int)length,
				 2, (int)r.length),
		     0);
	cr_assert_eq(nk_buf_add(out, r.bytes, r.length), 0);
	cr_assert_eq(nk_buf_addf(out, "%c%c", 2, (int)s.length), 0);
	cr_assert_eq(nk_buf_add(out, s.bytes, s.length), 0);
}

struct expected {
	const char *type;
	const char *blob; /* base64 */
	const char *spki; /* base64 */
};

static const struct expected ed25519 = { "ssh-ed25519", ed25519_public, ed25519_spki };
static const struct expected rsa = { "ssh-rsa", rsa_public, rsa_spki };
static const struct expected ecdsa256 = { "ecdsa-sha2-nistp256", ecdsa256_public, ecdsa256_spki };
static const struct expected ecdsa384 = { "ecdsa-sha2-nistp384", ecdsa384_public, ecdsa384_spki };
static const struct expected ecdsa521 = { "ecdsa-sha2-nistp521", ecdsa521_public, ecdsa521_spki };

static void assert_verifies(const char *spki, const char *digest, const struct nk_buf *signature)
{
	nk_auto(buf) struct nk_buf der = NK_BUF_INIT(4096);
	struct nk_err err = NK_ERR_INIT;
	const struct verify *verify = verify_library(&err);
	const unsigned char *at;

	cr_assert_not_null(verify, "%s", err.msg);
	decode(spki, &der);
	at = (const unsigned char *)der.data;
	EVP_PKEY *pkey = verify->d2i_PUBKEY(NULL, &at, (long)der.len);
	EVP_MD_CTX *context = verify->EVP_MD_CTX_new();

	cr_assert_not_null(pkey);
	cr_assert_eq(verify->EVP_DigestVerifyInit(
			     context, NULL, digest ? verify->EVP_get_digestbyname(digest) : NULL,
			     NULL, pkey),
		     1);
	cr_assert_eq(verify->EVP_DigestVerify(context, (const unsigned char *)signature->data,
					      signature->len, (const unsigned char *)MESSAGE,
					      strlen(MESSAGE)),
		     1);
	verify->EVP_MD_CTX_free(context);
	verify->EVP_PKEY_free(pkey);
}

static void assert_signs(struct nk_sshkey *key, const char *algorithm, const char *spki,
			 const char *digest)
{
	nk_auto(buf) struct nk_buf inner = NK_BUF_INIT(NK_SSHKEY_SIGNATURE_MAX);
	nk_auto(buf) struct nk_buf signature = NK_BUF_INIT(NK_SSHKEY_SIGNATURE_MAX);
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_sshkey_sign(key, algorithm, (const unsigned char *)MESSAGE, strlen(MESSAGE),
				    &inner, &err),
		     0, "%s", err.msg);
	to_openssl(algorithm, &inner, &signature);
	assert_verifies(spki, digest, &signature);
}

/* Loaded, the key has this public half and signs so that it verifies. */
static void assert_works(const char *text, const struct expected *expected, const char *digest)
{
	nk_auto(sshkey) struct nk_sshkey *key = load(text);
	nk_auto(buf) struct nk_buf blob = NK_BUF_INIT(4096);
	size_t length;
	const unsigned char *shown = nk_sshkey_blob(key, &length);

	decode(expected->blob, &blob);
	cr_assert_str_eq(nk_sshkey_type(key), expected->type);
	cr_assert_eq(length, blob.len);
	cr_assert_arr_eq(shown, blob.data, length);
	if (strcmp(expected->type, "ssh-rsa") == 0)
		assert_signs(key, "rsa-sha2-256", expected->spki, "SHA256");
	else
		assert_signs(key, expected->type, expected->spki, digest);
}

Test(sshkey, ed25519_of_openssh)
{
	assert_works(ed25519_plain, &ed25519, NULL);
}

Test(sshkey, encrypted_with_aes256_ctr)
{
	assert_works(ed25519_aes256_ctr, &ed25519, NULL);
}

Test(sshkey, encrypted_with_aes256_cbc)
{
	assert_works(ed25519_aes256_cbc, &ed25519, NULL);
}

Test(sshkey, encrypted_with_aes128_ctr)
{
	assert_works(ed25519_aes128_ctr, &ed25519, NULL);
}

Test(sshkey, encrypted_with_aes256_gcm)
{
	assert_works(ed25519_aes256_gcm, &ed25519, NULL);
}

Test(sshkey, encrypted_with_3des_cbc)
{
	assert_works(ed25519_3des_cbc, &ed25519, NULL);
}

Test(sshkey, rsa_of_openssh)
{
	assert_works(rsa_plain, &rsa, NULL);
}

Test(sshkey, rsa_of_openssh_encrypted)
{
	assert_works(rsa_aes256_ctr, &rsa, NULL);
}

Test(sshkey, rsa_of_pkcs1)
{
	assert_works(rsa_pkcs1, &rsa, NULL);
}

Test(sshkey, rsa_of_pkcs1_encrypted)
{
	assert_works(rsa_pkcs1_encrypted, &rsa, NULL);
}

Test(sshkey, rsa_of_pkcs8)
{
	assert_works(rsa_pkcs8, &rsa, NULL);
}

Test(sshkey, rsa_of_pkcs8_encrypted)
{
	assert_works(rsa_pkcs8_encrypted, &rsa, NULL);
}

Test(sshkey, ecdsa_nistp256_of_openssh)
{
	assert_works(ecdsa256_plain, &ecdsa256, "SHA256");
}

Test(sshkey, ecdsa_nistp384_of_openssh)
{
	assert_works(ecdsa384_plain, &ecdsa384, "SHA384");
}

Test(sshkey, ecdsa_nistp521_of_openssh)
{
	assert_works(ecdsa521_plain, &ecdsa521, "SHA512");
}

Test(sshkey, ecdsa_of_sec1)
{
	assert_works(ecdsa256_sec1, &ecdsa256, "SHA256");
}

Test(sshkey, ecdsa_of_sec1_with_its_parameters_before_it)
{
	assert_works(ecdsa256_sec1_parameters, &ecdsa256, "SHA256");
}

Test(sshkey, a_compressed_point_is_shown_in_full)
{
	assert_works(ecdsa256_sec1_compressed, &ecdsa256, "SHA256");
}

Test(sshkey, ecdsa_of_sec1_encrypted)
{
	assert_works(ecdsa521_sec1_encrypted, &ecdsa521, "SHA512");
}

Test(sshkey, ecdsa_of_pkcs8_encrypted)
{
	assert_works(ecdsa384_pkcs8_encrypted, &ecdsa384, "SHA384");
}

Test(sshkey, ed25519_of_pkcs8)
{
	nk_auto(sshkey) struct nk_sshkey *key = load(ed25519_other_pkcs8);

	assert_signs(key, "ssh-ed25519", ed25519_other_spki, NULL);
}

Test(sshkey, rsa_signs_with_each_of_its_hashes)
{
	nk_auto(sshkey) struct nk_sshkey *key = load(rsa_plain);

	assert_signs(key, "rsa-sha2-512", rsa_spki, "SHA512");
	assert_signs(key, "rsa-sha2-256", rsa_spki, "SHA256");
	assert_signs(key, "ssh-rsa", rsa_spki, "SHA1");
}

Test(sshkey, line_ends_of_dos)
{
	nk_auto(buf) struct nk_buf dos = NK_BUF_INIT(4096);

	for (const char *at = ed25519_plain; *at != '\0'; at++) {
		cr_assert_eq(*at == '\n' ? nk_buf_add_text(&dos, "\r\n")
					 : nk_buf_add_char(&dos, *at),
			     0);
	}
	assert_works(dos.data, &ed25519, NULL);
}

Test(sshkey, signing_with_an_algorithm_of_another_type_is_unsupported)
{
	nk_auto(sshkey) struct nk_sshkey *key = load(ed25519_plain);
	nk_auto(buf) struct nk_buf signature = NK_BUF_INIT(NK_SSHKEY_SIGNATURE_MAX);
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(
		nk_sshkey_sign(key, "rsa-sha2-256", (const unsigned char *)"", 0, &signature, &err),
		-1);
	cr_assert_eq(err.domain, NK_E_UNSUPPORTED);
	cr_assert_eq(signature.len, 0);
}

Test(sshkey, a_signature_goes_behind_what_the_buffer_has)
{
	nk_auto(sshkey) struct nk_sshkey *key = load(ed25519_plain);
	nk_auto(buf) struct nk_buf signature = NK_BUF_INIT(NK_SSHKEY_SIGNATURE_MAX);
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_buf_add_text(&signature, "before"), 0);
	cr_assert_eq(
		nk_sshkey_sign(key, "ssh-ed25519", (const unsigned char *)"", 0, &signature, &err),
		0);
	cr_assert_eq(signature.len, 6 + 64);
	cr_assert_eq(strncmp(signature.data, "before", 6), 0);
}

Test(sshkey, a_second_passphrase_may_be_the_right_one)
{
	nk_auto(file) struct file file = file_new(ed25519_aes256_ctr, 0600);
	nk_auto(sshkey) struct nk_sshkey *key = NULL;
	struct answers answers = { { "open", PASSPHRASE }, 0 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_sshkey_load(file.path, answer, &answers, &key, &err), 0, "%s", err.msg);
	cr_assert_eq(answers.asked, 2);
}

static void assert_wrong_passphrases(const char *text)
{
	struct answers answers = { { "a", "b", "c", PASSPHRASE }, 0 };
	struct nk_err err = refusal_of(text, 0600, &answers);

	cr_assert_eq(err.domain, NK_E_AUTH, "%s", err.msg);
	cr_assert_eq(answers.asked, 3);
}

Test(sshkey, three_wrong_passphrases_are_enough)
{
	assert_wrong_passphrases(ed25519_aes256_ctr);
}

Test(sshkey, three_wrong_passphrases_of_a_cipher_that_authenticates)
{
	assert_wrong_passphrases(ed25519_aes256_gcm);
}

Test(sshkey, three_wrong_passphrases_of_pkcs8)
{
	assert_wrong_passphrases(rsa_pkcs8_encrypted);
}

Test(sshkey, three_wrong_passphrases_of_pkcs1)
{
	assert_wrong_passphrases(rsa_pkcs1_encrypted);
}

Test(sshkey, a_key_in_clear_asks_nothing)
{
	nk_auto(file) struct file file = file_new(rsa_pkcs8, 0600);
	nk_auto(sshkey) struct nk_sshkey *key = NULL;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_sshkey_load(file.path, NULL, NULL, &key, &err), 0, "%s", err.msg);
}

Test(sshkey, an_encrypted_key_needs_somebody_to_ask)
{
	cr_assert_eq(refusal_of(ed25519_aes256_ctr, 0600, NULL).domain, NK_E_AUTH);
	cr_assert_eq(refusal_of(rsa_pkcs8_encrypted, 0600, NULL).domain, NK_E_AUTH);
}

Test(sshkey, an_empty_passphrase_gives_up)
{
	struct answers answers = { { "", PASSPHRASE }, 0 };

	cr_assert_eq(refusal_of(ed25519_aes256_ctr, 0600, &answers).domain, NK_E_AUTH);
	cr_assert_eq(answers.asked, 1);
}

Test(sshkey, a_question_that_fails_says_why)
{
	struct answers answers = { { NULL }, 0 };

	cr_assert_eq(refusal_of(ed25519_aes256_ctr, 0600, &answers).domain, NK_E_INTERRUPT);
}

Test(sshkey, a_file_that_others_can_read_is_refused)
{
	struct nk_err err = refusal_of(ed25519_plain, 0640, NULL);

	cr_assert_eq(err.domain, NK_E_USAGE);
	cr_assert_not_null(strstr(err.msg, "chmod 600"));
}

Test(sshkey, a_file_that_is_not_there)
{
	struct nk_sshkey *key = NULL;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_sshkey_load("/nonexistent/key", NULL, NULL, &key, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
	cr_assert_eq(err.code, ENOENT);
}

Test(sshkey, a_folder_is_no_key)
{
	struct nk_sshkey *key = NULL;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_sshkey_load("/tmp", NULL, NULL, &key, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
}

Test(sshkey, other_files_are_no_keys)
{
	assert_refused("", NK_E_USAGE);
	assert_refused("ssh-ed25519 AAAA", NK_E_USAGE);
	assert_refused("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		       NK_E_USAGE);
}

Test(sshkey, a_file_too_large_is_no_key)
{
	nk_auto(str) char *text = nk_alloc(NK_SSHKEY_FILE_MAX + 1000);

	memset(text, ' ', NK_SSHKEY_FILE_MAX + 999);
	memcpy(text, ed25519_plain, strlen(ed25519_plain));
	assert_refused(text, NK_E_USAGE);
}

Test(sshkey, halves_of_two_keys_are_refused)
{
	assert_refused(ed25519_other_half, NK_E_USAGE);
}

Test(sshkey, a_key_in_clear_with_wrong_check_numbers_is_broken)
{
	assert_refused(ed25519_other_checks, NK_E_USAGE);
}

Test(sshkey, a_cipher_that_is_not_known)
{
	assert_refused(ed25519_chacha20, NK_E_UNSUPPORTED);
}

Test(sshkey, a_security_key_is_for_the_ssh_program)
{
	struct answers answers = { { NULL }, 0 };
	struct nk_err err = refusal_of(security_key, 0600, &answers);

	cr_assert_eq(err.domain, NK_E_UNSUPPORTED);
	cr_assert_not_null(strstr(err.msg, "sk-ssh-ed25519@openssh.com"));
}

Test(sshkey, dsa_is_unsupported)
{
	assert_refused(dsa_plain, NK_E_UNSUPPORTED);
	assert_refused(dsa_pkcs1, NK_E_UNSUPPORTED);
}

Test(sshkey, keys_that_ssh_does_not_have_are_unsupported)
{
	assert_refused(x25519_pkcs8, NK_E_UNSUPPORTED);
	assert_refused(secp256k1_sec1, NK_E_UNSUPPORTED);
}

Test(sshkey, a_short_rsa_key_is_unsupported)
{
	assert_refused(rsa_768, NK_E_UNSUPPORTED);
}

static void assert_public(const struct file *file, const char *expected)
{
	nk_auto(buf) struct nk_buf blob = NK_BUF_INIT(4096);
	nk_auto(buf) struct nk_buf wanted = NK_BUF_INIT(4096);

	decode(expected, &wanted);
	cr_assert_eq(nk_sshkey_public_file(file->path, &blob), 1);
	cr_assert_eq(blob.len, wanted.len);
	cr_assert_arr_eq(blob.data, wanted.data, blob.len);
}

Test(sshkey, the_public_half_beside_a_key)
{
	nk_auto(file) struct file file = file_new(rsa_pkcs8_encrypted, 0600);
	nk_auto(str) char *beside = nk_format("%s.pub", file.path);
	nk_auto(str) char *line = nk_format("ssh-rsa %s me@example.org\n", rsa_public);

	write_file(beside, line, 0644);
	assert_public(&file, rsa_public);
}

Test(sshkey, the_public_half_inside_an_encrypted_key)
{
	nk_auto(file) struct file file = file_new(ed25519_aes256_ctr, 0600);

	assert_public(&file, ed25519_public);
}

Test(sshkey, no_public_half)
{
	nk_auto(file) struct file file = file_new(rsa_pkcs8_encrypted, 0600);
	nk_auto(buf) struct nk_buf blob = NK_BUF_INIT(4096);

	cr_assert_eq(nk_sshkey_public_file(file.path, &blob), 0);
	cr_assert_eq(nk_sshkey_public_file("/nonexistent/key", &blob), 0);
	cr_assert_eq(blob.len, 0);
}

Test(sshkey, freeing_nothing_is_allowed)
{
	nk_sshkey_free(NULL);
}
