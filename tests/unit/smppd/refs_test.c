/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* refs_test - case 26: 8-bit references to one phone within minutes, and more than 255 long
 * messages under way. */
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/model/message.h"
#include "smppd/refs.h"
#include "tests/unit/support/run.h"

#define PHONE  INT64_C(79161234567)
#define ID(n)  ((INT64_C(5000) + (n) / 50) * (INT64_C(1) << 32) + (int64_t)(n)*256)
#define OTHERS 50000

static struct refs *refs;

static void set_up(void)
{
	refs = refs_new();
}

static void tear_down(void)
{
	refs_free(&refs);
	refs_free(&refs); /* freeing nothing is fine */
}

/* Of a thousand messages to a phone no two of any sixteen share the octet, though others go between
 * them. */
START_TEST(test_one_phone)
{
	uint8_t low[1000];

	for (int n = 0; n < 1000; n++) {
		low[n] = (uint8_t)refs_take(refs, ID(n), PHONE);
		for (int other = 0; other < 20; other++)
			refs_take(refs, ID(n) + 1 + other, PHONE + 1 + n * 20 + other);
		for (int before = n > REFS_KEPT ? n - REFS_KEPT + 1 : 0; before < n; before++)
			ck_assert_msg(low[before] != low[n], "messages %d and %d", before, n);
	}
}
END_TEST

/* All parts of a message, and those that are tried again, have its one reference. */
START_TEST(test_a_message_keeps_its_reference)
{
	uint16_t ref[REFS_KEPT];

	for (int n = 0; n < REFS_KEPT; n++)
		ref[n] = refs_take(refs, ID(n), PHONE);
	for (int n = 0; n < REFS_KEPT; n++)
		ck_assert_uint_eq(refs_take(refs, ID(n), PHONE), ref[n]);
}
END_TEST

/* Long messages to many phones take what message_udh_ref() says, however many there are. */
START_TEST(test_many_phones)
{
	for (int n = 0; n < OTHERS; n++)
		ck_assert_uint_eq(refs_take(refs, ID(n), PHONE + n), message_udh_ref(ID(n)));
}
END_TEST

/* Two messages whose own references fall together: the second gives way, the first keeps its own.
 */
START_TEST(test_gives_way)
{
	int second = 1;

	while ((uint8_t)message_udh_ref(ID(second)) != (uint8_t)message_udh_ref(ID(0)))
		second++;
	ck_assert_uint_eq(refs_take(refs, ID(0), PHONE), message_udh_ref(ID(0)));
	ck_assert_uint_eq(refs_take(refs, ID(second), PHONE),
			  (uint16_t)(message_udh_ref(ID(second)) + 1));
	ck_assert_uint_eq(refs_take(refs, ID(0), PHONE), message_udh_ref(ID(0)));
	ck_assert_uint_eq(refs_take(refs, ID(second), PHONE + 1), message_udh_ref(ID(second)));
}
END_TEST

/* Random phones and messages: what is remembered of a phone always differs. */
START_TEST(test_random)
{
	static struct {
		uint8_t low[REFS_KEPT];
		unsigned count;
	} last[100];
	unsigned seed = (unsigned)time(NULL);

	printf("refs_test seed %u\n", seed);
	srandom(seed);
	for (int n = 0; n < 100000; n++) {
		size_t phone = (size_t)random() % 100;
		uint8_t low = (uint8_t)refs_take(refs, ID(n), PHONE + (int64_t)phone * 1000003);
		unsigned known =
			last[phone].count < REFS_KEPT - 1 ? last[phone].count : REFS_KEPT - 1;

		for (unsigned i = 1; i <= known; i++)
			ck_assert_msg(last[phone].low[(last[phone].count - i) % REFS_KEPT] != low,
				      "message %d to phone %zu", n, phone);
		last[phone].low[last[phone].count++ % REFS_KEPT] = low;
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("refs");
	TCase *tcase = tcase_create("case 26: references of long messages");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_one_phone);
	tcase_add_test(tcase, test_a_message_keeps_its_reference);
	tcase_add_test(tcase, test_many_phones);
	tcase_add_test(tcase, test_gives_way);
	tcase_add_test(tcase, test_random);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
