/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* wheel - things that are due at some millisecond, many of them, and the pools they come from.
 *
 * Items are embedded; the wheel owns none.  Items of one millisecond come out in the order they
 * went in. */
#ifndef SMSCSIM_WHEEL_H
#define SMSCSIM_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WHEEL_SLOTS 16384 /* ms in one turn; later items wait for their turn */

struct timed {
	struct timed *next;
	uint64_t due_ms;
	int kind; /* the user's */
};

struct timed_list {
	struct timed *head, *tail;
};

struct wheel {
	struct timed_list slot[WHEEL_SLOTS];
	uint64_t now_ms; /* everything due up to here has come out */
	size_t count;
};

void wheel_init(struct wheel *w, uint64_t now_ms);
void wheel_add(struct wheel *w, struct timed *item, uint64_t due_ms);
/* Hand out everything due up to now_ms; `due` may add new items. */
void wheel_advance(struct wheel *w, uint64_t now_ms, void (*due)(void *arg, struct timed *item),
		   void *arg);

void timed_append(struct timed_list *list, struct timed *item);
void timed_prepend(struct timed_list *list, struct timed *item);
struct timed *timed_take(struct timed_list *list); /* NULL when empty */

/* A pool of items of one size, whose first member is a struct timed; memory goes back at the end.
 */
struct pool {
	size_t item_size;
	struct timed *free;
	struct pool_slab *slabs;
};
void pool_init(struct pool *p, size_t item_size);
void pool_deinit(struct pool *p);
void *pool_take(struct pool *p); /* contents undefined */
void pool_give(struct pool *p, void *item);

#endif
