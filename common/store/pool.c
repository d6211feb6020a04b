/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "common/store/pool.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/store/pg_internal.h"

struct pg_pool {
	pthread_mutex_t lock; /* never held over I/O */
	pthread_cond_t given;
	size_t size;
	size_t free_count;
	struct pg *free_list[]; /* the last given back is the first lent: it is the warmest */
};

struct pg_pool *pg_pool_new(const struct pg_options *options, size_t size)
{
	struct pg_pool *pool = mem_calloc(1, sizeof(*pool) + size * sizeof(struct pg *));
	pthread_condattr_t attr;

	(void)pthread_mutex_init(&pool->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&pool->given, &attr);
	(void)pthread_condattr_destroy(&attr);
	pool->size = size;
	while (pool->free_count < size)
		pool->free_list[pool->free_count++] = pg_new(options);
	return pool;
}

void pg_pool_free(struct pg_pool **pool)
{
	struct pg_pool *p = *pool;

	if (p == NULL)
		return;
	if (p->free_count != p->size)
		panic("%zu connections are still lent", p->size - p->free_count);
	for (size_t i = 0; i < p->size; i++)
		pg_close(&p->free_list[i]);
	(void)pthread_cond_destroy(&p->given);
	(void)pthread_mutex_destroy(&p->lock);
	mem_free(p);
	*pool = NULL;
}

/* NULL at the deadline. */
static struct pg *take_free(struct pg_pool *pool, uint64_t deadline_ms)
{
	struct timespec until = {.tv_sec = (time_t)(deadline_ms / 1000),
				 .tv_nsec = (long)(deadline_ms % 1000) * 1000000};
	struct pg *pg = NULL;
	int rc = 0;

	if (deadline_ms == CLOCK_NEVER_MS)
		until.tv_sec = INT32_MAX;
	(void)pthread_mutex_lock(&pool->lock);
	while (pool->free_count == 0 && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&pool->given, &pool->lock, &until);
	if (pool->free_count > 0)
		pg = pool->free_list[--pool->free_count];
	(void)pthread_mutex_unlock(&pool->lock);
	return pg;
}

static void put_free(struct pg_pool *pool, struct pg *pg)
{
	(void)pthread_mutex_lock(&pool->lock);
	if (pool->free_count == pool->size)
		panic("a connection was given back twice");
	pool->free_list[pool->free_count++] = pg;
	(void)pthread_cond_signal(&pool->given);
	(void)pthread_mutex_unlock(&pool->lock);
}

bool pg_pool_take(struct pg_pool *pool, uint64_t deadline_ms, struct pg **out, struct err *err)
{
	struct pg *pg = take_free(pool, deadline_ms);
	uint64_t own_ms;

	if (pg == NULL)
		return err_set(err, ERR_TIMEOUT,
			       "all %zu database connections stayed busy until the deadline",
			       pool->size);
	own_ms = pg_deadline(pg);
	if (!pg_still_there(pg) &&
	    !pg_connect_until(pg, own_ms < deadline_ms ? own_ms : deadline_ms, err)) {
		put_free(pool, pg);
		return false;
	}
	*out = pg;
	return true;
}

void pg_pool_give(struct pg_pool *pool, struct pg *pg)
{
	/* First, or a borrower with little time left would cost a good connection. */
	pg->timeout_ms = pg->session_timeout_ms;
	pg_rollback(pg);
	put_free(pool, pg);
}
