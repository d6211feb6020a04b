/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* keys - see keys.h. */
#include "cli/keys.h"

#include <stdio.h>

#include "cli/table.h"

void keys_print(const struct config_row *rows)
{
	static const char *const headings[] = {"key", "default", "meaning", NULL};
	struct table *t = table_new(headings);
	char words[400];

	for (const struct config_row *row = rows; row->key != NULL; row++) {
		size_t len = 0;

		table_text(t, row->key);
		table_text(t, row->def == NULL ? "(needed)" : row->def);
		words[0] = '\0';
		for (size_t i = 0; row->words != NULL && row->words[i] != NULL; i++)
			len += (size_t)snprintf(words + len, sizeof(words) - len, "%s%s",
						i > 0 ? " | " : "", row->words[i]);
		(void)snprintf(words + len, sizeof(words) - len, "%s%s", len > 0 ? "; " : "",
			       row->help);
		table_text(t, words);
	}
	table_print(t, stdout);
	table_free(&t);
}
