/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* outstanding: submits are found by sequence number, in any order, also late, also past the wrap.
 */
#include <check.h>
#include <stdlib.h>

#include "smppd/outstanding.h"
#include "tests/unit/support/run.h"

#define SECOND_US UINT64_C(1000000)

START_TEST(test_found_in_any_order)
{
	struct outstanding o;
	uint32_t sequences[10];

	outstanding_init(&o, 10);
	for (int i = 0; i < 10; i++) {
		struct submit *s = outstanding_add(&o, (uint64_t)i);

		s->message_id = 1000 + i;
		sequences[i] = s->sequence;
	}
	ck_assert_uint_eq(o.open.count, 10);
	for (int i = 9; i >= 0; i -= 3) {
		struct submit *s = outstanding_find(&o, sequences[i]);

		ck_assert_ptr_nonnull(s);
		ck_assert_int_eq(s->message_id, 1000 + i);
		outstanding_remove(&o, s);
		ck_assert_ptr_null(outstanding_find(&o, sequences[i]));
	}
	ck_assert_int_eq(outstanding_oldest(&o)->message_id, 1001);
	ck_assert_uint_eq(o.open.count, 6);
	ck_assert_ptr_null(outstanding_find(&o, 4711));
	outstanding_deinit(&o);
}
END_TEST

START_TEST(test_late_ones_leave_the_window_and_are_forgotten)
{
	struct outstanding o;
	uint32_t first;

	outstanding_init(&o, 1);
	first = outstanding_add(&o, 0)->sequence;
	outstanding_give_up(&o, outstanding_oldest(&o));
	ck_assert_uint_eq(o.open.count, 0);
	ck_assert_ptr_null(outstanding_oldest(&o));
	ck_assert_int_eq(outstanding_find(&o, first)->state, SUBMIT_LATE);
	outstanding_forget(&o, 599 * SECOND_US);
	ck_assert_ptr_nonnull(outstanding_find(&o, first));
	outstanding_forget(&o, 600 * SECOND_US);
	ck_assert_ptr_null(outstanding_find(&o, first));
	ck_assert_uint_eq(o.late.count, 0);
	outstanding_deinit(&o);
}
END_TEST

START_TEST(test_late_ones_are_bounded)
{
	struct outstanding o;

	outstanding_init(&o, 5);
	for (int i = 0; i < 100000; i++) {
		outstanding_add(&o, (uint64_t)i);
		outstanding_give_up(&o, outstanding_oldest(&o));
	}
	ck_assert_uint_eq(o.late.count, o.late_max);
	ck_assert_msg(o.slots[o.late.oldest].at_us == 100000 - o.late_max, "the oldest go first");
	outstanding_deinit(&o);
}
END_TEST

START_TEST(test_a_slot_that_is_taken_skips_its_number)
{
	struct outstanding o;
	struct submit *kept;
	uint32_t sequence;

	outstanding_init(&o, 1);
	kept = outstanding_add(&o, 0);
	sequence = kept->sequence;
	outstanding_give_up(&o, kept);
	for (uint32_t i = 0; i < 5 * o.mask; i++) {
		struct submit *s = outstanding_add(&o, 1);

		ck_assert_uint_ne(s->sequence & o.mask, sequence & o.mask);
		outstanding_remove(&o, s);
	}
	ck_assert_uint_eq(outstanding_find(&o, sequence)->at_us, 0);
	outstanding_deinit(&o);
}
END_TEST

/* Case 8: numbers go round at 0x7FFFFFFF, and 0 is none. */
START_TEST(test_sequence_numbers_wrap_to_one)
{
	struct outstanding o;

	outstanding_init(&o, 3);
	o.last_sequence = 0x7FFFFFFE;
	ck_assert_uint_eq(outstanding_add(&o, 0)->sequence, 0x7FFFFFFF);
	ck_assert_uint_eq(outstanding_add(&o, 0)->sequence, 1);
	ck_assert_uint_eq(outstanding_sequence(&o), 2);
	outstanding_deinit(&o);
}
END_TEST

/* Against a plain list, with random operations. */
/* A window that changes while submits are open: none is lost, and their order stays. */
START_TEST(test_window_changes)
{
	struct outstanding o;
	uint32_t sequence[40];

	outstanding_init(&o, 10);
	for (uint32_t i = 0; i < 40; i++) {
		struct submit *s = outstanding_add(&o, 1000 + i);

		sequence[i] = s->sequence;
		s->message_id = i;
		if (i % 2 == 1)
			outstanding_give_up(&o, s);
		if (i == 20)
			outstanding_set_window(&o, 5000);
		if (i == 30)
			outstanding_set_window(&o, 1);
	}
	ck_assert_uint_eq(o.open.count, 20);
	ck_assert_uint_eq(o.late.count, 20);
	for (uint32_t i = 0; i < 40; i++) {
		struct submit *s = outstanding_find(&o, sequence[i]);

		ck_assert_ptr_nonnull(s);
		ck_assert_int_eq(s->message_id, i);
		ck_assert_int_eq(s->state, i % 2 == 1 ? SUBMIT_LATE : SUBMIT_OPEN);
	}
	for (uint32_t i = 0; i < 40; i += 2) {
		struct submit *s = outstanding_oldest(&o);

		ck_assert_int_eq(s->message_id, i);
		outstanding_remove(&o, s);
	}
	for (int i = 0; i < 5000; i++) /* room for the widest window */
		outstanding_add(&o, 5000);
	outstanding_deinit(&o);
}
END_TEST

START_TEST(test_random)
{
	static struct {
		uint32_t sequence;
		int state;
	} model[200000];
	unsigned seed = (unsigned)arc4random(), made = 0, open = 0;
	struct outstanding o;

	outstanding_init(&o, 50);
	srand(seed);
	for (int step = 0; step < 100000; step++) {
		unsigned pick = made > 0 ? (unsigned)rand() % (made < 300 ? made : 300) : 0;
		unsigned i = made > 0 ? made - 1 - pick : 0;
		int what = rand() % 3;

		if (what == 0 && open < 50) {
			model[made].sequence = outstanding_add(&o, made)->sequence;
			model[made++].state = SUBMIT_OPEN;
			open++;
		} else if (made > 0 && model[i].state == SUBMIT_OPEN) {
			struct submit *s = outstanding_find(&o, model[i].sequence);

			ck_assert_msg(s != NULL && s->at_us == i, "seed %u step %d", seed, step);
			if (what == 1) {
				outstanding_remove(&o, s);
				model[i].state = SUBMIT_FREE;
			} else {
				outstanding_give_up(&o, s);
				model[i].state = SUBMIT_LATE;
			}
			open--;
		}
		ck_assert_msg(o.open.count == open, "seed %u step %d", seed, step);
	}
	outstanding_deinit(&o);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("outstanding");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, test_found_in_any_order);
	tcase_add_test(tc, test_late_ones_leave_the_window_and_are_forgotten);
	tcase_add_test(tc, test_late_ones_are_bounded);
	tcase_add_test(tc, test_a_slot_that_is_taken_skips_its_number);
	tcase_add_test(tc, test_sequence_numbers_wrap_to_one);
	tcase_add_test(tc, test_window_changes);
	tcase_add_test(tc, test_random);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
