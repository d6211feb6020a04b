/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* carry - which account a composed text goes by, and how many parts it has there.
 *
 * The two depend on each other: parts make the price, and accounts cut texts in different ways.  So
 * a text is measured as the account before cut it, and once more when the one it goes by cuts
 * otherwise.  dispatcherd sends by this function, apid counts by the same one.
 *
 * Owner: the loop that asks, one thread.  Only
 * carry_init() allocates. */
#ifndef VESTNIK_ROUTE_CARRY_H
#define VESTNIK_ROUTE_CARRY_H

#include "common/model/compose.h"
#include "common/route/engine.h"

struct carry {
	const struct route_scope *scope; /* the asker sets this and the next */
	int max_parts;			 /* that whoever writes allows */
	/* inner */
	bool wide;		      /* the last text was measured as UDH16 cuts it, */
	enum sms_alphabet alphabet;   /* and for a centre with this alphabet */
	struct registered_text *read; /* what operators know the text at hand as */
};

struct carried {
	struct sms_parts parts;
	struct route_decision decision;
};

void carry_init(struct carry *carry);
void carry_deinit(struct carry *carry);
/* Encoding, parts and text of `message` are filled here.  Else why it goes nowhere; `out` is then
 * not to be read. */
enum message_reason carry_text(struct carry *carry, const struct buf *text,
			       struct route_message *message, struct carried *out);

#endif
