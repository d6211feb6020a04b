/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of buf: bytes come out as they went in, and never more of them than the maximum. */
#include "common/base/buf.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/unit/support/run.h"

START_TEST(test_pieces_join)
{
	struct buf b;

	buf_init(&b, 1000);
	ck_assert_str_eq(buf_str(&b), "");
	ck_assert(buf_add_str(&b, "ab"));
	ck_assert(buf_add_char(&b, 'c'));
	ck_assert(buf_add(&b, "d\0e", 3));
	ck_assert(buf_printf(&b, "-%d", 42));
	ck_assert_uint_eq(b.len, 9);
	ck_assert_mem_eq(b.data, "abcd\0e-42", 10);
	ck_assert(buf_add(&b, NULL, 0));
	buf_reset(&b);
	ck_assert_uint_eq(b.len, 0);
	ck_assert_str_eq(buf_str(&b), "");
	buf_deinit(&b);
	ck_assert_ptr_null(b.data);
	buf_reset(&b);
}
END_TEST

START_TEST(test_numbers_are_big_endian)
{
	static const unsigned char want[] = {0x01, 0x02, 0xfe, 0xdc, 0xba, 0x98, 0x11,
					     0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};
	struct buf b;

	buf_init(&b, 100);
	ck_assert(buf_add_be16(&b, 0x0102));
	ck_assert(buf_add_be32(&b, 0xfedcba98));
	ck_assert(buf_add_be64(&b, 0x1122334455667788));
	ck_assert_uint_eq(b.len, sizeof(want));
	ck_assert_mem_eq(b.data, want, sizeof(want));
	buf_deinit(&b);
}
END_TEST

START_TEST(test_past_the_maximum_nothing_changes)
{
	struct buf b;

	buf_init(&b, 5);
	ck_assert(buf_add_str(&b, "abc"));
	ck_assert(!b.overflow);
	ck_assert(!buf_add_str(&b, "def"));
	ck_assert(!buf_printf(&b, "%d", 1000));
	ck_assert_ptr_null(buf_reserve(&b, 3));
	ck_assert(b.overflow);
	ck_assert_str_eq(buf_str(&b), "abc");
	ck_assert(buf_add_str(&b, "de"));
	ck_assert_str_eq(buf_str(&b), "abcde");
	ck_assert(!buf_add_char(&b, 'f'));
	buf_reset(&b);
	ck_assert(!b.overflow);
	buf_deinit(&b);
}
END_TEST

START_TEST(test_reserved_room_is_written_in_place)
{
	struct buf b;
	char *room;

	buf_init(&b, SIZE_MAX);
	room = buf_reserve(&b, 300);
	memset(room, 'x', 300);
	b.len += 300;
	ck_assert_uint_eq(strlen(buf_str(&b)), 300);
	buf_deinit(&b);
}
END_TEST

START_TEST(test_consumed_bytes_are_gone)
{
	struct buf b;

	buf_init(&b, 100);
	buf_consume(&b, 4); /* nothing there yet */
	buf_add_str(&b, "abcdef");
	buf_consume(&b, 2);
	ck_assert_str_eq(buf_str(&b), "cdef");
	buf_consume(&b, 99);
	ck_assert_str_eq(buf_str(&b), "");
	buf_deinit(&b);
}
END_TEST

/* Against a plain array: any order of adding and consuming keeps bytes and the final NUL. */
START_TEST(test_random_work_agrees_with_an_array)
{
	static char model[4096];
	unsigned int seed = (unsigned int)time(NULL);
	size_t len = 0;
	struct buf b;

	printf("seed %u\n", seed);
	buf_init(&b, sizeof(model) - 1);
	for (int step = 0; step < 20000; step++) {
		char piece[200];
		size_t n = (size_t)rand_r(&seed) % sizeof(piece);
		bool fits = len + n < sizeof(model);

		if (rand_r(&seed) % 3 == 0) {
			n = n < len ? n : len;
			buf_consume(&b, n);
			memmove(model, model + n, len - n);
			len -= n;
			continue;
		}
		memset(piece, 'a' + step % 26, sizeof(piece));
		ck_assert_int_eq(buf_add(&b, piece, n), fits);
		if (fits) {
			memcpy(model + len, piece, n);
			len += n;
		}
		ck_assert_uint_eq(b.len, len);
		ck_assert_uint_lt(b.len, b.cap);
		ck_assert_int_eq(b.data[b.len], '\0');
		ck_assert(memcmp(b.data, model, len) == 0);
	}
	buf_deinit(&b);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("buf");

	tcase_add_test(tests, test_pieces_join);
	tcase_add_test(tests, test_numbers_are_big_endian);
	tcase_add_test(tests, test_past_the_maximum_nothing_changes);
	tcase_add_test(tests, test_reserved_room_is_written_in_place);
	tcase_add_test(tests, test_consumed_bytes_are_gone);
	tcase_add_test(tests, test_random_work_agrees_with_an_array);
	return case_run("buf", tests);
}
