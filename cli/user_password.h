/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* user_password - a new password from whoever runs the command: file, terminal or standard input.
 */
#ifndef VESTNIK_CLI_USER_PASSWORD_H
#define VESTNIK_CLI_USER_PASSWORD_H

#include <stdbool.h>

#include "common/base/err.h"

#define USER_PASSWORD_BYTES 1024

/* Read one that suits the login and the company (its name, or NULL): the first line of `file`, or
 * (NULL) typed twice unseen when standard input is a terminal, or its first line. */
bool user_password_read(const char *file, const char *login, const char *company,
			char out[USER_PASSWORD_BYTES], struct err *err);

#endif
