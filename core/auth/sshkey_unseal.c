/* sshkey_unseal.c - deciphering OpenSSH's private keys (PROTOCOL.key, kdf bcrypt). */
#include "sshkey_unseal.h"

#include "bcrypt.h"
#include "netkit/lib/ssl.h"

/* 256 bits, and a whole block of AES. */
#define SEAL_KEY_MAX 32
#define SEAL_IV_MAX  16

/* RFC 5116 5.1 */
#define SEAL_TAG_SIZE 16

struct seal_cipher {
	const char *name;   /* RFC 4253 6.3 and its like */
	const char *called; /* by OpenSSL */
	size_t key_size;
	size_t iv_size;
	size_t tag_size;
	size_t block_size; /* that the section is a multiple of */
};

static const struct seal_cipher seal_ciphers[] = {
	{ "aes256-ctr", "AES-256-CTR", 32, 16, 0, 16 },
	{ "aes192-ctr", "AES-192-CTR", 24, 16, 0, 16 },
	{ "aes128-ctr", "AES-128-CTR", 16, 16, 0, 16 },
	{ "aes256-cbc", "AES-256-CBC", 32, 16, 0, 16 },
	{ "aes192-cbc", "AES-192-CBC", 24, 16, 0, 16 },
	{ "aes128-cbc", "AES-128-CBC", 16, 16, 0, 16 },
	{ "aes256-gcm@openssh.com", "AES-256-GCM", 32, 12, SEAL_TAG_SIZE, 16 },
	{ "aes128-gcm@openssh.com", "AES-128-GCM", 16, 12, SEAL_TAG_SIZE, 16 },
	{ "3des-cbc", "DES-EDE3-CBC", 24, 8, 0, 8 },
};

struct nk_buf nk_vault(size_t limit)
{
	return (struct nk_buf){ .data = nk_alloc(limit + 1), .size = limit + 1, .limit = limit };
}

void nk_vault_release(struct nk_buf *vault)
{
	if (vault->size > 0)
		nk_secret_wipe(vault->data, vault->size);
	nk_buf_release(vault);
}

static const struct seal_cipher *seal_find(const struct nk_openssh_file *file)
{
	for (size_t i = 0; i < NK_COUNT(seal_ciphers); i++) {
		if (nk_sshwire_is(&file->cipher, seal_ciphers[i].name))
			return &seal_ciphers[i];
	}
	return NULL;
}

/* key: the cipher's key and the first block's IV behind it. 1, 0 for a tag that does not fit, -1
 * without the cipher. */
static int seal_open(const struct nk_ssl *ssl, const struct seal_cipher *how,
		     const struct nk_openssh_file *file, const unsigned char *key,
		     unsigned char *plain)
{
	EVP_CIPHER *cipher = ssl->EVP_CIPHER_fetch(NULL, how->called, NULL);
	EVP_CIPHER_CTX *context = ssl->EVP_CIPHER_CTX_new();
	unsigned char tag[SEAL_TAG_SIZE];
	int made = 0;
	int rest = 0;
	int status = -1;

	if (cipher && context &&
	    ssl->EVP_DecryptInit_ex(context, cipher, NULL, key, key + how->key_size) == 1 &&
	    ssl->EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
	    ssl->EVP_DecryptUpdate(context, plain, &made, file->sealed.bytes,
				   (int)file->sealed.length) == 1)
		status = 0;
	if (status == 0 && how->tag_size > 0) {
		memcpy(tag, file->tag.bytes, sizeof(tag));
		if (ssl->EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) != 1)
			status = -1;
	}
	if (status == 0 && ssl->EVP_DecryptFinal_ex(context, plain + made, &rest) == 1)
		status = 1;
	ssl->EVP_CIPHER_CTX_free(context);
	ssl->EVP_CIPHER_free(cipher);
	ssl->ERR_clear_error();
	return status;
}

static int seal_decipher(const struct seal_cipher *how, const struct nk_openssh_file *file,
			 const struct nk_secret *passphrase, struct nk_buf *plain,
			 struct nk_err *err)
{
	const struct nk_bcrypt_how derivation = { file->salt.bytes, file->salt.length,
						  file->rounds };
	const struct nk_ssl *ssl = nk_ssl(err);
	nk_auto(vault) struct nk_buf opened = nk_vault(file->sealed.length);
	unsigned char key[SEAL_KEY_MAX + SEAL_IV_MAX];
	int status;

	if (!ssl ||
	    nk_bcrypt_derive(passphrase, &derivation, key, how->key_size + how->iv_size, err) < 0)
		return -1;
	status = seal_open(ssl, how, file, key, (unsigned char *)opened.data);
	nk_secret_wipe(key, sizeof(key));
	if (status < 0)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "the cipher %s is not available",
			       how->name);
	if (status == 0)
		return 0;
	if (nk_buf_add(plain, opened.data, file->sealed.length) < 0)
		return nk_fail(err, NK_E_USAGE, 0, "too large for a key");
	return 1;
}

int nk_openssh_unseal(const struct nk_openssh_file *file, const struct nk_secret *passphrase,
		      struct nk_buf *plain, struct nk_err *err)
{
	const struct seal_cipher *how = seal_find(file);

	if (nk_sshwire_is(&file->cipher, "none")) {
		if (file->tag.length != 0 ||
		    nk_buf_add(plain, file->sealed.bytes, file->sealed.length) < 0)
			return nk_fail(err, NK_E_USAGE, 0, "something follows the key");
		return 1;
	}
	if (!how || !nk_sshwire_is(&file->kdf, "bcrypt"))
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "a key encrypted with %.*s and %.*s is not supported",
			       (int)file->cipher.length, file->cipher.bytes, (int)file->kdf.length,
			       file->kdf.bytes);
	if (file->tag.length != how->tag_size || file->sealed.length % how->block_size != 0)
		return nk_fail(err, NK_E_USAGE, 0, "its private half is cut off");
	if (!passphrase)
		return 0;
	return seal_decipher(how, file, passphrase, plain, err);
}
