/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* secret - see secret.h. */
#include "common/gateway/secret.h"

#include <stdio.h>
#include <string.h>

void settings_problem(struct gateway_settings *s, const char *what, const struct err *err)
{
	if (s->problem[0] == '\0')
		snprintf(s->problem, sizeof(s->problem), "%.48s%.150s", what, err->msg);
}

void settings_secret(struct settings_row *r, struct gateway_settings *s, struct vault *vault,
		     const char *name, char *out, size_t size)
{
	const struct vault_place place = {VAULT_ACCOUNT, s->account_id, name};
	int clear = r->col++, sealed = r->col++;
	struct buf text;
	struct err err = {0};

	out[0] = '\0';
	if (pg_null(r->result, r->row, sealed)) {
		snprintf(out, size, "%s", pg_text(r->result, r->row, clear));
		return;
	}
	buf_init(&text, size - 1);
	if (vault_unseal(vault, &place, pg_text(r->result, r->row, sealed),
			 pg_len(r->result, r->row, sealed), &text, &err))
		snprintf(out, size, "%s", buf_str(&text));
	else
		settings_problem(s, "its password cannot be unsealed: ", &err);
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	buf_deinit(&text);
}
