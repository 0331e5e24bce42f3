/* hosts_crew.c - a process for each host, so many at a time, and what comes out of them. */
#include "hosts_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netkit/log.h"
#include "netkit/pool.h"
#include "netkit/progress.h"
#include "netkit/wait.h"

/* What is read of a pipe at a time: all that it holds. */
#define PIPE_STEP 65536

/* How long a process may take to end when it is told to. */
#define END_MS 3000

/* Events taken at a time. */
#define EVENTS_MAX 64

/* What a process leaves behind for us, in memory that both have. */
struct note {
	bool is_written;
	int status;
	struct nk_err err;
};

/* A process at work. */
struct worker {
	pid_t pid; /* 0: nobody */
	int pid_fd;
	int out_fd;
	int error_fd;
	struct nk_hosts_result *result;
};

/* Which descriptor of a worker an event is about. */
enum { OF_OUTPUT, OF_MESSAGES, OF_END, OF_COUNT };

struct crew {
	const struct nk_hosts_job *job;
	struct nk_hosts_desk *desk;
	int epoll_fd;
	int size; /* of workers and notes */
	int running;
	struct worker workers[NK_JOBS_MAX];
	struct note *notes; /* shared */
	size_t begun;	    /* hosts */
	bool is_ending;	    /* nothing more is begun, and those at work were told to end */
	nk_time_ms kill_at; /* when they are ended whatever they say */
	char *piece;
};

static void close_all(const int fds[], int count)
{
	for (int i = 0; i < count; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
}

/* Close a descriptor that is watched. */
static void leave(int epoll_fd, int fd)
{
	if (fd < 0)
		return;
	epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	close(fd);
}

static void kill_worker(struct worker *worker)
{
	int status;

	kill(worker->pid, SIGKILL);
	while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
		continue;
}

static void release_crew(struct crew *crew)
{
	for (int i = 0; i < crew->size; i++) {
		struct worker *worker = &crew->workers[i];

		if (worker->pid == 0)
			continue;
		kill_worker(worker);
		close_all((int[]){ worker->pid_fd, worker->out_fd, worker->error_fd }, 3);
		nk_hosts_result_free(worker->result);
	}
	if (crew->epoll_fd >= 0)
		close(crew->epoll_fd);
	if (crew->notes)
		munmap(crew->notes, (size_t)crew->size * sizeof(*crew->notes));
	free(crew->piece);
}
NK_AUTO(crew, struct crew, release_crew)

/* --- in the host's own process --- */

/* A standard input of its own: what was read of ours before, from its beginning, or nothing. */
static int open_stdin(const struct nk_hosts_job *job)
{
	char path[64];

	if (job->stdin_fd < 0)
		return open("/dev/null", O_RDONLY);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", job->stdin_fd);
	return open(path, O_RDONLY);
}

static int set_streams(const struct nk_hosts_job *job, int out_fd, int error_fd)
{
	int in_fd = open_stdin(job);

	if (in_fd < 0 || dup2(in_fd, STDIN_FILENO) < 0 || dup2(out_fd, STDOUT_FILENO) < 0 ||
	    dup2(error_fd, STDERR_FILENO) < 0)
		return -1;
	close_all((const int[]){ in_fd, out_fd, error_fd }, 3);
	return 0;
}

/* The call as it is for this host alone. */
static void fill_in(const struct crew *crew, const char *host)
{
	struct nk_parse *parse = crew->job->parse;
	struct nk_common *common = &parse->common;
	struct nk_strings *operands = &parse->operands;

	for (size_t i = 0; i < operands->count; i++) {
		if (strstr(operands->items[i], NK_HOSTS_MARK))
			operands->items[i] = nk_hosts_fill(operands->items[i], host);
	}
	nk_parse_spots(crew->job->call, parse);
	common->out.is_for_terminal = nk_out_is_on_terminal(crew->desk->out);
	common->out.file = NULL;
	common->out.host = host;
	common->progress = NK_PROGRESS_NONE;
	/* Several would ask on one terminal at the same time. */
	common->creds.no_input |= crew->size > 1;
	common->jobs = 1;
	if (crew->job->deadline != NK_NEVER)
		common->net.deadline_in_ms = nk_clock_left(crew->job->deadline) + 1;
}

/* Does not return: the process is this host's. */
static void be_host(struct crew *crew, int index, int out_fd, int error_fd, pid_t parent)
{
	struct note *note = &crew->notes[index];
	struct nk_err err = NK_ERR_INIT;

	nk_interrupt_only_from(parent);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		_exit(nk_domain_exit(NK_E_TERMINATE));
	/* Nobody but the parent reads what the others say. */
	for (int i = 0; i < crew->size; i++) {
		if (crew->workers[i].pid > 0)
			close_all((const int[]){ crew->workers[i].pid_fd, crew->workers[i].out_fd,
						 crew->workers[i].error_fd },
				  3);
	}
	close(crew->epoll_fd);
	nk_log_set_status("");
	if (set_streams(crew->job, out_fd, error_fd) < 0)
		_exit(nk_domain_exit(NK_E_READ));
	fill_in(crew, nk_hosts_at(crew->desk->hosts, crew->begun));
	note->status = nk_dispatch_one(crew->job->call, crew->job->parse, &err);
	note->err = err;
	note->is_written = true;
	_exit(note->status);
}

/* --- beginning one --- */

static int watch(const struct crew *crew, int fd, int index, int kind)
{
	struct epoll_event event = { .events = EPOLLIN,
				     .data.u32 = (uint32_t)(index * OF_COUNT + kind) };

	return epoll_ctl(crew->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

/* Put the process among those at work. */
static int employ(struct crew *crew, int index, struct worker worker, struct nk_err *err)
{
	worker.pid_fd = pidfd_open(worker.pid, 0);
	worker.result = nk_hosts_result_new(crew->begun);
	crew->workers[index] = worker;
	crew->running++;
	crew->begun++;
	if (worker.pid_fd < 0 || fcntl(worker.out_fd, F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(worker.error_fd, F_SETFL, O_NONBLOCK) < 0 ||
	    watch(crew, worker.out_fd, index, OF_OUTPUT) < 0 ||
	    watch(crew, worker.error_fd, index, OF_MESSAGES) < 0 ||
	    watch(crew, worker.pid_fd, index, OF_END) < 0)
		return nk_fail_errno(err, NK_E_READ, "cannot watch a process");
	return 0;
}

/* Begin the next host as worker index. */
static int begin(struct crew *crew, int index, struct nk_err *err)
{
	int out[2] = { -1, -1 }, error[2] = { -1, -1 };
	pid_t parent = getpid(), pid;

	memset(&crew->notes[index], 0, sizeof(*crew->notes));
	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(error, O_CLOEXEC) < 0) {
		nk_fail_errno(err, NK_E_READ, "cannot make a pipe");
		close_all(out, 2);
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		close(out[0]);
		close(error[0]);
		be_host(crew, index, out[1], error[1], parent);
	}
	close(out[1]);
	close(error[1]);
	if (pid > 0)
		return employ(crew, index,
			      (struct worker){ .pid = pid, .out_fd = out[0], .error_fd = error[0] },
			      err);
	nk_fail_errno(err, NK_E_READ, "cannot begin a process");
	close(out[0]);
	close(error[0]);
	return -1;
}

static bool has_more(const struct crew *crew)
{
	return !crew->is_ending && crew->begun < crew->desk->hosts->count;
}

/* A host whose time was over before it began. */
static int pass_over(struct crew *crew, struct nk_err *err)
{
	struct nk_hosts_result *result = nk_hosts_result_new(crew->begun++);

	nk_fail(&result->err, NK_E_TIMEOUT, 0, "not tried: the deadline came first");
	result->status = nk_domain_exit(NK_E_TIMEOUT);
	return nk_hosts_take_end(crew->desk, result, err);
}

static int begin_all(struct crew *crew, struct nk_err *err)
{
	for (int i = 0; i < crew->size && has_more(crew); i++) {
		if (crew->workers[i].pid > 0 || !nk_hosts_may_begin(crew->desk, crew->begun))
			continue;
		if (nk_clock_left(crew->job->deadline) == 0) {
			if (pass_over(crew, err) < 0)
				return -1;
			i--; /* the place is still free */
			continue;
		}
		/* With others at work there will be room for it. */
		if (begin(crew, i, err) < 0)
			return crew->running > 0 && crew->workers[i].pid == 0 ? 0 : -1;
	}
	return 0;
}

/* --- ending them --- */

/* Begin no more, and have those at work clean up and go. */
static void end_all(struct crew *crew)
{
	if (crew->is_ending)
		return;
	crew->is_ending = true;
	crew->kill_at = nk_clock_after(END_MS);
	for (int i = 0; i < crew->size; i++) {
		if (crew->workers[i].pid == 0)
			continue;
		crew->workers[i].result->is_ended = true;
		kill(crew->workers[i].pid, SIGTERM);
	}
}

static void kill_all(struct crew *crew)
{
	for (int i = 0; i < crew->size; i++) {
		if (crew->workers[i].pid > 0)
			kill(crew->workers[i].pid, SIGKILL);
	}
	crew->kill_at = nk_clock_after(END_MS);
}

/* What a process that wrote no note died of. */
static void judge_death(struct nk_hosts_result *result, int wait_status)
{
	if (WIFSIGNALED(wait_status)) {
		const char *name = sigdescr_np(WTERMSIG(wait_status));

		nk_fail(&result->err, NK_E_LOST, 0, "its process ended by signal %d (%s)",
			WTERMSIG(wait_status), name ? name : "unknown");
	} else {
		nk_fail(&result->err, NK_E_LOST, 0, "its process ended with status %d",
			WEXITSTATUS(wait_status));
	}
	result->status = nk_domain_exit(NK_E_LOST);
}

static int read_pipe(struct crew *crew, struct worker *worker, int kind, struct nk_err *err)
{
	int *fd = kind == OF_OUTPUT ? &worker->out_fd : &worker->error_fd;

	while (*fd >= 0) {
		ssize_t got = read(*fd, crew->piece, PIPE_STEP);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return 0;
		if (got <= 0) {
			leave(crew->epoll_fd, *fd);
			*fd = -1;
		} else if (kind == OF_MESSAGES) {
			nk_hosts_take_messages(crew->desk, worker->result, crew->piece,
					       (size_t)got);
		} else if (nk_hosts_take_output(crew->desk, worker->result, crew->piece,
						(size_t)got, err) < 0) {
			return -1;
		}
	}
	return 0;
}

/* The process is gone: take what is left in its pipes, and its note. */
static int take_end(struct crew *crew, int index, struct nk_err *err)
{
	struct worker *worker = &crew->workers[index];
	struct nk_hosts_result *result = worker->result;
	const struct note *note = &crew->notes[index];
	bool fails_fast = crew->desk->common->fail_fast && !crew->desk->common->keep_going;
	int wait_status = 0, status;

	while (waitpid(worker->pid, &wait_status, 0) < 0 && errno == EINTR)
		continue;
	status = read_pipe(crew, worker, OF_OUTPUT, err);
	if (status == 0)
		status = read_pipe(crew, worker, OF_MESSAGES, err);
	leave(crew->epoll_fd, worker->pid_fd);
	leave(crew->epoll_fd, worker->out_fd);
	leave(crew->epoll_fd, worker->error_fd);
	*worker = (struct worker){ 0 };
	crew->running--;
	result->seconds = (double)(nk_clock_now() - result->begun) / 1000;
	if (note->is_written && WIFEXITED(wait_status)) {
		result->err = note->err;
		result->status = note->status;
	} else {
		judge_death(result, wait_status);
	}
	/* One that was done before it could be ended is done. */
	result->is_ended &= result->err.domain != NK_E_NONE;
	if (fails_fast && !result->is_ended && nk_hosts_is_failure(result))
		end_all(crew);
	return nk_hosts_take_end(crew->desk, result, err) < 0 || status < 0 ? -1 : 0;
}

/* --- the loop --- */

static void show_progress(const struct crew *crew)
{
	const struct nk_hosts_desk *desk = crew->desk;

	nk_progress_show_items(desk->meter, (int64_t)(desk->ok + desk->failed),
			       (int64_t)desk->hosts->count, (int64_t)desk->failed, "hosts");
}

static int take_events(struct crew *crew, struct nk_err *err)
{
	struct epoll_event events[EVENTS_MAX];
	int count = epoll_wait(crew->epoll_fd, events, EVENTS_MAX, 0);
	int status = 0;

	for (int i = 0; i < count && status == 0; i++) {
		int index = (int)events[i].data.u32 / OF_COUNT;
		int kind = (int)events[i].data.u32 % OF_COUNT;
		struct worker *worker = &crew->workers[index];

		/* An end that came before it in this batch has taken everything. */
		if (worker->pid == 0)
			continue;
		status = kind == OF_END ? take_end(crew, index, err)
					: read_pipe(crew, worker, kind, err);
	}
	return status;
}

/* When to look again though nothing comes. */
static nk_time_ms next_look(const struct crew *crew)
{
	nk_time_ms next = NK_NEVER;

	if (crew->desk->meter)
		next = nk_clock_after(nk_progress_tick(crew->desk->meter) + 1);
	if (crew->is_ending)
		return nk_clock_earlier(next, crew->kill_at);
	/* Who holds out longer than the deadline has hung. */
	return nk_clock_earlier(next,
				crew->job->deadline ? crew->job->deadline + END_MS : NK_NEVER);
}

static int wait_once(struct crew *crew, struct nk_err *err)
{
	struct pollfd one = { .fd = crew->epoll_fd, .events = POLLIN };
	nk_time_ms look = next_look(crew);

	if ((crew->is_ending ? nk_wait_anyway(&one, 1, look, err)
			     : nk_wait_any(&one, 1, look, err)) < 0)
		return -1;
	if (crew->is_ending && nk_clock_left(crew->kill_at) == 0)
		kill_all(crew);
	if (!crew->is_ending && crew->job->deadline &&
	    nk_clock_left(crew->job->deadline + END_MS) == 0)
		kill_all(crew);
	show_progress(crew);
	return take_events(crew, err);
}

static int work(struct crew *crew, struct nk_err *err)
{
	struct nk_err second = NK_ERR_INIT;
	int status = 0;

	while (status == 0 && (has_more(crew) || crew->running > 0)) {
		status = begin_all(crew, err);
		if (status == 0 && crew->running > 0)
			status = wait_once(crew, err);
	}
	end_all(crew);
	/* Whatever went wrong, those at work get the time to clean up. */
	while (crew->running > 0) {
		if (wait_once(crew, &second) < 0 && nk_clock_left(crew->kill_at) == 0)
			break;
	}
	return status;
}

int nk_hosts_crew_run(const struct nk_hosts_job *job, struct nk_hosts_desk *desk,
		      struct nk_err *err)
{
	nk_auto(crew) struct crew crew = {
		.job = job,
		.desk = desk,
		.size = desk->common->jobs,
		.epoll_fd = epoll_create1(EPOLL_CLOEXEC),
		.piece = nk_alloc(PIPE_STEP),
	};
	size_t length = (size_t)crew.size * sizeof(*crew.notes);

	crew.notes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (crew.notes == MAP_FAILED)
		crew.notes = NULL;
	if (crew.epoll_fd < 0 || !crew.notes)
		return nk_fail_errno(err, NK_E_READ, "cannot watch processes");
	return work(&crew, err);
}
