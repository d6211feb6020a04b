/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* secret_file - a password of ours at somebody else's, in a file. */
#ifndef VESTNIK_APID_SECRET_FILE_H
#define VESTNIK_APID_SECRET_FILE_H

#include <stdbool.h>

#include "common/base/err.h"

/* Read the first line of a file that others may not read; "" for the path "".  *out is the
 * caller's: secret_file_free(). */
bool secret_file_read(const char *path, char **out, struct err *err);
void secret_file_free(char **secret); /* wiped; NULL inside is fine */

#endif
