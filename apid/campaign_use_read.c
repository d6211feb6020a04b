/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_use_read - see campaign_use.h. */
#include "apid/campaign_use.h"

#include <cjson/cJSON.h>
#include <string.h>

#define PERCENT_MAX	 50
#define DAYS_MAX	 90
#define ACTION_CHARS_MAX 100

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

void campaign_use_read(struct json_in *in, struct campaign_use *out)
{
	*out = (struct campaign_use){0};
	read_control(in, out);
	read_goal(in, out);
}
