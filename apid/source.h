/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* source - sources of clients and their runs, as the API has them.  crmd does the reading. */
#ifndef VESTNIK_APID_SOURCE_H
#define VESTNIK_APID_SOURCE_H

#include "apid/api.h"
#include "common/model/import_mapping.h"
#include "common/model/source_kind.h"

/* What a request says of a source; texts are borrowed from its document. */
struct source_wanted {
	const char *name;
	const struct source_kind *kind;
	bool enabled;
	const char *mode;
	const char *cursor_column; /* NULL: none */
	int64_t every_min;	   /* 0: not so */
	const char *daily_at;	   /* "03:30"; NULL: not so */
	const struct cJSON *settings;
	bool has_secret;    /* the request says something about it */
	const char *secret; /* NULL: there shall be none */
	struct import_mapping mapping;
};

/* source_request.c: read it from a document; what is wrong is in the problem. */
void source_wanted_in(const struct cJSON *doc, struct source_wanted *out, struct problem *problem);
void source_wanted_free(struct source_wanted *w);

/* source_runs.c: the columns of a run, for statements, and its object from the column `col` on. */
#define SOURCE_RUN_COLUMNS                                                                         \
	"r.id, r.source_id, r.dry, r.complete, r.status, r.rows_read, r.rows_bad, "                \
	"r.rows_repeated,"                                                                         \
	" r.clients_new, r.clients_changed, r.clients_same, r.clients_missing, r.clients_known,"   \
	" r.problem, r.created_at, r.started_at, r.finished_at"
#define SOURCE_RUN_COLUMN_COUNT 17
void source_run_put(struct json_out *json, const char *key, const struct pg_result *rows, size_t i,
		    int col);

#endif
