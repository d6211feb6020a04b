/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report - see report.h. */
#include "common/provider/report.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "common/base/mem.h"

static const char *text_at(const cJSON *item, const char *pointer)
{
	return pointer[0] != '\0' ? document_text(item, pointer) : NULL;
}

static bool listed(const struct config_list *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], word) == 0)
			return true;
	return false;
}

static enum provider_report_kind kind_of(const struct profile_report *r, const cJSON *item)
{
	const char *kind = text_at(item, r->kind);

	if (r->kind[0] == '\0') {
		if (text_at(item, r->state) != NULL)
			return REPORT_RECEIPT;
		return text_at(item, r->text) != NULL ? REPORT_REPLY : REPORT_OTHER;
	}
	if (kind != NULL && listed(&r->receipts, kind))
		return REPORT_RECEIPT;
	return kind != NULL && listed(&r->replies, kind) ? REPORT_REPLY : REPORT_OTHER;
}

static void tell(const struct provider_profile *p, const cJSON *item, provider_report_fn *take,
		 void *arg)
{
	const struct profile_report *r = &p->report;
	struct provider_report report = {
		.kind = kind_of(r, item),
		.ref = text_at(item, r->ref),
		.id = text_at(item, r->id),
		.word = text_at(item, r->state),
		.state = STATE_UNKNOWN,
		.code = text_at(item, r->code),
		.parts = text_at(item, r->parts),
		.price = text_at(item, r->price),
		.from = text_at(item, r->from),
		.to = text_at(item, r->to),
		.text = text_at(item, r->text),
		.reply_id = text_at(item, r->reply_id),
		.phone = text_at(item, r->phone),
	};

	report.stopped = profile_stops(p, report.code);

	if (report.word != NULL)
		report.known = profile_state_of(p, report.word, &report.state);
	take(arg, &report);
}

/* The lines of a text, as an array. */
static cJSON *lines_of(const cJSON *item)
{
	const char *at = cJSON_IsString(item) ? item->valuestring : "";
	cJSON *lines = cJSON_CreateArray();

	for (;;) {
		size_t len = strcspn(at, "\n");
		char *line = mem_strndup(at, len > 0 && at[len - 1] == '\r' ? len - 1 : len);

		cJSON_AddItemToArray(lines, cJSON_CreateString(line));
		mem_free(line);
		if (at[len] == '\0')
			return lines;
		at += len + 1;
	}
}

static void tell_item(const struct provider_profile *p, const cJSON *item, provider_report_fn *take,
		      void *arg)
{
	cJSON *lines;

	if (!p->report.lines) {
		tell(p, item, take, arg);
		return;
	}
	lines = lines_of(item);
	tell(p, lines, take, arg);
	cJSON_Delete(lines);
}

bool provider_reports_read(const struct provider_profile *p, const char *text, size_t len,
			   provider_report_fn *take, void *arg, struct err *err)
{
	const cJSON *found, *item;
	cJSON *document = NULL;

	if (!document_parse((enum document_format)p->report.format, text, len, NULL, &document,
			    err))
		return false;
	found = document_find(document, p->report.list);
	if (found == NULL) {
		document_free(&document);
		return err_set(err, ERR_INPUT, "nothing stands at report.list");
	}
	if (!cJSON_IsArray(found))
		tell_item(p, found, take, arg);
	else
		for (item = found->child; item != NULL; item = item->next)
			tell_item(p, item, take, arg);
	document_free(&document);
	return true;
}
