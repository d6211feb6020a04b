/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* registry - the register of the Russian numbering plan, as its publisher's CSV files.
 *
 * A row is a range of numbers: code;from;to;capacity;operator;region, then, in newer files, the
 * operator's tax number (INN), or the territory and the INN.  Columns are divided by semicolons;
 * quotes are letters like others (in the names they are as often as not unbalanced).  Four files
 * (codes 3xx, 4xx, 8xx, 9xx) together are one version of the register. */
#ifndef VESTNIK_CLI_REGISTRY_H
#define VESTNIK_CLI_REGISTRY_H

#include "cli/lines.h"

/* Texts, each kept once; a number stands for each, from 0. */
struct interned {
	char **text;
	size_t count, cap;
	uint32_t *slot; /* open addressing: number + 1, 0 is free */
	size_t slots;	/* a power of two */
};

struct registry_range {
	int64_t lo, hi;		/* E.164, both included */
	uint32_t operator_name; /* into `operators` */
	uint32_t region_name;	/* into `regions` */
	uint32_t file, line;	/* where it stands: paths[file] */
};

#define REGISTRY_FILES_MAX 16
/* Divides name and INN in `operators`: the two together are what a range belongs to. */
#define REGISTRY_INN_MARK  '\x1f'

struct registry {
	const char *path[REGISTRY_FILES_MAX]; /* borrowed */
	size_t files;
	struct registry_range *range;
	size_t count, cap;
	int64_t numbers; /* in all ranges */
	struct interned operators, regions;
	struct line_problems problems;
};

void registry_init(struct registry *r);
void registry_deinit(struct registry *r);
/* Add a file.  Bad lines go to r->problems and do not make it fail; false when it cannot be read or
 * is no such file at all. */
bool registry_read(struct registry *r, const char *path, struct err *err);
/* After the last file: sort the ranges; those that overlap are problems, and so is having none. */
void registry_check(struct registry *r);

#endif
