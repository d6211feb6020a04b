/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* scheduler - connections, the task loop, and tickets. */
#include "schedulerd/scheduler.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define TICK_MS		  50
#define SEND_TIMEOUT_MS	  5000
#define UPKEEP_TIMEOUT_MS 600000 /* a snapshot of many millions is one statement */
#define BROKER_ATTEMPT_MS 1000
#define TASKS_MAX	  32
#define CAP_PARTS	  2000 /* of an account's caps at a time, for what is routed anew */

bool scheduler_open(struct scheduler *s, const struct scheduler_config *config, const char *loop,
		    bool with_broker, struct err *err)
{
	char name[64];
	struct pg_options pg_options = {.url = config->database_url, .application = name};
	struct mq_options mq_options = {.url = config->broker_url, .name = name};

	snprintf(name, sizeof(name), "schedulerd/%s %s", daemon_instance(), loop);
	if (!with_broker)
		pg_options.timeout_ms = UPKEEP_TIMEOUT_MS;
	s->config = config;
	s->params = pg_params_new();
	s->patience = PATIENCE_NONE;
	route_store_init(&s->store);
	route_caps_init(&s->caps, (int16_t)daemon_slot(), CAP_PARTS);
	s->text = registered_text_new();
	s->tickets = mem_calloc(TICKETS_MAX, sizeof(*s->tickets));
	if (!patience_init(&s->patience, daemon_stop_fd(), err))
		return false;
	if (!pg_open(&pg_options, &s->pg, err))
		return err_wrap(err, "database");
	if (with_broker && !mq_open(&mq_options, &s->mq, err))
		return err_wrap(err, "broker");
	return true;
}

void scheduler_close(struct scheduler *s)
{
	pg_close(&s->pg);
	mq_close(&s->mq);
	patience_deinit(&s->patience);
	privacy_key_free(&s->privacy_key);
	route_store_deinit(&s->store);
	registered_text_free(&s->text);
	pg_params_free(&s->params);
	mem_free(s->tickets);
	s->tickets = NULL;
}

/* --- broker --------------------------------------------------------------------------------------
 */

/* One bounded attempt: a broker that is down must not hold up what needs PostgreSQL alone. */
static void broker_connect(struct scheduler *s)
{
	struct err err;
	int fd = patience_round(&s->patience, BROKER_ATTEMPT_MS);

	memset(s->declared, 0, sizeof(s->declared));
	s->mq_ready = (mq_usable(s->mq) || mq_reconnect_wait(s->mq, fd, &err)) &&
		      topology_declare_chunks(s->mq, &err);
	if (s->mq_ready)
		log_info("broker connected");
	else
		log_err("broker is not there; tickets wait in the database", &err);
}

static void broker_keep(struct scheduler *s)
{
	struct err err;

	if (s->mq == NULL)
		return;
	if (s->mq_ready && mq_usable(s->mq) &&
	    mq_flush(s->mq, clock_mono_ms() + SEND_TIMEOUT_MS, &err))
		return;
	s->mq_ready = false;
	broker_connect(s);
}

bool scheduler_declare(struct scheduler *s, int account_id, struct err *err)
{
	if (s->declared[account_id])
		return true;
	if (!topology_declare_account(s->mq, account_id, err))
		return err_wrap(err, "queues of account %d", account_id);
	s->declared[account_id] = true;
	return true;
}

/* --- tickets -------------------------------------------------------------------------------------
 */

static struct ticket *ticket_new(struct scheduler *s)
{
	return s->ticket_count < TICKETS_MAX ? &s->tickets[s->ticket_count++] : NULL;
}

void ticket_add_chunk(struct scheduler *s, enum lane lane, int64_t chunk_id)
{
	struct ticket *t = ticket_new(s);

	if (t == NULL)
		return;
	snprintf(t->queue, sizeof(t->queue), "%s", queue_chunk(lane));
	t->len = ticket_chunk(chunk_id, t->body);
}

void ticket_add_batch(struct scheduler *s, int account_id, enum lane lane, int64_t batch_id)
{
	struct ticket *t = ticket_new(s);

	if (t == NULL)
		return;
	queue_batch(account_id, lane, t->queue);
	t->len = ticket_batch(batch_id, t->body);
}

bool scheduler_send(struct scheduler *s, struct err *err)
{
	size_t count = s->ticket_count;

	s->ticket_count = 0;
	if (count == 0)
		return true;
	for (size_t i = 0; i < count; i++)
		mq_publish(s->mq, s->tickets[i].queue, s->tickets[i].body, s->tickets[i].len);
	if (!mq_confirm(s->mq, clock_mono_ms() + SEND_TIMEOUT_MS, err)) {
		s->mq_ready = false;
		return err_wrap(err, "publishing %zu tickets", count);
	}
	return true;
}

/* --- the loop ------------------------------------------------------------------------------------
 */

bool scheduler_run(struct scheduler *s, const struct pg_stmt *stmt, struct pg_result **out,
		   struct err *err)
{
	bool ok = pg_run(s->pg, stmt, s->params, out, err);

	pg_params_reset(s->params);
	return ok;
}

/* A task that fails leaves no transaction and no tickets behind. */
static void task_run(struct scheduler *s, const struct task *task)
{
	struct err err;

	s->ticket_count = 0;
	if (task->run(s, &err))
		return;
	log_err("task failed; it is tried again", &err, LS("task", task->name));
	pg_params_reset(s->params);
	pg_rollback(s->pg);
}

/* One bounded attempt: the loop has a watchdog to feed. */
static bool store_keep(struct scheduler *s)
{
	struct err err;

	if (pg_usable(s->pg))
		return true;
	if (pg_reconnect_wait(s->pg, patience_round(&s->patience, PATIENCE_MS), &err))
		return true;
	if (!daemon_stopping())
		log_err("database is not there", &err);
	return false;
}

/* Every task that is due, until one loses the database. */
static void turn(struct scheduler *s, const struct task *tasks, uint64_t due_ms[TASKS_MAX],
		 bool feeds_watchdog)
{
	uint64_t now_ms = clock_mono_ms();

	for (size_t i = 0; tasks[i].name != NULL && !daemon_stopping(); i++) {
		if (now_ms < due_ms[i] || !pg_usable(s->pg))
			continue;
		task_run(s, &tasks[i]);
		due_ms[i] = now_ms + (uint64_t)tasks[i].every_ms;
		if (feeds_watchdog)
			daemon_alive();
	}
}

void scheduler_loop(struct scheduler *s, const struct task *tasks, bool feeds_watchdog)
{
	uint64_t due_ms[TASKS_MAX] = {0};
	struct pollfd stop = {.fd = daemon_stop_fd(), .events = POLLIN};

	while (!daemon_stopping()) {
		bool usable;

		broker_keep(s);
		usable = store_keep(s);
		if (feeds_watchdog) {
			daemon_ready(usable, usable ? "" : "waiting for the database");
			daemon_alive();
		}
		if (usable)
			turn(s, tasks, due_ms, feeds_watchdog);
		poll(&stop, 1, TICK_MS);
	}
}
