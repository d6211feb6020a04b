/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* receipt - what a gateway tells dlrd about delivery, and the bundle that carries many at once.
 *
 * A bundle is the body of one message on queue `receipt`: magic "VR1", count, then records in
 * network byte order.  Strings are length-prefixed.  Decoding checks every length and refuses a
 * bundle whole (it is dead-lettered). */
#ifndef VESTNIK_MODEL_RECEIPT_H
#define VESTNIK_MODEL_RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define RECEIPT_PROVIDER_ID_MAX 64
#define RECEIPT_ERR_MAX		16
#define RECEIPT_BUNDLE_MAX	1000

struct receipt {
	int16_t account_id;
	int16_t state;	/* enum message_state: ACCEPTED (intermediate) or a final one; UNKNOWN for
			   UNKNOWN */
	bool stopped;	/* the provider says: the person has stopped us */
	int64_t msisdn; /* destination of the original message; 0 when not a number */
	int64_t done_at_us; /* provider's time in UTC, 0 when absent */
	int64_t received_at_us;
	uint8_t provider_id_len;
	uint8_t err_len;
	char provider_id[RECEIPT_PROVIDER_ID_MAX + 1]; /* normalised, see receipt_ref_key */
	char err[RECEIPT_ERR_MAX + 1];		       /* provider's code as text, may be "" */
};

void receipt_bundle_begin(struct buf *out);
/* False: bundle is full (RECEIPT_BUNDLE_MAX or buf maximum); nothing was added. */
bool receipt_bundle_add(struct buf *out, const struct receipt *receipt);
/* Decode into `out` (room for RECEIPT_BUNDLE_MAX); ERR_INPUT names the record. */
bool receipt_bundle_decode(const void *body, size_t len, struct receipt *out, size_t *count_out,
			   struct err *err);

/* The indexed key of receipt_ref: a 64-bit hash of account and normalised provider id; the id
 * itself is compared after the index found it. */
int64_t receipt_ref_key(int16_t account_id, const char *provider_id, size_t len);

/* Normalise a provider's message id (what the response gave and what the receipt gives must meet):
 * trim, lower-case unless `keep_case`, strip leading zeros when all digits and `strip_zeros`, then
 * convert base where `base` says so. */
enum id_base { ID_AS_IS, ID_HEX_TO_DEC, ID_DEC_TO_HEX };
struct id_rules {
	enum id_base base;
	bool strip_zeros;
	bool keep_case;
};
/* Returns the length written, at most RECEIPT_PROVIDER_ID_MAX; of a longer id the tail is kept,
 * because ids of one provider differ at the end. */
size_t receipt_id_normalise(const char *raw, size_t len, const struct id_rules *rules,
			    char out[RECEIPT_PROVIDER_ID_MAX + 1]);

#endif
