/* progress.c - the meter: a bar on the terminal, or JSON lines. */
#include "netkit/progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "netkit/clock.h"
#include "netkit/log.h"
#include "netkit/num.h"
#include "netkit/text.h"

/* Between two drawings. */
#define DRAW_MS 100
#define JSON_MS 1000

/* Nothing is shown of what is done before anybody could read it. */
#define QUIET_MS 300

/* A line is never longer than this, nor wider than the terminal. */
#define LINE_SIZE  512
#define LINE_CELLS 120

/* Narrower terminals have figures and no bar; they take so many cells beside the label. */
#define BAR_FROM_CELLS 76
#define FIGURE_CELLS   36
#define LABEL_CELLS    24
#define BAR_CELLS      20

struct nk_progress {
	enum nk_progress_mode mode;
	char label[LABEL_CELLS + 1];
	nk_time_ms begun;
	nk_time_ms drawn;      /* when last; begun before that */
	int64_t moved_at_draw; /* at that time */
	double rate;	       /* bytes a second, smoothed; negative before the first measure */
	bool is_asked;	       /* by name: then also what is over at once is shown */
	bool is_shown;
};

/* Is there a terminal that can draw a bar? One that is dumb cannot clear a line. */
static bool can_draw(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) == 1 && term && strcmp(term, "dumb") != 0;
}

struct nk_progress *nk_progress_new(enum nk_progress_mode mode, bool quiet, const char *label)
{
	bool is_asked = mode != NK_PROGRESS_AUTO;

	if (!is_asked)
		mode = !quiet && can_draw() ? NK_PROGRESS_BAR : NK_PROGRESS_NONE;
	if (mode == NK_PROGRESS_NONE)
		return NULL;
	struct nk_progress *progress = nk_alloc(sizeof(*progress));

	progress->mode = mode;
	progress->is_asked = is_asked;
	nk_text_safe(progress->label, sizeof(progress->label), label);
	progress->begun = progress->drawn = nk_clock_now();
	progress->rate = -1;
	return progress;
}

/* Weigh the last stretch with a third, so that the figure follows but does not jump. */
static void measure(struct nk_progress *progress, int64_t moved, nk_time_ms now)
{
	double stretch = (double)(now - progress->drawn) / 1000;

	if (stretch <= 0)
		return;
	double rate = (double)(moved - progress->moved_at_draw) / stretch;

	progress->rate = progress->rate < 0 ? rate : (progress->rate * 2 + rate) / 3;
	progress->moved_at_draw = moved;
	progress->drawn = now;
}

/* Seconds until all is moved at this rate; -1 when nobody can tell. */
static int64_t seconds_left(int64_t moved, int64_t wanted, double rate)
{
	if (wanted < 0 || moved > wanted || rate < 1)
		return -1;
	double left = (double)(wanted - moved) / rate;

	return left > 359999 ? -1 : (int64_t)(left + 0.5);
}

static int cells_of_terminal(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

/* " 45% [=====>    ]", or nothing while the size is unknown. */
static void write_bar(char *out, size_t size, int64_t moved, int64_t wanted)
{
	char bar[BAR_CELLS + 1];

	out[0] = '\0';
	if (wanted <= 0 || moved > wanted)
		return;
	int done = (int)((double)moved / (double)wanted * BAR_CELLS);

	for (int i = 0; i < BAR_CELLS; i++)
		bar[i] = i < done ? '=' : i == done ? '>' : ' ';
	bar[BAR_CELLS] = '\0';
	snprintf(out, size, "%3d%% [%s] ", (int)((double)moved / (double)wanted * 100), bar);
}

static void write_eta(char *out, size_t size, int64_t seconds)
{
	if (seconds < 0)
		snprintf(out, size, "--:--");
	else if (seconds >= 3600)
		snprintf(out, size, "%d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60),
			 (int)(seconds % 60));
	else
		snprintf(out, size, "%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
}

static void draw_bar(struct nk_progress *progress, int64_t moved, int64_t wanted, double rate)
{
	char bar[64], eta[32], bytes[NK_NUM_TEXT], speed[NK_NUM_TEXT];
	char line[LINE_SIZE];
	int cells = cells_of_terminal() - 1;
	int label = LABEL_CELLS;

	cells = cells > LINE_CELLS ? LINE_CELLS : cells;
	write_bar(bar, sizeof(bar), moved, wanted);
	/* Figures say more than a bar where there is room for one of them. */
	if (cells < BAR_FROM_CELLS) {
		label = cells > FIGURE_CELLS + 8 ? cells - FIGURE_CELLS : 8;
		bar[bar[0] != '\0' ? 5 : 0] = '\0';
	}
	write_eta(eta, sizeof(eta), seconds_left(moved, wanted, rate));
	snprintf(line, sizeof(line), "%-*.*s %s%8s %8s/s  %s", label, label, progress->label, bar,
		 nk_num_human((uint64_t)moved, bytes),
		 nk_num_human(rate > 0 ? (uint64_t)rate : 0, speed), eta);
	nk_log_set_status("\r\033[K");
	progress->is_shown = true;
	/* A meter that cannot be drawn is no reason to stop. */
	if (dprintf(STDERR_FILENO, "\r%.*s\033[K", cells, line) < 0)
		progress->is_shown = false;
}

static void draw_json(const struct nk_progress *progress, int64_t moved, int64_t wanted, int files)
{
	char line[LINE_SIZE];
	int64_t eta = seconds_left(moved, wanted, progress->rate);
	int length = snprintf(line, sizeof(line), "{\"v\":1,\"type\":\"progress\",\"bytes\":%lld",
			      (long long)moved);

	if (wanted >= 0)
		length += snprintf(line + length, sizeof(line) - (size_t)length, ",\"total\":%lld",
				   (long long)wanted);
	length += snprintf(line + length, sizeof(line) - (size_t)length, ",\"rate\":%lld",
			   progress->rate > 0 ? (long long)progress->rate : 0);
	if (eta >= 0)
		length += snprintf(line + length, sizeof(line) - (size_t)length, ",\"eta\":%lld",
				   (long long)eta);
	snprintf(line + length, sizeof(line) - (size_t)length, ",\"files\":%d}", files);
	nk_log_raw(line);
}

void nk_progress_show(struct nk_progress *progress, int64_t moved, int64_t wanted, int files)
{
	/* Before the first byte somebody may be asked for a password on the same screen. */
	if (!progress || (moved == 0 && files == 0) || nk_progress_tick(progress) > 0)
		return;
	measure(progress, moved, nk_clock_now());
	if (progress->mode == NK_PROGRESS_JSON)
		draw_json(progress, moved, wanted, files);
	else
		draw_bar(progress, moved, wanted, progress->rate);
}

int nk_progress_tick(const struct nk_progress *progress)
{
	if (!progress)
		return JSON_MS;
	bool is_first = progress->drawn == progress->begun;
	nk_time_ms next = progress->drawn + (progress->mode == NK_PROGRESS_JSON ? JSON_MS
					     : is_first				? QUIET_MS
										: DRAW_MS);
	nk_time_ms left = next - nk_clock_now();

	return left > 0 ? (int)left : 0;
}

void nk_progress_finish(struct nk_progress *progress, int64_t moved, int64_t wanted, int files)
{
	if (!progress)
		return;
	nk_time_ms now = nk_clock_now();
	double seconds = (double)(now - progress->begun) / 1000;

	/* In the end the mean over all counts. */
	progress->rate = seconds > 0 ? (double)moved / seconds : (double)moved;
	if (progress->mode == NK_PROGRESS_JSON) {
		draw_json(progress, moved, wanted, files);
	} else if (progress->is_shown || progress->is_asked) {
		draw_bar(progress, moved, wanted > moved ? wanted : moved, progress->rate);
		nk_log_set_status("");
		if (write(STDERR_FILENO, "\n", 1) < 0)
			progress->is_shown = false;
	}
	free(progress);
}

static void draw_items(struct nk_progress *progress, int64_t done, int64_t wanted, int64_t failed,
		       const char *what)
{
	char line[LINE_SIZE];

	progress->drawn = nk_clock_now();
	if (progress->mode == NK_PROGRESS_JSON) {
		snprintf(line, sizeof(line),
			 "{\"v\":1,\"type\":\"progress\",\"done\":%lld,\"total\":%lld,\"failed\":%"
			 "lld}",
			 (long long)done, (long long)wanted, (long long)failed);
		nk_log_raw(line);
		return;
	}
	snprintf(line, sizeof(line), "%lld/%lld %s, %lld failed", (long long)done,
		 (long long)wanted, what, (long long)failed);
	nk_log_set_status("\r\033[K");
	progress->is_shown = true;
	if (dprintf(STDERR_FILENO, "\r%.*s\033[K", cells_of_terminal() - 1, line) < 0)
		progress->is_shown = false;
}

void nk_progress_show_items(struct nk_progress *progress, int64_t done, int64_t wanted,
			    int64_t failed, const char *what)
{
	if (progress && nk_progress_tick(progress) == 0)
		draw_items(progress, done, wanted, failed, what);
}

void nk_progress_hide(struct nk_progress *progress)
{
	if (!progress || !progress->is_shown)
		return;
	nk_log_set_status("");
	progress->is_shown = dprintf(STDERR_FILENO, "\r\033[K") < 0;
}

void nk_progress_end_items(struct nk_progress *progress, int64_t done, int64_t wanted,
			   int64_t failed, const char *what)
{
	if (!progress)
		return;
	if (progress->mode == NK_PROGRESS_JSON || progress->is_asked)
		draw_items(progress, done, wanted, failed, what);
	if (progress->mode == NK_PROGRESS_BAR && progress->is_asked &&
	    write(STDERR_FILENO, "\n", 1) > 0)
		progress->is_shown = false;
	nk_progress_hide(progress);
	nk_log_set_status("");
	free(progress);
}
