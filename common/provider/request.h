/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* request - the HTTP request by which a profile sends messages, byte for byte.
 *
 * No I/O: who sends it is the caller's business. */
#ifndef VESTNIK_PROVIDER_REQUEST_H
#define VESTNIK_PROVIDER_REQUEST_H

#include <stdint.h>

#include "common/provider/profile.h"

/* One message; everything is borrowed. */
struct provider_message {
	const char *to; /* E.164 digits */
	const char *text, *sender;
	const char *ref;
	const char *callback;
	int64_t ttl_s; /* 1 and more */
	bool ucs2;     /* the text is not of the GSM alphabet alone */
};

/* Buffers are kept from request to request. */
struct provider_request {
	struct buf url, body;
	struct buf headers; /* lines "Name: value", each with a line feed */
};

void provider_request_init(struct provider_request *q);
void provider_request_deinit(struct provider_request *q);

#define PROVIDER_NUMBER_SIZE 24
/* The client's number as the provider writes it. */
const char *provider_number(const struct provider_profile *p,
			    const struct provider_message *message, char out[PROVIDER_NUMBER_SIZE]);

/* Whether `values` has every setting of the profile and no other; ERR_INPUT names the one that is
 * wrong, never its value. */
bool provider_values_check(const struct provider_profile *p, const struct config_pairs *values,
			   struct err *err);
/* Compose one request for 1 to batch_max messages, which share sender and ttl_s.  `values` was
 * checked.  `now_s` is {time}.  ERR_LIMIT: it would be too long. */
bool provider_request_compose(struct provider_request *q, const struct provider_profile *p,
			      const struct config_pairs *values,
			      const struct provider_message *messages, size_t count, int64_t now_s,
			      struct err *err);

#endif
