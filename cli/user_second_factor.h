/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* user_second_factor - taking a lost second factor off a person, and which roles need one. */
#ifndef VESTNIK_CLI_USER_SECOND_FACTOR_H
#define VESTNIK_CLI_USER_SECOND_FACTOR_H

#include <stdbool.h>

#include "common/base/err.h"
#include "common/store/pg.h"

/* Forget the second factor of a login, with its recovery codes, and end the person's sessions. */
bool user_second_factor_reset(struct pg *pg, const char *login, struct err *err);
/* Whether people with this role need one. */
bool user_second_factor_require(struct pg *pg, const char *role, bool required, struct err *err);

#endif
