/* links.c - links found in a tree, and what is neither file, folder nor link. */
#include "links.h"

/*
 * Only by its words: what a name in it is, or will be made, is not known. A ".." after a name would
 * be taken from wherever that name leads, so only leading ones count, which are taken from the
 * folders that hold the link.
 */
bool nk_link_stays_inside(const char *relative, const char *link)
{
	bool has_name = false;
	int depth = 0;

	if (link[0] == '/' || link[0] == '\0')
		return false;
	for (const char *at = relative; *at; at++)
		depth += *at == '/';
	while (*link && depth >= 0) {
		size_t length = strcspn(link, "/");

		if (length == 2 && memcmp(link, "..", 2) == 0)
			depth = has_name ? -1 : depth - 1;
		else if (length > 0 && !(length == 1 && link[0] == '.'))
			has_name = true;
		link += length + strspn(link + length, "/");
	}
	return depth >= 0;
}

/* Make the link, in the place of what is there. */
static int make_link(const struct nk_end *target, const char *link, bool no_clobber,
		     struct nk_err *err)
{
	struct nk_err gone = NK_ERR_INIT;

	if (nk_fs_symlink(target->fs, link, target->path, err) == 0)
		return 0;
	if (err->domain != NK_E_EXISTS || no_clobber)
		return -1;
	if (nk_fs_unlink(target->fs, target->path, &gone) < 0)
		return -1;
	return nk_fs_symlink(target->fs, link, target->path, err);
}

int nk_link_copy(const struct nk_end *source, const struct nk_end *target,
		 const struct nk_feed_item *item, const struct nk_copy_how *how, struct nk_err *err)
{
	const struct nk_fs_ops *ops = source->fs->ops;

	if (item->entry.kind == NK_KIND_OTHER)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: is neither file, folder nor link",
			       source->path);
	if (item->entry.kind != NK_KIND_LINK)
		return 1;
	if (target->fs->ops->symlink && item->link &&
	    nk_link_stays_inside(item->relative, item->link)) {
		if (how->dry_run || make_link(target, item->link, how->no_clobber, err) == 0)
			return 0;
		if (err->domain != NK_E_UNSUPPORTED)
			return -1;
	}
	if (!(ops->caps & NK_FS_CAP_LINKS))
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: is a link, which %s cannot follow",
			       source->path, ops->name);
	if (nk_feed_is_folder(source->fs, source->path))
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: a link to a folder is not followed",
			       source->path);
	return 1;
}
