/* phases.c - how long each phase of getting to a peer took. */
#include "netkit/phases.h"

/* Microseconds of the monotonic clock, never 0. */
static int64_t phase_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000 + 1;
}

_Static_assert(NK_PHASE_COUNT == 7, "NK_PHASES_INIT has a -1 for each");

void nk_phases_release(struct nk_phases *phases)
{
	nk_arena_release(&phases->arena);
}

void nk_phase_begin(struct nk_phases *phases, enum nk_phase phase)
{
	if (phases && phases->begun[phase] == 0)
		phases->begun[phase] = phase_now();
}

void nk_phase_end(struct nk_phases *phases, enum nk_phase phase)
{
	if (phases && phases->begun[phase] != 0 && phases->us[phase] < 0)
		phases->us[phase] = phase_now() - phases->begun[phase];
}

enum nk_phase nk_phase_open(const struct nk_phases *phases)
{
	enum nk_phase last = NK_PHASE_COUNT;

	for (int i = 0; i < NK_PHASE_COUNT; i++) {
		if (phases->begun[i] != 0 && phases->us[i] < 0 &&
		    (last == NK_PHASE_COUNT || phases->begun[i] >= phases->begun[last]))
			last = (enum nk_phase)i;
	}
	return last;
}

void nk_phases_resolved(struct nk_phases *phases, const struct nk_addrs *addrs)
{
	if (!phases || phases->us[NK_PHASE_LOOKUP] >= 0)
		return;
	nk_phase_end(phases, NK_PHASE_LOOKUP);
	phases->addrs = *addrs;
	nk_phase_begin(phases, NK_PHASE_CONNECT);
}

void nk_phases_connected(struct nk_phases *phases, int used)
{
	if (!phases || used < 0 || phases->used >= 0)
		return;
	nk_phase_end(phases, NK_PHASE_CONNECT);
	phases->used = used;
}
