/* hash.c - hashes that the server computes; where it computes none, the file is read back. */
#include "sftp.h"

#include "netkit/codec.h"
#include "netkit/log.h"
#include "netkit/wait.h"

/* Longest reply to check-file: two names and a hash. */
#define HASH_BODY 512

/* Longest command: a path of which each byte may need four, and what is around it. */
#define HASH_COMMAND_MAX (4 * SFTP_PATH_MAX + 256)

/* What is read of a command's output; more than a line with a hash is no answer. */
#define HASH_OUTPUT_MAX 1024

/* What is hashed at a time where the file is read back. */
#define HASH_CHUNK ((size_t)128 * 1024)

/* What hashes are called: in check-file, and as programs. */
static const struct sftp_hash {
	enum nk_digest_kind kind;
	const char *name;
	const char *program;
	size_t digits;
} sftp_hashes[] = {
	{ NK_DIGEST_SHA256, "sha256", "sha256sum", 64 },
	{ NK_DIGEST_SHA512, "sha512", "sha512sum", 128 },
	{ NK_DIGEST_SHA1, "sha1", "sha1sum", 40 },
	{ NK_DIGEST_MD5, "md5", "md5sum", 32 },
};

/* NULL: it is not spoken. No wish is the first. */
static const struct sftp_hash *sftp_hash_of(enum nk_digest_kind kind)
{
	for (size_t i = 0; i < NK_COUNT(sftp_hashes); i++) {
		if (kind == NK_DIGEST_NONE || sftp_hashes[i].kind == kind)
			return &sftp_hashes[i];
	}
	return NULL;
}

/* draft-ietf-secsh-filexfer-extensions-00, 3. */
static int sftp_hash_by_extension(struct sftp *sftp, const char *real, int64_t length,
				  const struct sftp_hash *hash, char out[NK_DIGEST_TEXT],
				  struct nk_err *err)
{
	nk_auto(call) struct sftp_call call = { .link = NULL };
	enum nk_digest_kind found;
	char text[NK_DIGEST_TEXT];
	struct sftp_request request;

	if (sftp_call_begin(&call, sftp->link, SFTP_EXTENDED, HASH_BODY, err) < 0)
		return -1;
	request = sftp_request_begin(&sftp->out, SFTP_EXTENDED, call.id);
	sftp_add_text(&request, "check-file-name");
	sftp_add_text(&request, real);
	sftp_add_text(&request, hash->name);
	sftp_add_u64(&request, 0);
	/* 0: to the end; and one hash for all of it. */
	sftp_add_u64(&request, length > 0 ? (uint64_t)length : 0);
	sftp_add_u32(&request, 0);
	if (sftp_call_end(&call, &request, 0, err) < 0 || sftp_exchange(sftp, &call, err) < 0 ||
	    sftp_expect(&call, SFTP_EXTENDED_REPLY, "check-file", err) < 0)
		return -1;
	if (!sftp_parse_check_file(call.body, call.length, &found, text) || found != hash->kind)
		return sftp_broken(&call, "check-file", err);
	memcpy(out, text, sizeof(text));
	return 0;
}

bool sftp_quote(struct nk_buf *out, const char *text)
{
	int added = nk_buf_add_char(out, '\'');

	for (; *text && added == 0; text++) {
		/* A backslash within quotes is one to most shells, but not to all. */
		if (*text == '\'' || *text == '\\' || *text == '!')
			added = nk_buf_addf(out, "'\\%c'", *text);
		else
			added = nk_buf_add_char(out, *text);
	}
	return added == 0 && nk_buf_add_char(out, '\'') == 0;
}

bool sftp_parse_hash_output(const char *text, size_t length, size_t digits,
			    char out[NK_DIGEST_TEXT])
{
	size_t found = 0;

	/* A backslash says that the name, which follows, is escaped. */
	if (length > 0 && text[0] == '\\') {
		text++;
		length--;
	}
	while (found < length && found < digits && text[found] != '\0' &&
	       strchr("0123456789abcdef", text[found]))
		found++;
	if (found != digits || length < digits + 2 || text[length - 1] != '\n' ||
	    memchr(text, '\n', length - 1) || text[digits] != ' ')
		return false;
	memcpy(out, text, digits);
	out[digits] = '\0';
	return true;
}

/* All that a command writes; more than fits is no failure, but no answer either. */
static int sftp_read_output(struct nk_channel *channel, struct nk_buf *output, struct nk_err *err)
{
	char bytes[HASH_OUTPUT_MAX];
	ssize_t got;

	if (nk_channel_end(channel, err) < 0)
		return -1;
	while ((got = nk_channel_read(channel, bytes, sizeof(bytes), err)) > 0) {
		if (nk_buf_add(output, bytes, (size_t)got) < 0)
			nk_buf_clear(output);
	}
	return got < 0 ? -1 : 0;
}

static int sftp_hash_command(struct nk_buf *command, const char *real, int64_t length,
			     const struct sftp_hash *hash, struct nk_err *err)
{
	int added = length < 0 ? nk_buf_addf(command, "%s -- ", hash->program)
			       : nk_buf_addf(command, "head -c %lld -- ", (long long)length);

	if (added < 0 || !sftp_quote(command, real) ||
	    (length >= 0 && nk_buf_addf(command, " | %s", hash->program) < 0))
		return nk_fail(err, NK_E_USAGE, 0, "the path is too long");
	return 0;
}

/* Where the server has a shell with the usual programs. Its login folder is that of SFTP. */
static int sftp_hash_by_command(struct sftp *sftp, const char *real, int64_t length,
				const struct sftp_hash *hash, char out[NK_DIGEST_TEXT],
				struct nk_err *err)
{
	nk_auto(buf) struct nk_buf command = NK_BUF_INIT(HASH_COMMAND_MAX);
	nk_auto(buf) struct nk_buf output = NK_BUF_INIT(HASH_OUTPUT_MAX);
	nk_auto(channel) struct nk_channel *channel = NULL;
	int status = 255;

	if (sftp_hash_command(&command, real, length, hash, err) < 0 ||
	    nk_ssh_start(sftp_ssh(sftp), NK_CHANNEL_COMMAND, command.data, &channel, err) < 0 ||
	    sftp_read_output(channel, &output, err) < 0 ||
	    nk_channel_status(channel, &status, err) < 0)
		return -1;
	if (status != 0 || !sftp_parse_hash_output(output.data, output.len, hash->digits, out))
		return nk_fail(err, NK_E_UNSUPPORTED, status, "%s: the server cannot hash: %s: %s",
			       sftp_link_peer(sftp->link), hash->program,
			       output.len > 0 ? output.data : "no hash came");
	return 0;
}

/* Where the server computes nothing: all of the file is read. */
static int sftp_hash_by_reading(struct sftp *sftp, const char *real, const struct sftp_hash *hash,
				char out[NK_DIGEST_TEXT], struct nk_err *err)
{
	const struct nk_open_how how = { .direction = NK_READ, .size = -1 };
	nk_auto(stream) struct nk_stream *stream = NULL;
	nk_auto(digest) struct nk_digest *digest = NULL;
	nk_auto(str) char *chunk = nk_realloc(NULL, HASH_CHUNK);
	ssize_t got;

	if (nk_digest_new(hash->kind, &digest, err) < 0 ||
	    sftp_open_reader(sftp, real, &how, &stream, err) < 0)
		return -1;
	while ((got = nk_stream_read(stream, chunk, HASH_CHUNK, err)) > 0) {
		nk_digest_add(digest, chunk, (size_t)got);
		if (nk_interrupt_check(err) < 0)
			return -1;
	}
	if (got < 0 || nk_stream_close(nk_take(stream), err) < 0)
		return -1;
	nk_digest_finish(digest, out);
	return 0;
}

/* May the file be read where it cannot be hashed? Not where all is over. */
static bool sftp_hash_may_read(const struct sftp *sftp, int64_t length, const struct nk_err *err)
{
	return length < 0 && err->domain != NK_E_USAGE && err->domain != NK_E_INTERRUPT &&
	       err->domain != NK_E_TERMINATE && !sftp_link_is_dead(sftp->link);
}

int sftp_hash(struct nk_fs *fs, const char *path, int64_t length, enum nk_digest_kind *kind,
	      char out[NK_DIGEST_TEXT], struct nk_err *err)
{
	struct sftp *sftp = (struct sftp *)fs;
	const struct sftp_hash *hash = sftp_hash_of(*kind);
	unsigned extensions = sftp_link_extensions(sftp->link);
	/* Some servers have it and offer it only to later versions; OpenSSH's, told by its limits, has
	 * not. Nothing is what "to the end" means there. */
	bool tries_extension = length != 0 && ((extensions & SFTP_EXT_CHECK_FILE) ||
					       !(extensions & SFTP_EXT_LIMITS));
	nk_auto(str) char *real = NULL;
	int result = -1;

	if (!hash)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: no server computes %s here",
			       sftp_link_peer(sftp->link), nk_digest_name(*kind));
	if (sftp_real(sftp, path, &real, err) < 0)
		return -1;
	if (tries_extension)
		result = sftp_hash_by_extension(sftp, real, length, hash, out, err);
	if (tries_extension && result < 0 && err->domain != NK_E_UNSUPPORTED)
		return -1;
	*err = (struct nk_err)NK_ERR_INIT;
	if (result < 0)
		result = sftp_hash_by_command(sftp, real, length, hash, out, err);
	if (result < 0 && sftp_hash_may_read(sftp, length, err)) {
		nk_log(NK_LOG_INFO, "%s; the file is read back", err->msg);
		*err = (struct nk_err)NK_ERR_INIT;
		result = sftp_hash_by_reading(sftp, real, hash, out, err);
	}
	if (result == 0)
		*kind = hash->kind;
	return result;
}
