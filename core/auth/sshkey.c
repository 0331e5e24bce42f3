/* sshkey.c - a private key in a file or in the agent: found, opened, signing. */
#include "netkit/sshkey.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sshagent.h"
#include "sshkey_pkey.h"
#include "sshkey_unseal.h"

/* Passphrases that are asked for, as ssh(1) does. */
#define PASSPHRASE_TRIES 3

/* What every form of a private key in text has in its first line. */
#define PRIVATE_MARK "PRIVATE KEY-----"

struct nk_sshkey {
	char *type;
	char *label;
	unsigned char *blob;
	size_t blob_length;
	EVP_PKEY *pkey;		   /* NULL: the agent has it */
	struct nk_sshagent *agent; /* borrowed; NULL: a file's key */
};

static struct nk_sshkey *sshkey_new(const struct nk_sshwire *type, const struct nk_sshwire *blob)
{
	struct nk_sshkey *key = nk_alloc(sizeof(*key));

	key->type = nk_strndup((const char *)type->bytes, type->length);
	key->blob = nk_alloc(blob->length);
	memcpy(key->blob, blob->bytes, blob->length);
	key->blob_length = blob->length;
	return key;
}

void nk_sshkey_free(struct nk_sshkey *key)
{
	if (!key)
		return;
	nk_pkey_free(key->pkey);
	free(key->blob);
	free(key->label);
	free(key->type);
	free(key);
}

const char *nk_sshkey_type(const struct nk_sshkey *key)
{
	return key->type;
}

const unsigned char *nk_sshkey_blob(const struct nk_sshkey *key, size_t *length)
{
	*length = key->blob_length;
	return key->blob;
}

const char *nk_sshkey_label(const struct nk_sshkey *key)
{
	return key->label;
}

/* Read all of a file into a buffer that has room for it; 1, 0 when it has not. */
static int sshkey_read(int fd, struct nk_buf *text, struct nk_err *err)
{
	char part[4096];
	ssize_t got;
	int status = 1;

	while (status == 1 && (got = read(fd, part, sizeof(part))) != 0) {
		if (got < 0)
			status = nk_fail_errno(err, NK_E_USAGE, "reading");
		else if (nk_buf_add(text, part, (size_t)got) < 0)
			status = 0;
	}
	nk_secret_wipe(part, sizeof(part));
	return status;
}

/* The text of a private key file that only its owner can read. */
static int sshkey_read_private(int fd, struct nk_buf *text, struct nk_err *err)
{
	int status = sshkey_read(fd, text, err);
	struct stat st;

	if (status < 0)
		return -1;
	if (status == 0 || !memmem(text->data, text->len, PRIVATE_MARK, strlen(PRIVATE_MARK)))
		return nk_fail(err, NK_E_USAGE, 0, "not a private key");
	/* As ssh(1) has it: what others own is theirs to guard. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == getuid() &&
	    (st.st_mode & 077) != 0)
		return nk_fail(err, NK_E_USAGE, 0, "others can read this private key: chmod 600");
	return 0;
}

/* What is known of a key file while it is being opened. */
struct sshkey_source {
	struct nk_buf text;		/* PEM; unless is_openssh */
	struct nk_buf bytes;		/* without armor */
	struct nk_openssh_file openssh; /* borrowed from bytes */
	bool is_openssh;
};

static void sshkey_source_release(struct sshkey_source *source)
{
	nk_vault_release(&source->text);
	nk_vault_release(&source->bytes);
}
NK_AUTO(sshkey_source, struct sshkey_source, sshkey_source_release)

static bool sshkey_is_supported(const struct nk_sshwire *type)
{
	return nk_sshwire_is(type, "ssh-rsa") || nk_sshwire_is(type, "ssh-ed25519") ||
	       nk_sshwire_is(type, "ecdsa-sha2-nistp256") ||
	       nk_sshwire_is(type, "ecdsa-sha2-nistp384") ||
	       nk_sshwire_is(type, "ecdsa-sha2-nistp521");
}

static int sshkey_recognize(struct sshkey_source *source, struct nk_err *err)
{
	int found = nk_openssh_unarmor(source->text.data, source->text.len, &source->bytes, err);

	if (found <= 0)
		return found;
	source->is_openssh = true;
	if (nk_openssh_parse((const unsigned char *)source->bytes.data, source->bytes.len,
			     &source->openssh, err) < 0)
		return -1;
	if (!sshkey_is_supported(&source->openssh.type))
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "keys of type %.*s are not supported here; the ssh program may do",
			       (int)source->openssh.type.length, source->openssh.type.bytes);
	return 0;
}

/* 1, 0 when a passphrase is needed or wrong. passphrase: NULL for none. */
static int sshkey_open_openssh(const struct nk_openssh_file *file,
			       const struct nk_secret *passphrase, EVP_PKEY **pkey,
			       struct nk_err *err)
{
	nk_auto(vault) struct nk_buf plain = nk_vault(file->sealed.length);
	struct nk_openssh_private numbers;
	int opened = nk_openssh_unseal(file, passphrase, &plain, err);

	if (opened <= 0)
		return opened;
	opened = nk_openssh_parse_private((const unsigned char *)plain.data, plain.len, &numbers,
					  err);
	if (opened < 0 || (opened == 0 && passphrase))
		return opened;
	if (opened == 0 || !nk_sshwire_is_same(&numbers.type, &file->type))
		return nk_fail(err, NK_E_USAGE, 0, "its two halves are not of one key");
	return nk_pkey_from_numbers(&numbers, pkey, err) < 0 ? -1 : 1;
}

static int sshkey_open(const struct sshkey_source *source, const struct nk_secret *passphrase,
		       EVP_PKEY **pkey, struct nk_err *err)
{
	if (source->is_openssh)
		return sshkey_open_openssh(&source->openssh, passphrase, pkey, err);
	return nk_pkey_from_pem(source->text.data, source->text.len, passphrase, pkey, err);
}

/* How to get at a passphrase. */
struct sshkey_asking {
	const char *path;
	nk_sshkey_ask *ask;
	void *arg;
};

static int sshkey_unlock(const struct sshkey_source *source, const struct sshkey_asking *asking,
			 EVP_PKEY **pkey, struct nk_err *err)
{
	int opened = sshkey_open(source, NULL, pkey, err);

	if (opened == 0 && !asking->ask)
		return nk_fail(err, NK_E_AUTH, 0, "it is encrypted and there is no passphrase");
	for (int tries = 0; opened == 0 && tries < PASSPHRASE_TRIES; tries++) {
		nk_auto(secret) struct nk_secret passphrase = NK_SECRET_INIT;

		if (asking->ask(asking->arg, asking->path, tries, &passphrase, err) < 0)
			return -1;
		if (!nk_secret_is_set(&passphrase) || passphrase.len == 0)
			return nk_fail(err, NK_E_AUTH, 0, "no passphrase was given");
		opened = sshkey_open(source, &passphrase, pkey, err);
	}
	if (opened == 0)
		return nk_fail(err, NK_E_AUTH, 0, "the passphrase is wrong");
	return opened < 0 ? -1 : 0;
}

/* The handle of an opened key, without the key itself and its label. */
static int sshkey_describe(const struct sshkey_source *source, EVP_PKEY *pkey,
			   struct nk_sshkey **key, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf made = NK_BUF_INIT(NK_SSHKEY_BLOB_MAX);
	const char *name = NULL;

	if (nk_pkey_describe(pkey, &name, &made, err) < 0)
		return -1;
	struct nk_sshwire type = { (const unsigned char *)name, strlen(name) };
	struct nk_sshwire blob = { (const unsigned char *)made.data, made.len };

	if (source->is_openssh && !nk_sshwire_is_same(&blob, &source->openssh.blob))
		return nk_fail(err, NK_E_USAGE, 0, "its two halves are not of one key");
	*key = sshkey_new(&type, &blob);
	return 0;
}

static int sshkey_load_fd(int fd, const struct sshkey_asking *asking, struct nk_sshkey **key,
			  struct nk_err *err)
{
	nk_auto(sshkey_source) struct sshkey_source source = {
		.text = nk_vault(NK_SSHKEY_FILE_MAX),
		.bytes = nk_vault(NK_SSHKEY_FILE_MAX),
	};
	nk_auto(pkey) EVP_PKEY *pkey = NULL;

	if (sshkey_read_private(fd, &source.text, err) < 0 || sshkey_recognize(&source, err) < 0 ||
	    sshkey_unlock(&source, asking, &pkey, err) < 0 ||
	    sshkey_describe(&source, pkey, key, err) < 0)
		return -1;
	(*key)->pkey = nk_take(pkey);
	(*key)->label = nk_strdup(asking->path);
	return 0;
}

int nk_sshkey_load(const char *path, nk_sshkey_ask *ask, void *arg, struct nk_sshkey **key,
		   struct nk_err *err)
{
	const struct sshkey_asking asking = { path, ask, arg };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int status;

	if (fd < 0)
		return nk_fail_errno(err, NK_E_USAGE, "%s", path);
	status = sshkey_load_fd(fd, &asking, key, err);
	close(fd);
	return status < 0 ? nk_wrap(err, "%s", path) : 0;
}

/* The whole of a file that may be missing; false then. */
static bool sshkey_read_quietly(const char *path, struct nk_buf *text)
{
	struct nk_err ignored = NK_ERR_INIT;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int status;

	if (fd < 0)
		return false;
	status = sshkey_read(fd, text, &ignored);
	close(fd);
	return status == 1;
}

/* The public half that OpenSSH's format has in clear, or that is all of the file. */
static int sshkey_public_of_file(const char *path, struct nk_buf *blob)
{
	nk_auto(sshkey_source) struct sshkey_source source = {
		.text = nk_vault(NK_SSHKEY_FILE_MAX),
		.bytes = nk_vault(NK_SSHKEY_FILE_MAX),
	};
	struct nk_err ignored = NK_ERR_INIT;

	if (!sshkey_read_quietly(path, &source.text))
		return 0;
	if (nk_openssh_public_line(source.text.data, source.text.len, blob) == 1)
		return 1;
	if (sshkey_recognize(&source, &ignored) < 0 || !source.is_openssh)
		return 0;
	return nk_buf_add(blob, source.openssh.blob.bytes, source.openssh.blob.length) == 0;
}

int nk_sshkey_public_file(const char *path, struct nk_buf *blob)
{
	nk_auto(str) char *beside = nk_format("%s.pub", path);
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(NK_SSHKEY_FILE_MAX);

	if (sshkey_read_quietly(beside, &text) &&
	    nk_openssh_public_line(text.data, text.len, blob) == 1)
		return 1;
	return sshkey_public_of_file(path, blob);
}

struct nk_sshkey *nk_sshkey_of_agent(struct nk_sshagent *agent,
				     const struct nk_sshagent_identity *identity)
{
	struct nk_sshkey *key = sshkey_new(&identity->type, &identity->blob);
	size_t length = strnlen((const char *)identity->comment.bytes, identity->comment.length);

	key->label = nk_strndup((const char *)identity->comment.bytes, length);
	key->agent = agent;
	return key;
}

int nk_sshkey_sign(struct nk_sshkey *key, const char *algorithm, const unsigned char *data,
		   size_t length, struct nk_buf *signature, struct nk_err *err)
{
	const struct nk_sshagent_request request = {
		.algorithm = algorithm,
		.blob = { key->blob, key->blob_length },
		.data = { data, length },
	};
	int status = key->agent ? nk_sshagent_sign(key->agent, &request, signature, err)
				: nk_pkey_sign(key->pkey, algorithm, &request.data, signature, err);

	return status < 0 ? nk_wrap(err, "%s", key->label[0] != '\0' ? key->label : key->type) : 0;
}
