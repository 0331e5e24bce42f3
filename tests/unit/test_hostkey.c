/* test_hostkey.c - host keys: what the files know, pins, trust, the question. */
#include "netkit/hostkey.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "fs_folder.h"
#include "netkit/codec.h"
#include "netkit/log.h"

/* A key of ssh-keygen's, what ssh-keygen -l says of it, and "host.example" as ssh-keygen -H writes
 * it. */
#define REAL_KEY    "AAAAC3NzaC1lZDI1NTE5AAAAICK5DrUsQBjhlZKqJijZpAkbA9zNWZTa9qF62DqHmHwl"
#define REAL_HASH   "+F3nwhvrDUU+uVihgG59krJnrLsAWwZ26d1R+EMUhh0"
#define REAL_SHA256 "SHA256:" REAL_HASH
#define HASHED_HOST "|1|AvsItDbF4/ZVbiqKpoUX7CPjQXI=|og/7ex3CSbAZHl+xsR/KXrUYjwY="

#define BLOB_MAX 1024

static struct nk_hostkey_policy policy;
static struct nk_err err;

static void setup(void)
{
	folder_setup();
	nk_log_set_level(NK_LOG_QUIET);
	policy = (struct nk_hostkey_policy){ .trust = NK_TRUST_STRICT, .no_input = true };
	nk_strings_add(&policy.files, in_folder("known"));
}

static void teardown(void)
{
	nk_strings_release(&policy.files);
	nk_strings_release(&policy.system_files);
	nk_strings_release(&policy.pins);
	folder_teardown();
}

TestSuite(hostkey, .init = setup, .fini = teardown);

static const struct nk_hostkey *key_of(const char *type, const char *base64)
{
	nk_auto(buf) struct nk_buf blob = NK_BUF_INIT(BLOB_MAX);
	struct nk_hostkey *key = keep(nk_alloc(sizeof(*key)));
	unsigned char *bytes;

	cr_assert_eq(nk_base64_decode(&blob, base64, strlen(base64)), 0);
	bytes = keep(nk_alloc(blob.len));
	memcpy(bytes, blob.data, blob.len);
	*key = (struct nk_hostkey){ .type = type, .blob = bytes, .length = blob.len };
	return key;
}

static const struct nk_hostkey *real_key(void)
{
	return key_of("ssh-ed25519", REAL_KEY);
}

/* A key of that type, and another one for each fill. */
static const struct nk_hostkey *key(const char *type, char fill)
{
	struct nk_hostkey *made = keep(nk_alloc(sizeof(*made)));
	size_t length = strlen(type);
	unsigned char *blob = keep(nk_alloc(length + 40));

	blob[3] = (unsigned char)length;
	memcpy(blob + 4, type, length);
	blob[length + 7] = 32;
	memset(blob + length + 8, fill, 32);
	*made = (struct nk_hostkey){ .type = type, .blob = blob, .length = length + 40 };
	return made;
}

static const struct nk_hostkey *ed25519(char fill)
{
	return key("ssh-ed25519", fill);
}

static const struct nk_hostkey *rsa(char fill)
{
	return key("ssh-rsa", fill);
}

/* "HOSTS TYPE BASE64\n"; kept. */
static char *line(const char *hosts, const struct nk_hostkey *of)
{
	nk_auto(buf) struct nk_buf base64 = NK_BUF_INIT(BLOB_MAX);

	cr_assert_eq(nk_base64_encode(&base64, of->blob, of->length), 0);
	return keep(nk_format("%s %s %s\n", hosts, of->type, base64.data));
}

static char *joined(const char *a, const char *b)
{
	return keep(nk_format("%s%s", a, b));
}

static enum nk_domain verify_as(const char *known_as, const struct nk_hostkey *of)
{
	err = (struct nk_err)NK_ERR_INIT;
	return nk_hostkey_verify(&policy, known_as, "the-host", of, &err) < 0 ? err.domain
									      : NK_E_NONE;
}

static enum nk_domain verify(const struct nk_hostkey *of)
{
	return verify_as("h", of);
}

static void assert_says(const char *part)
{
	cr_assert(strstr(err.msg, part), "\"%s\" does not say \"%s\"", err.msg, part);
}

/* ---- names and fingerprints ---- */

static void assert_known_as(const char *host, int port, const char *expected)
{
	nk_auto(str) char *name = nk_hostkey_known_as(host, port);

	cr_assert_str_eq(name, expected);
}

Test(hostkey, the_usual_port_is_left_out_of_the_name)
{
	assert_known_as("Web.Example", 22, "web.example");
	assert_known_as("::1", 22, "::1");
}

Test(hostkey, another_port_is_in_the_name)
{
	assert_known_as("Web", 2222, "[web]:2222");
	assert_known_as("FE80::1", 2222, "[fe80::1]:2222");
}

Test(hostkey, a_fingerprint_is_ssh_keygens)
{
	nk_auto(str) char *text = NULL;

	cr_assert_eq(nk_hostkey_fingerprint(real_key(), &text, &err), 0, "%s", err.msg);
	cr_assert_str_eq(text, REAL_SHA256);
}

/* ---- known hosts ---- */

Test(hostkey, the_same_key_is_good)
{
	put_text("known", line("a,h", ed25519('x')));
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
}

Test(hostkey, the_same_key_under_a_hashed_name_is_good)
{
	put_text("known", line(HASHED_HOST, ed25519('x')));
	cr_assert_eq(verify_as("host.example", ed25519('x')), NK_E_NONE, "%s", err.msg);
}

Test(hostkey, a_host_may_have_several_keys_of_a_type)
{
	put_text("known", joined(line("h", ed25519('x')), line("h", ed25519('y'))));
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
	cr_assert_eq(verify(ed25519('y')), NK_E_NONE, "%s", err.msg);
}

Test(hostkey, a_key_without_padding_is_the_same)
{
	char *text = line("h", rsa('x'));

	cr_assert(strchr(text, '='));
	memcpy(strchr(text, '='), "\n", 2);
	put_text("known", text);
	cr_assert_eq(verify(rsa('x')), NK_E_NONE, "%s", err.msg);
}

Test(hostkey, all_files_are_read)
{
	nk_strings_add(&policy.files, in_folder("second"));
	nk_strings_add(&policy.system_files, in_folder("system"));
	put_text("second", line("h", ed25519('x')));
	put_text("system", line("g", ed25519('y')));
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
	cr_assert_eq(verify_as("g", ed25519('y')), NK_E_NONE, "%s", err.msg);
}

Test(hostkey, the_last_line_needs_no_line_end)
{
	char *text = line("h", ed25519('x'));

	text[strlen(text) - 1] = '\0';
	put_text("known", text);
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
}

Test(hostkey, a_line_over_the_limit_is_skipped)
{
	nk_auto(str) char *comment = nk_alloc(3 * NK_KNOWN_HOSTS_LINE_MAX);

	memset(comment, ' ', 3 * NK_KNOWN_HOSTS_LINE_MAX - 1);
	put_text("known",
		 joined(line("h", ed25519('y')), joined(comment, line("h", ed25519('x')))));
	cr_assert_eq(verify(ed25519('x')), NK_E_CERT);
	put_text("known",
		 joined(joined(comment, line("h", ed25519('y'))), line("h", ed25519('x'))));
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
}

Test(hostkey, the_longest_line_is_read)
{
	nk_auto(str) char *blanks = nk_alloc(NK_KNOWN_HOSTS_LINE_MAX + 1);
	char *text = line("h", ed25519('x'));

	memset(blanks, ' ', NK_KNOWN_HOSTS_LINE_MAX - (strlen(text) - 1));
	put_text("known", joined(blanks, text));
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
	put_text("known", joined(" ", joined(blanks, text)));
	cr_assert_eq(verify(ed25519('x')), NK_E_CERT);
}

Test(hostkey, a_name_without_its_port_is_known_by_the_same_key)
{
	put_text("known", line("h", ed25519('x')));
	cr_assert_eq(verify_as("[h]:2222", ed25519('x')), NK_E_NONE, "%s", err.msg);
}

Test(hostkey, a_name_without_its_port_does_not_make_a_change)
{
	put_text("known", line("h", ed25519('x')));
	cr_assert_eq(verify_as("[h]:2222", ed25519('y')), NK_E_CERT);
	assert_says("is not known");
}

Test(hostkey, a_line_whose_key_is_none_says_nothing)
{
	put_text("known", "h ssh-ed25519 AAAA\nh ssh-rsa " REAL_KEY "\n");
	cr_assert_eq(verify(ed25519('x')), NK_E_CERT);
	assert_says("is not known");
}

/* ---- changed and revoked keys ---- */

Test(hostkey, another_key_of_the_type_is_a_change)
{
	policy.trust = NK_TRUST_TOFU;
	put_text("known", joined("# mine\n", line("h", ed25519('x'))));
	cr_assert_eq(verify(real_key()), NK_E_CERT);
	assert_says("the-host: the host key has changed");
	assert_says("the ssh-ed25519 key " REAL_SHA256);
	assert_says(keep(nk_format("%s:2 has another", in_folder("known"))));
	assert_says(keep(nk_format("ssh-keygen -R h -f %s ", in_folder("known"))));
}

Test(hostkey, a_key_of_another_type_is_a_change)
{
	policy.trust = NK_TRUST_TOFU;
	put_text("known", line("h", rsa('x')));
	cr_assert_eq(verify(ed25519('x')), NK_E_CERT);
	assert_says("changed");
	assert_says("known:1 has only one of another type");
}

Test(hostkey, the_line_of_the_same_type_is_the_one_named)
{
	put_text("known", joined(line("h", rsa('x')), line("h", ed25519('x'))));
	cr_assert_eq(verify(ed25519('y')), NK_E_CERT);
	assert_says("known:2 has another");
}

Test(hostkey, a_name_with_a_port_is_quoted_for_the_shell)
{
	put_text("known", line("[h]:2222", ed25519('x')));
	cr_assert_eq(verify_as("[h]:2222", ed25519('y')), NK_E_CERT);
	assert_says("ssh-keygen -R '[h]:2222' -f ");
}

Test(hostkey, a_quote_in_a_path_is_quoted_for_the_shell)
{
	policy.files.items[0] = in_folder("it's");
	put_text("it's", line("h", ed25519('x')));
	cr_assert_eq(verify(ed25519('y')), NK_E_CERT);
	assert_says("it'\"'\"'s'");
}

/* A folder in the folder with a name of so many bytes, as the place of the known hosts. */
static const char *long_file(size_t length)
{
	nk_auto(str) char *name = nk_alloc(length + 1);
	const char *file;

	memset(name, 'n', length);
	cr_assert_eq(mkdir(in_folder(name), 0700), 0);
	file = in_folder(keep(nk_format("%s/known", name)));
	policy.files.items[0] = file;
	put_text(keep(nk_format("%s/known", name)), line("h", ed25519('x')));
	return file;
}

Test(hostkey, a_long_path_leaves_the_command_whole)
{
	const char *file = long_file(190);

	cr_assert_eq(verify(ed25519('y')), NK_E_CERT);
	assert_says("the-host: the host key has changed");
	assert_says(keep(nk_format("ssh-keygen -R h -f %s", file)));
}

Test(hostkey, half_a_command_is_never_shown)
{
	nk_auto(buf) struct nk_buf path = NK_BUF_INIT(BLOB_MAX);
	const char *file = long_file(190);
	int status = nk_buf_add_text(&path, folder);

	for (int i = 0; i < 100; i++)
		status |= nk_buf_add_text(&path, "/.");
	cr_assert_eq(status | nk_buf_add_text(&path, file + strlen(folder)), 0);
	policy.files.items[0] = path.data;
	cr_assert_eq(verify(ed25519('y')), NK_E_CERT);
	assert_says("the host key has changed");
	cr_assert_null(strstr(err.msg, "ssh-keygen"), "%s", err.msg);
	assert_says("nnn/known");
}

Test(hostkey, a_changed_key_changes_no_file)
{
	char *text = line("h", ed25519('x'));

	policy.trust = NK_TRUST_TOFU;
	put_text("known", text);
	cr_assert_eq(verify(ed25519('y')), NK_E_CERT);
	cr_assert_str_eq(get_text("known"), text);
}

Test(hostkey, a_revoked_key_is_refused_where_it_is_known_too)
{
	put_text("known", joined(line("h", ed25519('x')), line("@revoked *", ed25519('x'))));
	cr_assert_eq(verify(ed25519('x')), NK_E_CERT);
	assert_says("is revoked in ");
	assert_says("known:2");
}

Test(hostkey, a_revocation_is_found_in_any_file)
{
	policy.trust = NK_TRUST_TOFU;
	nk_strings_add(&policy.system_files, in_folder("system"));
	put_text("known", line("h", ed25519('x')));
	put_text("system", line("@revoked *", ed25519('x')));
	cr_assert_eq(verify(ed25519('x')), NK_E_CERT);
	assert_says("system:1");
}

Test(hostkey, a_revoked_key_says_nothing_of_other_keys)
{
	policy.trust = NK_TRUST_TOFU;
	put_text("known", line("@revoked *", ed25519('x')));
	cr_assert_eq(verify(ed25519('y')), NK_E_NONE, "%s", err.msg);
}

Test(hostkey, a_certificate_authority_makes_no_known_host)
{
	put_text("known", line("@cert-authority *", ed25519('x')));
	cr_assert_eq(verify(ed25519('x')), NK_E_CERT);
	assert_says("is not known");
	assert_says("known:1 give --ssh-transport=openssh");
}

/* ---- unknown hosts ---- */

Test(hostkey, an_unknown_host_is_refused_with_the_ways_out)
{
	cr_assert_eq(verify(real_key()), NK_E_CERT);
	assert_says("the-host: the host is not known");
	assert_says("--trust=tofu");
	assert_says("--pin=" REAL_SHA256 " ");
}

Test(hostkey, nobody_is_asked_with_no_input)
{
	policy.trust = NK_TRUST_ASK;
	cr_assert_eq(verify(real_key()), NK_E_CERT);
	assert_says("is not known (nobody may be asked)");
	assert_says("--trust=tofu");
	cr_assert_not(is_there("known"));
}

Test(hostkey, the_first_key_is_trusted_with_tofu)
{
	policy.trust = NK_TRUST_TOFU;
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
	cr_assert_str_eq(get_text("known"), line("h", ed25519('x')));
}

Test(hostkey, what_tofu_remembers_holds)
{
	policy.trust = NK_TRUST_TOFU;
	cr_assert_eq(verify_as("[h]:2222", ed25519('x')), NK_E_NONE, "%s", err.msg);
	cr_assert_eq(verify_as("[h]:2222", ed25519('x')), NK_E_NONE, "%s", err.msg);
	cr_assert_eq(verify_as("[h]:2222", ed25519('y')), NK_E_CERT);
	cr_assert_str_eq(get_text("known"), line("[h]:2222", ed25519('x')));
}

Test(hostkey, what_is_remembered_may_have_its_name_hashed)
{
	char *text;

	policy.trust = NK_TRUST_TOFU;
	policy.hashes_names = true;
	cr_assert_eq(verify_as("host.example", ed25519('x')), NK_E_NONE, "%s", err.msg);
	text = get_text("known");
	cr_assert(strncmp(text, "|1|", 3) == 0 && !strstr(text, "host"), "%s", text);
	policy.trust = NK_TRUST_STRICT;
	cr_assert_eq(verify_as("host.example", ed25519('x')), NK_E_NONE, "%s", err.msg);
}

Test(hostkey, each_hashed_name_has_its_own_salt)
{
	policy.trust = NK_TRUST_TOFU;
	policy.hashes_names = true;
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE);
	char *first = get_text("known");

	cr_assert_eq(unlink(in_folder("known")), 0);
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE);
	cr_assert_str_neq(get_text("known"), first);
}

Test(hostkey, a_missing_line_end_is_added_first)
{
	policy.trust = NK_TRUST_TOFU;
	put_text("known", "# end");
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
	cr_assert_str_eq(get_text("known"), joined("# end\n", line("h", ed25519('x'))));
}

Test(hostkey, only_the_first_file_is_written)
{
	policy.trust = NK_TRUST_TOFU;
	nk_strings_add(&policy.files, in_folder("second"));
	nk_strings_add(&policy.system_files, in_folder("system"));
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
	cr_assert(is_there("known") && !is_there("second") && !is_there("system"));
}

Test(hostkey, file_and_folder_are_made_for_their_owner_alone)
{
	struct stat st;

	policy.trust = NK_TRUST_TOFU;
	policy.files.items[0] = in_folder("new/known");
	umask(0);
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
	cr_assert(stat(in_folder("new"), &st) == 0 && (st.st_mode & 0777) == 0700);
	cr_assert(stat(in_folder("new/known"), &st) == 0 && (st.st_mode & 0777) == 0600);
}

Test(hostkey, a_file_that_cannot_be_written_is_no_failure)
{
	policy.trust = NK_TRUST_TOFU;
	policy.files.items[0] = in_folder("file/known");
	put_text("file", "");
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
}

/* The first file is one that nobody can write. */
static void meet_without_file(void)
{
	policy.trust = NK_TRUST_TOFU;
	policy.files.items[0] = in_folder("file/known");
	put_text("file", "");
}

Test(hostkey, a_key_that_is_in_no_file_holds_from_then_on)
{
	struct nk_hostkey_met *met = nk_hostkey_met_new();

	meet_without_file();
	policy.met = met;
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
	cr_assert_eq(verify(ed25519('y')), NK_E_CERT);
	assert_says("has changed since");
	nk_hostkey_met_free(met);
}

Test(hostkey, who_said_yes_is_not_asked_again)
{
	struct nk_hostkey_met *met = nk_hostkey_met_new();

	meet_without_file();
	policy.met = met;
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
	policy.trust = NK_TRUST_ASK;
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
	nk_hostkey_met_free(met);
}

Test(hostkey, what_one_host_showed_says_nothing_of_another)
{
	struct nk_hostkey_met *met = nk_hostkey_met_new();

	meet_without_file();
	policy.met = met;
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
	cr_assert_eq(verify_as("other", ed25519('y')), NK_E_NONE, "%s", err.msg);
	nk_hostkey_met_free(met);
}

Test(hostkey, a_full_disk_leaves_no_half_a_line)
{
	struct rlimit limit = { 20, 20 };

	policy.trust = NK_TRUST_TOFU;
	put_text("known", "# mine\n");
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
	cr_assert_str_eq(get_text("known"), "# mine\n");
}

Test(hostkey, without_files_a_trusted_host_is_not_remembered)
{
	policy.trust = NK_TRUST_TOFU;
	policy.files.count = 0;
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
	cr_assert_not(is_there("known"));
}

Test(hostkey, no_first_use_beside_a_file_that_cannot_be_read)
{
	policy.trust = NK_TRUST_TOFU;
	nk_strings_add(&policy.files, folder);
	cr_assert_eq(verify(ed25519('x')), NK_E_CERT);
	assert_says("cannot be read");
	cr_assert_not(is_there("known"));
}

Test(hostkey, a_known_host_does_not_need_the_file_that_cannot_be_read)
{
	nk_strings_add(&policy.files, folder);
	put_text("known", line("h", ed25519('x')));
	cr_assert_eq(verify(ed25519('x')), NK_E_NONE, "%s", err.msg);
}

Test(hostkey, a_name_that_is_a_pattern_is_not_remembered)
{
	policy.trust = NK_TRUST_TOFU;
	cr_assert_eq(verify_as("*", ed25519('x')), NK_E_NONE, "%s", err.msg);
	cr_assert_eq(verify_as("a,b", ed25519('x')), NK_E_NONE, "%s", err.msg);
	cr_assert_eq(verify_as("a\nb", ed25519('x')), NK_E_NONE, "%s", err.msg);
	cr_assert_eq(verify_as("@revoked", ed25519('x')), NK_E_NONE, "%s", err.msg);
	cr_assert_not(is_there("known"));
}

Test(hostkey, what_is_no_key_is_refused)
{
	struct nk_hostkey broken = *ed25519('x');

	policy.trust = NK_TRUST_TOFU;
	broken.type = "ssh-rsa";
	cr_assert_eq(verify(&broken), NK_E_CERT);
	broken.type = "ssh-ed25519";
	broken.length = 14;
	cr_assert_eq(verify(&broken), NK_E_CERT);
	broken.length = 0;
	cr_assert_eq(verify(&broken), NK_E_CERT);
	cr_assert_not(is_there("known"));
}

Test(hostkey, a_type_that_would_be_another_line_is_refused)
{
	policy.trust = NK_TRUST_TOFU;
	cr_assert_eq(verify(key("a\nb ssh-rsa", 'x')), NK_E_CERT);
	cr_assert_not(is_there("known"));
}

Test(hostkey, nothing_is_checked_when_insecure)
{
	policy.insecure = true;
	put_text("known", line("h", ed25519('x')));
	cr_assert_eq(verify(ed25519('y')), NK_E_NONE, "%s", err.msg);
	cr_assert_str_eq(get_text("known"), line("h", ed25519('x')));
}

struct writer {
	pthread_t thread;
	int number;
	int failed;
};

static void *remember_hosts(void *arg)
{
	struct writer *writer = arg;
	struct nk_err error = NK_ERR_INIT;
	const struct nk_hostkey shown = { .type = "t",
					  .blob = (const unsigned char *)"\0\0\0\1t",
					  .length = 5 };

	for (int i = 0; i < 20; i++) {
		nk_auto(str) char *name = nk_format("h%d-%d", writer->number, i);

		writer->failed += nk_hostkey_verify(&policy, name, name, &shown, &error) < 0;
	}
	return NULL;
}

Test(hostkey, lines_of_many_threads_stay_whole)
{
	struct writer writers[8];
	size_t count = 0;

	policy.trust = NK_TRUST_TOFU;
	for (int i = 0; i < 8; i++) {
		writers[i] = (struct writer){ .number = i };
		cr_assert_eq(pthread_create(&writers[i].thread, NULL, remember_hosts, &writers[i]),
			     0);
	}
	for (int i = 0; i < 8; i++) {
		cr_assert_eq(pthread_join(writers[i].thread, NULL), 0);
		cr_assert_eq(writers[i].failed, 0);
	}
	for (char *at = get_text("known"); *at != '\0'; count++) {
		char *end = strchr(at, '\n');
		struct nk_known_line parsed;

		cr_assert_not_null(end);
		cr_assert_eq(nk_known_line_parse(at, (size_t)(end - at), &parsed), 1, "%s", at);
		at = end + 1;
	}
	cr_assert_eq(count, 160);
}

/* ---- pins ---- */

Test(hostkey, a_pin_of_either_spelling_is_enough)
{
	static const char *const pins[] = {
		REAL_SHA256,
		REAL_SHA256 "=",
		("sha256//" REAL_HASH "="),
		("sha256//" REAL_HASH),
	};

	nk_strings_add(&policy.pins, "");
	for (size_t i = 0; i < NK_COUNT(pins); i++) {
		policy.pins.items[0] = pins[i];
		cr_assert_eq(verify(real_key()), NK_E_NONE, "%s: %s", pins[i], err.msg);
	}
}

Test(hostkey, any_of_several_pins_is_enough)
{
	nk_strings_add(&policy.pins, "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	nk_strings_add(&policy.pins, REAL_SHA256);
	cr_assert_eq(verify(real_key()), NK_E_NONE, "%s", err.msg);
}

Test(hostkey, a_key_that_is_not_pinned_is_refused_though_it_is_known)
{
	policy.trust = NK_TRUST_TOFU;
	put_text("known", line("h", real_key()));
	nk_strings_add(&policy.pins, "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	cr_assert_eq(verify(real_key()), NK_E_CERT);
	assert_says("not the pinned one: it is " REAL_SHA256);
}

Test(hostkey, a_pin_is_enough_though_the_files_know_another)
{
	put_text("known", line("h", ed25519('x')));
	nk_strings_add(&policy.pins, REAL_SHA256);
	cr_assert_eq(verify(real_key()), NK_E_NONE, "%s", err.msg);
}

Test(hostkey, what_is_no_pin_is_an_error_of_usage)
{
	static const char *const pins[] = {
		"", "SHA256:", "SHA256:AAAA", "MD5:00:11", REAL_HASH, REAL_SHA256 "AAAA",
	};

	nk_strings_add(&policy.pins, REAL_SHA256);
	nk_strings_add(&policy.pins, "");
	for (size_t i = 0; i < NK_COUNT(pins); i++) {
		policy.pins.items[1] = pins[i];
		cr_assert_eq(verify(real_key()), NK_E_USAGE, "%s", pins[i]);
	}
}

/* ---- known types ---- */

static void assert_types(const char *known_as, const char *expected)
{
	nk_auto(hostkey_types) struct nk_hostkey_types types = { .count = 0 };
	nk_auto(buf) struct nk_buf all = NK_BUF_INIT(BLOB_MAX);

	nk_hostkey_known_types(&policy, known_as, &types);
	for (int i = 0; i < types.count; i++)
		cr_assert_eq(nk_buf_addf(&all, "%s ", types.names[i]), 0);
	cr_assert_str_eq(all.data, expected);
}

Test(hostkey, known_types_are_each_named_once_in_order)
{
	nk_strings_add(&policy.system_files, in_folder("system"));
	put_text("known", joined(line("h", rsa('x')), line("h", rsa('y'))));
	put_text("system", joined(line("h", ed25519('x')), line("*", rsa('z'))));
	assert_types("h", "ssh-rsa ssh-ed25519 ");
}

Test(hostkey, an_unknown_host_has_no_known_types)
{
	put_text("known", line("g", rsa('x')));
	assert_types("h", "");
}

Test(hostkey, revoked_keys_and_authorities_are_no_known_types)
{
	put_text("known",
		 joined(line("@revoked h", rsa('x')), line("@cert-authority h", ed25519('x'))));
	assert_types("h", "");
}

Test(hostkey, types_of_the_name_without_port_count_where_there_are_no_others)
{
	put_text("known", joined(line("h", rsa('x')), line("[h]:2200", ed25519('x'))));
	assert_types("[h]:2222", "ssh-rsa ");
	assert_types("[h]:2200", "ssh-ed25519 ");
}

Test(hostkey, no_more_types_are_given_than_there_is_room_for)
{
	char *text = keep(nk_strdup(""));

	for (int i = 0; i < NK_HOSTKEY_TYPES_MAX + 4; i++)
		text = joined(text, line("h", key(keep(nk_format("type%d", i)), 'x')));
	put_text("known", text);
	nk_auto(hostkey_types) struct nk_hostkey_types types = { .count = 0 };

	nk_hostkey_known_types(&policy, "h", &types);
	cr_assert_eq(types.count, NK_HOSTKEY_TYPES_MAX);
}

/* ---- asking ---- */

#define SEEN_MAX 4096

/* A terminal, and what a process on it showed. */
struct terminal {
	int master;
	char slave[64];
	char seen[SEEN_MAX];
	size_t length;
	size_t answered; /* of it: what was there when the last answer was given */
};

static void open_terminal(struct terminal *terminal)
{
	*terminal = (struct terminal){ .master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC) };
	cr_assert_geq(terminal->master, 0);
	cr_assert_eq(grantpt(terminal->master), 0);
	cr_assert_eq(unlockpt(terminal->master), 0);
	cr_assert_eq(ptsname_r(terminal->master, terminal->slave, sizeof(terminal->slave)), 0);
}

/* Verify in a process of its own on the terminal; NULL: it has none. */
static pid_t verify_on(const struct terminal *terminal, const struct nk_hostkey *of)
{
	pid_t child = fork();

	cr_assert_geq(child, 0);
	if (child > 0)
		return child;
	if (setsid() < 0 || (terminal && open(terminal->slave, O_RDWR) < 0))
		_exit(255);
	/* A parent that fails hangs up. */
	if (terminal)
		close(terminal->master);
	policy.no_input = false;
	policy.trust = NK_TRUST_ASK;
	_exit((int)verify_as("[h]:2222", of));
}

static enum nk_domain verdict_of(pid_t child)
{
	int status = 0;

	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status));
	return (enum nk_domain)WEXITSTATUS(status);
}

/* Read until what was seen since the last answer ends in text. */
static void await(struct terminal *terminal, const char *text)
{
	size_t wanted = strlen(text);

	while (terminal->length < terminal->answered + wanted ||
	       memcmp(terminal->seen + terminal->length - wanted, text, wanted) != 0) {
		ssize_t got = read(terminal->master, terminal->seen + terminal->length,
				   SEEN_MAX - 1 - terminal->length);

		cr_assert_gt(got, 0, "no \"%s\" in \"%s\"", text, terminal->seen);
		terminal->length += (size_t)got;
	}
}

static void type_in(struct terminal *terminal, const char *text)
{
	terminal->answered = terminal->length;
	cr_assert_eq(write(terminal->master, text, strlen(text)), (ssize_t)strlen(text));
}

static enum nk_domain verdict_for(const char *answer)
{
	struct terminal terminal;
	pid_t child;

	open_terminal(&terminal);
	child = verify_on(&terminal, real_key());
	await(&terminal, "fingerprint)? ");
	type_in(&terminal, answer);
	return verdict_of(child);
}

Test(hostkey, the_question_shows_whom_it_is_about)
{
	struct terminal terminal;
	pid_t child;

	put_text("known", line("other", real_key()));
	open_terminal(&terminal);
	child = verify_on(&terminal, real_key());
	await(&terminal, "fingerprint)? ");
	type_in(&terminal, "no\n");
	cr_assert_eq(verdict_of(child), NK_E_CERT);
	cr_assert(strstr(terminal.seen, "The host the-host ([h]:2222) is not known."), "%s",
		  terminal.seen);
	cr_assert(strstr(terminal.seen, "Its ssh-ed25519 key is " REAL_SHA256), "%s",
		  terminal.seen);
	cr_assert(strstr(terminal.seen, "known:1 knows this key under another name"), "%s",
		  terminal.seen);
}

Test(hostkey, yes_accepts_and_remembers)
{
	cr_assert_eq(verdict_for(" Yes \n"), NK_E_NONE);
	cr_assert_str_eq(get_text("known"), line("[h]:2222", real_key()));
}

Test(hostkey, the_fingerprint_accepts)
{
	cr_assert_eq(verdict_for(REAL_SHA256 "\n"), NK_E_NONE);
	cr_assert(is_there("known"));
}

Test(hostkey, no_refuses)
{
	cr_assert_eq(verdict_for("no\n"), NK_E_CERT);
	cr_assert_not(is_there("known"));
}

Test(hostkey, an_empty_answer_refuses)
{
	cr_assert_eq(verdict_for("\n"), NK_E_CERT);
	cr_assert_not(is_there("known"));
}

Test(hostkey, the_end_of_the_input_refuses)
{
	cr_assert_eq(verdict_for("\004"), NK_E_CERT);
	cr_assert_not(is_there("known"));
}

Test(hostkey, any_other_answer_is_asked_again)
{
	struct terminal terminal;
	pid_t child;

	open_terminal(&terminal);
	child = verify_on(&terminal, real_key());
	await(&terminal, "fingerprint)? ");
	type_in(&terminal, "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
	await(&terminal, "or the fingerprint: ");
	type_in(&terminal, "yes please\n");
	await(&terminal, "or the fingerprint: ");
	type_in(&terminal, "yes\n");
	cr_assert_eq(verdict_of(child), NK_E_NONE);
	cr_assert(is_there("known"));
}

Test(hostkey, without_a_terminal_an_unknown_host_is_refused)
{
	cr_assert_eq(verdict_of(verify_on(NULL, real_key())), NK_E_CERT);
	cr_assert_not(is_there("known"));
}
