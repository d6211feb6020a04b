/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fetcher - see fetcher.h.
 *
 * libcurl says which sockets and which moment it waits for; it is called when one of them is there
 * and never from within its own callbacks.  What has ended is taken after each such call. */
#include "httpgwd/fetcher.h"

#include "common/base/mem.h"

struct fetcher {
	struct event_base *base;
	CURLM *multi;
	struct event *timer;
	fetcher_done *done;
	void *arg;
};

/* What libcurl keeps for us with each socket. */
struct watched {
	struct fetcher *fetcher;
	struct event *event;
};

static void take_ended(struct fetcher *f)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(f->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		CURL *easy = message->easy_handle;
		char *transfer = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
		curl_multi_remove_handle(f->multi, easy); /* the message is gone with it */
		f->done(f->arg, (struct transfer *)(void *)transfer, code);
	}
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
	const struct watched *w = arg;
	struct fetcher *f = w->fetcher; /* `w` may go below */
	int flags =
		(what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
	int running;

	curl_multi_socket_action(f->multi, fd, flags, &running);
	take_ended(f);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct fetcher *f = arg;
	int running;

	(void)fd;
	(void)what;
	curl_multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	take_ended(f);
}

static int arm_timer(CURLM *multi, long ms, void *arg)
{
	struct fetcher *f = arg;
	const struct timeval wait = {ms / 1000, ms % 1000 * 1000};

	(void)multi;
	if (ms < 0)
		event_del(f->timer);
	else
		event_add(f->timer, &wait);
	return 0;
}

static void unwatch(struct watched *w)
{
	if (w == NULL)
		return;
	event_free(w->event);
	mem_free(w);
}

/* The number of a closed socket may be that of the next one: events go at once. */
static int watch(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct fetcher *f = arg;
	struct watched *w = socket_arg;
	short events = (short)(EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) |
			       (what & CURL_POLL_OUT ? EV_WRITE : 0));

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		curl_multi_assign(f->multi, fd, NULL);
		unwatch(w);
		return 0;
	}
	if (w == NULL) {
		w = mem_calloc(1, sizeof(*w));
		w->fetcher = f;
		curl_multi_assign(f->multi, fd, w);
	} else {
		event_free(w->event);
	}
	w->event = event_new(f->base, fd, events, on_socket, w);
	event_add(w->event, NULL);
	return 0;
}

struct fetcher *fetcher_new(struct event_base *base, unsigned connections, fetcher_done *done,
			    void *arg)
{
	struct fetcher *f = mem_calloc(1, sizeof(*f));

	f->base = base;
	f->done = done;
	f->arg = arg;
	f->timer = evtimer_new(base, on_timer, f);
	f->multi = curl_multi_init();
	if (f->multi == NULL)
		panic("libcurl is out of memory");
	curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, watch);
	curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f);
	curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, arm_timer);
	curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f);
	curl_multi_setopt(f->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, (long)connections);
	curl_multi_setopt(f->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)connections);
	return f;
}

void fetcher_free(struct fetcher **handle)
{
	struct fetcher *f = *handle;

	if (f == NULL)
		return;
	curl_multi_cleanup(f->multi); /* calls back for its sockets */
	event_free(f->timer);
	mem_free(f);
	*handle = NULL;
}

void fetcher_start(struct fetcher *f, struct transfer *t)
{
	if (curl_multi_add_handle(f->multi, t->easy) != CURLM_OK)
		panic("libcurl takes no transfer");
}

void fetcher_cancel(struct fetcher *f, struct transfer *t)
{
	curl_multi_remove_handle(f->multi, t->easy);
}
