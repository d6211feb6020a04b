/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* feed - see feed.h. */
#include "crmd/feed.h"

#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/broker/topology.h"

#define ROWS_MAX	1000
#define TOLD_MAX	(64 * ROWS_MAX)
#define MINUTE_US	INT64_C(60000000)
#define CONFIRM_MS	5000
#define ID_SIZE		64
#define EVENT_BYTES_MAX (4u << 20)

/* --- events ------------------------------------------------------------------------------------
 */

void out_begin(struct json_out *json, struct buf *buf, const char *id, const char *type,
	       int64_t at_us)
{
	buf_reset(buf);
	json_out_init(json, buf);
	json_object(json, NULL);
	json_put_text(json, "id", id);
	json_put_text(json, "type", type);
	json_put_time(json, "time", at_us);
	json_object(json, "data");
}

void out_publish(struct json_out *json, struct mq *mq, const char *id, const char *type)
{
	json_object_end(json);
	json_object_end(json);
	mq_publish_to(mq,
		      &(struct mq_envelope){.exchange = EXCHANGE_CRM_OUT,
					    .routing_key = type,
					    .content_type = "application/json",
					    .message_id = id,
					    .type = type},
		      buf_str(json->buf), json->buf->len);
}

bool out_confirm(struct mq *mq, struct err *err)
{
	return mq_confirm(mq, clock_mono_ms() + CONFIRM_MS, err) ||
	       err_wrap(err, "events for exchange " EXCHANGE_CRM_OUT);
}

/* --- where a feed is ---------------------------------------------------------------------------
 */

/* What was told of the last minute. */
struct told {
	int64_t at_us;
	int64_t *ids, *times_us;
	size_t count;
};

static void told_init(struct told *t)
{
	*t = (struct told){
		.ids = mem_calloc(TOLD_MAX + ROWS_MAX, sizeof(*t->ids)),
		.times_us = mem_calloc(TOLD_MAX + ROWS_MAX, sizeof(*t->times_us)),
	};
}

static void told_deinit(struct told *t)
{
	mem_free(t->ids);
	mem_free(t->times_us);
}

static void told_add(struct told *t, int64_t id, int64_t at_us)
{
	t->ids[t->count] = id;
	t->times_us[t->count++] = at_us;
	if (at_us > t->at_us)
		t->at_us = at_us;
}

/* Forget what will not be read again. */
static void told_forget(struct told *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->count; i++) {
		if (t->times_us[i] <= t->at_us - MINUTE_US)
			continue;
		t->ids[kept] = t->ids[i];
		t->times_us[kept++] = t->times_us[i];
	}
	t->count = kept;
}

static bool told_load(struct worker *w, const struct feed *feed, struct told *t, bool *mine_out,
		      struct err *err)
{
	static const struct pg_stmt load = {"feed_load",
					    "SELECT at, told, told_us FROM crm_feed WHERE name = $1"
					    " FOR UPDATE SKIP LOCKED"};
	struct pg_result *rows = NULL;

	pg_param_text(w->params, feed->name);
	if (!worker_run(w, &load, &rows, err))
		return false;
	*mine_out = pg_rows(rows) > 0;
	if (*mine_out) {
		t->at_us = pg_time_us(rows, 0, 0);
		t->count = pg_int_array(rows, 0, 1, t->ids, TOLD_MAX);
		(void)pg_int_array(rows, 0, 2, t->times_us, TOLD_MAX);
	}
	pg_result_free(&rows);
	return true;
}

static bool told_save(struct worker *w, const struct feed *feed, struct told *t, struct err *err)
{
	static const struct pg_stmt save = {"feed_save",
					    "UPDATE crm_feed SET at = $2::timestamptz, told = "
					    "$3::bigint[], told_us = $4::bigint[]"
					    " WHERE name = $1"};

	told_forget(t);
	pg_param_text(w->params, feed->name);
	pg_param_time_us(w->params, t->at_us);
	pg_param_int64_array(w->params, t->ids, t->count);
	pg_param_int64_array(w->params, t->times_us, t->count);
	return worker_run(w, &save, NULL, err);
}

bool feeds_begin(struct worker *w, struct err *err)
{
	static const struct pg_stmt insert = {
		"feed_begin", "INSERT INTO crm_feed (name) VALUES ($1) ON CONFLICT DO NOTHING"};

	for (const struct feed *feed = feeds; feed->name != NULL; feed++) {
		pg_param_text(w->params, feed->name);
		if (!worker_run(w, &insert, NULL, err))
			return false;
	}
	return true;
}

/* --- telling -----------------------------------------------------------------------------------
 */

static bool publish_rows(struct worker *w, const struct feed *feed, const struct pg_result *rows,
			 struct told *t, struct err *err)
{
	struct json_out json;
	char id[ID_SIZE];
	struct buf buf;
	bool ok;

	buf_init(&buf, EVENT_BYTES_MAX);
	for (size_t row = 0; row < pg_rows(rows); row++) {
		int64_t at_us = pg_time_us(rows, row, 1);

		snprintf(id, sizeof(id), "%s-%lld", feed->name, (long long)pg_int(rows, row, 0));
		out_begin(&json, &buf, id, feed->type, at_us);
		feed->write(&json, rows, row);
		out_publish(&json, w->mq, id, feed->type);
		told_add(t, pg_int(rows, row, 0), at_us);
	}
	ok = out_confirm(w->mq, err);
	buf_deinit(&buf);
	return ok;
}

static bool tell(struct worker *w, const struct feed *feed, struct told *t, bool *more_out,
		 struct err *err)
{
	struct pg_result *rows = NULL;
	bool mine, ok = true;

	if (!told_load(w, feed, t, &mine, err))
		return false;
	if (!mine)
		return true;
	pg_param_time_us(w->params, t->at_us - MINUTE_US);
	pg_param_int64_array(w->params, t->ids, t->count);
	pg_param_int32(w->params, ROWS_MAX);
	if (!worker_run(w, &feed->rows, &rows, err))
		return false;
	*more_out = pg_rows(rows) == ROWS_MAX;
	if (pg_rows(rows) > 0)
		ok = publish_rows(w, feed, rows, t, err) && told_save(w, feed, t, err);
	pg_result_free(&rows);
	return ok;
}

bool feed_step(struct worker *w, const struct feed *feed, bool *more_out, struct err *err)
{
	struct told told;
	bool ok;

	*more_out = false;
	told_init(&told);
	ok = pg_begin(w->pg, err) && tell(w, feed, &told, more_out, err) && pg_commit(w->pg, err);
	if (!ok)
		pg_rollback(w->pg);
	told_deinit(&told);
	return ok || err_wrap(err, "feed %s", feed->name);
}
