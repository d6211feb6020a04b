/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* session - people who are signed in: 32 random bytes in a cookie, their SHA-256 in table session.
 *
 * A session ends by signing out, after 12 h unseen or 7 days, when its person is disabled, and when
 * the password changes.  Other sites are kept from using it by SameSite=Strict and, for whatever
 * changes something, by a header no other site can send. */
#ifndef VESTNIK_APID_SESSION_H
#define VESTNIK_APID_SESSION_H

#include "apid/api.h"

#define SESSION_HASH_SIZE 32

/* The sum of the secret in the request's cookie; false when there is none of the right form. */
bool session_cookie(const struct http_call *call, uint8_t hash[SESSION_HASH_SIZE]);
/* Whether the request can only come from our own pages; else a filled 403. */
bool session_same_site(const struct http_call *call, struct problem *problem);
/* Fill *out with the session's person, its rights not read; untouched when the session is over.
 * False: the store failed. */
bool session_find(struct pg *pg, const uint8_t hash[SESSION_HASH_SIZE], struct caller *out,
		  struct err *err);

/* Whether a password may be tried for this login now; the try is counted.  A locked login is a
 * filled 429.  False: the store failed. */
bool sign_in_try(struct request *r, const char *login, struct err *err);
/* The password was right: forget the tries. */
bool sign_in_right(struct request *r, const char *login, struct err *err);

/* Write the person's own resource to r->json (me.c). */
bool me_put(struct request *r, int64_t person_id, struct err *err);

#endif
