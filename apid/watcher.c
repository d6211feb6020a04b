/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* watcher - the one reader of progress for everyone who watches; see progress.h. */
#include <string.h>
#include <time.h>

#include "apid/progress.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define PERIOD_MS    1000
#define HEARTBEAT_MS 15000
#define WATCHED_MAX  1000
#define SAMPLES	     10
#define RATES	     64
#define STALE_US     60000000
#define NEAR_US	     500000

/* Counts of one campaign as they were seen; the oldest is overwritten. */
struct history {
	int64_t campaign_id; /* 0: free */
	int64_t at_us[SAMPLES];
	int64_t accepted[SAMPLES];
	size_t count; /* ever */
};

struct watched {
	struct progress last;
	uint64_t told_ms;
};

struct watcher {
	struct api *api;
	pthread_t thread;
	bool started;
	struct watched *watched;
	size_t watched_count;
	pthread_mutex_t lock; /* over history */
	struct history history[RATES];
	size_t next_history;
};

/* --- rates
 * ------------------------------------------------------------------------------------------ */

static struct history *history_of(struct watcher *w, int64_t campaign_id)
{
	struct history *h;

	for (size_t i = 0; i < RATES; i++)
		if (w->history[i].campaign_id == campaign_id)
			return &w->history[i];
	h = &w->history[w->next_history++ % RATES];
	memset(h, 0, sizeof(*h));
	h->campaign_id = campaign_id;
	return h;
}

/* Against the oldest sample that is not stale; < 0 when there is none old enough. */
static double rate_from(const struct history *h, int64_t accepted, int64_t now_us)
{
	size_t kept = h->count < SAMPLES ? h->count : SAMPLES;

	for (size_t i = h->count - kept; i < h->count; i++) {
		int64_t past_us = now_us - h->at_us[i % SAMPLES];

		if (past_us <= STALE_US && past_us >= NEAR_US)
			return (double)(accepted - h->accepted[i % SAMPLES]) * 1e6 /
			       (double)past_us;
	}
	return -1;
}

static double rate_since_start(const struct progress *p, int64_t now_us)
{
	int64_t end_us = p->finished_us != 0 ? p->finished_us : now_us;

	if (p->snapshot_us == 0 || end_us - p->snapshot_us < NEAR_US)
		return -1;
	return (double)p->accepted * 1e6 / (double)(end_us - p->snapshot_us);
}

double watcher_rate(struct watcher *w, const struct progress *p, int64_t now_us)
{
	struct history *h;
	double rate;

	if (progress_final(p))
		return rate_since_start(p, now_us);
	pthread_mutex_lock(&w->lock);
	h = history_of(w, p->campaign_id);
	rate = rate_from(h, p->accepted, now_us);
	if (h->count == 0 || now_us - h->at_us[(h->count - 1) % SAMPLES] >= NEAR_US) {
		h->at_us[h->count % SAMPLES] = now_us;
		h->accepted[h->count % SAMPLES] = p->accepted;
		h->count++;
	}
	pthread_mutex_unlock(&w->lock);
	return rate >= 0 ? rate : rate_since_start(p, now_us);
}

/* --- watching
 * ---------------------------------------------------------------------------------------- */

static struct watched *watched_of(struct watcher *w, int64_t campaign_id)
{
	for (size_t i = 0; i < w->watched_count; i++)
		if (w->watched[i].last.campaign_id == campaign_id)
			return &w->watched[i];
	if (w->watched_count == WATCHED_MAX)
		w->watched_count = 0; /* forgetting costs one repeated event each */
	memset(&w->watched[w->watched_count], 0, sizeof(*w->watched));
	w->watched[w->watched_count].last.campaign_id = campaign_id;
	return &w->watched[w->watched_count++];
}

static void tell(struct watcher *w, const struct progress *p, int64_t now_us)
{
	struct watched *known = watched_of(w, p->campaign_id);
	double rate = watcher_rate(w, p, now_us);
	bool changed = memcmp(&known->last, p, sizeof(*p)) != 0;
	uint64_t now_ms = clock_mono_ms();
	struct json_out json;
	struct buf text;

	if (!changed && !progress_final(p) && now_ms - known->told_ms < HEARTBEAT_MS)
		return;
	buf_init(&text, 8192);
	if (changed || progress_final(p)) {
		buf_add_str(&text, "event: progress\ndata: ");
		json_out_init(&json, &text);
		progress_put(&json, p, rate);
		buf_add_str(&text, "\n\n");
	} else {
		buf_add_str(&text, ": still here\n\n");
	}
	http_publish(w->api->http, p->campaign_id, buf_str(&text), text.len, progress_final(p));
	buf_deinit(&text);
	known->last = *p;
	known->told_ms = now_ms;
}

static bool watch_once(struct watcher *w, const int64_t *ids, size_t count, struct err *err)
{
	struct progress progress[PROGRESS_BATCH];
	struct pg *pg;
	size_t found = 0;
	int64_t now_us = 0;
	bool ok;

	if (!pg_pool_take(w->api->store, clock_mono_ms() + PERIOD_MS, &pg, err))
		return false;
	ok = progress_read(pg, ids, count, progress, &found, &now_us, err);
	pg_pool_give(w->api->store, pg);
	for (size_t i = 0; i < found; i++)
		tell(w, &progress[i], now_us);
	return ok;
}

static void *watcher_thread(void *arg)
{
	static int64_t ids[WATCHED_MAX];
	struct watcher *w = arg;
	uint64_t next_ms = clock_mono_ms();
	struct err err;

	while (!atomic_load(&w->api->ending)) {
		size_t count = http_topics(w->api->http, ids, WATCHED_MAX);
		uint64_t now_ms;

		for (size_t from = 0; from < count; from += PROGRESS_BATCH) {
			size_t n = count - from < PROGRESS_BATCH ? count - from : PROGRESS_BATCH;

			if (!watch_once(w, ids + from, n, &err))
				log_err("progress could not be read", &err);
		}
		next_ms += PERIOD_MS;
		now_ms = clock_mono_ms();
		if (next_ms < now_ms)
			next_ms = now_ms;
		while (!atomic_load(&w->api->ending) && (now_ms = clock_mono_ms()) < next_ms) {
			struct timespec nap = {
				.tv_nsec =
					1000000L *
					(next_ms - now_ms < 100 ? (long)(next_ms - now_ms) : 100)};

			nanosleep(&nap, NULL);
		}
	}
	return NULL;
}

struct watcher *watcher_new(struct api *api)
{
	struct watcher *w = mem_calloc(1, sizeof(*w));

	w->api = api;
	w->watched = mem_calloc(WATCHED_MAX, sizeof(*w->watched));
	pthread_mutex_init(&w->lock, NULL);
	return w;
}

void watcher_start(struct watcher *w)
{
	if (pthread_create(&w->thread, NULL, watcher_thread, w) != 0)
		panic("pthread_create failed");
	w->started = true;
}

void watcher_free(struct watcher **watcher)
{
	struct watcher *w = *watcher;

	if (w == NULL)
		return;
	if (w->started)
		pthread_join(w->thread, NULL);
	pthread_mutex_destroy(&w->lock);
	mem_free(w->watched);
	mem_free(w);
	*watcher = NULL;
}
