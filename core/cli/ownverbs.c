/* ownverbs.c - the verbs of netkit itself, which no applet has: one line each, sorted. */
#include "config.h"
#include "fsverbs.h"
#include "probe.h"
#include "trust.h"

const struct nk_verb *const nk_own_verbs[] = {
	&nk_config_verb, &nk_cp_verb, &nk_probe_verb, &nk_trust_verb, NULL,
};
