/*
 * delay.c - a long wire for benchmarks: two TUN devices, one in each of two network namespaces,
 * and every packet that enters one leaves the other a fixed time later.
 *
 *     delay [-d MILLISECONDS] [-i INTERFACE] NAMESPACE NAMESPACE
 *
 * A namespace is a file such as /run/netns/a or /proc/PID/ns/net. The delay is one way, 25 ms by
 * default. "ready" on stdout says that both devices exist; addresses and routes are the caller's.
 * Order is kept, nothing is dropped here, and the devices vanish with the process, which ends when
 * its parent does. Needs CAP_NET_ADMIN and CAP_SYS_ADMIN.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS 1000000LL
#define NS_PER_S  1000000000LL

/* Above the 1,500 bytes of a TUN device's default MTU; a longer packet ends the relay. */
#define PACKET_MAX 2048

/* Packets on the way in one direction: 49 MB at 1,500 bytes, or 1.9 GB/s behind 25 ms. */
#define WIRE_MAX 32768

/* Packets taken from one side before the other is looked at again. */
#define BURST_MAX 64

struct packet {
	int64_t due; /* monotonic nanoseconds */
	size_t len;
	unsigned char data[PACKET_MAX];
};

/* One direction: a queue in order of arrival, which is the order of due times too. */
struct wire {
	int from;
	int to;
	bool stuck; /* the far device takes no packet just now */
	size_t head;
	size_t count;
	struct packet packets[WIRE_MAX];
};

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* A TUN descriptor stays in the namespace it was made in, wherever its process goes next. */
static int open_tun(const char *ns_path, const char *interface)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int ns = open(ns_path, O_RDONLY | O_CLOEXEC);
	int fd;

	if (ns < 0)
		err(1, "%s", ns_path);
	if (setns(ns, CLONE_NEWNET) < 0)
		err(1, "%s: setns", ns_path);
	close(ns);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		err(1, "/dev/net/tun");
	memcpy(ifr.ifr_name, interface, strlen(interface) + 1);
	if (ioctl(fd, TUNSETIFF, &ifr) < 0)
		err(1, "%s: TUNSETIFF %s", ns_path, interface);
	return fd;
}

/* Take what the near device has while there is room: what waits longer waits in the kernel. */
static void wire_fill(struct wire *w, int64_t delay)
{
	for (int i = 0; i < BURST_MAX && w->count < WIRE_MAX; i++) {
		struct packet *p = &w->packets[(w->head + w->count) % WIRE_MAX];
		ssize_t n = read(w->from, p->data, sizeof(p->data));

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0)
			err(1, "read");
		if ((size_t)n == sizeof(p->data))
			errx(1, "a packet of %zd bytes or more: lower the MTU", n);
		p->len = (size_t)n;
		p->due = now_ns() + delay;
		w->count++;
	}
}

/* Hand over what is due. A device that is down (EIO) loses its packets, as a cable would. */
static void wire_drain(struct wire *w)
{
	int64_t now = now_ns();

	w->stuck = false;
	while (w->count > 0) {
		const struct packet *p = &w->packets[w->head];

		if (p->due > now)
			return;
		if (write(w->to, p->data, p->len) < 0) {
			if (errno == EINTR)
				continue;
			w->stuck = errno == EAGAIN || errno == ENOBUFS;
			if (w->stuck)
				return;
			if (errno != EIO)
				err(1, "write");
		}
		w->head = (w->head + 1) % WIRE_MAX;
		w->count--;
	}
}

/* When this direction must be looked at again even if nothing arrives. */
static int64_t wire_next(const struct wire *w)
{
	if (w->count == 0)
		return INT64_MAX;
	return w->stuck ? now_ns() + NS_PER_MS : w->packets[w->head].due;
}

static void wait_for_work(const struct wire *a, const struct wire *b)
{
	struct pollfd fds[] = {
		{ .fd = a->count < WIRE_MAX ? a->from : -1, .events = POLLIN },
		{ .fd = b->count < WIRE_MAX ? b->from : -1, .events = POLLIN },
	};
	int64_t next = wire_next(a) < wire_next(b) ? wire_next(a) : wire_next(b);
	int64_t left = next == INT64_MAX ? 0 : next - now_ns();
	struct timespec ts;

	if (left < 0)
		left = 0;
	ts.tv_sec = left / NS_PER_S;
	ts.tv_nsec = left % NS_PER_S;
	if (ppoll(fds, 2, next == INT64_MAX ? NULL : &ts, NULL) < 0 && errno != EINTR)
		err(1, "ppoll");
}

static int64_t parse_ms(const char *text)
{
	char *end;
	unsigned long ms = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || ms > 60000)
		errx(2, "-d %s: milliseconds from 0 to 60000 expected", text);
	return (int64_t)ms * NS_PER_MS;
}

int main(int argc, char **argv)
{
	static struct wire there, back; /* 64 MiB each, touched only as far as it is used */
	const char *interface = "nkdelay";
	int64_t delay = 25 * NS_PER_MS;
	pid_t parent = getppid();
	int opt;

	while ((opt = getopt(argc, argv, "d:i:")) != -1) {
		if (opt == 'd')
			delay = parse_ms(optarg);
		else if (opt == 'i' && optarg[0] != '\0' && strlen(optarg) < IFNAMSIZ)
			interface = optarg;
		else
			errx(2,
			     "usage: delay [-d MILLISECONDS] [-i INTERFACE] NAMESPACE NAMESPACE");
	}
	if (argc - optind != 2)
		errx(2, "two namespaces expected");

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	prctl(PR_SET_TIMERSLACK, 1UL); /* wake when asked, not 50 us later */
	if (getppid() != parent)
		return 1;

	there.from = back.to = open_tun(argv[optind], interface);
	back.from = there.to = open_tun(argv[optind + 1], interface);
	if (puts("ready") < 0 || fflush(stdout) != 0)
		err(1, "stdout");

	for (;;) {
		wire_fill(&there, delay);
		wire_fill(&back, delay);
		wire_drain(&there);
		wire_drain(&back);
		wait_for_work(&there, &back);
	}
}
