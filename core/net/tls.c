/* tls.c - TLS over OpenSSL as a layer of a connection (RFC 8446, RFC 5246). */
#include "netkit/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netkit/log.h"
#include "tlslayer.h"

/* AES-128-GCM first: half the work of AES-256 and as strong as anything asks for; the rest follows
 * for servers that have only that. */
#define TLS13_SUITES "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define TLS12_SUITES "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:ECDHE+AES:DHE+AES:AESGCM:AES:!aNULL"

/* RFC 1035 2.3.4: longest name of a host. */
#define TLS_HOST_MAX 255

/* Bytes taken from the socket at once: several records of 16 KiB each. */
#define TLS_READ_AHEAD (128 * 1024)

struct nk_tls *nk_tls_new(const struct nk_tls_policy *policy)
{
	struct nk_tls *tls = nk_alloc(sizeof(*tls));

	tls->policy = policy;
	pthread_mutex_init(&tls->lock, NULL);
	return tls;
}

void nk_tls_free(struct nk_tls *tls)
{
	struct nk_err ignored = NK_ERR_INIT;

	if (!tls)
		return;
	if (tls->ctx)
		nk_ssl(&ignored)->SSL_CTX_free(tls->ctx);
	pthread_mutex_destroy(&tls->lock);
	free(tls);
}

const struct nk_tls_policy *nk_tls_policy(const struct nk_tls *tls)
{
	return tls->policy;
}

void nk_tls_set_pins(struct nk_tls *tls, struct nk_pins *pins)
{
	tls->pins = pins;
}

/* The library's own words for the oldest error in its queue, which is emptied. */
static const char *tls_reason(const struct nk_ssl *ssl, char *out, size_t size)
{
	unsigned long code = ssl->ERR_peek_error();
	const char *reason = code ? ssl->ERR_reason_error_string(code) : NULL;

	if (reason)
		nk_copy_text(out, size, reason);
	else if (code)
		ssl->ERR_error_string_n(code, out, size);
	else
		nk_copy_text(out, size, "unknown error");
	ssl->ERR_clear_error();
	return out;
}

/* Keep the newest session: under TLS 1.3 it comes in a ticket after the handshake. */
static int tls_session_came(SSL *tls, SSL_SESSION *session)
{
	struct nk_err ignored = NK_ERR_INIT;
	const struct nk_ssl *ssl = nk_ssl(&ignored);
	struct tls_layer *layer = ssl->SSL_get_ex_data(tls, 0);

	ssl->SSL_SESSION_free(layer->session);
	layer->session = session;
	return 1;
}

/* SSLKEYLOGFILE, as every TLS client has it: for reading one's own captures. */
static void tls_log_key(const SSL *tls, const char *line)
{
	const char *path = getenv("SSLKEYLOGFILE");
	nk_auto(str) char *text = nk_format("%s\n", line);
	int fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;

	(void)tls;
	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		nk_log(NK_LOG_NOTICE, "SSLKEYLOGFILE: %s: %s", path, strerror(errno));
	close(fd);
}

/* An encrypted key is refused with a sentence instead of OpenSSL's own prompt on the terminal. */
static int tls_refuse_passphrase(char *out, int size, int is_writing, void *data)
{
	(void)out;
	(void)size;
	(void)is_writing;
	(void)data;
	return 0;
}

static int tls_load_authorities(const struct nk_ssl *ssl, SSL_CTX *ctx,
				const struct nk_tls_policy *policy, struct nk_err *err)
{
	char reason[160];
	struct stat st;
	int loaded;

	if (!policy->ca) {
		/* The folder of hashed names holds what the bundle does, and costs 5 MB less. */
		const char *file = getenv("SSL_CERT_FILE");

		loaded = file ? ssl->SSL_CTX_set_default_verify_paths(ctx)
			      : ssl->SSL_CTX_set_default_verify_dir(ctx);
		return loaded ? 0 : nk_fail(err, NK_E_TLS, 0, "no certificate authorities");
	}
	if (stat(policy->ca, &st) < 0)
		return nk_fail(err, NK_E_USAGE, errno, "--ca=%s: %s", policy->ca, strerror(errno));
	loaded = S_ISDIR(st.st_mode) ? ssl->SSL_CTX_load_verify_dir(ctx, policy->ca)
				     : ssl->SSL_CTX_load_verify_file(ctx, policy->ca);
	if (!loaded)
		return nk_fail(err, NK_E_USAGE, 0, "--ca=%s: %s", policy->ca,
			       tls_reason(ssl, reason, sizeof(reason)));
	return 0;
}

static int tls_load_certificate(const struct nk_ssl *ssl, SSL_CTX *ctx,
				const struct nk_tls_policy *policy, struct nk_err *err)
{
	const char *key = policy->key ? policy->key : policy->cert;
	char reason[160];

	if (!policy->cert && policy->key)
		return nk_fail(err, NK_E_USAGE, 0, "--key needs --cert");
	if (!policy->cert)
		return 0;
	if (!ssl->SSL_CTX_use_certificate_chain_file(ctx, policy->cert))
		return nk_fail(err, NK_E_USAGE, 0, "--cert=%s: %s", policy->cert,
			       tls_reason(ssl, reason, sizeof(reason)));
	if (!ssl->SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM))
		return nk_fail(err, NK_E_USAGE, 0, "--key=%s: %s", key,
			       tls_reason(ssl, reason, sizeof(reason)));
	if (!ssl->SSL_CTX_check_private_key(ctx))
		return nk_fail(err, NK_E_USAGE, 0, "--key=%s does not belong to --cert=%s", key,
			       policy->cert);
	return 0;
}

static int tls_configure(const struct nk_ssl *ssl, SSL_CTX *ctx, const struct nk_tls_policy *policy,
			 struct nk_err *err)
{
	long least = policy->min_version == 1 ? TLS1_3_VERSION : TLS1_2_VERSION;

	ssl->SSL_CTX_ctrl(ctx, SSL_CTRL_SET_MIN_PROTO_VERSION, least, NULL);
	ssl->SSL_CTX_ctrl(ctx, SSL_CTRL_MODE,
			  SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				  SSL_MODE_AUTO_RETRY | SSL_MODE_RELEASE_BUFFERS,
			  NULL);
	ssl->SSL_CTX_ctrl(ctx, SSL_CTRL_SET_READ_AHEAD, 1, NULL);
	ssl->SSL_CTX_set_default_read_buffer_len(ctx, TLS_READ_AHEAD);
	ssl->SSL_CTX_ctrl(ctx, SSL_CTRL_SET_SESS_CACHE_MODE,
			  SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL, NULL);
	ssl->SSL_CTX_sess_set_new_cb(ctx, tls_session_came);
	ssl->SSL_CTX_set_default_passwd_cb(ctx, tls_refuse_passphrase);
	ssl->SSL_CTX_set_ciphersuites(ctx, TLS13_SUITES);
	ssl->SSL_CTX_set_cipher_list(ctx, TLS12_SUITES);
	ssl->SSL_CTX_set_verify(ctx, policy->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	ssl->SSL_CTX_set_cert_verify_callback(ctx, tls_verify, NULL);
	for (size_t i = 0; i < policy->pins.count; i++) {
		if (!nk_text_has_prefix(policy->pins.items[i], "sha256//") ||
		    strlen(policy->pins.items[i]) != strlen("sha256//") + 44)
			return nk_fail(err, NK_E_USAGE, 0, "--pin=%s: not sha256//BASE64",
				       policy->pins.items[i]);
	}
	if (getenv("SSLKEYLOGFILE"))
		ssl->SSL_CTX_set_keylog_callback(ctx, tls_log_key);
	if (!policy->insecure && tls_load_authorities(ssl, ctx, policy, err) < 0)
		return -1;
	return tls_load_certificate(ssl, ctx, policy, err);
}

/* The context, made by whichever thread needs it first. */
static SSL_CTX *tls_context(struct nk_tls *tls, const struct nk_ssl *ssl, struct nk_err *err)
{
	SSL_CTX *ctx;

	pthread_mutex_lock(&tls->lock);
	ctx = tls->ctx;
	if (!ctx) {
		ctx = ssl->SSL_CTX_new(ssl->TLS_client_method());
		if (!ctx) {
			nk_fail(err, NK_E_TLS, 0, "cannot set TLS up");
		} else if (tls_configure(ssl, ctx, tls->policy, err) < 0) {
			ssl->SSL_CTX_free(ctx);
			ctx = NULL;
		}
		tls->ctx = ctx;
	}
	pthread_mutex_unlock(&tls->lock);
	return ctx;
}

/* A lost connection, or the library's reason. domain: of the latter. */
static ssize_t tls_failed(struct tls_layer *layer, int code, enum nk_domain domain,
			  struct nk_err *err)
{
	const struct nk_ssl *ssl = layer->ssl;
	char reason[160];

	layer->is_broken = true;
	if (ERR_GET_REASON(ssl->ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
		ssl->ERR_clear_error();
		return nk_fail_again(err, NK_E_SHORT, 0,
				     "the connection ended without a TLS close_notify: truncated");
	}
	if (code == SSL_ERROR_SYSCALL && ssl->ERR_peek_error() == 0) {
		return nk_fail_again(err, NK_E_LOST, errno, "connection lost: %s",
				     errno != 0 ? strerror(errno) : "the peer is gone");
	}
	/* Under TLS 1.3 a client certificate is refused after our side of the handshake is done. */
	if (ERR_GET_REASON(ssl->ERR_peek_error()) >= SSL_AD_REASON_OFFSET)
		domain = NK_E_TLS;
	nk_fail(err, domain, 0, "TLS: %s", tls_reason(ssl, reason, sizeof(reason)));
	return NK_LAYER_FAILED;
}

static ssize_t tls_result(struct tls_layer *layer, int returned, enum nk_domain domain,
			  struct nk_err *err)
{
	int code = layer->ssl->SSL_get_error(layer->tls, returned);

	if (code == SSL_ERROR_WANT_READ)
		return NK_LAYER_WANT_READ;
	if (code == SSL_ERROR_WANT_WRITE)
		return NK_LAYER_WANT_WRITE;
	if (code == SSL_ERROR_ZERO_RETURN)
		return 0;
	return tls_failed(layer, code, domain, err);
}

static ssize_t tls_read(struct nk_layer *layer, void *bytes, size_t size, struct nk_err *err)
{
	struct tls_layer *self = (struct tls_layer *)layer;
	int got = self->ssl->SSL_read(self->tls, bytes, size > INT32_MAX ? INT32_MAX : (int)size);

	return got > 0 ? got : tls_result(self, got, NK_E_LOST, err);
}

static ssize_t tls_write(struct nk_layer *layer, const void *bytes, size_t length,
			 struct nk_err *err)
{
	struct tls_layer *self = (struct tls_layer *)layer;
	int put = self->ssl->SSL_write(self->tls, bytes,
				       length > INT32_MAX ? INT32_MAX : (int)length);

	if (put > 0)
		return put;
	ssize_t result = tls_result(self, put, NK_E_LOST, err);

	return result != 0 ? result
			   : nk_fail_again(err, NK_E_LOST, 0, "the peer has ended the TLS session");
}

static ssize_t tls_end(struct nk_layer *layer, struct nk_err *err)
{
	struct tls_layer *self = (struct tls_layer *)layer;
	int result;

	if (self->is_broken)
		return 0;
	result = self->ssl->SSL_shutdown(self->tls);
	return result >= 0 ? 0 : tls_result(self, result, NK_E_LOST, err);
}

static bool tls_has_pending(struct nk_layer *layer)
{
	struct tls_layer *self = (struct tls_layer *)layer;

	return self->ssl->SSL_has_pending(self->tls) != 0;
}

static void tls_free(struct nk_layer *layer)
{
	struct tls_layer *self = (struct tls_layer *)layer;

	self->ssl->SSL_SESSION_free(self->session);
	self->ssl->SSL_free(self->tls);
	free(self);
}

static const struct nk_layer_ops tls_layer_ops = {
	.read = tls_read,
	.write = tls_write,
	.end = tls_end,
	.has_pending = tls_has_pending,
	.free = tls_free,
};

/* Who the certificate must be for: a name (sent as SNI too) or an address. */
static bool tls_expect_host(struct tls_layer *layer)
{
	const struct nk_ssl *ssl = layer->ssl;
	const char *host = layer->target->host;
	unsigned char address[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return ssl->X509_VERIFY_PARAM_set1_ip_asc(ssl->SSL_get0_param(layer->tls), host);
	ssl->SSL_set_hostflags(layer->tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return ssl->SSL_set1_host(layer->tls, host) &&
	       ssl->SSL_ctrl(layer->tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
			     (void *)host);
}

int nk_tls_layer_new(const struct nk_target *target, int fd, const struct nk_layer *resume,
		     struct nk_layer **layer, struct nk_err *err)
{
	const struct nk_ssl *ssl = nk_ssl(err);
	SSL_CTX *ctx = ssl ? tls_context(target->tls, ssl, err) : NULL;
	struct tls_layer *made;

	if (!ctx)
		return -1;
	made = nk_alloc(sizeof(*made));
	made->layer.ops = &tls_layer_ops;
	made->layer.fd = fd;
	made->ssl = ssl;
	made->target = target;
	made->tls = ssl->SSL_new(ctx);
	if (!made->tls || !ssl->SSL_set_fd(made->tls, fd)) {
		tls_free(&made->layer);
		return nk_fail(err, NK_E_TLS, 0, "cannot set TLS up");
	}
	ssl->SSL_set_ex_data(made->tls, 0, made);
	/* Without it any certificate of any host would do. */
	if (strlen(target->host) > TLS_HOST_MAX || !tls_expect_host(made)) {
		tls_free(&made->layer);
		return nk_fail(err, NK_E_TLS, 0, "%.64s: no name a certificate could have",
			       target->host);
	}
	if (resume) {
		const struct tls_layer *old = (const struct tls_layer *)resume;
		/* A copy: OpenSSL takes a TLS 1.3 session for spent once it was resumed, and the next
		 * channel must resume it again. */
		SSL_SESSION *copy = old->session ? ssl->SSL_SESSION_dup(old->session) : NULL;

		if (copy)
			ssl->SSL_set_session(made->tls, copy);
		ssl->SSL_SESSION_free(copy);
	}
	*layer = &made->layer;
	return 0;
}

/* Nothing more may be sent. */
static ssize_t tls_break(struct tls_layer *layer)
{
	layer->is_broken = true;
	layer->ssl->ERR_clear_error();
	return NK_LAYER_FAILED;
}

ssize_t nk_tls_layer_handshake(struct nk_layer *layer, struct nk_err *err)
{
	struct tls_layer *self = (struct tls_layer *)layer;
	const struct nk_ssl *ssl = self->ssl;
	int done = ssl->SSL_connect(self->tls);
	ssize_t result = done == 1 ? 0 : tls_result(self, done, NK_E_TLS, err);
	long verified = ssl->SSL_get_verify_result(self->tls);

	if (result == NK_LAYER_WANT_READ || result == NK_LAYER_WANT_WRITE)
		return result;
	if (self->refusal.domain != NK_E_NONE) {
		*err = self->refusal;
		return tls_break(self);
	}
	if (done != 1) {
		/* Whatever ended the handshake, it is the handshake that failed. */
		if (err->domain == NK_E_SHORT)
			nk_fail_again(err, NK_E_TLS, 0,
				      "the connection ended during the handshake");
		else if (result == 0)
			nk_fail(err, NK_E_TLS, 0, "the peer refused the handshake");
		return NK_LAYER_FAILED;
	}
	/* tls_verify has the word; this is for a session that was resumed. */
	if (!self->target->tls->policy->insecure && verified != X509_V_OK) {
		nk_fail(err, NK_E_CERT, (int)verified, "the certificate of %s is not trusted: %s",
			self->target->host, ssl->X509_verify_cert_error_string(verified));
		return tls_break(self);
	}
	nk_log(NK_LOG_DEBUG, "%s: %s, %s%s", self->target->host, ssl->SSL_get_version(self->tls),
	       ssl->SSL_CIPHER_get_name(ssl->SSL_get_current_cipher(self->tls)),
	       ssl->SSL_session_reused(self->tls) ? ", session resumed" : "");
	return 0;
}
