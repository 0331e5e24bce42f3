/* linkopen.c - how a conversation begins and ends (draft-ietf-secsh-filexfer-02, 4). */
#include "linkstate.h"

#include "netkit/log.h"
#include "netkit/text.h"
#include "netkit/thread.h"

/* The longest body of the reply to limits: four numbers. */
#define LINK_LIMITS_BODY 64

/* How much is shown of what is no SFTP. */
#define LINK_SAMPLE 80

/* What came instead of VERSION. */
static int link_explain_greeting(const struct sftp_link *link, struct nk_err *err)
{
	const char *bytes = (const char *)link->in + link->in_start;
	size_t length = link->in_end - link->in_start;

	if (length > LINK_SAMPLE)
		length = LINK_SAMPLE;
	for (size_t i = 0; i < length && i < 4; i++) {
		bool is_text = (unsigned char)bytes[i] >= ' ' && bytes[i] != '\177';

		if (!is_text && (bytes[i] == '\0' || !strchr("\r\n\t\033", bytes[i])))
			return nk_fail(err, NK_E_PROTO, 0, "%s: this is no SFTP",
				       sftp_link_peer(link));
	}
	return nk_fail(err, NK_E_PROTO, 0,
		       "%s: the server sent text before SFTP, as a start-up file of the shell "
		       "does that prints something: \"%.*s\"",
		       sftp_link_peer(link), (int)length, bytes);
}

static int link_read_version(struct sftp_link *link, struct nk_err *err)
{
	struct sftp_header header;
	uint32_t version;

	if (sftp_link_fill(link, SFTP_HEADER_SIZE, err) < 0)
		return link->in_end > 0 && err->domain == NK_E_LOST
			       ? link_explain_greeting(link, err)
			       : -1;
	sftp_parse_header(link->in + link->in_start, &header);
	if (header.type != SFTP_VERSION || header.length < SFTP_HEADER_SIZE - 4 ||
	    header.length > LINK_IN_SIZE - 4)
		return link_explain_greeting(link, err);
	if (sftp_link_fill(link, header.length + 4, err) < 0)
		return -1;
	if (!sftp_parse_version(link->in + link->in_start + 5, header.length - 1, &version,
				&link->extensions))
		return nk_fail(err, NK_E_PROTO, 0, "%s: a broken VERSION packet",
			       sftp_link_peer(link));
	nk_buf_clear(&link->version);
	(void)!nk_buf_add(&link->version, link->in + link->in_start + 5, header.length - 1);
	link->in_start += header.length + 4;
	if (version < SFTP_VERSION_OURS)
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "%s: the server speaks SFTP version %u, at least %d is needed",
			       sftp_link_peer(link), version, SFTP_VERSION_OURS);
	nk_log(NK_LOG_DEBUG, "%s: SFTP version %u, extensions 0x%x", sftp_link_peer(link), version,
	       link->extensions);
	return 0;
}

/* The reply is taken when it has come, along with others: it costs no round trip. */
static int link_ask_limits(struct sftp_link *link, struct nk_buf *out, struct nk_err *err)
{
	struct sftp_call *call = &link->limits_call;
	struct sftp_request request;

	if (!(link->extensions & SFTP_EXT_LIMITS))
		return 0;
	if (sftp_call_begin(call, link, SFTP_EXTENDED, LINK_LIMITS_BODY, err) < 0)
		return -1;
	request = sftp_request_begin(out, SFTP_EXTENDED, call->id);
	sftp_add_text(&request, "limits@openssh.com");
	if (sftp_call_end(call, &request, 0, err) < 0)
		return -1;
	return sftp_link_send(link, out, err);
}

int sftp_link_open(struct nk_ssh *ssh, struct nk_channel *channel, struct sftp_budget *budget,
		   struct sftp_link **link, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(SFTP_REQUEST_MAX);
	struct sftp_link *made = nk_alloc(sizeof(*made));
	int result;

	made->ssh = ssh;
	made->channel = channel;
	made->budget = budget;
	made->read_piece = SFTP_PIECE_USUAL;
	made->write_piece = SFTP_PIECE_USUAL;
	made->round_trip_ms = -1;
	made->version = (struct nk_buf)NK_BUF_INIT(LINK_IN_SIZE);
	pthread_mutex_init(&made->send_lock, NULL);
	pthread_mutex_init(&made->lock, NULL);
	nk_cond_init(&made->has_handle);
	result = sftp_put_init(&out) < 0 ? -1 : sftp_link_send(made, &out, err);
	if (result == 0)
		result = link_read_version(made, err);
	if (result == 0)
		result = link_ask_limits(made, &out, err);
	if (result < 0) {
		made->ssh = NULL;
		made->channel = NULL;
		sftp_link_free(made);
		return -1;
	}
	*link = made;
	return 0;
}

void sftp_link_free(struct sftp_link *link)
{
	if (!link)
		return;
	sftp_call_drop(&link->limits_call);
	nk_ssh_leave(link->ssh);
	nk_channel_free(link->channel);
	nk_ssh_free(link->ssh);
	nk_buf_release(&link->version);
	while (link->spare_count > 0)
		free(link->spare[--link->spare_count]);
	pthread_mutex_destroy(&link->send_lock);
	pthread_mutex_destroy(&link->lock);
	pthread_cond_destroy(&link->has_handle);
	free(link);
}

const char *sftp_link_peer(const struct sftp_link *link)
{
	return nk_ssh_peer(link->ssh);
}

struct nk_ssh *sftp_link_ssh(const struct sftp_link *link)
{
	return link->ssh;
}

unsigned sftp_link_extensions(const struct sftp_link *link)
{
	return link->extensions;
}

const struct nk_buf *sftp_link_version(const struct sftp_link *link)
{
	return &link->version;
}
