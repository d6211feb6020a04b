/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* queue - a bounded queue of pointers between threads, with an eventfd the taker can poll.
 *
 * The only place where an event thread and store threads meet.  A queue owns no items; whoever
 * closes it drains it.  Threads: any number of putters and takers. */
#ifndef VESTNIK_BASE_QUEUE_H
#define VESTNIK_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;

struct queue *queue_new(size_t capacity);
void queue_free(struct queue **q); /* must be empty */
/* False when full: the putter decides what waits. */
bool queue_try_put(struct queue *q, void *item);
/* Wait until there is room or the deadline (clock_mono_ms) passes; false at the deadline. */
bool queue_put(struct queue *q, void *item, uint64_t deadline_ms);
/* NULL when empty. */
void *queue_try_take(struct queue *q);
/* Wait for an item until the deadline; NULL then. */
void *queue_take(struct queue *q, uint64_t deadline_ms);
/* Take up to `max` at once without waiting; returns how many. */
size_t queue_take_many(struct queue *q, void **items, size_t max);
size_t queue_len(struct queue *q);
/* Readable while the queue is not empty (level); never read it yourself. */
int queue_fd(struct queue *q);

#endif
