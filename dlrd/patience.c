/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* patience - waiting in rounds (contract in patience.h). */
#include "dlrd/patience.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

bool patience_init(struct patience *p, int stop_fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	p->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return p->epoll_fd >= 0 && p->timer_fd >= 0 &&
	       epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, p->timer_fd, &event) == 0 &&
	       epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, stop_fd, &event) == 0;
}

void patience_deinit(struct patience *p)
{
	if (p->epoll_fd >= 0)
		close(p->epoll_fd);
	if (p->timer_fd >= 0)
		close(p->timer_fd);
	p->epoll_fd = p->timer_fd = -1;
}

int patience_round(struct patience *p, int64_t ms)
{
	struct itimerspec at = {
		.it_value = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000},
	};

	timerfd_settime(p->timer_fd, 0, &at, NULL);
	return p->epoll_fd;
}
