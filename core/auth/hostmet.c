/* hostmet.c - host keys that were trusted and stand in no file. */
#include "hostmet.h"

/* One more replaces the oldest. */
#define HOSTMET_MAX 64

struct nk_hostkey_met {
	struct {
		char *known_as;
		char *fingerprint;
	} hosts[HOSTMET_MAX];
	size_t added;
};

struct nk_hostkey_met *nk_hostkey_met_new(void)
{
	return nk_alloc(sizeof(struct nk_hostkey_met));
}

void nk_hostkey_met_free(struct nk_hostkey_met *met)
{
	if (!met)
		return;
	for (size_t i = 0; i < HOSTMET_MAX; i++) {
		free(met->hosts[i].known_as);
		free(met->hosts[i].fingerprint);
	}
	free(met);
}

const char *nk_hostkey_met_find(const struct nk_hostkey_met *met, const char *known_as)
{
	for (size_t i = 0; i < HOSTMET_MAX; i++) {
		if (met->hosts[i].known_as && strcmp(met->hosts[i].known_as, known_as) == 0)
			return met->hosts[i].fingerprint;
	}
	return NULL;
}

void nk_hostkey_met_add(struct nk_hostkey_met *met, const char *known_as, const char *fingerprint)
{
	size_t place = met->added++ % HOSTMET_MAX;

	free(met->hosts[place].known_as);
	free(met->hosts[place].fingerprint);
	met->hosts[place].known_as = nk_strdup(known_as);
	met->hosts[place].fingerprint = nk_strdup(fingerprint);
}
