/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* secrets - whether all stored secrets are sealed and can be opened. */
#ifndef VESTNIK_CLI_SECRETS_H
#define VESTNIK_CLI_SECRETS_H

#include "common/store/pg.h"
#include "common/store/vault.h"

/* False: err says how many stand in clear or cannot be opened, or why nobody knows. */
bool secrets_check(struct pg *pg, struct vault *vault, struct err *err);

#endif
