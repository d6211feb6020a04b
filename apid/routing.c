/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* routing - see routing.h. */
#include "apid/routing.h"

#include <pthread.h>

#include "common/base/mem.h"

struct book {
	struct route_store store; /* first: a held store is its book */
	struct book *next;
	int held;
	bool reading; /* somebody brings it up to date */
};

/* The newest first; books behind it are those still held, and spare ones. */
struct routing {
	pthread_mutex_t lock;
	struct book *books;
};

struct routing *routing_new(void)
{
	struct routing *r = mem_calloc(1, sizeof(*r));

	pthread_mutex_init(&r->lock, NULL);
	return r;
}

static void free_book(struct book *book)
{
	route_store_deinit(&book->store);
	mem_free(book);
}

void routing_free(struct routing **routing)
{
	struct routing *r = *routing;

	if (r == NULL)
		return;
	while (r->books != NULL) {
		struct book *book = r->books;

		r->books = book->next;
		free_book(book);
	}
	pthread_mutex_destroy(&r->lock);
	mem_free(r);
	*routing = NULL;
}

static struct book *new_book(struct routing *r)
{
	struct book *book = mem_calloc(1, sizeof(*book));

	route_store_init(&book->store);
	book->next = r->books;
	r->books = book;
	return book;
}

/* One that nobody holds, to be looked at anew: nobody else touches it while `reading`.  Else one
 * that somebody has just looked at, else another one. */
static struct book *choose(struct routing *r)
{
	struct book *fresh = NULL, *chosen = NULL;

	for (struct book *b = r->books; b != NULL && chosen == NULL; b = b->next) {
		if (b->held == 0)
			chosen = b;
		else if (!b->reading && route_store_fresh(&b->store))
			fresh = b;
	}
	if (chosen == NULL && fresh != NULL)
		return fresh;
	if (chosen == NULL)
		chosen = new_book(r);
	route_store_expire(&chosen->store);
	chosen->reading = true;
	return chosen;
}

bool routing_hold(struct routing *r, struct pg *pg, const struct route_store **out, struct err *err)
{
	struct book *book;
	bool ok;

	pthread_mutex_lock(&r->lock);
	book = choose(r);
	ok = !book->reading;
	book->held++;
	pthread_mutex_unlock(&r->lock);
	if (!ok) {
		ok = route_store_refresh(&book->store, pg, err);
		pthread_mutex_lock(&r->lock);
		book->reading = false;
		if (!ok)
			book->held--;
		pthread_mutex_unlock(&r->lock);
	}
	if (ok)
		*out = &book->store;
	return ok;
}

/* Of those that nobody holds one is enough. */
static void forget_spare(struct routing *r)
{
	bool spare = false;

	for (struct book **at = &r->books; *at != NULL;) {
		struct book *book = *at;

		if (book->held > 0 || !spare) {
			spare = spare || book->held == 0;
			at = &book->next;
			continue;
		}
		*at = book->next;
		free_book(book);
	}
}

void routing_drop(struct routing *r, const struct route_store *store)
{
	if (store == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	((struct book *)(uintptr_t)store)->held--;
	forget_spare(r);
	pthread_mutex_unlock(&r->lock);
}
