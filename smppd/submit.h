/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* submit - one PDU of one message as submit_sm, as the account's settings want it.
 *
 * Source address: letters in the sender make it alphanumeric; ten digits and more (with or without
 * a leading +) are a number; fewer digits are a short code.  The account has TON and NPI for each.
 */
#ifndef VESTNIK_SMPPD_SUBMIT_H
#define VESTNIK_SMPPD_SUBMIT_H

#include "common/base/buf.h"
#include "smppd/refs.h"
#include "smppd/settings.h"
#include "common/gateway/slice.h"

struct submitter {
	const struct settings *settings;
	struct refs *refs; /* NULL until a long text comes */
	struct buf tlvs;
	uint8_t octets[20480]; /* the longest payload: 63 parts of 153 septets, or 67 units */
	int64_t validity_s;    /* what `validity` says */
	char validity[18];
};

void submitter_init(struct submitter *s, const struct settings *settings);
void submitter_deinit(struct submitter *s);
/* Append PDU `pdu` (from 0) of message `index`.  False: `out` is full, or a field of the account or
 * the sender is longer than the wire allows; nothing was added. */
bool submit_put(struct submitter *s, struct buf *out, uint32_t sequence, const struct slice *slice,
		unsigned index, unsigned pdu, int64_t now_us);

/* Go on by other settings. */
void submitter_set(struct submitter *s, const struct settings *settings);

/* TON and NPI of a sender at an account; returns how many characters in front of it (a plus) are
 * not its digits. */
size_t submit_source(const char *sender, const struct settings *settings, uint8_t *ton_out,
		     uint8_t *npi_out);
/* The same, and the address as it is written. */
void submit_put_source(const char *sender, const struct settings *settings, uint8_t *ton_out,
		       uint8_t *npi_out, char *out, size_t out_size);

#endif
