/* same.c - would a copy write over what it reads? */
#include "fsverbs.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netkit/addr.h"
#include "netkit/proxy.h"

/* path without empty and "." components, and each ".." with what it leaves; a new string. What is
 * above the login folder, "/~", only the server knows. */
static char *straighten(const char *path)
{
	char *straight = nk_strdup("/");

	while (*path != '\0') {
		size_t length = strcspn(path, "/");
		bool is_up = length == 2 && memcmp(path, "..", 2) == 0;
		bool is_here = length == 0 || (length == 1 && *path == '.');
		const char *last = nk_path_name(straight);
		char *next = NULL;

		if (is_up && strcmp(straight, "/~") != 0 && strcmp(last, "..") != 0)
			next = nk_path_parent(straight);
		else if (!is_here)
			next = nk_format("%s%s%.*s", straight, straight[1] ? "/" : "", (int)length,
					 path);
		if (next) {
			free(straight);
			straight = next;
		}
		path += length;
		path += *path == '/';
	}
	return straight;
}

/* Is where a session leads decided elsewhere: by ssh_config, or by a proxy? */
static bool is_led_on(const struct nk_ctx *ctx, const struct nk_session *session)
{
	const struct nk_target *target = &session->target;
	const struct nk_scheme *row;
	const struct nk_applet *applet = nk_applet_of_scheme(ctx->applets, session->scheme, &row);

	return !applet || (applet->groups & NK_GROUP_SSH) ||
	       nk_proxy_serves(target->proxy, target->host, target->port);
}

/* Do two names lead to one address, as far as can be told? */
static bool is_same_address(const struct nk_ctx *ctx, const struct nk_session *a,
			    const struct nk_session *b)
{
	struct nk_err ignored = NK_ERR_INIT;
	struct nk_addrs one, other;

	if (is_led_on(ctx, a) || is_led_on(ctx, b) ||
	    nk_addr_resolve(a->target.host, a->target.port, SOCK_STREAM, a->target.net, &one,
			    &ignored) < 0 ||
	    nk_addr_resolve(b->target.host, b->target.port, SOCK_STREAM, b->target.net, &other,
			    &ignored) < 0)
		return false;
	for (int i = 0; i < one.count * other.count; i++) {
		if (nk_addr_is_same_host(&one.items[i / other.count],
					 &other.items[i % other.count]))
			return true;
	}
	return false;
}

/* One server, reached as one user: a URL's user and --user may say the same. */
static bool is_same_server(const struct nk_ctx *ctx, const struct nk_session *a,
			   const struct nk_session *b)
{
	const char *one = a->creds.user, *other = b->creds.user;

	if (a == b)
		return true;
	return strcmp(a->scheme, b->scheme) == 0 && a->target.port == b->target.port &&
	       (one && other ? strcmp(one, other) == 0 : one == other) &&
	       (nk_text_is_same(a->target.host, b->target.host) || is_same_address(ctx, a, b));
}

static int fail_same(const char *label, struct nk_err *err)
{
	return nk_fail(err, NK_E_USAGE, 0, "%s cannot be copied onto itself", label);
}

static int fail_inside(const char *label, struct nk_err *err)
{
	return nk_fail(err, NK_E_USAGE, 0, "%s cannot be copied into itself", label);
}

static int check_remote(const struct nk_ctx *ctx, const struct nk_place *source,
			const struct nk_place *target, struct nk_err *err)
{
	nk_auto(str) char *from = straighten(source->path);
	nk_auto(str) char *to = straighten(target->path);
	nk_auto(str) char *label = nk_place_label(ctx, source, source->path);
	size_t length = strcmp(from, "/") == 0 ? 0 : strlen(from);
	bool is_same = strcmp(from, to) == 0;
	bool is_inside =
		ctx->common->recursive && nk_text_has_prefix(to, from) && to[length] == '/';

	if ((!is_same && !is_inside) || !is_same_server(ctx, source->session, target->session))
		return 0;
	return is_same ? fail_same(label, err) : fail_inside(label, err);
}

static bool look(const struct nk_place *place, int stdio, const char *path, struct stat *st)
{
	return nk_place_is_stdio(place) ? fstat(stdio, st) == 0 : stat(path, st) == 0;
}

static bool is_one(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Does path, whose last components need not exist, lie below folder? */
static bool is_below(const char *path, const struct stat *folder)
{
	nk_auto(str) char *at = nk_path_trim(path);
	char *real;
	struct stat st;

	while (!(real = realpath(at, NULL)) && strcmp(at, "/") != 0 && strcmp(at, ".") != 0) {
		char *above = nk_path_parent(at);

		free(at);
		at = above;
	}
	while (real) {
		bool is_top = strcmp(real, "/") == 0;
		char *above = is_top ? NULL : nk_path_parent(real);
		bool is_found = stat(real, &st) == 0 && is_one(&st, folder);

		free(real);
		real = above;
		if (is_found) {
			free(real);
			return true;
		}
	}
	return false;
}

static int check_local(const struct nk_ctx *ctx, const struct nk_place *source,
		       const struct nk_place *target, struct nk_err *err)
{
	nk_auto(str) char *from = nk_place_label(ctx, source, source->path);
	nk_auto(str) char *to = nk_place_label(ctx, target, target->path);
	struct stat source_st, target_st;

	if (!look(source, STDIN_FILENO, from, &source_st))
		return 0;
	/* A terminal or a pipe may well be both. */
	if ((S_ISREG(source_st.st_mode) || S_ISDIR(source_st.st_mode)) &&
	    look(target, STDOUT_FILENO, to, &target_st) && is_one(&source_st, &target_st))
		return fail_same(from, err);
	if (S_ISDIR(source_st.st_mode) && ctx->common->recursive && !nk_place_is_stdio(target) &&
	    is_below(to, &source_st))
		return fail_inside(from, err);
	return 0;
}

int nk_same_check(const struct nk_ctx *ctx, const struct nk_place *source,
		  const struct nk_place *target, struct nk_err *err)
{
	if (nk_place_is_local(source) != nk_place_is_local(target))
		return 0;
	return nk_place_is_local(source) ? check_local(ctx, source, target, err)
					 : check_remote(ctx, source, target, err);
}
