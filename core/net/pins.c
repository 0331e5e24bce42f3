/* pins.c - may a TLS peer be talked to? What is remembered, and what is trusted at first sight. */
#include "netkit/pins.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "netkit/clock.h"
#include "netkit/linefile.h"
#include "netkit/log.h"
#include "netkit/text.h"

/* Peers of one run that need not be looked up again; one more replaces the oldest. */
#define PINS_MET_MAX 64

/* What of the error's room the message of a changed key may take: callers put names before it. */
#define PINS_CHANGED_MAX (sizeof(((struct nk_err *)NULL)->msg) - 64)

/* What is shown of a long path. */
#define PINS_TAIL_MAX 160

struct nk_pins {
	char *path; /* NULL: there is none */
	nk_pins_ask_fn *ask;
	pthread_mutex_t lock; /* of what follows; and one question at a time */
	struct {
		char *name; /* NULL: free */
		char *pin;  /* that it has to show; NULL: whatever an authority vouches for */
		long line;  /* of path; 0: it stands there not */
	} met[PINS_MET_MAX];
	size_t added;
	bool has_warned; /* of what is wrong with the file */
};

/* What the file says of a peer. */
struct pins_facts {
	long same;	   /* the line with the key it shows; 0: none */
	long changed;	   /* the first with another */
	bool is_unclear;   /* the file, or a line that may be about it, cannot be read */
	long unclear_line; /* of such a line; 0: the file */
};

struct nk_pins *nk_pins_new(const char *path, nk_pins_ask_fn *ask)
{
	struct nk_pins *pins = nk_alloc(sizeof(*pins));

	pins->path = path ? nk_strdup(path) : nk_pins_path();
	pins->ask = ask;
	pthread_mutex_init(&pins->lock, NULL);
	return pins;
}

void nk_pins_free(struct nk_pins *pins)
{
	if (!pins)
		return;
	for (size_t i = 0; i < PINS_MET_MAX; i++) {
		free(pins->met[i].name);
		free(pins->met[i].pin);
	}
	pthread_mutex_destroy(&pins->lock);
	free(pins->path);
	free(pins);
}

/* ---- the file ---- */

/* warns: say once what is wrong. */
static void pins_scan(struct nk_linefile *file, const char *path, const struct nk_pins_entry *peer,
		      bool warns, struct pins_facts *facts)
{
	const char *text;
	size_t length;

	while (nk_linefile_next(file, &text, &length)) {
		struct nk_pin_line line;
		int kind = nk_pin_line_parse(text, length, &line);
		bool is_ours = nk_pin_line_is_of(&line, peer->host, peer->port);

		if (kind < 0 && warns)
			nk_log(NK_LOG_NOTICE, "%s:%ld: not understood, and left aside", path,
			       file->line);
		if (kind < 0 && is_ours && !facts->is_unclear) {
			facts->is_unclear = true;
			facts->unclear_line = file->line;
		}
		if (kind != 1 || !is_ours)
			continue;
		if (strcmp(line.pin, peer->pin) == 0)
			facts->same = facts->same ? facts->same : file->line;
		else
			facts->changed = facts->changed ? facts->changed : file->line;
	}
}

static void pins_look_up(struct nk_pins *pins, const struct nk_pins_entry *peer,
			 struct pins_facts *facts)
{
	nk_auto(linefile) struct nk_linefile file = NK_LINEFILE_INIT;
	struct nk_err err = NK_ERR_INIT;

	if (!pins->path)
		return;
	if (nk_linefile_read(&file, pins->path, true, &err) < 0) {
		if (err.domain == NK_E_MISSING)
			return;
		if (!pins->has_warned)
			nk_log(NK_LOG_NOTICE, "%s", err.msg);
		facts->is_unclear = true;
	} else {
		pins_scan(&file, pins->path, peer, !pins->has_warned, facts);
	}
	pins->has_warned = true;
}

static int pins_refuse_changed(const char *path, long line, const struct nk_pins_entry *peer,
			       struct nk_err *err)
{
	nk_auto(str) char *name = nk_pins_name(peer->host, peer->port);
	nk_auto(str) char *text = nk_format(
		"the key of the certificate has changed: it is %s, but %s:%ld has another; it may "
		"be an impostor; if the change is known to be right, netkit trust rm '%s' forgets "
		"the old key",
		peer->pin, path, line, name);
	size_t length = strlen(path);

	if (strlen(text) <= PINS_CHANGED_MAX)
		return nk_fail(err, NK_E_CERT, 0, "%s", text);
	return nk_fail(err, NK_E_CERT, 0,
		       "the key of the certificate has changed: it is %s; the old one stands in "
		       "line %ld of ...%s; netkit trust rm forgets it",
		       peer->pin, line,
		       path + (length > PINS_TAIL_MAX ? length - PINS_TAIL_MAX : 0));
}

static char *pins_line_of(const struct nk_pins_entry *entry)
{
	nk_auto(str) char *name = nk_pins_name(entry->host, entry->port);
	char today[NK_CLOCK_TEXT];

	nk_clock_rfc3339(time(NULL), today);
	today[strcspn(today, "T")] = '\0';
	return nk_format("%s %s %s%s%s\n", name, entry->pin, today, entry->comment ? " " : "",
			 entry->comment ? entry->comment : "");
}

/* With the lock: the file as it is now may know more than before. */
static int pins_add_locked(int fd, const char *path, const struct nk_pins_entry *entry,
			   struct nk_pins_place *place, struct nk_err *err)
{
	nk_auto(linefile) struct nk_linefile file = NK_LINEFILE_INIT;
	nk_auto(str) char *line = pins_line_of(entry);
	struct pins_facts facts = { .same = 0 };
	struct nk_pin_line parsed;

	if (nk_pin_line_parse(line, strlen(line) - 1, &parsed) != 1 ||
	    !nk_pin_line_is_of(&parsed, entry->host, entry->port))
		return nk_fail(err, NK_E_USAGE, 0, "%s: \"%.100s\" cannot stand there as a name",
			       path, entry->host);
	if (nk_linefile_read_fd(&file, fd, path, err) < 0)
		return -1;
	pins_scan(&file, path, entry, false, &facts);
	*place = (struct nk_pins_place){ path, facts.same ? facts.same : file.line + 1 };
	if (facts.same)
		return 1;
	if (facts.changed)
		return pins_refuse_changed(path, facts.changed, entry, err);
	return nk_linefile_add(fd, path, line, err);
}

int nk_pins_add(const char *path, const struct nk_pins_entry *entry, struct nk_pins_place *place,
		struct nk_err *err)
{
	int result;
	int fd;

	if (nk_linefile_lock(path, true, &fd, err) < 0)
		return -1;
	result = pins_add_locked(fd, path, entry, place, err);
	close(fd);
	return result;
}

/* ---- what was met in this run ---- */

static int pins_met_find(const struct nk_pins *pins, const char *name)
{
	for (int i = 0; i < PINS_MET_MAX; i++) {
		if (pins->met[i].name && strcmp(pins->met[i].name, name) == 0)
			return i;
	}
	return -1;
}

static void pins_met_set(struct nk_pins *pins, const char *name, const char *pin, long line)
{
	int at = pins_met_find(pins, name);

	if (at < 0)
		at = (int)(pins->added++ % PINS_MET_MAX);
	free(pins->met[at].name);
	free(pins->met[at].pin);
	pins->met[at].name = nk_strdup(name);
	pins->met[at].pin = nk_strdup(pin);
	pins->met[at].line = line;
}

/* 1: it is who it was before; 0: not met, or it has to be looked at again; -1. */
static int pins_check_met(struct nk_pins *pins, const struct nk_pins_peer *peer, const char *name,
			  struct nk_pins_place *place, struct nk_err *err)
{
	int at = pins_met_find(pins, name);

	if (at < 0)
		return 0;
	if (!pins->met[at].pin)
		return peer->distrust ? 0 : 1;
	if (strcmp(pins->met[at].pin, peer->pin) == 0) {
		if (pins->met[at].line > 0)
			*place = (struct nk_pins_place){ pins->path, pins->met[at].line };
		return 1;
	}
	/* The file may have two keys of it. */
	if (pins->met[at].line > 0)
		return 0;
	return nk_fail(err, NK_E_CERT, 0,
		       "the key of the certificate has changed since it was trusted: it is %s, and "
		       "before it was %s; it may be an impostor",
		       peer->pin, pins->met[at].pin);
}

/* ---- the decision ---- */

/* reason: why nobody could be asked, NULL where the policy does not want it. */
static int pins_refuse_unknown(const struct nk_pins_peer *peer, const char *reason,
			       struct nk_err *err)
{
	nk_auto(str) char *why = reason ? nk_format(" (%s)", reason) : NULL;

	return nk_fail(
		err, NK_E_CERT, 0,
		"the certificate of %s is not trusted: %s%s (%s%s--trust=tofu trusts this key "
		"alone, and remembers it)",
		peer->host, peer->distrust, why ? why : "", peer->remedy ? peer->remedy : "",
		peer->remedy ? "; " : "");
}

static int pins_ask(struct nk_pins *pins, const struct nk_pins_peer *peer, const char *name,
		    struct nk_err *err)
{
	nk_auto(str) char *question =
		nk_format("The certificate of %s is not trusted: %s.\n%sIts key is %s.\n"
			  "Trust it (yes, no, or the key)? ",
			  name, peer->distrust, peer->facts ? peer->facts : "", peer->pin);
	char reason[sizeof(err->msg)];
	int answer;

	if (!pins->ask)
		return pins_refuse_unknown(peer, "nobody may be asked", err);
	answer = pins->ask(question, peer->pin, err);
	if (answer == 1)
		return 0;
	if (answer == 0)
		return nk_fail(err, NK_E_CERT, 0, "the certificate of %s was not accepted",
			       peer->host);
	if (err->domain != NK_E_AUTH)
		return -1;
	nk_copy_text(reason, sizeof(reason), err->msg);
	return pins_refuse_unknown(peer, reason, err);
}

/* A peer that is trusted but cannot be remembered is worth a warning, not a failure. */
static int pins_remember(struct nk_pins *pins, const struct nk_pins_entry *entry, const char *name,
			 struct nk_pins_place *place, struct nk_err *err)
{
	struct nk_err why = NK_ERR_INIT;
	int added = pins->path ? nk_pins_add(pins->path, entry, place, &why) : -1;

	if (added < 0 && why.domain == NK_E_CERT) {
		*err = why;
		return -1;
	}
	if (added < 0 && !pins->path)
		nk_log(NK_LOG_NOTICE, "%s: the key is not remembered: no folder for it", name);
	else if (added < 0)
		nk_log(NK_LOG_NOTICE, "%s: the key is not remembered: %s", name, why.msg);
	else
		nk_log(NK_LOG_NOTICE, "%s: %s now knows its key %s", name, pins->path, entry->pin);
	if (added < 0)
		*place = (struct nk_pins_place){ NULL, 0 };
	pins_met_set(pins, name, entry->pin, added < 0 ? 0 : place->line);
	return 0;
}

static int pins_refuse_unclear(const struct nk_pins *pins, const struct pins_facts *facts,
			       const struct nk_pins_peer *peer, struct nk_err *err)
{
	nk_auto(str) char *line =
		facts->unclear_line ? nk_format(":%ld", facts->unclear_line) : nk_strdup("");

	return nk_fail(err, NK_E_CERT, 0,
		       "the certificate of %s is not trusted: %s; and %s%s cannot be read and may "
		       "know another key of it: no first use is trusted beside it",
		       peer->host, peer->distrust, pins->path, line);
}

/* Nothing vouches for it. */
static int pins_meet(struct nk_pins *pins, const struct nk_pins_peer *peer, const char *name,
		     const struct pins_facts *facts, struct nk_err *err)
{
	switch (peer->trust) {
	case NK_TRUST_AUTO:
	case NK_TRUST_STRICT:
		return pins_refuse_unknown(peer, NULL, err);
	case NK_TRUST_TOFU:
		return facts->is_unclear ? pins_refuse_unclear(pins, facts, peer, err) : 0;
	case NK_TRUST_ASK:
		break;
	}
	return pins_ask(pins, peer, name, err);
}

static int pins_verify(struct nk_pins *pins, const struct nk_pins_peer *peer, const char *name,
		       struct nk_pins_place *place, struct nk_err *err)
{
	const struct nk_pins_entry entry = {
		.host = peer->host,
		.port = peer->port,
		.pin = peer->pin,
	};
	struct pins_facts facts = { .same = 0 };
	int met = pins_check_met(pins, peer, name, place, err);

	if (met != 0)
		return met < 0 ? -1 : 0;
	pins_look_up(pins, &entry, &facts);
	if (facts.same) {
		*place = (struct nk_pins_place){ pins->path, facts.same };
		nk_log(NK_LOG_INFO, "%s: %s:%ld knows its key %s", name, pins->path, facts.same,
		       peer->pin);
		pins_met_set(pins, name, peer->pin, facts.same);
		return 0;
	}
	if (facts.changed) {
		*place = (struct nk_pins_place){ pins->path, facts.changed };
		return pins_refuse_changed(pins->path, facts.changed, &entry, err);
	}
	if (!peer->distrust) {
		pins_met_set(pins, name, NULL, 0);
		return 0;
	}
	if (pins_meet(pins, peer, name, &facts, err) < 0)
		return -1;
	if (pins_remember(pins, &entry, name, place, err) < 0)
		return -1;
	*place = (struct nk_pins_place){ NULL, 0 };
	return 0;
}

int nk_pins_verify(struct nk_pins *pins, const struct nk_pins_peer *peer,
		   struct nk_pins_place *place, struct nk_err *err)
{
	nk_auto(str) char *name = nk_pins_name(peer->host, peer->port);
	int result;

	*place = (struct nk_pins_place){ NULL, 0 };
	pthread_mutex_lock(&pins->lock);
	result = pins_verify(pins, peer, name, place, err);
	pthread_mutex_unlock(&pins->lock);
	return result;
}
