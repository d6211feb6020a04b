/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sign_in - see sign_in.h. */
#include "apid/sign_in.h"

#include <stdio.h>
#include <string.h>

#include "apid/audit.h"
#include "apid/directory.h"
#include "apid/session.h"
#include "common/store/password.h"
#include "common/web/json.h"

#define LOGIN_CHARS 64

/* --- POST /v1/session
 * ------------------------------------------------------------------------------- */

struct sign_in {
	char login[LOGIN_CHARS * 4 + 1]; /* in lower case */
	const char *password;
};

static void read_sign_in(struct request *r, const struct cJSON *doc, struct sign_in *out)
{
	const char *login;
	struct json_in in;

	json_in_begin(&in, doc, &r->problem, "");
	login = json_in_text(&in, "login", JSON_REQUIRED, LOGIN_CHARS);
	out->password = json_in_text(&in, "password", JSON_REQUIRED, PASSWORD_CHARS_MAX);
	json_in_end(&in);
	snprintf(out->login, sizeof(out->login), "%s", login != NULL ? login : "");
	for (char *c = out->login; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
}

/* The person with this login and password, 0 when there is none; takes the same time either way.
 * hash_out is what the password was compared with; *local_out: a password of our own goes with the
 * login, whether or not it was this one. */
static bool find_person(struct request *r, const struct sign_in *s, int64_t *person_id_out,
			char hash_out[PASSWORD_HASH_SIZE], bool *local_out, struct err *err)
{
	static const struct pg_stmt find = {"person_find",
					    "SELECT id, password_hash, disabled_at IS NULL"
					    "  FROM person WHERE login = $1::text"};
	struct pg_result *rows = NULL;
	bool known;

	pg_param_text(r->params, s->login);
	if (!request_query(r, &find, &rows, err))
		return false;
	*local_out = pg_rows(rows) == 1 && !pg_null(rows, 0, 1);
	known = *local_out && pg_bool(rows, 0, 2);
	*person_id_out = 0;
	if (password_right(known ? pg_text(rows, 0, 1) : NULL, s->password))
		*person_id_out = pg_int(rows, 0, 0);
	snprintf(hash_out, PASSWORD_HASH_SIZE, "%s", known ? pg_text(rows, 0, 1) : "");
	pg_result_free(&rows);
	return true;
}

bool sign_in_finish(struct request *r, struct session_start *start, const char *login,
		    bool *begun_out, struct err *err)
{
	char device[SECRET_LEN + 1];

	if (!session_begin(r, start, begun_out, err))
		return false;
	if (!*begun_out)
		return true;
	if (!audit_sign_in(r, "sign_in", login, err) || !sign_in_right(r, login, err) ||
	    !known_device_renew(r, start->person_id, device, err) ||
	    !me_put(r, start->person_id, err) || !request_reply(r, 200))
		return false;
	session_give_cookie(r, start->secret);
	known_device_give(r, device);
	return true;
}

static bool sign_in(struct request *r, const struct sign_in *s, struct err *err)
{
	char hash[PASSWORD_HASH_SIZE];
	struct session_start start = {.way = "password", .password_hash = hash};
	bool begun = false, local = false;

	if (!sign_in_try(r, s->login, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	if (!find_person(r, s, &start.person_id, hash, &local, err))
		return false;
	if (start.person_id == 0 && r->api->directory != NULL) {
		start.way = "directory";
		start.password_hash = NULL;
		if (!directory_sign_in(r, s->login, s->password, local, &start.person_id, err))
			return false;
		if (problem_found(&r->problem))
			return true;
	}
	if (start.person_id != 0 && !sign_in_proved(r, &start, s->login, &begun, err))
		return false;
	if (begun)
		return true;
	problem_set(&r->problem, 401, "wrong-sign-in", "Wrong login or password",
		    "Check both and try again. If you do not remember the password, ask "
		    "whoever runs the service for a new one");
	return audit_sign_in(r, "sign_in_failed", s->login, err);
}

/* POST /v1/session */
bool session_create(struct request *r, struct err *err)
{
	struct sign_in s = {0};
	struct cJSON *doc = NULL;
	bool ok = true;

	if (!session_same_site(r->call, &r->problem) || !request_json(r, &doc))
		return true;
	read_sign_in(r, doc, &s);
	if (!problem_found(&r->problem))
		ok = sign_in(r, &s, err);
	json_free(&doc);
	return ok;
}
