/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* erase - client.erase: a client and everything about them is destroyed.
 *
 * One who is not known is erased already; the event's version still keeps older events about them
 * from bringing them back. */
#include "common/model/erase.h"

#include "common/base/mem.h"
#include "crmd/batch.h"
#include "crmd/kinds.h"

#define CLIENT_CHARS_MAX 200

struct erasure {
	const char *client, *reason;
};

void erase_read(struct event *e, struct json_in *in)
{
	struct erasure *x = mem_calloc(1, sizeof(*x));

	e->payload = x;
	e->key = x->client = json_in_text(in, "client", JSON_REQUIRED, CLIENT_CHARS_MAX);
	x->reason = json_in_text(in, "reason", JSON_REQUIRED, ERASE_REASON_CHARS);
}

static bool find_clients(struct worker *w, struct event *const *events, size_t count,
			 struct pg_result **rows_out, struct err *err)
{
	static const struct pg_stmt find = {
		"erase_find",
		"SELECT u.n::integer, c.id FROM unnest($1::text[]) WITH ORDINALITY AS u(client, n)"
		"  CROSS JOIN LATERAL (SELECT c.id FROM client c WHERE c.external_id = u.client "
		"LIMIT 1) c"
		" ORDER BY c.id"};
	const char *clients[BATCH_EVENTS_MAX];

	for (size_t i = 0; i < count; i++)
		clients[i] = ((const struct erasure *)events[i]->payload)->client;
	pg_param_text_array(w->params, clients, count);
	return worker_run(w, &find, rows_out, err);
}

static bool erase(struct worker *w, struct event *e, int64_t client_id, struct err *err)
{
	const struct erasure *x = e->payload;
	const struct erase_request request = {
		.client_id = client_id, .reason = x->reason, .source = "crm"};
	enum erase_outcome outcome = ERASE_NOBODY;
	int64_t erasure_id;

	if (w->key == NULL)
		event_refuse(e, "data.client",
			     "a crmd that has a key for erasures (privacy.key_file)");
	else if (!client_erase(w->pg, w->key, &request, &outcome, &erasure_id, err))
		return false;
	if (outcome == ERASE_COMPLAINT)
		event_refuse(e, "data.client",
			     "a client without a complaint that is not closed: its proof would be "
			     "lost. Close it, and send the event again");
	return true;
}

bool erase_apply(struct worker *w, struct event *const *events, size_t count, struct err *err)
{
	struct pg_result *rows = NULL;
	bool ok = find_clients(w, events, count, &rows, err);

	for (size_t row = 0; ok && row < pg_rows(rows); row++)
		ok = erase(w, events[pg_int(rows, row, 0) - 1], pg_int(rows, row, 1), err);
	pg_result_free(&rows);
	return ok;
}
