/* listings.c - remote folders that completion has listed. */
#include "listings.h"

/* Others change folders too. */
#define LISTING_LIFE_MS 60000

/* A failure that took longer than the first is not tried again for the second. */
#define LISTING_SLOW_MS	 300
#define LISTING_SLEEP_MS 15000

static void listing_clear(struct nk_listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		free(listing->names[i].name);
	free(listing->names);
	free(listing->path);
	*listing = (struct nk_listing){ .path = NULL };
}

void nk_listings_clear(struct nk_listings *listings)
{
	for (int i = 0; i < NK_LISTINGS_MAX; i++)
		listing_clear(&listings->items[i]);
	nk_listings_wake(listings);
}

void nk_listings_fail(struct nk_listings *listings, int64_t took_ms)
{
	if (took_ms >= LISTING_SLOW_MS)
		listings->asleep_until = nk_clock_after(LISTING_SLEEP_MS);
}

bool nk_listings_are_asleep(const struct nk_listings *listings)
{
	return listings->asleep_until != 0 && nk_clock_left(listings->asleep_until) > 0;
}

void nk_listings_wake(struct nk_listings *listings)
{
	listings->asleep_until = 0;
}

const struct nk_listing *nk_listings_find(struct nk_listings *listings, const char *path)
{
	for (int i = 0; i < NK_LISTINGS_MAX; i++) {
		struct nk_listing *listing = &listings->items[i];

		if (!listing->path || strcmp(listing->path, path) != 0)
			continue;
		if (nk_clock_left(listing->until) > 0)
			return listing;
		listing_clear(listing);
	}
	return NULL;
}

static void fill(struct nk_listing *listing, struct nk_spool *spool)
{
	size_t count = nk_spool_count(spool);
	struct nk_entry entry;
	struct nk_err err = NK_ERR_INIT;

	count = count < NK_LISTING_MAX ? count : NK_LISTING_MAX;
	listing->names = nk_alloc((count + 1) * sizeof(*listing->names));
	while (listing->count < count && nk_spool_next(spool, &entry, &err) > 0)
		listing->names[listing->count++] = (struct nk_listing_name){
			.name = nk_strdup(entry.name),
			.kind = entry.kind,
		};
}

const struct nk_listing *nk_listings_add(struct nk_listings *listings, const char *path,
					 struct nk_spool *spool)
{
	struct nk_listing *place = &listings->items[0];

	for (int i = 0; i < NK_LISTINGS_MAX && place->path; i++) {
		struct nk_listing *other = &listings->items[i];

		if (!other->path || other->until < place->until)
			place = other;
	}
	listing_clear(place);
	place->path = nk_strdup(path);
	place->until = nk_clock_after(LISTING_LIFE_MS);
	fill(place, spool);
	return place;
}
