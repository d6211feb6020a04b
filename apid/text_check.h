/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* text_check - what is wrong with a text before it is saved, and whom it would leave out. */
#ifndef VESTNIK_APID_TEXT_CHECK_H
#define VESTNIK_APID_TEXT_CHECK_H

#include "apid/api.h"
#include "common/sms/render.h"

/* Refuse, as `field`, a text that is no template, names a field that neither clients nor the
 * list (0: all clients) have, or a pool of promo codes that does not exist or is of departments out
 * of the caller's reach and not above it. */
bool text_check(struct request *r, enum right right, const char *field, const char *text,
		int64_t list_id, struct err *err);

/* Write member `lacking`: for each field that the plan's text cannot do without, how many of the
 * clients (of a list, or 0: of all) lack it. */
bool text_put_lacking(struct request *r, const struct render_plan *plan, int64_t list_id,
		      struct err *err);
/* Write member `worst`: the parts of the text with the longest value of each field, which mostly
 * stand with different clients; null when there is no text.  The text itself is not shown. */
bool text_put_worst(struct request *r, const struct render_plan *plan, int64_t list_id,
		    struct err *err);

#endif
