/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* give_up - see give_up.h. */
#include "common/base/give_up.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/err.h"

static atomic_bool given_up;
static int fd;

static void open_fd(void)
{
	fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (fd < 0)
		panic("eventfd: %s", strerror(errno));
}

int give_up_fd(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, open_fd);
	return fd;
}

void give_up(void)
{
	static const uint64_t one = 1;

	if (atomic_exchange(&given_up, true))
		return;
	if (write(give_up_fd(), &one, sizeof(one)) != sizeof(one))
		panic("eventfd write: %s", strerror(errno));
}

bool gave_up(void)
{
	return atomic_load(&given_up);
}
