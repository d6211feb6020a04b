/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* body - see body.h.  A ring under one mutex. */
#include "common/web/body.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "common/base/mem.h"

struct body {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char *data;
	size_t capacity;
	size_t head;
	size_t len;
	bool writer_waits;
	bool finished;
	bool aborted;
};

struct body *body_new(size_t capacity)
{
	struct body *b = mem_calloc(1, sizeof(*b));
	pthread_condattr_t attr;

	b->data = mem_alloc(capacity);
	b->capacity = capacity;
	pthread_mutex_init(&b->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&b->changed, &attr);
	pthread_condattr_destroy(&attr);
	return b;
}

void body_free(struct body **b)
{
	struct body *dead = *b;

	if (dead == NULL)
		return;
	pthread_cond_destroy(&dead->changed);
	pthread_mutex_destroy(&dead->lock);
	mem_free(dead->data);
	mem_free(dead);
	*b = NULL;
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t body_put(struct body *b, const void *data, size_t len)
{
	size_t n;
	size_t tail;
	size_t first;

	pthread_mutex_lock(&b->lock);
	n = min_size(len, b->capacity - b->len);
	tail = (b->head + b->len) % b->capacity;
	first = min_size(n, b->capacity - tail);
	memcpy(b->data + tail, data, first);
	memcpy(b->data, (const char *)data + first, n - first);
	b->len += n;
	b->writer_waits = n < len;
	pthread_cond_signal(&b->changed);
	pthread_mutex_unlock(&b->lock);
	return n;
}

static void end(struct body *b, bool *flag)
{
	pthread_mutex_lock(&b->lock);
	*flag = true;
	pthread_cond_signal(&b->changed);
	pthread_mutex_unlock(&b->lock);
}

void body_finish(struct body *b)
{
	end(b, &b->finished);
}

void body_abort(struct body *b)
{
	end(b, &b->aborted);
}

static bool wait_for_change(struct body *b, uint64_t deadline_ms)
{
	struct timespec until = {.tv_sec = (time_t)(deadline_ms / 1000),
				 .tv_nsec = (long)(deadline_ms % 1000) * 1000000};

	return pthread_cond_timedwait(&b->changed, &b->lock, &until) == 0;
}

static size_t take_bytes(struct body *b, char *out, size_t size)
{
	size_t n = min_size(size, b->len);
	size_t first = min_size(n, b->capacity - b->head);

	memcpy(out, b->data + b->head, first);
	memcpy(out + first, b->data, n - first);
	b->head = (b->head + n) % b->capacity;
	b->len -= n;
	return n;
}

enum body_outcome body_take(struct body *b, void *out, size_t size, uint64_t deadline_ms,
			    size_t *len_out, bool *resume_out)
{
	enum body_outcome outcome = BODY_DATA;

	*len_out = 0;
	*resume_out = false;
	pthread_mutex_lock(&b->lock);
	while (b->len == 0 && !b->finished && !b->aborted && outcome == BODY_DATA)
		if (!wait_for_change(b, deadline_ms))
			outcome = BODY_TIMEOUT;
	if (b->aborted) {
		outcome = BODY_GONE;
	} else if (b->len > 0) {
		outcome = BODY_DATA;
		*len_out = take_bytes(b, out, size);
		*resume_out = b->writer_waits && b->len <= b->capacity / 2;
		if (*resume_out)
			b->writer_waits = false;
	} else if (b->finished) {
		outcome = BODY_END;
	}
	pthread_mutex_unlock(&b->lock);
	return outcome;
}
