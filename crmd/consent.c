/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* consent - consent.record and consent.withdraw: into the ledger, by the functions that keep it. */
#include "common/model/consent.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/model/phone.h"
#include "crmd/batch.h"
#include "crmd/kinds.h"

#define TEXT_CHARS_MAX 200

struct consent {
	const char *client; /* NULL: phone */
	int64_t phone;	    /* 0: the client's */
	const char *purpose, *channel, *form, *origin, *identity;
	int64_t text_id, proof_id;
	int64_t at_us, expires_at_us; /* 0: until withdrawn */
};

/* Whose: a client by external id, or a number of which no client need be known. */
static struct consent *begin(struct event *e, struct json_in *in)
{
	struct consent *c = mem_calloc(1, sizeof(*c));
	bool by_phone = json_in_has(in, "phone");

	e->payload = c;
	c->client = json_in_text(in, "client", by_phone ? JSON_OPTIONAL : JSON_REQUIRED,
				 TEXT_CHARS_MAX);
	c->phone = phone_in(in, "phone", JSON_OPTIONAL);
	if (by_phone && c->client != NULL)
		json_in_refuse(in, "phone", "both", "client or phone, not both");
	e->key = by_phone ? json_in_text(in, "phone", JSON_OPTIONAL, TEXT_CHARS_MAX) : c->client;
	c->purpose = json_in_text(in, "purpose", JSON_REQUIRED, TEXT_CHARS_MAX);
	c->channel = json_in_text(in, "channel", JSON_OPTIONAL, TEXT_CHARS_MAX);
	if (c->channel == NULL)
		c->channel = "sms";
	c->at_us = json_in_time(in, "at", JSON_REQUIRED);
	return c;
}

void consent_read(struct event *e, struct json_in *in)
{
	struct consent *c = begin(e, in);

	c->text_id = json_in_id(in, "text_id", JSON_REQUIRED);
	c->form = json_in_text(in, "form", JSON_REQUIRED, TEXT_CHARS_MAX);
	c->origin = json_in_text(in, "origin", JSON_REQUIRED, TEXT_CHARS_MAX);
	c->identity = json_in_text(in, "identity", JSON_REQUIRED, TEXT_CHARS_MAX);
	c->expires_at_us = json_in_time(in, "expires_at", JSON_OPTIONAL);
	c->proof_id = json_in_id(in, "proof_id", JSON_OPTIONAL);
}

void withdrawal_read(struct event *e, struct json_in *in)
{
	struct consent *c = begin(e, in);

	c->origin = json_in_text(in, "origin", JSON_OPTIONAL, TEXT_CHARS_MAX);
}

/* --- into the ledger ---------------------------------------------------------------------------
 */

/* $1 clients, $2 phones, $3 purposes, $4 channels, $5 times, $6 origins are in `columns`; whoever
 * has a number is entered in the order of numbers, as the ledger wants it. */
#define SAID(columns, names)                                                                       \
	"WITH said AS MATERIALIZED ("                                                              \
	" SELECT u.*, coalesce(nullif(u.phone, 0), c.msisdn) AS msisdn, c.id AS client_id"         \
	"   FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[],"      \
	"               $6::text[]" columns ")"                                                    \
	"        WITH ORDINALITY AS u(client, phone, purpose, channel, at, origin" names ", n)"    \
	"   LEFT JOIN LATERAL (SELECT c.id, c.msisdn FROM client c"                                \
	"                       WHERE c.external_id = u.client LIMIT 1) c ON true)"                \
	" SELECT n::integer, 'client' AS field FROM said WHERE msisdn IS NULL UNION ALL"           \
	" SELECT s.n::integer, r.field"                                                            \
	"   FROM (SELECT * FROM said WHERE msisdn IS NOT NULL ORDER BY msisdn, at OFFSET 0) s"

static void put_columns(struct worker *w, struct event *const *events, size_t count)
{
	const char *texts[4][BATCH_EVENTS_MAX];
	int64_t phones[BATCH_EVENTS_MAX], at_us[BATCH_EVENTS_MAX];

	for (size_t i = 0; i < count; i++) {
		const struct consent *c = events[i]->payload;

		texts[0][i] = c->client;
		texts[1][i] = c->purpose;
		texts[2][i] = c->channel;
		texts[3][i] = c->origin;
		phones[i] = c->phone;
		at_us[i] = c->at_us;
	}
	pg_param_text_array(w->params, texts[0], count);
	pg_param_int64_array(w->params, phones, count);
	pg_param_text_array(w->params, texts[1], count);
	pg_param_text_array(w->params, texts[2], count);
	pg_param_time_us_array(w->params, at_us, count);
	pg_param_text_array(w->params, texts[3], count);
}

static void put_consents(struct worker *w, struct event *const *events, size_t count)
{
	const char *forms[BATCH_EVENTS_MAX], *identities[BATCH_EVENTS_MAX];
	int64_t text_ids[BATCH_EVENTS_MAX], proofs[BATCH_EVENTS_MAX], ends_us[BATCH_EVENTS_MAX];

	for (size_t i = 0; i < count; i++) {
		const struct consent *c = events[i]->payload;

		text_ids[i] = c->text_id;
		forms[i] = c->form;
		ends_us[i] = c->expires_at_us;
		identities[i] = c->identity;
		proofs[i] = c->proof_id;
	}
	pg_param_int64_array(w->params, text_ids, count);
	pg_param_text_array(w->params, forms, count);
	pg_param_int64_array(w->params, ends_us, count);
	pg_param_text_array(w->params, identities, count);
	pg_param_int64_array(w->params, proofs, count);
}

/* Run a statement that names (number, field) of each event it refuses. */
static bool enter(struct worker *w, const struct pg_stmt *stmt, struct event *const *events,
		  struct err *err)
{
	struct pg_result *rows = NULL;
	char field[64];

	if (!worker_run(w, stmt, &rows, err))
		return false;
	for (size_t row = 0; row < pg_rows(rows); row++) {
		const char *name = pg_text(rows, row, 1);

		snprintf(field, sizeof(field), "data.%s", name);
		event_refuse(events[pg_int(rows, row, 0) - 1], field,
			     strcmp(name, "client") == 0 ? client_expected
							 : consent_expected(name));
	}
	pg_result_free(&rows);
	return true;
}

bool consent_apply(struct worker *w, struct event *const *events, size_t count, struct err *err)
{
	static const struct pg_stmt record = {
		"consent_record",
		SAID(", $7::bigint[], $8::text[], $9::bigint[], $10::text[], $11::bigint[]",
		     ", text_id, form, ends_us, identity, proof_id") "  CROSS JOIN LATERAL "
								     "consent_record(s.msisdn, "
								     "s.client_id, s.purpose, "
								     "s.channel,"
								     "    s.text_id, s.form, s.at,"
								     "    CASE WHEN s.ends_us <> 0 "
								     "THEN to_timestamp(s.ends_us "
								     "/ 1000000.0) END, 'crm',"
								     "    s.origin, s.identity, "
								     "'crm', nullif(s.proof_id, "
								     "0)) r"
								     " WHERE r.outcome = "
								     "'refused'"};

	put_columns(w, events, count);
	put_consents(w, events, count);
	return enter(w, &record, events, err);
}

bool withdrawal_apply(struct worker *w, struct event *const *events, size_t count, struct err *err)
{
	static const struct pg_stmt withdraw = {
		"consent_withdraw", SAID("", "") "  CROSS JOIN LATERAL consent_withdraw(s.msisdn, "
						 "s.client_id, s.purpose, s.channel,"
						 "    s.at, 'crm', s.origin, 'crm') r"
						 " WHERE r.outcome = 'refused'"};

	put_columns(w, events, count);
	return enter(w, &withdraw, events, err);
}
