/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* secret - what a person gives us to keep sealed; no operation reads it back. */
#ifndef VESTNIK_APID_SECRET_H
#define VESTNIK_APID_SECRET_H

#include "apid/api.h"

/* Push the sealed secret as the next parameter.  Without a vault the problem is filled: 503. */
bool request_seal(struct request *r, const struct vault_place *place, const char *secret,
		  struct err *err);

#endif
