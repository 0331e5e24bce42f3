/* test_sshagent.c - conversations with agents, honest ones and others. */
#include "../../core/auth/sshagent.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "netkit/codec.h"
#include "ssh_keys.h"

/* Longer than any of these conversations takes. */
#define PATIENCE_MS 20000

/* Both ends of a conversation: what the agent says is written before it is asked. */
struct talk {
	char folder[32];
	char path[48];
	struct nk_sshagent *agent;
	int listener;
	int fd; /* the agent's end */
};

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	nk_copy_text(address.sun_path, sizeof(address.sun_path), path);
	cr_assert_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(fd, 1), 0);
	return fd;
}

static struct talk talk_new(nk_time_ms deadline)
{
	struct talk talk = { .folder = "/tmp/netkit-agent-XXXXXX" };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_not_null(mkdtemp(talk.folder));
	snprintf(talk.path, sizeof(talk.path), "%s/socket", talk.folder);
	talk.listener = listen_at(talk.path);
	cr_assert_eq(nk_sshagent_open(talk.path, deadline, &talk.agent, &err), 0, "%s", err.msg);
	talk.fd = accept(talk.listener, NULL, NULL);
	cr_assert_geq(talk.fd, 0);
	return talk;
}

static void talk_release(struct talk *talk)
{
	nk_sshagent_free(talk->agent);
	if (talk->fd >= 0)
		close(talk->fd);
	close(talk->listener);
	unlink(talk->path);
	rmdir(talk->folder);
}
NK_AUTO(talk, struct talk, talk_release)

/* The agent says these bytes, as they are. */
static void say(const struct talk *talk, const void *bytes, size_t length)
{
	cr_assert_eq(write(talk->fd, bytes, length), (ssize_t)length);
}

/* The agent says a message, with its length before it. */
static void say_message(const struct talk *talk, const struct nk_buf *message)
{
	nk_auto(buf) struct nk_buf packed = NK_BUF_INIT(8192);

	cr_assert_eq(nk_sshwire_add_string(&packed, message->data, message->len), 0);
	say(talk, packed.data, packed.len);
}

static void add_blob(struct nk_buf *out, const char *base64)
{
	nk_auto(buf) struct nk_buf blob = NK_BUF_INIT(4096);

	cr_assert_eq(nk_base64_decode(&blob, base64, strlen(base64)), 0);
	cr_assert_eq(nk_sshwire_add_string(out, blob.data, blob.len), 0);
}

static void add_text(struct nk_buf *out, const char *text)
{
	cr_assert_eq(nk_sshwire_add_string(out, text, strlen(text)), 0);
}

/* An answer that announces count keys and has the two that are here. */
static void add_keys(struct nk_buf *out, uint32_t count)
{
	cr_assert_eq(nk_buf_add_char(out, 12), 0);
	cr_assert_eq(nk_sshwire_add_u32(out, count), 0);
	add_blob(out, rsa_public);
	add_text(out, "me@example.org");
	add_blob(out, ed25519_public);
	add_text(out, "");
}

static void add_signature(struct nk_buf *out, const char *algorithm, const char *signature)
{
	nk_auto(buf) struct nk_buf both = NK_BUF_INIT(4096);

	add_text(&both, algorithm);
	add_text(&both, signature);
	cr_assert_eq(nk_buf_add_char(out, 14), 0);
	cr_assert_eq(nk_sshwire_add_string(out, both.data, both.len), 0);
}

struct keys {
	struct nk_sshkey *items[NK_SSHAGENT_KEYS_MAX];
	int count;
};

static void keys_release(struct keys *keys)
{
	for (int i = 0; i < keys->count; i++)
		nk_sshkey_free(keys->items[i]);
}
NK_AUTO(keys, struct keys, keys_release)

/* Why the answer to a request for keys is not taken. */
static enum nk_domain refusal_of(const struct nk_buf *message)
{
	nk_auto(talk) struct talk talk = talk_new(nk_clock_after(PATIENCE_MS));
	struct keys keys = { .count = 77 };
	struct nk_err err = NK_ERR_INIT;

	say_message(&talk, message);
	cr_assert_eq(nk_sshagent_keys(talk.agent, keys.items, &keys.count, &err), -1);
	cr_assert_eq(keys.count, 77);
	return err.domain;
}

Test(sshagent, keys_have_type_and_comment)
{
	nk_auto(talk) struct talk talk = talk_new(nk_clock_after(PATIENCE_MS));
	nk_auto(keys) struct keys keys = { .count = 0 };
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(4096);
	struct nk_err err = NK_ERR_INIT;

	add_keys(&answer, 2);
	say_message(&talk, &answer);
	cr_assert_eq(nk_sshagent_keys(talk.agent, keys.items, &keys.count, &err), 0, "%s", err.msg);
	cr_assert_eq(keys.count, 2);
	cr_assert_str_eq(nk_sshkey_type(keys.items[0]), "ssh-rsa");
	cr_assert_str_eq(nk_sshkey_label(keys.items[0]), "me@example.org");
	cr_assert_str_eq(nk_sshkey_type(keys.items[1]), "ssh-ed25519");
	cr_assert_str_eq(nk_sshkey_label(keys.items[1]), "");
}

Test(sshagent, the_request_for_keys)
{
	nk_auto(talk) struct talk talk = talk_new(nk_clock_after(PATIENCE_MS));
	nk_auto(keys) struct keys keys = { .count = 0 };
	struct nk_err err = NK_ERR_INIT;
	char asked[16];

	say(&talk, "\0\0\0\5\14\0\0\0\0", 9);
	cr_assert_eq(nk_sshagent_keys(talk.agent, keys.items, &keys.count, &err), 0, "%s", err.msg);
	cr_assert_eq(keys.count, 0);
	cr_assert_eq(read(talk.fd, asked, sizeof(asked)), 5);
	cr_assert_arr_eq(asked, "\0\0\0\1\13", 5);
}

Test(sshagent, a_type_that_is_not_known_is_kept)
{
	nk_auto(talk) struct talk talk = talk_new(nk_clock_after(PATIENCE_MS));
	nk_auto(keys) struct keys keys = { .count = 0 };
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(4096);
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_buf_add(&answer, "\14\0\0\0\1", 5), 0);
	add_blob(&answer, "AAAABXNzaC14");
	add_text(&answer, "new");
	say_message(&talk, &answer);
	cr_assert_eq(nk_sshagent_keys(talk.agent, keys.items, &keys.count, &err), 0, "%s", err.msg);
	cr_assert_str_eq(nk_sshkey_type(keys.items[0]), "ssh-x");
}

Test(sshagent, keys_beyond_the_limit_are_left_out)
{
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(8192);
	struct nk_sshagent_identities found;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_buf_add_char(&answer, 12), 0);
	cr_assert_eq(nk_sshwire_add_u32(&answer, NK_SSHAGENT_KEYS_MAX + 1), 0);
	for (int i = 0; i < NK_SSHAGENT_KEYS_MAX + 1; i++) {
		add_blob(&answer, "AAAABXNzaC14");
		add_text(&answer, "");
	}
	cr_assert_eq(nk_sshagent_parse_keys((const unsigned char *)answer.data, answer.len, &found,
					    &err),
		     0);
	cr_assert_eq(found.count, NK_SSHAGENT_KEYS_MAX);
}

Test(sshagent, a_refusal_is_auth)
{
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(64);

	cr_assert_eq(nk_buf_add_char(&answer, 5), 0);
	cr_assert_eq(refusal_of(&answer), NK_E_AUTH);
}

Test(sshagent, a_count_that_is_too_high_is_broken)
{
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(4096);

	add_keys(&answer, UINT32_MAX);
	cr_assert_eq(refusal_of(&answer), NK_E_PROTO);
}

Test(sshagent, a_count_that_is_too_low_is_broken)
{
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(4096);

	add_keys(&answer, 1);
	cr_assert_eq(refusal_of(&answer), NK_E_PROTO);
}

Test(sshagent, keys_that_are_cut_off_anywhere_are_broken)
{
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(4096);
	struct nk_sshagent_identities found;
	struct nk_err err = NK_ERR_INIT;

	add_keys(&answer, 2);
	while (answer.len > 0) {
		nk_buf_cut(&answer, answer.len - 1);
		cr_assert_eq(nk_sshagent_parse_keys((const unsigned char *)answer.data, answer.len,
						    &found, &err),
			     -1);
		cr_assert_eq(err.domain, NK_E_PROTO);
	}
}

Test(sshagent, an_answer_to_another_question_is_broken)
{
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(4096);

	add_signature(&answer, "ssh-rsa", "sig");
	cr_assert_eq(refusal_of(&answer), NK_E_PROTO);
}

Test(sshagent, a_key_whose_type_is_no_name_is_broken)
{
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(4096);

	cr_assert_eq(nk_buf_add(&answer, "\14\0\0\0\1\0\0\0\7\0\0\0\3a b\0\0\0\0", 20), 0);
	cr_assert_eq(refusal_of(&answer), NK_E_PROTO);
}

/* The agent says this instead of an answer, and hangs up. */
static void assert_broken(const char *bytes, size_t length)
{
	nk_auto(talk) struct talk talk = talk_new(nk_clock_after(PATIENCE_MS));
	nk_auto(keys) struct keys keys = { .count = 0 };
	struct nk_err err = NK_ERR_INIT;

	say(&talk, bytes, length);
	cr_assert_eq(shutdown(talk.fd, SHUT_WR), 0);
	cr_assert_eq(nk_sshagent_keys(talk.agent, keys.items, &keys.count, &err), -1);
	cr_assert_eq(err.domain, NK_E_PROTO, "%s", err.msg);
}

Test(sshagent, a_length_of_nothing_is_broken)
{
	assert_broken("\0\0\0\0", 4);
}

Test(sshagent, a_length_over_the_limit_is_broken)
{
	assert_broken("\0\4\0\1\14", 5);
	assert_broken("\xff\xff\xff\xff\14", 5);
}

Test(sshagent, hanging_up_is_broken)
{
	assert_broken("", 0);
	assert_broken("\0\0", 2);
	assert_broken("\0\0\0\5\14", 5);
}

Test(sshagent, silence_ends_at_the_deadline)
{
	nk_auto(talk) struct talk talk = talk_new(nk_clock_after(1));
	nk_auto(keys) struct keys keys = { .count = 0 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_sshagent_keys(talk.agent, keys.items, &keys.count, &err), -1);
	cr_assert_eq(err.domain, NK_E_TIMEOUT);
}

Test(sshagent, a_broken_conversation_does_not_go_on)
{
	nk_auto(talk) struct talk talk = talk_new(nk_clock_after(PATIENCE_MS));
	nk_auto(keys) struct keys keys = { .count = 0 };
	struct nk_err err = NK_ERR_INIT;

	say(&talk, "\0\0\0\0\0\0\0\5\14\0\0\0\0", 13);
	cr_assert_eq(nk_sshagent_keys(talk.agent, keys.items, &keys.count, &err), -1);
	cr_assert_eq(nk_sshagent_keys(talk.agent, keys.items, &keys.count, &err), -1);
	cr_assert_eq(err.domain, NK_E_PROTO);
}

Test(sshagent, nobody_listens)
{
	struct nk_sshagent *agent = NULL;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_sshagent_open("/nonexistent/socket", NK_NEVER, &agent, &err), -1);
	cr_assert_eq(err.domain, NK_E_CONNECT);
	cr_assert_null(agent);
}

Test(sshagent, a_path_too_long_for_a_socket)
{
	nk_auto(str) char *path = nk_format("/%0200d", 0);
	struct nk_sshagent *agent = NULL;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_sshagent_open(path, NK_NEVER, &agent, &err), -1);
	cr_assert_eq(err.domain, NK_E_CONNECT);
}

/* The agent's first key, rsa, with the next answer still to be said. */
static struct nk_sshkey *first_key(const struct talk *talk, struct keys *keys)
{
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(4096);
	struct nk_err err = NK_ERR_INIT;
	char asked[5];

	add_keys(&answer, 2);
	say_message(talk, &answer);
	cr_assert_eq(nk_sshagent_keys(talk->agent, keys->items, &keys->count, &err), 0);
	cr_assert_eq(read(talk->fd, asked, sizeof(asked)), (ssize_t)sizeof(asked));
	return keys->items[0];
}

static int sign(struct nk_sshkey *key, const char *algorithm, struct nk_buf *signature,
		struct nk_err *err)
{
	return nk_sshkey_sign(key, algorithm, (const unsigned char *)"data", 4, signature, err);
}

static void assert_request(const char *algorithm, char flags)
{
	nk_auto(talk) struct talk talk = talk_new(nk_clock_after(PATIENCE_MS));
	nk_auto(keys) struct keys keys = { .count = 0 };
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(4096);
	nk_auto(buf) struct nk_buf signature = NK_BUF_INIT(NK_SSHKEY_SIGNATURE_MAX);
	nk_auto(buf) struct nk_buf request = NK_BUF_INIT(4096);
	nk_auto(buf) struct nk_buf packed = NK_BUF_INIT(4096);
	struct nk_err err = NK_ERR_INIT;
	char asked[4096];

	struct nk_sshkey *key = first_key(&talk, &keys);

	add_signature(&answer, algorithm, "made");
	say_message(&talk, &answer);
	cr_assert_eq(sign(key, algorithm, &signature, &err), 0, "%s", err.msg);
	cr_assert_str_eq(signature.data, "made");
	cr_assert_eq(nk_buf_add_char(&request, 13), 0);
	add_blob(&request, rsa_public);
	add_text(&request, "data");
	cr_assert_eq(nk_sshwire_add_u32(&request, (uint32_t)flags), 0);
	cr_assert_eq(nk_sshwire_add_string(&packed, request.data, request.len), 0);
	cr_assert_eq(read(talk.fd, asked, sizeof(asked)), (ssize_t)packed.len);
	cr_assert_arr_eq(asked, packed.data, packed.len);
}

Test(sshagent, rsa_with_sha2_256_is_flag_2)
{
	assert_request("rsa-sha2-256", 2);
}

Test(sshagent, rsa_with_sha2_512_is_flag_4)
{
	assert_request("rsa-sha2-512", 4);
}

Test(sshagent, rsa_with_sha1_has_no_flag)
{
	assert_request("ssh-rsa", 0);
}

/* Why a signature is not taken; what follows is the answer to the request for it. */
static enum nk_domain signature_refusal(const struct nk_buf *answer)
{
	nk_auto(talk) struct talk talk = talk_new(nk_clock_after(PATIENCE_MS));
	nk_auto(keys) struct keys keys = { .count = 0 };
	nk_auto(buf) struct nk_buf signature = NK_BUF_INIT(NK_SSHKEY_SIGNATURE_MAX);
	struct nk_err err = NK_ERR_INIT;
	struct nk_sshkey *key = first_key(&talk, &keys);

	say_message(&talk, answer);
	cr_assert_eq(sign(key, "rsa-sha2-256", &signature, &err), -1);
	cr_assert_eq(signature.len, 0);
	cr_assert_not_null(strstr(err.msg, "me@example.org"), "%s", err.msg);
	return err.domain;
}

Test(sshagent, an_agent_that_ignores_the_flag_is_not_believed)
{
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(4096);

	add_signature(&answer, "ssh-rsa", "made");
	cr_assert_eq(signature_refusal(&answer), NK_E_UNSUPPORTED);
}

Test(sshagent, a_refusal_to_sign_is_auth)
{
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(64);

	cr_assert_eq(nk_buf_add_char(&answer, 5), 0);
	cr_assert_eq(signature_refusal(&answer), NK_E_AUTH);
}

Test(sshagent, an_empty_signature_is_broken)
{
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(4096);

	add_signature(&answer, "rsa-sha2-256", "");
	cr_assert_eq(signature_refusal(&answer), NK_E_PROTO);
}

Test(sshagent, what_follows_a_signature_is_broken)
{
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(4096);

	add_signature(&answer, "rsa-sha2-256", "made");
	cr_assert_eq(nk_buf_add_char(&answer, 'x'), 0);
	cr_assert_eq(signature_refusal(&answer), NK_E_PROTO);
}

Test(sshagent, a_signature_of_a_security_key_is_unsupported)
{
	nk_auto(talk) struct talk talk = talk_new(nk_clock_after(PATIENCE_MS));
	nk_auto(keys) struct keys keys = { .count = 0 };
	nk_auto(buf) struct nk_buf signature = NK_BUF_INIT(NK_SSHKEY_SIGNATURE_MAX);
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(sign(first_key(&talk, &keys), "sk-ssh-ed25519@openssh.com", &signature, &err),
		     -1);
	cr_assert_eq(err.domain, NK_E_UNSUPPORTED);
}

Test(sshagent, more_than_an_agent_takes_is_not_sent)
{
	nk_auto(talk) struct talk talk = talk_new(nk_clock_after(PATIENCE_MS));
	nk_auto(keys) struct keys keys = { .count = 0 };
	nk_auto(str) char *data = nk_alloc(NK_SSHAGENT_MAX);
	nk_auto(buf) struct nk_buf signature = NK_BUF_INIT(NK_SSHKEY_SIGNATURE_MAX);
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_sshkey_sign(first_key(&talk, &keys), "ssh-rsa", (const unsigned char *)data,
				    NK_SSHAGENT_MAX, &signature, &err),
		     -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
}

Test(sshagent, freeing_nothing_is_allowed)
{
	nk_sshagent_free(NULL);
}
