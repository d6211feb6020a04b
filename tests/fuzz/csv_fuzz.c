/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* csv_fuzz - any bytes, cut anywhere: rows stay within their bounds and do not depend on the cuts.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/text/csv.h"
#include "common/text/utf8.h"

struct digest {
	uint64_t hash, line;
};

static void mix(struct digest *d, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		d->hash = (d->hash ^ (unsigned char)data[i]) * 0x100000001B3u;
	d->hash = (d->hash ^ len) * 0x100000001B3u;
}

static bool on_row(const struct csv_row *row, void *arg)
{
	struct digest *d = arg;

	if (row->line <= d->line || (row->problem != NULL) != (row->count == 0) ||
	    row->count > CSV_COLUMNS_MAX || utf8_valid(row->raw, row->raw_len) < row->raw_len)
		abort();
	d->line = row->line;
	mix(d, row->raw, row->raw_len);
	for (size_t i = 0; i < row->count; i++) {
		const struct csv_field *field = &row->field[i];

		if (strlen(field->text) != field->len ||
		    utf8_valid(field->text, field->len) < field->len)
			abort();
		mix(d, field->text, field->len);
	}
	return true;
}

static uint64_t read_pieces(const char *data, size_t len, size_t piece)
{
	struct digest d = {0};
	struct csv *csv = csv_new(on_row, &d);

	for (size_t at = 0; at < len; at += piece)
		csv_feed(csv, data + at, len - at < piece ? len - at : piece);
	csv_end(csv);
	csv_free(&csv);
	return d.hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The first two bytes say how the rest is cut, and how often it is repeated to cross the buffers.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char text[400000];
	size_t filled = 0;

	if (len < 3 || len > 65536)
		return 0;
	for (unsigned times = 0; times <= data[1] && filled + len < sizeof(text); times++) {
		memcpy(text + filled, data + 2, len - 2);
		filled += len - 2;
	}
	if (read_pieces(text, filled, filled) != read_pieces(text, filled, 1u + data[0] * 37u))
		abort();
	return 0;
}
