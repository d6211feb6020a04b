/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* second_factor - what a person shows besides the password: a code by time from an authenticator
 * (common/store/totp.h), or one of ten recovery codes, each of them once.
 *
 * The secret is sealed by the vault; of recovery codes SHA-256 sums are stored.  A code by time is
 * taken once: its step is stored, and no step before it is taken any more. */
#ifndef VESTNIK_APID_SECOND_FACTOR_H
#define VESTNIK_APID_SECOND_FACTOR_H

#include "apid/api.h"

#define SECOND_FACTOR_CODE_MAX 40 /* characters */
#define RECOVERY_CODES	       10
#define RECOVERY_CHARS	       16 /* of 5 bits each */

/* Whether the person has one that is confirmed. */
bool second_factor_has(struct request *r, int64_t person_id, bool *has_out, struct err *err);
/* Use up a code of either kind, of the person's confirmed second factor: *right_out is false when
 * it is none, or was used before.  The problem is filled when codes cannot be checked now.  Whoever
 * calls counts the tries. */
bool second_factor_use(struct request *r, int64_t person_id, const char *code, bool *right_out,
		       struct err *err);
/* The same of one that waits for its first code, which confirms it. */
bool second_factor_confirm(struct request *r, int64_t person_id, const char *code, bool *right_out,
			   struct err *err);
/* Fill the problem: the code was wrong. */
void second_factor_wrong(struct request *r, int status);

#endif
