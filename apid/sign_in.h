/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sign_in - proving who one is by a password, and what holds off those who guess. */
#ifndef VESTNIK_APID_SIGN_IN_H
#define VESTNIK_APID_SIGN_IN_H

#include "apid/api.h"

/* Whether a password may be tried for this login now; the try is counted.  A locked login is a
 * filled 429.  False: the store failed. */
bool sign_in_try(struct request *r, const char *login, struct err *err);
/* The password was right: forget the tries. */
bool sign_in_right(struct request *r, const char *login, struct err *err);

#endif
