/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* event - see event.h. */
#include "crmd/event.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/text/utf8.h"

#define ID_CHARS_MAX   64
#define ID_CHARS       "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._:-"
#define TYPE_CHARS_MAX 40
#define VERSION_MAX    INT64_C(9007199254740991) /* what JSON numbers hold exactly */

static void set_text(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text);
	out[utf8_valid(out, strlen(out))] = '\0';
}

void event_refuse(struct event *e, const char *field, const char *reason)
{
	e->outcome = EVENT_REFUSED;
	set_text(e->field, sizeof(e->field), field);
	set_text(e->reason, sizeof(e->reason), reason);
}

static void die(struct event *e, const char *reason)
{
	e->outcome = EVENT_DEAD;
	set_text(e->reason, sizeof(e->reason), reason);
}

/* FNV-1a. */
static uint32_t hash(const char *text)
{
	uint32_t h = 2166136261u;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h;
}

/* Without an id that can be repeated to the sender nothing else matters. */
static bool read_id(struct event *e)
{
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(e->doc, "id");
	size_t len;

	if (!cJSON_IsObject(e->doc) || !cJSON_IsString(id)) {
		die(e, "an event is an object with a text \"id\"");
		return false;
	}
	len = strlen(id->valuestring);
	if (len == 0 || len > ID_CHARS_MAX || strspn(id->valuestring, ID_CHARS) != len) {
		die(e, "\"id\" has 1 to 64 letters, digits, dots, dashes, colons and underscores");
		return false;
	}
	e->id = id->valuestring;
	e->id_hash = hash(e->id);
	return true;
}

static const struct event_kind *kind_of(const char *name)
{
	for (const struct event_kind *k = event_kinds; k->name != NULL; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

static void read_data(struct event *e, struct json_in *envelope)
{
	struct json_in data;

	if (!json_in_has(envelope, "data")) {
		json_in_refuse(envelope, "data", "nothing", "an object");
		return;
	}
	json_in_begin(&data, cJSON_GetObjectItemCaseSensitive(e->doc, "data"), envelope->problem,
		      "data");
	e->kind->read(e, &data);
	json_in_end(&data);
}

static void read_envelope(struct event *e, struct problem *problem)
{
	struct json_in in;
	const char *type;

	json_in_begin(&in, e->doc, problem, "");
	(void)json_in_has(&in, "id");
	type = json_in_text(&in, "type", JSON_REQUIRED, TYPE_CHARS_MAX);
	e->kind = type != NULL ? kind_of(type) : NULL;
	if (type != NULL && e->kind == NULL)
		json_in_refuse(&in, "type", type, "a type of event that docs/amqp.md names");
	(void)json_in_time(&in, "time", JSON_OPTIONAL);
	(void)json_in_text(&in, "source", JSON_OPTIONAL, ID_CHARS_MAX);
	if (e->kind == NULL)
		return; /* of an unknown type nothing else can be judged */
	e->version = json_in_int(&in, "version", e->kind->versioned ? JSON_REQUIRED : JSON_OPTIONAL,
				 1, VERSION_MAX, 0);
	read_data(e, &in);
	json_in_end(&in);
}

void event_read(struct event *e, const struct mq_delivery *delivery)
{
	struct problem problem;
	struct err err;

	*e = (struct event){.tag = delivery->tag, .len = delivery->len};
	e->body = mem_strndup(delivery->body, delivery->len);
	snprintf(e->user_id, sizeof(e->user_id), "%s",
		 delivery->user_id != NULL ? delivery->user_id : "");
	if (!json_parse(e->body, e->len, &e->doc, &err)) {
		die(e, err.msg);
	} else if (read_id(e)) {
		problem_init(&problem);
		read_envelope(e, &problem);
		if (problem.error_count > 0)
			event_refuse(e, problem.errors[0].field, problem.errors[0].expected);
		problem_deinit(&problem);
	}
	if (e->key != NULL)
		e->key_hash = hash(e->key);
	e->read_as = e->outcome;
}

void event_free(struct event *e)
{
	json_free(&e->doc);
	mem_free(e->payload);
	mem_free(e->body);
	*e = (struct event){0};
}

static bool same_subject(const struct event *a, const struct event *b)
{
	return a->key != NULL && b->key != NULL && a->key_hash == b->key_hash &&
	       a->kind->subject != NULL && b->kind->subject != NULL &&
	       strcmp(a->kind->subject, b->kind->subject) == 0 && strcmp(a->key, b->key) == 0;
}

bool event_follows(const struct event *later, const struct event *earlier)
{
	return (later->id != NULL && earlier->id != NULL && later->id_hash == earlier->id_hash &&
		strcmp(later->id, earlier->id) == 0) ||
	       same_subject(later, earlier);
}
