/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_request - see campaign_request.h. */
#include "apid/campaign_request.h"

#include <stdio.h>
#include <string.h>

#include "common/model/client_field.h"
#include "common/model/sender.h"
#include "common/base/buf.h"
#include "common/sms/parts.h"
#include "common/sms/template.h"

#define NAME_CHARS_MAX	 200
#define VALIDITY_S_MIN	 60
#define VALIDITY_S_MAX	 2592000
#define NAMES_TOLD_MAX	 40
#define REASON_CHARS_MAX 500

const struct campaign_fields campaign_fields_default = {
	.text = "",
	.sender = "",
	.class = CLASS_ADVERTISING,
	.priority = 5,
	.max_parts = 6,
	.validity_s = 86400,
	.after_hours = "move",
};

/* Text and sender may still be missing in a draft. */
static void read_texts(struct json_in *in, enum json_need need, struct campaign_fields *f)
{
	const char *name = json_in_text(in, "name", need, NAME_CHARS_MAX);

	f->name = name != NULL ? name : f->name;
	if (json_in_empty(in, "text")) {
		f->text = "";
	} else {
		const char *text = json_in_text(in, "text", JSON_OPTIONAL, TEXT_CHARS_MAX);

		f->text = text != NULL ? text : f->text;
	}
	if (json_in_empty(in, "sender")) {
		f->sender = "";
	} else {
		const char *sender = sender_in(in, JSON_OPTIONAL);

		f->sender = sender != NULL ? sender : f->sender;
	}
}

enum sms_spelling spelling_in(struct json_in *in, enum sms_spelling otherwise)
{
	const char *name = json_in_text(in, "spelling", JSON_OPTIONAL, 20);
	enum sms_spelling spelling = otherwise;

	if (name != NULL && !spelling_parse(name, &spelling))
		json_in_refuse(in, "spelling", name, "as_is, plain or latin");
	return spelling;
}

/* A template's version instead of a text. */
static void read_template(struct json_in *in, bool other_text, struct campaign_fields *f)
{
	f->template_asked = json_in_has(in, "template_id");
	if (f->template_asked) {
		f->template_id = json_in_id(in, "template_id", JSON_OPTIONAL);
		f->template_version =
			json_in_int(in, "template_version", JSON_OPTIONAL, 1, INT32_MAX, 0);
	} else if (json_in_has(in, "template_version")) {
		json_in_refuse(in, "template_version", "no template_id",
			       "the template_id whose version it is");
	}
	if (json_in_has(in, "text") && f->template_asked && f->template_id != 0)
		json_in_refuse(in, "text", "a text and a template", "either of them");
	if (other_text || f->template_id == 0)
		f->template_id = f->template_version = 0;
}

/* Members whose null means something: all clients, any account, no pace, at launch. */
static void read_clearable(struct json_in *in, struct campaign_fields *f)
{
	if (json_in_has(in, "list_id"))
		f->list_id = json_in_id(in, "list_id", JSON_OPTIONAL);
	if (json_in_has(in, "account"))
		f->account = json_in_text(in, "account", JSON_OPTIONAL, 32);
	if (json_in_has(in, "start_at"))
		f->start_at_us = json_in_time(in, "start_at", JSON_OPTIONAL);
	pace_read(in, &f->pace);
	own_window_read(in, &f->pace.window);
}

static void read_category(struct json_in *in, struct campaign_fields *f)
{
	if (json_in_has(in, "category") && json_in_null(in, "category"))
		f->category = 0;
	f->category = category_in(in, JSON_OPTIONAL, f->category);
	if (f->category == CATEGORY_AUTHORISATION)
		json_in_refuse(in, "category", message_category_name(f->category),
			       "advertising, service, transactional, debt or emergency; codes are "
			       "sent one by one with POST /v1/messages");
}

/* What hours and limits mean for this campaign. */
static void read_rules(struct json_in *in, struct campaign_fields *f)
{
	const char *rule = json_in_text(in, "after_hours", JSON_OPTIONAL, 20);

	if (rule != NULL && strcmp(rule, "move") != 0 && strcmp(rule, "cancel") != 0)
		json_in_refuse(in, "after_hours", rule, "move or cancel");
	else if (rule != NULL)
		f->after_hours = rule;
	if (json_in_has(in, "cap_exempt"))
		f->cap_exempt = json_in_text(in, "cap_exempt", JSON_OPTIONAL, REASON_CHARS_MAX);
	if (f->cap_exempt != NULL && f->category == CATEGORY_DEBT)
		json_in_refuse(in, "cap_exempt", f->cap_exempt,
			       "null: the law limits how often a debtor is written to");
}

void campaign_fields_read(const struct cJSON *doc, enum json_need need,
			  struct campaign_fields *fields, struct problem *problem)
{
	const char *was = fields->text;
	struct json_in in;

	json_in_begin(&in, doc, problem, "");
	read_texts(&in, need, fields);
	read_template(&in, was == NULL || strcmp(was, fields->text) != 0, fields);
	fields->spelling_asked = json_in_has(&in, "spelling");
	fields->spelling = spelling_in(&in, fields->spelling);
	fields->class = class_in(&in, JSON_OPTIONAL, fields->class);
	fields->category_asked = json_in_has(&in, "category");
	read_category(&in, fields);
	read_clearable(&in, fields);
	read_rules(&in, fields);
	/* Those of campaign_when.h. */
	(void)json_in_has(&in, "schedule");
	(void)json_in_has(&in, "reminder");
	fields->priority = json_in_int(&in, "priority", JSON_OPTIONAL, 1, 9, fields->priority);
	fields->max_parts =
		json_in_int(&in, "max_parts", JSON_OPTIONAL, 1, SMS_PARTS_MAX, fields->max_parts);
	fields->validity_s = json_in_int(&in, "validity_s", JSON_OPTIONAL, VALIDITY_S_MIN,
					 VALIDITY_S_MAX, fields->validity_s);
	fields->report_statuses =
		json_in_bool(&in, "report_statuses", JSON_OPTIONAL, fields->report_statuses);
	if (need == JSON_REQUIRED)
		fields->department_id = json_in_id(&in, "department_id", JSON_OPTIONAL);
	campaign_use_read(&in, &fields->use);
	json_in_end(&in);
}

static bool is_known(const char *name, const char *const *known, size_t known_count)
{
	for (size_t i = 0; i < known_count; i++)
		if (strcmp(name, known[i]) == 0)
			return true;
	return false;
}

void campaign_text_check(const char *field, const char *text, const char *const *known,
			 size_t known_count, struct problem *problem)
{
	struct template *template = NULL;
	struct buf names;
	struct buf expected;
	struct err err;

	if (!template_compile(text, strlen(text), &template, &err)) {
		problem_field(problem, field, "a text that is no template", err.msg);
		return;
	}
	buf_init(&names, 8000);
	buf_init(&expected, 8100);
	for (size_t i = 0; i < known_count && i < NAMES_TOLD_MAX; i++)
		buf_printf(&names, "%s{%s}", i > 0 ? ", " : "", known[i]);
	if (known_count > NAMES_TOLD_MAX)
		buf_printf(&expected, "a known field: %s and %zu more", buf_str(&names),
			   known_count - NAMES_TOLD_MAX);
	else
		buf_printf(&expected, "a known field: %s", buf_str(&names));
	for (size_t i = 0; i < template_field_count(template); i++) {
		const char *name = template_field_name(template, i);
		char found[300];

		if (is_known(name, known, known_count) || client_field_of_placeholder(name) >= 0)
			continue;
		snprintf(found, sizeof(found), "{%.280s}", name);
		problem_field(problem, field, found, buf_str(&expected));
	}
	buf_deinit(&expected);
	buf_deinit(&names);
	template_free(&template);
}
