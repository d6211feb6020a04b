/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* settings - see settings.h. */
#include "common/gateway/settings.h"

#include <stdio.h>
#include <string.h>

struct id_rules gateway_settings_ids(const struct gateway_settings *s)
{
	return (struct id_rules){
		.base = s->id_response_base,
		.strip_zeros = s->id_strip_zeros,
		.keep_case = s->id_keep_case,
	};
}

int64_t settings_int(struct settings_row *r)
{
	return pg_int(r->result, r->row, r->col++);
}

bool settings_bool(struct settings_row *r)
{
	return pg_bool(r->result, r->row, r->col++);
}

void settings_text(struct settings_row *r, char *out, size_t size)
{
	snprintf(out, size, "%s", pg_text(r->result, r->row, r->col++));
}

int settings_word(struct settings_row *r, const char *const *words)
{
	const char *text = pg_text(r->result, r->row, r->col++);

	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	return 0;
}

enum id_base settings_id_base(struct settings_row *r)
{
	static const char *const words[] = {"as_is", "hex_to_dec", "dec_to_hex", NULL};

	return (enum id_base)settings_word(r, words);
}

void gateway_settings_read(struct settings_row *r, struct gateway_settings *s)
{
	static const char *const splits[] = {"udh8", "udh16", "sar", "payload", NULL};

	s->account_id = (int16_t)settings_int(r);
	settings_text(r, s->name, sizeof(s->name));
	s->changed_at_us = pg_time_us(r->result, r->row, r->col++);
	s->parts_per_s = (int32_t)settings_int(r);
	s->split = (enum sms_split)settings_word(r, splits);
	s->max_parts = (int16_t)settings_int(r);
	s->id_response_base = settings_id_base(r);
	s->id_strip_zeros = settings_bool(r);
	s->retry_max = (int16_t)settings_int(r);
	s->held_elsewhere = settings_bool(r);
}
