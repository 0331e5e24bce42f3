/* knownhosts.c - known_hosts files (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
#include "knownhosts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netkit/codec.h"
#include "netkit/lib/ssl.h"
#include "netkit/linefile.h"
#include "netkit/sshconf.h"

/* RFC 4251 6: algorithm names. */
#define KNOWN_TYPE_MAX 64

/* A hashed name is "|1|SALT|HASH", both base64: HMAC-SHA1 of the name, keyed with the salt. */
#define KNOWN_HASH_MAGIC "|1|"
#define KNOWN_HASH_SIZE	 20

/* What is read at a time: the longest line and its end. */
#define KNOWN_BLOCK (NK_KNOWN_HOSTS_LINE_MAX + 1)

/* ---- lines ---- */

struct known_words {
	const char *at;
	const char *end;
};

/* A line end of DOS counts as blank. */
static bool known_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word; empty at the end. Returns its length. */
static size_t known_word(struct known_words *words, const char **word)
{
	while (words->at < words->end && known_is_blank(*words->at))
		words->at++;
	*word = words->at;
	while (words->at < words->end && !known_is_blank(*words->at))
		words->at++;
	return (size_t)(words->at - *word);
}

static bool known_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool known_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool nk_known_is_type(const char *type, size_t length)
{
	if (length == 0 || length > KNOWN_TYPE_MAX || !known_is_letter(type[0]))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (type[i] <= ' ' || type[i] >= 0x7f || type[i] == ',')
			return false;
	}
	return true;
}

static bool known_is_base64(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!known_is_letter(text[i]) && !known_is_digit(text[i]) && text[i] != '+' &&
		    text[i] != '/' && text[i] != '=')
			return false;
	}
	return length > 0;
}

/* The marker that word names; false for one that nobody knows. */
static bool known_marker(const char *word, size_t length, enum nk_known_marker *marker)
{
	static const char *const names[] = {
		[NK_KNOWN_REVOKED] = "@revoked",
		[NK_KNOWN_AUTHORITY] = "@cert-authority",
	};

	for (size_t i = NK_KNOWN_REVOKED; i < NK_COUNT(names); i++) {
		if (strlen(names[i]) == length && memcmp(names[i], word, length) == 0) {
			*marker = (enum nk_known_marker)i;
			return true;
		}
	}
	return false;
}

int nk_known_line_parse(const char *line, size_t length, struct nk_known_line *parsed)
{
	struct known_words words = { line, line + length };
	struct nk_known_line found = { .marker = NK_KNOWN_PLAIN };

	if (length == 0 || memchr(line, '\0', length))
		return 0;
	found.hosts_length = known_word(&words, &found.hosts);
	if (found.hosts_length == 0 || found.hosts[0] == '#')
		return 0;
	if (found.hosts[0] == '@') {
		if (!known_marker(found.hosts, found.hosts_length, &found.marker))
			return 0;
		found.hosts_length = known_word(&words, &found.hosts);
	}
	found.type_length = known_word(&words, &found.type);
	found.key_length = known_word(&words, &found.key);
	if (!nk_known_is_type(found.type, found.type_length) ||
	    !known_is_base64(found.key, found.key_length))
		return 0;
	*parsed = found;
	return 1;
}

/* ---- names ---- */

struct nk_known_name {
	char *text; /* lower case */
	struct nk_buf patterns;
	struct nk_buf salt;
	struct nk_buf hash;
	const struct nk_ssl *ssl; /* these two are had when the first hashed name is met */
	EVP_MAC_CTX *mac;
	bool is_without_mac;
};

void nk_known_fold(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text + ('a' - 'A'));
	}
}

struct nk_known_name *nk_known_name_new(const char *known_as)
{
	struct nk_known_name *name = nk_alloc(sizeof(*name));

	name->text = nk_strdup(known_as);
	nk_known_fold(name->text);
	name->patterns = (struct nk_buf)NK_BUF_INIT(NK_KNOWN_HOSTS_LINE_MAX);
	name->salt = (struct nk_buf)NK_BUF_INIT(KNOWN_HASH_SIZE);
	name->hash = (struct nk_buf)NK_BUF_INIT(KNOWN_HASH_SIZE);
	return name;
}

void nk_known_name_free(struct nk_known_name *name)
{
	if (!name)
		return;
	if (name->mac)
		name->ssl->EVP_MAC_CTX_free(name->mac);
	nk_buf_release(&name->patterns);
	nk_buf_release(&name->salt);
	nk_buf_release(&name->hash);
	free(name->text);
	free(name);
}

/* HMAC-SHA1, made once: setting it up costs more than using it. */
static int known_load_mac(struct nk_known_name *name, struct nk_err *err)
{
	char sha1[] = "SHA1";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, sha1, sizeof(sha1) - 1),
		OSSL_PARAM_END,
	};
	EVP_MAC *algorithm;

	name->ssl = nk_ssl(err);
	if (!name->ssl)
		return -1;
	algorithm = name->ssl->EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (algorithm) {
		name->mac = name->ssl->EVP_MAC_CTX_new(algorithm);
		name->ssl->EVP_MAC_free(algorithm);
	}
	if (!name->mac || !name->ssl->EVP_MAC_CTX_set_params(name->mac, params))
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "HMAC-SHA1 is not available");
	return 0;
}

static int known_hash(struct nk_known_name *name, const void *salt,
		      unsigned char hash[KNOWN_HASH_SIZE], struct nk_err *err)
{
	size_t made = 0;

	if (!name->mac && known_load_mac(name, err) < 0)
		return -1;
	if (!name->ssl->EVP_MAC_init(name->mac, salt, KNOWN_HASH_SIZE, NULL) ||
	    !name->ssl->EVP_MAC_update(name->mac, (const unsigned char *)name->text,
				       strlen(name->text)) ||
	    !name->ssl->EVP_MAC_final(name->mac, hash, &made, KNOWN_HASH_SIZE) ||
	    made != KNOWN_HASH_SIZE)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "HMAC-SHA1 is not available");
	return 0;
}

/* text: "|1|SALT|HASH". */
static bool known_hash_matches(struct nk_known_name *name, const char *text, size_t length)
{
	const size_t start = strlen(KNOWN_HASH_MAGIC);
	const char *end = text + length;
	unsigned char hash[KNOWN_HASH_SIZE];
	struct nk_err err = NK_ERR_INIT;
	const char *bar;

	if (name->is_without_mac || length < start || memcmp(text, KNOWN_HASH_MAGIC, start) != 0)
		return false;
	text += start;
	bar = memchr(text, '|', (size_t)(end - text));
	nk_buf_clear(&name->salt);
	nk_buf_clear(&name->hash);
	if (!bar || nk_base64_decode(&name->salt, text, (size_t)(bar - text)) < 0 ||
	    nk_base64_decode(&name->hash, bar + 1, (size_t)(end - bar - 1)) < 0 ||
	    name->salt.len != KNOWN_HASH_SIZE || name->hash.len != KNOWN_HASH_SIZE)
		return false;
	name->is_without_mac = known_hash(name, name->salt.data, hash, &err) < 0;
	return !name->is_without_mac && memcmp(hash, name->hash.data, KNOWN_HASH_SIZE) == 0;
}

bool nk_known_name_matches(struct nk_known_name *name, const struct nk_known_line *line)
{
	if (line->hosts[0] == '|')
		return known_hash_matches(name, line->hosts, line->hosts_length);
	nk_buf_clear(&name->patterns);
	if (nk_buf_add(&name->patterns, line->hosts, line->hosts_length) < 0)
		return false;
	nk_known_fold(name->patterns.data);
	return nk_sshconf_pattern_matches(name->patterns.data, ',', name->text);
}

bool nk_known_line_matches(const struct nk_known_line *parsed, const char *known_as)
{
	nk_auto(known_name) struct nk_known_name *name = nk_known_name_new(known_as);

	return nk_known_name_matches(name, parsed);
}

/* ---- reading ---- */

struct nk_known_file {
	const char *path;
	int fd;
	long line;
	size_t at;   /* where the next line begins */
	size_t have; /* bytes of block that are read */
	bool is_skipping;
	bool is_at_end;
	char block[KNOWN_BLOCK];
};

int nk_known_file_open(const char *path, struct nk_known_file **file, struct nk_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct nk_known_file *made;

	if (fd < 0)
		return nk_fail_errno(err,
				     errno == ENOENT || errno == ENOTDIR ? NK_E_MISSING : NK_E_READ,
				     "%s", path);
	made = nk_alloc(sizeof(*made));
	made->path = path;
	made->fd = fd;
	*file = made;
	return 0;
}

void nk_known_file_free(struct nk_known_file *file)
{
	if (!file)
		return;
	close(file->fd);
	free(file);
}

long nk_known_file_line(const struct nk_known_file *file)
{
	return file->line;
}

/* Read more behind what is left; a block that one line fills is dropped, and the line with it. */
static int known_fill(struct nk_known_file *file, struct nk_err *err)
{
	ssize_t got;

	if (file->at == 0 && file->have == KNOWN_BLOCK) {
		file->is_skipping = true;
		file->at = file->have;
	}
	memmove(file->block, file->block + file->at, file->have - file->at);
	file->have -= file->at;
	file->at = 0;
	do {
		got = read(file->fd, file->block + file->have, KNOWN_BLOCK - file->have);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return nk_fail_errno(err, NK_E_READ, "%s", file->path);
	file->is_at_end = got == 0;
	file->have += (size_t)got;
	return 0;
}

/* The next line as it stands, without its line end; the last one may lack it. 1, 0, -1. */
static int known_raw_line(struct nk_known_file *file, const char **line, size_t *length,
			  struct nk_err *err)
{
	char *end;

	for (;;) {
		*line = file->block + file->at;
		end = memchr(*line, '\n', file->have - file->at);
		if (end || file->is_at_end)
			break;
		if (known_fill(file, err) < 0)
			return -1;
	}
	*length = end ? (size_t)(end - *line) : file->have - file->at;
	file->at += *length + (end ? 1 : 0);
	if (!end && *length == 0 && !file->is_skipping)
		return 0;
	if (file->is_skipping)
		*length = 0;
	file->is_skipping = false;
	file->line++;
	return 1;
}

int nk_known_file_next(struct nk_known_file *file, struct nk_known_line *line, struct nk_err *err)
{
	const char *text = NULL;
	size_t length = 0;
	int more;

	do {
		more = known_raw_line(file, &text, &length, err);
	} while (more == 1 && nk_known_line_parse(text, length, line) == 0);
	return more;
}

/* ---- writing ---- */

/* Patterns, lists, blanks and line ends would make another name of it, or another line. */
static bool known_can_stand(const char *name)
{
	for (const char *at = name; *at != '\0'; at++) {
		if (!known_is_letter(*at) && !known_is_digit(*at) && (unsigned char)*at < 0x80 &&
		    !strchr(".-_:[]%", *at))
			return false;
	}
	return name[0] != '\0';
}

static int known_add_hashed(struct nk_buf *line, const char *known_as, struct nk_err *err)
{
	nk_auto(known_name) struct nk_known_name *name = nk_known_name_new(known_as);
	unsigned char salt[KNOWN_HASH_SIZE];
	unsigned char hash[KNOWN_HASH_SIZE];

	if (getrandom(salt, sizeof(salt), 0) != (ssize_t)sizeof(salt))
		return nk_fail_errno(err, NK_E_WRITE, "random numbers");
	if (known_hash(name, salt, hash, err) < 0)
		return -1;
	if (nk_buf_add_text(line, KNOWN_HASH_MAGIC) < 0 ||
	    nk_base64_encode(line, salt, sizeof(salt)) < 0 || nk_buf_add_char(line, '|') < 0 ||
	    nk_base64_encode(line, hash, sizeof(hash)) < 0)
		return nk_fail(err, NK_E_USAGE, 0, "the line is too long");
	return 0;
}

static int known_add_line(struct nk_buf *line, const struct nk_hostkey_entry *entry,
			  struct nk_err *err)
{
	if (entry->hashes_name) {
		if (known_add_hashed(line, entry->known_as, err) < 0)
			return -1;
	} else if (!known_can_stand(entry->known_as)) {
		return nk_fail(err, NK_E_USAGE, 0, "\"%s\" cannot stand there as a name",
			       entry->known_as);
	} else if (nk_buf_add_text(line, entry->known_as) < 0) {
		return nk_fail(err, NK_E_USAGE, 0, "the name is too long");
	}
	if (nk_buf_addf(line, " %s %s\n", entry->type, entry->key) < 0)
		return nk_fail(err, NK_E_USAGE, 0, "the key is too long");
	return 0;
}

int nk_hostkey_add(const char *path, const struct nk_hostkey_entry *entry, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf line = NK_BUF_INIT(NK_KNOWN_HOSTS_LINE_MAX);
	int result;
	int fd;

	if (known_add_line(&line, entry, err) < 0)
		return nk_wrap(err, "%s", path);
	if (nk_linefile_lock(path, false, &fd, err) < 0)
		return -1;
	result = nk_linefile_add(fd, path, line.data, err);
	close(fd);
	return result;
}
