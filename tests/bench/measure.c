/*
 * measure.c - run a command and write down what it cost, one line a run:
 * wall seconds, CPU seconds (user and system), peak resident KiB, exit status, separated by TABs.
 *
 *     measure [-n RUNS] [-t SECONDS] -o FILE -- COMMAND ARGUMENT...
 *
 * The lines are appended to FILE; stdin, stdout and stderr are the command's. The command runs in a
 * process group of its own, which is killed when it takes longer than SECONDS (status 124, as in
 * timeout(1)), when measure is told to stop (unless it was started with that signal ignored, as a
 * shell's background job is with SIGINT), or when the parent of measure dies. A command killed
 * by a signal has status 128 and its number. measure itself exits with the last status.
 *
 * A shell's `time` knows no peak; time(1) rounds to 10 ms; Python would count its own 10 MB as the
 * command's, since Linux carries the peak of the caller over exec(2). Here that floor is 1.5 MB.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define US_PER_S       1000000LL
#define STATUS_TIMEOUT 124

extern char **environ;

struct cost {
	int64_t wall_us;
	int64_t cpu_us;
	long peak_kib;
	int status;
};

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

static pid_t start(char **argv)
{
	posix_spawnattr_t attr;
	sigset_t none, all;
	pid_t pid;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	sigdelset(&all, SIGKILL);
	sigdelset(&all, SIGSTOP);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all); /* a shell's background job ignores SIGINT */
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
						POSIX_SPAWN_SETPGROUP);
	rc = posix_spawnp(&pid, argv[0], NULL, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	if (rc != 0) {
		errno = rc;
		err(127, "%s", argv[0]);
	}
	return pid;
}

/* Wait for pid until deadline; kills its group on time-out and on a signal, and says which. */
static int wait_or_kill(pid_t pid, const sigset_t *signals, int64_t deadline, struct rusage *usage,
			int *status)
{
	int reason = 0;

	while (wait4(pid, status, WNOHANG, usage) == 0) {
		int64_t left = deadline - now_us();
		struct timespec ts = { 0 };
		int sig;

		if (left > 0) {
			ts.tv_sec = left / US_PER_S;
			ts.tv_nsec = left % US_PER_S * 1000;
		}
		sig = sigtimedwait(signals, NULL, &ts);
		if (sig == SIGCHLD || (sig < 0 && errno == EINTR))
			continue;
		reason = sig < 0 ? STATUS_TIMEOUT : 128 + sig;
		kill(-pid, SIGKILL);
		wait4(pid, status, 0, usage);
		break;
	}
	kill(-pid, SIGKILL); /* what the command left behind in its group */
	return reason;
}

static int64_t to_us(struct timeval tv)
{
	return tv.tv_sec * US_PER_S + tv.tv_usec;
}

/* One run. Returns the signal status that ended measure itself, else 0. */
static int run(char **argv, const sigset_t *signals, unsigned long seconds, struct cost *cost)
{
	int64_t begin = now_us();
	struct rusage usage = { 0 };
	int status = 0;
	int reason = wait_or_kill(start(argv), signals, begin + (int64_t)seconds * US_PER_S, &usage,
				  &status);

	cost->wall_us = now_us() - begin;
	cost->cpu_us = to_us(usage.ru_utime) + to_us(usage.ru_stime);
	cost->peak_kib = usage.ru_maxrss;
	cost->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (reason == STATUS_TIMEOUT)
		cost->status = reason;
	return reason == STATUS_TIMEOUT ? 0 : reason;
}

static unsigned long parse_count(char letter, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (text[0] < '1' || text[0] > '9' || *end != '\0' || n > 1000000)
		errx(2, "-%c %s: a number from 1 to 1000000 expected", letter, text);
	return n;
}

int main(int argc, char **argv)
{
	unsigned long runs = 1, seconds = 600;
	const char *out_path = NULL;
	struct cost cost = { 0 };
	sigset_t signals;
	FILE *out;
	int opt;

	while ((opt = getopt(argc, argv, "+n:t:o:")) != -1) {
		if (opt == 'n')
			runs = parse_count('n', optarg);
		else if (opt == 't')
			seconds = parse_count('t', optarg);
		else if (opt == 'o')
			out_path = optarg;
		else
			return 2;
	}
	if (out_path == NULL || optind == argc)
		errx(2, "usage: measure [-n RUNS] [-t SECONDS] -o FILE -- COMMAND ARGUMENT...");
	out = fopen(out_path, "ae");
	if (out == NULL)
		err(2, "%s", out_path);

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);

	for (unsigned long i = 0; i < runs; i++) {
		int told = run(&argv[optind], &signals, seconds, &cost);

		if (told != 0)
			return told;
		fprintf(out, "%.6f\t%.6f\t%ld\t%d\n", (double)cost.wall_us / US_PER_S,
			(double)cost.cpu_us / US_PER_S, cost.peak_kib, cost.status);
	}
	if (fclose(out) != 0)
		err(2, "%s", out_path);
	return cost.status;
}
