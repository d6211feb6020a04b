/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* user_import - accounts of many people from a table: all of them, or none and why.
 *
 * They have no password anybody knows: each is given one to begin with, or comes by another way of
 * signing in. */
#include <stdio.h>
#include <string.h>

#include "apid/people.h"
#include "apid/session.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/store/password.h"
#include "common/text/csv.h"

#define ROWS_MAX 20000

enum { LOGIN, NAME, EMAIL, ROLE, DEPARTMENT, REACH, CLIENTS, COLUMNS };

static const char *const columns[COLUMNS] = {"login",	      "name",  "email",	 "role",
					     "department_id", "reach", "clients"};

struct table {
	struct request *r;
	bool begun;
	int at[COLUMNS]; /* which field of a row; -1: none */
	size_t count, room;
	char **cell[COLUMNS]; /* NULL: empty */
	int64_t *line;
	char hash[PASSWORD_HASH_SIZE];
};

/* --- reading -------------------------------------------------------------------------------------
 */

static void read_head(struct table *t, const struct csv_row *row)
{
	t->begun = true;
	for (int c = 0; c < COLUMNS; c++)
		t->at[c] = -1;
	for (size_t i = 0; i < row->count; i++) {
		int c = 0;

		while (c < COLUMNS && strcmp(row->field[i].text, columns[c]) != 0)
			c++;
		if (c == COLUMNS || t->at[c] >= 0)
			problem_line(&t->r->problem, (int64_t)row->line, row->field[i].text,
				     "another column",
				     "login, name, email, role, department_id, reach and clients, "
				     "each once");
		else
			t->at[c] = (int)i;
	}
	for (int c = 0; c < COLUMNS; c++)
		if (t->at[c] < 0 && (c == LOGIN || c == NAME || c == ROLE || c == DEPARTMENT))
			problem_line(&t->r->problem, (int64_t)row->line, columns[c], "none",
				     "a column of this name");
}

static void grow(struct table *t)
{
	if (t->count < t->room)
		return;
	t->room = t->room == 0 ? 256 : t->room * 2;
	for (int c = 0; c < COLUMNS; c++)
		t->cell[c] = mem_realloc(t->cell[c], t->room, sizeof(*t->cell[c]));
	t->line = mem_realloc(t->line, t->room, sizeof(*t->line));
}

static bool on_row(const struct csv_row *row, void *arg)
{
	struct table *t = arg;

	if (row->problem != NULL) {
		problem_line(&t->r->problem, (int64_t)row->line, "", "another row", row->problem);
		return true;
	}
	if (!t->begun) {
		read_head(t, row);
		return !problem_found(&t->r->problem);
	}
	if (t->count == ROWS_MAX) {
		problem_line(&t->r->problem, (int64_t)row->line, "", "more",
			     "at most 20000 people in a file");
		return false;
	}
	grow(t);
	for (int c = 0; c < COLUMNS; c++) {
		const struct csv_field *field = t->at[c] >= 0 && (size_t)t->at[c] < row->count
							? &row->field[t->at[c]]
							: NULL;

		t->cell[c][t->count] = field != NULL && field->len > 0
					       ? mem_strndup(field->text, field->len)
					       : NULL;
	}
	t->line[t->count++] = (int64_t)row->line;
	return true;
}

static void free_table(struct table *t)
{
	for (int c = 0; c < COLUMNS; c++) {
		for (size_t i = 0; i < t->count; i++)
			mem_free(t->cell[c][i]);
		mem_free(t->cell[c]);
	}
	mem_free(t->line);
}

/* --- storing -------------------------------------------------------------------------------------
 */

static void push(const struct table *t)
{
	for (int c = 0; c < COLUMNS; c++)
		pg_param_text_array(t->r->params, (const char *const *)t->cell[c], t->count);
}

#define ROWS                                                                                       \
	"SELECT w.login, w.name, nullif(w.email, '') AS email, w.role,"                            \
	"       CASE WHEN w.department ~ '^[0-9]{1,18}$' THEN w.department::bigint END AS dep,"    \
	"       coalesce(nullif(w.reach, ''), 'own') AS reach,"                                    \
	"       coalesce(nullif(w.clients, ''), 'own') AS clients, w.department, w.i"              \
	"  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"    \
	"              $7::text[]) WITH ORDINALITY"                                                \
	"       AS w (login, name, email, role, department, reach, clients, i)"

/* Each wrong line: its place from 1, the column, what stands there; of the column "" the caller may
 * not give it. */
static bool check(struct table *t, struct err *err)
{
	static const struct pg_stmt stmt = {
		"user_import_check",
		"WITH w AS (" ROWS "), given AS (SELECT g.*, grant_within($8::bigint, $9::bigint,"
		"       g.role, g.dep, g.reach, g.clients) AS may"
		"  FROM (SELECT DISTINCT role, dep, reach, clients FROM w) g)"
		" SELECT w.i, f.col, f.found FROM w"
		"  LEFT JOIN given g ON (g.role, g.dep, g.reach, g.clients)"
		"                     = (w.role, w.dep, w.reach, w.clients)"
		" CROSS JOIN LATERAL (SELECT * FROM (VALUES"
		"   (0, w.login, w.login ~ '^[a-z0-9][a-z0-9._@-]{0,63}$'"
		"        AND NOT EXISTS (SELECT FROM person p WHERE p.login = w.login)"
		"        AND NOT EXISTS (SELECT FROM w b WHERE b.login = w.login AND b.i < w.i)),"
		"   (1, w.name, length(w.name) BETWEEN 1 AND 200),"
		"   (2, w.email, w.email IS NULL OR w.email ~ '^[!-~]+$'"
		"        AND w.email ~ '^[^@<>\"(),:;\\\\]+@[^@<>\"(),:;\\\\]+$'"
		"        AND length(w.email) <= 254),"
		"   (3, w.role, EXISTS (SELECT FROM role o WHERE o.code = w.role)),"
		"   (4, w.department, EXISTS (SELECT FROM department d WHERE d.id = w.dep)),"
		"   (5, w.reach, w.reach IN ('own', 'subtree')),"
		"   (6, w.clients, w.clients IN ('own', 'subtree', 'all')),"
		"   (7, w.role, g.may)"
		"  ) AS v (col, found, fine) WHERE NOT coalesce(v.fine, false)"
		"  ORDER BY v.col LIMIT 1) AS f ORDER BY w.i LIMIT 101"};
	static const char *const expected[COLUMNS + 1] = {
		"a login nobody has, once in the file: small Latin letters, digits and . _ @ -",
		"1 to 200 characters",
		"an address such as anna@example.com, or null",
		"a role of GET /v1/roles",
		"a department of GET /v1/departments",
		"own or subtree",
		"own, subtree or all",
		"a role you hold yourself there, with this reach and these clients"};
	struct request *r = t->r;
	struct pg_result *rows = NULL;

	push(t);
	pg_param_int64(r->params, r->caller.person_id);
	pg_param_int64(r->params, r->caller.token_id);
	if (!request_query(r, &stmt, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++) {
		int64_t col = pg_int(rows, i, 1);

		problem_line(&r->problem, t->line[pg_int(rows, i, 0) - 1],
			     columns[col == COLUMNS ? ROLE : col],
			     pg_null(rows, i, 2) ? "none" : pg_text(rows, i, 2), expected[col]);
	}
	pg_result_free(&rows);
	return !problem_found(&r->problem) || request_refused(err);
}

static bool import_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt insert = {
		"user_import",
		"WITH w AS (" ROWS "), made AS (INSERT INTO person (login, name, email,"
		"       password_hash, must_change_password)"
		" SELECT login, name, email, $8::text, true FROM w ORDER BY i"
		" RETURNING id, login)"
		" INSERT INTO person_role (person_id, role, department_id, reach, clients)"
		" SELECT m.id, w.role, w.dep, w.reach, w.clients FROM made m JOIN w USING (login)"};
	struct table *t = arg;
	bool kept;

	(void)pg;
	if (!people_lock(t->r, &kept, err) || !check(t, err))
		return false;
	push(t);
	pg_param_text(t->r->params, t->hash);
	return request_query(t->r, &insert, NULL, err);
}

/* POST /v1/users/import */
bool user_import(struct request *r, struct err *err)
{
	struct table t = {.r = r};
	char secret[SECRET_LEN + 1];
	struct csv *csv = csv_new(on_row, &t);
	size_t len;
	const char *body = http_body(r->call, &len);
	bool ok = true;

	if (csv_feed(csv, body, len))
		(void)csv_end(csv);
	csv_free(&csv);
	if (t.count == 0 && !problem_found(&r->problem))
		problem_line(&r->problem, 1, "", "none", "a line of column names and one a person");
	if (!problem_found(&r->problem)) {
		secret_new(secret);
		ok = password_hash(secret, t.hash, err) &&
		     (pg_transaction(r->pg, import_body, &t, err) || problem_found(&r->problem));
	}
	if (ok && !problem_found(&r->problem)) {
		log_info("users imported", LI("people", t.count));
		json_object(&r->json, NULL);
		json_put_int(&r->json, "people", (int64_t)t.count);
		json_object_end(&r->json);
		ok = request_reply(r, 201);
	}
	free_table(&t);
	return ok;
}
