/* groups.c - the options that applets share: one table for each group of CLI.md 4. */
#include "groups.h"

#include "netkit/pool.h"

#define COMMON struct nk_common

static const char *const output_words[] = { "auto", "table", "tsv", "csv", "json", NULL };
static const char *const report_words[] = { "auto", "table", "tsv", "csv", "json", "nagios", NULL };
static const char *const when_words[] = { "auto", "always", "never", NULL };
static const char *const log_words[] = { "text", "json", NULL };
static const char *const progress_words[] = { "auto", "bar", "json", "none", NULL };
static const char *const tls_words[] = { "try", "required", "off", "implicit", NULL };
static const char *const tls_min_words[] = { "1.2", "1.3", NULL };
static const char *const trust_words[] = { "auto", "strict", "tofu", "ask", NULL };
static const char *const transport_words[] = { "auto", "libssh2", "openssh", NULL };
static const char *const resume_words[] = { "auto", "never", "force", NULL };
static const char *const exit_words[] = { "classic", NULL };
static const char *const verify_words[] = { "auto", "size", "hash", "none", NULL };

const struct nk_opt nk_no_options[] = { NK_OPT_END };

/* clang-format off */
#define OUTPUT_ROWS(forms)                                                                         \
	NK_OPT_WORD(COMMON, out.output, 0, "output", forms, "auto",                                \
		    "how results are printed: a table on a terminal, else tsv",                    \
		    .family = "output"),                                                           \
	NK_OPT_FLAG(COMMON, out.json, 0, "json", "one JSON object a line", .family = "output"),    \
	NK_OPT_TEXT(COMMON, out.fields, 0, "fields", "A,B", "only these fields, in this order"),   \
	NK_OPT_FLAG(COMMON, out.null, 0, "null", "end records with NUL, leave text as it came"),   \
	NK_OPT_TEXT(COMMON, out.file, 0, "out", "FILE", "write results here, not to stdout",       \
		    .is_delicate = true),                                                          \
	NK_OPT_WORD(COMMON, out.color, 0, "color", when_words, "auto", "colours in tables"),       \
	NK_OPT_END
/* clang-format on */

static const struct nk_opt output_options[] = { OUTPUT_ROWS(output_words) };
static const struct nk_opt report_options[] = { OUTPUT_ROWS(report_words) };

static const struct nk_opt talk_options[] = {
	NK_OPT_COUNT(COMMON, verbose, 'v', "verbose", "say what is done; again for more",
		     .family = "talk"),
	NK_OPT_FLAG(COMMON, quiet, 0, "quiet", "say nothing but errors", .family = "talk"),
	NK_OPT_TEXT(COMMON, trace, 0, "trace", "FILE",
		    "what passes the wire, without secrets; - is stderr", .is_delicate = true),
	NK_OPT_WORD(COMMON, log_format, 0, "log-format", log_words, "text",
		    "messages as text, or as JSON objects"),
	NK_OPT_END,
};

static const struct nk_opt progress_options[] = {
	NK_OPT_WORD(COMMON, progress, 0, "progress", progress_words, "auto",
		    "the meter on stderr: a bar on a terminal"),
	NK_OPT_END,
};

static const struct nk_opt who_options[] = {
	NK_OPT_TEXT(COMMON, creds.user, 0, "user", "USER", "log in as this user"),
	NK_OPT_TEXT(COMMON, creds.password_file, 0, "password-file", "FILE",
		    "the password is its first line", .family = "password"),
	NK_OPT_INT(COMMON, creds.password_fd, 0, "password-fd", "N",
		   "read the password from this descriptor", .family = "password"),
	NK_OPT_FLAG(COMMON, creds.password_stdin, 0, "password-stdin",
		    "read the password from the first line of stdin", .family = "password"),
	NK_OPT_TEXT(COMMON, creds.password_command, 0, "password-command", "CMD",
		    "run this, take its first line; no shell unless it begins with !",
		    .family = "password", .is_delicate = true),
	NK_OPT_MAYBE(COMMON, creds.netrc, 0, "netrc", "FILE", "logins from this netrc file",
		     .family = "netrc"),
	NK_OPT_FLAG(COMMON, creds.no_netrc, 0, "no-netrc", "leave ~/.netrc alone",
		    .family = "netrc"),
	NK_OPT_FLAG(COMMON, creds.no_input, 0, "no-input", "never ask, fail instead"),
	NK_OPT_END,
};

static const struct nk_opt tls_options[] = {
	NK_OPT_WORD(COMMON, tls.mode, 0, "tls", tls_words, "try",
		    "upgrade when offered, insist, never, or TLS from the start"),
	NK_OPT_TEXT(COMMON, tls.ca, 0, "ca", "FILE",
		    "trust these authorities, PEM file or folder, not the system's"),
	NK_OPT_TEXT(COMMON, tls.cert, 0, "cert", "FILE", "client certificate, PEM"),
	NK_OPT_TEXT(COMMON, tls.key, 0, "key", "FILE", "its key, when not in the same file"),
	NK_OPT_WORD(COMMON, tls.min_version, 0, "tls-min", tls_min_words, "1.2",
		    "oldest TLS version accepted"),
	NK_OPT_END,
};

static const struct nk_opt trust_options[] = {
	NK_OPT_WORD(
		COMMON, trust, 0, "trust", trust_words, "auto",
		"a host that nothing vouches for: refuse, remember, ask; auto: TLS refuses, SSH "
		"does as ssh_config says, else asks"),
	NK_OPT_TEXTS(COMMON, tls.pins, 0, "pin", "sha256//B64",
		     "accept only this public key or host key; may be given again"),
	NK_OPT_FLAG(COMMON, tls.insecure, 0, "insecure", "check no certificate and no host key"),
	NK_OPT_END,
};

static const struct nk_opt ssh_options[] = {
	NK_OPT_TEXT(COMMON, ssh.known_hosts, 0, "known-hosts", "FILE",
		    "host keys are kept here, not in ~/.ssh/known_hosts"),
	NK_OPT_TEXTS(COMMON, ssh.identities, 0, "identity", "FILE",
		     "log in with this private key; may be given again", .family = "identity"),
	NK_OPT_TEXT(COMMON, ssh.auth, 0, "auth", "METHOD,...",
		    "publickey, password, keyboard-interactive: only these, in this order"),
	NK_OPT_TEXT(COMMON, ssh.jump, 0, "jump", "HOST,...",
		    "by way of these hosts, [user@]host[:port]; none: directly", .family = "jump"),
	NK_OPT_TEXT(COMMON, ssh.config, 0, "ssh-config", "FILE",
		    "instead of ~/.ssh/config and the system's; none: neither",
		    .family = "ssh-config", .is_delicate = true),
	NK_OPT_WORD(COMMON, ssh.transport, 0, "ssh-transport", transport_words, "auto",
		    "our own SSH, or the ssh program; auto: the program where it has to be"),
	NK_OPT_END,
};

static const struct nk_opt net_options[] = {
	NK_OPT_DURATION(COMMON, net.connect_timeout_ms, 0, "connect-timeout", "T", "10s",
			"longest wait for a connection"),
	NK_OPT_DURATION(COMMON, net.timeout_ms, 0, "timeout", "T", "60s",
			"longest silence of the peer"),
	NK_OPT_DURATION(COMMON, net.deadline_in_ms, 0, "deadline", "T", NULL,
			"longest time for everything together"),
	NK_OPT_INT_RANGE(COMMON, net.retries, 0, "retries", "N", "0", 0, 1000,
			 "more tries of what may succeed later"),
	NK_OPT_DURATION(COMMON, net.retry_delay_ms, 0, "retry-delay", "T", "1s",
			"pause before the first retry; doubles each time"),
	NK_OPT_TEXT(COMMON, net.proxy, 0, "proxy", "URL",
		    "by way of socks5h, socks5, socks4a, socks4 or http://HOST:PORT; none"),
	NK_OPT_FLAG(COMMON, net.ipv4, 0, "ipv4", "use IPv4 only", .family = "address"),
	NK_OPT_FLAG(COMMON, net.ipv6, 0, "ipv6", "use IPv6 only", .family = "address"),
	NK_OPT_TEXT(COMMON, net.bind, 0, "bind", "ADDR", "connect from this local address"),
	NK_OPT_TEXTS(COMMON, net.resolve, 0, "resolve", "HOST:PORT:ADDR",
		     "the address of a name; may be given again"),
	NK_OPT_END,
};

static const struct nk_opt transfer_options[] = {
	NK_OPT_WORD(COMMON, resume, 0, "resume", resume_words, "auto",
		    "go on with what an interrupted copy left"),
	NK_OPT_WORD(COMMON, verify, 0, "verify", verify_words, "auto",
		    "compare size or hash after each copy"),
	NK_OPT_FLAG(COMMON, preserve, 0, "preserve", "keep times and permissions"),
	NK_OPT_INT_RANGE(
		COMMON, segments, 0, "segments", "N", "1", 1, NK_SEGMENTS_MAX,
		"connections for one large file, where the protocol reads or writes parts"),
	NK_OPT_SIZE(COMMON, limit_rate, 0, "limit-rate", "RATE", NULL,
		    "at most so many bytes a second for all together"),
	NK_OPT_FLAG(COMMON, no_clobber, 0, "no-clobber", "fail where the target exists",
		    .family = "clobber"),
	NK_OPT_FLAG(COMMON, force, 0, "force",
		    "replace write-protected local files too, whatever --no-clobber says",
		    .family = "clobber"),
	NK_OPT_FLAG(COMMON, dry_run, 0, "dry-run", "say what would be done, do nothing"),
	NK_OPT_FLAG(COMMON, sync, 0, "sync", "make sure files are on the disk before going on"),
	NK_OPT_END,
};

static const struct nk_opt tree_options[] = {
	NK_OPT_FLAG(COMMON, recursive, 0, "recursive", "copy folders with all they hold"),
	NK_OPT_TEXTS(COMMON, filter.include, 0, "include", "GLOB",
		     "copy only files that match; may be given again"),
	NK_OPT_TEXTS(COMMON, filter.exclude, 0, "exclude", "GLOB",
		     "leave out what matches; may be given again"),
	NK_OPT_END,
};

static const struct nk_opt many_options[] = {
	NK_OPT_TEXT(COMMON, hosts, 0, "hosts", "FILE",
		    "once for each host in FILE (- is stdin), which stands for {}",
		    .is_typed = true),
	NK_OPT_INT_RANGE(COMMON, jobs, 0, "jobs", "N", "4", 1, NK_JOBS_MAX,
			 "files, or hosts, that are worked on at the same time"),
	NK_OPT_FLAG(COMMON, ordered, 0, "ordered",
		    "results of hosts in the order of their file, not as they come",
		    .is_typed = true),
	NK_OPT_FLAG(COMMON, fail_fast, 0, "fail-fast", "end at the first failure",
		    .family = "failures"),
	NK_OPT_FLAG(COMMON, keep_going, 0, "keep-going", "go on after failures, as is the rule",
		    .family = "failures"),
	NK_OPT_MAYBE(COMMON, exit_status, 0, "exit-status", "classic",
		     "exit 1 for a negative answer; classic: the classic tool's own status",
		     .words = exit_words),
	NK_OPT_END,
};

static const struct nk_opt profile_options[] = {
	NK_OPT_TEXT(COMMON, config, 0, "config", "FILE",
		    "read this config file, not the user's and the system's", .is_typed = true),
	NK_OPT_TEXT(COMMON, profile, 0, "profile", "PROFILE", "what this profile says holds",
		    .is_typed = true),
	NK_OPT_FLAG(COMMON, no_config, 0, "no-config", "read no config file", .is_typed = true),
	NK_OPT_END,
};

static const struct nk_opt about_options[] = {
	NK_OPT_FLAG(COMMON, help, 'h', "help", "this help", .is_typed = true),
	NK_OPT_FLAG(COMMON, version, 'V', "version", "the version", .is_typed = true),
	NK_OPT_FLAG(COMMON, examples, 0, "examples", "command lines to start from",
		    .is_typed = true),
	NK_OPT_END,
};

const struct nk_group nk_groups[NK_GROUP_COUNT] = {
	{ NK_GROUP_TRANSFER, "transfer", transfer_options },
	{ NK_GROUP_TREE, "trees", tree_options },
	{ NK_GROUP_PROGRESS, "progress", progress_options },
	{ NK_GROUP_OUTPUT, "output", output_options },
	{ NK_GROUP_REPORT, "output", report_options },
	{ NK_GROUP_WHO, "who", who_options },
	{ NK_GROUP_TLS, "TLS", tls_options },
	{ NK_GROUP_SSH, "SSH", ssh_options },
	{ NK_GROUP_TRUST, "trust", trust_options },
	{ NK_GROUP_NET, "net", net_options },
	{ NK_GROUP_MANY, "many", many_options },
	{ NK_GROUP_TALK, "talk", talk_options },
	{ NK_GROUP_PROFILES, "profiles", profile_options },
	{ NK_GROUP_ABOUT, "about", about_options },
};

unsigned nk_groups_of(const struct nk_applet *applet, const struct nk_verb *verb)
{
	const unsigned usual = NK_GROUP_OUTPUT | NK_GROUP_TALK | NK_GROUP_NET | NK_GROUP_MANY;
	unsigned groups = applet ? applet->groups : 0;

	if (!verb)
		groups = groups ? groups : usual;
	else if (groups == 0 || verb == applet->classic)
		groups = verb->groups;
	else
		groups &= verb->groups;
	/* What talks to a server can be told how by a config. */
	if (groups & NK_GROUP_NET)
		groups |= NK_GROUP_PROFILES;
	return groups | NK_GROUP_ABOUT;
}

const struct nk_opt *nk_options_of(const struct nk_opt *options)
{
	return options ? options : nk_no_options;
}

void nk_common_init(struct nk_common *common)
{
	*common = (struct nk_common){ .creds.password_fd = -1, .jobs = 1 };
}

static void copy_strings(struct nk_strings *list)
{
	struct nk_strings copy = { 0 };

	for (size_t i = 0; i < list->count; i++)
		nk_strings_add(&copy, list->items[i]);
	*list = copy;
}

void nk_common_copy(struct nk_common *copy, const struct nk_common *common)
{
	*copy = *common;
	for (int i = 0; i < NK_GROUP_COUNT; i++) {
		for (const struct nk_opt *opt = nk_groups[i].options; opt->kind != NK_OPT_KIND_END;
		     opt++) {
			if (opt->kind == NK_OPT_KIND_TEXTS)
				copy_strings((void *)((char *)copy + opt->offset));
		}
	}
}

void nk_common_release(struct nk_common *common)
{
	for (int i = 0; i < NK_GROUP_COUNT; i++)
		nk_opt_release(
			&(struct nk_opt_set){ .options = nk_groups[i].options, .into = common }, 1);
}
