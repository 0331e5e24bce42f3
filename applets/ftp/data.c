/* data.c - data connections: EPSV, PASV, EPRT, PORT (RFC 959 3.2, RFC 2428, RFC 4217 7). */
#include "ftp.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "netkit/log.h"
#include "netkit/wait.h"

/* Servers with a small range of ports answer 425 while all of them are in use: how often it is
 * tried again, and after how long. */
#define FTP_PORT_TRIES	  8
#define FTP_PORT_PAUSE_MS 60

const char *ftp_data_verb(const struct ftp *ftp)
{
	return ftp->is_without_epsv ? "PASV" : "EPSV";
}

/* Does the refusal mean that EPSV itself is unknown or unwanted? */
static bool ftp_epsv_is_refused(const struct ftp *ftp)
{
	return !ftp->is_without_epsv && nk_reply_class(&ftp->reply) == 5;
}

int ftp_data_dial(struct ftp *ftp, struct ftp_data *data, struct nk_err *err)
{
	int port = 0;
	bool is_parsed;

	if (nk_reply_class(&ftp->reply) != 2)
		return ftp_refused(ftp, err, ftp_data_verb(ftp));
	/* Of a PASV reply only the port is taken: the address is the one we are talking to, or a
	 * NAT's mistake, or an attempt to make us connect elsewhere. */
	is_parsed = ftp->is_without_epsv ? ftp_parse_pasv(ftp->reply.text.data, &port)
					 : ftp_parse_epsv(ftp->reply.text.data, &port);
	if (!is_parsed)
		return nk_fail(err, NK_E_PROTO, ftp->reply.code, "%s: %s: no port in the reply: %s",
			       nk_conn_peer(ftp->control), ftp_data_verb(ftp),
			       ftp->reply.text.data);
	if (nk_dial_beside_start(ftp->control, port, &data->conn, err) < 0)
		return nk_wrap(err, "data connection");
	return 0;
}

static int ftp_prepare_passive(struct ftp *ftp, struct ftp_data *data, struct nk_err *err)
{
	for (int try = 0;; try++) {
		if (ftp_send(ftp, err, "%s", ftp_data_verb(ftp)) < 0 || ftp_answer(ftp, err) < 0)
			return -1;
		if (ftp_epsv_is_refused(ftp) &&
		    nk_conn_address(ftp->control)->any.sa_family == AF_INET) {
			ftp->is_without_epsv = true;
			continue;
		}
		if (ftp->reply.code != 425 || try >= FTP_PORT_TRIES)
			break;
		if (nk_wait_pause((int64_t)FTP_PORT_PAUSE_MS << (try < 4 ? try : 4),
				  nk_conn_net(ftp->control)->deadline, err) < 0)
			return -1;
	}
	return ftp_data_dial(ftp, data, err);
}

/* "PORT h1,h2,h3,h4,p1,p2" (RFC 959 4.1.2). */
static char *ftp_port_command(const struct nk_addr *addr)
{
	uint32_t host = ntohl(addr->v4.sin_addr.s_addr);
	int port = nk_addr_port(addr);

	return nk_format("PORT %u,%u,%u,%u,%d,%d", host >> 24, (host >> 16) & 255,
			 (host >> 8) & 255, host & 255, port >> 8, port & 255);
}

/* "EPRT |1|192.0.2.1|6275|" (RFC 2428 2). */
static char *ftp_eprt_command(const struct nk_addr *addr)
{
	char host[INET6_ADDRSTRLEN];
	bool is_v6 = addr->any.sa_family == AF_INET6;

	if (!inet_ntop(addr->any.sa_family,
		       is_v6 ? (const void *)&addr->v6.sin6_addr : &addr->v4.sin_addr, host,
		       sizeof(host)))
		nk_copy_text(host, sizeof(host), "0");
	return nk_format("EPRT |%d|%s|%d|", is_v6 ? 2 : 1, host, nk_addr_port(addr));
}

static int ftp_prepare_active(struct ftp *ftp, struct ftp_data *data, struct nk_err *err)
{
	struct nk_addr addr;
	nk_auto(str) char *eprt = NULL;
	nk_auto(str) char *port = NULL;
	nk_auto(listener) struct nk_listener *listener = NULL;

	if (nk_listen_beside(ftp->control, &listener, &addr, err) < 0)
		return -1;
	eprt = ftp_eprt_command(&addr);
	if (ftp_send(ftp, err, "%s", eprt) < 0 || ftp_answer(ftp, err) < 0)
		return -1;
	if (nk_reply_class(&ftp->reply) != 2) {
		if (addr.any.sa_family != AF_INET)
			return ftp_refused(ftp, err, eprt);
		port = ftp_port_command(&addr);
		if (ftp_command(ftp, 2, err, "%s", port) < 0)
			return -1;
	}
	data->listener = nk_take(listener);
	return 0;
}

int ftp_data_prepare(struct ftp *ftp, struct ftp_data *data, struct nk_err *err)
{
	return ftp->opts->active ? ftp_prepare_active(ftp, data, err)
				 : ftp_prepare_passive(ftp, data, err);
}

int ftp_data_establish(struct ftp *ftp, struct ftp_data *data, struct nk_err *err)
{
	if (data->listener && nk_listener_accept(data->listener, &data->conn, err) < 0)
		return nk_wrap(err, "data connection");
	if (nk_conn_settle(data->conn, err) < 0)
		return nk_wrap(err, "data connection");
	nk_conn_set_purpose(data->conn, "waiting for data");
	if (ftp->is_protected && nk_conn_starttls_like(data->conn, ftp->control, err) < 0)
		return nk_wrap(err, "data connection");
	return 0;
}

void ftp_data_release(struct ftp_data *data)
{
	nk_listener_free(data->listener);
	nk_conn_free(data->conn);
	*data = (struct ftp_data){ .conn = NULL };
}
