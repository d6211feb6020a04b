/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* spool - see spool.h. */
#include "common/base/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int spool_open(struct err *err)
{
	const char *dir = getenv("TMPDIR");
	int fd;

	if (dir == NULL)
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		err_set(err, ERR_IO, "no temporary file in %s: %s", dir, strerror(errno));
	return fd;
}

bool spool_write(int fd, const void *data, size_t len, struct err *err)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno != EINTR)
			return err_set(err, ERR_IO, "a temporary file cannot be written: %s",
				       strerror(errno));
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return true;
}
