/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of queue: order, bounds, deadlines, the poll face, and no item lost between threads. */
#include "common/base/queue.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include "common/base/clock.h"
#include "tests/unit/support/run.h"

#define PUTTERS	   4
#define PER_PUTTER 20000

static int items[8];

static bool readable(struct queue *q)
{
	struct pollfd fd = {.fd = queue_fd(q), .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

START_TEST(test_first_in_first_out_within_capacity)
{
	struct queue *q = queue_new(3);

	ck_assert_ptr_null(queue_try_take(q));
	for (int round = 0; round < 5; round++) { /* the ring wraps */
		for (int i = 0; i < 3; i++)
			ck_assert(queue_try_put(q, &items[i]));
		ck_assert(!queue_try_put(q, &items[3]));
		ck_assert_uint_eq(queue_len(q), 3);
		for (int i = 0; i < 3; i++)
			ck_assert_ptr_eq(queue_try_take(q), &items[i]);
	}
	queue_free(&q);
	ck_assert_ptr_null(q);
	queue_free(&q);
}
END_TEST

START_TEST(test_take_many_takes_what_is_there)
{
	struct queue *q = queue_new(4);
	void *taken[4];

	for (int i = 0; i < 3; i++)
		queue_try_put(q, &items[i]);
	ck_assert_uint_eq(queue_take_many(q, taken, 2), 2);
	ck_assert_ptr_eq(taken[1], &items[1]);
	ck_assert_uint_eq(queue_take_many(q, taken, 4), 1);
	ck_assert_uint_eq(queue_take_many(q, taken, 4), 0);
	queue_free(&q);
}
END_TEST

START_TEST(test_fd_is_readable_while_not_empty)
{
	struct queue *q = queue_new(4);

	ck_assert(!readable(q));
	queue_try_put(q, &items[0]);
	queue_try_put(q, &items[1]);
	ck_assert(readable(q));
	queue_try_take(q);
	ck_assert(readable(q));
	queue_try_take(q);
	ck_assert(!readable(q));
	queue_free(&q);
}
END_TEST

START_TEST(test_waiting_ends_at_the_deadline)
{
	struct queue *q = queue_new(1);
	uint64_t deadline_ms = clock_mono_ms() + 50;

	ck_assert_ptr_null(queue_take(q, deadline_ms));
	ck_assert_uint_ge(clock_mono_ms(), deadline_ms);
	ck_assert(queue_put(q, &items[0], 0));
	deadline_ms = clock_mono_ms() + 50;
	ck_assert(!queue_put(q, &items[1], deadline_ms));
	ck_assert_uint_ge(clock_mono_ms(), deadline_ms);
	ck_assert_ptr_eq(queue_take(q, 0), &items[0]);
	queue_free(&q);
}
END_TEST

/* Items are small numbers dressed as pointers; 0 cannot be one. */
static void *put_many(void *arg)
{
	for (uintptr_t i = 1; i <= PER_PUTTER; i++)
		ck_assert(queue_put(arg, (void *)i, CLOCK_NEVER_MS));
	return NULL;
}

static void *take_many(void *arg)
{
	uintptr_t sum = 0;

	for (int i = 0; i < PUTTERS * PER_PUTTER / 2; i++)
		sum += (uintptr_t)queue_take(arg, CLOCK_NEVER_MS);
	return (void *)sum;
}

START_TEST(test_threads_lose_nothing)
{
	struct queue *q = queue_new(7);
	pthread_t putters[PUTTERS], takers[2];
	uintptr_t sum = 0;

	for (int i = 0; i < 2; i++)
		pthread_create(&takers[i], NULL, take_many, q);
	for (int i = 0; i < PUTTERS; i++)
		pthread_create(&putters[i], NULL, put_many, q);
	for (int i = 0; i < PUTTERS; i++)
		pthread_join(putters[i], NULL);
	for (int i = 0; i < 2; i++) {
		void *part;

		pthread_join(takers[i], &part);
		sum += (uintptr_t)part;
	}
	ck_assert_uint_eq(sum, (uintptr_t)PUTTERS * PER_PUTTER * (PER_PUTTER + 1) / 2);
	ck_assert_uint_eq(queue_len(q), 0);
	queue_free(&q);
}
END_TEST

START_TEST(test_freeing_items_unseen_is_a_bug)
{
	struct queue *q = queue_new(1);

	queue_try_put(q, &items[0]);
	queue_free(&q);
}
END_TEST

START_TEST(test_a_queue_of_nothing_is_a_bug)
{
	queue_new(0);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("queue");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, test_first_in_first_out_within_capacity);
	tcase_add_test(tests, test_take_many_takes_what_is_there);
	tcase_add_test(tests, test_fd_is_readable_while_not_empty);
	tcase_add_test(tests, test_waiting_ends_at_the_deadline);
	tcase_add_test(tests, test_threads_lose_nothing);
	tcase_add_test_raise_signal(tests, test_freeing_items_unseen_is_a_bug, SIGABRT);
	tcase_add_test_raise_signal(tests, test_a_queue_of_nothing_is_a_bug, SIGABRT);
	return case_run("queue", tests);
}
