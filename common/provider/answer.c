/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* answer - see answer.h. */
#include "common/provider/answer.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/provider/fill.h"

#define POINTER_BYTES_MAX 1024
#define PARTS_MAX	  255

struct reading {
	const struct provider_profile *p;
	const struct provider_message *message; /* the one it is about */
	int status;
	char to[PROVIDER_NUMBER_SIZE];
};

static const char *value_of(void *arg, const char *name)
{
	struct reading *r = arg;

	if (strcmp(name, "ref") == 0)
		return r->message->ref;
	return provider_number(r->p, r->message, r->to);
}

/* What stands in `item` at a pointer of the profile; NULL: nothing, or the profile names no place.
 */
static const char *text_at(struct reading *r, const cJSON *item, const char *pointer)
{
	char unknown[FILL_NAME_MAX];
	const char *text;
	struct buf path;

	if (pointer[0] == '\0')
		return NULL;
	buf_init(&path, POINTER_BYTES_MAX);
	(void)fill_text(&path, pointer, FILL_PLAIN, value_of, r, unknown);
	text = document_text(item, buf_str(&path));
	buf_deinit(&path);
	return text;
}

static bool succeeded(int status)
{
	return status >= 200 && status < 300;
}

static void keep(char *out, size_t size, const char *text)
{
	(void)snprintf(out, size, "%s", text != NULL ? text : "");
}

/* --- one message
 * ------------------------------------------------------------------------------------------- */

/* An id that does not fit would match no receipt. */
static void read_taken(struct reading *r, const cJSON *item, struct provider_outcome *out)
{
	const char *id = text_at(r, item, r->p->answer.id);
	const char *parts = text_at(r, item, r->p->answer.parts);
	long count = parts != NULL ? strtol(parts, NULL, 10) : 0;

	out->action = ACTION_OK;
	if (r->p->answer.id[0] != '\0' &&
	    (id == NULL || *id == '\0' || strlen(id) >= OUTCOME_ID_SIZE))
		out->action = ACTION_UNKNOWN;
	else
		keep(out->id, sizeof(out->id), id);
	keep(out->price, sizeof(out->price), text_at(r, item, r->p->answer.price));
	out->parts = count > 0 && count <= PARTS_MAX ? (int)count : 0;
}

/* A 2xx that says neither yes nor no was taken or was not. */
static void read_refused(struct reading *r, const cJSON *item, bool said,
			 struct provider_outcome *out)
{
	const char *code = text_at(r, item, r->p->answer.code);

	keep(out->code, sizeof(out->code), code);
	if (succeeded(r->status) && !said && code == NULL)
		out->action = ACTION_UNKNOWN;
	else
		out->action = profile_action_of(r->p, r->status, code);
	if (out->action == ACTION_OK)
		read_taken(r, item, out);
}

static void read_one(struct reading *r, const cJSON *item, struct provider_outcome *out)
{
	const struct profile_answer *a = &r->p->answer;
	const char *ok = text_at(r, item, a->ok);
	bool taken = succeeded(r->status) &&
		     (a->ok[0] == '\0' || (ok != NULL && a->ok_values.count == 0));

	for (size_t i = 0; succeeded(r->status) && ok != NULL && i < a->ok_values.count; i++)
		taken = taken || strcmp(ok, a->ok_values.items[i]) == 0;
	if (taken)
		read_taken(r, item, out);
	else
		read_refused(r, item, ok != NULL, out);
}

/* --- several
 * -----------------------------------------------------------------------------------------------
 */

/* What in the list is about this message, which is the request's i-th; NULL: nothing. */
static const cJSON *find_item(struct reading *r, const cJSON *list, size_t i)
{
	const struct profile_answer *a = &r->p->answer;
	const char *wanted = value_of(r, a->match == MATCH_REF ? "ref" : "to");
	const cJSON *item;

	if (a->match == MATCH_ORDER)
		return cJSON_IsArray(list) ? cJSON_GetArrayItem(list, (int)i)
					   : (i == 0 ? list : NULL);
	if (a->match_at[0] == '\0')
		return cJSON_GetObjectItemCaseSensitive(list, wanted);
	/* One may have come without its array; it must be about this message all the same. */
	for (item = cJSON_IsArray(list) ? list->child : list; item != NULL;
	     item = item != list ? item->next : NULL) {
		const char *found = document_text(item, a->match_at);

		if (found != NULL && strcmp(found, wanted) == 0)
			return item;
	}
	return NULL;
}

/* Without a list the answer is about the whole request. */
static void read_message(struct reading *r, const cJSON *document, const cJSON *list, size_t i,
			 struct provider_outcome *out)
{
	const cJSON *item = list != NULL ? find_item(r, list, i) : document;

	memset(out, 0, sizeof(*out));
	if (item != NULL)
		read_one(r, item, out);
	else
		out->action = ACTION_UNKNOWN;
}

void provider_answer_read(const struct provider_profile *p, const struct provider_message *messages,
			  size_t count, int status, const char *body, size_t len,
			  struct provider_outcome *out)
{
	struct reading r = {.p = p, .status = status};
	const cJSON *list = NULL;
	cJSON *document = NULL;
	struct err err;

	if (!document_parse((enum document_format)p->answer.format, body, len, p->answer.compiled,
			    &document, &err))
		document = NULL;
	else if (p->answer.list[0] != '\0')
		list = document_find(document, p->answer.list);
	for (size_t i = 0; i < count; i++) {
		r.message = &messages[i];
		read_message(&r, document, list, i, &out[i]);
		if (document == NULL && !succeeded(status))
			out[i].action = profile_action_of(p, status, NULL);
	}
	document_free(&document);
}

void provider_answer_none(size_t count, bool written, struct provider_outcome *out)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (struct provider_outcome){.action =
							   written ? ACTION_UNKNOWN : ACTION_RETRY};
}
