/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of common/broker/topology: names and tickets (declaring is tested with the real broker). */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/broker/topology.h"
#include "tests/unit/support/run.h"

START_TEST(test_names)
{
	char name[QUEUE_NAME_SIZE];

	ck_assert_str_eq(queue_chunk(LANE_URGENT), "chunk.urgent");
	ck_assert_str_eq(queue_chunk(LANE_BULK), "chunk.bulk");
	ck_assert_str_eq(queue_batch(7, LANE_URGENT, name), "batch.7.urgent");
	ck_assert_str_eq(queue_batch(2147483647, LANE_BULK, name), "batch.2147483647.bulk");
}
END_TEST

static const struct {
	const char *why, *text;
	size_t len; /* 0: strlen */
	bool ok;
	int64_t id;
} tickets[] = {
	{"plain", "chunk 12", 0, true, 12},
	{"largest", "chunk 9223372036854775807", 0, true, INT64_MAX},
	{"one too many", "chunk 9223372036854775808", 0, false, 0},
	{"far too many", "chunk 99999999999999999999999", 0, false, 0},
	{"another kind", "batch 12", 0, false, 0},
	{"no number", "chunk ", 0, false, 0},
	{"no blank", "chunk12", 0, false, 0},
	{"two blanks", "chunk  12", 0, false, 0},
	{"a sign", "chunk -1", 0, false, 0},
	{"zero", "chunk 0", 0, false, 0},
	{"leading zero", "chunk 012", 0, false, 0},
	{"a line end", "chunk 12\n", 0, false, 0},
	{"a NUL", "chunk 1\0", 8, false, 0},
	{"cut", "chu", 0, false, 0},
	{"empty", "", 0, false, 0},
};

START_TEST(test_ticket_parse)
{
	size_t len = tickets[_i].len ? tickets[_i].len : strlen(tickets[_i].text);
	int64_t id = -1;

	ck_assert_msg(ticket_parse("chunk", tickets[_i].text, len, &id) == tickets[_i].ok, "%s",
		      tickets[_i].why);
	ck_assert_int_eq(id, tickets[_i].ok ? tickets[_i].id : -1);
}
END_TEST

START_TEST(test_tickets_go_round)
{
	char text[TICKET_SIZE];
	int64_t id = 0;
	size_t len = ticket_batch(INT64_MAX, text);

	ck_assert_uint_eq(len, strlen(text));
	ck_assert(ticket_parse("batch", text, len, &id));
	ck_assert_int_eq(id, INT64_MAX);
	len = ticket_chunk(5, text);
	ck_assert(ticket_parse("chunk", text, len, &id));
	ck_assert_int_eq(id, 5);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("topology");
	TCase *tc = tcase_create("topology");

	tcase_add_test(tc, test_names);
	tcase_add_loop_test(tc, test_ticket_parse, 0, sizeof(tickets) / sizeof(tickets[0]));
	tcase_add_test(tc, test_tickets_go_round);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
