/* fuzz_sshconf.c - no ssh_config breaks the reading, and what it says keeps its promises. */
#include "netkit/sshconf.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Could it run commands or read files? Quotes vanish from keywords before they are looked at. */
static bool reaches_out(const char *text)
{
	nk_auto(str) char *plain = nk_strdup(text);
	char *to = plain;

	for (const char *from = text; *from != '\0'; from++) {
		if (*from != '"')
			*to++ = *from;
	}
	*to = '\0';
	return strcasestr(plain, "exec") || strcasestr(plain, "include");
}

static void check_files(const struct nk_sshconf_files *files)
{
	check(files->count >= 0 && files->count <= NK_SSHCONF_FILES_MAX);
	check(files->count == 0 || files->is_set);
	for (int i = 0; i < files->count; i++)
		check(files->items[i] != NULL);
}

static void check_conf(const struct nk_sshconf *conf)
{
	check(conf->port == -1 || (conf->port > 0 && conf->port < 65536));
	check(conf->connect_timeout_ms >= -1 && conf->server_alive_interval_s >= -1);
	check(conf->password_prompts >= -1 && conf->server_alive_count_max >= -1);
	check(!conf->proxy_jump || !conf->proxy_command);
	check(conf->needs_ssh == (conf->why != NULL));
	check_files(&conf->identities);
	check_files(&conf->certificates);
	check_files(&conf->known_hosts);
	check_files(&conf->system_known_hosts);
}

static void load(const struct nk_sshconf_query *query)
{
	nk_auto(sshconf) struct nk_sshconf conf = NK_SSHCONF_INIT;
	struct nk_err err = NK_ERR_INIT;

	if (nk_sshconf_load(query, &conf, &err) == 0)
		check_conf(&conf);
	else
		check(err.domain == NK_E_USAGE && err.msg[0] != '\0');
}

static void load_file(const char *text, size_t length)
{
	int fd = memfd_create("sshconf", MFD_CLOEXEC);
	nk_auto(str) char *path = nk_format("/proc/self/fd/%d", fd);
	struct nk_sshconf_query query = { .host = "Web", .file = path, .home = "/nonexistent" };

	if (fd < 0)
		return;
	if (write(fd, text, length) == (ssize_t)length)
		load(&query);
	close(fd);
}

static void load_option(const char *text)
{
	nk_auto(strings) struct nk_strings options = { 0 };
	struct nk_sshconf_query query = {
		.host = "web",
		.file = "none",
		.home = "/nonexistent",
		.options = &options,
	};

	nk_strings_add(&options, text);
	load(&query);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	nk_auto(str) char *text = nk_alloc(length + 1);
	nk_auto(str) char *names = NULL;

	if (length > 0)
		memcpy(text, bytes, length);
	/* A NUL would hide what follows it. */
	for (size_t i = 0; i < length; i++)
		text[i] = text[i] == '\0' ? '\1' : text[i];
	if (!reaches_out(text)) {
		load_file((const char *)bytes, length);
		load_option(text);
	}
	check(nk_sshconf_pattern_matches("*", ' ', text));
	(void)nk_sshconf_pattern_matches(text, ',', "a,b");
	names = nk_sshconf_algorithms(text, "a,b1,b2", "b2,c,b1,a");
	check(strlen(names) <= strlen("b2,c,b1,a"));
	return 0;
}
