/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* inbound - what a phone wrote, as a gateway tells dlrd: a message, or a part of one.
 *
 * A bundle is the body of one message on queue `inbound`: magic "VI1", count, then records in
 * network byte order, texts and octets with their length before them.  Decoding checks every length
 * and refuses a bundle whole (it is dead-lettered). */
#ifndef VESTNIK_MODEL_INBOUND_H
#define VESTNIK_MODEL_INBOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/sms/user_data.h"

#define INBOUND_ADDRESS_MAX  64
#define INBOUND_OCTETS_MAX   65535
#define INBOUND_BUNDLE_MAX   256
#define INBOUND_BUNDLE_BYTES (256u << 10)
#define INBOUND_DIGEST_BYTES 32

struct inbound_part {
	int16_t account_id;
	uint8_t coding; /* enum sms_coding */
	uint8_t data_coding;
	uint16_t reference; /* 0 for a whole message */
	uint8_t total, seq; /* 1 and 1 for a whole message */
	int64_t msisdn;	    /* of the phone; 0 when `source` is no number */
	int64_t received_at_us;
	char source[INBOUND_ADDRESS_MAX + 1], destination[INBOUND_ADDRESS_MAX + 1];
	struct smpp_octets octets; /* borrowed */
};

void inbound_bundle_begin(struct buf *out);
/* False: the bundle is full (INBOUND_BUNDLE_MAX or INBOUND_BUNDLE_BYTES); nothing was added.  Any
 * record fits an empty bundle.  Characters of addresses that are not printable ASCII become '?'. */
bool inbound_bundle_add(struct buf *out, const struct inbound_part *part);
/* Decode into `out` (room for INBOUND_BUNDLE_MAX), octets borrowed from `body`; ERR_INPUT names the
 * record. */
bool inbound_bundle_decode(const void *body, size_t len, struct inbound_part *out,
			   size_t *count_out, struct err *err);

/* SHA-256 of all that makes two deliveries the same: everything but the time. */
void inbound_digest(const struct inbound_part *part, uint8_t out[INBOUND_DIGEST_BYTES]);

#endif
