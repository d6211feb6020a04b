/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* user_link - see user_link.h. */
#include "cli/user_link.h"

#include <stdio.h>
#include <string.h>

#define DIRECTORY_NAME "directory" /* the default of directory.name of apid */

const char *user_link_wrong(const struct user_link *link, bool subject)
{
	if (link->way == NULL || (strcmp(link->way, "ldap") != 0 && strcmp(link->way, "oidc") != 0))
		return "--way is ldap or oidc";
	if (subject && (link->subject == NULL || link->subject[0] == '\0'))
		return "--subject is the unique id there: of LDAP the attribute directory.id "
		       "(entryUUID), of OpenID Connect the claim sub";
	if (subject && link->issuer == NULL && strcmp(link->way, "oidc") == 0)
		return "--issuer is the address that oidc.issuer of apid has";
	return NULL;
}

/* --- the person
 * ---------------------------------------------------------------------------------- */

static bool end_sessions(struct pg *pg, const char *login, struct err *err)
{
	static const struct pg_stmt end = {
		"user_link_end",
		"UPDATE session SET ended_at = clock_timestamp() WHERE ended_at IS NULL"
		" AND person_id = (SELECT id FROM person WHERE login = $1::text)"};
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_text(params, login);
	ok = pg_run(pg, &end, params, NULL, err);
	pg_params_free(&params);
	return ok;
}

static bool run_for(struct pg *pg, const struct pg_stmt *stmt, struct pg_params *params,
		    const char *login, struct err *err)
{
	struct pg_result *r = NULL;
	bool ok = pg_run(pg, stmt, params, &r, err);

	if (ok && pg_affected(r) == 0)
		ok = err_set(err, ERR_INPUT,
			     "there is no user \"%s\", or nothing of theirs to unlink; vestnik "
			     "user list shows all",
			     login);
	pg_result_free(&r);
	return ok;
}

static bool drop_password(struct pg *pg, const struct user_link *link, struct err *err)
{
	static const struct pg_stmt drop = {
		"user_link_password",
		"UPDATE person SET password_hash = NULL WHERE login = $1::text"};
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_text(params, link->login);
	ok = strcmp(link->way, "ldap") != 0 || pg_run(pg, &drop, params, NULL, err);
	pg_params_free(&params);
	return ok;
}

/* --- link
 * ---------------------------------------------------------------------------------------- */

static bool link_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt insert = {
		"user_link", "INSERT INTO person_identity (way, issuer, subject, person_id, "
			     "linked_by) SELECT $2::text, $3::text, $4::text, id, 'command'"
			     "  FROM person WHERE login = $1::text"};
	const struct user_link *link = arg;
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_text(params, link->login);
	pg_param_text(params, link->way);
	pg_param_text(params, link->issuer != NULL ? link->issuer : DIRECTORY_NAME);
	pg_param_text(params, link->subject);
	ok = run_for(pg, &insert, params, link->login, err) && drop_password(pg, link, err) &&
	     end_sessions(pg, link->login, err);
	pg_params_free(&params);
	return ok;
}

/* Whose it is already. */
static bool taken(struct pg *pg, const struct user_link *link, struct err *err)
{
	static const struct pg_stmt whose = {"user_link_whose",
					     "SELECT p.login FROM person_identity i"
					     "  JOIN person p ON p.id = i.person_id"
					     " WHERE i.way = $1::text AND i.issuer = $2::text"
					     "   AND i.subject = $3::text"};
	struct pg_params *params = pg_params_new();
	struct pg_result *r = NULL;

	pg_param_text(params, link->way);
	pg_param_text(params, link->issuer != NULL ? link->issuer : DIRECTORY_NAME);
	pg_param_text(params, link->subject);
	if (pg_run(pg, &whose, params, &r, err))
		err_set(err, ERR_REFUSED,
			"that is user \"%s\" already; vestnik user unlink %s --way %s first",
			pg_rows(r) == 1 ? pg_text(r, 0, 0) : "?",
			pg_rows(r) == 1 ? pg_text(r, 0, 0) : "?", link->way);
	pg_result_free(&r);
	pg_params_free(&params);
	return false;
}

bool user_link(struct pg *pg, const struct user_link *link, struct err *err)
{
	struct user_link copy = *link;

	if (!pg_transaction(pg, link_body, &copy, err))
		return strcmp(pg_sqlstate(pg), "23505") == 0 ? taken(pg, link, err) : false;
	(void)printf("user \"%s\" is linked and signed out everywhere%s\n", link->login,
		     strcmp(link->way, "ldap") == 0
			     ? "; the password is the directory's from now on"
			     : "");
	return true;
}

/* --- unlink
 * -------------------------------------------------------------------------------------- */

static bool unlink_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt drop = {
		"user_unlink", "DELETE FROM person_identity WHERE way = $2::text AND person_id ="
			       " (SELECT id FROM person WHERE login = $1::text)"};
	static const struct pg_stmt roles = {
		"user_unlink_roles",
		"DELETE FROM person_role WHERE given_by = 'directory' AND person_id ="
		" (SELECT id FROM person WHERE login = $1::text)"};
	const struct user_link *link = arg;
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_text(params, link->login);
	pg_param_text(params, link->way);
	ok = run_for(pg, &drop, params, link->login, err);
	pg_params_reset(params);
	pg_param_text(params, link->login);
	ok = ok && pg_run(pg, &roles, params, NULL, err) && end_sessions(pg, link->login, err);
	pg_params_free(&params);
	return ok;
}

bool user_unlink(struct pg *pg, const struct user_link *link, struct err *err)
{
	struct user_link copy = *link;

	if (!pg_transaction(pg, unlink_body, &copy, err))
		return false;
	(void)printf("user \"%s\" is linked no more, has no roles of the directory, and is signed "
		     "out everywhere\n",
		     link->login);
	return true;
}
