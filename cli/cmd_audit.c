/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik audit verify - is the audit log, with the log of readings, what was written?
 *
 * Walks the whole chain in one frozen view of the database, holds it against the anchors, and looks
 * for rows that stand outside of it.  A row that is wrong does not end the walk: the chain as it is
 * stored goes on from there, so every wrong row is found, not only the first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "common/base/mem.h"
#include "common/model/audit_chain.h"

#define TIMEOUT_MS    600000
#define ROWS_AT_ONCE  5000
#define FAULTS_TOLD   20
#define LATE_INTERVAL "5 minutes"

/* A place that somebody wrote down: --anchor. */
struct known {
	int64_t number; /* 0: none was told */
	uint8_t hash[AUDIT_HASH_BYTES];
};

struct walk {
	struct pg *pg;
	struct privacy_key *key; /* NULL: not told, signatures are not looked at */
	struct known known;
	bool known_found;
	struct audit_anchor *anchors; /* by number */
	size_t anchor_count, anchor_at;
	int64_t number; /* of the row before */
	uint8_t hash[AUDIT_HASH_BYTES];
	int64_t first, rows, faults, unsigned_anchors;
	size_t cuts;
};

static const char *log_name(int64_t log)
{
	return log == AUDIT_LOG_CHANGES ? "audit" : "reading";
}

static void fault(struct walk *w, int64_t number, int64_t log, int64_t id, const char *what)
{
	if (w->faults++ >= FAULTS_TOLD)
		return;
	if (log != 0)
		(void)printf("number %lld, %s row %lld: %s\n", (long long)number, log_name(log),
			     (long long)id, what);
	else
		(void)printf("number %lld: %s\n", (long long)number, what);
}

/* --- anchors -------------------------------------------------------------------------------------
 */

static int by_number(const void *a, const void *b)
{
	const struct audit_anchor *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static void check_signature(struct walk *w, const struct audit_anchor *a,
			    const struct pg_result *rows, size_t i)
{
	uint8_t signature[PRIVACY_HASH_BYTES];

	if (pg_null(rows, i, 5))
		w->unsigned_anchors++;
	if (w->key == NULL)
		return;
	audit_anchor_sign(w->key, a, signature);
	if (pg_null(rows, i, 5))
		fault(w, a->number, 0, 0, "its anchor has no signature");
	else if (memcmp(pg_text(rows, i, 5), signature, sizeof(signature)) != 0)
		fault(w, a->number, 0, 0,
		      "its anchor was changed or made up: the signature is wrong");
}

static void start_after(struct walk *w, const struct audit_anchor *cut)
{
	w->cuts++;
	w->number = cut->number;
	memcpy(w->hash, cut->hash, sizeof(w->hash));
}

static bool load_anchors(struct walk *w, struct err *err)
{
	static const struct pg_stmt stmt = {
		"audit_anchors",
		"SELECT no, kind, number, hash, at, signature FROM audit_anchor ORDER BY no"};
	struct pg_result *rows = NULL;

	if (!pg_run(w->pg, &stmt, NULL, &rows, err))
		return false;
	w->anchor_count = pg_rows(rows);
	w->anchors = mem_calloc(w->anchor_count + 1, sizeof(*w->anchors));
	for (size_t i = 0; i < w->anchor_count; i++) {
		struct audit_anchor *a = &w->anchors[i];

		*a = (struct audit_anchor){.no = pg_int(rows, i, 0),
					   .cut = strcmp(pg_text(rows, i, 1), "cut") == 0,
					   .number = pg_int(rows, i, 2),
					   .at_us = pg_time_us(rows, i, 4)};
		memcpy(a->hash, pg_text(rows, i, 3), sizeof(a->hash));
		if (a->no != (i > 0 ? w->anchors[i - 1].no : 0) + 1)
			fault(w, a->number, 0, 0, "an anchor before it was taken away");
		check_signature(w, a, rows, i);
		if (a->cut)
			start_after(w, a);
	}
	qsort(w->anchors, w->anchor_count, sizeof(*w->anchors), by_number);
	while (w->anchor_at < w->anchor_count && w->anchors[w->anchor_at].number < w->number)
		w->anchor_at++;
	w->first = w->number + 1;
	pg_result_free(&rows);
	return true;
}

/* The row that was just walked, or what a cut left, is held against what was said of it. */
static void check_place(struct walk *w)
{
	while (w->anchor_at < w->anchor_count && w->anchors[w->anchor_at].number <= w->number) {
		const struct audit_anchor *a = &w->anchors[w->anchor_at++];

		if (a->number == w->number && memcmp(a->hash, w->hash, sizeof(w->hash)) != 0)
			fault(w, a->number, 0, 0,
			      "the chain up to here is not what was anchored: it was made anew");
	}
	if (w->known.number == w->number && w->number != 0) {
		w->known_found = true;
		if (memcmp(w->known.hash, w->hash, sizeof(w->hash)) != 0)
			fault(w, w->number, 0, 0,
			      "the chain up to here is not what --anchor says: it was made anew");
	}
}

/* --- the walk ------------------------------------------------------------------------------------
 */

static void check_row(struct walk *w, const struct pg_result *rows, size_t i)
{
	struct audit_entry e = {
		.number = pg_int(rows, i, 0), .log = pg_int(rows, i, 1), .id = pg_int(rows, i, 2)};
	uint8_t hash[AUDIT_HASH_BYTES];

	if (e.number != w->number + 1)
		fault(w, w->number + 1, 0, 0, "rows were taken out of the chain here");
	if (!audit_entry_fields(&e, rows, i, 4)) {
		fault(w, e.number, e.log, e.id, "it was taken away");
	} else {
		audit_hash(w->hash, &e, hash);
		if (memcmp(hash, pg_text(rows, i, 3), sizeof(hash)) != 0)
			fault(w, e.number, e.log, e.id,
			      e.number == w->number + 1
				      ? "it is not what was written, or not where it was written"
				      : "it does not follow from the row before");
	}
	w->number = e.number;
	memcpy(w->hash, pg_text(rows, i, 3), sizeof(w->hash));
	w->rows++;
	check_place(w);
}

static bool walk_chain(struct walk *w, struct err *err)
{
	static const struct pg_stmt stmt = {
		"audit_walk",
		"SELECT c.number, c.log, c.entry_id, c.hash, " AUDIT_FIELDS
		" FROM (SELECT * FROM audit_chain WHERE number > $1 ORDER BY number LIMIT $2)"
		" c" AUDIT_JOIN "ORDER BY c.number"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	size_t count = ROWS_AT_ONCE;
	bool ok = true;

	check_place(w);
	while (ok && count == ROWS_AT_ONCE) {
		pg_params_reset(params);
		pg_param_int64(params, w->number);
		pg_param_int32(params, ROWS_AT_ONCE);
		ok = pg_run(w->pg, &stmt, params, &rows, err);
		count = ok ? pg_rows(rows) : 0;
		for (size_t i = 0; i < count; i++)
			check_row(w, rows, i);
		pg_result_free(&rows);
	}
	pg_params_free(&params);
	return ok;
}

/* Rows that are in a log and not in the chain, nor on their way into it; and those before a cut. */
static bool check_outside(struct walk *w, struct err *err)
{
	static const struct pg_stmt stmt = {
		"audit_outside",
		"SELECT x.log, x.id, x.at < statement_timestamp() - interval '" LATE_INTERVAL "',"
		"       EXISTS (SELECT 1 FROM audit_waiting q WHERE q.log = x.log"
		"                  AND q.entry_id = x.id)"
		"  FROM (SELECT 1::smallint AS log, id, at FROM audit"
		"        UNION ALL SELECT 2::smallint, id, at FROM reading) x"
		" WHERE NOT EXISTS (SELECT 1 FROM audit_chain c WHERE c.log = x.log"
		"                      AND c.entry_id = x.id) ORDER BY 1, 2"};
	struct pg_result *rows = NULL;

	if (!pg_run(w->pg, &stmt, NULL, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++) {
		if (!pg_bool(rows, i, 3))
			fault(w, w->number, pg_int(rows, i, 0), pg_int(rows, i, 1),
			      "it was put in past the chain");
		else if (pg_bool(rows, i, 2))
			fault(w, w->number, pg_int(rows, i, 0), pg_int(rows, i, 1),
			      "it waits for the chain for long: does schedulerd run?");
	}
	pg_result_free(&rows);
	return true;
}

static void check_end(struct walk *w)
{
	for (; w->anchor_at < w->anchor_count; w->anchor_at++)
		fault(w, w->anchors[w->anchor_at].number, 0, 0,
		      "it was anchored, and the chain ends before it: its end was taken away");
	if (w->known.number != 0 && !w->known_found)
		fault(w, w->known.number, 0, 0,
		      w->known.number > w->number
			      ? "--anchor names it, and the chain ends before it: its end was "
				"taken away"
			      : "--anchor names it, and it is gone: it was kept long enough, so "
				"name a later one");
}

static void report(const struct walk *w)
{
	char hex[AUDIT_HEX_SIZE];

	(void)printf("rows: %lld, numbers %lld to %lld, with %zu anchors and %zu cuts\n",
		     (long long)w->rows, (long long)w->first, (long long)w->number,
		     w->anchor_count - w->cuts, w->cuts);
	(void)printf("end: %lld:%s\n", (long long)w->number, audit_hex(w->hash, hex));
	if (w->key == NULL)
		(void)printf("signatures of anchors were not looked at: privacy.key_file is not "
			     "told\n");
	if (w->unsigned_anchors > 0)
		(void)printf("anchors without a signature: %lld; give schedulerd a "
			     "privacy.key_file\n",
			     (long long)w->unsigned_anchors);
	if (w->faults > FAULTS_TOLD)
		(void)printf("... and %lld more\n", (long long)(w->faults - FAULTS_TOLD));
}

static bool verify(struct walk *w, struct err *err)
{
	bool ok = pg_begin_frozen(w->pg, err) && load_anchors(w, err) && walk_chain(w, err) &&
		  check_outside(w, err);

	if (!ok)
		return false;
	check_end(w);
	report(w);
	pg_rollback(w->pg);
	if (w->faults > 0)
		return err_set(err, ERR_INPUT,
			       "the log was tampered with, or its store is broken: %lld places",
			       (long long)w->faults);
	(void)printf("the log is what was written\n");
	return true;
}

/* --- the command ---------------------------------------------------------------------------------
 */

static bool read_known(const char *text, struct known *out)
{
	char *end;
	unsigned byte;

	out->number = strtoll(text, &end, 10);
	if (out->number <= 0 || *end != ':' || strlen(end + 1) != AUDIT_HASH_BYTES * 2 ||
	    strspn(end + 1, "0123456789abcdef") != AUDIT_HASH_BYTES * 2)
		return false;
	for (size_t i = 0; i < AUDIT_HASH_BYTES; i++) {
		(void)sscanf(end + 1 + i * 2, "%2x", &byte);
		out->hash[i] = (uint8_t)byte;
	}
	return true;
}

int cmd_audit(struct cli *cli, int argc, char **argv)
{
	struct walk w = {0};
	struct err err = {0};
	bool wrong = argc != 2 && argc != 4;
	int status;

	wrong = wrong || strcmp(argv[1], "verify") != 0;
	wrong = wrong || (argc == 4 && strcmp(argv[2], "--anchor") != 0);
	if (wrong || (argc == 4 && !read_known(argv[3], &w.known)))
		return cli_usage("audit verify [--anchor NUMBER:HASH]; the anchor is the end that "
				 "an earlier verify printed, or one of schedulerd's log");
	if (cli->privacy_key_file != NULL && !privacy_key_load(cli->privacy_key_file, &w.key, &err))
		return cli_failed(&err);
	status = cli_connect(cli, TIMEOUT_MS, &w.pg);
	if (status == CLI_OK && !verify(&w, &err))
		status = cli_failed(&err);
	pg_close(&w.pg);
	mem_free(w.anchors);
	privacy_key_free(&w.key);
	return status;
}
