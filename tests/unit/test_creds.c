/* test_creds.c - where user and password come from, and in which order. */
#include "netkit/creds.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A home of its own for each test, so that no file of the caller's counts. */
static char home[64];

static char *in_home(const char *name)
{
	return nk_format("%s/%s", home, name);
}

static void make_home(void)
{
	nk_copy_text(home, sizeof(home), "/tmp/netkit-test-creds.XXXXXX");
	cr_assert_not_null(mkdtemp(home));
	setenv("HOME", home, 1);
	unsetenv("NETRC");
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void remove_home(void)
{
	static const char *const names[] = { ".netrc", "secret", "netkit.h", "netkit.default",
					     "netkit.p" };

	for (size_t i = 0; i < NK_COUNT(names); i++) {
		nk_auto(str) char *path = in_home(names[i]);

		unlink(path);
	}
	rmdir(home);
}

TestSuite(creds, .init = make_home, .fini = remove_home);

/* A file in the home; its path. */
static char *file(const char *name, const char *text)
{
	char *path = in_home(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	return path;
}

static int source(const char *text)
{
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
	close(ends[1]);
	return ends[0];
}

static struct nk_creds_policy nothing(void)
{
	return (struct nk_creds_policy){ .password_fd = -1, .no_input = true };
}

static void assert_user(const struct nk_creds_policy *policy, const char *url_user,
			const char *expected)
{
	struct nk_creds creds = { .policy = NULL };
	struct nk_err err = NK_ERR_INIT;
	const char *user = "unset";

	nk_creds_setup(&creds, policy, "h", url_user);
	cr_assert_eq(nk_creds_user(&creds, &user, &err), 0, "%s", err.msg);
	cr_assert(expected ? user && strcmp(user, expected) == 0 : !user, "%s", user);
	nk_creds_release(&creds);
}

static void assert_password(const struct nk_creds_policy *policy, const char *expected)
{
	struct nk_creds creds = { .policy = NULL };
	struct nk_err err = NK_ERR_INIT;
	const struct nk_secret *password;

	nk_creds_setup(&creds, policy, "h", "joe");
	cr_assert_eq(nk_creds_password(&creds, &password, &err), 0, "%s", err.msg);
	cr_assert_str_eq(password->bytes, expected);
	nk_creds_release(&creds);
}

static struct nk_err refusal(const struct nk_creds_policy *policy)
{
	struct nk_creds creds = { .policy = NULL };
	struct nk_err err = NK_ERR_INIT;
	const struct nk_secret *password = NULL;

	nk_creds_setup(&creds, policy, "h", "joe");
	cr_assert_eq(nk_creds_password(&creds, &password, &err), -1);
	cr_assert_null(password);
	nk_creds_release(&creds);
	return err;
}

Test(creds, nobody_is_anonymous)
{
	struct nk_creds_policy policy = nothing();

	assert_user(&policy, NULL, NULL);
}

Test(creds, the_url_names_the_user)
{
	struct nk_creds_policy policy = nothing();

	assert_user(&policy, "joe", "joe");
}

Test(creds, the_option_wins_over_the_url)
{
	struct nk_creds_policy policy = nothing();

	policy.user = "ann";
	assert_user(&policy, "joe", "ann");
}

Test(creds, netrc_names_the_user)
{
	struct nk_creds_policy policy = nothing();

	free(file(".netrc", "machine h login ann"));
	assert_user(&policy, NULL, "ann");
}

Test(creds, the_url_wins_over_netrc)
{
	struct nk_creds_policy policy = nothing();

	free(file(".netrc", "machine h login ann password x"));
	assert_user(&policy, "joe", "joe");
}

Test(creds, netrc_can_be_left_out)
{
	struct nk_creds_policy policy = nothing();

	policy.no_netrc = true;
	free(file(".netrc", "machine h login ann"));
	assert_user(&policy, NULL, NULL);
}

Test(creds, a_password_from_a_file)
{
	struct nk_creds_policy policy = nothing();
	nk_auto(str) char *path = file("secret", "pw\nmore\n");

	policy.password_file = path;
	assert_password(&policy, "pw");
}

Test(creds, a_password_from_a_descriptor)
{
	struct nk_creds_policy policy = nothing();

	policy.password_fd = source("pw\n");
	assert_password(&policy, "pw");
}

Test(creds, a_password_from_standard_input)
{
	struct nk_creds_policy policy = nothing();

	cr_assert_eq(dup2(source("pw\n"), STDIN_FILENO), STDIN_FILENO);
	policy.password_stdin = true;
	assert_password(&policy, "pw");
}

Test(creds, a_dash_is_standard_input)
{
	struct nk_creds_policy policy = nothing();

	cr_assert_eq(dup2(source("pw\n"), STDIN_FILENO), STDIN_FILENO);
	policy.password_file = "-";
	assert_password(&policy, "pw");
}

Test(creds, only_the_first_line_of_standard_input_is_taken)
{
	struct nk_creds_policy policy = nothing();
	char rest[8] = "";

	cr_assert_eq(dup2(source("pw\nrest"), STDIN_FILENO), STDIN_FILENO);
	policy.password_stdin = true;
	assert_password(&policy, "pw");
	cr_assert_eq(read(STDIN_FILENO, rest, sizeof(rest)), 4);
	cr_assert_str_eq(rest, "rest");
}

Test(creds, a_password_from_a_command)
{
	struct nk_creds_policy policy = nothing();

	policy.password_command = "echo 'p w'";
	assert_password(&policy, "p w");
}

Test(creds, a_password_from_the_credentials_directory)
{
	struct nk_creds_policy policy = nothing();

	setenv("CREDENTIALS_DIRECTORY", home, 1);
	free(file("netkit.h", "pw\n"));
	free(file("netkit.default", "other\n"));
	assert_password(&policy, "pw");
}

Test(creds, the_credentials_directory_has_a_default)
{
	struct nk_creds_policy policy = nothing();

	setenv("CREDENTIALS_DIRECTORY", home, 1);
	free(file("netkit.default", "pw\n"));
	assert_password(&policy, "pw");
}

Test(creds, a_password_from_netrc)
{
	struct nk_creds_policy policy = nothing();

	free(file(".netrc", "machine h login ann password x machine h login joe password pw"));
	assert_password(&policy, "pw");
}

Test(creds, an_option_wins_over_the_directory_and_netrc)
{
	struct nk_creds_policy policy = nothing();

	setenv("CREDENTIALS_DIRECTORY", home, 1);
	free(file("netkit.h", "dir"));
	free(file(".netrc", "machine h login joe password netrc"));
	policy.password_command = "echo option";
	assert_password(&policy, "option");
}

Test(creds, the_directory_wins_over_netrc)
{
	struct nk_creds_policy policy = nothing();

	setenv("CREDENTIALS_DIRECTORY", home, 1);
	free(file("netkit.h", "dir"));
	free(file(".netrc", "machine h login joe password netrc"));
	assert_password(&policy, "dir");
}

Test(creds, a_netrc_that_is_not_needed_is_not_read)
{
	struct nk_creds_policy policy = nothing();

	free(file(".netrc", "broken"));
	policy.password_command = "echo pw";
	assert_password(&policy, "pw");
}

Test(creds, an_empty_password_is_one)
{
	struct nk_creds_policy policy = nothing();
	nk_auto(str) char *path = file("secret", "\n");

	policy.password_file = path;
	assert_password(&policy, "");
}

Test(creds, a_descriptor_is_read_once)
{
	struct nk_creds_policy policy = nothing();
	struct nk_creds creds = { .policy = NULL };
	struct nk_err err = NK_ERR_INIT;
	const struct nk_secret *first;
	const struct nk_secret *second;

	policy.password_fd = source("one\ntwo\n");
	nk_creds_setup(&creds, &policy, "h", "joe");
	cr_assert_eq(nk_creds_password(&creds, &first, &err), 0);
	cr_assert_eq(nk_creds_password(&creds, &second, &err), 0);
	cr_assert_eq(first, second);
	cr_assert_str_eq(second->bytes, "one");
	nk_creds_release(&creds);
}

Test(creds, without_a_source_the_options_are_named)
{
	struct nk_creds_policy policy = nothing();
	struct nk_err err = refusal(&policy);

	cr_assert_eq(err.domain, NK_E_AUTH);
	cr_assert(strstr(err.msg, "--password-file"), "%s", err.msg);
	cr_assert(strstr(err.msg, "joe"), "%s", err.msg);
}

Test(creds, a_file_that_is_not_there_is_usage)
{
	struct nk_creds_policy policy = nothing();

	policy.password_file = "/nonexistent/secret";
	cr_assert_eq(refusal(&policy).domain, NK_E_USAGE);
}

Test(creds, an_empty_file_is_usage)
{
	struct nk_creds_policy policy = nothing();
	nk_auto(str) char *path = file("secret", "");

	policy.password_file = path;
	cr_assert_eq(refusal(&policy).domain, NK_E_USAGE);
}

Test(creds, a_netrc_others_can_read_is_usage)
{
	struct nk_creds_policy policy = nothing();
	nk_auto(str) char *path = file(".netrc", "machine h login joe password pw");

	cr_assert_eq(chmod(path, 0644), 0);
	cr_assert_eq(refusal(&policy).domain, NK_E_USAGE);
}

Test(creds, releasing_what_was_never_set_up_is_allowed)
{
	struct nk_creds creds = { .policy = NULL };

	nk_creds_release(&creds);
}

Test(creds, a_password_of_a_source_is_given_without_asking)
{
	struct nk_creds_policy policy = nothing();
	struct nk_creds creds = { .policy = NULL };
	struct nk_err err = NK_ERR_INIT;

	policy.password_fd = source("one\n");
	nk_creds_setup(&creds, &policy, "h", "joe");
	cr_assert_eq(nk_creds_is_given(&creds, &err), 1, "%s", err.msg);
	nk_creds_release(&creds);
}

Test(creds, without_a_source_nothing_is_given)
{
	struct nk_creds_policy policy = nothing();
	struct nk_creds creds = { .policy = NULL };
	struct nk_err err = NK_ERR_INIT;

	nk_creds_setup(&creds, &policy, "h", "joe");
	cr_assert_eq(nk_creds_is_given(&creds, &err), 0, "%s", err.msg);
	nk_creds_release(&creds);
}

Test(creds, a_refused_password_of_a_source_is_not_given_again)
{
	struct nk_creds_policy policy = nothing();
	struct nk_creds creds = { .policy = NULL };
	struct nk_err err = NK_ERR_INIT;
	nk_auto(secret) struct nk_secret copy = NK_SECRET_INIT;

	policy.password_fd = source("one\n");
	nk_creds_setup(&creds, &policy, "h", "joe");
	cr_assert_eq(nk_creds_copy(&creds, NULL, &copy, &err), 0, "%s", err.msg);
	cr_assert_lt(nk_creds_copy(&creds, &copy, &copy, &err), 0);
	cr_assert_eq(err.domain, NK_E_AUTH);
	nk_creds_release(&creds);
}

Test(creds, what_another_thread_replaced_is_not_asked_for_again)
{
	struct nk_creds_policy policy = nothing();
	struct nk_creds creds = { .policy = NULL };
	struct nk_err err = NK_ERR_INIT;
	nk_auto(secret) struct nk_secret refused = NK_SECRET_INIT;
	nk_auto(secret) struct nk_secret copy = NK_SECRET_INIT;

	policy.password_fd = source("right\n");
	nk_creds_setup(&creds, &policy, "h", "joe");
	cr_assert_eq(nk_secret_set(&refused, "wrong", 5, &err), 0);
	cr_assert_eq(nk_creds_copy(&creds, &refused, &copy, &err), 0, "%s", err.msg);
	cr_assert_str_eq(copy.bytes, "right");
	nk_creds_release(&creds);
}

Test(creds, a_descriptor_is_not_for_the_programs_we_start)
{
	struct nk_creds_policy policy = nothing();
	struct nk_creds creds = { .policy = NULL };

	policy.password_fd = source("one\n");
	nk_creds_setup(&creds, &policy, "h", "joe");
	cr_assert(fcntl(policy.password_fd, F_GETFD) & FD_CLOEXEC);
	nk_creds_release(&creds);
}

Test(creds, the_file_of_the_profile_goes_before_that_of_the_host)
{
	struct nk_creds_policy policy = nothing();

	setenv("CREDENTIALS_DIRECTORY", home, 1);
	nk_auto(str) char *of_host = file("netkit.h", "of the host\n");
	nk_auto(str) char *of_profile = file("netkit.p", "of the profile\n");

	policy.profile = "p";
	assert_password(&policy, "of the profile");
	policy.profile = "q";
	assert_password(&policy, "of the host");
	/* No name leads out of the folder. */
	policy.profile = "../p";
	assert_password(&policy, "of the host");
}

Test(creds, a_user_that_is_only_usual_gives_way_to_the_urls)
{
	struct nk_creds_policy policy = nothing();

	policy.user = "usual";
	policy.is_user_usual = true;
	assert_user(&policy, "urls", "urls");
	assert_user(&policy, NULL, "usual");
	policy.is_user_usual = false;
	assert_user(&policy, "urls", "usual");
}

Test(creds, a_typed_password_that_was_taken_is_not_doubted)
{
	const struct nk_creds_policy policy = nothing();
	struct nk_creds creds = { .policy = NULL };

	nk_creds_setup(&creds, &policy, "far.example", "joe");
	cr_assert_not(nk_creds_is_doubtful(&creds));
	creds.is_typed = true;
	cr_assert(nk_creds_is_doubtful(&creds));
	nk_creds_prove(&creds);
	cr_assert_not(nk_creds_is_doubtful(&creds));
	nk_creds_release(&creds);
}
