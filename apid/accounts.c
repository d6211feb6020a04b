/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* accounts - see accounts.h. */
#include "apid/accounts.h"

#include <pthread.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"

#define ACCOUNTS_MAX 1000
#define BELIEVED_MS  5000

struct entry {
	char name[33];
	int16_t id;
};

struct accounts {
	pthread_mutex_t lock;
	struct entry entry[ACCOUNTS_MAX];
	size_t count;
	uint64_t read_ms; /* 0: never */
};

struct accounts *accounts_new(void)
{
	struct accounts *a = mem_calloc(1, sizeof(*a));

	pthread_mutex_init(&a->lock, NULL);
	return a;
}

void accounts_free(struct accounts **a)
{
	if (*a == NULL)
		return;
	pthread_mutex_destroy(&(*a)->lock);
	mem_free(*a);
	*a = NULL;
}

/* 0: no such name; -1: what is known is too old. */
static int16_t recall(struct accounts *a, const char *name)
{
	int16_t id = 0;

	pthread_mutex_lock(&a->lock);
	if (a->read_ms == 0 || clock_mono_ms() - a->read_ms > BELIEVED_MS)
		id = -1;
	for (size_t i = 0; i < a->count && id == 0; i++)
		if (strcmp(a->entry[i].name, name) == 0)
			id = a->entry[i].id;
	pthread_mutex_unlock(&a->lock);
	return id;
}

static bool read_all(struct accounts *a, struct pg *pg, struct err *err)
{
	static const struct pg_stmt all = {
		"accounts_all",
		"SELECT id, name FROM account WHERE enabled ORDER BY id LIMIT 1000"};
	struct pg_result *rows = NULL;

	if (!pg_run(pg, &all, NULL, &rows, err))
		return false;
	pthread_mutex_lock(&a->lock);
	a->count = pg_rows(rows);
	for (size_t i = 0; i < a->count; i++) {
		a->entry[i].id = (int16_t)pg_int(rows, i, 0);
		strncpy(a->entry[i].name, pg_text(rows, i, 1), sizeof(a->entry[i].name) - 1);
	}
	a->read_ms = clock_mono_ms();
	pthread_mutex_unlock(&a->lock);
	pg_result_free(&rows);
	return true;
}

bool accounts_find(struct accounts *a, struct pg *pg, const char *name, int16_t *id_out,
		   struct err *err)
{
	*id_out = recall(a, name);
	if (*id_out >= 0)
		return true;
	if (!read_all(a, pg, err))
		return false;
	*id_out = recall(a, name);
	return true;
}
