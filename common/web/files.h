/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* files - the built web interface: a folder read into memory once, and which bytes a path gets.
 *
 * Read are regular files not hidden behind a dot, and for each its ready-made siblings "name.br"
 * and "name.gz"; symbolic links are left out.  A path is looked up among what was read, never on
 * the disk, so no path leads out of the folder, and what is installed anew is served after a
 * restart.
 *
 * Names under /assets/ carry a hash of their content and are kept by browsers for a year;
 * everything else is asked for again, with an ETag.  A path that names a page of the interface
 * (letters, digits, - _ ~ and /) gets index.html, because pages are told apart in the browser.
 *
 * Nothing changes after files_load(), so any thread may look.  Answers borrow from it. */
#ifndef VESTNIK_WEB_FILES_H
#define VESTNIK_WEB_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

struct files;

struct files_answer {
	const char *data;
	size_t len;
	const char *type;
	const char *coding; /* "br", "gzip"; NULL: as it is */
	const char *cache;
	const char *etag; /* with its quotes */
};

/* At most 2,000 files of 16 MiB, 64 MiB in all, 8 folders deep; one of them is index.html. */
bool files_load(const char *folder, struct files **out, struct err *err);
void files_free(struct files **files);

/* False: no such file.  `accept_encoding` is the request's header, NULL when absent. */
bool files_find(const struct files *files, const char *path, const char *accept_encoding,
		struct files_answer *out);

/* Whether the client has it already, by the request's If-None-Match (NULL when absent). */
bool files_known(const struct files_answer *answer, const char *if_none_match);

#endif
