/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* message - a message's resource and its history. */
#ifndef VESTNIK_APID_MESSAGE_H
#define VESTNIK_APID_MESSAGE_H

#include "apid/api.h"

/* Columns that message_put_open() reads, and where they come from beside message_view v. */
#define MESSAGE_COLUMNS                                                                            \
	"SELECT v.id, CASE WHEN b.id IS NULL THEN v.msisdn ELSE 0 END,"                            \
	" CASE WHEN b.id IS NULL THEN v.text ELSE '' END, v.sender, v.class, v.category, "         \
	"v.state, v.reason, "                                                                      \
	"v.parts,"                                                                                 \
	" v.encoding, a.name, v.price_micro, v.run_id, v.client_id, v.attempt, v.created_at,"      \
	" v.deadline, v.delivered_parts, v.failed_parts, p.id, p.name "
#define MESSAGE_JOINS                                                                              \
	" LEFT JOIN account a ON a.id = v.account_id LEFT JOIN run u ON u.id = v.run_id"           \
	" LEFT JOIN campaign p ON p.id = u.campaign_id"                                            \
	" LEFT JOIN client b ON b.id = v.client_id AND b.blocked_at IS NOT NULL "

/* Open the object of row i and write everything but its end. */
void message_put_open(struct json_out *json, const struct pg_result *rows, size_t i);
/* Write what a line about row i tells into an open object: no number, and the text only
 * `with_text`. */
void message_put_line(struct json_out *json, const struct pg_result *rows, size_t i,
		      bool with_text);
/* Write member `history` of a dispatched message. */
bool message_put_history(struct request *r, int64_t id, struct err *err);

#endif
