/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* render - texts for clients. */
#include "common/sms/render.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/sms/short_link.h"

#define EXAMPLE_LEN 10 /* of a promo code before its pool has any */
#define LINK_SIZE   (RENDER_LINK_BASE_MAX + SHORT_LINK_CODE_SIZE)

/* Where a field's value comes from. */
struct source {
	enum { SOURCE_NONE, SOURCE_COLUMN, SOURCE_ATTRIBUTE, SOURCE_LIST } kind;
	int index; /* the column, the slot, or the place */
};

struct render_plan {
	char *text; /* as the campaign has it */
	size_t len;
	struct template *template;
	struct source source[TEMPLATE_FIELDS_MAX];
	int first_slot, last_slot;
	uint32_t more_columns; /* that only others read */
	int64_t list_id;       /* 0: no column of a list is read */
	char *link_base;       /* NULL: not known */
	size_t link_base_len;
	int64_t pool_id;
	size_t promo_len; /* 0: not known */
	enum sms_spelling spelling;
};

void render_plan_set_spelling(struct render_plan *plan, enum sms_spelling spelling)
{
	plan->spelling = spelling;
}

enum sms_spelling render_plan_spelling(const struct render_plan *plan)
{
	return plan->spelling;
}

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
	mem_free((*plan)->link_base);
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

void render_plan_bind_own(struct render_plan *plan, const char *name, int64_t list_id, int place)
{
	for (size_t i = 0; i < template_field_count(plan->template); i++) {
		if (plan->source[i].kind != SOURCE_NONE ||
		    strcmp(template_field_name(plan->template, i), name) != 0)
			continue;
		plan->source[i] = (struct source){SOURCE_LIST, place};
		plan->list_id = list_id;
	}
}

int render_plan_field_place(const struct render_plan *plan, size_t i)
{
	return plan->source[i].kind == SOURCE_LIST ? plan->source[i].index : 0;
}

int64_t render_plan_list(const struct render_plan *plan)
{
	return plan->list_id;
}

int render_plan_field_slot(const struct render_plan *plan, size_t i)
{
	switch (plan->source[i].kind) {
	case SOURCE_COLUMN:
		return 0;
	case SOURCE_ATTRIBUTE:
		return plan->source[i].index;
	case SOURCE_LIST:
	case SOURCE_NONE:
		break;
	}
	return -1;
}

uint32_t render_plan_columns(const struct render_plan *plan)
{
	uint32_t columns = plan->more_columns;

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

void render_plan_widen(struct render_plan *plan, const struct render_plan *other)
{
	plan->more_columns |= render_plan_columns(other);
	if (plan->list_id == 0)
		plan->list_id = other->list_id;
	if (other->last_slot < other->first_slot)
		return;
	if (plan->last_slot < plan->first_slot) {
		plan->first_slot = other->first_slot;
		plan->last_slot = other->last_slot;
		return;
	}
	if (other->first_slot < plan->first_slot)
		plan->first_slot = other->first_slot;
	if (other->last_slot > plan->last_slot)
		plan->last_slot = other->last_slot;
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
	case SOURCE_LIST:
		at = (size_t)(source->index - 1);
		if (at < client->own_count)
			return (struct template_value){client->own[at], client->own_len[at]};
		break;
	case SOURCE_NONE:
		break;
	}
	return (struct template_value){0};
}

/* --- links and promo codes -----------------------------------------------------------------------
 */

void render_plan_set_link_base(struct render_plan *plan, const char *base)
{
	mem_free(plan->link_base);
	plan->link_base = mem_strdup(base);
	plan->link_base_len = strlen(base);
	if (plan->link_base_len > RENDER_LINK_BASE_MAX)
		panic("a base of %zu bytes for short links", plan->link_base_len);
}

const char *render_plan_link_base(const struct render_plan *plan)
{
	return plan->link_base;
}

void render_plan_set_pool(struct render_plan *plan, int64_t pool_id, size_t longest)
{
	plan->pool_id = pool_id;
	plan->promo_len = longest;
}

int64_t render_plan_pool(const struct render_plan *plan)
{
	return plan->pool_id;
}

/* As long as the longest of the pool; no code is shown that a client may get. */
static struct template_value example_promo(const struct render_plan *plan)
{
	static const char signs[] =
		"XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX";
	size_t len = plan->promo_len;

	if (len == 0 || len > sizeof(signs) - 1)
		len = EXAMPLE_LEN;
	return (struct template_value){signs, len};
}

/* Write the addresses of the message's links into `work`. */
static void give_links(const struct render_plan *plan, const struct render_own *own,
		       struct template_given *given, char work[TEMPLATE_LINKS_MAX][LINK_SIZE])
{
	for (size_t i = 0; i < template_link_count(plan->template); i++) {
		size_t len = plan->link_base_len;

		if (len > 0)
			memcpy(work[i], plan->link_base, len);
		len += short_link_code(own->day_id, own->link_key, i, work[i] + len);
		given->link[i] = (struct template_value){work[i], len};
	}
}

/* --- texts ---------------------------------------------------------------------------------------
 */

static void values_of(const struct render_plan *plan, const struct render_client *client,
		      struct template_value values[TEMPLATE_FIELDS_MAX])
{
	for (size_t i = 0; i < template_field_count(plan->template); i++)
		values[i] = value_of(plan, &plan->source[i], client);
}

static void take_note(const struct render_plan *plan, const struct template_value *values,
		      int missing, struct render_note *note)
{
	*note = (struct render_note){.no_promo = missing == TEMPLATE_NO_PROMO};
	if (missing >= 0)
		note->missing = template_field_name(plan->template, (size_t)missing);
	for (size_t i = 0; i < template_field_count(plan->template); i++)
		note->empty += values[i].text == NULL || values[i].len == 0;
}

bool render_text(const struct render_plan *plan, const struct render_client *client,
		 struct render_own *own, struct buf *out, struct render_note *note)
{
	struct render_own example = {.promo = example_promo(plan)};
	char links[TEMPLATE_LINKS_MAX][LINK_SIZE];
	struct template_value values[TEMPLATE_FIELDS_MAX];
	struct template_given given = {0};
	int missing = TEMPLATE_FULL;
	bool ok;

	if (own == NULL)
		own = &example;
	values_of(plan, client, values);
	give_links(plan, own, &given, links);
	given.promo = own->promo;
	ok = template_render(plan->template, values, &given, out, &missing);
	own->link_used = given.link_used;
	own->promo_used = given.promo_used;
	if (note != NULL)
		take_note(plan, values, missing, note);
	return ok;
}

bool render_link_target(const struct render_plan *plan, const struct render_client *client,
			size_t link, struct buf *out)
{
	struct template_value values[TEMPLATE_FIELDS_MAX];
	int missing;

	values_of(plan, client, values);
	return link < template_link_count(plan->template) &&
	       template_link_target(plan->template, link, values, out, &missing);
}
