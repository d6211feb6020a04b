/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* wheel - see wheel.h. */
#include "tests/smscsim/wheel.h"

#include <string.h>

#include "common/base/mem.h"

#define SLAB_ITEMS 1024

void timed_append(struct timed_list *list, struct timed *item)
{
	item->next = NULL;
	if (list->tail != NULL)
		list->tail->next = item;
	else
		list->head = item;
	list->tail = item;
}

void timed_prepend(struct timed_list *list, struct timed *item)
{
	item->next = list->head;
	list->head = item;
	if (list->tail == NULL)
		list->tail = item;
}

struct timed *timed_take(struct timed_list *list)
{
	struct timed *item = list->head;

	if (item != NULL) {
		list->head = item->next;
		if (list->head == NULL)
			list->tail = NULL;
	}
	return item;
}

void wheel_init(struct wheel *w, uint64_t now_ms)
{
	memset(w, 0, sizeof(*w));
	w->now_ms = now_ms;
}

void wheel_add(struct wheel *w, struct timed *item, uint64_t due_ms)
{
	/* What is due already comes out with the next millisecond. */
	item->due_ms = due_ms > w->now_ms ? due_ms : w->now_ms + 1;
	timed_append(&w->slot[item->due_ms % WHEEL_SLOTS], item);
	w->count++;
}

static void turn(struct wheel *w, uint64_t now_ms, void (*due)(void *arg, struct timed *item),
		 void *arg)
{
	struct timed_list taken = w->slot[w->now_ms % WHEEL_SLOTS];
	struct timed *item;

	w->slot[w->now_ms % WHEEL_SLOTS] = (struct timed_list){0};
	while ((item = timed_take(&taken)) != NULL) {
		if (item->due_ms > now_ms) { /* of a later turn */
			timed_append(&w->slot[item->due_ms % WHEEL_SLOTS], item);
			continue;
		}
		w->count--;
		due(arg, item);
	}
}

void wheel_advance(struct wheel *w, uint64_t now_ms, void (*due)(void *arg, struct timed *item),
		   void *arg)
{
	if (w->count == 0 && now_ms > w->now_ms)
		w->now_ms = now_ms;
	/* After a long pause one turn sees every slot. */
	if (now_ms > w->now_ms + WHEEL_SLOTS)
		w->now_ms = now_ms - WHEEL_SLOTS;
	while (w->now_ms < now_ms) {
		w->now_ms++;
		turn(w, now_ms, due, arg);
	}
}

struct pool_slab {
	struct pool_slab *next;
	_Alignas(16) char items[];
};

void pool_init(struct pool *p, size_t item_size)
{
	*p = (struct pool){.item_size = (item_size + 15) / 16 * 16};
}

void pool_deinit(struct pool *p)
{
	while (p->slabs != NULL) {
		struct pool_slab *slab = p->slabs;

		p->slabs = slab->next;
		mem_free(slab);
	}
}

static void add_slab(struct pool *p)
{
	struct pool_slab *slab = mem_alloc(sizeof(*slab) + SLAB_ITEMS * p->item_size);

	slab->next = p->slabs;
	p->slabs = slab;
	for (size_t i = 0; i < SLAB_ITEMS; i++)
		pool_give(p, slab->items + i * p->item_size);
}

void *pool_take(struct pool *p)
{
	struct timed *item;

	if (p->free == NULL)
		add_slab(p);
	item = p->free;
	p->free = item->next;
	return item;
}

void pool_give(struct pool *p, void *item)
{
	((struct timed *)item)->next = p->free;
	p->free = item;
}
