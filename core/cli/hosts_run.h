/*
 * The parts of a command for many hosts: the processes that do it, and the desk where what they say
 * is put in order.
 */
#ifndef NETKIT_CLI_HOSTS_RUN_H
#define NETKIT_CLI_HOSTS_RUN_H

#include "hosts.h"

/* What one host printed, and what became of it. */
struct nk_hosts_result {
	size_t host;	    /* index */
	struct nk_buf head; /* of what it printed: what no file was needed for */
	int spill_fd;	    /* the rest, in an unnamed file; -1: none */
	struct nk_buf line; /* of its messages: the one that has no end yet */
	bool is_headed;	    /* CSV: its header was dealt with */
	bool is_ended;	    /* by us, before it was done */
	int status;	    /* exit */
	struct nk_err err;  /* NK_E_NONE when all went well */
	nk_time_ms begun;
	double seconds;
};

struct nk_hosts_result *nk_hosts_result_new(size_t host);
void nk_hosts_result_free(struct nk_hosts_result *result); /* also NULL */

/* Results that may wait for the one whose turn it is; no host is begun further ahead. */
enum { NK_HOSTS_AHEAD = 256 };

/* Where results are put in order and printed. */
struct nk_hosts_desk {
	const struct nk_hosts *hosts;
	const struct nk_common *common;
	struct nk_out *out;
	struct nk_progress *meter;
	bool is_in_order; /* of the file; else as they come */
	bool is_direct;	  /* one host at a time: nothing needs to wait */
	bool is_raw;	  /* stdout carries files */
	bool has_rows;	  /* what became of each host is a row in text too */
	size_t next;	  /* in order: whose turn it is */
	struct nk_hosts_result *waiting[NK_HOSTS_AHEAD];
	struct nk_buf header; /* CSV: the one that stands above the last rows */
	size_t ok, failed, negative, ended, untried;
	struct nk_err first; /* the first failure */
};

void nk_hosts_desk_release(struct nk_hosts_desk *desk);
NK_AUTO(desk, struct nk_hosts_desk, nk_hosts_desk_release)

/* Bytes came from a host's standard output. Fails with write. */
NK_MUST_CHECK int nk_hosts_take_output(struct nk_hosts_desk *desk, struct nk_hosts_result *result,
				       const char *bytes, size_t length, struct nk_err *err);

/* Bytes came from its standard error: whole lines are passed on, with the host's name. */
void nk_hosts_take_messages(struct nk_hosts_desk *desk, struct nk_hosts_result *result,
			    const char *bytes, size_t length);

/* A host is done: count it, print it or let it wait for its turn. result: taken over. Fails with
 * write. */
NK_MUST_CHECK int nk_hosts_take_end(struct nk_hosts_desk *desk, struct nk_hosts_result *result,
				    struct nk_err *err);

/* May this host be begun, or would what it prints have to wait too long? */
bool nk_hosts_may_begin(const struct nk_hosts_desk *desk, size_t host);

/* Was the outcome of this host a failure? A negative answer is none. */
bool nk_hosts_is_failure(const struct nk_hosts_result *result);

/* The record that ends JSON, and the error of the whole: nothing, or how many failed. */
NK_MUST_CHECK int nk_hosts_conclude(struct nk_hosts_desk *desk, struct nk_err *err);

/* The host's own copy of the call, in a process of its own. */
struct nk_hosts_job {
	const struct nk_call *call;
	struct nk_parse *parse;
	int stdin_fd; /* a file with what each host reads as standard input; -1: nothing */
	nk_time_ms deadline;
};

/* Run the call for every host, as many at a time as common.jobs says. Fails with interrupt or
 * terminate, write (what was to be printed), read (no process can be begun). */
NK_MUST_CHECK int nk_hosts_crew_run(const struct nk_hosts_job *job, struct nk_hosts_desk *desk,
				    struct nk_err *err);

#endif
