/* sshagent.c - keys that an agent has (draft-ietf-sshm-ssh-agent). */
#include "sshagent.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "netkit/wait.h"

/* draft-ietf-sshm-ssh-agent 6.1 */
#define SSH_AGENT_FAILURE	      5
#define SSH_AGENTC_REQUEST_IDENTITIES 11
#define SSH_AGENT_IDENTITIES_ANSWER   12
#define SSH_AGENTC_SIGN_REQUEST	      13
#define SSH_AGENT_SIGN_RESPONSE	      14

/* 6.3 of the same */
#define SSH_AGENT_RSA_SHA2_256 2
#define SSH_AGENT_RSA_SHA2_512 4

struct nk_sshagent {
	int fd; /* -1 once a conversation went wrong: what comes next would answer something else */
	nk_time_ms deadline;
};

static int agent_broken(struct nk_err *err, const char *what)
{
	return nk_fail(err, NK_E_PROTO, 0, "the ssh agent's answer is broken: %s", what);
}

/* The type byte of an answer is taken. */
static int agent_expect(struct nk_sshwire *in, unsigned char expected, struct nk_err *err)
{
	unsigned char type;

	if (!nk_sshwire_byte(in, &type))
		return agent_broken(err, "it is empty");
	if (type == SSH_AGENT_FAILURE && in->length == 0)
		return nk_fail(err, NK_E_AUTH, 0, "the ssh agent refuses");
	if (type != expected)
		return nk_fail(err, NK_E_PROTO, 0, "the ssh agent answers with type %d, not %d",
			       type, expected);
	return 0;
}

/* string blob, string comment; the blob begins with the name of its type. */
static bool agent_identity(struct nk_sshwire *in, struct nk_sshagent_identity *identity)
{
	struct nk_sshwire blob;

	if (!nk_sshwire_string(in, &identity->blob) || !nk_sshwire_string(in, &identity->comment))
		return false;
	blob = identity->blob;
	return nk_sshwire_string(&blob, &identity->type) && nk_sshwire_is_name(&identity->type);
}

/* byte type, uint32 count, then so many identities */
int nk_sshagent_parse_keys(const unsigned char *bytes, size_t length,
			   struct nk_sshagent_identities *identities, struct nk_err *err)
{
	struct nk_sshwire in = { bytes, length };
	uint32_t count;
	int kept = 0;

	if (agent_expect(&in, SSH_AGENT_IDENTITIES_ANSWER, err) < 0)
		return -1;
	if (!nk_sshwire_u32(&in, &count))
		return agent_broken(err, "it has no count of keys");
	for (uint32_t i = 0; i < count; i++) {
		struct nk_sshagent_identity identity;

		if (!agent_identity(&in, &identity))
			return agent_broken(err, "a key is cut off");
		if (kept < NK_SSHAGENT_KEYS_MAX)
			identities->items[kept++] = identity;
	}
	if (in.length != 0)
		return agent_broken(err, "something follows the keys");
	identities->count = kept;
	return 0;
}

/* byte type, string (string algorithm, string signature) */
int nk_sshagent_parse_signature(const unsigned char *bytes, size_t length, const char *algorithm,
				struct nk_sshwire *signature, struct nk_err *err)
{
	struct nk_sshwire in = { bytes, length };
	struct nk_sshwire both;
	struct nk_sshwire made_by;
	struct nk_sshwire inner;

	if (agent_expect(&in, SSH_AGENT_SIGN_RESPONSE, err) < 0)
		return -1;
	if (!nk_sshwire_string(&in, &both) || in.length != 0 ||
	    !nk_sshwire_string(&both, &made_by) || !nk_sshwire_is_name(&made_by) ||
	    !nk_sshwire_string(&both, &inner) || both.length != 0)
		return agent_broken(err, "the signature has not the form of one");
	if (inner.length == 0 || inner.length > NK_SSHKEY_SIGNATURE_MAX)
		return agent_broken(err, "the signature is empty or too long");
	if (!nk_sshwire_is(&made_by, algorithm))
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "the ssh agent signs with %.*s, not %s",
			       (int)made_by.length, made_by.bytes, algorithm);
	*signature = inner;
	return 0;
}

int nk_sshagent_open(const char *path, nk_time_ms deadline, struct nk_sshagent **agent,
		     struct nk_err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	nk_auto(sshagent) struct nk_sshagent *made = nk_alloc(sizeof(*made));

	made->deadline = deadline;
	made->fd = -1;
	if (strlen(path) >= sizeof(address.sun_path))
		return nk_fail(err, NK_E_CONNECT, ENAMETOOLONG,
			       "ssh agent: the path of its socket is too long");
	nk_copy_text(address.sun_path, sizeof(address.sun_path), path);
	made->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* A local connection is made at once or not at all (unix(7)). */
	if (made->fd < 0 ||
	    connect(made->fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return nk_fail_errno(err, NK_E_CONNECT, "ssh agent at %s", path);
	*agent = nk_take(made);
	return 0;
}

void nk_sshagent_set_deadline(struct nk_sshagent *agent, nk_time_ms deadline)
{
	agent->deadline = deadline;
}

void nk_sshagent_free(struct nk_sshagent *agent)
{
	if (!agent)
		return;
	if (agent->fd >= 0)
		close(agent->fd);
	free(agent);
}

static int agent_send(struct nk_sshagent *agent, const char *bytes, size_t length,
		      struct nk_err *err)
{
	while (length > 0) {
		ssize_t sent = send(agent->fd, bytes, length, MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return nk_fail_errno(err, NK_E_PROTO, "writing to the ssh agent");
		if (sent < 0 &&
		    nk_wait_write(agent->fd, agent->deadline, "writing to the ssh agent", err) < 0)
			return -1;
		if (sent > 0) {
			bytes += sent;
			length -= (size_t)sent;
		}
	}
	return 0;
}

/* Add exactly length bytes of the agent to a buffer with room for them. */
static int agent_receive(struct nk_sshagent *agent, size_t length, struct nk_buf *out,
			 struct nk_err *err)
{
	char part[4096];

	while (length > 0) {
		ssize_t got =
			recv(agent->fd, part, length < sizeof(part) ? length : sizeof(part), 0);

		if (got == 0)
			return nk_fail(err, NK_E_PROTO, 0, "the ssh agent hung up");
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return nk_fail_errno(err, NK_E_PROTO, "reading from the ssh agent");
		if (got < 0 &&
		    nk_wait_read(agent->fd, agent->deadline, "waiting for the ssh agent", err) < 0)
			return -1;
		if (got > 0 && nk_buf_add(out, part, (size_t)got) < 0)
			return agent_broken(err, "it is too long");
		length -= got > 0 ? (size_t)got : 0;
	}
	return 0;
}

/* A message is a string (draft-ietf-sshm-ssh-agent 3). */
static int agent_exchange(struct nk_sshagent *agent, const struct nk_buf *request,
			  struct nk_buf *answer, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf packed = NK_BUF_INIT(NK_SSHAGENT_MAX + sizeof(uint32_t));
	struct nk_sshwire front;
	uint32_t length;

	if (nk_sshwire_add_string(&packed, request->data, request->len) < 0)
		return nk_fail(err, NK_E_USAGE, 0, "too much for the ssh agent to sign");
	if (agent_send(agent, packed.data, packed.len, err) < 0 ||
	    agent_receive(agent, sizeof(length), answer, err) < 0)
		return -1;
	front = (struct nk_sshwire){ (const unsigned char *)answer->data, answer->len };
	if (!nk_sshwire_u32(&front, &length) || length == 0 || length > NK_SSHAGENT_MAX)
		return agent_broken(err, "its length is impossible");
	nk_buf_clear(answer);
	return agent_receive(agent, length, answer, err);
}

static int agent_ask(struct nk_sshagent *agent, const struct nk_buf *request, struct nk_buf *answer,
		     struct nk_err *err)
{
	int status;

	if (agent->fd < 0)
		return nk_fail(err, NK_E_PROTO, 0, "the ssh agent was given up before");
	status = agent_exchange(agent, request, answer, err);
	if (status < 0) {
		close(agent->fd);
		agent->fd = -1;
	}
	return status;
}

int nk_sshagent_keys(struct nk_sshagent *agent, struct nk_sshkey *keys[NK_SSHAGENT_KEYS_MAX],
		     int *count, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf request = NK_BUF_INIT(1);
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(NK_SSHAGENT_MAX);
	struct nk_sshagent_identities found;

	if (nk_buf_add_char(&request, SSH_AGENTC_REQUEST_IDENTITIES) < 0 ||
	    agent_ask(agent, &request, &answer, err) < 0 ||
	    nk_sshagent_parse_keys((const unsigned char *)answer.data, answer.len, &found, err) < 0)
		return -1;
	for (int i = 0; i < found.count; i++)
		keys[i] = nk_sshkey_of_agent(agent, &found.items[i]);
	*count = found.count;
	return 0;
}

static uint32_t agent_flags(const char *algorithm)
{
	if (strcmp(algorithm, "rsa-sha2-256") == 0)
		return SSH_AGENT_RSA_SHA2_256;
	return strcmp(algorithm, "rsa-sha2-512") == 0 ? SSH_AGENT_RSA_SHA2_512 : 0;
}

/* byte type, string blob, string data, uint32 flags */
int nk_sshagent_sign(struct nk_sshagent *agent, const struct nk_sshagent_request *request,
		     struct nk_buf *signature, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf packed = NK_BUF_INIT(NK_SSHAGENT_MAX);
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(NK_SSHAGENT_MAX);
	struct nk_sshwire made;

	/* A security key's signature has a counter behind it, for which there is no room here. */
	if (strncmp(request->algorithm, "sk-", 3) == 0)
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "security keys are not supported here; the ssh program may do");
	if (nk_buf_add_char(&packed, SSH_AGENTC_SIGN_REQUEST) < 0 ||
	    nk_sshwire_add_string(&packed, request->blob.bytes, request->blob.length) < 0 ||
	    nk_sshwire_add_string(&packed, request->data.bytes, request->data.length) < 0 ||
	    nk_sshwire_add_u32(&packed, agent_flags(request->algorithm)) < 0)
		return nk_fail(err, NK_E_USAGE, 0, "too much for the ssh agent to sign");
	if (agent_ask(agent, &packed, &answer, err) < 0 ||
	    nk_sshagent_parse_signature((const unsigned char *)answer.data, answer.len,
					request->algorithm, &made, err) < 0)
		return -1;
	if (nk_buf_add(signature, made.bytes, made.length) < 0)
		return agent_broken(err, "the signature is too long");
	return 0;
}
