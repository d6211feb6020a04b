/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* queue - see queue.h.
 *
 * A ring under one mutex.  Invariant, under the mutex: the eventfd is readable exactly when len >
 * 0; it is written when len leaves 0 and drained when len reaches 0. */
#include "common/base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/mem.h"

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t not_empty;
	pthread_cond_t not_full;
	void **items;
	size_t capacity;
	size_t head; /* index of the oldest item */
	size_t len;
	int fd;
};

struct queue *queue_new(size_t capacity)
{
	struct queue *q = mem_calloc(1, sizeof(*q));
	pthread_condattr_t attr;

	if (capacity == 0)
		panic("queue_new: capacity must be at least 1");
	q->capacity = capacity;
	q->items = mem_calloc(capacity, sizeof(*q->items));
	pthread_mutex_init(&q->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&q->not_empty, &attr);
	pthread_cond_init(&q->not_full, &attr);
	pthread_condattr_destroy(&attr);
	q->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (q->fd < 0)
		panic("queue_new: eventfd: %s", strerror(errno));
	return q;
}

void queue_free(struct queue **q)
{
	struct queue *dead = *q;

	if (dead == NULL)
		return;
	if (dead->len > 0)
		panic("queue_free: %zu items left", dead->len);
	close(dead->fd);
	pthread_cond_destroy(&dead->not_full);
	pthread_cond_destroy(&dead->not_empty);
	pthread_mutex_destroy(&dead->lock);
	mem_free(dead->items);
	mem_free(dead);
	*q = NULL;
}

/* False at the deadline.  Spurious wake-ups return true; the caller checks its condition again. */
static bool wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t deadline_ms)
{
	struct timespec ts;

	if (deadline_ms == CLOCK_NEVER_MS) {
		pthread_cond_wait(cond, lock);
		return true;
	}
	ts.tv_sec = (time_t)(deadline_ms / 1000);
	ts.tv_nsec = (long)(deadline_ms % 1000) * 1000000;
	return pthread_cond_timedwait(cond, lock, &ts) == 0;
}

/* Both under the lock, with room or an item present. */
static void put_locked(struct queue *q, void *item)
{
	static const uint64_t one = 1;

	q->items[(q->head + q->len) % q->capacity] = item;
	if (q->len++ == 0 && write(q->fd, &one, sizeof(one)) != sizeof(one))
		panic("queue: eventfd write: %s", strerror(errno));
	pthread_cond_signal(&q->not_empty);
}

static void *take_locked(struct queue *q)
{
	void *item = q->items[q->head];
	uint64_t count;

	q->head = (q->head + 1) % q->capacity;
	if (--q->len == 0 && read(q->fd, &count, sizeof(count)) != sizeof(count))
		panic("queue: eventfd read: %s", strerror(errno));
	pthread_cond_signal(&q->not_full);
	return item;
}

bool queue_try_put(struct queue *q, void *item)
{
	bool room;

	pthread_mutex_lock(&q->lock);
	room = q->len < q->capacity;
	if (room)
		put_locked(q, item);
	pthread_mutex_unlock(&q->lock);
	return room;
}

bool queue_put(struct queue *q, void *item, uint64_t deadline_ms)
{
	bool room;

	pthread_mutex_lock(&q->lock);
	while (q->len == q->capacity && wait_until(&q->not_full, &q->lock, deadline_ms))
		;
	room = q->len < q->capacity;
	if (room)
		put_locked(q, item);
	pthread_mutex_unlock(&q->lock);
	return room;
}

void *queue_try_take(struct queue *q)
{
	void *item = NULL;

	queue_take_many(q, &item, 1);
	return item;
}

void *queue_take(struct queue *q, uint64_t deadline_ms)
{
	void *item = NULL;

	pthread_mutex_lock(&q->lock);
	while (q->len == 0 && wait_until(&q->not_empty, &q->lock, deadline_ms))
		;
	if (q->len > 0)
		item = take_locked(q);
	pthread_mutex_unlock(&q->lock);
	return item;
}

size_t queue_take_many(struct queue *q, void **items, size_t max)
{
	size_t count = 0;

	pthread_mutex_lock(&q->lock);
	while (count < max && q->len > 0)
		items[count++] = take_locked(q);
	pthread_mutex_unlock(&q->lock);
	return count;
}

size_t queue_len(struct queue *q)
{
	size_t len;

	pthread_mutex_lock(&q->lock);
	len = q->len;
	pthread_mutex_unlock(&q->lock);
	return len;
}

int queue_fd(struct queue *q)
{
	return q->fd;
}
