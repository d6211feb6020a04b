/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sign_in - proving who one is by a password, and what holds off those who guess.
 *
 * A try is counted in the database before the password is looked at, and taken back when it was
 * right (sign_in_try() and sign_in_right() of the database): by login and address, by login alone,
 * by address alone.  A browser that has signed in as this person before holds a cookie that says
 * so; its tries are counted apart, so strangers who guess lock out each other and not the owner. */
#ifndef VESTNIK_APID_SIGN_IN_H
#define VESTNIK_APID_SIGN_IN_H

#include "apid/session.h"

/* Whether a password, or what else proves who it is, may be tried for this login now; the try is
 * counted.  A locked one is a filled 429.  False: the store failed. */
bool sign_in_try(struct request *r, const char *login, struct err *err);
/* It was right: forget the tries. */
bool sign_in_right(struct request *r, const char *login, struct err *err);

/* The password was right, a code is still to come: it stays counted for the login alone. */
bool sign_in_halfway(struct request *r, const char *login, struct err *err);

/* Know the request's browser from now on as one of the person's, by a new secret. */
bool known_device_renew(struct request *r, int64_t person_id, char secret_out[SECRET_LEN + 1],
			struct err *err);
/* Add its cookie to the reply, which is there. */
void known_device_give(struct request *r, const char *secret);

/* The first factor is proved, by whatever way: go on with sign_in_finish(), or, when the person has
 * a second one, answer 202 and wait for its code.  The tries stay counted until then. */
bool sign_in_proved(struct request *r, struct session_start *start, const char *login,
		    bool *begun_out, struct err *err);
/* All is proved: begin the session, forget the tries, answer with the person and the cookies.
 * *begun_out as with session_begin(); when it is false nothing is answered. */
bool sign_in_finish(struct request *r, struct session_start *start, const char *login,
		    bool *begun_out, struct err *err);

#endif
