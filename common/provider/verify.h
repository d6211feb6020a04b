/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* verify - whether a call to us is the provider's, as its profile says that it proves it.
 *
 * What proves it is compared without telling by the time how much of it was right.  That a call is
 * the provider's does not say that it came once: receipts and messages are harmless twice. */
#ifndef VESTNIK_PROVIDER_VERIFY_H
#define VESTNIK_PROVIDER_VERIFY_H

#include <stdint.h>

#include "common/provider/profile.h"

#define VERIFY_SKEW_S 300 /* how far a signed time may be from ours */

/* Everything is borrowed. */
struct provider_call {
	const char *url; /* as the provider was told it, with the query of this call */
	const char *body;
	size_t len;
	bool form; /* the body is a form */
	/* A header's value by its name, in any case of letters; NULL when it did not come. */
	const char *(*header)(void *arg, const char *name);
	void *arg;
};

/* `values` are the account's.  `now_s`: seconds since 1970. */
bool provider_call_verify(const struct provider_profile *p, const struct config_pairs *values,
			  const struct provider_call *call, int64_t now_s);
/* The same for any two texts: whether they are the same. */
bool verify_same(const char *a, const char *b);

#endif
