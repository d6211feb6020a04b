/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik amqp-user - which users of the broker may send which events.
 *
 * The users themselves are the broker's: what makes and allows them there is printed, to be run
 * where rabbitmqctl is. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/program_terms.h"
#include "cli/table.h"
#include "common/broker/mq_address.h"

#define TIMEOUT_MS 10000
#define TERMS                                                                                      \
	"events templates expires note parts-per-hour parts-per-day money-per-hour "               \
	"money-per-day department"

/* What docs/amqp.md lists. */
static const char *const event_types[] = {
	"client.upsert",    "client.erase", "client.action", "consent.record",
	"consent.withdraw", "list.replace", "message.send",  "employee.upsert",
};

struct amqp_user {
	const char *name;
	struct program_terms terms;
};

/* --- add -----------------------------------------------------------------------------------------
 */

static bool is_type(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(event_types) / sizeof(event_types[0]); i++)
		if (strlen(event_types[i]) == len && memcmp(event_types[i], word, len) == 0)
			return true;
	return false;
}

static bool check_events(const char *list, struct err *err)
{
	if (strcmp(list, "*") == 0)
		return true;
	for (const char *at = list; at != NULL;) {
		size_t len = strcspn(at, ",");

		if (!is_type(at, len))
			return err_set(err, ERR_INPUT,
				       "\"%.*s\" is no type of event; docs/amqp.md lists them",
				       (int)len, at);
		at = at[len] == ',' ? at + len + 1 : NULL;
	}
	return true;
}

static bool add_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt insert = {
		"amqp_user_add",
		"INSERT INTO amqp_user (" PROGRAM_TERMS_COLUMNS ", name, events)"
		" VALUES (" PROGRAM_TERMS_SQL ", $6::text, string_to_array($7::text, ','))"};
	const struct amqp_user *u = arg;
	struct pg_params *params;
	int64_t quota_id;
	bool ok;

	if (!program_terms_check(pg, &u->terms, err) ||
	    !program_terms_quota(pg, &u->terms, &quota_id, err))
		return false;
	params = pg_params_new();
	program_terms_push(params, &u->terms, quota_id);
	pg_param_text(params, u->name);
	pg_param_text(params, u->terms.events);
	ok = pg_run(pg, &insert, params, NULL, err);
	pg_params_free(&params);
	return ok;
}

static bool count(struct pg *pg, int64_t *out, struct err *err)
{
	static const struct pg_stmt stmt = {"amqp_user_count", "SELECT count(*) FROM amqp_user"};
	struct pg_result *rows = NULL;

	if (!pg_run(pg, &stmt, NULL, &rows, err))
		return false;
	*out = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

/* It publishes to one exchange and declares, binds and reads nothing. */
static void print_commands(const struct cli *cli, const char *name)
{
	struct mq_address address = {0};
	struct err err;
	bool known = cli->broker_url != NULL && mq_address_parse(cli->broker_url, &address, &err);
	const char *vhost = known ? address.vhost : "/";

	(void)printf("# at the broker, as whoever runs it; the first asks for the password\n"
		     "rabbitmqctl add_user %s\n"
		     "rabbitmqctl set_permissions -p %s %s '^$' '^crm\\.in$' '^$'\n"
		     "# or, where it takes events from queue crm.out as well\n"
		     "rabbitmqctl set_permissions -p %s %s '^$' '^crm\\.in$' '^crm\\.out$'\n",
		     name, vhost, name, vhost, name);
	mq_address_deinit(&address);
}

static bool add(struct cli *cli, struct pg *pg, struct amqp_user *u, struct err *err)
{
	int64_t before = 0;

	if (u->terms.events == NULL)
		return err_set(err, ERR_INPUT,
			       "--events is missing: which events it may send, or * for all");
	if (!check_events(u->terms.events, err) || !count(pg, &before, err))
		return false;
	if (!pg_transaction(pg, add_body, u, err)) {
		if (strcmp(pg_sqlstate(pg), "23505") == 0)
			return err_set(err, ERR_REFUSED, "there is a user \"%s\" already", u->name);
		if (strcmp(pg_sqlstate(pg), "23514") == 0)
			return err_set(err, ERR_INPUT,
				       "a name has 1 to 64 Latin letters, digits and . _ - and "
				       "begins with a letter or digit; there are at most 64 "
				       "templates");
		return false;
	}
	if (before == 0)
		(void)fprintf(stderr, "This is the first one: from now on every event needs the "
				      "property user-id with the name of such a user.\n");
	print_commands(cli, u->name);
	return true;
}

/* --- list, disable, enable -----------------------------------------------------------------------
 */

static bool list(struct cli *cli, struct pg *pg, struct amqp_user *u, struct err *err)
{
	static const struct pg_stmt select = {
		"amqp_user_list",
		"SELECT a.name, a.created_at, a.expires_at, a.disabled_at,"
		"       array_to_string(a.events, ' '), " PROGRAM_LIMITS_SQL ","
		"       array_to_string(a.templates, ' ')"
		"  FROM amqp_user a LEFT JOIN quota q ON q.id = a.quota_id ORDER BY a.name"};
	static const char *const headings[] = {
		"name",	  "created (UTC)", "expires (UTC)", "disabled (UTC)",
		"events", "limits",	   "templates",	    NULL};
	struct pg_result *r = NULL;
	struct table *t;
	char time[32];

	(void)cli;
	(void)u;
	if (!pg_run(pg, &select, NULL, &r, err))
		return false;
	t = table_new(headings);
	for (size_t i = 0; i < pg_rows(r); i++) {
		table_text(t, pg_text(r, i, 0));
		for (int col = 1; col <= 3; col++)
			table_text(t, cli_time(pg_time_us(r, i, col), time));
		for (int col = 4; col <= 6; col++)
			table_text(t, pg_text(r, i, col)[0] != '\0' ? pg_text(r, i, col) : "-");
	}
	table_print(t, stdout);
	table_free(&t);
	pg_result_free(&r);
	return true;
}

static bool set_disabled(struct pg *pg, const char *name, bool disabled, struct err *err)
{
	static const struct pg_stmt update = {
		"amqp_user_disable",
		"UPDATE amqp_user SET disabled_at = CASE WHEN $2 THEN coalesce(disabled_at, "
		"clock_timestamp()) END WHERE name = $1::text"};
	struct pg_params *params = pg_params_new();
	struct pg_result *r = NULL;
	bool ok;

	pg_param_text(params, name);
	pg_param_bool(params, disabled);
	ok = pg_run(pg, &update, params, &r, err);
	pg_params_free(&params);
	if (ok && pg_affected(r) != 1)
		ok = err_set(err, ERR_INPUT,
			     "there is no user \"%s\"; vestnik amqp-user list shows all", name);
	pg_result_free(&r);
	return ok;
}

static bool disable(struct cli *cli, struct pg *pg, struct amqp_user *u, struct err *err)
{
	(void)cli;
	if (!set_disabled(pg, u->name, true, err))
		return false;
	(void)printf("# its events are refused from now on; at the broker\n"
		     "rabbitmqctl close_user_connections %s 'disabled'\n"
		     "rabbitmqctl delete_user %s\n",
		     u->name, u->name);
	return true;
}

static bool enable(struct cli *cli, struct pg *pg, struct amqp_user *u, struct err *err)
{
	if (!set_disabled(pg, u->name, false, err))
		return false;
	print_commands(cli, u->name);
	return true;
}

static const struct action {
	const char *name;
	bool (*run)(struct cli *cli, struct pg *pg, struct amqp_user *u, struct err *err);
	const char *takes; /* NULL: not even a name */
} actions[] = {
	{"add", add, TERMS},
	{"list", list, NULL},
	{"disable", disable, ""},
	{"enable", enable, ""},
};

int cmd_amqp_user(struct cli *cli, int argc, char **argv)
{
	const struct action *action = NULL;
	struct amqp_user user = {0};
	struct err err = {0};
	struct pg *pg = NULL;
	int status = CLI_OK;
	bool ok;

	for (size_t i = 0; argc > 1 && i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].name, argv[1]) == 0)
			action = &actions[i];
	if (action == NULL)
		return cli_usage("amqp-user add NAME --events TYPE,..., amqp-user list, amqp-user "
				 "disable NAME, or amqp-user enable NAME?");
	if (action->takes != NULL)
		status = program_terms_take(argc - 1, argv + 1, action->takes, &user.terms,
					    &user.name);
	else if (argc != 2)
		status = cli_usage("amqp-user %s takes no argument", action->name);
	if (status == CLI_OK)
		status = cli_connect(cli, TIMEOUT_MS, &pg);
	if (status != CLI_OK)
		return status;
	ok = action->run(cli, pg, &user, &err);
	pg_close(&pg);
	return ok ? CLI_OK : cli_failed(&err);
}
