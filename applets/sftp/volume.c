/* volume.c - whose files are, and the file systems they are on. */
#include "sftp.h"

/* Longest reply to statvfs: eleven numbers. */
#define VOLUME_BODY_MAX 256

int sftp_volume(struct nk_fs *fs, const char *path, struct nk_volume *volume, struct nk_err *err)
{
	struct sftp *sftp = (struct sftp *)fs;
	nk_auto(call) struct sftp_call call = { .link = NULL };
	nk_auto(str) char *real = NULL;
	struct sftp_request request;
	struct nk_volume found;

	if (!(sftp_link_extensions(sftp->link) & SFTP_EXT_STATVFS))
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: the server does not tell",
			       sftp_link_peer(sftp->link));
	if (sftp_real(sftp, path, &real, err) < 0 ||
	    sftp_call_begin(&call, sftp->link, SFTP_EXTENDED, VOLUME_BODY_MAX, err) < 0)
		return -1;
	request = sftp_request_begin(&sftp->out, SFTP_EXTENDED, call.id);
	sftp_add_text(&request, "statvfs@openssh.com");
	sftp_add_text(&request, real);
	if (sftp_call_end(&call, &request, 0, err) < 0 || sftp_exchange(sftp, &call, err) < 0 ||
	    sftp_expect(&call, SFTP_EXTENDED_REPLY, "statvfs", err) < 0)
		return -1;
	if (!sftp_parse_statvfs(call.body, call.length, &found))
		return sftp_broken(&call, "statvfs", err);
	*volume = found;
	return 0;
}

int sftp_space(struct nk_fs *fs, const char *path, int64_t *available, int64_t *total,
	       struct nk_err *err)
{
	struct nk_volume volume;

	if (sftp_volume(fs, path, &volume, err) < 0)
		return -1;
	*available = volume.available;
	*total = volume.total;
	return 0;
}

int sftp_chown(struct nk_fs *fs, const char *path, const struct nk_owner *owner, struct nk_err *err)
{
	struct sftp *sftp = (struct sftp *)fs;
	nk_auto(call) struct sftp_call call = { .link = NULL };
	nk_auto(str) char *real = NULL;
	struct sftp_attrs attrs;
	struct sftp_request request;

	if (owner->is_of_link && !(sftp_link_extensions(sftp->link) & SFTP_EXT_LSETSTAT))
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: the server follows all links",
			       sftp_link_peer(sftp->link));
	/* Both numbers are sent, so the other one is asked for. */
	if (sftp_real(sftp, path, &real, err) < 0 ||
	    sftp_attrs(sftp, real, !owner->is_of_link, &attrs, err) < 0)
		return -1;
	if (!(attrs.has & SFTP_ATTR_OWNER) && (owner->uid < 0 || owner->gid < 0))
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: the server does not say whose it is",
			       sftp_link_peer(sftp->link));
	attrs.has = SFTP_ATTR_OWNER;
	attrs.uid = owner->uid < 0 ? attrs.uid : (uint32_t)owner->uid;
	attrs.gid = owner->gid < 0 ? attrs.gid : (uint32_t)owner->gid;
	enum sftp_type type = owner->is_of_link ? SFTP_EXTENDED : SFTP_SETSTAT;

	if (sftp_call_begin(&call, sftp->link, type, 0, err) < 0)
		return -1;
	request = sftp_request_begin(&sftp->out, type, call.id);
	if (owner->is_of_link)
		sftp_add_text(&request, "lsetstat@openssh.com");
	sftp_add_text(&request, real);
	sftp_add_attrs(&request, &attrs);
	if (sftp_call_end(&call, &request, 0, err) < 0 || sftp_exchange(sftp, &call, err) < 0)
		return -1;
	return sftp_expect(&call, SFTP_STATUS, "setstat", err);
}
