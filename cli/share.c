/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* share - see share.h. */
#include "cli/share.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *share_dir(const char *name, const char *installed, char *out, size_t size)
{
	static const char *const places[] = {"../share/vestnik", "../../.."};
	ssize_t len = readlink("/proc/self/exe", out, size);
	char *slash;

	if (len < 0 || (size_t)len >= size)
		return installed;
	out[len] = '\0';
	slash = strrchr(out, '/');
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		size_t left = size - (size_t)(slash + 1 - out);

		if (snprintf(slash + 1, left, "%s/%s", places[i], name) < (int)left &&
		    access(out, X_OK) == 0)
			return out;
	}
	return installed;
}
