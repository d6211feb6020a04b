/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* batch_store - a batch of events in one transaction; see batch.h. */
#include <string.h>

#include "common/base/daemon.h"
#include "common/base/log.h"
#include "crmd/batch.h"
#include "crmd/kinds.h"
#include "crmd/users.h"

struct attempt {
	struct worker *w;
	struct event *events;
	size_t count;
};

static const struct pg_stmt take = {
	"crm_event_take",
	"WITH taken AS (INSERT INTO crm_event (id, type)"
	"               SELECT u.id, u.type FROM unnest($1::text[], $2::text[]) AS u(id, type)"
	"                ORDER BY u.id ON CONFLICT (id) DO NOTHING RETURNING id)"
	" SELECT u.n::integer FROM unnest($1::text[]) WITH ORDINALITY AS u(id, n)"
	"   JOIN taken t ON t.id = u.id"};

static const struct pg_stmt versions = {
	"crm_version_take",
	"WITH said AS (SELECT sha256(convert_to(u.subject || ' ' || u.key, 'UTF8')) AS digest,"
	"                     u.version, u.n"
	"                FROM unnest($1::text[], $2::text[], $3::bigint[])"
	"                WITH ORDINALITY AS u(subject, key, version, n)),"
	" taken AS (INSERT INTO crm_version AS v (digest, version)"
	"           SELECT digest, version FROM said ORDER BY digest"
	"           ON CONFLICT (digest) DO UPDATE SET version = excluded.version"
	"            WHERE v.version < excluded.version RETURNING digest)"
	" SELECT s.n::integer FROM said s JOIN taken t ON t.digest = s.digest"};

static const struct pg_stmt record = {
	"crm_event_record",
	"UPDATE crm_event e SET outcome = u.outcome, field = u.field, reason = u.reason"
	"  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])"
	"       AS u(id, outcome, field, reason)"
	" WHERE e.id = u.id"};

static bool with_id(const struct event *e)
{
	return e->id != NULL;
}

static bool to_be_done(const struct event *e)
{
	return e->outcome == EVENT_DONE;
}

static bool versioned(const struct event *e)
{
	return to_be_done(e) && e->kind->versioned;
}

static bool to_be_recorded(const struct event *e)
{
	return e->outcome == EVENT_REFUSED || e->outcome == EVENT_STALE;
}

/* Pointers to the events that are `wanted`. */
static size_t choose(const struct attempt *a, bool (*wanted)(const struct event *),
		     struct event *out[BATCH_EVENTS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < a->count; i++)
		if (wanted(&a->events[i]))
			out[n++] = &a->events[i];
	return n;
}

/* Run a statement that answers with the numbers, from 1, of the events that passed; all others get
 * this outcome. */
static bool sift(struct worker *w, const struct pg_stmt *stmt, struct event *const *events,
		 size_t n, enum event_outcome outcome, struct err *err)
{
	bool passed[BATCH_EVENTS_MAX] = {false};
	struct pg_result *rows = NULL;

	if (!worker_run(w, stmt, &rows, err))
		return false;
	for (size_t row = 0; row < pg_rows(rows); row++)
		passed[pg_int(rows, row, 0) - 1] = true;
	pg_result_free(&rows);
	for (size_t i = 0; i < n; i++)
		if (!passed[i])
			events[i]->outcome = outcome;
	return true;
}

static bool take_ids(struct attempt *a, struct err *err)
{
	struct event *events[BATCH_EVENTS_MAX];
	const char *ids[BATCH_EVENTS_MAX], *types[BATCH_EVENTS_MAX];
	size_t n = choose(a, with_id, events);

	if (n == 0)
		return true;
	for (size_t i = 0; i < n; i++) {
		ids[i] = events[i]->id;
		types[i] = events[i]->kind != NULL ? events[i]->kind->name : "";
	}
	pg_param_text_array(a->w->params, ids, n);
	pg_param_text_array(a->w->params, types, n);
	return sift(a->w, &take, events, n, EVENT_KNOWN, err);
}

static bool take_versions(struct attempt *a, struct err *err)
{
	struct event *events[BATCH_EVENTS_MAX];
	const char *subjects[BATCH_EVENTS_MAX], *keys[BATCH_EVENTS_MAX];
	int64_t numbers[BATCH_EVENTS_MAX];
	size_t n = choose(a, versioned, events);

	if (n == 0)
		return true;
	for (size_t i = 0; i < n; i++) {
		subjects[i] = events[i]->kind->subject;
		keys[i] = events[i]->key;
		numbers[i] = events[i]->version;
	}
	pg_param_text_array(a->w->params, subjects, n);
	pg_param_text_array(a->w->params, keys, n);
	pg_param_int64_array(a->w->params, numbers, n);
	return sift(a->w, &versions, events, n, EVENT_STALE, err);
}

/* Pointers to those of one kind that are to be done, or are done. */
static size_t of_kind(const struct attempt *a, const struct event_kind *kind,
		      struct event *out[BATCH_EVENTS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < a->count; i++)
		if (a->events[i].kind == kind && to_be_done(&a->events[i]))
			out[n++] = &a->events[i];
	return n;
}

static bool apply_kinds(struct attempt *a, struct err *err)
{
	struct event *events[BATCH_EVENTS_MAX];

	for (const struct event_kind *kind = event_kinds; kind->name != NULL; kind++) {
		size_t n = of_kind(a, kind, events);

		if (n > 0 && !kind->apply(a->w, events, n, err))
			return false;
	}
	return true;
}

static bool record_outcomes(struct attempt *a, struct err *err)
{
	struct event *events[BATCH_EVENTS_MAX];
	const char *columns[4][BATCH_EVENTS_MAX];
	size_t n = choose(a, to_be_recorded, events);

	if (n == 0)
		return true;
	for (size_t i = 0; i < n; i++) {
		bool refused = events[i]->outcome == EVENT_REFUSED;

		columns[0][i] = events[i]->id;
		columns[1][i] = refused ? "refused" : "stale";
		columns[2][i] = refused ? events[i]->field : NULL;
		columns[3][i] = refused ? events[i]->reason : NULL;
	}
	for (size_t c = 0; c < 4; c++)
		pg_param_text_array(a->w->params, columns[c], n);
	return worker_run(a->w, &record, NULL, err);
}

static bool store(struct pg *pg, void *arg, struct err *err)
{
	struct attempt *a = arg;

	(void)pg;
	for (size_t i = 0; i < a->count; i++) {
		struct event *e = &a->events[i];

		e->outcome = e->read_as;
		if (e->barred != NULL && with_id(e))
			event_refuse(e, e->barred_field, e->barred);
	}
	return take_ids(a, err) && take_versions(a, err) && apply_kinds(a, err) &&
	       record_outcomes(a, err);
}

static void tell_committed(struct attempt *a)
{
	struct event *events[BATCH_EVENTS_MAX];

	for (const struct event_kind *kind = event_kinds; kind->name != NULL; kind++) {
		size_t n = kind->committed != NULL ? of_kind(a, kind, events) : 0;

		if (n > 0)
			kind->committed(a->w, events, n);
	}
}

static void bury(struct event *e, const struct err *err)
{
	log_err("the database refuses an event, which was moved to the dead letters", err,
		LS("type", e->kind != NULL ? e->kind->name : ""));
	e->outcome = EVENT_DEAD;
	memcpy(e->reason, err->msg, sizeof(e->reason));
}

/* One of the events is to blame. */
static bool can_be_split(const struct err *err)
{
	return err->kind == ERR_REFUSED || err->kind == ERR_LIMIT;
}

/* What may be sent and what it costs is asked before the transaction, whose answers are not as of
 * now. */
static bool try_batch(struct attempt *a, struct err *err)
{
	return users_judge(a->w, a->events, a->count, err) &&
	       message_prepare(a->w, a->events, a->count, err) &&
	       pg_transaction(a->w->pg, store, a, err);
}

bool batch_store(struct worker *w, struct event *events, size_t count)
{
	struct attempt a = {.w = w, .events = events, .count = count};
	struct err err;

	while (!try_batch(&a, &err)) {
		pg_params_reset(w->params);
		if (daemon_stopping())
			return false;
		if (!pg_usable(w->pg)) {
			log_err("events could not be stored, will try again", &err);
			if (!worker_database(w))
				return false;
		} else if (can_be_split(&err) && count > 1) {
			return batch_store(w, events, count / 2) &&
			       batch_store(w, events + count / 2, count - count / 2);
		} else if (can_be_split(&err)) {
			bury(events, &err);
			return true;
		} else if (!worker_sleep(1000)) {
			return false;
		}
	}
	tell_committed(&a);
	return true;
}
