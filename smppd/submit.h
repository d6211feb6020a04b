/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* submit - one PDU of one message as submit_sm, as the account's settings want it.
 *
 * Source address: letters in the sender make it alphanumeric, with the account's source_ton and
 * source_npi; ten digits and more (a leading + is dropped) are an international number, 1/1; fewer
 * digits are a short code, 3/0. */
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

/* TON and NPI of a sender; *skip_out: characters in front of the address that are not sent. */
void submit_source(const char *sender, uint8_t account_ton, uint8_t account_npi, uint8_t *ton_out,
		   uint8_t *npi_out, size_t *skip_out);

#endif
