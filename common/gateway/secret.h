/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* secret - the secrets of an account as its settings are loaded. */
#ifndef VESTNIK_GATEWAY_SECRET_H
#define VESTNIK_GATEWAY_SECRET_H

#include "common/gateway/settings.h"
#include "common/store/vault.h"

/* Read two columns of account_secret, `password` and `sealed`, as the secret `name`: sealed, or in
 * clear from before secrets were sealed; no row is an empty one.  One that cannot be unsealed, or
 * is longer than `out`, is the account's problem and "" in `out`.  `vault` NULL: none is
 * configured. */
void settings_secret(struct settings_row *r, struct gateway_settings *s, struct vault *vault,
		     const char *name, char *out, size_t size);
/* The account has a problem, for a person; the first one stays. */
void settings_problem(struct gateway_settings *s, const char *what, const struct err *err);

#endif
