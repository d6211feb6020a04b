/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* client_attribute - see client_attribute.h. */
#include "common/model/client_attribute.h"

#include <string.h>

#include "common/base/mem.h"

bool client_attribute_kind_find(const char *type, enum client_kind *out)
{
	static const enum client_kind kinds[] = {
		CLIENT_KIND_TEXT,   CLIENT_KIND_NUMBER, CLIENT_KIND_DATE,
		CLIENT_KIND_YES_NO, CLIENT_KIND_ONE_OF, CLIENT_KIND_MANY_OF,
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(client_kind_code(kinds[i]), type) == 0) {
			*out = kinds[i];
			return true;
		}
	return false;
}

enum client_kind client_attribute_kind(const char *type)
{
	enum client_kind kind;

	if (!client_attribute_kind_find(type, &kind))
		panic("no such type of an attribute: %s", type);
	return kind;
}

void client_attribute_types_free(struct client_attribute_types *types)
{
	for (size_t i = 0; i < types->text_count; i++)
		mem_free(types->texts[i]);
	mem_free(types->texts);
	*types = (struct client_attribute_types){0};
}

static void take_choices(struct client_attribute_types *types, size_t at,
			 const struct pg_result *rows, size_t row)
{
	const char *text[CLIENT_CHOICES_MAX];
	size_t len[CLIENT_CHOICES_MAX];
	size_t count = pg_text_array(rows, row, 2, text, len, CLIENT_CHOICES_MAX);

	types->choices[at].text = (const char *const *)(types->texts + types->text_count);
	types->choices[at].count = count;
	for (size_t i = 0; i < count; i++)
		types->texts[types->text_count++] = mem_strndup(text[i], len[i]);
}

static void take_rows(struct client_attribute_types *types, const struct pg_result *rows)
{
	types->texts = mem_calloc(pg_rows(rows) * CLIENT_CHOICES_MAX + 1, sizeof(*types->texts));
	for (size_t i = 0; i < pg_rows(rows); i++) {
		size_t at = (size_t)pg_int(rows, i, 0) - 1;

		types->kind[at] = client_attribute_kind(pg_text(rows, i, 1));
		take_choices(types, at, rows, i);
	}
}

bool client_attribute_types_load(struct pg *pg, const char *const *names, size_t count,
				 struct client_attribute_types *out, struct err *err)
{
	static const struct pg_stmt load = {
		"attribute_types",
		"SELECT u.ord::integer, a.type, a.choices"
		"  FROM unnest($1::text[]) WITH ORDINALITY AS u(name, ord)"
		"  JOIN client_attribute a ON a.name = u.name WHERE a.type <> 'text'"};
	struct pg_params *params;
	struct pg_result *rows = NULL;
	bool ok;

	client_attribute_types_free(out);
	if (count == 0)
		return true;
	params = pg_params_new();
	pg_param_text_array(params, names, count);
	ok = pg_run(pg, &load, params, &rows, err);
	if (ok)
		take_rows(out, rows);
	pg_result_free(&rows);
	pg_params_free(&params);
	return ok;
}

bool client_attribute_types_equal(const struct client_attribute_types *a,
				  const struct client_attribute_types *b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (a->kind[i] != b->kind[i] || a->choices[i].count != b->choices[i].count)
			return false;
		for (size_t k = 0; k < a->choices[i].count; k++)
			if (strcmp(a->choices[i].text[k], b->choices[i].text[k]) != 0)
				return false;
	}
	return true;
}
