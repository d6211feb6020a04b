/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* erasures - erasing a client, and the acts that prove it. */
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "apid/api.h"
#include "apid/download.h"
#include "common/model/erase.h"
#include "common/web/json.h"

#define ACT_BYTES_MAX 65536

enum column {
	COL_ID,
	COL_CLIENT,
	COL_REASON,
	COL_SOURCE,
	COL_BY,
	COL_ASKED,
	COL_FINISHED,
	COL_SUBJECT,
	COL_ACT,
	COL_DIGEST,
	COL_SIGNATURE,
};

#define ERASURE_COLUMNS                                                                            \
	"SELECT e.id, e.client_id, e.reason, e.source, coalesce(p.name, t.name), e.requested_at,"  \
	"       e.finished_at, e.subject, e.act, e.digest, e.signature FROM erasure e"             \
	"  LEFT JOIN token t ON t.id = e.token_id LEFT JOIN person p ON p.id = e.person_id "

static void put_open(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_id(json, "client_id", pg_int(rows, i, COL_CLIENT));
	json_put_text(json, "status", pg_null(rows, i, COL_FINISHED) ? "running" : "done");
	json_put_text(json, "reason", pg_text(rows, i, COL_REASON));
	json_put_text(json, "source", pg_text(rows, i, COL_SOURCE));
	json_put_text(json, "requested_by",
		      pg_null(rows, i, COL_BY) ? NULL : pg_text(rows, i, COL_BY));
	json_put_time(json, "requested_at", pg_time_us(rows, i, COL_ASKED));
	json_put_time(json, "finished_at", pg_time_us(rows, i, COL_FINISHED));
}

static void put_item(struct json_out *json, const struct pg_result *rows, size_t i)
{
	put_open(json, rows, i);
	json_object_end(json);
}

/* --- POST /v1/clients/{id}/erase -----------------------------------------------------------------
 */

static bool find_erasure(struct request *r, int64_t id, struct pg_result **out, struct err *err)
{
	static const struct pg_stmt get = {"erasure_get",
					   ERASURE_COLUMNS "WHERE e.id = $1::bigint"};

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, out, err))
		return false;
	if (pg_rows(*out) == 0)
		problem_not_found(&r->problem, "erasure");
	return true;
}

static bool erase(struct request *r, const struct erase_request *ask, int64_t *id_out,
		  struct err *err)
{
	enum erase_outcome outcome;

	if (r->api->privacy_key == NULL)
		return problem_set(&r->problem, 503, "no-privacy-key", "Nobody can be erased yet",
				   "The service has no key for erasures. Whoever runs it sets "
				   "privacy.key_file");
	if (!pg_begin(r->pg, err))
		return false;
	if (!client_erase(r->pg, r->api->privacy_key, ask, &outcome, id_out, err) ||
	    !pg_commit(r->pg, err)) {
		pg_rollback(r->pg);
		return false;
	}
	if (outcome == ERASE_NOBODY)
		problem_not_found(&r->problem, "client");
	else if (outcome == ERASE_COMPLAINT)
		problem_conflict(&r->problem,
				 "A complaint of this client is not closed, and the proof would be "
				 "lost with the client. Close the complaint first, and block the "
				 "client until then");
	return true;
}

bool client_erase_post(struct request *r, struct err *err)
{
	struct erase_request ask = {
		.source = "api", .token_id = r->caller.token_id, .person_id = r->caller.person_id};
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	struct json_in in;
	int64_t id = 0;
	bool ok = true;

	if (!request_id(r, 0, "client", &ask.client_id) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	ask.reason = json_in_text(&in, "reason", JSON_REQUIRED, ERASE_REASON_CHARS);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = erase(r, &ask, &id, err);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	if (!find_erasure(r, id, &rows, err))
		return false;
	put_item(&r->json, rows, 0);
	pg_result_free(&rows);
	return request_reply(r, 202);
}

/* --- acts ----------------------------------------------------------------------------------------
 */

bool erasure_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {"erasure_list", ERASURE_COLUMNS
					    "WHERE ($1::bigint = 0 OR e.id < $1::bigint)"
					    " ORDER BY e.id DESC LIMIT $2::bigint + 1"};
	struct page page;

	if (!page_from_query(r, &page))
		return true;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	return page_reply(r, &page, &list, "erasures", put_item, err);
}

static void put_hex(struct json_out *json, const char *key, const struct pg_result *rows, int col)
{
	char hex[2 * PRIVACY_HASH_BYTES + 1] = "";
	const unsigned char *data = (const unsigned char *)pg_text(rows, 0, col);

	for (size_t i = 0; i < pg_len(rows, 0, col) && i < PRIVACY_HASH_BYTES; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", data[i]);
	json_put_text(json, key, hex);
}

/* Whether digest and signature are those of what is shown. */
static bool is_valid(const struct privacy_key *key, const struct buf *subject,
		     const struct pg_result *rows)
{
	uint8_t digest[PRIVACY_HASH_BYTES], signature[PRIVACY_HASH_BYTES];

	act_digest(subject, pg_text(rows, 0, COL_ACT), pg_len(rows, 0, COL_ACT), digest);
	privacy_sign(key, digest, signature);
	return pg_len(rows, 0, COL_DIGEST) == sizeof(digest) &&
	       pg_len(rows, 0, COL_SIGNATURE) == sizeof(signature) &&
	       CRYPTO_memcmp(digest, pg_text(rows, 0, COL_DIGEST), sizeof(digest)) == 0 &&
	       CRYPTO_memcmp(signature, pg_text(rows, 0, COL_SIGNATURE), sizeof(signature)) == 0;
}

/* Who it was, which is a reading; empty when the key is another one or none. */
static void unseal_subject(struct request *r, const struct pg_result *rows, struct buf *out)
{
	struct err err;

	if (r->api->privacy_key == NULL ||
	    !privacy_unseal(r->api->privacy_key, pg_text(rows, 0, COL_SUBJECT),
			    pg_len(rows, 0, COL_SUBJECT), out, &err)) {
		buf_reset(out);
		return;
	}
	r->json.people++;
	r->reading.client_id = pg_int(rows, 0, COL_CLIENT);
}

bool erasure_get(struct request *r, struct err *err)
{
	struct json_out *json = &r->json;
	struct pg_result *rows = NULL;
	struct buf subject;
	int64_t id;

	if (!request_id(r, 0, "erasure", &id))
		return true;
	if (!find_erasure(r, id, &rows, err))
		return false;
	if (problem_found(&r->problem)) {
		pg_result_free(&rows);
		return true;
	}
	buf_init(&subject, ACT_BYTES_MAX);
	unseal_subject(r, rows, &subject);
	put_open(json, rows, 0);
	if (subject.len > 0)
		json_put_raw(json, "subject", buf_str(&subject), subject.len);
	else
		json_put_null(json, "subject");
	if (!pg_null(rows, 0, COL_ACT)) {
		json_put_raw(json, "act", pg_text(rows, 0, COL_ACT), pg_len(rows, 0, COL_ACT));
		put_hex(json, "digest", rows, COL_DIGEST);
		put_hex(json, "signature", rows, COL_SIGNATURE);
		json_put_bool(json, "valid",
			      subject.len > 0 && is_valid(r->api->privacy_key, &subject, rows));
	}
	json_object_end(json);
	buf_deinit(&subject);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* --- GET /v1/erasures/{id}/log.csv ---------------------------------------------------------------
 */

/* What order 179 asks of an export of the event log. */
static void put_head(FILE *out, enum lang lang)
{
	static const char *const names[] = {
		"whose data",	      "category destroyed", "where it stood", "records destroyed",
		"information system", "reason why",	    "time of it"};
	size_t count = sizeof(names) / sizeof(names[0]);

	for (size_t i = 0; i < count; i++) {
		download_put_said(out, lang, names[i]);
		fputs(i + 1 < count ? ";" : "\r\n", out);
	}
}

static void put_event(FILE *out, const char *subject, const struct pg_result *rows, size_t i)
{
	char time[RFC3339_SIZE];

	download_put_guarded(out, subject);
	putc(';', out);
	download_put_quoted(out, pg_text(rows, i, 0));
	putc(';', out);
	download_put_quoted(out, pg_text(rows, i, 1));
	fprintf(out, ";%lld;", (long long)pg_int(rows, i, 2));
	download_put_quoted(out, pg_text(rows, i, 3));
	putc(';', out);
	download_put_guarded(out, pg_text(rows, i, 4));
	fprintf(out, ";%s\r\n", rfc3339_format(pg_time_us(rows, i, 5), time));
}

/* "Иванова Анна, C001" of the sealed subject. */
static void subject_line(const struct buf *subject, struct buf *out)
{
	static const char *const members[] = {"last_name", "first_name", "middle_name",
					      "external_id"};
	struct problem ignored;
	struct cJSON *doc = NULL;
	struct json_in in;
	struct err err;

	if (subject->len == 0 || !json_parse(subject->data, subject->len, &doc, &err))
		return;
	problem_init(&ignored);
	json_in_begin(&in, doc, &ignored, "");
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const char *text = json_in_string(&in, members[i], JSON_OPTIONAL, 4096);

		if (text != NULL && text[0] != '\0')
			buf_printf(out, "%s%s", out->len > 0 ? " " : "", text);
	}
	problem_deinit(&ignored);
	json_free(&doc);
}

static bool write_log(struct request *r, int64_t id, const struct buf *subject, FILE *out,
		      struct err *err)
{
	static const struct pg_stmt read = {
		"erasure_log",
		"SELECT v.category, v.place, v.rows, coalesce(s.value, 'Vestnik'), e.reason, v.at"
		"  FROM erasure_event v JOIN erasure e ON e.id = v.erasure_id"
		"  LEFT JOIN setting s ON s.name = 'system_name'"
		" WHERE v.erasure_id = $1::bigint AND v.category <> 'job' ORDER BY v.id"};
	struct pg_result *rows = NULL;
	struct buf line;

	pg_param_int64(r->params, id);
	if (!request_query(r, &read, &rows, err))
		return false;
	buf_init(&line, ACT_BYTES_MAX);
	subject_line(subject, &line);
	put_head(out, r->json.lang);
	for (size_t i = 0; i < pg_rows(rows); i++)
		put_event(out, buf_str(&line), rows, i);
	buf_deinit(&line);
	pg_result_free(&rows);
	return true;
}

static bool reply_log(struct request *r, int64_t id, const struct buf *subject, struct err *err)
{
	struct download file;
	char name[64];

	if (!download_begin(&file, err))
		return false;
	if (!write_log(r, id, subject, file.out, err)) {
		download_abort(&file);
		return false;
	}
	(void)snprintf(name, sizeof(name), "erasure-%lld.csv", (long long)id);
	return download_reply(r, &file, name, err);
}

bool erasure_log(struct request *r, struct err *err)
{
	struct pg_result *rows = NULL;
	struct buf subject;
	int64_t id;
	bool ok = true;

	if (!request_id(r, 0, "erasure", &id))
		return true;
	if (!find_erasure(r, id, &rows, err))
		return false;
	buf_init(&subject, ACT_BYTES_MAX);
	if (!problem_found(&r->problem)) {
		unseal_subject(r, rows, &subject);
		ok = reply_log(r, id, &subject, err);
	}
	buf_deinit(&subject);
	pg_result_free(&rows);
	return ok;
}
