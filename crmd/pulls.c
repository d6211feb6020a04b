/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pulls - the loop that reads sources when they are due or somebody asks.
 *
 * Any number of crmd may run it: a source is read by who has its advisory lock. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/metrics.h"
#include "crmd/fetch.h"
#include "crmd/loops.h"
#include "crmd/pull.h"

#define LOOK_MS		1000
#define UPKEEP_MS	10000
#define PULL_TIMEOUT_MS 600000
#define CANDIDATES_MAX	20

/* --- one source
 * ----------------------------------------------------------------------------------- */

static void count(const struct pull *p, enum pull_end end, uint64_t begin_ms)
{
	static const char *const labels[] = {[PULL_DONE] = "end=\"done\"",
					     [PULL_HELD] = "end=\"held\"",
					     [PULL_FAILED] = "end=\"failed\""};

	metric_add(metrics_counter("vestnik_source_runs_total",
				   "Runs of sources that clients are pulled from", labels[end]),
		   1);
	metric_add(metrics_counter("vestnik_source_rows_total", "Rows read from sources",
				   "outcome=\"taken\""),
		   p->rows_read - p->rows_bad);
	metric_add(metrics_counter("vestnik_source_rows_total", "Rows read from sources",
				   "outcome=\"refused\""),
		   p->rows_bad);
	metric_observe_us(metrics_histogram("vestnik_source_run_seconds",
					    "How long runs of sources took", NULL),
			  (clock_mono_ms() - begin_ms) * 1000);
}

static void report(const struct pull *p, enum pull_end end, uint64_t begin_ms)
{
	static const char *const ends[] = {
		[PULL_DONE] = "done", [PULL_HELD] = "held", [PULL_FAILED] = "failed"};

	count(p, end, begin_ms);
	log_info("source read", LI("source", p->source.id), LI("run", p->run_id),
		 LS("end", ends[end]), LI("dry", p->dry), LI("rows", p->rows_read),
		 LI("bad", p->rows_bad), LI("new", p->merge.made), LI("changed", p->merge.changed),
		 LI("missing", p->missing), LI("ms", clock_mono_ms() - begin_ms));
}

/* The cause goes to the page, not to the log: it may quote what a person wrote. */
static void do_run(struct pull *p)
{
	uint64_t begin_ms = clock_mono_ms();
	struct err err = {0};
	struct err cause = {0};
	enum pull_end end;

	if (pull_load(p, &cause) && pull_run(p, &end, &cause)) {
		report(p, end, begin_ms);
		return;
	}
	p->merge.made = p->merge.changed = p->merge.repeated = p->missing = 0;
	if (!pull_note_ended(p, PULL_FAILED, cause.msg, &err))
		log_err("the end of a source's run could not be noted", &err, LI("run", p->run_id));
	report(p, PULL_FAILED, begin_ms);
}

static void try_source(struct worker *w, int64_t id)
{
	struct pg_options options = {.url = w->config->database_url,
				     .application = "crmd-pull",
				     .timeout_ms = PULL_TIMEOUT_MS};
	struct reader_options reader = {.folder = w->config->source_folder,
					.ca_file = w->config->source_ca_file,
					.plain_http = w->config->source_plain_http,
					.settle_ms = w->config->source_settle_ms,
					.file_bytes_max = w->config->source_file_mb_max << 20};
	struct pull *p = mem_calloc(1, sizeof(*p));
	struct err err = {0};
	bool found = false;

	p->w = w;
	p->params = pg_params_new();
	p->reading.options = &reader;
	if (!pg_open(&options, &p->pg, &err) || !pull_claim(p, id, &found, &err))
		log_err("a source could not be claimed", &err, LI("source", id));
	else if (found)
		do_run(p);
	pull_deinit(p);
}

/* --- which
 * ---------------------------------------------------------------------------------------- */

/* Somebody else may have them in hand. */
static bool look(struct worker *w, struct err *err)
{
	static const struct pg_stmt find = {
		"pulls_due",
		"SELECT s.id FROM source s WHERE (s.enabled AND s.due_at <= statement_timestamp()"
		"   OR EXISTS (SELECT 1 FROM source_run r WHERE r.source_id = s.id"
		"                 AND r.status = 'waiting'))"
		"   AND NOT EXISTS (SELECT 1 FROM source_run r WHERE r.source_id = s.id"
		"                      AND r.status = 'running')"
		" ORDER BY s.due_at NULLS FIRST, s.id LIMIT 20"};
	struct pg_result *rows = NULL;
	int64_t id[CANDIDATES_MAX];
	size_t n;

	if (!worker_run(w, &find, &rows, err))
		return false;
	n = pg_rows(rows);
	for (size_t i = 0; i < n; i++)
		id[i] = pg_int(rows, i, 0);
	pg_result_free(&rows);
	for (size_t i = 0; i < n && !daemon_stopping(); i++)
		try_source(w, id[i]);
	return true;
}

/* End runs whose process died: nobody holds their lock any more. */
static bool reap(struct worker *w, struct err *err)
{
	static const struct pg_stmt reap = {
		"pulls_reap",
		"UPDATE source_run SET status = 'failed', finished_at = clock_timestamp(),"
		"   problem = 'the service was stopped in the midst; nothing was stored, and the "
		"next run begins where the last one ended'"
		" WHERE status = 'running' AND started_at < clock_timestamp() - interval '5 s'"
		"   AND pg_try_advisory_xact_lock($1::integer, (source_id % "
		"2147483647)::integer)"};

	pg_param_int32(w->params, PULL_LOCK);
	return worker_run(w, &reap, NULL, err);
}

/* Runs go with what they refused, which is personal data. */
static bool forget(struct worker *w, struct err *err)
{
	static const struct pg_stmt forget = {
		"pulls_forget",
		"DELETE FROM source_run WHERE id IN (SELECT id FROM source_run"
		"   WHERE finished_at < statement_timestamp() - make_interval(days => $1::integer)"
		"     AND status <> 'held' ORDER BY id LIMIT 100)"};

	pg_param_int32(w->params, (int32_t)w->config->keep_source_run_days);
	return worker_run(w, &forget, NULL, err);
}

void pulls_loop(struct worker *w)
{
	uint64_t upkeep_ms = 0;

	fetch_init();
	while (worker_database(w)) {
		struct err err = {0};
		bool ok = true;

		if (clock_mono_ms() >= upkeep_ms) {
			ok = reap(w, &err) && forget(w, &err);
			upkeep_ms = clock_mono_ms() + UPKEEP_MS;
		}
		if (!ok || !look(w, &err))
			log_err("looking for sources to read failed; it is tried again", &err);
		if (!worker_sleep(LOOK_MS))
			break;
	}
}
