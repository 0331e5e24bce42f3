/* open.c - operands to sessions and places, and the one connection that is kept. */
#include "open.h"

#include "groups.h"
#include "netkit/asktrust.h"
#include "netkit/log.h"
#include "netkit/proxylogin.h"
#include "netkit/retry.h"
#include "policies.h"

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
	struct nk_proxies proxies;
	struct nk_fs *kept;
	const struct nk_session *lost; /* whose connection was lost, and is to be made anew */
	int64_t moved;		       /* bytes of copies over the kept connection */
	struct nk_pins *pins;	       /* keys of TLS peers, for all sessions */
	bool is_prompt;
	bool is_text;
};

struct nk_opener *nk_opener_new(const struct nk_ctx *ctx)
{
	struct nk_opener *opener = nk_alloc(sizeof(*opener));

	opener->ctx = ctx;
	opener->common = ctx->common;
	opener->pins = nk_pins_new(NULL, ctx->common->creds.no_input ? NULL : nk_ask_trust);
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

void nk_opener_lose(struct nk_opener *opener)
{
	if (opener->kept)
		opener->lost = opener->kept->session;
	nk_opener_drop(opener);
}

bool nk_opener_is_connected(const struct nk_opener *opener)
{
	return opener->kept;
}

void nk_opener_look(struct nk_opener *opener)
{
	const struct nk_fs *kept = opener->kept;

	if (kept && kept->ops->is_alive && !kept->ops->is_alive(opener->kept))
		nk_opener_lose(opener);
}

void nk_opener_add_moved(struct nk_opener *opener, int64_t bytes)
{
	opener->moved += bytes;
}

int64_t nk_opener_moved(const struct nk_opener *opener)
{
	return opener->moved;
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
	nk_proxies_release(&opener->proxies);
	nk_pins_free(opener->pins);
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

int nk_operand_parse(const struct nk_applet *applet, const char *operand, struct nk_url *url,
		     struct nk_err *err)
{
	if (nk_url_is_url(operand))
		return nk_url_parse(url, operand, err);
	if (!applet || !applet->schemes) {
		nk_auto(str) char *label = nk_operand_label(operand);

		return nk_fail(err, NK_E_USAGE, 0, "'%s' is no URL", label);
	}
	/* An IPv6 address as people type it. */
	size_t host = strcspn(operand, "/@[");
	const char *colon = memchr(operand, ':', host);
	bool is_bare = operand[host] == '\0' && colon && strchr(colon + 1, ':');
	nk_auto(str) char *text =
		nk_format(is_bare ? "%s://[%s]" : "%s://%s", applet->schemes[0].name, operand);

	return nk_url_parse(url, text, err);
}

/* The options of an applet as they were parsed; presets hold in any case. */
static const void *opts_of(const struct nk_policy *policy, const struct nk_applet *applet)
{
	for (int i = 0; i < policy->count; i++) {
		if (policy->sets[i].title == applet->name)
			return policy->sets[i].into;
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

/* How a session for a URL is made: who speaks its scheme, and under which options. */
struct choice {
	const struct nk_applet *applet;
	const struct nk_scheme *row;
	struct nk_policy policy;
	int port;
};

static int choose(struct nk_opener *opener, const struct nk_url *url, struct choice *choice,
		  struct nk_err *err)
{
	const struct nk_ctx *ctx = opener->ctx;
	const struct nk_applet *applet =
		nk_applet_of_scheme(ctx->applets, url->scheme, &choice->row);
	const struct nk_scheme *row = choice->row;
	int mode;

	if (!applet)
		return fail_scheme(ctx, url->scheme, err);
	if (ctx->applet && ctx->applet != applet)
		return nk_fail(err, NK_E_USAGE, 0, "%s does not speak %s://", ctx->applet->name,
			       url->scheme);
	if (nk_policies_find(ctx->policies, applet, url, &choice->policy, err) < 0)
		return -1;
	if (!opts_of(&choice->policy, applet))
		return nk_fail(err, NK_E_USAGE, 0, "%s:// cannot be used here", url->scheme);
	mode = choice->policy.common->tls.mode;
	if (row->tls && mode == NK_TLS_OFF)
		return nk_fail(err, NK_E_USAGE, 0, "%s:// is TLS, and --tls=off forbids it",
			       url->scheme);
	choice->applet = applet;
	choice->port = url->port ? url->port : row->port;
	if (!url->port && speaks_tls(applet) && mode == NK_TLS_IMPLICIT)
		choice->port = implicit_port(applet, row);
	return 0;
}

static bool is_same_session(const struct held *held, const struct nk_url *url,
			    const struct choice *choice)
{
	if (held->session->scheme != choice->row->name ||
	    held->session->target.port != choice->port ||
	    !nk_text_is_same(held->session->target.host, url->host))
		return false;
	/* The same login under a profile's name has the profile's options. */
	if (held->session->target.net != &choice->policy.common->net)
		return false;
	if (!held->user || !url->user)
		return held->user == url->user;
	return strcmp(held->user, url->user) == 0;
}

static struct nk_session *make(struct nk_opener *opener, const struct choice *choice,
			       const struct nk_url *url)
{
	const struct nk_common *common = choice->policy.common;
	bool has_tls = speaks_tls(choice->applet);
	struct nk_session *session = nk_session_new();
	struct held *held = nk_alloc(sizeof(*held));

	session->scheme = choice->row->name;
	session->target = (struct nk_target){
		.host = nk_strdup(url->host),
		.port = choice->port,
		.tls_first = choice->row->tls || (has_tls && common->tls.mode == NK_TLS_IMPLICIT),
		.net = &common->net,
		.tls = has_tls ? nk_tls_new(&common->tls) : NULL,
	};
	if (has_tls)
		nk_tls_set_pins(session->target.tls, opener->pins);
	nk_creds_setup(&session->creds, &common->creds, session->target.host, url->user);
	session->opts = opts_of(&choice->policy, choice->applet);
	session->has_port = url->port != 0;
	session->ssh = &common->ssh;
	session->tls_policy = &common->tls;
	held->session = session;
	held->user = nk_strdup(url->user);
	held->next = opener->sessions;
	opener->sessions = held;
	return session;
}

static bool is_once(const struct nk_creds_policy *policy)
{
	return policy->password_fd >= 0 || policy->password_stdin;
}

static bool is_same_text(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* Would both tell the same user, or the same password? */
static bool share_login(const struct nk_creds_policy *a, const struct nk_creds_policy *b)
{
	return (is_once(a) && is_once(b)) || is_same_text(a->password_file, b->password_file) ||
	       is_same_text(a->password_command, b->password_command) ||
	       (!a->is_user_usual && !b->is_user_usual && is_same_text(a->user, b->user));
}

/* One user's password is not told to a server of another's, and --user is one user. A descriptor is
 * read once. */
static int check_one_login(const struct nk_opener *opener, const struct nk_creds_policy *policy,
			   const struct nk_url *url, struct nk_err *err)
{
	for (const struct held *held = opener->sessions; url->user && held; held = held->next) {
		if (held->user && share_login(policy, held->session->creds.policy) &&
		    (is_once(policy) || strcmp(held->user, url->user) != 0))
			return nk_fail(err, NK_E_USAGE, 0,
				       "%s and %s are two logins: --user and the password options "
				       "are for one; netrc can have both",
				       held->session->target.host, url->host);
	}
	return 0;
}

/* The same, and which proxy leads there. */
static int make_by_proxy(struct nk_opener *opener, const struct choice *choice,
			 const struct nk_url *url, struct nk_session **session, struct nk_err *err)
{
	const struct nk_common *common = choice->policy.common;
	const struct nk_proxy *proxy;

	if (nk_proxies_find(&opener->proxies, &common->net, &common->creds, &proxy, err) < 0)
		return -1;
	*session = make(opener, choice, url);
	(*session)->target.proxy = proxy;
	return 0;
}

int nk_opener_session(struct nk_opener *opener, const char *operand, struct nk_session **session,
		      char **path, struct nk_err *err)
{
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	struct held *held = opener->sessions;
	struct choice choice = { .row = NULL };

	if (nk_operand_parse(opener->ctx->applet, operand, &url, err) < 0 ||
	    choose(opener, &url, &choice, err) < 0)
		return -1;
	if (!url.host || url.host[0] == '\0')
		return nk_fail(err, NK_E_URL, 0, "%s names no host", operand);
	while (held && !is_same_session(held, &url, &choice))
		held = held->next;
	if (!held && !opener->is_prompt &&
	    check_one_login(opener, &choice.policy.common->creds, &url, err) < 0)
		return -1;
	if (held)
		*session = held->session;
	else if (make_by_proxy(opener, &choice, &url, session, err) < 0)
		return -1;
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
		if (opener->is_prompt && opener->lost == place->session)
			nk_log(NK_LOG_NOTICE, "connected to %s again", place->session->target.host);
		opener->lost = NULL;
	}
	*fs = opener->kept;
	return 0;
}

int nk_opener_mount(struct nk_opener *opener, const struct nk_place *place, struct nk_fs **fs,
		    struct nk_err *err)
{
	const struct nk_net_policy *own = place->session->target.net;
	struct nk_retry retry = { .net = own ? own : &opener->ctx->common->net };

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
