/* open.c - operands to sessions and places, and the one connection that is kept. */
#include "open.h"

#include "groups.h"
#include "netkit/retry.h"

/* A session, and what tells it from others. */
struct held {
	struct nk_session *session;
	char *user; /* of the URL, NULL for none */
	struct held *next;
};

/* A local session and its options. */
struct local {
	struct nk_session *session;
	struct nk_local_opts opts;
	char *root;
	struct local *next;
};

struct nk_opener {
	const struct nk_ctx *ctx;
	const struct nk_common *common; /* of the command at hand */
	struct held *sessions;
	struct local *locals;
	struct nk_fs *kept;
	bool is_prompt;
	bool is_text;
};

struct nk_opener *nk_opener_new(const struct nk_ctx *ctx)
{
	struct nk_opener *opener = nk_alloc(sizeof(*opener));

	opener->ctx = ctx;
	opener->common = ctx->common;
	return opener;
}

void nk_opener_be_prompt(struct nk_opener *opener)
{
	opener->is_prompt = true;
}

bool nk_opener_is_prompt(const struct nk_opener *opener)
{
	return opener->is_prompt;
}

void nk_opener_set_common(struct nk_opener *opener, const struct nk_common *common)
{
	opener->common = common ? common : opener->ctx->common;
}

void nk_opener_set_text(struct nk_opener *opener, bool is_text)
{
	opener->is_text = is_text;
}

/* Is the applet's own --ascii on? Then sizes and hashes of both sides differ, and it is core that
 * compares them. */
static bool has_ascii(const struct nk_opt_set *set)
{
	for (const struct nk_opt *opt = set->options; opt->kind != NK_OPT_KIND_END; opt++) {
		if (opt->kind == NK_OPT_KIND_FLAG && opt->name && strcmp(opt->name, "ascii") == 0)
			return *(const bool *)((const char *)set->into + opt->offset);
	}
	return false;
}

bool nk_opener_is_text(const struct nk_opener *opener)
{
	bool is_text = opener->is_text;

	for (int i = 0; i < opener->ctx->set_count; i++)
		is_text |= has_ascii(&opener->ctx->sets[i]);
	return is_text;
}

void nk_opener_drop(struct nk_opener *opener)
{
	nk_fs_unmount(nk_take(opener->kept));
}

void nk_opener_free(struct nk_opener *opener)
{
	if (!opener)
		return;
	nk_opener_drop(opener);
	while (opener->sessions) {
		struct held *held = opener->sessions;

		opener->sessions = held->next;
		nk_session_free(held->session);
		free(held->user);
		free(held);
	}
	while (opener->locals) {
		struct local *local = opener->locals;

		opener->locals = local->next;
		nk_session_free(local->session);
		free(local->root);
		free(local);
	}
	free(opener);
}

const struct nk_applet *nk_applet_of_scheme(const struct nk_applet *const *applets,
					    const char *scheme, const struct nk_scheme **row)
{
	for (; *applets; applets++) {
		for (*row = (*applets)->schemes; *row && (*row)->name; ++*row) {
			if (nk_text_is_same((*row)->name, scheme))
				return *applets;
		}
	}
	return NULL;
}

static int fail_scheme(const struct nk_ctx *ctx, const char *scheme, struct nk_err *err)
{
	nk_auto(strings) struct nk_strings names = { 0 };
	const struct nk_applet *const *applet = ctx->applets;

	for (; *applet; applet++) {
		for (const struct nk_scheme *row = (*applet)->schemes; row && row->name; row++)
			nk_strings_add(&names, row->name);
	}
	nk_strings_add(&names, NULL);
	const char *nearest = nk_text_nearest(scheme, names.items);

	if (nearest)
		return nk_fail(err, NK_E_URL, 0, "unknown scheme %s://; did you mean %s://?",
			       scheme, nearest);
	return nk_fail(err, NK_E_URL, 0, "unknown scheme %s://", scheme);
}

char *nk_operand_label(const char *operand)
{
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	struct nk_err refused = NK_ERR_INIT;
	const char *at = strrchr(operand, '@');
	const char *rest = strstr(operand, "://");
	bool is_url = nk_url_is_url(operand);

	if (!at || (is_url ? nk_url_parse(&url, operand, &refused) == 0
			   : !memchr(operand, ':', (size_t)(at - operand))))
		return nk_strdup(operand);
	return is_url ? nk_format("%.*s://%s", (int)(rest - operand), operand, at + 1)
		      : nk_strdup(at + 1);
}

/* Parse an operand; "host/path" of a named applet gets its first scheme. */
static int parse(const struct nk_ctx *ctx, const char *operand, struct nk_url *url,
		 struct nk_err *err)
{
	if (nk_url_is_url(operand))
		return nk_url_parse(url, operand, err);
	if (!ctx->applet || !ctx->applet->schemes) {
		nk_auto(str) char *label = nk_operand_label(operand);

		return nk_fail(err, NK_E_USAGE, 0, "'%s' is no URL", label);
	}
	/* An IPv6 address as people type it. */
	size_t host = strcspn(operand, "/@[");
	const char *colon = memchr(operand, ':', host);
	bool is_bare = operand[host] == '\0' && colon && strchr(colon + 1, ':');
	nk_auto(str) char *text =
		nk_format(is_bare ? "%s://[%s]" : "%s://%s", ctx->applet->schemes[0].name, operand);

	return nk_url_parse(url, text, err);
}

/* The options of an applet as they were parsed; presets hold in any case. */
static const void *opts_of(const struct nk_ctx *ctx, const struct nk_applet *applet)
{
	for (int i = 0; i < ctx->set_count; i++) {
		if (ctx->sets[i].title == applet->name)
			return ctx->sets[i].into;
	}
	return NULL;
}

/* The port of the applet's scheme that is TLS from the first byte, else that of the plain one. */
static int implicit_port(const struct nk_applet *applet, const struct nk_scheme *plain)
{
	for (const struct nk_scheme *row = applet->schemes; row->name; row++) {
		if (row->tls)
			return row->port;
	}
	return plain->port;
}

static bool speaks_tls(const struct nk_applet *applet)
{
	if (applet->groups)
		return applet->groups & NK_GROUP_TLS;
	return applet->fs;
}

static int choose(struct nk_opener *opener, const char *scheme, const struct nk_applet **applet,
		  const struct nk_scheme **row, struct nk_err *err)
{
	const struct nk_ctx *ctx = opener->ctx;

	*applet = nk_applet_of_scheme(ctx->applets, scheme, row);
	if (!*applet)
		return fail_scheme(ctx, scheme, err);
	if (ctx->applet && ctx->applet != *applet)
		return nk_fail(err, NK_E_USAGE, 0, "%s does not speak %s://", ctx->applet->name,
			       scheme);
	if (!opts_of(ctx, *applet))
		return nk_fail(err, NK_E_USAGE, 0, "%s:// cannot be used here", scheme);
	if ((*row)->tls && ctx->common->tls.mode == NK_TLS_OFF)
		return nk_fail(err, NK_E_USAGE, 0, "%s:// is TLS, and --tls=off forbids it",
			       scheme);
	return 0;
}

static bool is_same_session(const struct held *held, const struct nk_url *url,
			    const struct nk_scheme *row, int port)
{
	if (held->session->scheme != row->name || held->session->target.port != port ||
	    !nk_text_is_same(held->session->target.host, url->host))
		return false;
	if (!held->user || !url->user)
		return held->user == url->user;
	return strcmp(held->user, url->user) == 0;
}

static struct nk_session *make(struct nk_opener *opener, const struct nk_applet *applet,
			       const struct nk_scheme *row, const struct nk_url *url, int port)
{
	const struct nk_ctx *ctx = opener->ctx;
	struct nk_session *session = nk_session_new();
	struct held *held = nk_alloc(sizeof(*held));

	session->scheme = row->name;
	session->target = (struct nk_target){
		.host = nk_strdup(url->host),
		.port = port,
		.tls_first = row->tls ||
			     (speaks_tls(applet) && ctx->common->tls.mode == NK_TLS_IMPLICIT),
		.net = &ctx->common->net,
		.tls = speaks_tls(applet) ? nk_tls_new(&ctx->common->tls) : NULL,
	};
	nk_creds_setup(&session->creds, &ctx->common->creds, session->target.host, url->user);
	session->opts = opts_of(ctx, applet);
	session->has_port = url->port != 0;
	session->ssh = &ctx->common->ssh;
	session->tls_policy = &ctx->common->tls;
	held->session = session;
	held->user = nk_strdup(url->user);
	held->next = opener->sessions;
	opener->sessions = held;
	return session;
}

/* One user's password is not told to a server of another's, and --user is one user. A descriptor is
 * read once. */
static int check_one_login(const struct nk_opener *opener, const struct nk_url *url,
			   struct nk_err *err)
{
	const struct nk_creds_policy *policy = &opener->ctx->common->creds;
	bool is_once = policy->password_fd >= 0 || policy->password_stdin;
	bool is_given =
		is_once || policy->password_file || policy->password_command || policy->user;

	if (!url->user || !is_given)
		return 0;
	for (const struct held *held = opener->sessions; held; held = held->next) {
		if (held->user && (is_once || strcmp(held->user, url->user) != 0))
			return nk_fail(err, NK_E_USAGE, 0,
				       "%s and %s are two logins: --user and the password options "
				       "are for one; netrc can have both",
				       held->session->target.host, url->host);
	}
	return 0;
}

int nk_opener_session(struct nk_opener *opener, const char *operand, struct nk_session **session,
		      char **path, struct nk_err *err)
{
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	const struct nk_applet *applet;
	const struct nk_scheme *row = NULL;
	struct held *held = opener->sessions;
	int port;

	if (parse(opener->ctx, operand, &url, err) < 0 ||
	    choose(opener, url.scheme, &applet, &row, err) < 0)
		return -1;
	if (!url.host || url.host[0] == '\0')
		return nk_fail(err, NK_E_URL, 0, "%s names no host", operand);
	port = url.port ? url.port : row->port;
	if (!url.port && speaks_tls(applet) && opener->ctx->common->tls.mode == NK_TLS_IMPLICIT)
		port = implicit_port(applet, row);
	while (held && !is_same_session(held, &url, row, port))
		held = held->next;
	if (!held && !opener->is_prompt && check_one_login(opener, &url, err) < 0)
		return -1;
	*session = held ? held->session : make(opener, applet, row, &url, port);
	if (path)
		*path = nk_strdup(url.path[0] != '\0' ? url.path : "/");
	return 0;
}

int nk_opener_remote(struct nk_opener *opener, const char *operand, struct nk_place *place,
		     struct nk_err *err)
{
	struct nk_session *session;
	const struct nk_scheme *row;
	char *path;

	if (nk_opener_session(opener, operand, &session, &path, err) < 0)
		return -1;
	const struct nk_applet *applet =
		nk_applet_of_scheme(opener->ctx->applets, session->scheme, &row);

	if (!applet->fs) {
		free(path);
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s has no files", applet->name);
	}
	*place = (struct nk_place){ .ops = applet->fs, .session = session, .path = path };
	return 0;
}

void nk_opener_local(struct nk_opener *opener, const char *root, const char *path,
		     struct nk_place *place)
{
	struct local *local = opener->locals;

	while (local && (root || local->root || local->opts.sync != opener->common->sync ||
			 local->opts.force != opener->common->force))
		local = local->next;
	if (!local) {
		local = nk_alloc(sizeof(*local));
		local->root = nk_strdup(root);
		local->opts = (struct nk_local_opts){ .root = local->root,
						      .sync = opener->common->sync,
						      .force = opener->common->force };
		local->session = nk_local_session(&local->opts);
		local->next = opener->locals;
		opener->locals = local;
	}
	*place = (struct nk_place){
		.ops = !root && strcmp(path, "-") == 0 ? &nk_stdio_ops : &nk_local_ops,
		.session = local->session,
		.path = nk_strdup(path),
	};
}

int nk_opener_any(struct nk_opener *opener, const char *operand, struct nk_place *place,
		  struct nk_err *err)
{
	if (nk_url_is_url(operand))
		return nk_opener_remote(opener, operand, place, err);
	if (operand[0] == '\0')
		return nk_fail(err, NK_E_USAGE, 0, "a file name is empty");
	nk_opener_local(opener, NULL, operand, place);
	return 0;
}

int nk_opener_mount_once(struct nk_opener *opener, const struct nk_place *place, struct nk_fs **fs,
			 struct nk_err *err)
{
	if (!opener->kept || opener->kept->session != place->session) {
		nk_opener_drop(opener);
		if (nk_fs_mount(place, &opener->kept, err) < 0)
			return -1;
	}
	*fs = opener->kept;
	return 0;
}

int nk_opener_mount(struct nk_opener *opener, const struct nk_place *place, struct nk_fs **fs,
		    struct nk_err *err)
{
	struct nk_retry retry = { .net = &opener->ctx->common->net };

	while (nk_opener_mount_once(opener, place, fs, err) < 0) {
		if (!nk_retry_again(&retry, err))
			return -1;
	}
	return 0;
}

void nk_places_add(struct nk_places *places, struct nk_place place)
{
	places->items =
		nk_realloc(places->items, (size_t)(places->count + 1) * sizeof(*places->items));
	places->items[places->count++] = place;
}

void nk_places_release(struct nk_places *places)
{
	for (int i = 0; i < places->count; i++)
		nk_place_release(&places->items[i]);
	free(places->items);
	*places = (struct nk_places){ 0 };
}

int nk_opener_places(struct nk_opener *opener, const char *const *operands, int count,
		     struct nk_places *places, struct nk_err *err)
{
	for (int i = 0; i < count; i++) {
		struct nk_place place;

		if (nk_opener_remote(opener, operands[i], &place, err) < 0)
			return -1;
		nk_places_add(places, place);
	}
	return 0;
}

bool nk_places_are_together(const struct nk_places *places)
{
	const struct nk_session *session = NULL;

	for (int i = 0; i < places->count; i++) {
		if (nk_place_is_local(&places->items[i]))
			continue;
		if (session && session != places->items[i].session)
			return false;
		session = places->items[i].session;
	}
	return true;
}

bool nk_place_is_stdio(const struct nk_place *place)
{
	return place->ops == &nk_stdio_ops;
}

bool nk_place_is_local(const struct nk_place *place)
{
	return place->ops == &nk_local_ops || nk_place_is_stdio(place);
}

/* The port to print: none when it is the scheme's own. */
static int port_to_print(const struct nk_place *place, const struct nk_ctx *ctx)
{
	const struct nk_scheme *row;
	int used = place->session->port_used;
	int port = used > 0 ? used : place->session->target.port;

	if (!nk_applet_of_scheme(ctx->applets, place->session->scheme, &row))
		return port;
	return row->port == port ? 0 : port;
}

char *nk_place_label(const struct nk_ctx *ctx, const struct nk_place *place, const char *path)
{
	const struct nk_local_opts *local = place->session->opts;
	const struct held *held = ctx->opener->sessions;

	if (nk_place_is_stdio(place))
		return nk_strdup("-");
	/* The user as the URL had it: the one in creds may just be read from netrc by a worker. */
	while (held && held->session != place->session)
		held = held->next;
	if (!nk_place_is_local(place))
		return nk_url_format(place->session->scheme, held ? held->user : NULL,
				     place->session->target.host, port_to_print(place, ctx), path);
	if (!local || !local->root)
		return nk_strdup(path);
	path += strspn(path, "/");
	if (path[0] == '\0')
		return nk_strdup(local->root);
	return strcmp(local->root, ".") == 0 ? nk_strdup(path) : nk_path_join(local->root, path);
}

void nk_place_release(struct nk_place *place)
{
	free(nk_take(place->path));
}
