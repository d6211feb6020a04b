/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* accounts - see accounts.h; and GET /v1/accounts. */
#include "apid/accounts.h"

#include <pthread.h>
#include <string.h>

#include "apid/api.h"
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

/* --- GET /v1/accounts
 * -------------------------------------------------------------------------------- */

/* up: a gateway holds the account and has a session that can send. */
bool account_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"account_list",
		"SELECT a.id, a.name, a.enabled, a.price_micro, a.parts_per_s,"
		"       l.until > clock_timestamp() AND l.down_since IS NULL AND l.stopped IS NULL,"
		"       l.down_since, l.stopped"
		"  FROM account a LEFT JOIN account_lease l ON l.account_id = a.id ORDER BY a.id"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &list, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "accounts");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_id(&r->json, "id", pg_int(rows, i, 0));
		json_put_text(&r->json, "name", pg_text(rows, i, 1));
		json_put_bool(&r->json, "enabled", pg_bool(rows, i, 2));
		json_put_micro(&r->json, "price_per_part", pg_int(rows, i, 3));
		json_put_int(&r->json, "parts_per_s", pg_int(rows, i, 4));
		json_put_text(&r->json, "state",
			      !pg_null(rows, i, 5) && pg_bool(rows, i, 5) ? "up" : "down");
		json_put_time(&r->json, "down_since", pg_time_us(rows, i, 6));
		json_put_text(&r->json, "stopped",
			      pg_null(rows, i, 7) ? NULL : pg_text(rows, i, 7));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}
