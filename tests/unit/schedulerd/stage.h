/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* stage - what the tests of schedulerd's tasks share: a database and a scheduler on real servers,
 * and clients, campaigns, accounts and batches to put there. */
#ifndef VESTNIK_TESTS_SCHEDULERD_STAGE_H
#define VESTNIK_TESTS_SCHEDULERD_STAGE_H

#include "tests/unit/support/database.h"

#include "common/base/clock.h"
#include "common/base/daemon.h"
#include "schedulerd/scheduler.h"

const struct config_row scheduler_config_rows[] = {{0}};

static struct test_database db;
static struct scheduler scheduler;
static struct scheduler_config config = {
	.receipt_grace_ms = 1000, .keep_message_days = 30, .keep_ref_days = 30};
static struct mq *taker;
static char vhost_url[512];

#define SQL(text)     ck_ok(pg_exec(db.pg, (text), err))
#define RUN(task)     ck_ok(task(&scheduler, err))
#define NUMBER(query) test_number(db.pg, (query))

static inline size_t take_all(const char *queue)
{
	struct mq_delivery d;
	struct err end;
	uint32_t ready = 0;
	size_t count = 0;
	bool exists;

	ck_ok(mq_depth(taker, queue, &ready, &exists, err));
	ck_ok(mq_consume(taker, queue, 1000, err));
	/* What was published is confirmed, so it comes, however slow the broker is. */
	for (; count < ready; count++) {
		ck_ok(mq_take(taker, clock_mono_ms() + 20000, -1, &d, err));
		mq_ack(taker, d.tag, false);
	}
	for (; mq_take(taker, 0, -1, &d, &end); count++)
		mq_ack(taker, d.tag, false);
	ck_ok(mq_cancel(taker, queue, err));
	return count;
}

/* A queue of this test's database only would need a virtual host; instead every queue is emptied
 * first. */
static inline void drain(const char *queue)
{
	(void)take_all(queue);
}

static inline void setup(void)
{
	struct mq_options options = {.name = "schedulerd_test"};

	(void)snprintf(vhost_url, sizeof(vhost_url), "%s", test_env("VESTNIK_TEST_BROKER"));
	options.url = vhost_url;
	test_database_open(&db, "schedulerd");
	config.database_url = db.url;
	config.broker_url = vhost_url;
	ck_ok(scheduler_open(&scheduler, &config, "test", true, err));
	ck_ok(topology_declare_chunks(scheduler.mq, err));
	scheduler.mq_ready = true;
	ck_ok(mq_open(&options, &taker, err));
	ck_ok(topology_declare_chunks(taker, err));
	ck_ok(topology_declare_account(taker, 1, err));
	drain(queue_chunk(LANE_BULK));
	drain("batch.1.bulk");
	drain("batch.1.urgent");
}

static inline void teardown(void)
{
	mq_close(&taker);
	scheduler_close(&scheduler);
	memset(&scheduler, 0, sizeof(scheduler));
	test_database_close(&db);
}

static inline void campaign(const char *extra)
{
	char sql[512];

	(void)snprintf(
		sql, sizeof(sql),
		"INSERT INTO campaign (name, text, sender, class, category, status, start_at %s",
		extra);
	SQL(sql);
}

#define LAUNCHED ") VALUES ('n', 't', 's', 1, 1, 'planned', now())"

static inline void clients(int count)
{
	char sql[256];

	(void)snprintf(sql, sizeof(sql),
		       "INSERT INTO client (external_id, msisdn) SELECT 'c' || n, 79000000000 + n"
		       " FROM generate_series(1, %d) n",
		       count);
	SQL(sql);
}

static inline void account(int rate)
{
	char sql[512];

	(void)snprintf(sql, sizeof(sql),
		       "INSERT INTO account (name, host, port, system_id, parts_per_s)"
		       " VALUES ('a', '127.0.0.1', 1, 'x', %d);"
		       "INSERT INTO account_lease (account_id, owner, epoch, until)"
		       " VALUES (1, 'o', 1, now() + interval '1 h')",
		       rate);
	SQL(sql);
}

/* n batches of `messages` one-part messages each; ids are base ids 256 apart. */
static inline void batches(int n, int messages, const char *run, int lane, const char *deadline)
{
	char sql[1024];

	(void)snprintf(sql, sizeof(sql),
		       "WITH ids AS (SELECT unnest(message_base_ids(%d)) AS id), b AS ("
		       "INSERT INTO batch (id, run_id, account_id, lane, class, category, "
		       "message_count, parts,"
		       " sender, deadline, filtered_at) SELECT id, %s, 1, %d, 1, 1, %d, %d, 's', "
		       "%s, now() FROM ids"
		       " RETURNING id), m AS (INSERT INTO message (id, msisdn, price_micro, parts, "
		       "encoding, text)"
		       " SELECT id + n, 79000000000, 0, 1, 0, 't' FROM b, generate_series(0, %d - "
		       "1) n RETURNING id)"
		       " INSERT INTO message_state (id) SELECT id FROM m",
		       n, run, lane, messages, messages, deadline, messages);
	SQL(sql);
}

#define HOUR "now() + interval '1 h'"

#endif
