/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* complaint_pack - everything that proves why a message was sent, as one ZIP: POST
 * /v1/complaints/{id}/pack.
 *
 * All of it is read in one snapshot of the database, and the pack's digest and the reading are
 * stored in the same transaction, before an octet leaves.  Statements about messages name one id
 * each: more would open every day that is kept. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apid/complaint.h"
#include "apid/complaint_page.h"
#include "apid/consent_proof.h"
#include "apid/message.h"
#include "apid/reading.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/spool.h"
#include "common/model/pack.h"
#include "common/web/json.h"

#define NUMBERS_MAX    100
#define ROWS_MAX       2000 /* of a section */
#define PROOFS_MAX     100
#define SQL_BYTES_MAX  8192
#define PAGE_BYTES_MAX (7u << 20) /* of one language */

/* A consent of the client, or of the number as long as nobody else gave it. */
#define THEIRS                                                                                     \
	"(e.msisdn = ANY ($2) AND ($1 = 0 OR e.client_id IS NULL OR e.client_id = $1)"             \
	" OR $1 <> 0 AND e.client_id = $1)"

/* A file a line: a statement over $1, the client (0: not known), $2, their numbers, and $3, the
 * messages. */
static const struct section {
	const char *file, *title, *sql;
} sections[] = {
	{"consents.json", "Consents given and withdrawn",
	 "SELECT e.id::text AS id, e.kind, u.code AS purpose, u.name AS purpose_name,"
	 "       u.legal_basis, e.channel, e.subject, '+' || e.msisdn AS phone,"
	 "       e.client_id::text AS client_id, e.at, e.recorded_at,"
	 "       nullif(e.expires_at, 'infinity') AS expires_at, e.source, e.origin,"
	 "       e.form, e.identity, e.basis, e.entered_by,"
	 "       coalesce(q.name, k.name) AS entered_by_name, t.version AS text_version,"
	 "       t.text AS consent_text, encode(e.text_digest, 'hex') AS text_sha256,"
	 "       t.published_by, t.published_at, e.proof_id::text AS proof_id,"
	 "       encode(f.digest, 'hex') AS proof_sha256, f.media_type AS proof_type,"
	 "       f.entered_by AS proof_entered_by, f.at AS proof_at,"
	 "       c.sent_at AS code_sent_at, c.attempts AS code_attempts,"
	 "       c.confirmed_at AS code_confirmed_at, c.message_id::text AS code_message_id,"
	 "       i.at AS reply_at, i.text AS reply_text"
	 "  FROM consent_event e JOIN purpose u ON u.id = e.purpose_id"
	 "  LEFT JOIN consent_text t ON t.id = e.text_id"
	 "  LEFT JOIN consent_proof f ON f.id = e.proof_id"
	 "  LEFT JOIN consent_code c ON c.id = e.code_id"
	 "  LEFT JOIN inbound i ON i.id = e.inbound_id"
	 "  LEFT JOIN person q ON e.entered_by = 'person ' || q.id"
	 "  LEFT JOIN token k ON e.entered_by = 'token ' || k.id"
	 " WHERE " THEIRS " ORDER BY e.id"},
	{"campaigns.json", "Campaigns that the messages belong to",
	 "SELECT p.id::text AS id, p.name, coalesce(r.text, p.text) AS campaign_text,"
	 "       p.variants AS campaign_variants, p.spelling, p.sender,"
	 "       class_code(p.class) AS class, category_code(p.category) AS category,"
	 "       l.name AS list, l.criteria AS list_criteria,"
	 "       p.template_id::text AS template_id, p.template_version, p.created_at,"
	 "       coalesce(q.name, k.name) AS created_by, p.start_at, p.launched_at,"
	 "       g.name AS launched_by, p.after_hours, p.cap_exempt, r.id::text AS run_id,"
	 "       r.occurrence, r.snapshot_at, r.audience, r.status"
	 "  FROM run r JOIN campaign p ON p.id = r.campaign_id"
	 "  LEFT JOIN list l ON l.id = p.list_id"
	 "  LEFT JOIN person q ON q.id = p.person_id LEFT JOIN token k ON k.id = p.token_id"
	 "  LEFT JOIN person g ON g.id = p.launched_by"
	 " WHERE r.id = ANY (ARRAY(SELECT b.run_id FROM batch b WHERE b.id = ANY"
	 "         (ARRAY(SELECT DISTINCT u & ~255::bigint FROM unnest($3) u))))"
	 " ORDER BY r.id"},
	{"stops.json", "Stops that stand, and stop words that came",
	 "SELECT 'stop' AS kind, '+' || o.msisdn AS phone, o.scope, o.at, o.source,"
	 "       o.origin, o.entered_by, NULL AS text"
	 "  FROM opt_out o WHERE o.msisdn = ANY ($2)"
	 " UNION ALL SELECT 'reply', '+' || i.msisdn, i.stop_scope, i.at, 'reply', NULL,"
	 "       NULL, i.text"
	 "  FROM inbound i WHERE i.msisdn = ANY ($2) AND i.stop_scope IS NOT NULL"
	 " ORDER BY 4"},
	{"rules.json", "Rules as they are now: hours, limits, which consents are needed",
	 "SELECT 'hours' AS rule, category_code(w.category) AS subject,"
	 "       to_jsonb(w) - 'category' AS value FROM send_window w"
	 " UNION ALL SELECT 'limit', category_code(l.category), to_jsonb(l) - 'category'"
	 "  FROM send_limit l"
	 " UNION ALL SELECT 'counted', category_code(n.category),"
	 "       to_jsonb(ARRAY(SELECT date '2020-01-01' + d FROM unnest(n.days) d))"
	 "  FROM send_count n WHERE n.msisdn = ANY ($2)"
	 " UNION ALL SELECT 'purpose', u.code, jsonb_build_object("
	 "       'category', category_code(u.category), 'consent_required', u.required,"
	 "       'legal_basis', u.legal_basis) FROM purpose u"
	 " UNION ALL SELECT 'setting', s.name, to_jsonb(s.value) FROM setting s"
	 "  WHERE s.name IN ('quiet_hours', 'frequency_caps', 'unknown_zone', 'time_zone')"},
};

struct packing {
	struct request *r;
	struct complaint_facts facts;
	int64_t numbers[NUMBERS_MAX];
	size_t number_count;
	int64_t made_at_us;
	int fd;
	struct pack_writer *pack;
	struct buf page[2]; /* by language */
	struct pack_sum sum;
};

static bool too_much(struct err *err)
{
	return err_set(err, ERR_LIMIT, "the pack would have more than a pack may");
}

/* --- files ---------------------------------------------------------------------------------------
 */

/* What was written to r->json becomes a file, and a part of the page. */
static bool add_written(struct packing *p, const char *file, const char *title, struct err *err)
{
	struct buf *json = &p->r->out;
	cJSON *doc;
	bool ok;

	if (json->overflow)
		return too_much(err);
	doc = cJSON_ParseWithLength(buf_str(json), json->len);
	for (int lang = 0; lang < 2; lang++)
		proof_page_section(&p->page[lang], (enum lang)lang, title, file, doc);
	cJSON_Delete(doc);
	ok = pack_add(p->pack, file, buf_str(json), json->len, err);
	json_out_reset(&p->r->json);
	return ok;
}

static void push_whose(struct packing *p)
{
	struct pg_params *params = p->r->params;

	pg_param_int64(params, p->facts.client_id);
	pg_param_int64_array(params, p->numbers, p->number_count);
	pg_param_int64_array(params, p->facts.messages, p->facts.message_count);
}

static bool put_rows(struct packing *p, const struct pg_result *rows, struct err *err)
{
	struct json_out *json = &p->r->json;

	if (pg_rows(rows) > ROWS_MAX)
		return too_much(err);
	json_array(json, NULL);
	for (size_t i = 0; i < pg_rows(rows); i++)
		json_put_raw(json, NULL, pg_text(rows, i, 0), pg_len(rows, i, 0));
	json_array_end(json);
	return true;
}

static bool add_section(struct packing *p, const struct section *s, struct err *err)
{
	struct pg_result *rows = NULL;
	struct buf sql;
	bool ok;

	buf_init(&sql, SQL_BYTES_MAX);
	buf_printf(&sql, "SELECT row_to_json(x)::text FROM (%s) x LIMIT %d", s->sql, ROWS_MAX + 1);
	push_whose(p);
	ok = pg_run_once(p->r->pg, buf_str(&sql), p->r->params, &rows, err);
	pg_params_reset(p->r->params);
	buf_deinit(&sql);
	if (!ok)
		return err_wrap(err, "%s", s->file);
	ok = put_rows(p, rows, err) && add_written(p, s->file, s->title, err);
	pg_result_free(&rows);
	return ok;
}

/* --- messages ------------------------------------------------------------------------------------
 */

/* The text of a blocked client's message, too: a complaint has a ground of its own. */
static bool put_message(struct packing *p, int64_t id, struct err *err)
{
	static const struct pg_stmt get = {
		"complaint_pack_message", MESSAGE_COLUMNS
		" FROM message_view v LEFT JOIN account a ON a.id = v.account_id"
		"  LEFT JOIN run u ON u.id = v.run_id LEFT JOIN campaign p ON p.id = u.campaign_id"
		"  LEFT JOIN client b ON false WHERE v.id = $1::bigint"};
	struct request *r = p->r;
	struct pg_result *rows = NULL;
	bool found, ok = true;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	found = pg_rows(rows) == 1;
	if (found)
		message_put_open(&r->json, rows, 0);
	pg_result_free(&rows);
	if (found) {
		ok = message_put_history(r, id, err);
		json_object_end(&r->json);
	}
	return ok;
}

static bool put_why(struct packing *p, int64_t id, struct err *err)
{
	static const struct pg_stmt why = {
		"complaint_pack_why",
		"SELECT row_to_json(x)::text FROM (SELECT m.id::text AS message_id,"
		"       category_code(h.category) AS category, u.code AS purpose,"
		"       u.name AS purpose_name, u.legal_basis, u.required AS consent_required,"
		"       m.consent_id::text AS consent_id, e.at AS consent_at,"
		"       nullif(e.expires_at, 'infinity') AS consent_expires_at,"
		"       s.at AS submitted_at,"
		"       e.kind = 'given' AND e.at <= s.at AND e.expires_at > s.at"
		"         AND NOT EXISTS (SELECT 1 FROM consent_event w"
		"           WHERE w.msisdn = e.msisdn AND w.purpose_id = e.purpose_id"
		"             AND w.kind = 'withdrawn' AND w.at BETWEEN e.at AND s.at)"
		"         AS consent_was_valid,"
		"       (SELECT max(w.at) FROM consent_event w WHERE w.msisdn = m.msisdn"
		"           AND w.purpose_id = u.id AND w.kind = 'withdrawn')"
		"         AS last_withdrawn_at,"
		"       c.name AS campaign, l.name AS list,"
		"       l.criteria IS NOT NULL AS list_by_criteria, g.name AS launched_by,"
		"       h.filtered_at AS checked_at, h.zones AS time_zones,"
		"       nullif(h.send_from, '-infinity') AS hours_from,"
		"       nullif(h.send_until, 'infinity') AS hours_until, h.deadline"
		"  FROM message m JOIN batch h ON h.id = $1::bigint & ~255::bigint"
		"  LEFT JOIN purpose u ON u.category = h.category"
		"  LEFT JOIN consent_event e ON e.id = m.consent_id"
		"  LEFT JOIN run r ON r.id = h.run_id"
		"  LEFT JOIN campaign c ON c.id = r.campaign_id"
		"  LEFT JOIN list l ON l.id = c.list_id"
		"  LEFT JOIN person g ON g.id = c.launched_by"
		"  CROSS JOIN LATERAL (SELECT min(f.submitted_at) AS at FROM receipt_ref f"
		"                       WHERE f.message_id = $1::bigint) s"
		" WHERE m.id = $1::bigint) x"};
	struct pg_result *rows = NULL;

	pg_param_int64(p->r->params, id);
	if (!request_query(p->r, &why, &rows, err))
		return false;
	if (pg_rows(rows) == 1)
		json_put_raw(&p->r->json, NULL, pg_text(rows, 0, 0), pg_len(rows, 0, 0));
	pg_result_free(&rows);
	return true;
}

static bool add_messages(struct packing *p, const char *file, const char *title,
			 bool (*put)(struct packing *p, int64_t id, struct err *err),
			 struct err *err)
{
	json_array(&p->r->json, NULL);
	for (size_t i = 0; i < p->facts.message_count; i++)
		if (!put(p, p->facts.messages[i], err))
			return false;
	json_array_end(&p->r->json);
	return add_written(p, file, title, err);
}

/* --- proofs --------------------------------------------------------------------------------------
 */

static bool add_proof(struct packing *p, int64_t id, const char *media_type, struct err *err)
{
	static const struct pg_stmt get = {"complaint_pack_proof",
					   "SELECT content FROM consent_proof WHERE id = "
					   "$1::bigint"};
	struct pg_result *rows = NULL;
	char name[PACK_NAME_MAX];
	bool ok;

	pg_param_int64(p->r->params, id);
	if (!request_query(p->r, &get, &rows, err))
		return false;
	(void)snprintf(name, sizeof(name), "proofs/proof-%lld.%s", (long long)id,
		       consent_proof_ending(media_type));
	ok = pg_rows(rows) == 0 || /* never: proofs are not deleted */
	     pack_add(p->pack, name, pg_text(rows, 0, 0), pg_len(rows, 0, 0), err);
	pg_result_free(&rows);
	return ok;
}

/* The content of those that an erasure has emptied is gone. */
static bool add_proofs(struct packing *p, struct err *err)
{
	static const char sql[] = "SELECT DISTINCT f.id, f.media_type FROM consent_event e"
				  "  JOIN consent_proof f ON f.id = e.proof_id"
				  " WHERE " THEIRS " AND length(f.content) > 0"
				  " ORDER BY 1 LIMIT 101";
	struct pg_result *rows = NULL;
	bool ok;

	push_whose(p);
	ok = pg_run_once(p->r->pg, sql, p->r->params, &rows, err);
	pg_params_reset(p->r->params);
	if (ok && pg_rows(rows) > PROOFS_MAX)
		ok = too_much(err);
	for (size_t i = 0; ok && i < pg_rows(rows); i++)
		ok = add_proof(p, pg_int(rows, i, 0), pg_text(rows, i, 1), err);
	pg_result_free(&rows);
	return ok;
}

/* --- the whole -----------------------------------------------------------------------------------
 */

static bool add_page(struct packing *p, struct err *err)
{
	static const enum lang order[] = {LANG_RU, LANG_EN};
	struct buf page;
	bool ok;

	buf_init(&page, PACK_FILE_BYTES_MAX);
	proof_page_head(&page);
	for (size_t i = 0; i < 2; i++) {
		proof_page_begin(&page, order[i], p->facts.id);
		buf_add(&page, buf_str(&p->page[order[i]]), p->page[order[i]].len);
		proof_page_end(&page);
	}
	ok = !page.overflow && !p->page[0].overflow && !p->page[1].overflow
		     ? pack_add(p->pack, "index.html", buf_str(&page), page.len, err)
		     : too_much(err);
	buf_deinit(&page);
	return ok;
}

/* The numbers of who complained: the one that is told, and those that are the client's alone. */
static bool find_numbers(struct packing *p, struct err *err)
{
	static const struct pg_stmt find = {"complaint_pack_numbers",
					    "SELECT client_numbers($1::bigint)"};
	struct pg_result *rows = NULL;

	pg_param_int64(p->r->params, p->facts.client_id);
	if (!request_query(p->r, &find, &rows, err))
		return false;
	p->number_count = pg_int_array(rows, 0, 0, p->numbers, NUMBERS_MAX - 1);
	pg_result_free(&rows);
	if (p->number_count > NUMBERS_MAX - 1)
		return too_much(err);
	if (p->facts.msisdn != 0)
		p->numbers[p->number_count++] = p->facts.msisdn;
	return true;
}

static bool add_files(struct packing *p, struct err *err)
{
	if (!add_written(p, "complaint.json", "The complaint", err) || !find_numbers(p, err) ||
	    !add_messages(p, "messages.json", "Messages, and what became of them", put_message,
			  err) ||
	    !add_messages(p, "why.json", "Why the messages were sent", put_why, err))
		return false;
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (!add_section(p, &sections[i], err))
			return false;
	return add_proofs(p, err) && add_page(p, err);
}

static bool end_pack(struct packing *p, struct err *err)
{
	static const struct pg_stmt name = {
		"complaint_pack_system",
		"SELECT coalesce((SELECT value FROM setting WHERE name = 'system_name'),"
		"                'Vestnik')"};
	char caller[CALLER_NAME_SIZE];
	struct pack_about about = {.complaint_id = p->facts.id,
				   .made_at_us = p->made_at_us,
				   .made_by = caller_name(&p->r->caller, caller)};
	struct pg_result *rows = NULL;
	bool ok;

	if (!request_query(p->r, &name, &rows, err))
		return false;
	about.system = pg_text(rows, 0, 0);
	ok = pack_end(&p->pack, &about, &p->sum, err);
	pg_result_free(&rows);
	return ok;
}

static bool store(struct packing *p, struct err *err)
{
	static const struct pg_stmt insert = {
		"complaint_pack_store",
		"INSERT INTO complaint_pack (complaint_id, made_at, token_id, person_id, files,"
		"       bytes, digest) VALUES ($1::bigint, $2::timestamptz, $3::bigint, $4::bigint,"
		"       $5::bigint, $6::bigint, $7::bytea)"};
	struct request *r = p->r;

	pg_param_int64(r->params, p->facts.id);
	pg_param_time_us(r->params, p->made_at_us);
	caller_params(r->params, &r->caller);
	pg_param_int64(r->params, (int64_t)p->sum.files);
	pg_param_int64(r->params, (int64_t)p->sum.bytes);
	pg_param_bytes(r->params, p->sum.digest, sizeof(p->sum.digest));
	return request_query(r, &insert, NULL, err);
}

static bool note(struct packing *p, struct err *err)
{
	char reason[64];
	struct request *r = p->r;
	bool ok;

	(void)snprintf(reason, sizeof(reason), "complaint:%lld:%s", (long long)p->facts.id,
		       p->facts.source);
	r->reading.reason = reason;
	r->json.people = 1;
	ok = reading_note(r);
	r->reading.reason = NULL;
	return ok || request_refused(err);
}

/* In one transaction: complaint, files, digest, reading. */
static bool make(struct packing *p, int64_t id, struct err *err)
{
	struct request *r = p->r;

	r->json.masked = false; /* the right to make packs is one to see what is in them */
	if (!pg_begin(r->pg, err) ||
	    !pg_exec(r->pg, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", err) ||
	    !complaint_put(r, id, &p->facts, err))
		return false;
	if (problem_found(&r->problem))
		return request_refused(err);
	return pack_begin(p->fd, p->made_at_us, &p->pack, err) && add_files(p, err) &&
	       end_pack(p, err) && store(p, err) && note(p, err) && pg_commit(r->pg, err);
}

static void reply(struct packing *p)
{
	char disposition[80], digest[80], hex[PACK_HEX_SIZE];

	(void)snprintf(disposition, sizeof(disposition),
		       "attachment; filename=\"complaint-%lld.zip\"", (long long)p->facts.id);
	(void)snprintf(digest, sizeof(digest), "\"%s\"", pack_hex(p->sum.digest, hex));
	http_reply_header(p->r->call, "Content-Disposition", disposition);
	http_reply_header(p->r->call, "ETag", digest);
	http_reply_file(p->r->call, 200, "application/zip", p->fd,
			(uint64_t)lseek(p->fd, 0, SEEK_END));
	p->fd = -1;
	log_info("proof handed out", LI("complaint", p->facts.id),
		 LI("files", (int64_t)p->sum.files));
}

bool complaint_pack(struct request *r, struct err *err)
{
	struct packing p = {.r = r, .made_at_us = clock_wall_us() / 1000 * 1000};
	int64_t id;
	bool ok;

	if (!request_id(r, 0, "complaint", &id))
		return true;
	p.fd = spool_open(err);
	if (p.fd < 0)
		return false;
	for (int lang = 0; lang < 2; lang++)
		buf_init(&p.page[lang], PAGE_BYTES_MAX);
	ok = make(&p, id, err);
	if (ok)
		reply(&p);
	else
		pg_rollback(r->pg);
	if (!ok && err->kind == ERR_LIMIT)
		ok = problem_set(&r->problem, 422, "too-large", "There is too much for one pack",
				 "Register the complaint with fewer messages, or hand out what is "
				 "missing by itself");
	pack_abort(&p.pack);
	for (int lang = 0; lang < 2; lang++)
		buf_deinit(&p.page[lang]);
	if (p.fd >= 0)
		close(p.fd);
	return ok;
}
