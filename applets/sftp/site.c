/* site.c - a server and its conversations, which all sessions of a pool share. */
#include "sftp.h"

#include <limits.h>
#include <unistd.h>

#include "netkit/log.h"
#include "netkit/wait.h"

/* Connections to one server at the same time: as many as there are processors to decipher, but at
 * least and at most so many. */
#define SITE_LINES_MIN 2
#define SITE_LINES_MAX 8

/* From here on a file is worth a connection of its own: deciphering is one core's work. */
#define SITE_LARGE_FROM (8 * 1024 * 1024)

struct sftp_site {
	struct nk_session *session;  /* borrowed: it owns the site */
	struct nk_ssh_policy policy; /* the session's, with our -F */
	struct sftp_budget budget;

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t dialed;
	bool is_dialing;
	unsigned dials;		/* those that have ended */
	struct nk_err dial_err; /* how the last one did */
	struct sftp_line *lines;
	int extra; /* dials beside the first connection, under way */
	int lines_most;
	bool is_alone; /* the server takes no more than one */
};

/* ---- the site ---- */

static void sftp_site_free(void *shared)
{
	struct sftp_site *site = shared;

	if (!site)
		return;
	while (site->lines) {
		struct sftp_line *line = site->lines;

		site->lines = line->next;
		sftp_link_free(line->link);
		free(line);
	}
	pthread_mutex_destroy(&site->lock);
	pthread_cond_destroy(&site->dialed);
	free(site);
}

static int sftp_lines_most(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (processors < SITE_LINES_MIN)
		return SITE_LINES_MIN;
	return processors > SITE_LINES_MAX ? SITE_LINES_MAX : (int)processors;
}

static struct sftp_site *sftp_site_of(struct nk_session *session)
{
	const struct sftp_opts *opts = session->opts;
	struct sftp_site *site;

	pthread_mutex_lock(&session->lock);
	site = session->shared;
	if (!site) {
		site = nk_alloc(sizeof(*site));
		site->session = session;
		site->lines_most = sftp_lines_most();
		pthread_mutex_init(&site->lock, NULL);
		pthread_cond_init(&site->dialed, NULL);
		if (session->ssh)
			site->policy = *session->ssh;
		if (opts && opts->config) {
			site->policy.config = opts->config;
			session->ssh = &site->policy;
		}
		session->shared = site;
		session->free_shared = sftp_site_free;
	}
	pthread_mutex_unlock(&session->lock);
	return site;
}

/* ---- dialing ---- */

static void sftp_add_line(struct nk_strings *lines, char **made, size_t *count, char *line)
{
	made[(*count)++] = line;
	nk_strings_add(lines, line);
}

/* nk_ssh_open, or nk_ssh_open_beside. */
typedef int sftp_opening(struct nk_session *session, const struct nk_strings *options,
			 struct nk_ssh **ssh, struct nk_err *err);

/* Our own options as lines of ssh_config, those of -o first. */
static int sftp_dial_by(sftp_opening *open, struct nk_session *session, struct nk_ssh **ssh,
			struct nk_err *err)
{
	static const struct sftp_opts none;
	const struct sftp_opts *opts = session->opts ? session->opts : &none;
	nk_auto(strings) struct nk_strings lines = { NULL, 0 };
	char **made = nk_alloc((opts->identities.count + 6) * sizeof(*made));
	size_t count = 0;
	int result;

	/* It lays our -F over the session's policy. */
	(void)sftp_site_of(session);
	for (size_t i = 0; i < opts->options.count; i++)
		nk_strings_add(&lines, opts->options.items[i]);
	for (size_t i = 0; i < opts->identities.count; i++)
		sftp_add_line(&lines, made, &count,
			      nk_format("IdentityFile=%s", opts->identities.items[i]));
	if (opts->jump)
		sftp_add_line(&lines, made, &count, nk_format("ProxyJump=%s", opts->jump));
	if (opts->ciphers)
		sftp_add_line(&lines, made, &count, nk_format("Ciphers=%s", opts->ciphers));
	if (opts->port > 0)
		sftp_add_line(&lines, made, &count, nk_format("Port=%d", opts->port));
	if (opts->compress)
		nk_strings_add(&lines, "Compression=yes");
	if (opts->ipv4 || opts->ipv6)
		nk_strings_add(&lines, opts->ipv4 ? "AddressFamily=inet" : "AddressFamily=inet6");
	result = open(session, &lines, ssh, err);
	while (count > 0)
		free(made[--count]);
	free(made);
	return result;
}

int sftp_dial(struct nk_session *session, struct nk_ssh **ssh, struct nk_err *err)
{
	return sftp_dial_by(nk_ssh_open, session, ssh, err);
}

/* A path is a server to run, as sftp(1) has it. */
int sftp_start(const struct nk_session *session, struct nk_ssh *ssh, struct nk_channel **channel,
	       struct nk_err *err)
{
	const char *asked = session->ssh ? session->ssh->subsystem : NULL;
	const char *name = asked ? asked : "sftp";

	return nk_ssh_start(ssh, strchr(name, '/') ? NK_CHANNEL_COMMAND : NK_CHANNEL_SUBSYSTEM,
			    name, channel, err);
}

static int sftp_dial_line(struct sftp_site *site, sftp_opening *open, struct sftp_line **line,
			  struct nk_err *err)
{
	nk_auto(ssh) struct nk_ssh *ssh = NULL;
	nk_auto(channel) struct nk_channel *channel = NULL;
	struct sftp_link *link;

	if (sftp_dial_by(open, site->session, &ssh, err) < 0 ||
	    sftp_start(site->session, ssh, &channel, err) < 0 ||
	    sftp_link_open(ssh, channel, &site->budget, &link, err) < 0) {
		/* The channel goes before its session. */
		nk_channel_free(nk_take(channel));
		return -1;
	}
	channel = NULL;
	ssh = NULL;
	*line = nk_alloc(sizeof(**line));
	(*line)->link = link;
	return 0;
}

/* ---- lines ---- */

/* Under the lock: take lines out that are dead and that nobody uses. */
static void sftp_site_sweep(struct sftp_site *site)
{
	struct sftp_line **at = &site->lines;

	while (*at) {
		struct sftp_line *line = *at;

		if (line->users > 0 || !sftp_link_is_dead(line->link)) {
			at = &line->next;
			continue;
		}
		*at = line->next;
		sftp_link_free(line->link);
		free(line);
	}
}

/* Under the lock: see which of the lines that nobody uses have ended meanwhile. */
static void sftp_site_look(struct sftp_site *site)
{
	for (struct sftp_line *line = site->lines; line; line = line->next) {
		if (line->users == 0)
			(void)sftp_link_is_alive(line->link);
	}
}

/* Under the lock: the living line with the fewest large files, and how many there are. */
static struct sftp_line *sftp_site_best(const struct sftp_site *site, int *count)
{
	struct sftp_line *best = NULL;

	*count = 0;
	for (struct sftp_line *line = site->lines; line; line = line->next) {
		if (sftp_link_is_dead(line->link))
			continue;
		(*count)++;
		if (!best || line->large < best->large)
			best = line;
	}
	return best;
}

/* Under the lock, let go meanwhile: dial, or wait for whoever does and share what comes of it. */
static int sftp_site_connect(struct sftp_site *site, struct nk_err *err)
{
	struct sftp_line *line = NULL;
	unsigned seen = site->dials;
	int result;

	if (site->is_dialing) {
		while (site->is_dialing && site->dials == seen)
			pthread_cond_wait(&site->dialed, &site->lock);
		if (site->dial_err.domain == NK_E_NONE)
			return 0;
		*err = site->dial_err;
		return -1;
	}
	site->is_dialing = true;
	pthread_mutex_unlock(&site->lock);
	result = sftp_dial_line(site, nk_ssh_open, &line, err);
	pthread_mutex_lock(&site->lock);
	site->is_dialing = false;
	site->dials++;
	site->dial_err = (struct nk_err)NK_ERR_INIT;
	/* Who is not needed any more says nothing to others that need one: they dial themselves. */
	if (result < 0 && !nk_wait_is_enough())
		site->dial_err = *err;
	if (result == 0) {
		line->next = site->lines;
		site->lines = line;
	}
	pthread_cond_broadcast(&site->dialed);
	return result;
}

/* Under the lock: a line that was there is the first for those that are dialed beside it. */
static void sftp_site_note_login(const struct sftp_site *site, const struct sftp_line *line)
{
	if (site->is_alone)
		nk_session_note_login(site->session, NK_SESSION_REFUSED);
	else
		nk_ssh_note_login(sftp_link_ssh(line->link), site->session);
}

/* Under the lock, as the above: a living line, counted as used. */
static int sftp_site_line(struct sftp_site *site, struct sftp_line **line, struct nk_err *err)
{
	struct sftp_line *best;
	int count;

	sftp_site_look(site);
	sftp_site_sweep(site);
	while (!(best = sftp_site_best(site, &count))) {
		if (nk_interrupt_check(err) < 0 || sftp_site_connect(site, err) < 0)
			return -1;
	}
	sftp_site_note_login(site, best);
	best->users++;
	*line = best;
	return 0;
}

int sftp_adopt(struct nk_session *session, struct nk_ssh *ssh, struct nk_channel *channel,
	       struct nk_err *err)
{
	struct sftp_site *site = sftp_site_of(session);
	struct sftp_line *line;
	struct sftp_link *link;

	if (sftp_link_open(ssh, channel, &site->budget, &link, err) < 0)
		return -1;
	line = nk_alloc(sizeof(*line));
	line->link = link;
	pthread_mutex_lock(&site->lock);
	site->is_alone = true;
	line->next = site->lines;
	site->lines = line;
	pthread_mutex_unlock(&site->lock);
	nk_session_note_login(session, NK_SESSION_REFUSED);
	return 0;
}

static struct nk_fs *sftp_new(struct sftp_site *site, struct sftp_line *line)
{
	struct sftp *made = nk_alloc(sizeof(*made));

	made->fs.session = site->session;
	made->site = site;
	made->line = line;
	made->link = line->link;
	made->out = (struct nk_buf)NK_BUF_INIT(2 * SFTP_REQUEST_MAX);
	pthread_cond_init(&made->waiter.woken, NULL);
	return &made->fs;
}

int sftp_mount(struct nk_session *session, struct nk_fs **fs, struct nk_err *err)
{
	struct sftp_site *site = sftp_site_of(session);
	struct sftp_line *line = NULL;
	int result;

	pthread_mutex_lock(&site->lock);
	result = sftp_site_line(site, &line, err);
	pthread_mutex_unlock(&site->lock);
	if (result < 0)
		return -1;
	*fs = sftp_new(site, line);
	return 0;
}

int sftp_mount_early(struct nk_session *session, struct nk_fs **fs, struct nk_err *err)
{
	struct sftp_site *site = sftp_site_of(session);
	struct sftp_line *line = NULL;

	if (sftp_dial_line(site, nk_ssh_open_beside, &line, err) < 0)
		return -1;
	line->users = 1;
	pthread_mutex_lock(&site->lock);
	line->next = site->lines;
	site->lines = line;
	pthread_mutex_unlock(&site->lock);
	*fs = sftp_new(site, line);
	return 0;
}

void sftp_unmount(struct nk_fs *fs)
{
	struct sftp *sftp = (struct sftp *)fs;

	/* The connection stays for the next one; a dead one goes. */
	pthread_mutex_lock(&sftp->site->lock);
	sftp->line->users--;
	sftp_site_sweep(sftp->site);
	pthread_mutex_unlock(&sftp->site->lock);
	pthread_cond_destroy(&sftp->waiter.woken);
	nk_buf_release(&sftp->out);
	free(sftp->tilde);
	free(sftp->tilde_folder);
	free(sftp);
}

bool sftp_is_alive(struct nk_fs *fs)
{
	return sftp_link_is_alive(((struct sftp *)fs)->link);
}

struct nk_ssh *sftp_ssh(struct sftp *sftp)
{
	return sftp_link_ssh(sftp->link);
}

/* Under the lock, let go meanwhile: another connection, for a file that would have to share one. */
static struct sftp_line *sftp_site_widen(struct sftp_site *site)
{
	struct nk_err err = NK_ERR_INIT;
	struct sftp_line *line = NULL;
	int result;

	site->extra++;
	pthread_mutex_unlock(&site->lock);
	result = sftp_dial_line(site, nk_ssh_open, &line, &err);
	pthread_mutex_lock(&site->lock);
	site->extra--;
	if (result < 0) {
		site->is_alone = true;
		nk_log(NK_LOG_INFO, "one connection less: %s", err.msg);
		return NULL;
	}
	line->next = site->lines;
	site->lines = line;
	return line;
}

/* Under the lock, as the above: the line with the fewest large files, or a new one, should most be more
 * than there are and the best have one already. */
static struct sftp_line *sftp_site_pick(struct sftp_site *site, struct sftp_line *usual, int most)
{
	struct sftp_line *wider = NULL;
	int count;
	struct sftp_line *best = sftp_site_best(site, &count);

	best = best ? best : usual;
	if (best->large > 0 && count + site->extra < most && !site->is_alone &&
	    nk_ssh_can_repeat(sftp_link_ssh(best->link)))
		wider = sftp_site_widen(site);
	return wider ? wider : best;
}

struct sftp_line *sftp_line_take(struct sftp *sftp, int64_t size)
{
	struct sftp_site *site = sftp->site;
	struct sftp_line *line = sftp->line;

	pthread_mutex_lock(&site->lock);
	if (size >= SITE_LARGE_FROM) {
		line = sftp_site_pick(site, line, site->lines_most);
		line->large++;
	}
	line->users++;
	pthread_mutex_unlock(&site->lock);
	return line;
}

int sftp_line_take_apart(struct sftp *sftp, int64_t size, struct sftp_line **line,
			 struct nk_err *err)
{
	struct sftp_site *site = sftp->site;
	struct sftp_line *own;
	bool is_own;

	pthread_mutex_lock(&site->lock);
	own = sftp_site_pick(site, sftp->line, INT_MAX);
	is_own = own->large == 0;
	if (is_own) {
		own->large += size >= SITE_LARGE_FROM;
		own->users++;
	}
	pthread_mutex_unlock(&site->lock);
	if (!is_own)
		return nk_fail(err, NK_E_CONNECT, 0, "%s: no other connection is to be had",
			       sftp_link_peer(sftp->link));
	*line = own;
	return 0;
}

void sftp_line_leave(struct sftp *sftp, struct sftp_line *line, int64_t size)
{
	pthread_mutex_lock(&sftp->site->lock);
	if (size >= SITE_LARGE_FROM)
		line->large--;
	line->users--;
	pthread_mutex_unlock(&sftp->site->lock);
}
