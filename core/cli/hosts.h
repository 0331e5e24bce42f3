/*
 * One command for many hosts: --hosts=FILE, and {} in the operands where the host belongs.
 *
 * Each host is a process of its own that runs the very same call with its operands filled in, so
 * that nothing one server does to it touches another. What they print is put in order here: a
 * host's rows stay together, and after them comes what became of the host.
 */
#ifndef NETKIT_CLI_HOSTS_H
#define NETKIT_CLI_HOSTS_H

#include "dispatch.h"

/* What stands for the host in an operand. */
#define NK_HOSTS_MARK "{}"

/* Longest host, with its user and port: it may become a file's name. */
enum { NK_HOST_MAX = 255 };

/* Longest file of hosts. */
#define NK_HOSTS_FILE_MAX ((size_t)64 << 20)

/* Hosts in the order of their file, each once. */
struct nk_hosts {
	char *text;	  /* the file, with a NUL after each host; owned */
	uint32_t *starts; /* of each host in it; owned */
	size_t count;
	size_t duplicates; /* dropped */
};

void nk_hosts_release(struct nk_hosts *hosts);
NK_AUTO(hosts, struct nk_hosts, nk_hosts_release)

/*
 * A pure parser: one host a line, as "host", "user@host", "host:port" or "[v6]:port". Blanks around
 * it, empty lines, lines that begin with # and what was there before are dropped.
 * text: length bytes and a NUL, at most NK_HOSTS_FILE_MAX; changed, and taken over also on failure.
 * name: of the file, for messages. Fails with usage: a line that is no host, by file and line and
 * without its text, which may hold a password; no host at all.
 */
NK_MUST_CHECK int nk_hosts_parse(struct nk_hosts *hosts, char *text, size_t length,
				 const char *name, struct nk_err *err);

/* Read and parse a file, "-" for standard input. Fails with usage, as above and when it cannot be
 * read or is too long. */
NK_MUST_CHECK int nk_hosts_read(struct nk_hosts *hosts, const char *path, struct nk_err *err);

const char *nk_hosts_at(const struct nk_hosts *hosts, size_t index);

/* operand with the host for each mark; a new string. */
char *nk_hosts_fill(const char *operand, const char *host);

/* Commands are about to be read from standard input. Fails with usage for one of many hosts, which
 * has none. */
NK_MUST_CHECK int nk_stdin_check(const struct nk_ctx *ctx, struct nk_err *err);

/* Run the call, whose log is set up, once for each host of --hosts, and report. Returns the exit
 * status. */
int nk_hosts_run(const struct nk_call *call, struct nk_parse *parse);

#endif
