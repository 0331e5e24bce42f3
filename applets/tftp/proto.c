/* proto.c - a TFTP server's files as an fs: get, put and the size are all there is (RFC 1350). */
#include "tftp.h"

/* RFC 3617: the slash after the host belongs to the URL. "//x" is the absolute name "/x". */
static const char *remote_name(const char *path)
{
	return path[0] == '/' ? path + 1 : path;
}

/*
 * RFC 3617 3: ";mode=netascii" or ";mode=octet" at the end of a path is no part of the name; it says
 * what *is_netascii becomes. Returns the name, which the caller frees.
 */
static char *split_mode(const char *path, bool *is_netascii)
{
	const char *name = remote_name(path);
	const char *mode = strrchr(name, ';');
	bool is_text = mode && nk_text_is_same(mode, ";mode=netascii");

	if (!is_text && !(mode && nk_text_is_same(mode, ";mode=octet")))
		return nk_strdup(name);
	*is_netascii = is_text;
	return nk_strndup(name, (size_t)(mode - name));
}

/* The size of a file: the server tells it with tsize, or sends all of it in its first block. Then the
 * transfer is called off. */
static int ask_size(struct nk_fs *fs, const char *path, int64_t *size, struct nk_err *err)
{
	bool ignored;
	nk_auto(str) char *name = split_mode(path, &ignored);
	struct tftp_transfer transfer = {
		.opcode = TFTP_RRQ,
		.name = name,
		.only_size = true,
		.size = -1,
	};
	nk_auto(tftp_exchange) struct tftp_exchange *exchange = NULL;

	if (tftp_exchange_open(fs->session, &transfer, &exchange, err) < 0)
		return -1;
	*size = exchange->granted.tsize;
	if (exchange->packet.opcode == TFTP_DATA && exchange->packet.length < TFTP_BLKSIZE_PLAIN) {
		*size = (int64_t)exchange->packet.length;
		return tftp_exchange_ack(exchange, 1, false, err);
	}
	tftp_exchange_refuse(exchange, TFTP_ERROR_OTHER, "only the size was wanted");
	return 0;
}

static int tftp_mount(struct nk_session *session, struct nk_fs **fs, struct nk_err *err)
{
	struct nk_fs *made = nk_alloc(sizeof(*made));

	/* There is nothing to connect to: every transfer is a conversation of its own. */
	(void)err;
	made->ops = &tftp_fs;
	made->session = session;
	*fs = made;
	return 0;
}

static void tftp_unmount(struct nk_fs *fs)
{
	free(fs);
}

static int tftp_stat(struct nk_fs *fs, const char *path, struct nk_arena *arena,
		     struct nk_entry *entry, struct nk_err *err)
{
	struct nk_entry found = NK_ENTRY_INIT;
	const char *name = nk_path_name(path);

	if (ask_size(fs, path, &found.size, err) < 0)
		return -1;
	found.name = nk_arena_strndup(arena, name, strlen(name));
	if (!found.name)
		return nk_fail(err, NK_E_PROTO, 0, "name too long");
	*entry = found;
	return 0;
}

static int tftp_open(struct nk_fs *fs, const char *path, const struct nk_open_how *how,
		     struct nk_stream **stream, struct nk_err *err)
{
	const struct tftp_opts *opts = fs->session->opts;
	bool is_netascii = how->is_text || opts->ascii;
	nk_auto(str) char *name = split_mode(path, &is_netascii);
	struct tftp_transfer transfer = {
		.opcode = how->direction == NK_READ ? TFTP_RRQ : TFTP_WRQ,
		.name = name,
		.is_netascii = is_netascii,
		.size = how->size,
	};

	if (how->offset > 0)
		return nk_fail(err, NK_E_RESUME, 0, "TFTP cannot begin in the middle of a file");
	if (how->direction == NK_READ)
		return tftp_reader_open(fs->session, &transfer, stream, err);
	return tftp_writer_open(fs->session, &transfer, stream, err);
}

const struct nk_fs_ops tftp_fs = {
	.name = "tftp",
	.caps = NK_FS_CAP_PARALLEL | NK_FS_CAP_ANNOUNCES,
	.mount = tftp_mount,
	.unmount = tftp_unmount,
	.stat = tftp_stat,
	.open = tftp_open,
};

/* Asked for where no file was named. */
#define TFTP_LOOK_NAME "netkit-probe"

/* Did the server answer, although not with a file? */
static bool is_answer(const struct nk_err *err)
{
	return err->domain == NK_E_MISSING || err->domain == NK_E_DENIED ||
	       err->domain == NK_E_UNSUPPORTED;
}

static void note_granted(const struct tftp_options *granted, struct nk_facts *facts)
{
	char text[TFTP_OPTIONS_TEXT];

	tftp_options_text(granted, text);
	for (const char *at = text; *at != '\0';) {
		size_t length = strcspn(at, ",");

		nk_facts_add(facts, &facts->capabilities, at, length);
		at += length;
		at += strspn(at, ", ");
	}
}

int tftp_look(struct nk_session *session, const char *path, struct nk_facts *facts,
	      struct nk_err *err)
{
	bool is_any = strcmp(path, "/") == 0;
	bool ignored;
	nk_auto(str) char *name = is_any ? nk_strdup(TFTP_LOOK_NAME) : split_mode(path, &ignored);
	const struct tftp_transfer transfer = {
		.opcode = TFTP_RRQ,
		.name = name,
		.size = -1,
	};
	nk_auto(tftp_exchange) struct tftp_exchange *exchange = NULL;
	int result;

	nk_phase_begin(&facts->phases, NK_PHASE_GREETING);
	result = tftp_exchange_open(session, &transfer, &exchange, err);
	if (result < 0 && !(is_any && is_answer(err)))
		return -1;
	nk_phase_end(&facts->phases, NK_PHASE_GREETING);
	if (result < 0) {
		facts->greeting = nk_facts_keep(facts, err->msg, strlen(err->msg));
		*err = (struct nk_err)NK_ERR_INIT;
		return 0;
	}
	note_granted(&exchange->granted, facts);
	tftp_exchange_refuse(exchange, TFTP_ERROR_OTHER, "only a look was wanted");
	return 0;
}
