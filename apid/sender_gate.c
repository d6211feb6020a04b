/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sender_gate - see sender_gate.h. */
#include "apid/sender_gate.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"

#define BELIEVED_MS 5000
#define NAME_SIZE   20

struct entry {
	char name[NAME_SIZE];
	bool enabled;
};

struct sender_gate {
	pthread_mutex_t lock;
	struct entry *entry; /* ascending by name */
	size_t count;
	bool strict;
	uint64_t read_ms; /* 0: never */
};

struct sender_gate *sender_gate_new(void)
{
	struct sender_gate *gate = mem_calloc(1, sizeof(*gate));

	pthread_mutex_init(&gate->lock, NULL);
	return gate;
}

void sender_gate_free(struct sender_gate **gate)
{
	if (*gate == NULL)
		return;
	pthread_mutex_destroy(&(*gate)->lock);
	mem_free((*gate)->entry);
	mem_free(*gate);
	*gate = NULL;
}

const char *sender_fault_expected(enum sender_fault fault)
{
	return fault == SENDER_OFF ? "a sender that is switched on: GET /v1/senders"
				   : "a sender from GET /v1/senders: nothing is sent from others";
}

/* --- reading -------------------------------------------------------------------------------------
 */

static bool is_fresh(struct sender_gate *gate)
{
	bool fresh;

	pthread_mutex_lock(&gate->lock);
	fresh = gate->read_ms != 0 && clock_mono_ms() - gate->read_ms <= BELIEVED_MS;
	pthread_mutex_unlock(&gate->lock);
	return fresh;
}

static bool read_strict(struct pg *pg, bool *out, struct err *err)
{
	static const struct pg_stmt read = {"sender_gate_strict",
					    "SELECT EXISTS (SELECT 1 FROM setting WHERE name = "
					    "'unregistered_senders' AND value = 'strict')"};
	struct pg_result *rows = NULL;

	if (!pg_run(pg, &read, NULL, &rows, err))
		return false;
	*out = pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

static struct entry *entries_of(const struct pg_result *rows)
{
	struct entry *entry = mem_calloc(pg_rows(rows) + 1, sizeof(*entry));

	for (size_t i = 0; i < pg_rows(rows); i++) {
		strncpy(entry[i].name, pg_text(rows, i, 0), NAME_SIZE - 1);
		entry[i].enabled = pg_bool(rows, i, 1);
	}
	return entry;
}

bool sender_gate_refresh(struct sender_gate *gate, struct pg *pg, struct err *err)
{
	static const struct pg_stmt all = {
		"sender_gate_all", "SELECT name, enabled FROM sender ORDER BY name COLLATE \"C\""};
	struct pg_result *rows = NULL;
	struct entry *was, *entry;
	bool strict;

	if (is_fresh(gate))
		return true;
	if (!read_strict(pg, &strict, err) || !pg_run(pg, &all, NULL, &rows, err))
		return false;
	entry = entries_of(rows);
	pthread_mutex_lock(&gate->lock);
	was = gate->entry;
	gate->entry = entry;
	gate->count = pg_rows(rows);
	gate->strict = strict;
	gate->read_ms = clock_mono_ms();
	pthread_mutex_unlock(&gate->lock);
	mem_free(was);
	pg_result_free(&rows);
	return true;
}

/* --- judging -------------------------------------------------------------------------------------
 */

static int compare(const void *name, const void *entry)
{
	return strcmp(name, ((const struct entry *)entry)->name);
}

enum sender_fault sender_gate_judge(struct sender_gate *gate, const char *name)
{
	enum sender_fault fault = SENDER_FINE;
	const struct entry *found;

	pthread_mutex_lock(&gate->lock);
	found = gate->count == 0
			? NULL
			: bsearch(name, gate->entry, gate->count, sizeof(*gate->entry), compare);
	if (found != NULL && !found->enabled)
		fault = SENDER_OFF;
	else if (found == NULL && gate->strict)
		fault = SENDER_UNKNOWN;
	pthread_mutex_unlock(&gate->lock);
	return fault;
}
