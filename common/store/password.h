/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* password - Argon2id of people's passwords: 19 MiB, two passes, one lane, about 20 ms.
 *
 * Memory is what makes guessing dear, so whoever calls bounds how many run at a time. */
#ifndef VESTNIK_STORE_PASSWORD_H
#define VESTNIK_STORE_PASSWORD_H

#include <stdbool.h>

#include "common/base/err.h"

#define PASSWORD_CHARS_MIN 12
#define PASSWORD_CHARS_MAX 200
#define PASSWORD_HASH_SIZE 128 /* of the text that is stored, with its NUL */

/* What a new password of this login should be instead, for a person; NULL when it is fine. */
const char *password_refused(const char *password, const char *login);
/* The same in a company of this name; NULL: nobody knows. */
const char *password_refused_in(const char *password, const char *login, const char *company);
/* A text that holds settings, salt and sum. */
bool password_hash(const char *password, char out[PASSWORD_HASH_SIZE], struct err *err);
/* `hash` NULL stands for nobody: false, after the same time. */
bool password_right(const char *hash, const char *password);

#endif
