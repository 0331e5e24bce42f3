/* blame.c - whose fault an error is. */
#include "blame.h"

#include "netkit/local.h"

bool nk_fs_is_session_error(enum nk_domain domain)
{
	switch (domain) {
	case NK_E_LOST:
	case NK_E_TIMEOUT:
	case NK_E_CONNECT:
	case NK_E_RESOLVE:
	case NK_E_AUTH:
	case NK_E_TLS:
	case NK_E_CERT:
	case NK_E_PROXY:
	case NK_E_INTERRUPT:
	case NK_E_TERMINATE:
		return true;
	default:
		return false;
	}
}

bool nk_fs_is_here(const struct nk_fs_ops *ops)
{
	return ops == &nk_local_ops || ops == &nk_stdio_ops;
}

void nk_fs_blame_local(const struct nk_fs_ops *ops, enum nk_domain fallback, struct nk_err *err)
{
	if (ops != &nk_local_ops)
		return;
	if (err->domain == NK_E_MISSING || err->domain == NK_E_DENIED)
		err->domain = fallback;
}

char *nk_fs_shown_path(const struct nk_fs *fs, const char *path)
{
	const struct nk_local_opts *opts =
		fs->ops == &nk_local_ops && fs->session ? fs->session->opts : NULL;

	if (!opts || !opts->root)
		return nk_strdup(path);
	return path[1] == '\0' ? nk_strdup(opts->root)
			       : nk_path_join(opts->root, path + (path[0] == '/'));
}
