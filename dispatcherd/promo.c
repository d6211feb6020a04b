/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* promo - see promo.h. */
#include "dispatcherd/promo.h"

#include "dispatcherd/load.h"

#define LOCK_CLASS 7006 /* of pg_advisory_xact_lock; no other has it */

#define TAKE_SQL                                                                                   \
	"SELECT id, code FROM promo_code WHERE pool_id = $1 AND message_id IS NULL"                \
	" ORDER BY id LIMIT $2 FOR UPDATE"
static const struct pg_stmt take_stmt = {"promo_take", TAKE_SQL " SKIP LOCKED"};
static const struct pg_stmt take_waiting_stmt = {"promo_take_waiting", TAKE_SQL};

static const struct pg_stmt queue_up_stmt = {
	"promo_queue_up",
	"SELECT pg_advisory_xact_lock($1, ($2::bigint & 2147483647)::integer)",
};

static const struct pg_stmt give_stmt = {
	"promo_give",
	"UPDATE promo_code c SET message_id = u.message_id, client_id = u.client_id, run_id = $4"
	"  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS u(id, message_id, client_id)"
	" WHERE c.id = u.id",
};

void promo_init(struct promo *promo)
{
	*promo = (struct promo){0};
	buf_init(&promo->message_ids, CHUNK_MESSAGES_MAX * sizeof(int64_t));
	buf_init(&promo->client_ids, CHUNK_MESSAGES_MAX * sizeof(int64_t));
}

void promo_deinit(struct promo *promo)
{
	pg_result_free(&promo->codes);
	buf_deinit(&promo->message_ids);
	buf_deinit(&promo->client_ids);
}

static bool take(struct promo *promo, struct pg *pg, const struct pg_stmt *stmt, int64_t pool_id,
		 size_t count, struct err *err)
{
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_result_free(&promo->codes);
	pg_param_int64(params, pool_id);
	pg_param_int64(params, (int64_t)count);
	ok = pg_run(pg, stmt, params, &promo->codes, err);
	pg_params_free(&params);
	return ok;
}

static bool queue_up(struct pg *pg, int64_t pool_id, struct err *err)
{
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_int32(params, LOCK_CLASS);
	pg_param_int64(params, pool_id);
	ok = pg_run(pg, &queue_up_stmt, params, NULL, err);
	pg_params_free(&params);
	return ok;
}

/* Another has the rest, and may put back what its chunk does not need.  Whoever waits gives its own
 * rows back first, so that nobody waits for one who waits. */
static bool take_the_last(struct promo *promo, struct pg *pg, int64_t pool_id, size_t count,
			  struct err *err)
{
	return pg_exec(pg, "ROLLBACK TO SAVEPOINT promo", err) && queue_up(pg, pool_id, err) &&
	       take(promo, pg, &take_waiting_stmt, pool_id, count, err);
}

bool promo_take(struct promo *promo, struct pg *pg, int64_t pool_id, size_t count, struct err *err)
{
	pg_result_free(&promo->codes);
	promo->next = 0;
	buf_reset(&promo->message_ids);
	buf_reset(&promo->client_ids);
	if (pool_id == 0)
		return true;
	if (!pg_exec(pg, "SAVEPOINT promo", err) ||
	    !take(promo, pg, &take_stmt, pool_id, count, err))
		return false;
	return pg_rows(promo->codes) == count || take_the_last(promo, pg, pool_id, count, err);
}

struct template_value promo_next(const struct promo *promo)
{
	if (promo->codes == NULL || promo->next == pg_rows(promo->codes))
		return (struct template_value){0};
	return (struct template_value){pg_text(promo->codes, promo->next, 1),
				       pg_len(promo->codes, promo->next, 1)};
}

void promo_give(struct promo *promo, int64_t message_id, int64_t client_id)
{
	promo->next++;
	buf_add(&promo->message_ids, &message_id, sizeof(message_id));
	buf_add(&promo->client_ids, &client_id, sizeof(client_id));
}

bool promo_queue(const struct promo *promo, struct pg *pg, int64_t run_id, struct err *err)
{
	struct pg_params *params;
	struct buf ids;
	bool ok;

	if (promo->next == 0)
		return true;
	buf_init(&ids, CHUNK_MESSAGES_MAX * sizeof(int64_t));
	for (size_t i = 0; i < promo->next; i++) {
		int64_t id = pg_int(promo->codes, i, 0);

		buf_add(&ids, &id, sizeof(id));
	}
	params = pg_params_new();
	pg_param_int64_array(params, (const int64_t *)(const void *)ids.data, promo->next);
	pg_param_int64_array(params, (const int64_t *)(const void *)promo->message_ids.data,
			     promo->next);
	pg_param_int64_array(params, (const int64_t *)(const void *)promo->client_ids.data,
			     promo->next);
	pg_param_int64(params, run_id);
	ok = pg_pipeline_add(pg, &give_stmt, params, err);
	pg_params_free(&params);
	buf_deinit(&ids);
	return ok;
}
