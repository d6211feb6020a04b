/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* schedule - when a campaign runs, as JSON says it.
 *
 *   {"kind": "recurring", "rule": "FREQ=WEEKLY;BYDAY=MO", "starts": "2026-12-07T10:00",
 *    "zone": "Europe/Moscow", "except": ["2026-12-14T10:00"], "catch_up_min": 60, "overlap":
 * "skip"}
 *   {"kind": "date", "field": "birthday", "offset_days": -3, "yearly": true, "time": "10:00"}
 *   {"kind": "action", "action": "purchase", "delay_min": 60, "once_days": 30, "every_s": 60}
 *
 * and its reminder: {"after_h": 48, "text": "...", "action": "purchase", "click": true,
 * "to": "delivered"}.  Reading and writing alone; no store. */
#ifndef VESTNIK_MODEL_SCHEDULE_H
#define VESTNIK_MODEL_SCHEDULE_H

#include "common/model/recurrence.h"
#include "common/web/json.h"
#include "common/web/json_out.h"

enum schedule_kind { SCHEDULE_NONE, SCHEDULE_RECURRING, SCHEDULE_DATE, SCHEDULE_ACTION };

/* Texts are borrowed from the document. */
struct schedule {
	enum schedule_kind kind;
	const char *zone; /* NULL: the company's */
	int64_t catch_up_min;
	/* recurring */
	const char *rule;
	struct recurrence_rule parsed;
	int64_t starts;
	int64_t except[RECURRENCE_EXCEPT_MAX];
	size_t except_count;
	bool overlap; /* an occurrence begins while the one before is still being sent */
	/* date */
	const char *field; /* a column of clients or an attribute */
	int64_t offset_days;
	bool yearly;
	bool leap_march; /* 29 February is kept on 1 March, not on the 28th */
	char time[6];	 /* "10:00" */
	/* action */
	const char *action;
	int64_t delay_min, once_days, every_s;
};

struct reminder {
	int64_t after_h; /* 0: there is none */
	const char *text;
	const char *action; /* NULL: none */
	bool click;	    /* who followed a link of the message has acted */
	bool sent;	    /* to whom it was sent, not only whom it reached */
};

/* Null is SCHEDULE_NONE, and no reminder.  What is wrong is in the problem; `path` is what leads
 * there. */
void schedule_read(const struct cJSON *value, const char *path, struct schedule *out,
		   struct problem *problem);
void reminder_read(const struct cJSON *value, const char *path, struct reminder *out,
		   struct problem *problem);
/* What of a recurring schedule says when alone: rule, starts, zone, except. */
void schedule_read_rule(struct json_in *in, struct schedule *out);
/* As it is stored and shown, with every default; "" is nothing. */
void schedule_write(const struct schedule *s, const char *zone, struct buf *out);
void reminder_write(const struct reminder *r, struct buf *out);

#endif
