/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* trouble - see trouble.h. */
#include "common/model/trouble.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/model/account_state.h"

#define DOWN_MS	       30000  /* a session that is cut comes back within this */
#define BACKLOG_MS     600000 /* older work than this is late */
#define BALANCE_HOURS  24
#define SICK_POINTS    30 /* below it the routing only tries an account (docs/routing.md) */
#define TIMEOUT_SHARE  10 /* one of so many unanswered is too much */
#define ANSWERED_MIN   100
#define US_PER_MS      1000
#define MICRO_PER_UNIT 1000000

struct list {
	struct trouble *items;
	size_t count, cap;
};

static struct trouble *add(struct list *list, const char *code, enum trouble_weight weight,
			   int64_t since_us)
{
	if (list->count == list->cap) {
		list->cap = list->cap > 0 ? list->cap * 2 : 16;
		list->items = mem_realloc(list->items, list->cap, sizeof(*list->items));
	}
	list->items[list->count] =
		(struct trouble){.code = code, .weight = weight, .since_us = since_us};
	return &list->items[list->count++];
}

static void say(char out[TROUBLE_TEXT_SIZE], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(char out[TROUBLE_TEXT_SIZE], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(out, TROUBLE_TEXT_SIZE, format, args);
	va_end(args);
}

/* --- accounts ------------------------------------------------------------------------------------
 */

/* The account of a row, and how long ago something was. */
struct state {
	const struct pg_result *rows;
	size_t i;
	int64_t now_us;
};

static const char *text_of(const struct state *s, int col)
{
	return pg_text(s->rows, s->i, col);
}

static int64_t int_of(const struct state *s, int col)
{
	return pg_null(s->rows, s->i, col) ? 0 : pg_int(s->rows, s->i, col);
}

static int64_t time_of(const struct state *s, int col)
{
	return pg_null(s->rows, s->i, col) ? 0 : pg_time_us(s->rows, s->i, col);
}

static bool is_older(const struct state *s, int64_t at_us, int64_t ms)
{
	return at_us == 0 || s->now_us - at_us > ms * US_PER_MS;
}

static struct trouble *add_account(struct list *list, const struct state *s, const char *code,
				   enum trouble_weight weight, int64_t since_us)
{
	struct trouble *t = add(list, code, weight, since_us);
	const char *title = text_of(s, AS_PROVIDER_TITLE);

	t->account_id = int_of(s, AS_ID);
	(void)snprintf(t->account, sizeof(t->account), "%s", text_of(s, AS_NAME));
	(void)snprintf(t->provider, sizeof(t->provider), "%.200s",
		       title[0] != '\0' ? title : text_of(s, AS_PROVIDER_NAME));
	(void)snprintf(t->contact, sizeof(t->contact), "%.1000s", text_of(s, AS_PROVIDER_CONTACT));
	return t;
}

/* It cannot send.  True: nothing else of it needs saying. */
static bool judge_line(struct list *list, const struct state *s)
{
	const char *condition = text_of(s, AS_CONDITION);
	int64_t since_us = time_of(s, AS_SINCE);
	struct trouble *t;

	if (strcmp(condition, "off") == 0)
		return true;
	if (strcmp(condition, "stopped") == 0) {
		t = add_account(list, s, "account_stopped", TROUBLE_CRITICAL, since_us);
		say(t->what, "It is not even tried: %.300s", text_of(s, AS_STOPPED));
		say(t->action, "%s",
		    "Correct its settings; it goes on as soon as they are saved. If they are "
		    "right, "
		    "call the provider");
		return true;
	}
	if (strcmp(condition, "unheld") == 0) {
		t = add_account(list, s, "account_unheld", TROUBLE_CRITICAL, since_us);
		say(t->what, "No gateway has it: nothing leaves through it");
		if (strcmp(text_of(s, AS_KIND), "http") == 0)
			say(t->action,
			    "Start httpgwd, or see in its log why it does not take the account");
		else
			say(t->action,
			    "Start smppd, or see in its log why it does not take the account");
		return true;
	}
	if (strcmp(condition, "down") != 0)
		return false;
	if (is_older(s, since_us, DOWN_MS)) {
		t = add_account(list, s, "account_down", TROUBLE_CRITICAL, since_us);
		say(t->what, "The provider cannot be reached or lets nobody in");
		say(t->action, "%s",
		    "Call the provider; the gateway goes on trying. What waits can go by another "
		    "account meanwhile");
	}
	return true;
}

static void judge_backlog(struct list *list, const struct state *s)
{
	int64_t since_us = time_of(s, AS_BACKLOG_SINCE);
	struct trouble *t;

	if (since_us == 0 || !is_older(s, since_us, BACKLOG_MS))
		return;
	t = add_account(list, s, "backlog", TROUBLE_WARNING, since_us);
	say(t->what, "Parts that wait longer than ten minutes to be sent: %lld",
	    (long long)int_of(s, AS_BACKLOG_PARTS));
	say(t->action, "%s",
	    "It does not keep up: give it more rate or sessions if the provider allows, or let the "
	    "routing use another account");
}

static void judge_receipts(struct list *list, const struct state *s)
{
	int64_t sampled = int_of(s, AS_SAMPLED), last_us = time_of(s, AS_LAST_RECEIPT);
	struct trouble *t;

	if (!pg_bool(s->rows, s->i, AS_ASKS_RECEIPTS) || sampled < ACCOUNT_SILENT_MIN ||
	    int_of(s, AS_HEARD) > 0)
		return;
	t = add_account(list, s, "receipts_silent", TROUBLE_CRITICAL,
			last_us != 0 ? last_us : time_of(s, AS_SAMPLE_SINCE));
	say(t->what,
	    "Accepted, but no delivery reports come: none for any of %lld messages looked at",
	    (long long)sampled);
	say(t->action, "%s",
	    "Ask the provider whether it delivers and where its reports go. Is dlrd running?");
}

static void judge_balance(struct list *list, const struct state *s)
{
	int64_t left = int_of(s, AS_BALANCE_MICRO), hour = int_of(s, AS_HOUR_MICRO), hours;
	bool same = strcmp(text_of(s, AS_BALANCE_CURRENCY), text_of(s, AS_PROVIDER_CURRENCY)) == 0;
	struct trouble *t;

	if (pg_null(s->rows, s->i, AS_BALANCE_MICRO))
		return;
	hours = hour > 0 ? left / hour : BALANCE_HOURS;
	if (left > 0 && (!same || hours >= BALANCE_HOURS))
		return;
	t = add_account(list, s, "balance_low", left <= 0 ? TROUBLE_CRITICAL : TROUBLE_WARNING,
			time_of(s, AS_BALANCE_AT));
	if (left <= 0)
		say(t->what, "The prepaid balance is used up");
	else
		say(t->what, "The prepaid balance is %lld %.3s: hours left at this rate: %lld",
		    (long long)(left / MICRO_PER_UNIT), text_of(s, AS_BALANCE_CURRENCY),
		    (long long)hours);
	say(t->action, "Pay the provider, or let the routing use another account");
}

static void judge_answers(struct list *list, const struct state *s)
{
	int64_t answered = int_of(s, AS_ANSWERED), timeouts = int_of(s, AS_TIMEOUTS);
	struct trouble *t;

	if (!pg_null(s->rows, s->i, AS_HEALTH) && int_of(s, AS_HEALTH) < SICK_POINTS) {
		t = add_account(list, s, "account_sick", TROUBLE_WARNING, 0);
		say(t->what, "It refuses, is slow or does not answer: health is %lld of 100",
		    (long long)int_of(s, AS_HEALTH));
		say(t->action, "%s",
		    "The routing spares it by itself. Ask the provider what is wrong");
	} else if (answered + timeouts >= ANSWERED_MIN &&
		   timeouts * TIMEOUT_SHARE > answered + timeouts) {
		t = add_account(list, s, "answers_missing", TROUBLE_WARNING, 0);
		say(t->what, "Parts that were not answered in time: %lld of %lld",
		    (long long)timeouts, (long long)(answered + timeouts));
		say(t->action, "%s",
		    "Nobody knows what became of these. Ask the provider what is wrong");
	}
}

static void judge_link(struct list *list, const struct state *s)
{
	struct trouble *t;

	if (strcmp(text_of(s, AS_GROUND), "in use before a ground was asked for") != 0)
		return;
	t = add_account(list, s, "clear_link", TROUBLE_NOTICE, 0);
	say(t->what, "The link to the provider is not encrypted, and nobody said why");
	say(t->action, "Switch TLS on, or write down the ground, for instance a VPN");
}

static void judge_account(struct list *list, const struct state *s)
{
	if (strcmp(text_of(s, AS_CONDITION), "off") == 0)
		return;
	judge_link(list, s);
	judge_balance(list, s);
	if (judge_line(list, s))
		return;
	judge_backlog(list, s);
	judge_receipts(list, s);
	judge_answers(list, s);
}

/* --- the rest of the house -----------------------------------------------------------------------
 */

enum house_column {
	COL_STUCK_CHUNKS,
	COL_STUCK_BATCHES,
	COL_STUCK_SINCE,
	COL_RELEASED,
	COL_RELEASED_SINCE,
	COL_DUE,
	COL_DUE_SINCE,
	COL_PARKED,
	COL_PARKED_SINCE,
};

static void add_house(struct list *list, const char *code, enum trouble_weight weight,
		      int64_t since_us, const char *what, const char *action)
{
	struct trouble *t = add(list, code, weight, since_us);

	say(t->what, "%s", what);
	say(t->action, "%s", action);
}

static void judge_house(struct list *list, const struct state *s)
{
	char what[TROUBLE_TEXT_SIZE];

	if (int_of(s, COL_STUCK_CHUNKS) + int_of(s, COL_STUCK_BATCHES) > 0) {
		say(what, "Work was taken five times without progress: chunks %lld, batches %lld",
		    (long long)int_of(s, COL_STUCK_CHUNKS),
		    (long long)int_of(s, COL_STUCK_BATCHES));
		add_house(list, "work_stuck", TROUBLE_CRITICAL, time_of(s, COL_STUCK_SINCE), what,
			  "See the log of dispatcherd, mend the cause, then have the owner of the "
			  "database run SELECT stuck_release()");
	}
	if (int_of(s, COL_RELEASED) > 0) {
		say(what, "Pieces of campaigns that nobody works on: %lld",
		    (long long)int_of(s, COL_RELEASED));
		add_house(list, "dispatch_idle", TROUBLE_CRITICAL, time_of(s, COL_RELEASED_SINCE),
			  what, "Is dispatcherd running, and can it reach the broker?");
	}
	if (int_of(s, COL_DUE) > 0) {
		say(what, "Campaigns that should have begun and did not: %lld",
		    (long long)int_of(s, COL_DUE));
		add_house(list, "schedule_idle", TROUBLE_CRITICAL, time_of(s, COL_DUE_SINCE), what,
			  "Is schedulerd running?");
	}
	if (int_of(s, COL_PARKED) > 0) {
		say(what, "Delivery reports of the last hour that match no message: %lld",
		    (long long)int_of(s, COL_PARKED));
		add_house(list, "receipts_parked", TROUBLE_WARNING, time_of(s, COL_PARKED_SINCE),
			  what,
			  "Look at how the account reads ids, and whether another system uses it");
	}
}

static bool read_house(struct pg *pg, struct pg_result **out, struct err *err)
{
	static const struct pg_stmt ask = {
		"troubles_house",
		"SELECT c.n, b.n, c.since, d.n, d.since, g.n, g.since, k.n, k.since FROM"
		" (SELECT count(*) AS n, min(created_at) AS since FROM chunk WHERE state = 3) c,"
		" (SELECT count(*) AS n FROM batch WHERE NOT swept AND state = 4) b,"
		" (SELECT count(*) AS n, min(x.created_at) AS since FROM chunk x"
		"   LEFT JOIN run r ON r.id = x.run_id"
		"   WHERE x.state = 1 AND x.published_at < statement_timestamp() - interval '2 min'"
		"     AND (x.run_id IS NULL OR r.status = 'running')) d,"
		" (SELECT count(*) AS n, min(due) AS since FROM ("
		"   SELECT start_at AS due FROM campaign c WHERE status = 'planned'"
		"     AND start_at < statement_timestamp() - interval '2 min'"
		"     AND NOT EXISTS (SELECT 1 FROM campaign_clock k WHERE k.campaign_id = c.id)"
		"   UNION ALL SELECT k.next_at FROM campaign_clock k JOIN campaign c ON c.id = "
		"k.campaign_id"
		"   WHERE k.next_at < statement_timestamp() - interval '2 min'"
		"     AND c.status IN ('planned', 'running', 'paused')) o) g,"
		" (SELECT count(*) AS n, min(received_at) AS since FROM parked_receipt"
		"   WHERE received_at BETWEEN statement_timestamp() - interval '1 hour'"
		"         AND statement_timestamp() - interval '1 min') k"};

	return pg_run(pg, &ask, NULL, out, err);
}

static int by_weight(const void *a, const void *b)
{
	const struct trouble *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? -1 : 1;
	if (x->since_us != y->since_us)
		return x->since_us < y->since_us ? -1 : 1;
	return strcmp(x->account, y->account);
}

bool troubles_read(struct pg *pg, const struct pg_result *states, struct trouble **out,
		   size_t *count_out, struct err *err)
{
	struct state s = {.rows = states, .now_us = clock_wall_us()};
	struct pg_result *house = NULL;
	struct list list = {0};

	if (!read_house(pg, &house, err))
		return false;
	for (s.i = 0; s.i < pg_rows(states); s.i++)
		judge_account(&list, &s);
	s = (struct state){.rows = house, .now_us = s.now_us};
	judge_house(&list, &s);
	pg_result_free(&house);
	if (list.count > 0)
		qsort(list.items, list.count, sizeof(*list.items), by_weight);
	*out = list.items;
	*count_out = list.count;
	return true;
}

const char *trouble_weight_name(enum trouble_weight weight)
{
	static const char *const names[] = {
		[TROUBLE_CRITICAL] = "critical",
		[TROUBLE_WARNING] = "warning",
		[TROUBLE_NOTICE] = "notice",
	};

	return names[weight];
}
