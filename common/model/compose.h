/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* compose - who of an audience gets a message, what it says, how many parts it takes.
 *
 * dispatcherd sends by these rules; apid shows previews and checks by the same ones, so that the
 * two cannot disagree.  A client is left out for the first reason that holds, in the order of the
 * functions below. */
#ifndef VESTNIK_MODEL_COMPOSE_H
#define VESTNIK_MODEL_COMPOSE_H

#include "common/base/buf.h"
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

/* Columns of a client `k` that texts are made of; $2 and $3 are the plan's slots.  In the order of
 * enum render_column, then the attributes. */
#define COMPOSE_CLIENT_SQL                                                                         \
	"k.external_id, k.last_name, k.first_name, k.middle_name, k.attrs[$2:$3] AS attrs"
#define COMPOSE_CLIENT_COLUMNS (RENDER_COLUMNS + 1)

/* The plan's text for the client whose columns begin at `col`, into `text` (which is reset), in the
 * form that is counted and sent.  `own` (NULL: an example) and `note` (NULL) as for render_text().
 */
enum message_reason compose_text(const struct render_plan *plan, const struct pg_result *rows,
				 size_t row, int col, struct render_own *own, struct buf *text,
				 struct render_note *note);
/* Where link `link` of the plan leads for the client whose columns begin at `col`, appended to
 * `out`.  False: nowhere. */
bool compose_link_target(const struct render_plan *plan, const struct pg_result *rows, size_t row,
			 int col, size_t link, struct buf *out);
/* The same for a text that has no placeholders and stands in `text` already. */
enum message_reason compose_finish(struct buf *text);

/* Parts and encoding of a composed text on the account that carries it (NULL: none may). */
enum message_reason compose_measure(const struct buf *text, const struct route_account *account,
				    int max_parts, struct sms_parts *out);

#endif
