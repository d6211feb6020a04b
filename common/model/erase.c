/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* erase - see erase.h. */
#include "common/model/erase.h"

#include <openssl/evp.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/web/json_out.h"

#define NUMBERS_MAX   1000
#define ACT_BYTES_MAX 65536 /* a complaint's words as well: 16,000 characters at most */

static const char *text_or_null(const struct pg_result *rows, int col)
{
	return pg_null(rows, 0, col) ? NULL : pg_text(rows, 0, col);
}

/* --- beginning -----------------------------------------------------------------------------------
 */

/* {"last_name": ..., "external_id": ...}: "name, or other information that tells who it is". */
static void put_subject(const struct pg_result *row, struct buf *out)
{
	static const char *const names[] = {"external_id", "last_name", "first_name",
					    "middle_name"};
	struct json_out json;

	json_out_init(&json, out);
	json_object(&json, NULL);
	for (int i = 0; i < 4; i++)
		json_put_text(&json, names[i], text_or_null(row, i));
	json_object_end(&json);
}

static void push_numbers(struct pg_params *params, const struct privacy_key *key,
			 const struct pg_result *row)
{
	int64_t *numbers = mem_calloc(NUMBERS_MAX, sizeof(*numbers));
	uint8_t *hashes = mem_calloc(NUMBERS_MAX, PRIVACY_HASH_BYTES);
	size_t count = pg_int_array(row, 0, 4, numbers, NUMBERS_MAX);

	if (count > NUMBERS_MAX / 2)
		count = NUMBERS_MAX / 2;
	for (size_t i = 0; i < count; i++) /* old messages have these */
		numbers[count + i] = privacy_pseudonym(key, numbers[i]);
	count *= 2;
	for (size_t i = 0; i < count; i++)
		privacy_hash_number(key, numbers[i], hashes + i * PRIVACY_HASH_BYTES);
	pg_param_int64_array(params, numbers, count);
	pg_param_bytes(params, hashes, count * PRIVACY_HASH_BYTES);
	mem_free(numbers);
	mem_free(hashes);
}

static void push_id(struct pg_params *params, int64_t id)
{
	if (id == 0)
		pg_param_null(params);
	else
		pg_param_int64(params, id);
}

static bool begin(struct pg *pg, const struct privacy_key *key, const struct erase_request *request,
		  const struct pg_result *row, int64_t *id_out, struct err *err)
{
	static const struct pg_stmt begin_stmt = {
		"erasure_begin",
		"SELECT erasure_begin($1::bigint, $2::bytea, $3::bytea, $4::bigint[], $5::bytea,"
		"       $6::text, $7::text, $8::bigint, $9::bigint)"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	struct buf subject, sealed;
	bool ok;

	buf_init(&subject, ACT_BYTES_MAX);
	buf_init(&sealed, PRIVACY_SEALED_MAX);
	put_subject(row, &subject);
	ok = privacy_seal(key, buf_str(&subject), subject.len, &sealed, err);
	if (ok) {
		pg_param_int64(params, request->client_id);
		pg_param_bytes(params, buf_str(&sealed), sealed.len);
		pg_param_bytes(params, privacy_key_id(key), PRIVACY_ID_BYTES);
		push_numbers(params, key, row);
		pg_param_text(params, request->reason);
		pg_param_text(params, request->source);
		push_id(params, request->token_id);
		push_id(params, request->person_id);
		ok = pg_run(pg, &begin_stmt, params, &rows, err);
	}
	if (ok)
		*id_out = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	pg_params_free(&params);
	buf_deinit(&subject);
	buf_deinit(&sealed);
	return ok;
}

/* --- complaints ----------------------------------------------------------------------------------
 */

enum complaint_column { COL_COMPLAINT, COL_STATE, COL_NUMBER, COL_NAME, COL_CLAIM, COL_ANSWER };

static bool find_complaints(struct pg *pg, int64_t client_id, const struct pg_result *subject,
			    struct pg_result **out, struct err *err)
{
	static const struct pg_stmt find = {"erase_complaints",
					    "SELECT id, state, msisdn, name, claim, answer"
					    "  FROM complaints_of($1::bigint, $2::bigint[])"};
	struct pg_params *params = pg_params_new();
	int64_t *numbers = mem_calloc(NUMBERS_MAX, sizeof(*numbers));
	size_t count = pg_int_array(subject, 0, 4, numbers, NUMBERS_MAX);
	bool ok;

	pg_param_int64(params, client_id);
	pg_param_int64_array(params, numbers, count < NUMBERS_MAX ? count : NUMBERS_MAX);
	ok = pg_run(pg, &find, params, out, err);
	mem_free(numbers);
	pg_params_free(&params);
	return ok;
}

static bool is_any_open(const struct pg_result *complaints)
{
	for (size_t i = 0; i < pg_rows(complaints); i++)
		if (strcmp(pg_text(complaints, i, COL_STATE), "closed") != 0)
			return true;
	return false;
}

static void put_complaint(const struct pg_result *rows, size_t i, struct buf *out)
{
	static const char *const names[] = {"name", "claim", "answer"};
	struct json_out json;

	json_out_init(&json, out);
	json_object(&json, NULL);
	if (pg_null(rows, i, COL_NUMBER))
		json_put_null(&json, "msisdn");
	else
		json_put_id(&json, "msisdn", pg_int(rows, i, COL_NUMBER));
	for (int k = 0; k < 3; k++)
		json_put_text(&json, names[k],
			      pg_null(rows, i, COL_NAME + k) ? NULL
							     : pg_text(rows, i, COL_NAME + k));
	json_object_end(&json);
}

static bool seal_complaint(struct pg *pg, const struct privacy_key *key,
			   const struct pg_result *rows, size_t i, struct err *err)
{
	static const struct pg_stmt seal = {
		"erase_complaint_seal",
		"SELECT complaint_seal($1::bigint, $2::bytea, $3::bytea)::text"};
	struct pg_params *params = pg_params_new();
	struct buf text, sealed;
	bool ok;

	buf_init(&text, ACT_BYTES_MAX);
	buf_init(&sealed, PRIVACY_SEALED_MAX);
	put_complaint(rows, i, &text);
	ok = privacy_seal(key, buf_str(&text), text.len, &sealed, err);
	if (ok) {
		pg_param_int64(params, pg_int(rows, i, COL_COMPLAINT));
		pg_param_bytes(params, buf_str(&sealed), sealed.len);
		pg_param_bytes(params, privacy_key_id(key), PRIVACY_ID_BYTES);
		ok = pg_run(pg, &seal, params, NULL, err);
	}
	buf_deinit(&text);
	buf_deinit(&sealed);
	pg_params_free(&params);
	return ok;
}

static bool erase_found(struct pg *pg, const struct privacy_key *key,
			const struct erase_request *request, const struct pg_result *subject,
			enum erase_outcome *outcome, int64_t *id_out, struct err *err)
{
	struct pg_result *complaints = NULL;
	bool ok = find_complaints(pg, request->client_id, subject, &complaints, err);

	*outcome = ok && is_any_open(complaints) ? ERASE_COMPLAINT : ERASE_BEGUN;
	for (size_t i = 0; ok && *outcome == ERASE_BEGUN && i < pg_rows(complaints); i++)
		ok = seal_complaint(pg, key, complaints, i, err);
	pg_result_free(&complaints);
	return ok && (*outcome != ERASE_BEGUN || begin(pg, key, request, subject, id_out, err));
}

bool client_erase(struct pg *pg, const struct privacy_key *key, const struct erase_request *request,
		  enum erase_outcome *outcome, int64_t *erasure_id_out, struct err *err)
{
	static const struct pg_stmt subject = {
		"erasure_subject", "SELECT external_id, last_name, first_name, middle_name, numbers"
				   "  FROM erasure_subject($1::bigint)"};
	struct pg_params *params;
	struct pg_result *rows = NULL;
	bool ok;

	*outcome = ERASE_NOBODY;
	if (key == NULL)
		return err_set(err, ERR_INPUT, "no key for erasures: privacy.key_file is not set");
	params = pg_params_new();
	pg_param_int64(params, request->client_id);
	ok = pg_run(pg, &subject, params, &rows, err);
	if (ok && pg_rows(rows) == 1)
		ok = erase_found(pg, key, request, rows, outcome, erasure_id_out, err);
	pg_result_free(&rows);
	pg_params_free(&params);
	return ok;
}

/* --- the act -------------------------------------------------------------------------------------
 */

void act_digest(const struct buf *subject, const char *act, size_t act_len,
		uint8_t out[PRIVACY_HASH_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1 ||
	    EVP_DigestUpdate(ctx, buf_str(subject), subject->len) != 1 ||
	    EVP_DigestUpdate(ctx, "\n", 1) != 1 || EVP_DigestUpdate(ctx, act, act_len) != 1 ||
	    EVP_DigestFinal_ex(ctx, out, NULL) != 1)
		panic("SHA-256 is not available in the cryptographic library");
	EVP_MD_CTX_free(ctx);
}

enum column { COL_SUBJECT, COL_KEY, COL_REASON, COL_SOURCE, COL_ASKED, COL_DESTROYED, COL_SYSTEM };

/* Everything but who it was. */
static void put_act(const struct pg_result *row, int64_t erasure_id, struct buf *out)
{
	struct json_out json;

	json_out_init(&json, out);
	json_object(&json, NULL);
	json_put_id(&json, "erasure_id", erasure_id);
	json_put_text(&json, "system", pg_text(row, 0, COL_SYSTEM));
	json_put_text(&json, "reason", pg_text(row, 0, COL_REASON));
	json_put_text(&json, "source", pg_text(row, 0, COL_SOURCE));
	json_put_text(&json, "method", "deleted or overwritten in the database");
	json_put_time(&json, "requested_at", pg_time_us(row, 0, COL_ASKED));
	json_put_time(&json, "destroyed_at", clock_wall_us());
	json_put_raw(&json, "destroyed", pg_text(row, 0, COL_DESTROYED),
		     pg_len(row, 0, COL_DESTROYED));
	json_object_end(&json);
}

static bool store_act(struct pg *pg, const struct privacy_key *key, int64_t erasure_id,
		      const struct buf *subject, const struct buf *act, struct err *err)
{
	static const struct pg_stmt finish = {
		"erasure_finish",
		"SELECT erasure_finish($1::bigint, $2::text, $3::bytea, $4::bytea)"};
	struct pg_params *params = pg_params_new();
	uint8_t digest[PRIVACY_HASH_BYTES], signature[PRIVACY_HASH_BYTES];
	bool ok;

	act_digest(subject, buf_str(act), act->len, digest);
	privacy_sign(key, digest, signature);
	pg_param_int64(params, erasure_id);
	pg_param_text_len(params, buf_str(act), act->len);
	pg_param_bytes(params, digest, sizeof(digest));
	pg_param_bytes(params, signature, sizeof(signature));
	ok = pg_run(pg, &finish, params, NULL, err);
	pg_params_free(&params);
	return ok;
}

static bool read_act(struct pg *pg, int64_t erasure_id, struct pg_result **out, struct err *err)
{
	static const struct pg_stmt read = {
		"erasure_act", "SELECT subject, key_id, reason, source, requested_at, destroyed,"
			       "       system_name FROM erasure_act($1::bigint)"};
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_int64(params, erasure_id);
	ok = pg_run(pg, &read, params, out, err);
	pg_params_free(&params);
	return ok;
}

bool act_write(struct pg *pg, const struct privacy_key *key, int64_t erasure_id, struct err *err)
{
	struct pg_result *row = NULL;
	struct buf subject, act;
	bool ok;

	if (key == NULL)
		return err_set(err, ERR_INPUT,
			       "no key for the act of an erasure: privacy.key_file is not set");
	if (!read_act(pg, erasure_id, &row, err))
		return false;
	buf_init(&subject, ACT_BYTES_MAX);
	buf_init(&act, ACT_BYTES_MAX);
	ok = privacy_unseal(key, pg_text(row, 0, COL_SUBJECT), pg_len(row, 0, COL_SUBJECT),
			    &subject, err);
	if (ok) {
		put_act(row, erasure_id, &act);
		ok = store_act(pg, key, erasure_id, &subject, &act, err);
	}
	buf_deinit(&subject);
	buf_deinit(&act);
	pg_result_free(&row);
	return ok;
}
