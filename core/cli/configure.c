/* configure.c - what the config adds to a command line: profiles for "@name", and values. */
#include "dispatch.h"

#include "groups.h"

void nk_parse_look_for_config(int argc, char **argv, struct nk_config_how *how)
{
	static const char option[] = "--config";

	*how = (struct nk_config_how){ .file = NULL };
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--no-config") == 0)
			how->none = true;
		else if (strcmp(argv[i], option) == 0 && i + 1 < argc)
			how->file = argv[++i];
		else if (nk_text_has_prefix(argv[i], "--config="))
			how->file = argv[i] + sizeof(option);
	}
}

const struct nk_applet *nk_parse_applet(const struct nk_call *call, struct nk_parse *parse,
					const char *word)
{
	nk_auto(str) char *url = NULL;
	nk_auto(str) char *profile = NULL;
	struct nk_err ignored = NK_ERR_INIT;
	const struct nk_scheme *row;

	if (nk_config_is_reference(word)) {
		nk_parse_look_for_config(call->argc, call->argv, &parse->how);
		/* What fails here fails again, and is told, when the words are known. */
		if ((!parse->config &&
		     nk_config_open(&parse->how, call->applets, &parse->config, &ignored) < 0) ||
		    nk_config_expand(parse->config, word, &url, &profile, &ignored) < 0)
			return NULL;
		word = url;
	}
	if (!nk_url_is_url(word))
		return NULL;
	nk_auto(str) char *scheme = nk_strndup(word, strcspn(word, ":"));

	return nk_applet_of_scheme(call->applets, scheme, &row);
}

void nk_parse_keep(struct nk_parse *parse, char *made)
{
	parse->made =
		nk_realloc(parse->made, (size_t)(parse->made_count + 1) * sizeof(*parse->made));
	parse->made[parse->made_count++] = made;
}

void nk_parse_release_config(struct nk_parse *parse)
{
	if (!parse->is_again)
		nk_config_free(parse->config);
	for (int i = 0; i < parse->reference_count; i++) {
		free(parse->references[i].profile);
		nk_url_release(&parse->references[i].url);
	}
	free(parse->references);
	for (int i = 0; i < parse->made_count; i++)
		free(parse->made[i]);
	free(parse->made);
	if (parse->given)
		nk_opt_given_release(parse->given);
	free(parse->given);
	free(parse->host);
	free(parse->profile);
}

struct nk_config_query nk_parse_query(const struct nk_parse *parse)
{
	return (struct nk_config_query){
		.applet = parse->applet,
		.host = parse->host,
		.profile = parse->profile,
		.general = parse->general,
	};
}

/* ---- what "@name" stands for ---- */

static int port_of(const struct nk_parse *parse, const struct nk_url *url)
{
	const struct nk_scheme *row;

	if (url->port != 0 || !nk_applet_of_scheme(parse->applets, url->scheme, &row))
		return url->port;
	return row->port;
}

static const struct nk_reference *find_reference(const struct nk_parse *parse,
						 const struct nk_url *url)
{
	for (int i = 0; i < parse->reference_count; i++) {
		const struct nk_url *other = &parse->references[i].url;
		bool is_same_user = !url->user || !other->user
					    ? url->user == other->user
					    : strcmp(url->user, other->user) == 0;

		if (is_same_user && strcmp(url->scheme, other->scheme) == 0 &&
		    nk_text_is_same(url->host, other->host) && port_of(parse, url) == other->port)
			return &parse->references[i];
	}
	return NULL;
}

const char *nk_parse_profile(const struct nk_parse *parse, const struct nk_url *url)
{
	const struct nk_reference *found = find_reference(parse, url);

	return found ? found->profile : NULL;
}

/* One login is one profile's: which of two would its session be of? */
static int refer(struct nk_parse *parse, const char *profile, const char *text, struct nk_err *err)
{
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	const struct nk_reference *found;

	if (nk_url_parse(&url, text, err) < 0)
		return -1;
	found = find_reference(parse, &url);
	if (found && strcmp(found->profile, profile) != 0)
		return nk_fail(
			err, NK_E_USAGE, 0,
			"profiles %s and %s are for one login, and only one of them can hold",
			found->profile, profile);
	if (found)
		return 0;
	url.port = port_of(parse, &url);
	parse->references = nk_realloc(parse->references, (size_t)(parse->reference_count + 1) *
								  sizeof(*parse->references));
	parse->references[parse->reference_count++] = (struct nk_reference){
		.profile = nk_strdup(profile),
		.url = url,
	};
	url = (struct nk_url)NK_URL_INIT;
	return 0;
}

int nk_parse_expand(struct nk_parse *parse, const char *operand, char **text, struct nk_err *err)
{
	nk_auto(str) char *url = NULL;
	nk_auto(str) char *profile = NULL;

	if (!nk_config_is_reference(operand)) {
		*text = nk_strdup(operand);
		return 0;
	}
	if (nk_config_expand(parse->config, operand, &url, &profile, err) < 0 ||
	    refer(parse, profile, url, err) < 0)
		return -1;
	*text = nk_take(url);
	return 0;
}

int nk_parse_follow(struct nk_parse *parse, const struct nk_url *from, const char *to,
		    struct nk_err *err)
{
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	nk_auto(str) char *profile = nk_strdup(nk_parse_profile(parse, from));

	if (!profile)
		return 0;
	if (nk_url_parse(&url, to, err) < 0)
		return -1;
	return find_reference(parse, &url) ? 0 : refer(parse, profile, to, err);
}

static int expand_operands(struct nk_parse *parse, struct nk_err *err)
{
	for (size_t i = 0; i < parse->operands.count; i++) {
		char *url;

		if (!nk_config_is_reference(parse->operands.items[i]))
			continue;
		if (nk_parse_expand(parse, parse->operands.items[i], &url, err) < 0)
			return -1;
		nk_parse_keep(parse, url);
		parse->operands.items[i] = url;
	}
	return 0;
}

/* ---- which host the call is about ---- */

/* Which operand is remote when none looks so: what the verb calls its operands says it. */
static size_t usual_operand(const struct nk_call *call, const struct nk_parse *parse)
{
	const char *operands = call->verb ? call->verb->operands : "";

	if (nk_text_has_prefix(operands, "PATH") && parse->operands.count > 0)
		return parse->operands.count - 1;
	return nk_text_has_prefix(operands, "MODE") ? 1 : 0;
}

/* A URL or host:path among the operands, else the one that can be nothing but a host. */
static int find_remote(const struct nk_call *call, const struct nk_parse *parse, struct nk_url *url)
{
	struct nk_err ignored = NK_ERR_INIT;
	size_t usual = usual_operand(call, parse);

	for (size_t i = 0; i < parse->operands.count; i++) {
		const char *operand = parse->operands.items[i];
		nk_auto(str) char *spot =
			call->applet && call->applet->takes_spots
				? nk_url_from_spot(call->applet->schemes[0].name, operand)
				: NULL;

		if (spot || nk_url_is_url(operand))
			return nk_url_parse(url, spot ? spot : operand, &ignored);
	}
	if (!call->applet || usual >= parse->operands.count)
		return -1;
	return nk_operand_parse(call->applet, parse->operands.items[usual], url, &ignored);
}

static void find_first(const struct nk_call *call, struct nk_parse *parse)
{
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	const struct nk_applet *applet = call->applet;
	const struct nk_scheme *row;

	/* What is wrong with a URL is said when it is used. */
	if (find_remote(call, parse, &url) == 0) {
		parse->host = nk_strdup(url.host);
		parse->profile = nk_strdup(nk_parse_profile(parse, &url));
		if (!applet)
			applet = nk_applet_of_scheme(call->applets, url.scheme, &row);
	}
	parse->applet = applet ? applet->name : NULL;
}

/* ---- all together ---- */

int nk_parse_fill(struct nk_parse *parse, const struct nk_config_query *query, struct nk_err *err)
{
	struct nk_creds_policy *creds = &parse->common.creds;
	bool has_user = creds->user != NULL;

	if (nk_config_fill(parse->config, query, parse->sets, parse->count, err) < 0)
		return -1;
	creds->is_user_usual = !has_user && creds->user;
	creds->profile = query->profile ? query->profile : query->general;
	return 0;
}

static int choose_profile(struct nk_parse *parse, struct nk_err *err)
{
	const char *said = getenv("NETKIT_PROFILE");

	parse->general = parse->common.profile;
	if (parse->general)
		return nk_config_has_profile(parse->config, "--profile", parse->general, err);
	if (!said || said[0] == '\0' || parse->common.no_config)
		return 0;
	parse->general = said;
	return nk_config_has_profile(parse->config, "NETKIT_PROFILE", said, err);
}

/* Read the config, unless it was read before the words were known: a pipe has it once. */
static int reopen(const struct nk_call *call, struct nk_parse *parse,
		  const struct nk_config_how *how, struct nk_err *err)
{
	bool is_same_file = how->file && parse->how.file ? strcmp(how->file, parse->how.file) == 0
							 : how->file == parse->how.file;

	if (parse->config && is_same_file && how->none == parse->how.none)
		return 0;
	nk_config_free(nk_take(parse->config));
	return nk_config_open(how, call->applets, &parse->config, err);
}

int nk_parse_configure(const struct nk_call *call, struct nk_parse *parse, struct nk_err *err)
{
	const struct nk_config_how how = { .file = parse->common.config,
					   .none = parse->common.no_config };

	if (reopen(call, parse, &how, err) < 0 || nk_config_check(parse->config, err) < 0 ||
	    choose_profile(parse, err) < 0 || expand_operands(parse, err) < 0)
		return -1;
	if (!parse->config)
		return 0;
	find_first(call, parse);

	const struct nk_config_query query = nk_parse_query(parse);

	return nk_parse_fill(parse, &query, err);
}
