/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* invoice - what the simulator asks for the parts it accepted, by a price list of its own.
 *
 * It shares nothing with how Vestnik prices: prices are by the beginning of the number and the look
 * of the sender, each part is counted as it is accepted, and whether it is owed is decided by the
 * state the simulator drew for it, answered and reported or not. */
#ifndef SMSCSIM_INVOICE_H
#define SMSCSIM_INVOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/sms/smpp.h"
#include "tests/smscsim/options.h"
#include "tests/smscsim/proof_log.h"

struct invoice {
	uint64_t count[PRICES_MAX];
	uint64_t unpriced; /* accepted, and no line of the list is for it */
};

/* An accepted part. */
void invoice_add(struct invoice *invoice, const struct options *o, const struct smpp_sm *sm,
		 const struct part *part, bool delivered);
/* The lines as JSON: {"lines":[{"prefix":"7900","sender":"letters","count":2,"sum":3000000}],...}.
 */
void invoice_print(const struct invoice *invoice, const struct options *o, struct buf *out);

#endif
