/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* message_template - see message_template.h. */
#include "common/model/message_template.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/model/compose.h"
#include "common/sms/template.h"

/* A template as it is read and compiled; texts are borrowed from the rows. */
struct known {
	int64_t id;
	const char *sender;
	enum message_category category;
	enum sms_spelling spelling;
	struct template *compiled; /* NULL: messages cannot be made of it */
};

struct filling {
	struct known *known;
	size_t known_count;
	struct message_texts *texts;
	struct buf text;
	message_refuse_fn *refuse;
	void *arg;
};

void message_texts_free(struct message_texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		mem_free(texts->text[i]);
	mem_free(texts->text);
	*texts = (struct message_texts){0};
}

static const char *keep(struct message_texts *texts, const char *text, size_t len)
{
	if (texts->count == texts->cap) {
		texts->cap = texts->cap > 0 ? 2 * texts->cap : 16;
		texts->text = mem_realloc(texts->text, texts->cap, sizeof(*texts->text));
	}
	return texts->text[texts->count++] = mem_strndup(text, len);
}

/* --- templates -----------------------------------------------------------------------------------
 */

static bool is_for_messages(const struct template *t)
{
	return template_link_count(t) == 0 && template_promo_pool(t, NULL) == NULL;
}

static void know(struct known *k, const struct pg_result *rows, size_t i)
{
	struct err err;

	k->id = pg_int(rows, i, 0);
	k->sender = pg_text(rows, i, 2);
	k->category = (enum message_category)pg_int(rows, i, 3);
	k->spelling = spelling_of(pg_text(rows, i, 4));
	if (!template_compile(pg_text(rows, i, 1), pg_len(rows, i, 1), &k->compiled, &err))
		k->compiled = NULL;
	else if (!is_for_messages(k->compiled))
		template_free(&k->compiled);
}

static bool read_templates(struct filling *f, struct message_item *const *items, size_t count,
			   struct pg_result **rows, struct pg *pg, struct pg_params *params,
			   struct err *err)
{
	static const struct pg_stmt read = {
		"message_templates",
		"SELECT t.id, v.text, t.sender, t.category, v.spelling FROM template t"
		"  JOIN template_version v ON v.template_id = t.id AND v.no = t.version"
		" WHERE t.id = ANY ($1::bigint[])"};
	int64_t *ids = mem_calloc(count + 1, sizeof(*ids));
	size_t named = 0;
	bool ok;

	for (size_t i = 0; i < count; i++)
		if (items[i]->template_id != 0 &&
		    (named == 0 || ids[named - 1] != items[i]->template_id))
			ids[named++] = items[i]->template_id;
	pg_param_int64_array(params, ids, named);
	ok = named == 0 || pg_run(pg, &read, params, rows, err);
	pg_params_reset(params);
	mem_free(ids);
	if (!ok || named == 0)
		return ok;
	f->known_count = pg_rows(*rows);
	f->known = mem_calloc(f->known_count + 1, sizeof(*f->known));
	for (size_t i = 0; i < f->known_count; i++)
		know(&f->known[i], *rows, i);
	return true;
}

static const struct known *find(const struct filling *f, int64_t id)
{
	for (size_t i = 0; i < f->known_count; i++)
		if (f->known[i].id == id)
			return &f->known[i];
	return NULL;
}

/* --- one message ---------------------------------------------------------------------------------
 */

static bool is_field(const struct template *t, const char *name)
{
	for (size_t i = 0; i < template_field_count(t); i++)
		if (strcmp(template_field_name(t, i), name) == 0)
			return true;
	return false;
}

/* False: there is one more than the template has fields for, which may be a slip. */
static bool check_variables(struct filling *f, const struct known *k, struct message_item *item)
{
	const cJSON *value;

	cJSON_ArrayForEach(value, item->variables)
	{
		if (is_field(k->compiled, value->string))
			continue;
		f->refuse(f->arg, item, "variables", value->string,
			  "fields that stand in the template's text");
		return false;
	}
	return true;
}

static bool render(struct filling *f, const struct known *k, struct message_item *item)
{
	struct template_value values[TEMPLATE_FIELDS_MAX] = {{NULL, 0}};
	int missing = 0;

	for (size_t i = 0; i < template_field_count(k->compiled); i++) {
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(
			item->variables, template_field_name(k->compiled, i));

		if (cJSON_IsString(value))
			values[i] = (struct template_value){value->valuestring,
							    strlen(value->valuestring)};
	}
	buf_reset(&f->text);
	if (template_render(k->compiled, values, NULL, &f->text, &missing) &&
	    compose_finish(&f->text) == REASON_NONE &&
	    compose_spell(k->spelling, &f->text) == REASON_NONE)
		return true;
	f->refuse(f->arg, item, "variables",
		  missing >= 0 && (size_t)missing < template_field_count(k->compiled)
			  ? template_field_name(k->compiled, (size_t)missing)
			  : "",
		  "a value for each field that has no fallback, so that a text is left");
	return false;
}

static void fill(struct filling *f, struct message_item *item)
{
	const struct known *k = find(f, item->template_id);
	struct err err;

	if (k == NULL || k->compiled == NULL) {
		f->refuse(f->arg, item, "template_id",
			  k == NULL ? "a template there is not" : "a template for campaigns",
			  "the id of a template from GET /v1/templates, without links and promo "
			  "codes");
		return;
	}
	if (item->category != 0 && item->category != k->category) {
		f->refuse(f->arg, item, "category", "another than the template's",
			  "the template's category, or none");
		return;
	}
	item->category = k->category;
	message_clamp_validity(item);
	if (item->sender == NULL)
		item->sender = keep(f->texts, k->sender, strlen(k->sender));
	if (item->sender[0] == '\0') {
		f->refuse(f->arg, item, "sender", "nothing",
			  "a sender, because the template has none");
		return;
	}
	if (!check_variables(f, k, item) || !render(f, k, item))
		return;
	item->text = keep(f->texts, f->text.data, f->text.len);
	if (!message_measure(item, &err))
		f->refuse(f->arg, item, "variables", err.msg,
			  "a text that fits into max_parts parts");
}

bool message_templates_fill(struct message_item *const *items, size_t count,
			    struct message_texts *texts, message_refuse_fn *refuse, void *arg,
			    struct pg *pg, struct pg_params *params, struct err *err)
{
	struct filling f = {.texts = texts, .refuse = refuse, .arg = arg};
	struct pg_result *rows = NULL;
	bool ok = read_templates(&f, items, count, &rows, pg, params, err);

	buf_init(&f.text, COMPOSE_BYTES_MAX);
	for (size_t i = 0; ok && i < count; i++)
		if (items[i]->template_id != 0)
			fill(&f, items[i]);
	buf_deinit(&f.text);
	for (size_t i = 0; i < f.known_count; i++)
		template_free(&f.known[i].compiled);
	mem_free(f.known);
	pg_result_free(&rows);
	return ok;
}
