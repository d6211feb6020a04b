/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* message - message.send: what POST /v1/messages does, asked for by an event. */
#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/broker/topology.h"
#include "common/model/message_chunks.h"
#include "common/model/message_template.h"
#include "common/model/quota.h"
#include "common/model/stops.h"
#include "common/route/quote.h"
#include "crmd/batch.h"
#include "crmd/kinds.h"

#define CONFIRM_MS   5000
#define FIRST_LOOK_S "2" /* seconds until states are looked at first */

struct message {
	struct message_item item; /* first: message_of_item() */
	struct event *event;
	bool report;	  /* its sender wants to know its fate */
	int64_t chunk_id; /* of the first message of a chunk: the ticket to be published; else 0 */
	struct quota_ask ask;
};

void message_read(struct event *e, struct json_in *in)
{
	struct message *m = mem_calloc(1, sizeof(*m));

	e->payload = m;
	message_members_read(in, &m->item);
	m->report = json_in_bool(in, "report", JSON_OPTIONAL, false);
}

static struct message *message_of(const struct event *e)
{
	return e->payload;
}

static struct message *message_of_item(struct message_item *item)
{
	return (struct message *)item;
}

/* Names of accounts to ids; an unknown one refuses its event. */
static bool find_accounts(struct worker *w, struct event *const *events, size_t count,
			  struct err *err)
{
	static const struct pg_stmt find = {
		"message_accounts", "SELECT coalesce(a.id, 0::smallint), u.name IS NOT NULL AND "
				    "a.id IS NULL, u.n::integer"
				    "  FROM unnest($1::text[]) WITH ORDINALITY AS u(name, n)"
				    "  LEFT JOIN account a ON a.name = u.name AND a.enabled"};
	const char *names[BATCH_EVENTS_MAX];
	struct pg_result *rows = NULL;
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		names[i] = message_of(events[i])->item.account;
		any = any || names[i] != NULL;
	}
	if (!any)
		return true;
	pg_param_text_array(w->params, names, count);
	if (!worker_run(w, &find, &rows, err))
		return false;
	for (size_t row = 0; row < pg_rows(rows); row++) {
		struct event *e = events[pg_int(rows, row, 2) - 1];

		message_of(e)->item.account_id = (int16_t)pg_int(rows, row, 0);
		if (pg_bool(rows, row, 1))
			event_refuse(e, "data.account", "the name of an enabled account");
	}
	pg_result_free(&rows);
	return true;
}

/* --- texts of templates --------------------------------------------------------------------------
 */

static void refuse_templated(void *arg, struct message_item *item, const char *field,
			     const char *found, const char *expected)
{
	char path[64];

	(void)arg;
	(void)found; /* a refusal says what is expected */
	snprintf(path, sizeof(path), "data.%s", field);
	event_refuse(message_of_item(item)->event, path, expected);
}

/* A program that is bound to templates says nothing of its own. */
static void judge_texts(struct event *const *events, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!send_terms_allow(&events[i]->terms, message_of(events[i])->item.template_id))
			event_refuse(events[i], "data.template_id",
				     "a template that this user may send, in place of a text");
}

static bool fill_templates(struct worker *w, struct event *const *events, size_t count,
			   struct message_texts *texts, struct err *err)
{
	struct message_item **item = mem_calloc(count + 1, sizeof(struct message_item *));
	size_t named = 0;
	bool ok;

	for (size_t i = 0; i < count; i++) {
		struct message *m = message_of(events[i]);

		m->event = events[i];
		if (events[i]->outcome == EVENT_DONE && m->item.template_id != 0)
			item[named++] = &m->item;
	}
	ok = message_templates_fill(item, named, texts, refuse_templated, NULL, w->pg, w->params,
				    err);
	mem_free(item);
	return ok;
}

/* --- quotas --------------------------------------------------------------------------------------
 */

bool message_prepare(struct worker *w, const struct event *events, size_t count, struct err *err)
{
	bool priced = false;

	for (size_t i = 0; i < count; i++)
		priced = priced || events[i].terms.quota_money;
	if (!priced)
		return true;
	if (w->routes == NULL) {
		w->routes = mem_calloc(1, sizeof(*w->routes));
		route_store_init(w->routes);
	}
	return route_store_refresh(w->routes, w->pg, err);
}

static bool quote(struct worker *w, struct event *const *events, size_t count, struct err *err)
{
	struct message_item **item = mem_calloc(count + 1, sizeof(struct message_item *));
	size_t priced = 0;
	bool ok;

	for (size_t i = 0; i < count; i++)
		if (events[i]->outcome == EVENT_DONE && events[i]->terms.quota_money)
			item[priced++] = &message_of(events[i])->item;
	ok = priced == 0 || quote_items(w->routes, item, priced, w->pg, w->params, err);
	mem_free(item);
	return ok;
}

/* The messages of users with limits, counted in the order they came. */
static bool take_quotas(struct worker *w, struct event *const *events, size_t count,
			struct err *err)
{
	struct quota_ask *asks[BATCH_EVENTS_MAX];
	struct event *asked[BATCH_EVENTS_MAX];
	char reason[QUOTA_REASON_SIZE];
	size_t n = 0;

	if (!quote(w, events, count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct message *m = message_of(events[i]);

		if (events[i]->outcome != EVENT_DONE || events[i]->terms.quota_id == 0)
			continue;
		m->ask = (struct quota_ask){.quota_id = events[i]->terms.quota_id,
					    .parts = m->item.parts,
					    .money_micro = m->item.cost_micro};
		asked[n] = events[i];
		asks[n++] = &m->ask;
	}
	if (n > 0 && !quota_take(w->pg, w->params, asks, n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (asks[i]->bar != QUOTA_FITS)
			event_refuse(asked[i], "user-id", quota_reason(asks[i], reason));
	return true;
}

/* --- whose fate is to be told ------------------------------------------------------------------
 */

/* One row for the messages of a home batch, if any of them asks for it. */
static bool report_batch(struct worker *w, const struct message_chunk *chunk, size_t base,
			 struct err *err)
{
	static const struct pg_stmt insert = {
		"status_report_insert",
		"INSERT INTO status_report (batch_id, told, refs, look_at)"
		" VALUES ($1::bigint, repeat('0', $2::integer), $3::text[],"
		"         clock_timestamp() + interval '" FIRST_LOOK_S " s')"};
	const char *refs[BATCH_MESSAGES_MAX];
	size_t from = base * BATCH_MESSAGES_MAX, n = 0;
	bool any = false;

	for (; n < BATCH_MESSAGES_MAX && from + n < chunk->count; n++) {
		const struct message *m = message_of_item(chunk->item[from + n]);

		refs[n] = m->report ? m->event->id : NULL;
		any = any || refs[n] != NULL;
	}
	if (!any)
		return true;
	pg_param_int64(w->params, chunk->base[base]);
	pg_param_int32(w->params, (int32_t)n);
	pg_param_text_array(w->params, refs, n);
	return worker_run(w, &insert, NULL, err);
}

static bool report_chunks(struct worker *w, const struct message_chunks *chunks, struct err *err)
{
	for (size_t i = 0; i < chunks->count; i++)
		for (size_t b = 0; b * BATCH_MESSAGES_MAX < chunks->chunks[i]->count; b++)
			if (!report_batch(w, chunks->chunks[i], b, err))
				return false;
	return true;
}

/* --- storing -----------------------------------------------------------------------------------
 */

static void remember_tickets(const struct message_chunks *chunks)
{
	for (size_t i = 0; i < chunks->count; i++)
		message_of_item(chunks->chunks[i]->item[0])->chunk_id = chunks->chunks[i]->id;
}

/* Stops of numbers that were erased once stand again before anything goes there. */
static bool restore_stops(struct worker *w, struct event *const *events, size_t count,
			  struct err *err)
{
	int64_t msisdns[BATCH_EVENTS_MAX];

	for (size_t i = 0; i < count; i++)
		msisdns[i] = message_of(events[i])->item.msisdn;
	return stops_restore(w->pg, w->key, msisdns, count, err);
}

static bool find_zones(struct worker *w, struct message_chunks *chunks, struct event *const *events,
		       size_t count, struct err *err)
{
	struct message_item **item = mem_calloc(count + 1, sizeof(struct message_item *));
	size_t done = 0;
	bool ok;

	for (size_t i = 0; i < count; i++)
		if (events[i]->outcome == EVENT_DONE)
			item[done++] = &message_of(events[i])->item;
	ok = message_chunks_zones(chunks, item, done, w->pg, w->params, err);
	mem_free(item);
	return ok;
}

static bool store(struct worker *w, struct message_chunks *chunks, struct event *const *events,
		  size_t count, struct err *err)
{
	if (!find_zones(w, chunks, events, count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct message *m = message_of(events[i]);

		m->chunk_id = 0;
		if (events[i]->outcome == EVENT_DONE)
			message_chunks_add(chunks, &m->item);
	}
	if (chunks->count == 0)
		return true;
	if (!message_chunks_number(chunks, w->pg, w->params, err) ||
	    !pg_pipeline_begin(w->pg, err) ||
	    !message_chunks_queue_stops(chunks, w->pg, w->params, w->key, err) ||
	    !pg_pipeline_end(w->pg, NULL, 0, err) ||
	    !message_chunks_insert(chunks, w->pg, w->params, err))
		return false;
	remember_tickets(chunks);
	return report_chunks(w, chunks, err);
}

bool message_apply(struct worker *w, struct event *const *events, size_t count, struct err *err)
{
	struct message_chunks chunks = {0};
	struct message_texts texts = {0};
	bool ok;

	judge_texts(events, count);
	ok = find_accounts(w, events, count, err) &&
	     fill_templates(w, events, count, &texts, err) && take_quotas(w, events, count, err) &&
	     restore_stops(w, events, count, err) && store(w, &chunks, events, count, err);

	message_chunks_clear(&chunks);
	message_texts_free(&texts);
	return ok;
}

/* A ticket that is lost is published again by schedulerd. */
void message_committed(struct worker *w, struct event *const *events, size_t count)
{
	char ticket[TICKET_SIZE];
	struct err err;

	for (size_t i = 0; i < count; i++) {
		const struct message *m = message_of(events[i]);

		if (m->chunk_id != 0)
			mq_publish(w->mq, queue_chunk(m->item.lane), ticket,
				   ticket_chunk(m->chunk_id, ticket));
	}
	if (!mq_confirm(w->mq, clock_mono_ms() + CONFIRM_MS, &err))
		log_err("tickets were not published; schedulerd will", &err);
}
