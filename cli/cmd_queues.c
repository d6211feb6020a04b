/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik queues - what waits, as the broker and as the database see it. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/table.h"
#include "common/base/mem.h"
#include "common/broker/mq.h"
#include "common/broker/topology.h"

enum { TIMEOUT_MS = 10000 };

/* What the database holds open for one queue. */
struct queue_row {
	char name[QUEUE_NAME_SIZE];
	char account[40];
	int64_t open[4]; /* waiting, published, in hand, stuck */
};

struct queue_rows {
	struct queue_row *items;
	size_t count;
};

static struct queue_row *append(struct queue_rows *rows)
{
	rows->items = mem_realloc(rows->items, rows->count + 1, sizeof(*rows->items));
	rows->items[rows->count] = (struct queue_row){0};
	return &rows->items[rows->count++];
}

/* --- the database's side
 * ---------------------------------------------------------------------------
 */

static bool add_chunks(struct pg *pg, struct queue_rows *rows, struct err *err)
{
	static const struct pg_stmt select = {
		"queues_chunks",
		"SELECT l.lane, count(*) FILTER (WHERE c.state = 0), "
		"       count(*) FILTER (WHERE c.state = 1), count(*) FILTER (WHERE c.state = 3) "
		"  FROM generate_series(0, 1) AS l(lane) "
		"  LEFT JOIN chunk c ON c.lane = l.lane AND c.state <> 2 "
		" GROUP BY l.lane ORDER BY l.lane"};
	struct pg_result *r = NULL;

	if (!pg_run(pg, &select, NULL, &r, err))
		return false;
	for (size_t i = 0; i < pg_rows(r); i++) {
		struct queue_row *row = append(rows);

		(void)snprintf(row->name, sizeof(row->name), "%s",
			       queue_chunk((enum lane)pg_int(r, i, 0)));
		row->open[0] = pg_int(r, i, 1);
		row->open[1] = pg_int(r, i, 2);
		row->open[3] = pg_int(r, i, 3);
	}
	pg_result_free(&r);
	return true;
}

/* Each state has its own index; what is stuck is found among what is not swept. */
static bool add_batches(struct pg *pg, struct queue_rows *rows, struct err *err)
{
	static const struct pg_stmt select = {
		"queues_batches",
		"WITH open AS ("
		"    SELECT account_id, lane, state FROM batch WHERE state = 0 UNION ALL "
		"    SELECT account_id, lane, state FROM batch WHERE state = 1 UNION ALL "
		"    SELECT account_id, lane, state FROM batch WHERE state = 2 UNION ALL "
		"    SELECT account_id, lane, state FROM batch WHERE NOT swept AND state = 4), "
		"sums AS ("
		"    SELECT account_id, lane, count(*) FILTER (WHERE state = 0) AS waiting, "
		"           count(*) FILTER (WHERE state = 1) AS published, "
		"           count(*) FILTER (WHERE state = 2) AS claimed, "
		"           count(*) FILTER (WHERE state = 4) AS stuck "
		"      FROM open GROUP BY account_id, lane) "
		"SELECT a.id, a.name, l.lane, coalesce(s.waiting, 0), coalesce(s.published, 0), "
		"       coalesce(s.claimed, 0), coalesce(s.stuck, 0) "
		"  FROM account a CROSS JOIN generate_series(0, 1) AS l(lane) "
		"  LEFT JOIN sums s ON s.account_id = a.id AND s.lane = l.lane "
		" ORDER BY a.name, l.lane"};
	struct pg_result *r = NULL;

	if (!pg_run(pg, &select, NULL, &r, err))
		return false;
	for (size_t i = 0; i < pg_rows(r); i++) {
		struct queue_row *row = append(rows);

		(void)queue_batch((int)pg_int(r, i, 0), (enum lane)pg_int(r, i, 2), row->name);
		(void)snprintf(row->account, sizeof(row->account), "%s", pg_text(r, i, 1));
		for (int k = 0; k < 4; k++)
			row->open[k] = pg_int(r, i, 3 + k);
	}
	pg_result_free(&r);
	return true;
}

static bool add_receipts(struct pg *pg, struct queue_rows *rows, struct err *err)
{
	static const struct pg_stmt select = {"queues_receipts",
					      "SELECT count(*) FROM parked_receipt"};
	struct pg_result *r = NULL;
	struct queue_row *row;

	if (!pg_run(pg, &select, NULL, &r, err))
		return false;
	row = append(rows);
	(void)snprintf(row->name, sizeof(row->name), "%s", QUEUE_RECEIPT);
	row->open[0] = pg_int(r, 0, 0);
	pg_result_free(&r);
	(void)snprintf(append(rows)->name, QUEUE_NAME_SIZE, "%s", QUEUE_RECEIPT_DEAD);
	return true;
}

static bool add_inbound(struct pg *pg, struct queue_rows *rows, struct err *err)
{
	static const struct pg_stmt select = {
		"queues_inbound", "SELECT count(*) FROM inbound WHERE state = 'joining'"};
	struct pg_result *r = NULL;
	struct queue_row *row;

	if (!pg_run(pg, &select, NULL, &r, err))
		return false;
	row = append(rows);
	(void)snprintf(row->name, sizeof(row->name), "%s", QUEUE_INBOUND);
	row->open[0] = pg_int(r, 0, 0);
	pg_result_free(&r);
	(void)snprintf(append(rows)->name, QUEUE_NAME_SIZE, "%s", QUEUE_INBOUND_DEAD);
	return true;
}

/* Events of other systems wait in the broker alone; those for them that it has not taken yet are
 * not counted anywhere, so the database's columns stay 0. */
static void add_crm(struct queue_rows *rows)
{
	static const char *const names[] = {QUEUE_CRM_IN, QUEUE_CRM_IN_DEAD, QUEUE_CRM_OUT};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)snprintf(append(rows)->name, QUEUE_NAME_SIZE, "%s", names[i]);
}

/* --- beside the broker's
 * -----------------------------------------------------------------------------
 */

/* NULL with a line on stderr when the broker cannot be asked. */
static struct mq *broker_open(const struct cli *cli)
{
	struct mq_options options = {
		.url = cli->broker_url, .name = "vestnik", .timeout_ms = TIMEOUT_MS};
	struct err err = {0};
	struct mq *mq = NULL;

	if (cli->broker_url == NULL)
		(void)cli_usage("the broker's column stays empty: say --broker URL, set "
				"VESTNIK_BROKER, or put broker.url into " CLI_CONFIG_FILE);
	else if (!mq_open(&options, &mq, &err))
		(void)cli_failed(&err);
	return mq;
}

/* False when the broker did not answer; the queues after this one are not asked any more. */
static bool broker_cell(struct table *t, struct mq *mq, const char *queue, struct err *err)
{
	uint32_t ready = 0;
	bool exists = false;

	if (!mq_depth(mq, queue, &ready, &exists, err)) {
		table_text(t, "?");
		return false;
	}
	if (exists)
		table_int(t, ready);
	else
		table_text(t, "no queue");
	return true;
}

/* False with `err` filled when the broker failed on the way; `mq` may be NULL. */
static bool print_rows(const struct queue_rows *rows, struct mq *mq, struct err *err)
{
	static const char *const headings[] = {"queue",	   "account",	 ">ready in broker",
					       ">waiting", ">published", ">in hand",
					       ">stuck",   NULL};
	struct table *t = table_new(headings);
	bool ok = true;

	for (size_t i = 0; i < rows->count; i++) {
		table_text(t, rows->items[i].name);
		table_text(t, rows->items[i].account);
		if (mq == NULL || !ok)
			table_text(t, "?");
		else
			ok = broker_cell(t, mq, rows->items[i].name, err);
		for (int k = 0; k < 4; k++)
			table_int(t, rows->items[i].open[k]);
	}
	table_print(t, stdout);
	table_free(&t);
	(void)printf("\nchunk.* and batch.*: work that is open in the database; receipt: receipts "
		     "parked until their message is known; inbound: messages from phones that wait "
		     "for a part; crm.in: events of other systems that crmd has not taken; "
		     "crm.out: events they have not taken; *.dead: what nobody could use\n");
	return ok;
}

static int queues(const struct cli *cli, struct pg *pg)
{
	struct queue_rows rows = {0};
	struct err err = {0};
	int status = CLI_FAILED;
	struct mq *mq;

	if (!add_chunks(pg, &rows, &err) || !add_batches(pg, &rows, &err) ||
	    !add_receipts(pg, &rows, &err) || !add_inbound(pg, &rows, &err)) {
		(void)cli_failed(&err);
	} else {
		add_crm(&rows);
		mq = broker_open(cli);
		if (!print_rows(&rows, mq, &err))
			(void)cli_failed(&err);
		else if (mq != NULL)
			status = CLI_OK;
		mq_close(&mq);
	}
	mem_free(rows.items);
	return status;
}

int cmd_queues(struct cli *cli, int argc, char **argv)
{
	struct pg *pg = NULL;
	int status;

	if (argc > 1)
		return cli_usage("queues takes no argument; got \"%s\"", argv[1]);
	status = cli_connect(cli, TIMEOUT_MS, &pg);
	if (status == CLI_OK)
		status = queues(cli, pg);
	pg_close(&pg);
	return status;
}
