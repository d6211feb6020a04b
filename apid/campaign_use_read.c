/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_use_read - see campaign_use.h. */
#include "apid/campaign_use.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define PERCENT_MAX	 50
#define DAYS_MAX	 90
#define ACTION_CHARS_MAX 100
#define TRIAL_MAX	 1000000
#define WAIT_MIN_MAX	 10080 /* a week */
#define NAME_CHARS	 100
#define TEXT_CHARS	 2000

/* Whether the member is there; then *sub_out reads it, silently when it is null. */
static bool begin(struct json_in *in, const char *key, struct json_in *sub_out, bool *null_out)
{
	if (!json_in_has(in, key))
		return false;
	*null_out = json_in_null(in, key);
	if (!*null_out)
		json_in_begin(sub_out, cJSON_GetObjectItemCaseSensitive(in->object, key),
			      in->problem, key);
	return true;
}

static void read_control(struct json_in *in, struct campaign_use *out)
{
	struct json_in sub;
	bool null;

	out->control_asked = begin(in, "control_group", &sub, &null);
	if (!out->control_asked || null)
		return;
	out->control_percent = json_in_int(&sub, "percent", JSON_REQUIRED, 1, PERCENT_MAX, 0);
	out->control_by = json_in_text(&sub, "by", JSON_OPTIONAL, 20);
	if (out->control_by == NULL)
		out->control_by = "campaign";
	else if (strcmp(out->control_by, "campaign") != 0 &&
		 strcmp(out->control_by, "department") != 0 &&
		 strcmp(out->control_by, "company") != 0)
		json_in_refuse(&sub, "by", out->control_by, "campaign, department or company");
	json_in_end(&sub);
}

static void read_goal(struct json_in *in, struct campaign_use *out)
{
	struct json_in sub;
	bool null;

	out->goal_asked = begin(in, "goal", &sub, &null);
	if (!out->goal_asked || null)
		return;
	out->goal_action = json_in_text(&sub, "action", JSON_REQUIRED, ACTION_CHARS_MAX);
	out->goal_days = json_in_int(&sub, "days", JSON_REQUIRED, 1, DAYS_MAX, 0);
	json_in_end(&sub);
}

static void read_variant(struct json_in *in, const struct cJSON *item, size_t i,
			 struct campaign_variant *out)
{
	struct json_in sub;
	char path[32];

	(void)snprintf(path, sizeof(path), "variants[%zu]", i);
	json_in_begin(&sub, item, in->problem, path);
	out->name = json_in_text(&sub, "name", JSON_REQUIRED, NAME_CHARS);
	out->text = json_in_text(&sub, "text", JSON_REQUIRED, TEXT_CHARS);
	out->share = json_in_int(&sub, "share", JSON_REQUIRED, 1, 99, 1);
	json_in_end(&sub);
}

/* Null and an empty array are none. */
static void read_variants(struct json_in *in, struct campaign_use *out)
{
	const struct cJSON *array, *item;
	int64_t sum = 0;

	out->variants_asked = json_in_has(in, "variants");
	array = cJSON_GetObjectItemCaseSensitive(in->object, "variants");
	if (!out->variants_asked || cJSON_IsNull(array) ||
	    (cJSON_IsArray(array) && cJSON_GetArraySize(array) == 0))
		return;
	array = json_in_array(in, "variants", JSON_OPTIONAL, ASSIGN_VARIANTS_MAX - 1);
	cJSON_ArrayForEach(item, array)
	{
		struct campaign_variant *variant = &out->variant[out->variant_count];

		read_variant(in, item, out->variant_count++, variant);
		sum += variant->share;
	}
	if (sum > 99)
		json_in_refuse(in, "variants", "shares of 100 percent or more",
			       "shares that leave some percent of the audience for `text`");
}

static void read_trial(struct json_in *in, struct campaign_use *out)
{
	struct json_in sub;
	bool null;

	out->trial_asked = begin(in, "trial", &sub, &null);
	if (!out->trial_asked || null)
		return;
	out->trial_clients = json_in_int(&sub, "clients", JSON_REQUIRED, 1, TRIAL_MAX, 0);
	out->trial_wait_min = json_in_int(&sub, "wait_min", JSON_OPTIONAL, 1, WAIT_MIN_MAX, 0);
	(void)json_in_number(&sub, "fail_percent", JSON_OPTIONAL, 0.1, 100,
			     &out->trial_fail_percent);
	(void)json_in_number(&sub, "stop_percent", JSON_OPTIONAL, 0.1, 100,
			     &out->trial_stop_percent);
	json_in_end(&sub);
}

void campaign_use_read(struct json_in *in, struct campaign_use *out)
{
	*out = (struct campaign_use){0};
	read_control(in, out);
	read_goal(in, out);
	read_variants(in, out);
	read_trial(in, out);
}
