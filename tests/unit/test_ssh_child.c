/* test_ssh_child.c - the ssh program as a transport, with a script in its place. */
#include "netkit/ssh.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A session whose ssh program is the script. */
struct fake {
	char folder[64];
	struct nk_net_policy net;
	struct nk_creds_policy creds;
	struct nk_ssh_policy policy;
	struct nk_session *session;
	struct nk_ssh *ssh;
	struct nk_channel *channel;
};

static void fake_install(struct fake *fake, const char *script)
{
	nk_auto(str) char *file = nk_format("%s/ssh", fake->folder);
	nk_auto(str) char *path = nk_format("%s:%s", fake->folder, getenv("PATH"));
	FILE *out = fopen(file, "w");

	cr_assert_not_null(out);
	fprintf(out, "#!/bin/sh\n%s\n", script);
	fclose(out);
	cr_assert_eq(chmod(file, 0700), 0);
	setenv("PATH", path, 1);
}

static struct fake *fake_new(const char *script, enum nk_channel_kind kind)
{
	struct fake *fake = nk_alloc(sizeof(*fake));
	struct nk_err err = NK_ERR_INIT;

	signal(SIGPIPE, SIG_IGN);
	nk_copy_text(fake->folder, sizeof(fake->folder), "/tmp/netkit-test-XXXXXX");
	cr_assert_not_null(mkdtemp(fake->folder));
	fake_install(fake, script);
	fake->net.timeout_ms = 20000;
	fake->creds =
		(struct nk_creds_policy){ .password_fd = -1, .no_netrc = true, .no_input = true };
	fake->policy = (struct nk_ssh_policy){ .config = "none", .transport = NK_SSH_OPENSSH };
	fake->session = nk_session_new();
	fake->session->target =
		(struct nk_target){ .host = nk_strdup("far"), .port = 22, .net = &fake->net };
	fake->session->ssh = &fake->policy;
	nk_creds_setup(&fake->session->creds, &fake->creds, "far", NULL);
	cr_assert_eq(nk_ssh_open(fake->session, NULL, &fake->ssh, &err), 0, "%s", err.msg);
	cr_assert_eq(nk_ssh_start(fake->ssh, kind, "what is said", &fake->channel, &err), 0, "%s",
		     err.msg);
	return fake;
}

static void fake_free(struct fake *fake)
{
	nk_auto(str) char *file = nk_format("%s/ssh", fake->folder);

	nk_channel_free(fake->channel);
	nk_ssh_free(fake->ssh);
	nk_session_free(fake->session);
	unlink(file);
	rmdir(fake->folder);
	free(fake);
}
NK_AUTO_HANDLE(fake, struct fake *, fake_free)

/* Read to the end; what it was. */
static char *read_all(struct fake *fake)
{
	nk_auto(buf) struct nk_buf all = NK_BUF_INIT(65536);
	struct nk_err err = NK_ERR_INIT;
	char bytes[512];
	ssize_t got;

	while ((got = nk_channel_read(fake->channel, bytes, sizeof(bytes), &err)) > 0)
		cr_assert_eq(nk_buf_add(&all, bytes, (size_t)got), 0);
	cr_assert_eq(got, 0, "%s", err.msg);
	return nk_strdup(all.data);
}

static void assert_read_fails(struct fake *fake, enum nk_domain domain)
{
	struct nk_err err = NK_ERR_INIT;
	char bytes[512];
	ssize_t got;

	while ((got = nk_channel_read(fake->channel, bytes, sizeof(bytes), &err)) > 0)
		;
	cr_assert_eq(got, -1);
	cr_assert_eq(err.domain, domain, "%s: %s", nk_domain_class(err.domain), err.msg);
}

Test(ssh_child, subsystem_is_asked_for_with_its_name_last)
{
	nk_auto(fake) struct fake *fake =
		fake_new("for w; do echo \"$w\"; done | tail -4", NK_CHANNEL_SUBSYSTEM);
	nk_auto(str) char *words = read_all(fake);

	cr_assert_str_eq(words, "-s\n--\nfar\nwhat is said\n");
}

Test(ssh_child, command_is_one_word)
{
	nk_auto(fake) struct fake *fake =
		fake_new("for w; do echo \"$w\"; done | tail -3", NK_CHANNEL_COMMAND);
	nk_auto(str) char *words = read_all(fake);

	cr_assert_str_eq(words, "--\nfar\nwhat is said\n");
}

Test(ssh_child, what_is_written_arrives_and_comes_back)
{
	nk_auto(fake) struct fake *fake = fake_new("exec cat", NK_CHANNEL_COMMAND);
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_channel_write(fake->channel, "abc", 3, &err), 0);
	cr_assert_eq(nk_channel_end(fake->channel, &err), 0);
	nk_auto(str) char *all = read_all(fake);
	cr_assert_str_eq(all, "abc");
}

Test(ssh_child, status_is_the_commands)
{
	nk_auto(fake) struct fake *fake = fake_new("exit 3", NK_CHANNEL_COMMAND);
	nk_auto(str) char *all = read_all(fake);
	struct nk_err err = NK_ERR_INIT;
	int status = -1;

	cr_assert_eq(nk_channel_status(fake->channel, &status, &err), 0);
	cr_assert_eq(status, 3);
}

Test(ssh_child, status_255_alone_is_the_commands_too)
{
	nk_auto(fake) struct fake *fake = fake_new("exit 255", NK_CHANNEL_COMMAND);
	nk_auto(str) char *all = read_all(fake);
	struct nk_err err = NK_ERR_INIT;
	int status = -1;

	cr_assert_eq(nk_channel_status(fake->channel, &status, &err), 0);
	cr_assert_eq(status, 255);
}

Test(ssh_child, refused_login_is_auth)
{
	nk_auto(fake) struct fake *fake =
		fake_new("echo 'joe@far: Permission denied (publickey).' >&2; exit 255",
			 NK_CHANNEL_SUBSYSTEM);

	assert_read_fails(fake, NK_E_AUTH);
}

Test(ssh_child, connection_lost_later_is_lost)
{
	nk_auto(fake) struct fake *fake =
		fake_new("echo x; echo 'Connection to far closed by remote host.' >&2; exit 255",
			 NK_CHANNEL_SUBSYSTEM);

	assert_read_fails(fake, NK_E_LOST);
}

Test(ssh_child, failure_is_told_each_time)
{
	nk_auto(fake) struct fake *fake =
		fake_new("echo 'Host key verification failed.' >&2; exit 255", NK_CHANNEL_COMMAND);

	assert_read_fails(fake, NK_E_CERT);
	assert_read_fails(fake, NK_E_CERT);
}

Test(ssh_child, writing_to_one_that_has_failed_says_why)
{
	nk_auto(fake) struct fake *fake = fake_new(
		"exec <&-; echo 'far: Permission denied' >&2; exit 255", NK_CHANNEL_SUBSYSTEM);
	nk_auto(str) char *bytes = nk_alloc(1 << 20);
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_channel_write(fake->channel, bytes, 1 << 20, &err), -1);
	cr_assert_eq(err.domain, NK_E_AUTH, "%s", err.msg);
}

Test(ssh_child, silence_times_out)
{
	nk_auto(fake) struct fake *fake = fake_new("exec cat", NK_CHANNEL_COMMAND);

	fake->net.timeout_ms = 1;
	assert_read_fails(fake, NK_E_TIMEOUT);
}
