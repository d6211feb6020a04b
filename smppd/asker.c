/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* asker - see asker.h. */
#include "smppd/asker.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/queue.h"

#define TURN_MS	       2000
#define CALL_MS	       10000
#define BATCHES_A_LOOK 50
#define ACCOUNTS_MAX   256

struct wish {
	int16_t account_id;
	int32_t after_s;
};

struct asker {
	const struct gateway *gateway;
	pthread_t thread;
	int wake_fd;
	_Atomic bool stopping;
	pthread_mutex_t lock;
	struct wish wishes[ACCOUNTS_MAX]; /* under `lock` */
	size_t count;
	struct pg *pg;
	struct pg_params *params;
};

static const struct pg_stmt GATHER = {"smppd_queries_gather",
				      "SELECT part_queries_gather($1, $2, $3)"};
static const struct pg_stmt DUE = {
	"smppd_queries_due",
	"SELECT provider_id, raw_id, msisdn, sender FROM part_queries_due($1, $2, $3)",
};

/* --- what is wanted ----------------------------------------------------------------------------
 */

void asker_want(struct asker *k, int16_t account_id, int32_t after_s)
{
	size_t i = 0;

	pthread_mutex_lock(&k->lock);
	while (i < k->count && k->wishes[i].account_id != account_id)
		i++;
	if (after_s > 0 && i < ACCOUNTS_MAX) {
		k->wishes[i] = (struct wish){account_id, after_s};
		k->count += i == k->count;
	} else if (after_s == 0 && i < k->count) {
		k->wishes[i] = k->wishes[--k->count];
	}
	pthread_mutex_unlock(&k->lock);
}

static size_t wishes(struct asker *k, struct wish out[ACCOUNTS_MAX])
{
	size_t count;

	pthread_mutex_lock(&k->lock);
	count = k->count;
	memcpy(out, k->wishes, count * sizeof(*out));
	pthread_mutex_unlock(&k->lock);
	return count;
}

/* --- looking -----------------------------------------------------------------------------------
 */

static void put_wish(struct asker *k, const struct wish *w, int32_t most)
{
	pg_params_reset(k->params);
	pg_param_int16(k->params, w->account_id);
	pg_param_int32(k->params, w->after_s);
	pg_param_int32(k->params, most);
}

static void take_rows(struct asker *k, const struct wish *w, const struct pg_result *rows)
{
	struct questions *q = mem_calloc(1, sizeof(*q));

	q->note.kind = NOTE_OWN;
	q->account_id = w->account_id;
	q->count = pg_rows(rows);
	for (size_t i = 0; i < q->count; i++) {
		struct question *one = &q->question[i];

		snprintf(one->id, sizeof(one->id), "%s", pg_text(rows, i, 0));
		snprintf(one->raw_id, sizeof(one->raw_id), "%s", pg_text(rows, i, 1));
		one->msisdn = pg_int(rows, i, 2);
		snprintf(one->sender, sizeof(one->sender), "%s", pg_text(rows, i, 3));
	}
	(void)queue_put(k->gateway->loop, q, CLOCK_NEVER_MS);
}

static bool look(struct asker *k, const struct wish *w, struct err *err)
{
	struct pg_result *rows = NULL;

	put_wish(k, w, BATCHES_A_LOOK);
	if (!pg_run(k->pg, &GATHER, k->params, NULL, err))
		return false;
	put_wish(k, w, ASKER_QUESTIONS_MAX);
	if (!pg_run(k->pg, &DUE, k->params, &rows, err))
		return false;
	if (pg_rows(rows) > 0)
		take_rows(k, w, rows);
	pg_result_free(&rows);
	return true;
}

static bool connected(struct asker *k, struct err *err)
{
	const struct pg_options options = {
		.url = k->gateway->database_url,
		.application = k->gateway->application,
		.timeout_ms = CALL_MS,
	};

	if (k->pg == NULL)
		return pg_open(&options, &k->pg, err);
	return pg_usable(k->pg) || pg_reconnect(k->pg, err);
}

static void turn(struct asker *k)
{
	struct wish all[ACCOUNTS_MAX];
	size_t count = wishes(k, all);
	struct err err = {0};
	bool ok = count == 0 || connected(k, &err);

	for (size_t i = 0; ok && i < count && !atomic_load(&k->stopping); i++)
		ok = look(k, &all[i], &err);
	if (!ok)
		log_warn("asking for receipts waits for the database", LS("error", err.msg));
}

static void *run(void *arg)
{
	struct asker *k = arg;
	struct pollfd p = {.fd = k->wake_fd, .events = POLLIN};

	while (!atomic_load(&k->stopping)) {
		turn(k);
		(void)poll(&p, 1, TURN_MS);
	}
	return NULL;
}

/* --- life --------------------------------------------------------------------------------------
 */

struct asker *asker_start(const struct gateway *gateway)
{
	struct asker *k = mem_calloc(1, sizeof(*k));

	k->gateway = gateway;
	k->params = pg_params_new();
	k->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_mutex_init(&k->lock, NULL);
	if (k->wake_fd < 0 || pthread_create(&k->thread, NULL, run, k) != 0)
		panic("the thread that asks for receipts cannot be started");
	return k;
}

void asker_stop(struct asker **handle)
{
	const uint64_t one = 1;
	struct asker *k = *handle;

	if (k == NULL)
		return;
	atomic_store(&k->stopping, true);
	(void)!write(k->wake_fd, &one, sizeof(one));
	pthread_join(k->thread, NULL);
	if (k->pg != NULL)
		pg_close(&k->pg);
	pg_params_free(&k->params);
	pthread_mutex_destroy(&k->lock);
	close(k->wake_fd);
	mem_free(k);
	*handle = NULL;
}
