/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fetch - one file or page over HTTP or SFTP, by libcurl, within bounds.
 *
 * Redirects are not followed: the address a person checked is the one that gets the password.  An
 * SFTP server is known by its key.  A transfer ends when the daemon stops, when it is silent for
 * 30 s, or at the bound of bytes. */
#ifndef CRMD_FETCH_H
#define CRMD_FETCH_H

#include "crmd/reader.h"

struct fetch {
	const struct reading *reading;
	const char *url;
	int64_t bytes_max;
	/* Takes what comes; false ends the transfer with the sink's own err. */
	bool (*sink)(void *arg, const char *data, size_t len, struct err *err);
	void *arg;
};

/* Once, before threads begin. */
void fetch_init(void);
/* True: all came.  ERR_INPUT, ERR_IO, ERR_LIMIT, ERR_STOPPING in words for the source's page. */
bool fetch_run(struct fetch *f, struct err *err);

#endif
