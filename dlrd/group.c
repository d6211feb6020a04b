/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* group - memory for a group of receipts, taken once and reused. */
#include "common/base/mem.h"
#include "dlrd/dlrd.h"

static void group_init(struct group *g, size_t cap)
{
	*g = (struct group){.cap = cap};
	g->receipts = mem_calloc(cap, sizeof(*g->receipts));
	g->matches = mem_calloc(cap, sizeof(*g->matches));
	g->keys = mem_calloc(cap, sizeof(*g->keys));
	g->place = mem_calloc(cap, sizeof(*g->place));
	g->order = mem_calloc(cap, sizeof(*g->order));
	for (size_t k = 0; k < sizeof(g->int64s) / sizeof(g->int64s[0]); k++)
		g->int64s[k] = mem_calloc(cap, sizeof(*g->int64s[k]));
	g->int16s = mem_calloc(cap, sizeof(*g->int16s));
	g->texts = mem_calloc(cap, sizeof(*g->texts));
	g->params = pg_params_new();
	g->receipt_copy = pg_copy_new("COPY receipt (received_at, message_id, done_at, account_id,"
				      " part, state, err) FROM STDIN (FORMAT binary)");
	g->parked_copy =
		pg_copy_new("COPY parked_receipt (ref_key, account_id, msisdn, state,"
			    " next_try_at, received_at, done_at, provider_id, err, stopped)"
			    " FROM STDIN (FORMAT binary)");
}

static void group_deinit(struct group *g)
{
	mem_free(g->receipts);
	mem_free(g->matches);
	mem_free(g->keys);
	mem_free(g->place);
	mem_free(g->order);
	for (size_t k = 0; k < sizeof(g->int64s) / sizeof(g->int64s[0]); k++)
		mem_free(g->int64s[k]);
	mem_free(g->int16s);
	mem_free(g->texts);
	pg_params_free(&g->params);
	pg_copy_free(&g->receipt_copy);
	pg_copy_free(&g->parked_copy);
	*g = (struct group){0};
}

static void inbound_metrics_init(struct dlrd_metrics *m)
{
	m->inbound = metrics_counter("vestnik_inbound_total",
				     "Messages from phones stored, joined from their parts", NULL);
	m->inbound_repeated =
		metrics_counter("vestnik_inbound_repeated_total",
				"Parts of messages from phones that were delivered again", NULL);
	m->inbound_incomplete =
		metrics_counter("vestnik_inbound_incomplete_total",
				"Messages from phones of which a part never came", NULL);
	m->inbound_dead = metrics_counter("vestnik_inbound_bundles_dead_total",
					  "Broken inbound bundles moved to inbound.dead", NULL);
	m->stops =
		metrics_counter("vestnik_stops_total", "Stop words that opted a number out", NULL);
}

static void metrics_init(struct dlrd_metrics *m)
{
	inbound_metrics_init(m);
	m->receipts =
		metrics_counter("vestnik_receipts_total", "Receipts taken from the queue", NULL);
	m->matched = metrics_counter("vestnik_receipts_matched_total",
				     "Receipts whose message was found, at once or later", NULL);
	m->parked = metrics_counter("vestnik_receipts_parked_total",
				    "Receipts that came before their message was known", NULL);
	m->settled_doubts = metrics_counter(
		"vestnik_receipts_settled_doubts_total",
		"Receipts without a reference that settled the one open doubt of their number",
		NULL);
	m->given_up = metrics_counter("vestnik_receipts_given_up_total",
				      "Receipts whose message was not found for 72 hours", NULL);
	m->dead_bundles = metrics_counter("vestnik_receipt_bundles_dead_total",
					  "Broken receipt bundles moved to receipt.dead", NULL);
	m->transaction = metrics_histogram("vestnik_receipt_transaction_seconds",
					   "Time to store one group of receipts", NULL);
}

void dlrd_init(struct dlrd *d, size_t cap)
{
	group_init(&d->group, cap);
	inbox_init(&d->inbox);
	d->parked_ids = mem_calloc(cap, sizeof(*d->parked_ids));
	d->parked_tries = mem_calloc(cap, sizeof(*d->parked_tries));
	d->patience = PATIENCE_NONE;
	metrics_init(&d->metrics);
}

void dlrd_deinit(struct dlrd *d)
{
	group_deinit(&d->group);
	inbox_deinit(&d->inbox);
	mem_free(d->parked_ids);
	mem_free(d->parked_tries);
	patience_deinit(&d->patience);
}
