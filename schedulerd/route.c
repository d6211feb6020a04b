/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* route - messages that need another account: refused, stranded, or silent.
 *
 * The engine that routed them first names it, without those that have had the message.  What moves
 * counts towards caps, within the transaction that moves it. */
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "schedulerd/scheduler.h"

#define RETRIES_MAX   500
#define STRANDED_MAX  50 /* batches a transaction */
#define STRANDED_TURN 10 /* transactions a turn */
#define DOWN_S	      30
#define SILENT_MAX    200 /* batches a turn and rule */
#define SILENT_BACK_S 600 /* how far back a schedulerd looks that has just started */
#define US_PER_S      1000000LL

/* What every message that is to be routed tells, in this order from column `col` on. */
enum { ASK_MSISDN, ASK_ENCODING, ASK_PARTS, ASK_TEXT, ASK_PORTED };

static void ask_scope(struct scheduler *s, const char *sender, int64_t class, int64_t category,
		      struct route_scope *scope)
{
	const struct route_ask ask = {
		.category = (enum message_category)category,
		.class = (enum message_class) class,
		.sender = sender,
		.registered = s->store.registered,
		.known = registered_find(s->store.registered, sender),
		.left = route_caps_left(&s->caps, &s->store),
	};

	route_scope_init(scope, &s->store.book, &ask);
}

/* The account that carries the message of a row, or NULL. */
static const struct route_account *ask_row(struct scheduler *s, const struct route_scope *scope,
					   const struct pg_result *rows, size_t row, int col,
					   int64_t id, const struct route_tried *tried)
{
	struct route_decision decision;
	struct route_message message = {
		.msisdn = pg_int(rows, row, col + ASK_MSISDN),
		.encoding = (enum sms_encoding)pg_int(rows, row, col + ASK_ENCODING),
		.parts = (int)pg_int(rows, row, col + ASK_PARTS),
		.draw = (uint64_t)id,
		.draw_equals = (uint64_t)id >> 8,
		.text = s->text,
		.tried = tried,
	};

	message.operator_id = route_store_operator(&s->store, message.msisdn,
						   pg_int(rows, row, col + ASK_PORTED));
	registered_read(s->store.registered, scope->ask.known, scope->ask.category,
			pg_text(rows, row, col + ASK_TEXT), pg_len(rows, row, col + ASK_TEXT),
			s->text);
	return route_decide(scope, &message, &decision) ? decision.account : NULL;
}

static void give(struct scheduler *s, const struct route_account *account, int parts)
{
	route_caps_give(&s->caps, (size_t)(account - s->store.book.table.account), parts);
}

/* Outside a transaction: have what routing goes by at hand. */
static bool prepare(struct scheduler *s, struct err *err)
{
	return route_store_refresh(&s->store, s->pg, err) &&
	       route_caps_prepare(&s->caps, &s->store, s->pg, err);
}

static bool end(struct scheduler *s, struct err *err)
{
	if (!route_caps_count(&s->caps, s->pg, err) || !pg_commit(s->pg, err))
		return false;
	route_caps_done(&s->caps);
	return true;
}

/* --- refused, or silent --------------------------------------------------------------------------
 */

enum {
	RETRY_ID,
	RETRY_ASK,
	RETRY_RUN = RETRY_ASK + ASK_PORTED + 1,
	RETRY_CLASS,
	RETRY_CATEGORY,
	RETRY_SENDER,
	RETRY_TRIED
};

static int16_t another_account(struct scheduler *s, const struct pg_result *rows, size_t row)
{
	const struct route_account *account;
	struct route_tried tried = {0};
	struct route_scope scope;
	int64_t had[16];

	tried.count = pg_int_array(rows, row, RETRY_TRIED, had, 16);
	if (tried.count > 16) /* it has been everywhere */
		return 0;
	for (size_t i = 0; i < tried.count; i++)
		tried.account[i] = (int16_t)had[i];
	ask_scope(s, pg_text(rows, row, RETRY_SENDER), pg_int(rows, row, RETRY_CLASS),
		  pg_int(rows, row, RETRY_CATEGORY), &scope);
	account = ask_row(s, &scope, rows, row, RETRY_ASK, pg_int(rows, row, RETRY_ID), &tried);
	if (account == NULL)
		return 0;
	give(s, account, (int)pg_int(rows, row, RETRY_ASK + ASK_PARTS));
	return account->id;
}

static bool name_accounts(struct scheduler *s, const struct pg_result *rows, struct err *err)
{
	static const struct pg_stmt routed = {
		"retry_routed", "SELECT retry_routed($1::bigint[], $2::smallint[], $3::smallint)"};
	size_t count = pg_rows(rows);
	int64_t *id = mem_alloc((count + 1) * sizeof(*id));
	int16_t *account = mem_alloc((count + 1) * sizeof(*account));
	bool ok;

	for (size_t i = 0; i < count; i++) {
		id[i] = pg_int(rows, i, RETRY_ID);
		account[i] = another_account(s, rows, i);
	}
	pg_param_int64_array(s->params, id, count);
	pg_param_int16_array(s->params, account, count);
	pg_param_int16(s->params, (int16_t)daemon_slot());
	ok = scheduler_run(s, &routed, NULL, err);
	mem_free(id);
	mem_free(account);
	return ok;
}

static bool any_unrouted(struct scheduler *s, bool *out, struct err *err)
{
	static const struct pg_stmt look = {
		"retry_unrouted_any", "SELECT EXISTS (SELECT 1 FROM retry WHERE account_id = 0"
				      " AND due_at <= statement_timestamp())"};
	struct pg_result *rows = NULL;

	if (!scheduler_run(s, &look, &rows, err))
		return false;
	*out = pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

bool route_retries(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt due = {"retry_unrouted",
					   "SELECT message_id, msisdn, encoding, parts, text,"
					   "       ported, run_id, class, category, sender, tried"
					   "  FROM retry_unrouted($1)"};
	struct pg_result *rows = NULL;
	bool any, ok;

	if (!any_unrouted(s, &any, err))
		return false;
	if (!any)
		return true;
	if (!prepare(s, err) || !pg_begin(s->pg, err))
		return false;
	pg_param_int32(s->params, RETRIES_MAX);
	if (!scheduler_run(s, &due, &rows, err))
		return false;
	ok = name_accounts(s, rows, err);
	pg_result_free(&rows);
	return ok && end(s, err);
}

/* --- stranded ------------------------------------------------------------------------------------
 */

enum { STRANDED_ID, STRANDED_ACCOUNT, STRANDED_CLASS, STRANDED_CATEGORY, STRANDED_SENDER };

/* Messages of a batch and where they go; those for whom nobody better is found are left out. */
struct moves {
	size_t count;
	int64_t id[BATCH_MESSAGES_MAX];
	int16_t account[BATCH_MESSAGES_MAX];
};

static void find_moves(struct scheduler *s, const struct route_scope *scope,
		       const struct pg_result *rows, int64_t dead, struct moves *out)
{
	out->count = 0;
	for (size_t i = 0; i < pg_rows(rows) && out->count < BATCH_MESSAGES_MAX; i++) {
		int64_t id = pg_int(rows, i, 0);
		const struct route_account *account = ask_row(s, scope, rows, i, 1, id, NULL);

		if (account == NULL || account->id == dead || !account->up)
			continue;
		give(s, account, (int)pg_int(rows, i, 1 + ASK_PARTS));
		out->id[out->count] = id;
		out->account[out->count++] = account->id;
	}
}

static bool move_batch(struct scheduler *s, const struct pg_result *batches, size_t row,
		       int64_t *moved, struct err *err)
{
	static const struct pg_stmt unsent = {
		"batch_unsent",
		"SELECT id, msisdn, encoding, parts, text, ported FROM batch_unsent($1)"};
	static const struct pg_stmt reroute = {
		"batch_reroute", "SELECT batch_reroute($1, $2::bigint[], $3::smallint[])"};
	int64_t batch = pg_int(batches, row, STRANDED_ID);
	struct pg_result *rows = NULL;
	struct route_scope scope;
	struct moves moves;

	pg_param_int64(s->params, batch);
	if (!scheduler_run(s, &unsent, &rows, err))
		return false;
	ask_scope(s, pg_text(batches, row, STRANDED_SENDER), pg_int(batches, row, STRANDED_CLASS),
		  pg_int(batches, row, STRANDED_CATEGORY), &scope);
	find_moves(s, &scope, rows, pg_int(batches, row, STRANDED_ACCOUNT), &moves);
	pg_result_free(&rows);
	if (moves.count == 0)
		return true;
	pg_param_int64(s->params, batch);
	pg_param_int64_array(s->params, moves.id, moves.count);
	pg_param_int16_array(s->params, moves.account, moves.count);
	if (!scheduler_run(s, &reroute, &rows, err))
		return false;
	*moved += pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

/* Some batches in a transaction of their own; *more_out: there may be others behind them. */
static bool move_some(struct scheduler *s, int64_t *moved, bool *more_out, struct err *err)
{
	static const struct pg_stmt next = {"batches_stranded",
					    "SELECT id, account_id, class, category, sender"
					    "  FROM batches_stranded($1, $2, $3) ORDER BY id"};
	struct pg_result *batches = NULL;
	bool ok = true;

	*more_out = false;
	if (!prepare(s, err) || !pg_begin(s->pg, err))
		return false;
	pg_param_int32(s->params, DOWN_S);
	pg_param_int64(s->params, s->stranded_after);
	pg_param_int32(s->params, STRANDED_MAX);
	if (!scheduler_run(s, &next, &batches, err))
		return false;
	for (size_t i = 0; ok && i < pg_rows(batches); i++) {
		ok = move_batch(s, batches, i, moved, err);
		s->stranded_after = pg_int(batches, i, STRANDED_ID);
		*more_out = true;
	}
	if (pg_rows(batches) == 0)
		s->stranded_after = 0; /* round and round: an account may come up again */
	pg_result_free(&batches);
	return ok && end(s, err);
}

/* Looked at first, so that nobody asks for parts of caps who has nothing to route. */
static bool any_stranded(struct scheduler *s, bool *out, struct err *err)
{
	static const struct pg_stmt look = {
		"batches_stranded_any",
		"SELECT EXISTS (SELECT 1 FROM account a"
		"  LEFT JOIN account_lease l ON l.account_id = a.id"
		" WHERE (NOT a.enabled OR least(l.until, coalesce(l.down_since, l.until))"
		"        < clock_timestamp() - $1 * interval '1 s')"
		"   AND (EXISTS (SELECT 1 FROM batch b WHERE b.account_id = a.id AND b.state = 0"
		"                   AND NOT b.pinned)"
		"        OR EXISTS (SELECT 1 FROM batch b WHERE b.account_id = a.id AND b.state = 1"
		"                      AND NOT b.pinned)))"};
	struct pg_result *rows = NULL;

	pg_param_int32(s->params, DOWN_S);
	if (!scheduler_run(s, &look, &rows, err))
		return false;
	*out = pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

/* What nobody has claimed of batches of an account that is off or down for 30 s: nothing of it is
 * in doubt.  Somebody's explicit choice stays. */
bool route_stranded(struct scheduler *s, struct err *err)
{
	int64_t moved = 0;
	bool more;

	if (!any_stranded(s, &more, err))
		return false;
	for (int i = 0; more && i < STRANDED_TURN && !daemon_stopping(); i++)
		if (!move_some(s, &moved, &more, err))
			return false;
	if (moved > 0)
		log_warn("messages of accounts that cannot send are routed anew",
			 LI("messages", moved));
	return true;
}

/* --- silent --------------------------------------------------------------------------------------
 */

/* Up to when a rule's messages were sought; of a rule seen for the first time not long ago. */
static int64_t *silent_since(struct scheduler *s, const struct route_rule *rule, int64_t now_us)
{
	for (size_t i = 0; i < s->silent_count; i++)
		if (s->silent_rule[i] == rule->id)
			return &s->silent_us[i];
	if (s->silent_count == ROUTE_RULES_MAX) /* rules come and go: begin anew */
		s->silent_count = 0;
	s->silent_rule[s->silent_count] = rule->id;
	s->silent_us[s->silent_count] =
		now_us - (rule->receipt_within_s + SILENT_BACK_S) * US_PER_S;
	return &s->silent_us[s->silent_count++];
}

/* Ask for another account for each row that this rule speaks for. */
static bool send_again(struct scheduler *s, const struct route_rule *rule,
		       const struct pg_result *rows, struct err *err)
{
	static const struct pg_stmt again = {
		"route_silent_again",
		"INSERT INTO retry (message_id, account_id, parts_mask, due_at, reason)"
		" SELECT u.id, 0, -1, clock_timestamp(), 11 FROM unnest($1::bigint[]) AS u(id)"
		" ORDER BY u.id ON CONFLICT (message_id) DO NOTHING"};
	int64_t *id = mem_alloc((pg_rows(rows) + 1) * sizeof(*id));
	size_t count = 0;
	bool ok;

	for (size_t i = 0; i < pg_rows(rows); i++) {
		int64_t msisdn = pg_int(rows, i, 1);
		const struct route_message message = {
			.msisdn = msisdn,
			.operator_id = route_store_operator(&s->store, msisdn, pg_int(rows, i, 2)),
		};
		struct route_scope scope;

		ask_scope(s, pg_text(rows, i, 5), pg_int(rows, i, 3), pg_int(rows, i, 4), &scope);
		if (route_rule_of(&scope, &message) == rule)
			id[count++] = pg_int(rows, i, 0);
	}
	pg_param_int64_array(s->params, id, count);
	ok = scheduler_run(s, &again, NULL, err);
	mem_free(id);
	if (ok && count > 0)
		log_warn("no receipt came in time: the next account sends it too",
			 LS("rule", rule->name), LI("messages", count));
	return ok;
}

static bool seek_silent(struct scheduler *s, const struct route_rule *rule, int64_t now_us,
			struct err *err)
{
	static const struct pg_stmt silent = {
		"messages_silent", "SELECT message_id, msisdn, ported, class, category, sender"
				   "  FROM messages_silent($1::smallint[], $2, $3, $4)"};
	int64_t *since = silent_since(s, rule, now_us);
	int64_t upto = now_us - rule->receipt_within_s * US_PER_S;
	int16_t classes[2];
	struct pg_result *rows = NULL;
	size_t count = 0;
	bool ok;

	for (int16_t class = CLASS_SERVICE; class <= CLASS_ALERT; class ++)
		if ((rule->classes >> class & 1) != 0)
			classes[count++] = class;
	pg_param_int16_array(s->params, classes, count);
	pg_param_time_us(s->params, *since);
	pg_param_time_us(s->params, upto);
	pg_param_int32(s->params, SILENT_MAX);
	if (!scheduler_run(s, &silent, &rows, err))
		return false;
	ok = pg_rows(rows) == 0 || send_again(s, rule, rows, err);
	pg_result_free(&rows);
	if (ok)
		*since = upto;
	return ok;
}

static bool database_now(struct scheduler *s, int64_t *out, struct err *err)
{
	static const struct pg_stmt now = {"route_now", "SELECT clock_timestamp()"};
	struct pg_result *rows = NULL;

	if (!scheduler_run(s, &now, &rows, err))
		return false;
	*out = pg_time_us(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

bool route_silent(struct scheduler *s, struct err *err)
{
	int64_t now_us = 0;

	if (!route_store_refresh(&s->store, s->pg, err))
		return false;
	for (size_t i = 0; i < s->store.book.rule_count; i++) {
		const struct route_rule *rule = &s->store.book.rule[i];

		if (rule->receipt_within_s == 0)
			continue;
		if (now_us == 0 && !database_now(s, &now_us, err))
			return false;
		if (!seek_silent(s, rule, now_us, err))
			return false;
	}
	return true;
}
