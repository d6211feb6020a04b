/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* client_name - see client_name.h. */
#include "apid/client_name.h"

#include "common/web/mask.h"

#define NAME_BYTES_MAX 4096

void client_put_name(struct json_out *json, const char *key, const struct pg_result *rows,
		     size_t row, int col)
{
	struct buf name;

	buf_init(&name, NAME_BYTES_MAX);
	for (int i = 1; i <= 3; i++) {
		const char *text = pg_text(rows, row, col + i);
		char masked[MASK_NAME_SIZE];

		if (json->masked)
			text = mask_name(text, masked);
		if (text[0] != '\0')
			buf_printf(&name, "%s%s", name.len > 0 ? " " : "", text);
	}
	json_put_text(json, key, name.len > 0 ? buf_str(&name) : pg_text(rows, row, col));
	buf_deinit(&name);
}
