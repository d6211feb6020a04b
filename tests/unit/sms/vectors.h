/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vectors - the tables in tests/vectors/, row by row without their header. */
#ifndef VESTNIK_TESTS_SMS_VECTORS_H
#define VESTNIK_TESTS_SMS_VECTORS_H

#include <check.h>
#include <stdio.h>

#include "common/text/csv.h"

struct vectors {
	void (*on_row)(const struct csv_row *row, void *arg);
	void *arg;
	size_t columns;
};

static bool vectors_row(const struct csv_row *row, void *arg)
{
	struct vectors *v = arg;

	ck_assert_msg(row->problem == NULL, "line %lu: %s", (unsigned long)row->line, row->problem);
	if (v->columns == 0) {
		v->columns = row->count;
		return true;
	}
	ck_assert_uint_eq(row->count, v->columns);
	v->on_row(row, v->arg);
	return true;
}

/* Tests run from the top of the project. */
static void vectors_read(const char *name, void (*on_row)(const struct csv_row *, void *),
			 void *arg)
{
	struct vectors v = {.on_row = on_row, .arg = arg};
	struct csv *csv = csv_new(vectors_row, &v);
	char path[256], data[4096];
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "tests/vectors/%s", name);
	file = fopen(path, "re");
	ck_assert_msg(file != NULL, "%s is missing; run from the top of the project", path);
	while ((len = fread(data, 1, sizeof(data), file)) > 0)
		ck_assert(csv_feed(csv, data, len));
	ck_assert(csv_end(csv));
	fclose(file);
	csv_free(&csv);
}

#endif
