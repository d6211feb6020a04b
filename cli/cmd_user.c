/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik user - the people who sign in with a password. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/table.h"
#include "cli/user_link.h"
#include "cli/user_password.h"
#include "cli/user_second_factor.h"
#include "common/store/password.h"
#include "common/store/token.h"
#include "common/web/json.h"

enum { TIMEOUT_MS = 10000 };

struct user_options {
	const char *login;
	const char *name;
	const char *language;
	const char *role;
	int64_t department_id;
	const char *password_file;
	bool must_change;
	bool reset;
	bool on, off; /* whether a role needs a second factor */
	const char *way, *issuer, *subject;
};

/* A new password of `login`, as its sum. */
static bool read_password(struct pg *pg, const struct user_options *o,
			  char hash[PASSWORD_HASH_SIZE], struct err *err)
{
	static const struct pg_stmt stmt = {"user_company",
					    "SELECT name FROM department WHERE parent_id IS NULL"};
	char password[USER_PASSWORD_BYTES];
	struct pg_result *rows = NULL;
	bool ok;

	if (!pg_run(pg, &stmt, NULL, &rows, err))
		return false;
	ok = user_password_read(o->password_file, o->login,
				pg_rows(rows) == 1 ? pg_text(rows, 0, 0) : NULL, password, err) &&
	     password_hash(password, hash, err);
	explicit_bzero(password, sizeof(password));
	pg_result_free(&rows);
	return ok;
}

/* --- add
 * ---------------------------------------------------------------------------------------- */

static bool no_role(const struct user_options *o, struct err *err)
{
	return err_set(err, ERR_INPUT,
		       "there is no role \"%s\" or no department %lld; vestnik user roles and "
		       "vestnik user departments show all",
		       o->role, (long long)o->department_id);
}

static bool insert(struct pg *pg, const struct user_options *o, const char *hash, struct err *err)
{
	static const struct pg_stmt stmt = {
		"user_add",
		"WITH made AS (INSERT INTO person (login, name, language, password_hash,"
		"       must_change_password)"
		" VALUES ($1::text, $2::text, $3::text, $4::text, $7::boolean) RETURNING id)"
		" INSERT INTO person_role SELECT id, $5::text, $6::bigint, 'subtree', 'all' FROM "
		"made"};
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_text(params, o->login);
	pg_param_text(params, o->name);
	pg_param_text(params, o->language);
	pg_param_text(params, hash);
	pg_param_text(params, o->role);
	pg_param_int64(params, o->department_id);
	pg_param_bool(params, o->must_change);
	ok = pg_run(pg, &stmt, params, NULL, err);
	pg_params_free(&params);
	if (!ok && strcmp(pg_sqlstate(pg), "23505") == 0)
		return err_set(err, ERR_REFUSED, "there is a user \"%s\" already", o->login);
	if (!ok && strcmp(pg_sqlstate(pg), "23503") == 0)
		return no_role(o, err);
	if (!ok && strcmp(pg_sqlstate(pg), "23514") == 0)
		return err_set(err, ERR_INPUT,
			       "a login has 1 to 64 small Latin letters, digits and . _ @ - and "
			       "begins with a letter or digit; a language is ru or en; a name is "
			       "not empty");
	return ok;
}

static bool add(struct pg *pg, const struct user_options *o, struct err *err)
{
	char hash[PASSWORD_HASH_SIZE];

	if (!read_password(pg, o, hash, err) || !insert(pg, o, hash, err))
		return false;
	(void)printf("user \"%s\" is created\n", o->login);
	return true;
}

/* --- list
 * --------------------------------------------------------------------------------------- */

static bool list(struct pg *pg, const struct user_options *o, struct err *err)
{
	static const struct pg_stmt stmt = {
		"user_list",
		"SELECT p.login, p.name,"
		"       (SELECT coalesce(string_agg(r.role || CASE WHEN r.department_id <> 1"
		"               THEN ' in ' || r.department_id ELSE '' END, ', ' ORDER BY "
		"r.department_id, r.role), '')"
		"          FROM person_role r WHERE r.person_id = p.id),"
		"       p.created_at, p.disabled_at, max(s.seen_at)"
		"  FROM person p LEFT JOIN session s ON s.person_id = p.id"
		" GROUP BY p.id ORDER BY p.login"};
	static const char *const headings[] = {
		"login",	   "name",	     "roles", "created (UTC)",
		"last seen (UTC)", "disabled (UTC)", NULL};
	struct pg_result *r = NULL;
	struct table *t;
	char time[32];

	(void)o;
	if (!pg_run(pg, &stmt, NULL, &r, err))
		return false;
	t = table_new(headings);
	for (size_t i = 0; i < pg_rows(r); i++) {
		table_text(t, pg_text(r, i, 0));
		table_text(t, pg_text(r, i, 1));
		table_text(t, pg_text(r, i, 2));
		table_text(t, cli_time(pg_time_us(r, i, 3), time));
		table_text(t, cli_time(pg_time_us(r, i, 5), time));
		table_text(t, cli_time(pg_time_us(r, i, 4), time));
	}
	table_print(t, stdout);
	table_free(&t);
	pg_result_free(&r);
	return true;
}

/* --- changes
 * ------------------------------------------------------------------------------------ */

struct change {
	const char *login;
	const struct pg_stmt *stmt; /* $1 the login, $2 `value` */
	const char *value;
	int64_t department_id; /* $3; 0: the statement has none */
};

/* Change the person, end the sessions, forget wrong passwords: one transaction. */
static bool change_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt end = {
		"user_sessions_end",
		"UPDATE session SET ended_at = clock_timestamp() WHERE ended_at IS NULL"
		" AND person_id = (SELECT id FROM person WHERE login = $1::text)"};
	static const struct pg_stmt unlock = {
		"user_unlock", "DELETE FROM sign_in_failure WHERE login_hash = $1::bytea"};
	const struct change *c = arg;
	struct pg_params *params = pg_params_new();
	struct pg_result *r = NULL;
	uint8_t login_hash[TOKEN_HASH_SIZE];
	bool ok;

	pg_param_text(params, c->login);
	pg_param_text(params, c->value);
	if (c->department_id != 0)
		pg_param_int64(params, c->department_id);
	ok = pg_run(pg, c->stmt, params, &r, err);
	if (ok && pg_affected(r) == 0)
		ok = err_set(err, ERR_INPUT, "there is no user \"%s\"; vestnik user list shows all",
			     c->login);
	pg_result_free(&r);
	pg_params_reset(params);
	pg_param_text(params, c->login);
	ok = ok && pg_run(pg, &end, params, NULL, err);
	token_hash(c->login, strlen(c->login), login_hash);
	pg_params_reset(params);
	pg_param_bytes(params, login_hash, sizeof(login_hash));
	ok = ok && pg_run(pg, &unlock, params, NULL, err);
	pg_params_free(&params);
	return ok;
}

/* Three columns of text. */
static bool list_text(struct pg *pg, const struct pg_stmt *stmt, const char *const *headings,
		      struct err *err)
{
	struct pg_result *r = NULL;
	struct table *t;

	if (!pg_run(pg, stmt, NULL, &r, err))
		return false;
	t = table_new(headings);
	for (size_t i = 0; i < pg_rows(r); i++)
		for (int col = 0; col < 3; col++)
			table_text(t, pg_text(r, i, col));
	table_print(t, stdout);
	table_free(&t);
	pg_result_free(&r);
	return true;
}

static bool set_password(struct pg *pg, const struct user_options *o, struct err *err)
{
	static const struct pg_stmt stmt = {
		"user_password",
		"UPDATE person SET password_hash = $2::text, must_change_password = false"
		" WHERE login = $1::text"};
	static const struct pg_stmt to_begin_with = {
		"user_password_to_begin_with",
		"UPDATE person SET password_hash = $2::text, must_change_password = true"
		" WHERE login = $1::text"};
	char hash[PASSWORD_HASH_SIZE];
	struct change change = {
		.login = o->login, .stmt = o->must_change ? &to_begin_with : &stmt, .value = hash};

	if (!read_password(pg, o, hash, err) || !pg_transaction(pg, change_body, &change, err))
		return false;
	(void)printf("user \"%s\" has a new password and is signed out everywhere\n", o->login);
	return true;
}

static bool disable(struct pg *pg, const struct user_options *o, struct err *err)
{
	static const struct pg_stmt stmt = {
		"user_disable", "UPDATE person SET disabled_at = coalesce(disabled_at, "
				"clock_timestamp()) WHERE login = $1::text AND $2::text = ''"};
	struct change change = {.login = o->login, .stmt = &stmt, .value = ""};

	if (!pg_transaction(pg, change_body, &change, err))
		return false;
	(void)printf("user \"%s\" is disabled and signed out everywhere\n", o->login);
	return true;
}

static bool enable(struct pg *pg, const struct user_options *o, struct err *err)
{
	static const struct pg_stmt stmt = {"user_enable",
					    "UPDATE person SET disabled_at = NULL"
					    " WHERE login = $1::text AND $2::text = ''"};
	struct change change = {.login = o->login, .stmt = &stmt, .value = ""};

	if (!pg_transaction(pg, change_body, &change, err))
		return false;
	(void)printf("user \"%s\" may sign in\n", o->login);
	return true;
}

static bool set_role(struct pg *pg, const struct user_options *o, struct err *err)
{
	static const struct pg_stmt stmt = {
		"user_role",
		"WITH who AS (SELECT id FROM person WHERE login = $1::text),"
		" gone AS (DELETE FROM person_role r USING who WHERE r.person_id = who.id"
		"           AND (r.role, r.department_id) <> ($2::text, $3::bigint))"
		" INSERT INTO person_role SELECT id, $2::text, $3::bigint, 'subtree', 'all' FROM "
		"who"
		" ON CONFLICT (person_id, role, department_id)"
		" DO UPDATE SET reach = 'subtree', clients = 'all', given_by = 'hand'"};
	struct change change = {.login = o->login,
				.stmt = &stmt,
				.value = o->role,
				.department_id = o->department_id};

	if (!pg_transaction(pg, change_body, &change, err))
		return strcmp(pg_sqlstate(pg), "23503") == 0 ? no_role(o, err) : false;
	(void)printf("user \"%s\" has the role \"%s\" and is signed out everywhere\n", o->login,
		     o->role);
	return true;
}

static bool departments(struct pg *pg, const struct user_options *o, struct err *err)
{
	static const struct pg_stmt stmt = {
		"user_departments",
		"SELECT d.id::text, repeat('  ', cardinality(d.path) - 1) || d.name,"
		"       count(DISTINCT r.person_id)::text"
		"  FROM department d LEFT JOIN person_role r ON r.department_id = d.id"
		" GROUP BY d.id ORDER BY d.path"};
	static const char *const headings[] = {"id", "department", "users", NULL};

	(void)o;
	return list_text(pg, &stmt, headings, err);
}

static bool roles(struct pg *pg, const struct user_options *o, struct err *err)
{
	static const struct pg_stmt stmt = {
		"user_roles",
		"SELECT r.code, count(p.id)::text, array_to_string(r.rights, ' ')"
		"       || CASE WHEN r.second_factor THEN ' (needs a second factor)' ELSE '' END"
		"  FROM role r LEFT JOIN (SELECT DISTINCT h.role, h.person_id AS id"
		"         FROM person_role h JOIN person o ON o.id = h.person_id"
		"        WHERE o.disabled_at IS NULL) p ON p.role = r.code"
		" GROUP BY r.code ORDER BY r.builtin DESC, r.code"};
	static const char *const headings[] = {"role", "users", "rights", NULL};

	(void)o;
	return list_text(pg, &stmt, headings, err);
}

/* LOGIN --reset, or --role ROLE --on or --off */
static bool second_factor(struct pg *pg, const struct user_options *o, struct err *err)
{
	if (o->reset)
		return user_second_factor_reset(pg, o->login, err);
	return user_second_factor_require(pg, o->role, o->on, err);
}

static bool link_person(struct pg *pg, const struct user_options *o, struct err *err)
{
	const struct user_link link = {o->login, o->way, o->issuer, o->subject};

	return user_link(pg, &link, err);
}

static bool unlink_person(struct pg *pg, const struct user_options *o, struct err *err)
{
	const struct user_link link = {.login = o->login, .way = o->way};

	return user_unlink(pg, &link, err);
}

/* --- words
 * -------------------------------------------------------------------------------------- */

static const struct action {
	const char *name;
	bool (*run)(struct pg *pg, const struct user_options *o, struct err *err);
	const char *options; /* which it takes */
	bool takes_login;
} actions[] = {
	{"add", add, "name language role department password-file must-change", true},
	{"list", list, "", false},
	{"password", set_password, "password-file must-change", true},
	{"disable", disable, "", true},
	{"enable", enable, "", true},
	{"role", set_role, "role department", true},
	{"link", link_person, "way issuer subject", true},
	{"unlink", unlink_person, "way", true},
	{"roles", roles, "", false},
	{"departments", departments, "", false},
	{"second-factor", second_factor, "reset role on off", false},
};

static const struct action *find_action(const char *name)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

static int read_words(int argc, char **argv, const struct action *action, struct user_options *o)
{
	static const struct option options[] = {{"name", required_argument, NULL, 'n'},
						{"language", required_argument, NULL, 'l'},
						{"role", required_argument, NULL, 'r'},
						{"department", required_argument, NULL, 'd'},
						{"password-file", required_argument, NULL, 'p'},
						{"must-change", no_argument, NULL, 'm'},
						{"reset", no_argument, NULL, 'R'},
						{"on", no_argument, NULL, '1'},
						{"off", no_argument, NULL, '0'},
						{"way", required_argument, NULL, 'w'},
						{"issuer", required_argument, NULL, 'i'},
						{"subject", required_argument, NULL, 's'},
						{0}};
	int option, index = 0;
	bool takes_login;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, &index)) != -1) {
		if (option == '?')
			return cli_usage("user %s does not know the option \"%s\", or it lacks "
					 "its value",
					 action->name, argv[optind - 1]);
		if (strstr(action->options, options[index].name) == NULL)
			return cli_usage("user %s takes no --%s", action->name,
					 options[index].name);
		if (option == 'n')
			o->name = optarg;
		else if (option == 'l')
			o->language = optarg;
		else if (option == 'r')
			o->role = optarg;
		else if (option == 'd' && !id_parse(optarg, &o->department_id))
			return cli_usage(
				"--department takes an id; vestnik user departments shows all");
		else if (option == 'm')
			o->must_change = true;
		else if (option == 'R')
			o->reset = true;
		else if (option == '1')
			o->on = true;
		else if (option == '0')
			o->off = true;
		else if (option == 'p')
			o->password_file = optarg;
		else if (option == 'w')
			o->way = optarg;
		else if (option == 'i')
			o->issuer = optarg;
		else if (option == 's')
			o->subject = optarg;
	}
	takes_login = action->takes_login || o->reset;
	if (argc - optind != (takes_login ? 1 : 0))
		return cli_usage(takes_login ? "user %s takes one login"
					     : "user %s takes no argument",
				 action->name);
	o->login = takes_login ? argv[optind] : NULL;
	if (action->run == second_factor && o->reset == (o->role != NULL && o->on != o->off))
		return cli_usage("user second-factor LOGIN --reset, or user second-factor --role "
				 "ROLE --on or --off?");
	if (action->run == add && o->name == NULL)
		return cli_usage("user add needs --name, which is what others see");
	if (action->run == set_role && o->role == NULL)
		return cli_usage("user role needs --role; vestnik user roles shows all");
	if (strstr(action->options, "way") != NULL) {
		const struct user_link link = {o->login, o->way, o->issuer, o->subject};
		const char *wrong = user_link_wrong(&link, action->run == link_person);

		if (wrong != NULL)
			return cli_usage("user %s: %s", action->name, wrong);
	}
	if (action->run == add && o->role == NULL)
		o->role = "manager";
	return CLI_OK;
}

int cmd_user(struct cli *cli, int argc, char **argv)
{
	const struct action *action = find_action(argc > 1 ? argv[1] : "");
	struct user_options o = {.language = "ru", .department_id = 1};
	struct err err = {0};
	struct pg *pg = NULL;
	int status;
	bool ok;

	if (action == NULL)
		return cli_usage(
			"user add LOGIN --name NAME, user list, user password LOGIN, "
			"user disable LOGIN, user enable LOGIN, user role LOGIN --role ROLE, "
			"user link LOGIN --way ldap|oidc --subject ID, "
			"user unlink LOGIN --way ldap|oidc, user roles, user departments, or "
			"user second-factor?");
	status = read_words(argc - 1, argv + 1, action, &o);
	if (status == CLI_OK)
		status = cli_connect(cli, TIMEOUT_MS, &pg);
	if (status != CLI_OK)
		return status;
	ok = action->run(pg, &o, &err);
	pg_close(&pg);
	return ok ? CLI_OK : cli_failed(&err);
}
