/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* outstanding - see outstanding.h. */
#include "smppd/outstanding.h"

#include "common/base/err.h"
#include "common/base/mem.h"

#define SEQUENCE_MAX 0x7FFFFFFFu
#define LATE_LEAST   64
#define LATE_MOST    4096

static uint32_t late_max_for(uint32_t window)
{
	uint32_t late_max = window * 10 < LATE_LEAST ? LATE_LEAST : window * 10;

	return late_max < LATE_MOST ? late_max : LATE_MOST;
}

static uint32_t size_for(uint32_t window, uint32_t late_max)
{
	uint32_t size = 64;

	while (size < 2 * (window + late_max))
		size *= 2;
	return size;
}

void outstanding_init(struct outstanding *o, uint32_t window)
{
	uint32_t late_max = late_max_for(window);
	uint32_t size = size_for(window, late_max);

	*o = (struct outstanding){
		.late_max = late_max,
		.slots = mem_calloc(size, sizeof(*o->slots)),
		.mask = size - 1,
		.open = {-1, -1, 0},
		.late = {-1, -1, 0},
	};
}

void outstanding_deinit(struct outstanding *o)
{
	mem_free(o->slots);
	o->slots = NULL;
}

uint32_t outstanding_sequence(struct outstanding *o)
{
	o->last_sequence = o->last_sequence < SEQUENCE_MAX ? o->last_sequence + 1 : 1;
	return o->last_sequence;
}

static int32_t index_of(const struct outstanding *o, const struct submit *s)
{
	return (int32_t)(s - o->slots);
}

static void link_newest(struct outstanding *o, struct submit_list *l, struct submit *s)
{
	s->older = l->newest;
	s->newer = -1;
	if (l->newest >= 0)
		o->slots[l->newest].newer = index_of(o, s);
	else
		l->oldest = index_of(o, s);
	l->newest = index_of(o, s);
	l->count++;
}

static void unlink_from(struct outstanding *o, struct submit_list *l, struct submit *s)
{
	if (s->older >= 0)
		o->slots[s->older].newer = s->newer;
	else
		l->oldest = s->newer;
	if (s->newer >= 0)
		o->slots[s->newer].older = s->older;
	else
		l->newest = s->older;
	l->count--;
}

/* The entries of a list in their order, to the slots that a longer mask gives them: numbers that
 * differed in fewer bits differ in more. */
static void move_list(struct outstanding *to, const struct outstanding *from,
		      const struct submit_list *list, struct submit_list *to_list)
{
	for (int32_t i = list->oldest; i >= 0; i = from->slots[i].newer) {
		struct submit *s = &to->slots[from->slots[i].sequence & to->mask];

		*s = from->slots[i];
		link_newest(to, to_list, s);
	}
}

void outstanding_set_window(struct outstanding *o, uint32_t window)
{
	struct outstanding old = *o;
	uint32_t late_max = late_max_for(window);
	uint32_t size = size_for(window, late_max);

	if (late_max > o->late_max) /* fewer than are there would only lose some */
		o->late_max = late_max;
	if (size <= old.mask + 1)
		return;
	o->slots = mem_calloc(size, sizeof(*o->slots));
	o->mask = size - 1;
	o->open = o->late = (struct submit_list){-1, -1, 0};
	move_list(o, &old, &old.open, &o->open);
	move_list(o, &old, &old.late, &o->late);
	mem_free(old.slots);
}

struct submit *outstanding_add(struct outstanding *o, uint64_t now_us)
{
	struct submit *s;
	uint32_t sequence;

	if (o->open.count + o->late.count > o->mask / 2 + 1)
		panic("more submits outstanding than the table was made for");
	do {
		sequence = outstanding_sequence(o);
		s = &o->slots[sequence & o->mask];
	} while (s->state != SUBMIT_FREE);
	*s = (struct submit){.sequence = sequence, .state = SUBMIT_OPEN, .at_us = now_us};
	link_newest(o, &o->open, s);
	return s;
}

struct submit *outstanding_find(struct outstanding *o, uint32_t sequence)
{
	struct submit *s = &o->slots[sequence & o->mask];

	return s->state != SUBMIT_FREE && s->sequence == sequence ? s : NULL;
}

struct submit *outstanding_oldest(struct outstanding *o)
{
	return o->open.oldest >= 0 ? &o->slots[o->open.oldest] : NULL;
}

void outstanding_remove(struct outstanding *o, struct submit *s)
{
	unlink_from(o, s->state == SUBMIT_OPEN ? &o->open : &o->late, s);
	s->state = SUBMIT_FREE;
	s->slice = NULL;
}

void outstanding_give_up(struct outstanding *o, struct submit *s)
{
	if (o->late.count == o->late_max)
		outstanding_remove(o, &o->slots[o->late.oldest]);
	unlink_from(o, &o->open, s);
	s->state = SUBMIT_LATE;
	s->slice = NULL;
	link_newest(o, &o->late, s);
}

void outstanding_forget(struct outstanding *o, uint64_t now_us)
{
	while (o->late.oldest >= 0 &&
	       o->slots[o->late.oldest].at_us + OUTSTANDING_LATE_MS * UINT64_C(1000) <= now_us)
		outstanding_remove(o, &o->slots[o->late.oldest]);
}
