/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* session - people who are signed in: 32 random bytes in a cookie, their SHA-256 in table session.
 *
 * A session ends by signing out, when it was not seen for sessions.idle or is older than
 * sessions.life, when its person is disabled, when the password changes, and when somebody ends it
 * from the list of sessions.  Its secret is made at each signing in and again at each change of the
 * password, so one that was put into a browser, or was seen before, opens nothing.  Other sites are
 * kept from using it by SameSite=Strict and, for whatever changes something, by a header no other
 * site can send. */
#ifndef VESTNIK_APID_SESSION_H
#define VESTNIK_APID_SESSION_H

#include "apid/api.h"

#define SESSION_HASH_SIZE 32
#define SECRET_BYTES	  32
#define SECRET_LEN	  (SECRET_BYTES * 2) /* in hexadecimal */

/* A new secret for a cookie. */
void secret_new(char out[SECRET_LEN + 1]);
void secret_hash(const char *secret, uint8_t hash[SESSION_HASH_SIZE]);
/* The sum of the secret in a cookie; false when there is none of the right form. */
bool secret_cookie(const struct http_call *call, const char *name, uint8_t hash[SESSION_HASH_SIZE]);

/* The sum of the secret in the request's cookie; false when there is none of the right form. */
bool session_cookie(const struct http_call *call, uint8_t hash[SESSION_HASH_SIZE]);
/* Add the cookie with this secret to the reply, which is there. */
void session_give_cookie(struct request *r, const char *secret);
void session_clear_cookie(struct request *r);
/* Whether the request can only come from our own pages; else a filled 403. */
bool session_same_site(const struct http_call *call, struct problem *problem);
/* Fill *out with the session's person, rights not read; untouched when it is over.  False: the
 * store failed. */
bool session_find(struct pg *pg, const uint8_t hash[SESSION_HASH_SIZE], int64_t idle_ms,
		  struct caller *out, struct err *err);

/* Who has shown to be this person, and how. */
struct session_start {
	int64_t person_id;
	const char *way;	   /* "password", "directory" or "oidc" */
	const char *password_hash; /* what the password was compared with; NULL: no password */
	char secret[SECRET_LEN + 1];
};
/* Store a session with a new secret in s->secret, and end the one whose cookie it replaces; from
 * now on r->caller is the person, without rights until the next request. *begun_out is false when
 * the person was disabled or got another password this very moment. */
bool session_begin(struct request *r, struct session_start *s, bool *begun_out, struct err *err);

/* Write the own resource of the person, who is r->caller, to r->json (me.c). */
bool me_put(struct request *r, int64_t person_id, struct err *err);

#endif
