/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* slice - whole messages of one batch, claimed together: at most half a second of an account's
 * rate.
 *
 * One allocation holds the head, the messages, where their parts begin, and all texts.  Built by
 * the claiming thread, then owned by the event thread until every message is resolved or recalled.
 *
 * A batch counts positions, and an API batch may have positions without a message; a message
 * settles its own position and the empty ones before it, the last one also those after it. */
#ifndef VESTNIK_GATEWAY_SLICE_H
#define VESTNIK_GATEWAY_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/model/message.h"
#include "common/sms/alphabet.h"
#include "common/sms/parts.h"
#include "common/gateway/note.h"
#include "common/gateway/refusal.h"

#define SENDER_SIZE 24

/* How an account's provider takes texts.  A slice keeps the form it was cut in: settings may change
 * before it is sent. */
struct slice_form {
	enum sms_split split;
	enum sms_alphabet alphabet;
	int max_parts;
};

struct slice_part {
	uint32_t offset, len; /* of slice->text */
};

struct slice_message {
	int64_t id, msisdn;
	uint64_t todo;	       /* PDUs of this attempt, bit p-1; one bit for a payload message */
	uint64_t open;	       /* of these, not yet answered or given up */
	uint64_t refused;      /* answered with an error, or held back because of one */
	uint64_t doubt;	       /* not answered in time, or held back because of that */
	uint32_t first_part;   /* in slice->part */
	uint32_t status;       /* of the gravest refusal, as stored */
	uint16_t from, weight; /* first position it settles, and how many */
	uint8_t parts;	       /* as people and receipts count */
	uint8_t pdus;	       /* parts, or 1 when the whole goes as message_payload */
	uint8_t encoding;      /* enum sms_encoding */
	uint8_t fate;	       /* MESSAGE_QUEUED: send; else the state it gets without sending */
	int32_t fate_reason;
	enum refusal gravest; /* what `status` asks for */
};

struct slice {
	struct note note;
	struct gate *gate;	  /* the account it belongs to */
	struct slice *next;	  /* in the account's sending queue */
	int64_t batch_id, run_id; /* run 0: messages of the API */
	int64_t deadline_us;
	int64_t stop_us; /* nothing of it is written from then on; 0: never mind */
	enum lane lane;
	enum message_class class;
	int16_t attempt;
	uint16_t from, to; /* positions of the batch */
	uint16_t count;
	uint16_t cursor;     /* first message nobody has taken */
	uint16_t unresolved; /* messages still owing an outcome */
	uint32_t parts_left; /* parts of messages from the cursor on */
	char sender[SENDER_SIZE];
	struct slice_message *messages;
	struct slice_part *part;
	const char *text;
	struct slice_form form;
};

/* What batch_claim() says, and a row of batch_slice(). */
struct slice_head {
	int64_t batch_id, run_id, deadline_us, stop_us;
	enum lane lane;
	enum message_class class;
	int16_t attempt;
	uint16_t from, to;
	bool home; /* positions follow from the ids */
	const char *sender;
};
struct slice_row {
	int64_t id, msisdn, mask;
	const char *text;
	size_t len;
	bool send;
	int16_t reason; /* when it is not to be sent */
};

/* Released with mem_free(). */
struct slice *slice_build(const struct slice_head *head, const struct slice_row *rows, size_t count,
			  const struct slice_form *form);

/* Bits 0 .. n-1. */
uint64_t slice_bits(unsigned n);
/* PDU bits as a parts_mask of the database: -1 means the whole message. */
int64_t slice_mask(const struct slice_message *m, uint64_t bits);
/* receipt_ref.part of this PDU: n is part n, -n part n whose receipt covers the whole message, 0
 * the whole message at once. */
int slice_ref_part(const struct slice_message *m, unsigned pdu, bool receipt_any);

#endif
