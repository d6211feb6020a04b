/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* receipt - a delivery receipt on its way to whoever submitted, and its many spellings. */
#ifndef SMSCSIM_RECEIPT_H
#define SMSCSIM_RECEIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/sms/smpp.h"
#include "tests/smscsim/options.h"
#include "tests/smscsim/wheel.h"

struct client;

#define RECEIPT_TEXT_MAX 20 /* octets of the message a receipt repeats */

/* SMPP message_state of a receipt. */
enum { STATE_DELIVERED = 2, STATE_EXPIRED = 3, STATE_UNDELIVERABLE = 5, STATE_REJECTED = 8 };

struct receipt {
	struct timed timed; /* first: pooled and on the wheel */
	struct client *client;
	uint64_t number;
	int64_t submitted_s, done_s; /* UTC */
	uint8_t state;
	bool twice; /* send once more after it was acknowledged */
	uint8_t source_ton, source_npi, dest_ton, dest_npi;
	uint8_t text_len;
	char text[RECEIPT_TEXT_MAX];
	char source[22], dest[22]; /* of the receipt: the submit's, swapped */
};

/* Fill *sm as the deliver_sm of this receipt.  *text and *tlvs are scratch space it points into. */
void receipt_write(const struct receipt *r, const struct options *o, struct buf *text,
		   struct buf *tlvs, struct smpp_sm *sm);

#endif
