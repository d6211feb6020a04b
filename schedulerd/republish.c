/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* republish - batches whose ticket got lost. */
#include "common/base/log.h"
#include "schedulerd/scheduler.h"

#define REPUBLISH_MAX 500
#define ACCOUNTS_MAX  256

struct lane_backlog {
	int account_id;
	enum lane lane;
};

/* Where published batches stand unclaimed for more than two seconds. */
static bool read_backlogs(struct scheduler *s, struct lane_backlog *out, size_t *count_out,
			  struct err *err)
{
	static const struct pg_stmt stmt = {
		"republish_backlogs",
		"SELECT b.account_id, b.lane FROM account a JOIN batch b ON b.account_id = a.id"
		" WHERE b.state = 1 AND b.published_at < clock_timestamp() - interval '2 s'"
		" GROUP BY 1, 2 LIMIT $1"};
	struct pg_result *rows = NULL;

	pg_param_int64(s->params, ACCOUNTS_MAX);
	if (!scheduler_run(s, &stmt, &rows, err))
		return false;
	*count_out = pg_rows(rows);
	for (size_t i = 0; i < pg_rows(rows); i++)
		out[i] = (struct lane_backlog){.account_id = (int)pg_int(rows, i, 0),
					       .lane = (enum lane)pg_int(rows, i, 1)};
	pg_result_free(&rows);
	return true;
}

static bool republish(struct scheduler *s, const struct lane_backlog *backlog, bool lost,
		      struct err *err)
{
	static const struct pg_stmt stmt = {
		"batch_republish", "WITH overdue AS ("
				   "  SELECT id FROM batch WHERE state = 1 AND account_id = "
				   "$1::smallint AND lane = $2::smallint"
				   "     AND published_at < clock_timestamp() - CASE WHEN "
				   "$3::boolean THEN interval '2 s'"
				   "         ELSE least(60 * power(2, least(publish_count, 10) - "
				   "1), 600) * interval '1 s' END"
				   "   ORDER BY id LIMIT $4 FOR UPDATE SKIP LOCKED)"
				   " UPDATE batch b SET published_at = clock_timestamp(), "
				   "publish_count = least(publish_count + 1, 10000)"
				   "   FROM overdue WHERE b.id = overdue.id RETURNING b.id"};
	struct pg_result *rows = NULL;

	pg_param_int16(s->params, (int16_t)backlog->account_id);
	pg_param_int16(s->params, (int16_t)backlog->lane);
	pg_param_bool(s->params, lost);
	pg_param_int64(s->params, REPUBLISH_MAX);
	if (!scheduler_run(s, &stmt, &rows, err))
		return false;
	if (pg_rows(rows) > 0)
		log_info("publishing batches again", LI("account", backlog->account_id),
			 LS("lane", lane_name(backlog->lane)), LI("batches", pg_rows(rows)));
	for (size_t i = 0; i < pg_rows(rows); i++)
		ticket_add_batch(s, backlog->account_id, backlog->lane, pg_int(rows, i, 0));
	pg_result_free(&rows);
	return true;
}

/* An empty queue beside batches published and unclaimed says that the broker lost them.  A gateway
 * that only holds the tickets unacknowledged gets doubles; it finds the batch claimed and goes on.
 */
bool feed_republish(struct scheduler *s, struct err *err)
{
	struct lane_backlog backlogs[ACCOUNTS_MAX];
	size_t count;

	if (!s->mq_ready)
		return true;
	if (!read_backlogs(s, backlogs, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		char queue[QUEUE_NAME_SIZE];
		uint32_t ready = 0;
		bool exists = false;

		if (!mq_depth(s->mq, queue_batch(backlogs[i].account_id, backlogs[i].lane, queue),
			      &ready, &exists, err))
			return false;
		if (!exists)
			s->declared[backlogs[i].account_id] = false;
		if (!scheduler_declare(s, backlogs[i].account_id, err) ||
		    !republish(s, &backlogs[i], ready == 0, err))
			return false;
	}
	return scheduler_send(s, err);
}
