/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* patience - bounded waits. */
#include "dispatcherd/patience.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

bool patience_init(struct patience *p, int stop_fd, struct err *err)
{
	struct epoll_event readable = {.events = EPOLLIN};

	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (p->epoll >= 0 && p->timer >= 0 &&
	    epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->timer, &readable) == 0 &&
	    epoll_ctl(p->epoll, EPOLL_CTL_ADD, stop_fd, &readable) == 0)
		return true;
	err_set(err, ERR_IO, "cannot make a timer: %s", strerror(errno));
	patience_deinit(p);
	return false;
}

void patience_deinit(struct patience *p)
{
	if (p->epoll >= 0)
		close(p->epoll);
	if (p->timer >= 0)
		close(p->timer);
	*p = PATIENCE_NONE;
}

int patience_start(struct patience *p)
{
	/* Arming it anew also forgets an expiry nobody read. */
	struct itimerspec limit = {.it_value.tv_sec = PATIENCE_S};

	(void)timerfd_settime(p->timer, 0, &limit, NULL);
	return p->epoll;
}
