/* syncjudge.c - are two files the same, by what is known of them? */
#include "netkit/sync.h"

#define MINUTE 60
#define DAY    86400

const char *nk_sync_action_word(enum nk_sync_action action)
{
	static const char *const words[] = {
		[NK_SYNC_NONE] = NULL,	     [NK_SYNC_COPY] = "copy",
		[NK_SYNC_UPDATE] = "update", [NK_SYNC_DELETE] = "delete",
		[NK_SYNC_MKDIR] = "mkdir",   [NK_SYNC_REPLACE] = "replace",
		[NK_SYNC_SKIP] = "skip",
	};

	return words[action];
}

const char *nk_sync_reason_word(enum nk_sync_reason reason)
{
	static const char *const words[] = {
		[NK_SYNC_NO_REASON] = NULL, [NK_SYNC_NEW] = "new",   [NK_SYNC_SIZE] = "size",
		[NK_SYNC_TIME] = "time",    [NK_SYNC_HASH] = "hash", [NK_SYNC_KIND] = "kind",
		[NK_SYNC_EXTRA] = "extra",  [NK_SYNC_LINK] = "link",
	};

	return words[reason];
}

static int64_t floor_to(int64_t time, int64_t step)
{
	int64_t rest = time % step;

	return time - (rest < 0 ? rest + step : rest);
}

/* What a rough time stands for: a day when it is midnight, as listings have it, else a minute. */
static int64_t step_of(const struct nk_entry *entry)
{
	if (!entry->is_rough)
		return 1;
	return floor_to(entry->mtime, DAY) == entry->mtime ? DAY : MINUTE;
}

/* FAT has even seconds only, and rounds either way. */
static bool is_rounded(int64_t exact, int64_t stored)
{
	return stored % 2 == 0 && (exact - stored == 1 || stored - exact == 1);
}

/* Do the times agree, as far as the rougher of the two says? */
static bool do_times_agree(const struct nk_entry *source, const struct nk_entry *target)
{
	int64_t step = step_of(source);

	if (step_of(target) > step)
		step = step_of(target);
	if (step == 1)
		return source->mtime == target->mtime || is_rounded(source->mtime, target->mtime);
	return floor_to(source->mtime, step) == floor_to(target->mtime, step);
}

static bool is_vague(const struct nk_entry *entry)
{
	return entry->is_rough || entry->mtime == NK_ENTRY_NO_TIME;
}

enum nk_sync_verdict nk_sync_judge(const struct nk_entry *source, const struct nk_entry *target,
				   enum nk_sync_compare compare, bool is_final)
{
	bool has_sizes = source->size >= 0 && target->size >= 0;
	bool has_times = source->mtime != NK_ENTRY_NO_TIME && target->mtime != NK_ENTRY_NO_TIME;

	if (has_sizes && source->size != target->size)
		return NK_VERDICT_SIZE;
	if (!has_sizes && !is_final)
		return NK_VERDICT_UNSURE;
	if (compare != NK_COMPARE_TIME)
		return has_sizes ? NK_VERDICT_SAME : NK_VERDICT_SIZE;
	if (has_times && do_times_agree(source, target))
		return NK_VERDICT_SAME;
	if ((is_vague(source) || is_vague(target)) && !is_final)
		return NK_VERDICT_UNSURE;
	if (!has_times)
		return has_sizes ? NK_VERDICT_SAME : NK_VERDICT_SIZE;
	return NK_VERDICT_TIME;
}
