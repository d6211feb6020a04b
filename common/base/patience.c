/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* patience - waiting in rounds. */
#include "common/base/patience.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

bool patience_init(struct patience *p, int stop_fd, struct err *err)
{
	struct epoll_event readable = {.events = EPOLLIN};

	p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	p->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (p->epoll_fd >= 0 && p->timer_fd >= 0 &&
	    epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, p->timer_fd, &readable) == 0 &&
	    epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, stop_fd, &readable) == 0)
		return true;
	err_set(err, ERR_IO, "cannot make a timer: %s", strerror(errno));
	patience_deinit(p);
	return false;
}

void patience_deinit(struct patience *p)
{
	if (p->epoll_fd >= 0)
		close(p->epoll_fd);
	if (p->timer_fd >= 0)
		close(p->timer_fd);
	*p = PATIENCE_NONE;
}

int patience_round(struct patience *p, int64_t ms)
{
	/* Arming it anew also forgets an expiry nobody read. */
	struct itimerspec limit = {
		.it_value = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000},
	};

	(void)timerfd_settime(p->timer_fd, 0, &limit, NULL);
	return p->epoll_fd;
}
