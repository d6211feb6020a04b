/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* inquiry - what a provider is asked for: what became of messages, what is left of a balance.
 *
 * No I/O, as request.h. */
#ifndef VESTNIK_PROVIDER_INQUIRY_H
#define VESTNIK_PROVIDER_INQUIRY_H

#include "common/provider/report.h"
#include "common/provider/request.h"

/* Compose the question what became of 1 to poll.max messages.  ERR_LIMIT: it would be too long. */
bool provider_poll_compose(struct provider_request *q, const struct provider_profile *p,
			   const struct config_pairs *values, const char *const *ids, size_t count,
			   int64_t now_s, struct err *err);
/* Read the answer: `take` is told of each message it speaks of, as of a receipt.  ERR_INPUT. */
bool provider_poll_read(const struct provider_profile *p, const char *const *ids, size_t count,
			const char *body, size_t len, provider_report_fn *take, void *arg,
			struct err *err);

bool provider_balance_compose(struct provider_request *q, const struct provider_profile *p,
			      const struct config_pairs *values, int64_t now_s, struct err *err);
/* *micro_out in millionths.  ERR_INPUT. */
bool provider_balance_read(const struct provider_profile *p, const char *body, size_t len,
			   int64_t *micro_out, struct err *err);

/* An amount as providers write it ("-1.50", "1,5"), in millionths; what is finer is cut off. False:
 * it is none, or too large. */
bool provider_amount(const char *text, int64_t *micro_out);

#endif
