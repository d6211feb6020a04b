/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* share - files that came with the program. */
#ifndef VESTNIK_CLI_SHARE_H
#define VESTNIK_CLI_SHARE_H

#include <stddef.h>

/* The folder `name` of them: ../share/vestnik/NAME beside the program, or, for one still in its
 * build folder, the source tree's, or else `installed`.  Never the working directory's.  Points
 * into `out` or to `installed`. */
const char *share_dir(const char *name, const char *installed, char *out, size_t size);

#endif
