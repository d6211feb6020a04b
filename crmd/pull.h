/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pull - one run of a source: its rows become clients in one transaction, or nothing happens.
 *
 * The transaction has a connection of its own, which also holds the source's advisory lock: a
 * process that dies loses both at once, and the next run begins again at the cursor.  The worker's
 * connection tells how far the run is. */
#ifndef CRMD_PULL_H
#define CRMD_PULL_H

#include "common/model/client_merge.h"
#include "common/model/import_check.h"
#include "crmd/reader.h"
#include "crmd/worker.h"

#define PULL_LOCK 7012 /* advisory, with the source's id: held while it is read */

/* Of a run that is over: how. */
enum pull_end { PULL_DONE, PULL_HELD, PULL_FAILED };

struct pull {
	struct worker *w;
	struct pg *pg;
	struct pg_params *params;
	int64_t run_id;
	bool dry;
	bool keeps_cursor; /* a complete reading of an incremental source leaves its cursor alone */
	struct pg_result *row; /* what source and mapping borrow from */
	struct source source;
	struct buf texts; /* settings, with a NUL behind each */
	struct buf secret;
	struct import_mapping mapping;
	struct import_columns columns;
	struct reading reading;

	struct client_merge merge;
	bool merging;
	struct client_row client;
	size_t unsent_bytes;
	char *heading;		 /* as it came */
	struct buf refused_keys; /* external ids of refused rows, NUL after each */
	bool refused_unknown;	 /* a refused row does not say whose it is */
	bool failed;		 /* inside a callback: err */
	struct err err;
	uint64_t told_ms;

	int64_t rows_read, rows_bad;
	int64_t missing, known;
	struct buf difference; /* JSON, of a dry run */
};

/* pull.c: read, merge, settle, commit.  False: err says why nothing was stored. */
bool pull_run(struct pull *p, enum pull_end *end_out, struct err *err);

/* pull_store.c: the source and its run in the database. */
/* A run to do now of source `id`, whose lock p->pg takes; *found_out false: none. */
bool pull_claim(struct pull *p, int64_t id, bool *found_out, struct err *err);
bool pull_load(struct pull *p, struct err *err);
/* In the transaction of a run that stores: cursor, counts, refused rows, end. */
bool pull_note_stored(struct pull *p, enum pull_end end, struct err *err);
/* Afterwards, over the worker's connection: a run that stored nothing. */
bool pull_note_ended(struct pull *p, enum pull_end end, const char *problem, struct err *err);
/* How many rows were read, once a second. */
void pull_tell(struct pull *p);
void pull_deinit(struct pull *p);

/* pull_missing.c: after the merge: who came and who is missing.  *held_out: too many to
 * be believed. */
bool pull_settle(struct pull *p, bool *held_out, struct err *err);

/* pull_difference.c: of a dry run, around client_merge_store(). */
bool pull_remember(struct pull *p, struct err *err);
bool pull_compare(struct pull *p, struct err *err);

#endif
