/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* source_request - a source as a person sets it up, checked. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "apid/source.h"

#define NAME_CHARS_MAX	 200
#define COLUMN_CHARS_MAX 128
#define SECRET_CHARS_MAX 16384 /* a private key */
#define EVERY_MIN_MAX	 10080

static void read_kind(struct json_in *in, struct source_wanted *w)
{
	const char *kind = json_in_text(in, "kind", JSON_REQUIRED, 40);

	w->kind = kind != NULL ? source_kind_find(kind) : NULL;
	if (kind != NULL && w->kind == NULL)
		json_in_refuse(in, "kind", kind,
			       "folder, postgresql, odbc, https, sftp or http_json");
}

/* --- settings
 * ------------------------------------------------------------------------------------- */

static void check_setting(struct json_in *in, const struct source_kind *kind, const cJSON *item)
{
	const struct source_setting *setting = source_kind_setting(kind, item->string);
	const char *wrong;

	if (setting == NULL) {
		json_in_refuse(in, item->string, "a setting", "no such setting of this kind");
		return;
	}
	if (!cJSON_IsString(item)) {
		json_in_refuse(in, item->string, "another kind of value", "a text");
		return;
	}
	wrong = source_setting_wrong(setting, item->valuestring);
	if (wrong != NULL)
		json_in_refuse(in, item->string, item->valuestring, wrong);
}

static void check_settings(const cJSON *settings, const struct source_kind *kind,
			   struct problem *problem)
{
	struct json_in in;
	const cJSON *item;

	json_in_begin(&in, settings, problem, "settings");
	if (in.object == NULL)
		return;
	cJSON_ArrayForEach(item, settings)
	{
		check_setting(&in, kind, item);
	}
	for (const struct source_setting *s = kind->settings; s->name != NULL; s++)
		if (s->required && !cJSON_HasObjectItem(settings, s->name))
			json_in_refuse(&in, s->name, "nothing",
				       "this setting, which the kind needs");
}

/* --- when
 * ----------------------------------------------------------------------------------------- */

static bool is_time_of_day(const char *text)
{
	return strlen(text) == 5 && text[2] == ':' && text[0] >= '0' && text[0] <= '2' &&
	       text[1] >= '0' && text[1] <= '9' && text[3] >= '0' && text[3] <= '5' &&
	       text[4] >= '0' && text[4] <= '9' && (text[0] < '2' || text[1] < '4');
}

static void read_schedule(struct json_in *in, struct source_wanted *w)
{
	w->every_min = json_in_int(in, "every_min", JSON_OPTIONAL, 1, EVERY_MIN_MAX, 0);
	w->daily_at = json_in_text(in, "daily_at", JSON_OPTIONAL, 5);
	if (w->daily_at != NULL && !is_time_of_day(w->daily_at))
		json_in_refuse(in, "daily_at", w->daily_at, "a time of day, for instance 03:30");
	if (w->daily_at != NULL && w->every_min != 0)
		json_in_refuse(in, "daily_at", "both",
			       "either every so many minutes or daily at a time");
}

/* --- how much
 * ------------------------------------------------------------------------------------- */

static void read_mode(struct json_in *in, struct source_wanted *w)
{
	w->mode = json_in_text(in, "mode", JSON_REQUIRED, 20);
	w->cursor_column = json_in_text(in, "cursor_column", JSON_OPTIONAL, COLUMN_CHARS_MAX);
	if (w->mode != NULL && strcmp(w->mode, "incremental") != 0 && strcmp(w->mode, "full") != 0)
		json_in_refuse(in, "mode", w->mode, "incremental or full");
	if (w->kind == NULL || w->mode == NULL)
		return;
	if (w->cursor_column != NULL && !w->kind->has_cursor_column)
		json_in_refuse(in, "cursor_column", w->cursor_column,
			       "nothing: this kind goes on file by file");
	if (w->cursor_column == NULL && w->kind->has_cursor_column &&
	    strcmp(w->mode, "incremental") == 0)
		json_in_refuse(in, "cursor_column", "nothing",
			       "the column that grows when a row is new or changed, or mode full");
}

static void read_secret(struct json_in *in, struct source_wanted *w)
{
	w->has_secret = json_in_has(in, "secret");
	w->secret = json_in_string(in, "secret", JSON_OPTIONAL, SECRET_CHARS_MAX);
	if (w->secret != NULL && w->kind != NULL && !w->kind->has_secret)
		json_in_refuse(in, "secret", "a secret", "none: this kind needs no password");
}

void source_wanted_in(const struct cJSON *doc, struct source_wanted *w, struct problem *problem)
{
	const cJSON *enabled = cJSON_GetObjectItemCaseSensitive(doc, "enabled");
	struct json_in in;

	*w = (struct source_wanted){.enabled = true};
	json_in_begin(&in, doc, problem, "");
	w->name = json_in_text(&in, "name", JSON_REQUIRED, NAME_CHARS_MAX);
	read_kind(&in, w);
	if (json_in_has(&in, "enabled") && !cJSON_IsBool(enabled))
		json_in_refuse(&in, "enabled", "another kind of value", "true or false");
	w->enabled = enabled == NULL || cJSON_IsTrue(enabled);
	read_mode(&in, w);
	read_schedule(&in, w);
	read_secret(&in, w);
	import_mapping_in(&in, "columns", &w->mapping);
	if (import_mapping_has_own(&w->mapping))
		json_in_refuse(
			&in, "columns", "a column of a list's own",
			"fields and attributes of clients: a source fills no list's columns");
	w->settings = cJSON_GetObjectItemCaseSensitive(doc, "settings");
	if (!json_in_has(&in, "settings"))
		json_in_refuse(&in, "settings", "nothing", "the settings of this kind");
	else if (w->kind != NULL)
		check_settings(w->settings, w->kind, problem);
	json_in_end(&in);
}

void source_wanted_free(struct source_wanted *w)
{
	import_mapping_free(&w->mapping);
}
