/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of crmd/event: what is an event, what is refused before the database is asked, and what
 * must not stand in one batch. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "crmd/event.h"
#include "tests/unit/support/run.h"

#define ACTION(members)                                                                            \
	"{\"id\": \"a\", \"type\": \"client.action\", \"data\": {\"client\": \"c1\", \"kind\": "   \
	"\"visit\", \"at\": \"2026-11-28T10:00:00Z\"" members "}}"

static void read_text(struct event *e, const char *text)
{
	const struct mq_delivery delivery = {.tag = 1, .body = text, .len = strlen(text)};

	event_read(e, &delivery);
}

static const struct {
	const char *why, *text;
	enum event_outcome outcome;
	const char *field; /* NULL: of no interest */
} cases[] = {
	{"whole", ACTION(""), EVENT_DONE, NULL},
	{"with an amount", ACTION(", \"amount\": \"-12.345678\""), EVENT_DONE, NULL},
	{"seven decimals", ACTION(", \"amount\": \"1.2345678\""), EVENT_REFUSED, "data.amount"},
	{"a point and no more", ACTION(", \"amount\": \"1.\""), EVENT_REFUSED, "data.amount"},
	{"two points", ACTION(", \"amount\": \"1.2.3\""), EVENT_REFUSED, "data.amount"},
	{"too much", ACTION(", \"amount\": \"9999999999999999\""), EVENT_REFUSED, "data.amount"},
	{"no text", ACTION(", \"amount\": 5"), EVENT_REFUSED, "data.amount"},
	{"no JSON", "{", EVENT_DEAD, NULL},
	{"no object", "[]", EVENT_DEAD, NULL},
	{"no id", "{\"type\": \"client.action\"}", EVENT_DEAD, NULL},
	{"an empty id", "{\"id\": \"\"}", EVENT_DEAD, NULL},
	{"an id with a blank", "{\"id\": \"a b\"}", EVENT_DEAD, NULL},
	{"no type", "{\"id\": \"a\", \"data\": {}}", EVENT_REFUSED, "type"},
	{"another type", "{\"id\": \"a\", \"type\": \"x\", \"data\": {}}", EVENT_REFUSED, "type"},
	{"no data", "{\"id\": \"a\", \"type\": \"client.action\"}", EVENT_REFUSED, "data"},
	{"no version",
	 "{\"id\": \"a\", \"type\": \"list.replace\", \"data\": {\"list\": \"l\", "
	 "\"members\": []}}",
	 EVENT_REFUSED, "version"},
	{"an empty list",
	 "{\"id\": \"a\", \"type\": \"list.replace\", \"version\": 1, \"data\": "
	 "{\"list\": \"l\", \"members\": []}}",
	 EVENT_DONE, NULL},
	{"an empty member",
	 "{\"id\": \"a\", \"type\": \"list.replace\", \"version\": 1, \"data\": "
	 "{\"list\": \"l\", \"members\": [\"c\", \"\"]}}",
	 EVENT_REFUSED, "data.members[1]"},
};

START_TEST(test_reading)
{
	struct event e;

	read_text(&e, cases[_i].text);
	ck_assert_msg(e.outcome == cases[_i].outcome, "%s: %d", cases[_i].why, e.outcome);
	if (cases[_i].field != NULL)
		ck_assert_msg(strcmp(e.field, cases[_i].field) == 0, "%s: %s", cases[_i].why,
			      e.field);
	ck_assert((e.outcome == EVENT_DONE) == (e.reason[0] == '\0'));
	event_free(&e);
}
END_TEST

#define UPSERT(id, client)                                                                         \
	"{\"id\": \"" id "\", \"type\": \"client.upsert\", \"version\": 1, \"data\": "             \
	"{\"client\": \"" client "\"}}"
#define EMPLOYEE(id, code)                                                                         \
	"{\"id\": \"" id "\", \"type\": \"employee.upsert\", \"version\": 1, \"data\": "           \
	"{\"code\": \"" code "\", \"name\": \"n\"}}"
#define ERASE(id, client)                                                                          \
	"{\"id\": \"" id "\", \"type\": \"client.erase\", \"version\": 2, \"data\": "              \
	"{\"client\": \"" client "\", \"reason\": \"r\"}}"

static const struct {
	const char *why, *earlier, *later;
	bool follows;
} pairs[] = {
	{"the same id", UPSERT("1", "a"), EMPLOYEE("1", "b"), true},
	{"the same client", UPSERT("1", "a"), UPSERT("2", "a"), true},
	{"a client made and erased", UPSERT("1", "a"), ERASE("2", "a"), true},
	{"two clients", UPSERT("1", "a"), UPSERT("2", "b"), false},
	{"a client and an employee of one name", UPSERT("1", "a"), EMPLOYEE("2", "a"), false},
	{"what is no event", "{", UPSERT("1", "a"), false},
};

START_TEST(test_following)
{
	struct event earlier, later;

	read_text(&earlier, pairs[_i].earlier);
	read_text(&later, pairs[_i].later);
	ck_assert_msg(event_follows(&later, &earlier) == pairs[_i].follows, "%s", pairs[_i].why);
	event_free(&earlier);
	event_free(&later);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("event");

	tcase_add_loop_test(tests, test_reading, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_loop_test(tests, test_following, 0, sizeof(pairs) / sizeof(pairs[0]));
	return case_run("events of other systems", tests);
}
