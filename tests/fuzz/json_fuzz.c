/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* json_fuzz - any bytes are refused with a sentence or become requests that can be stored: every
 * message has a number and a text that fits, every problem renders to JSON that is read back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The request parsers belong to apid, whose objects this target is not linked with. */
#include "apid/campaign_request.c"
#include "apid/campaign_use_read.c"
#include "apid/pace_request.c"
#include "common/base/mem.h"
#include "common/model/message_request.h"
#include "common/model/schedule.h"

static void check_problem(const struct problem *problem)
{
	struct cJSON *doc = NULL;
	struct err err = {0};
	struct buf text;

	if (!problem_found(problem))
		return;
	buf_init(&text, 1 << 20);
	problem_render(problem, LANG_RU, &text);
	if (!json_parse(buf_str(&text), text.len, &doc, &err))
		abort();
	json_free(&doc);
	buf_deinit(&text);
}

static void check_items(const struct message_item *items, size_t count,
			const struct problem *problem)
{
	for (size_t i = 0; i < count && !problem_found(problem); i++)
		if (items[i].msisdn <= 0 || items[i].text == NULL || items[i].text[0] == '\0' ||
		    items[i].sender == NULL || items[i].class == 0 || items[i].category == 0 ||
		    items[i].validity_s < VALIDITY_S_MIN)
			abort();
}

static void read_messages(const struct cJSON *doc, bool bulk)
{
	struct message_item *items = NULL;
	struct problem problem;
	size_t count = 0;

	problem_init(&problem);
	if (bulk)
		message_bulk_read(doc, &problem, &items, &count);
	else
		message_single_read(doc, &problem, &items, &count);
	check_items(items, count, &problem);
	check_problem(&problem);
	mem_free(items);
	problem_deinit(&problem);
}

static void read_campaign(const struct cJSON *doc, enum json_need need)
{
	static const char *const known[] = {"first_name", "last_name"};
	struct campaign_fields fields = campaign_fields_default;
	struct problem problem;

	problem_init(&problem);
	campaign_fields_read(doc, need, &fields, &problem);
	if (fields.text != NULL)
		campaign_text_check("text", fields.text, known, 2, &problem);
	if (need == JSON_REQUIRED && !problem_found(&problem) &&
	    (fields.name == NULL || fields.text == NULL || fields.sender == NULL ||
	     fields.class == 0))
		abort();
	check_problem(&problem);
	problem_deinit(&problem);
}

/* What was read can be written and read again, and its times are in order after the start. */
static void read_schedule(const struct cJSON *doc)
{
	struct schedule *schedule = mem_calloc(1, sizeof(*schedule));
	struct recurrence times = {.rule = &schedule->parsed, .except = schedule->except};
	struct reminder reminder;
	struct problem problem;
	int64_t out[5];
	struct buf text;
	size_t count;

	problem_init(&problem);
	schedule_read(doc, "schedule", schedule, &problem);
	times.start = schedule->starts;
	times.except_count = schedule->except_count;
	if (!problem_found(&problem) && schedule->kind == SCHEDULE_RECURRING) {
		count = recurrence_next(&times, INT64_MIN, out, 5);
		for (size_t i = 0; i < count; i++)
			if (out[i] < (i > 0 ? out[i - 1] + 1 : times.start))
				abort();
	}
	buf_init(&text, 1 << 20);
	if (!problem_found(&problem))
		schedule_write(schedule, "UTC", &text);
	reminder_read(doc, "reminder", &reminder, &problem);
	check_problem(&problem);
	buf_deinit(&text);
	problem_deinit(&problem);
	mem_free(schedule);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct cJSON *doc = NULL;
	struct err err = {0};

	if (!json_parse((const char *)data, len, &doc, &err)) {
		if (err.kind != ERR_INPUT || err.msg[0] == '\0')
			abort();
		return 0;
	}
	read_messages(doc, false);
	read_messages(doc, true);
	read_campaign(doc, JSON_REQUIRED);
	read_campaign(doc, JSON_OPTIONAL);
	read_schedule(doc);
	json_free(&doc);
	return 0;
}
