/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* message_request - see message_request.h. */
#include "common/model/message_request.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "common/model/phone.h"
#include "common/model/sender.h"
#include "common/base/mem.h"
#include "common/sms/parts.h"

#define TEXT_CHARS_MAX	   2000
#define COMPOSED_BYTES_MAX (4 * 10000) /* more than any that fits SMS_PARTS_MAX parts */
#define VARIABLES_MAX	   32
#define VARIABLE_CHARS_MAX 500
#define VALIDITY_S_MIN	   60
#define VALIDITY_S_MAX	   2592000
#define MAX_PARTS	   10
#define VALIDITY_S	   86400
#define CODE_VALIDITY_S	   120 /* a code is of no use later */

/* What is counted must be what will be sent, so the text is put into its sent form first. */
bool message_measure(struct message_item *m, struct err *err)
{
	char sent[COMPOSED_BYTES_MAX];
	struct sms_parts parts;
	size_t len = strlen(m->text);

	if (len > sizeof(sent))
		return err_set(err, ERR_LIMIT, "the text is too long");
	len = sms_normalise(m->text, len, sent);
	if (!sms_split(sent, len, SMS_SPLIT_UDH8, m->max_parts, &parts, err))
		return false;
	m->parts = (int16_t)parts.count;
	return true;
}

/* Each of them is found at its own place: "messages[3].variables.code". */
static void variables_begin(const struct json_in *in, const cJSON *object, struct json_in *out)
{
	char path[JSON_PATH_MAX];

	snprintf(path, sizeof(path), "%.80s%svariables", in->path, in->path[0] != '\0' ? "." : "");
	json_in_begin(out, object, in->problem, path);
}

static void check_length(struct json_in *in, struct message_item *m)
{
	struct err err;

	if (!message_measure(m, &err))
		json_in_refuse(in, "text", err.msg, "a text that fits into max_parts parts");
}

void message_clamp_validity(struct message_item *m)
{
	if (m->category == CATEGORY_AUTHORISATION && m->validity_s > CODE_VALIDITY_S)
		m->validity_s = CODE_VALIDITY_S;
}

/* A template is named in place of a text, by a message or for all; which of them is nearer wins. */
static void read_template(struct json_in *in, struct message_item *m)
{
	int64_t template_id = json_in_id(in, "template_id", JSON_OPTIONAL);
	struct json_in variables;
	const cJSON *value;

	if (template_id != 0) {
		m->template_id = template_id;
		m->text = NULL;
		if (json_in_has(in, "text"))
			json_in_refuse(in, "text", "a text beside a template",
				       "a text or a template_id, not both");
	}
	if (!json_in_has(in, "variables") || json_in_null(in, "variables"))
		return;
	m->variables = cJSON_GetObjectItemCaseSensitive(in->object, "variables");
	if (cJSON_GetArraySize(m->variables) > VARIABLES_MAX) {
		json_in_refuse(in, "variables", "more than that", "at most 32 members");
		return;
	}
	variables_begin(in, m->variables, &variables);
	cJSON_ArrayForEach(value, variables.object)
	{
		if (!json_in_empty(&variables, value->string))
			(void)json_in_text(&variables, value->string, JSON_REQUIRED,
					   VARIABLE_CHARS_MAX);
	}
}

/* Null says nothing.  Not json_in_has(): what is asked for first is named first. */
static bool said(const struct json_in *in, const char *key)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(in->object, key);

	return value != NULL && !cJSON_IsNull(value);
}

/* What a message and the defaults of a bulk request have in common. */
static void read_common(struct json_in *in, enum json_need need, struct message_item *m)
{
	bool by_template = said(in, "template_id");
	enum json_need own = by_template ? JSON_OPTIONAL : need;
	const char *text = json_in_text(in, "text", own, TEXT_CHARS_MAX);
	const char *sender = sender_in(in, own);
	const char *account = json_in_text(in, "account", JSON_OPTIONAL, 32);
	enum message_class class = class_in(in, need, m->class);

	if (text != NULL) {
		m->text = text;
		m->template_id = 0;
	}
	read_template(in, m);
	m->sender = sender != NULL ? sender : m->sender;
	m->account = account != NULL ? account : m->account;
	m->class = class;
	m->category = category_in(in, own, m->category);
	m->max_parts = (int16_t)json_in_int(in, "max_parts", JSON_OPTIONAL, 1, SMS_PARTS_MAX,
					    m->max_parts);
	m->validity_s = (int32_t)json_in_int(in, "validity_s", JSON_OPTIONAL, VALIDITY_S_MIN,
					     VALIDITY_S_MAX, m->validity_s);
	message_clamp_validity(m);
}

static const struct message_item item_defaults = {.max_parts = MAX_PARTS, .validity_s = VALIDITY_S};

/* What a bulk request may say once for all must stand here or there. */
static void check_inherited(struct json_in *in, const struct message_item *m)
{
	if (m->class == 0 && !said(in, "class"))
		json_in_refuse(in, "class", "nothing", "a class, here or for all beside messages");
	if (m->template_id != 0)
		return; /* it says the rest */
	if (m->text == NULL && !said(in, "text"))
		json_in_refuse(in, "text", "nothing", "a text, here or for all beside messages");
	if (m->sender == NULL && !said(in, "sender"))
		json_in_refuse(in, "sender", "nothing",
			       "a sender, here or for all beside messages");
	if (m->category == 0 && !said(in, "category"))
		json_in_refuse(in, "category", "nothing",
			       "a category, here or for all beside messages");
}

static void read_members(struct json_in *in, bool single, struct message_item *m)
{
	m->msisdn = phone_in(in, "to", JSON_REQUIRED);
	read_common(in, single ? JSON_REQUIRED : JSON_OPTIONAL, m);
	if (in->object == NULL)
		return;
	if (!single)
		check_inherited(in, m);
	if (m->text != NULL)
		check_length(in, m);
	m->lane = m->class == CLASS_ALERT || (single && m->class == CLASS_SERVICE) ? LANE_URGENT
										   : LANE_BULK;
}

static void read_one(const cJSON *value, const char *path, bool single, struct message_item *m,
		     struct problem *problem)
{
	struct json_in in;

	json_in_begin(&in, value, problem, path);
	read_members(&in, single, m);
	json_in_end(&in);
}

void message_single_read(const struct cJSON *doc, struct problem *problem,
			 struct message_item **out, size_t *count_out)
{
	*out = mem_calloc(1, sizeof(**out));
	*count_out = 1;
	**out = item_defaults;
	read_one(doc, "", true, *out, problem);
}

void message_members_read(struct json_in *in, struct message_item *out)
{
	*out = item_defaults;
	read_members(in, true, out);
}

void message_bulk_read(const struct cJSON *doc, struct problem *problem, struct message_item **out,
		       size_t *count_out)
{
	struct message_item defaults = item_defaults;
	const cJSON *messages;
	const cJSON *value;
	struct json_in in;
	size_t i = 0;

	json_in_begin(&in, doc, problem, "");
	messages = json_in_array(&in, "messages", JSON_REQUIRED, BULK_MESSAGES_MAX);
	read_common(&in, JSON_OPTIONAL, &defaults);
	json_in_end(&in);
	*count_out = messages != NULL ? (size_t)cJSON_GetArraySize(messages) : 0;
	*out = mem_calloc(*count_out + 1, sizeof(**out));
	if (messages == NULL)
		return;
	cJSON_ArrayForEach(value, messages)
	{
		char path[32];

		snprintf(path, sizeof(path), "messages[%zu]", i);
		(*out)[i] = defaults;
		read_one(value, path, false, &(*out)[i++], problem);
	}
}
