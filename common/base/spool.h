/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* spool - a file without a name, in $TMPDIR or /tmp, that goes away with its descriptor: for what
 * is too large for memory and must be whole before it is read. */
#ifndef VESTNIK_BASE_SPOOL_H
#define VESTNIK_BASE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

/* -1: err says why. */
int spool_open(struct err *err);
bool spool_write(int fd, const void *data, size_t len, struct err *err);

#endif
