/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* compose - who of an audience gets a message, what it says, how many parts it takes.
 *
 * dispatcherd sends by these rules; apid shows previews and checks by the same ones, so that the
 * two cannot disagree.  A client is left out for the first reason that holds, in the order of the
 * functions below. */
#ifndef VESTNIK_MODEL_COMPOSE_H
#define VESTNIK_MODEL_COMPOSE_H

#include "common/base/buf.h"
#include "common/model/client_field.h"
#include "common/model/message.h"
#include "common/model/route.h"
#include "common/sms/parts.h"
#include "common/sms/render.h"
#include "common/store/pg.h"

/* No text that fits SMS_PARTS_MAX parts is longer. */
#define COMPOSE_BYTES_MAX 65536

/* What a row of opt_out `o` (left-joined by number) says, as a number. */
#define COMPOSE_OPT_OUT_SQL "CASE o.scope WHEN 'all' THEN 2 WHEN 'advertising' THEN 1 ELSE 0 END"
enum { OPT_OUT_ADVERTISING = 1, OPT_OUT_ALL = 2 };

/* Whether a number may get a message of this category at all. */
enum message_reason compose_judge(int64_t msisdn, int64_t opt_out, enum message_category category);

/* What consent of a number says, as n.id: its id in the ledger, -1 for one that is over, null for
 * none.  `purpose` is what compose_purpose() says; 0 leaves the look-up out.  One row in any case,
 * found by the index alone. */
#define COMPOSE_CONSENT_SQL(purpose, msisdn, client)                                               \
	"  LEFT JOIN LATERAL (SELECT max(CASE WHEN n.valid_to > statement_timestamp()"             \
	"       THEN n.event_id ELSE -1 END) AS id FROM consent n WHERE " purpose                  \
	"::smallint <> 0 AND n.msisdn = " msisdn " AND n.purpose_id = " purpose                    \
	"::smallint AND n.channel = 'sms' AND n.state = 1 AND (n.client_id = 0 OR " client         \
	" IS NULL OR n.client_id = " client ")) n ON true"

/* The purpose that numbers must have agreed to for messages of a category; 0: none. */
bool compose_purpose(struct pg *pg, enum message_category category, int16_t *out, struct err *err);
/* Whether a number has agreed to it, by n.id; for a purpose other than 0. */
enum message_reason compose_consent(int64_t consent);

/* Columns of a client `k` that texts are made of: the four that stand in nearly every text, in the
 * order of enum client_field; the attributes; of the other fields those the text reads, as it shows
 * them; and what the list's entry says of the client.  $2 to $5 are compose_params(). */
#define COMPOSE_SHOWN(no, name, code, russian, kind, column, shown, headers)                       \
	"CASE WHEN ($4::integer >> " #no ") & 1 = 1 THEN " shown " END, "
#define COMPOSE_CLIENT_SQL                                                                         \
	"k.external_id, k.last_name, k.first_name, k.middle_name, k.attrs[$2:$3] AS attrs,"        \
	" CASE WHEN $4::integer <> 0 THEN ARRAY[" CLIENT_FIELD_TABLE(                              \
		COMPOSE_SHOWN) "NULL]::text[] END AS shown,"                                       \
			       " CASE WHEN $5::bigint <> 0 THEN (SELECT lm.vals FROM list_member " \
			       "lm"                                                                \
			       " WHERE lm.list_id = $5::bigint AND lm.client_id = k.id LIMIT 1) "  \
			       "END AS own"

/* Push what COMPOSE_CLIENT_SQL reads for this plan; NULL: nothing. */
void compose_params(struct pg_params *params, const struct render_plan *plan);

/* The plan's text for the client whose columns begin at `col`, into `text` (which is reset), in the
 * form that is counted and sent: normalised and in the plan's spelling.  `own` (NULL: an example)
 * and `note` (NULL) as for render_text(). */
enum message_reason compose_text(const struct render_plan *plan, const struct pg_result *rows,
				 size_t row, int col, struct render_own *own, struct buf *text,
				 struct render_note *note);
/* The same before it is spelled, and its spelling, apart: for who compares spellings. */
enum message_reason compose_written(const struct render_plan *plan, const struct pg_result *rows,
				    size_t row, int col, struct render_own *own, struct buf *text,
				    struct render_note *note);
enum message_reason compose_spell(enum sms_spelling spelling, struct buf *text);
/* Where link `link` of the plan leads for the client whose columns begin at `col`, appended to
 * `out`.  False: nowhere. */
bool compose_link_target(const struct render_plan *plan, const struct pg_result *rows, size_t row,
			 int col, size_t link, struct buf *out);
/* The same as compose_written() for a text that has no placeholders and stands in `text` already.
 */
enum message_reason compose_finish(struct buf *text);

/* Parts and encoding of a composed text on the account that carries it (NULL: none may). */
enum message_reason compose_measure(const struct buf *text, const struct route_account *account,
				    int max_parts, struct sms_parts *out);

#endif
