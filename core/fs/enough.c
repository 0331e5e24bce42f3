/* enough.c - a descriptor that tells threads to wait no longer. */
#include "enough.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int nk_enough_new(void)
{
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void nk_enough(int fd)
{
	uint64_t one = 1;

	if (fd >= 0)
		(void)!write(fd, &one, sizeof(one));
}

void nk_enough_free(int fd)
{
	if (fd >= 0)
		close(fd);
}
