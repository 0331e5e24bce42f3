/* config.c - which config files there are, and what their sections say together. */
#include "config_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netkit/sshconf.h"

/* The system's file. */
#define SYSTEM_FILE "/etc/xdg/netkit/config"

const struct nk_config_about nk_config_sections[] = {
	{ "[defaults]", "what holds everywhere" },
	{ "[applet NAME]", "what holds for one applet: [applet ftp]" },
	{ "[host PATTERN...]", "for hosts that match a pattern with * and ?; !PATTERN leaves out" },
	{ "[profile NAME]",
	  "for @NAME/PATH and --profile=NAME; url = URL is what @NAME stands for, "
	  "profile = OTHER takes what another profile says" },
	{ NULL, NULL },
};

const struct nk_config_about nk_config_places[] = {
	{ "$NETKIT_CONFIG", "instead of the two below" },
	{ "$XDG_CONFIG_HOME/netkit/config", "the user's; ~/.config/netkit/config by default" },
	{ SYSTEM_FILE, "the system's, after the user's" },
	{ NULL, NULL },
};

const struct nk_config_variable nk_config_variables[] = {
	{ "NETKIT_CONFIG", NULL, NULL, "the config file to read; --config goes before it", false },
	{ "NETKIT_PROFILE", "profile", NULL, "the profile that holds; --profile goes before it",
	  false },
	{ "NO_COLOR", "color", "never", "when set, no colours", false },
	{ "TERM", NULL, NULL, "dumb: neither colours nor a bar", false },
	{ "all_proxy", "proxy", NULL, "the proxy to go by", true },
	{ "ALL_PROXY", "proxy", NULL, "likewise, when all_proxy is not set", true },
	{ "no_proxy", NULL, NULL, "hosts that are reached without one", false },
	{ "NO_PROXY", NULL, NULL, "likewise, when no_proxy is not set", false },
	{ "NETRC", "netrc", NULL, "the netrc file, instead of ~/.netrc", false },
	{ "CREDENTIALS_DIRECTORY", NULL, NULL, "netkit.PROFILE or netkit.HOST in it is a password",
	  false },
	{ "NETKIT_COMPLETE_REMOTE", NULL, NULL, "0: completion asks no server", false },
	{ "NETKIT_COMPLETE_TIMEOUT", NULL, NULL, "how long completion waits for one; 1.5s", false },
	{ "SSH_AUTH_SOCK", NULL, NULL, "the agent that keys are in", false },
	{ "SSLKEYLOGFILE", NULL, NULL, "the keys of TLS connections are appended to it", false },
	{ .name = NULL },
};

/* A variable that is set to something. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] != '\0' ? value : NULL;
}

const struct nk_config_variable *nk_config_in_environment(const struct nk_opt *opt)
{
	for (const struct nk_config_variable *row = nk_config_variables; row->name; row++) {
		if (row->key && opt->name && strcmp(row->key, opt->name) == 0 &&
		    variable(row->name))
			return row;
	}
	return NULL;
}

/* ---- files ---- */

int nk_config_paths(const struct nk_config_how *how, char *paths[CONFIG_FILES_MAX], bool *is_named)
{
	const char *named = how->file ? how->file : variable("NETKIT_CONFIG");
	const char *folder = variable("XDG_CONFIG_HOME");
	const char *home = variable("HOME");
	int count = 0;

	*is_named = named != NULL;
	if (how->none)
		return 0;
	if (named) {
		paths[0] = nk_strdup(named);
		return 1;
	}
	/* A relative one is no folder of the user's (XDG Base Directory Specification). */
	if (folder && folder[0] == '/')
		paths[count++] = nk_format("%s/netkit/config", folder);
	else if (home)
		paths[count++] = nk_format("%s/.config/netkit/config", home);
	paths[count++] = nk_strdup(SYSTEM_FILE);
	return count;
}

/* The whole file. Fails with usage. */
static int read_text(int fd, const char *path, struct nk_buf *text, struct nk_err *err)
{
	char piece[16384];
	ssize_t got;

	while ((got = read(fd, piece, sizeof(piece))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return nk_fail_errno(err, NK_E_USAGE, "%s", path);
		if (nk_buf_add(text, piece, (size_t)got) < 0)
			return nk_fail(err, NK_E_USAGE, EFBIG, "%s: larger than a config may be",
				       path);
	}
	return 0;
}

/* Who else could have written it. */
static void look_at_owner(int fd, struct config_file *file)
{
	struct stat st;

	file->owner = -1;
	if (fstat(fd, &st) < 0)
		return;
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		file->mode = st.st_mode & 07777;
	if (st.st_uid != 0 && st.st_uid != geteuid())
		file->owner = (long)st.st_uid;
}

/* Is it not there, as far as we can know? What lies in a folder that is closed to us may not be. */
static bool is_absent(const char *path, int code)
{
	struct stat st;

	return code == ENOENT || code == ENOTDIR || (code == EACCES && stat(path, &st) < 0);
}

int nk_config_read(struct nk_config *config, const char *path, bool is_named, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(CONFIG_FILE_MAX);
	struct config_file *file = &config->files[config->count];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int result = 0;

	if (fd < 0 && (is_named || !is_absent(path, errno)))
		result = nk_fail_errno(err, NK_E_USAGE, "config %s", path);
	*file = (struct config_file){ .path = nk_strdup(path), .is_missing = fd < 0 };
	config->count++;
	if (fd < 0)
		return result;
	look_at_owner(fd, file);
	result = read_text(fd, path, &text, err);
	close(fd);
	if (result == 0)
		nk_config_parse(config, file, text.data, text.len);
	return result;
}

int nk_config_open(const struct nk_config_how *how, const struct nk_applet *const *applets,
		   struct nk_config **config, struct nk_err *err)
{
	nk_auto(config) struct nk_config *made = nk_alloc(sizeof(*made));
	char *paths[CONFIG_FILES_MAX];
	bool is_named, is_there = false;
	int count = nk_config_paths(how, paths, &is_named);
	int result = 0;

	made->applets = applets;
	for (int i = 0; i < count; i++) {
		if (result == 0)
			result = nk_config_read(made, paths[i], is_named, err);
		if (result == 0)
			is_there |= !made->files[i].is_missing;
		free(paths[i]);
	}
	if (result < 0)
		return -1;
	if (is_there)
		nk_config_examine(made);
	*config = is_there ? nk_take(made) : NULL;
	return 0;
}

static void release_section(struct config_section *section)
{
	for (size_t i = 0; i < section->count; i++) {
		free(section->entries[i].key);
		free(section->entries[i].value);
	}
	free(section->entries);
	free(section->name);
	free(section);
}

void nk_config_free(struct nk_config *config)
{
	if (!config)
		return;
	for (int i = 0; i < config->count; i++) {
		for (size_t j = 0; j < config->files[i].count; j++)
			release_section(config->files[i].sections[j]);
		free(config->files[i].sections);
		free(config->files[i].path);
	}
	for (size_t i = 0; i < config->problem_count; i++) {
		free((char *)config->problems[i].place);
		free((char *)config->problems[i].text);
	}
	free(config->problems);
	free(config);
}

const struct nk_config_problem *nk_config_problems(const struct nk_config *config, size_t *count)
{
	*count = config->problem_count;
	return config->problems;
}

int nk_config_check(const struct nk_config *config, struct nk_err *err)
{
	if (!config || config->problem_count == 0)
		return 0;
	return nk_fail(err, NK_E_USAGE, 0, "%s: %s", config->problems[0].place,
		       config->problems[0].text);
}

/* ---- profiles ---- */

const struct config_entry *nk_config_entry(const struct config_section *section, const char *key)
{
	for (size_t i = 0; i < section->count; i++) {
		if (strcmp(section->entries[i].key, key) == 0)
			return &section->entries[i];
	}
	return NULL;
}

const struct config_section *nk_config_profile(const struct nk_config *config, const char *name,
					       const char *key)
{
	for (int i = 0; i < config->count; i++) {
		for (size_t j = 0; j < config->files[i].count; j++) {
			const struct config_section *section = config->files[i].sections[j];

			if (section->kind == CONFIG_PROFILE && strcmp(section->name, name) == 0 &&
			    (!key || nk_config_entry(section, key)))
				return section;
		}
	}
	return NULL;
}

const char *nk_config_parent(const struct nk_config *config, const char *profile)
{
	const struct config_section *section = nk_config_profile(config, profile, "profile");

	return section ? nk_config_entry(section, "profile")->value : NULL;
}

size_t nk_config_section_count(const struct nk_config *config)
{
	size_t count = 0;

	for (int i = 0; i < config->count; i++)
		count += config->files[i].count;
	return count;
}

void nk_config_profiles(const struct nk_config *config, struct nk_strings *names)
{
	for (int i = 0; i < config->count; i++) {
		for (size_t j = 0; j < config->files[i].count; j++) {
			const struct config_section *section = config->files[i].sections[j];

			/* The same name in the second file is the same profile. */
			if (section->kind == CONFIG_PROFILE &&
			    nk_config_profile(config, section->name, NULL) == section)
				nk_strings_add(names, section->name);
		}
	}
}

void nk_config_hosts(const struct nk_config *config, struct nk_strings *names)
{
	for (int i = 0; i < config->count; i++) {
		for (size_t j = 0; j < config->files[i].count; j++) {
			const struct config_section *section = config->files[i].sections[j];

			if (section->kind == CONFIG_HOST && !strpbrk(section->name, "*?! "))
				nk_strings_add(names, section->name);
		}
	}
}

const struct config_section *nk_config_inherited(const struct nk_config *config,
						 const char *profile, const char *key)
{
	size_t most = config ? nk_config_section_count(config) : 0;
	const struct config_section *section = NULL;

	for (size_t i = 0; profile && !section && i < most; i++) {
		section = nk_config_profile(config, profile, key);
		profile = nk_config_parent(config, profile);
	}
	return section;
}

char *nk_config_profile_url(const struct nk_config *config, const char *profile)
{
	const struct config_section *section = nk_config_inherited(config, profile, "url");

	return section ? nk_strdup(nk_config_entry(section, "url")->value) : NULL;
}

bool nk_config_is_reference(const char *operand)
{
	return operand[0] == '@';
}

/* hint: what else was meant, when no name is near; NULL: nothing. */
static int fail_profile(const struct nk_config *config, const char *said, const char *profile,
			const char *hint, struct nk_err *err)
{
	nk_auto(strings) struct nk_strings names = { 0 };

	if (config)
		nk_config_profiles(config, &names);
	nk_strings_add(&names, NULL);
	const char *nearest = nk_text_nearest(profile, names.items);

	if (nearest)
		return nk_fail(err, NK_E_USAGE, 0, "%s: no profile '%s'; did you mean '%s'?", said,
			       profile, nearest);
	return nk_fail(err, NK_E_USAGE, 0, "%s: no profile '%s'%s%s%s", said, profile,
		       config ? "" : ": there is no config file", hint ? "; a file is " : "",
		       hint ? hint : "");
}

int nk_config_has_profile(const struct nk_config *config, const char *said, const char *profile,
			  struct nk_err *err)
{
	if (config && nk_config_profile(config, profile, NULL))
		return 0;
	return fail_profile(config, said, profile, NULL, err);
}

int nk_config_expand(const struct nk_config *config, const char *operand, char **url,
		     char **profile, struct nk_err *err)
{
	size_t length = strcspn(operand + 1, "/");
	const char *rest = operand + 1 + length;
	nk_auto(str) char *name = nk_strndup(operand + 1, length);
	nk_auto(str) char *file = nk_format("./%s", operand);
	nk_auto(str) char *base = nk_config_profile_url(config, name);

	if (!config || !nk_config_profile(config, name, NULL)) {
		/* What is no name may be a password. */
		if (strpbrk(name, "@:"))
			return nk_fail(err, NK_E_USAGE, 0,
				       "an operand begins with '@' and names no profile");
		return fail_profile(config, operand, name, file, err);
	}
	if (!base)
		return nk_fail(err, NK_E_USAGE, 0, "%s: profile '%s' has no url", operand, name);
	/* One slash joins the two. */
	if (rest[0] == '/' && base[strlen(base) - 1] == '/')
		base[strlen(base) - 1] = '\0';
	*url = nk_format("%s%s", base, rest);
	*profile = nk_take(name);
	return 0;
}

/* ---- layers ---- */

static void add_layer(struct config_layers *layers, const struct config_section *section)
{
	layers->items = nk_realloc(layers->items, (layers->count + 1) * sizeof(*layers->items));
	layers->items[layers->count++] = section;
}

void nk_config_layers_release(struct config_layers *layers)
{
	free(layers->items);
	*layers = (struct config_layers){ 0 };
}

static bool holds(const struct config_section *section, enum config_kind kind, const char *name)
{
	if (section->kind != kind)
		return false;
	if (kind == CONFIG_HOST)
		return nk_sshconf_pattern_matches(section->name, ' ', name);
	return kind == CONFIG_DEFAULTS || strcmp(section->name, name) == 0;
}

/* All sections of a kind that hold for a name, in the order of the files. */
static void add_layers(const struct nk_config *config, enum config_kind kind, const char *name,
		       struct config_layers *layers)
{
	for (int i = 0; name && i < config->count; i++) {
		for (size_t j = 0; j < config->files[i].count; j++) {
			if (holds(config->files[i].sections[j], kind, name))
				add_layer(layers, config->files[i].sections[j]);
		}
	}
}

static void add_profile(const struct nk_config *config, const char *profile,
			struct config_layers *layers)
{
	size_t most = profile ? nk_config_section_count(config) : 0;

	for (size_t i = 0; profile && i < most; i++) {
		add_layers(config, CONFIG_PROFILE, profile, layers);
		profile = nk_config_parent(config, profile);
	}
}

void nk_config_layers(const struct nk_config *config, const struct nk_config_query *query,
		      struct config_layers *layers)
{
	nk_auto(str) char *host = nk_strdup(query->host);

	for (char *at = host; at && *at != '\0'; at++)
		*at = *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
	add_profile(config, query->profile, layers);
	add_profile(config, query->general, layers);
	add_layers(config, CONFIG_HOST, host, layers);
	add_layers(config, CONFIG_APPLET, query->applet, layers);
	add_layers(config, CONFIG_DEFAULTS, "", layers);
}

bool nk_config_is_same(const struct nk_config *config, const struct nk_config_query *a,
		       const struct nk_config_query *b)
{
	nk_auto(config_layers) struct config_layers first = { 0 };
	nk_auto(config_layers) struct config_layers second = { 0 };

	if (!config)
		return true;
	nk_config_layers(config, a, &first);
	nk_config_layers(config, b, &second);
	return first.count == second.count &&
	       (first.count == 0 ||
		memcmp(first.items, second.items, first.count * sizeof(*first.items)) == 0);
}
