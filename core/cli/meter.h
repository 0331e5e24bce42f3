/*
 * A meter that draws itself while the thread that made it copies.
 */
#ifndef NETKIT_CLI_METER_H
#define NETKIT_CLI_METER_H

#include <stdatomic.h>

#include "netkit/applet.h"

struct nk_meter;

/* label: as nk_progress_new has it; the meter is shown as common says, or not at all. */
struct nk_meter *nk_meter_new(const struct nk_common *common, const char *label);

/* What the copy counts in: bytes moved, and those it will move; borrowed. */
_Atomic int64_t *nk_meter_moved(struct nk_meter *meter);
_Atomic int64_t *nk_meter_wanted(struct nk_meter *meter);

/* Draw the end, and free. Returns the bytes that were moved. */
int64_t nk_meter_finish(struct nk_meter *meter);

#endif
