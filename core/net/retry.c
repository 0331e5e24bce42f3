/* retry.c - trying again after a growing pause. */
#include "netkit/retry.h"

#include <sys/random.h>

#include "netkit/log.h"
#include "netkit/wait.h"

#define RETRY_PAUSE_MAX_MS 60000

/* The pause before try number done + 1: doubled each time, a quarter of it random, so that many
 * clients of one server do not come back in step. */
static int64_t retry_pause(const struct nk_retry *retry)
{
	int64_t pause = retry->net->retry_delay_ms;
	uint16_t dice = 0;

	for (int i = 0; i < retry->done && pause < RETRY_PAUSE_MAX_MS; i++)
		pause *= 2;
	if (pause > RETRY_PAUSE_MAX_MS)
		pause = RETRY_PAUSE_MAX_MS;
	if (getrandom(&dice, sizeof(dice), GRND_NONBLOCK) != sizeof(dice))
		dice = 0;
	return pause - pause / 4 * dice / 65536;
}

bool nk_retry_again(struct nk_retry *retry, struct nk_err *err)
{
	struct nk_err stopped = NK_ERR_INIT;
	int64_t pause;

	if (!err->again || retry->done >= retry->net->retries)
		return false;
	if (retry->net->deadline != NK_NEVER && nk_clock_left(retry->net->deadline) == 0)
		return false;
	pause = retry_pause(retry);
	retry->done++;
	nk_log(retry->is_told ? NK_LOG_INFO : NK_LOG_NOTICE, "%s; try %d of %d in %.1f s", err->msg,
	       retry->done + 1, retry->net->retries + 1, (double)pause / 1000);
	if (nk_wait_pause(pause, retry->net->deadline, &stopped) < 0) {
		*err = stopped;
		return false;
	}
	return true;
}
