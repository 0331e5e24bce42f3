/* look.c - what an SFTP server shows of itself: its version and its extensions. */
#include "sftp.h"

/* "limits@openssh.com 1"; a version is a number, and some servers put more there. */
static void look_add_extension(const struct sftp_extension_pair *extension, struct nk_facts *facts)
{
	bool is_number = extension->data_length > 0 && extension->data_length < 8;
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(1024);

	for (size_t i = 0; i < extension->data_length && is_number; i++)
		is_number = extension->data[i] >= '0' && extension->data[i] <= '9';
	if (nk_buf_add(&text, extension->name, extension->name_length) < 0)
		return;
	if (is_number && (nk_buf_add_char(&text, ' ') < 0 ||
			  nk_buf_add(&text, extension->data, extension->data_length) < 0))
		return;
	nk_facts_add(facts, &facts->capabilities, text.data, text.len);
}

static void look_note_version(const struct sftp_link *link, struct nk_facts *facts)
{
	const struct nk_buf *body = sftp_link_version(link);
	struct sftp_cursor cursor = { .at = (const uint8_t *)body->data, .left = body->len };
	struct sftp_extension_pair extension;
	nk_auto(str) char *version = nk_format("SFTP %u", sftp_take_u32(&cursor));

	nk_facts_add(facts, &facts->capabilities, version, strlen(version));
	while (sftp_next_extension(&cursor, &extension))
		look_add_extension(&extension, facts);
}

static int look_converse(struct nk_session *session, struct nk_ssh *ssh, struct nk_facts *facts,
			 struct nk_err *err)
{
	nk_auto(channel) struct nk_channel *channel = NULL;
	struct sftp_budget budget = { 0 };
	struct sftp_link *link;

	if (sftp_start(session, ssh, &channel, err) < 0 ||
	    sftp_link_open(ssh, channel, &budget, &link, err) < 0)
		return -1;
	channel = NULL;
	/* By the ssh program there was no sign of it before. */
	facts->is_logged_in = true;
	look_note_version(link, facts);
	sftp_link_free(link);
	return 0;
}

int sftp_look(struct nk_session *session, const char *path, struct nk_facts *facts,
	      struct nk_err *err)
{
	struct nk_ssh *ssh = NULL;

	(void)path;
	if (sftp_dial(session, &ssh, err) < 0)
		return -1;
	if (!facts->wants_login) {
		nk_ssh_free(ssh);
		return 0;
	}
	/* The conversation takes the connection over when it begins. */
	if (look_converse(session, ssh, facts, err) == 0)
		return 0;
	nk_ssh_free(ssh);
	return -1;
}
