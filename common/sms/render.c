/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* render - texts for clients. */
#include "common/sms/render.h"

#include <string.h>

#include "common/base/mem.h"

/* Where a field's value comes from. */
struct source {
	enum { SOURCE_NONE, SOURCE_COLUMN, SOURCE_ATTRIBUTE } kind;
	int index; /* the column, or the slot */
};

struct render_plan {
	char *text; /* as the campaign has it */
	size_t len;
	struct template *template;
	struct source source[TEMPLATE_FIELDS_MAX];
	int first_slot, last_slot;
};

static struct source source_of(int column)
{
	if (column < 0 || column >= RENDER_COLUMNS_MAX)
		return (struct source){SOURCE_NONE, 0};
	return (struct source){SOURCE_COLUMN, column};
}

bool render_plan_new(const char *text, size_t len, int (*column_of)(const char *name),
		     struct render_plan **out, struct err *err)
{
	struct template *template;
	struct render_plan *plan;

	if (!template_compile(text, len, &template, err))
		return err_wrap(err, "the campaign's text");
	plan = mem_calloc(1, sizeof(*plan));
	plan->text = mem_strndup(text, len);
	plan->len = len;
	plan->template = template;
	plan->first_slot = 1; /* none is read */
	for (size_t i = 0; i < template_field_count(template); i++)
		plan->source[i] = source_of(column_of(template_field_name(template, i)));
	*out = plan;
	return true;
}

void render_plan_free(struct render_plan **plan)
{
	if (*plan == NULL)
		return;
	template_free(&(*plan)->template);
	mem_free((*plan)->text);
	mem_free(*plan);
	*plan = NULL;
}

const struct template *render_plan_template(const struct render_plan *plan)
{
	/* cppcheck-suppress CastIntegerToAddressAtReturn ; it is a pointer to a struct */
	return plan->template;
}

bool render_plan_is_for(const struct render_plan *plan, const char *text, size_t len)
{
	return plan->len == len && memcmp(plan->text, text, len) == 0;
}

size_t render_plan_unbound(const struct render_plan *plan, const char *names[TEMPLATE_FIELDS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < template_field_count(plan->template); i++)
		if (plan->source[i].kind == SOURCE_NONE)
			names[count++] = template_field_name(plan->template, i);
	return count;
}

void render_plan_bind(struct render_plan *plan, const char *name, int slot)
{
	for (size_t i = 0; i < template_field_count(plan->template); i++) {
		if (plan->source[i].kind != SOURCE_NONE ||
		    strcmp(template_field_name(plan->template, i), name) != 0)
			continue;
		plan->source[i] = (struct source){SOURCE_ATTRIBUTE, slot};
		if (plan->last_slot < plan->first_slot) {
			plan->first_slot = plan->last_slot = slot;
		} else if (slot < plan->first_slot) {
			plan->first_slot = slot;
		} else if (slot > plan->last_slot) {
			plan->last_slot = slot;
		}
	}
}

uint32_t render_plan_columns(const struct render_plan *plan)
{
	uint32_t columns = 0;

	for (size_t i = 0; i < template_field_count(plan->template); i++)
		if (plan->source[i].kind == SOURCE_COLUMN)
			columns |= UINT32_C(1) << plan->source[i].index;
	return columns;
}

void render_plan_slots(const struct render_plan *plan, int *first_out, int *last_out)
{
	*first_out = plan->first_slot;
	*last_out = plan->last_slot;
}

static struct template_value value_of(const struct render_plan *plan, const struct source *source,
				      const struct render_client *client)
{
	size_t at;

	switch (source->kind) {
	case SOURCE_COLUMN:
		return client->column[source->index];
	case SOURCE_ATTRIBUTE:
		at = (size_t)(source->index - plan->first_slot);
		if (at < client->attr_count)
			return (struct template_value){client->attr[at], client->attr_len[at]};
		break;
	case SOURCE_NONE:
		break;
	}
	return (struct template_value){0};
}

static void take_note(const struct render_plan *plan, const struct template_value *values,
		      int missing, struct render_note *note)
{
	*note = (struct render_note){0};
	if (missing >= 0)
		note->missing = template_field_name(plan->template, (size_t)missing);
	for (size_t i = 0; i < template_field_count(plan->template); i++)
		note->empty += values[i].text == NULL || values[i].len == 0;
}

bool render_text(const struct render_plan *plan, const struct render_client *client,
		 struct buf *out, struct render_note *note)
{
	struct template_value values[TEMPLATE_FIELDS_MAX];
	int missing = -1;
	bool ok;

	for (size_t i = 0; i < template_field_count(plan->template); i++)
		values[i] = value_of(plan, &plan->source[i], client);
	ok = template_render(plan->template, values, out, &missing);
	if (note != NULL)
		take_note(plan, values, missing, note);
	return ok;
}
