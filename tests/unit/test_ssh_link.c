/* test_ssh_link.c - the libssh2 transport before a login, against a peer that says a few bytes. */
#include "netkit/ssh.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../core/auth/sshwire.h"

/* A listening peer that says its words to the first who comes, again and again if it is endless,
 * and closes when the other side does (or at once). */
struct peer {
	int listener;
	const char *words;
	size_t length;
	bool is_endless;
	bool closes;
	pthread_t thread;
	struct nk_net_policy net;
	struct nk_creds_policy creds;
	struct nk_ssh_policy policy;
	struct nk_session *session;
};

static void *peer_run(void *arg)
{
	const struct peer *peer = arg;
	int fd = accept(peer->listener, NULL, NULL);
	char dropped[4096];

	do {
		if (send(fd, peer->words, peer->length, MSG_NOSIGNAL) < 0)
			break;
	} while (peer->is_endless);
	if (peer->closes)
		shutdown(fd, SHUT_WR);
	while (read(fd, dropped, sizeof(dropped)) > 0)
		;
	close(fd);
	return NULL;
}

static struct peer *peer_new(const char *words, size_t length)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);
	struct peer *peer = nk_alloc(sizeof(*peer));

	peer->words = words;
	peer->length = length;
	peer->listener = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_eq(bind(peer->listener, (struct sockaddr *)&address, size), 0);
	cr_assert_eq(listen(peer->listener, 1), 0);
	cr_assert_eq(getsockname(peer->listener, (struct sockaddr *)&address, &size), 0);
	peer->net.connect_timeout_ms = 20000;
	peer->net.timeout_ms = 20000;
	peer->creds =
		(struct nk_creds_policy){ .password_fd = -1, .no_netrc = true, .no_input = true };
	peer->policy = (struct nk_ssh_policy){ .config = "none",
					       .known_hosts = "/dev/null",
					       .transport = NK_SSH_LIBSSH2 };
	peer->session = nk_session_new();
	peer->session->target = (struct nk_target){ .host = nk_strdup("127.0.0.1"),
						    .port = ntohs(address.sin_port),
						    .net = &peer->net };
	peer->session->has_port = true;
	peer->session->ssh = &peer->policy;
	nk_creds_setup(&peer->session->creds, &peer->creds, "127.0.0.1", "joe");
	return peer;
}

static void peer_free(struct peer *peer)
{
	nk_session_free(peer->session);
	close(peer->listener);
	free(peer);
}
NK_AUTO_HANDLE(peer, struct peer *, peer_free)

/* Opening fails with domain, and the message has said in it. */
static void assert_fails(struct peer *peer, enum nk_domain domain, const char *said)
{
	struct nk_err err = NK_ERR_INIT;
	struct nk_ssh *ssh;

	cr_assert_eq(pthread_create(&peer->thread, NULL, peer_run, peer), 0);
	cr_assert_eq(nk_ssh_open(peer->session, NULL, &ssh, &err), -1);
	cr_assert_eq(err.domain, domain, "%s: %s", nk_domain_class(err.domain), err.msg);
	cr_assert(strstr(err.msg, said), "%s", err.msg);
	pthread_join(peer->thread, NULL);
}

Test(ssh_link, endless_lines_before_the_banner_are_refused)
{
	const char *line = "hello there\r\n";
	nk_auto(peer) struct peer *peer = peer_new(line, strlen(line));

	peer->is_endless = true;
	assert_fails(peer, NK_E_PROTO, "no SSH server: it said 'hello there'");
}

Test(ssh_link, half_a_banner_is_a_lost_connection)
{
	nk_auto(peer) struct peer *peer = peer_new("SSH-2.0-Ope", 11);

	peer->closes = true;
	assert_fails(peer, NK_E_LOST, "closed the connection");
}

Test(ssh_link, endless_line_is_refused)
{
	nk_auto(peer) struct peer *peer = peer_new("xxxxxxxxxxxxxxxx", 16);

	peer->is_endless = true;
	assert_fails(peer, NK_E_PROTO, "no SSH server");
}

Test(ssh_link, server_of_another_protocol_is_quoted)
{
	const char *line = "220 FTP ready\r\n";
	nk_auto(peer) struct peer *peer = peer_new(line, strlen(line));

	peer->closes = true;
	assert_fails(peer, NK_E_PROTO, "it said '220 FTP ready'");
}

Test(ssh_link, server_of_ssh_1_is_refused)
{
	const char *line = "SSH-1.5-old\r\n";
	nk_auto(peer) struct peer *peer = peer_new(line, strlen(line));

	assert_fails(peer, NK_E_TLS, "SSH-1.5-old");
}

Test(ssh_link, close_before_a_word_is_lost)
{
	nk_auto(peer) struct peer *peer = peer_new("", 0);

	peer->closes = true;
	assert_fails(peer, NK_E_LOST, "closed the connection");
}

Test(ssh_link, silence_times_out)
{
	nk_auto(peer) struct peer *peer = peer_new("", 0);

	peer->net.timeout_ms = 1;
	assert_fails(peer, NK_E_TIMEOUT, "handshake");
}

Test(ssh_link, nothing_in_common_says_what_both_have)
{
	static const char *const lists[10] = {
		"curve25519-sha256", "ssh-ed25519", "rot13", "rot13", "hmac-sha2-256",
		"hmac-sha2-256",     "none",	    "none",  "",      ""
	};
	nk_auto(buf) struct nk_buf packet = NK_BUF_INIT(4096);
	nk_auto(buf) struct nk_buf words = NK_BUF_INIT(4096);
	size_t body;

	/* RFC 4253 6: padding makes length, padding length and payload a multiple of 8. */
	cr_assert_eq(nk_buf_add(&packet, "\0\0240123456789abcdef", 18), 0);
	for (int i = 0; i < 10; i++)
		cr_assert_eq(nk_sshwire_add_string(&packet, lists[i], strlen(lists[i])), 0);
	cr_assert_eq(nk_buf_add(&packet, "\0\0\0\0\0", 5), 0);
	body = packet.len;
	do
		cr_assert_eq(nk_buf_add(&packet, "", 1), 0);
	while (packet.len - body < 4 || (packet.len + 4) % 8 != 0);
	packet.data[0] = (char)(packet.len - body);
	cr_assert_eq(nk_buf_add_text(&words, "SSH-2.0-x\r\n"), 0);
	cr_assert_eq(nk_sshwire_add_string(&words, packet.data, packet.len), 0);

	nk_auto(peer) struct peer *peer = peer_new(words.data, words.len);

	assert_fails(peer, NK_E_TLS, "no common cipher: the server has rot13; we offer aes");
}
