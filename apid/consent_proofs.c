/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* consent_proofs - scans, recordings and declarations: stored whole, given out as they came. */
#include <stdio.h>
#include <string.h>

#include "apid/api.h"
#include "apid/consent_proof.h"
#include "apid/reading.h"
#include "common/store/token.h"

/* What a browser is told to save and never to show. */
static const struct {
	const char *media_type, *ending;
} kinds[] = {
	{"application/pdf", "pdf"}, {"image/jpeg", "jpg"},	{"image/png", "png"},
	{"image/tiff", "tif"},	    {"audio/mpeg", "mp3"},	{"audio/ogg", "ogg"},
	{"audio/wav", "wav"},	    {"text/plain", "txt"},	{"text/csv", "csv"},
	{"message/rfc822", "eml"},  {"application/zip", "zip"},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* The type of the header without its parameters; NULL: none of ours. */
static const char *media_type_of(const char *header)
{
	size_t len = header != NULL ? strcspn(header, "; ") : 0;

	for (size_t i = 0; i < KINDS; i++)
		if (strlen(kinds[i].media_type) == len &&
		    strncmp(kinds[i].media_type, header, len) == 0)
			return kinds[i].media_type;
	return NULL;
}

const char *consent_proof_ending(const char *media_type)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].media_type, media_type) == 0)
			return kinds[i].ending;
	return "bin";
}

/* POST /v1/consent-proofs */
bool consent_proof_create(struct request *r, struct err *err)
{
	static const struct pg_stmt create = {
		"consent_proof_create",
		"INSERT INTO consent_proof (media_type, digest, content, entered_by)"
		" VALUES ($1::text, $2::bytea, $3::bytea, $4::text)"
		" RETURNING id, encode(digest, 'hex'), length(content), at"};
	const char *type = media_type_of(http_header(r->call, "content-type"));
	struct pg_result *rows = NULL;
	char name[CALLER_NAME_SIZE];
	uint8_t digest[TOKEN_HASH_SIZE];
	size_t len;
	const char *body = http_body(r->call, &len);

	if (type == NULL)
		return problem_set(
			       &r->problem, 415, "wrong-content-type",
			       "Files of this kind are not kept as proof",
			       "Send a PDF, a picture, a recording, a letter, a text, a table or "
			       "a ZIP with its Content-Type"),
		       true;
	if (len == 0)
		return problem_set(&r->problem, 422, "empty", "The file is empty",
				   "Send the file's bytes as the body"),
		       true;
	token_hash(body, len, digest);
	pg_param_text(r->params, type);
	pg_param_bytes(r->params, digest, sizeof(digest));
	pg_param_bytes(r->params, body, len);
	pg_param_text(r->params, caller_name(&r->caller, name));
	if (!request_query(r, &create, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_put_id(&r->json, "id", pg_int(rows, 0, 0));
	json_put_text(&r->json, "media_type", type);
	json_put_int(&r->json, "bytes", pg_int(rows, 0, 2));
	json_put_text(&r->json, "digest", pg_text(rows, 0, 1));
	json_put_time(&r->json, "at", pg_time_us(rows, 0, 3));
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 201);
}

/* GET /v1/consent-proofs/{id} */
bool consent_proof_get(struct request *r, struct err *err)
{
	static const struct pg_stmt get = {"consent_proof_get",
					   "SELECT media_type, content, encode(digest, 'hex')"
					   "  FROM consent_proof WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;
	char disposition[80], etag[80];
	int64_t id;

	if (!request_id(r, 0, "proof", &id))
		return true;
	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	r->json.people = 1;
	if (pg_rows(rows) == 0) {
		problem_not_found(&r->problem, "proof");
	} else if (r->json.masked) {
		problem_set(&r->problem, 403, "forbidden", "You may not do this",
			    "A proof shows a person in full, and nothing of it can be masked. Ask "
			    "whoever runs the service for the right personal.read");
	} else if (reading_note(r)) {
		(void)snprintf(disposition, sizeof(disposition),
			       "attachment; filename=\"proof-%lld.%s\"", (long long)id,
			       consent_proof_ending(pg_text(rows, 0, 0)));
		(void)snprintf(etag, sizeof(etag), "\"%s\"", pg_text(rows, 0, 2));
		http_reply_header(r->call, "Content-Disposition", disposition);
		http_reply_header(r->call, "ETag", etag);
		http_reply(r->call, 200, pg_text(rows, 0, 0), pg_text(rows, 0, 1),
			   pg_len(rows, 0, 1));
	}
	pg_result_free(&rows);
	return true;
}
