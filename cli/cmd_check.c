/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik check - is everything the service needs in order?  A line each, with what to do. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/migration.h"
#include "cli/secrets.h"
#include "common/base/mem.h"
#include "common/broker/mq.h"
#include "common/broker/topology.h"
#include "common/model/account_state.h"
#include "common/model/trouble.h"

enum { TIMEOUT_MS = 10000, PARTITIONS_AHEAD_DAYS = 2 };

struct report {
	int failures;
};

static void report(struct report *r, const char *subject, const struct err *failure,
		   const char *advice)
{
	if (failure == NULL) {
		(void)printf("ok      %s\n", subject);
		return;
	}
	r->failures++;
	(void)printf("FAILED  %s: %s\n", subject, failure->msg);
	if (advice != NULL)
		(void)printf("        %s\n", advice);
}

/* Ask a question whose one row is (bool fine, text what else). */
static bool ask(struct pg *pg, const struct pg_stmt *question, struct err *err)
{
	struct pg_result *r = NULL;
	bool fine;

	if (!pg_run(pg, question, NULL, &r, err))
		return false;
	fine = pg_bool(r, 0, 0);
	if (!fine)
		(void)err_set(err, ERR_REFUSED, "%s", pg_text(r, 0, 1));
	pg_result_free(&r);
	return fine;
}

static struct pg *check_database(const struct cli *cli, struct report *r)
{
	struct pg_options options = {
		.url = cli->database_url, .application = "vestnik", .timeout_ms = TIMEOUT_MS};
	struct err err = {0};
	struct pg *pg = NULL;

	if (pg_open(&options, &pg, &err)) {
		report(r, "the database can be reached", NULL, NULL);
		return pg;
	}
	report(r, "the database can be reached", &err,
	       "is PostgreSQL running, and is the URL right? (systemctl status postgresql)");
	return NULL;
}

static void check_version(struct pg *pg, struct report *r)
{
	static const struct pg_stmt question = {
		"check_version", "SELECT current_setting('server_version_num')::int >= 150000, "
				 "       'it is ' || current_setting('server_version')"};
	struct err err = {0};

	report(r, "PostgreSQL is version 15 or later", ask(pg, &question, &err) ? NULL : &err,
	       "upgrade the server");
}

static void check_durability(struct pg *pg, struct report *r)
{
	static const struct pg_stmt question = {
		"check_durability",
		"SELECT count(*) = 0, string_agg(name || ' is ' || setting, ', ') FROM pg_settings "
		" WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') "
		"   AND setting = 'off'"};
	struct err err = {0};

	report(r, "what is committed survives a power cut", ask(pg, &question, &err) ? NULL : &err,
	       "set fsync, synchronous_commit and full_page_writes to on in postgresql.conf");
}

static bool check_migrations(struct pg *pg, const char *dir, struct report *r)
{
	static const char subject[] = "the tables are up to date";
	static const char advice[] = "run vestnik migrate";
	struct migrations m = {0};
	struct err err = {0};
	bool ok = migrations_read(dir, &m, &err);

	if (!ok) {
		report(r, subject, &err, NULL);
		return false;
	}
	ok = migrations_compare(&m, pg, &err) && migrations_sound(&m, &err);
	if (ok && migrations_pending(&m) > 0)
		ok = err_set(&err, ERR_REFUSED, "%zu of %zu migrations are not applied",
			     migrations_pending(&m), m.count);
	report(r, subject, ok ? NULL : &err, advice);
	migrations_free(&m);
	return ok;
}

static void check_partitions(struct pg *pg, struct report *r)
{
	static const struct pg_stmt question = {
		"check_partitions",
		"SELECT count(*) = 0, 'missing: ' || string_agg(name, ', ' ORDER BY name) FROM ("
		"    SELECT DISTINCT p.relname || to_char(d, CASE p.relname WHEN 'action' THEN"
		"           '_YYYYMM' ELSE '_YYYYMMDD' END) AS name"
		"      FROM pg_partitioned_table pt JOIN pg_class p ON p.oid = pt.partrelid"
		"      CROSS JOIN generate_series((now() AT TIME ZONE 'UTC')::date,"
		"                                 (now() AT TIME ZONE 'UTC')::date + 2, '1 day') d"
		"     WHERE p.relnamespace = 'public'::regnamespace) x"
		" WHERE to_regclass(name) IS NULL"};
	struct err err = {0};

	report(r, "partitions stand two days ahead", ask(pg, &question, &err) ? NULL : &err,
	       "schedulerd makes them: is it running? By hand: SELECT partitions_ensure()");
}

static void report_trouble(struct report *r, const struct trouble *t)
{
	char subject[80] = "delivery", advice[TROUBLE_TEXT_SIZE + sizeof(t->contact) + 3],
	     since[32];
	struct err err = {0};

	if (t->account_id != 0)
		(void)snprintf(subject, sizeof(subject), "account %.40s", t->account);
	if (t->since_us != 0)
		(void)err_set(&err, ERR_REFUSED, "%.400s (since %s UTC)", t->what,
			      cli_time(t->since_us, since));
	else
		(void)err_set(&err, ERR_REFUSED, "%.460s", t->what);
	(void)snprintf(advice, sizeof(advice), "%s%s%s", t->action,
		       t->contact[0] != '\0' ? ": " : "", t->contact);
	report(r, subject, &err, advice);
}

static void check_delivery(struct pg *pg, struct report *r)
{
	static const char subject[] = "nothing is wrong with delivery";
	struct pg_result *states = NULL;
	struct trouble *troubles = NULL;
	struct err err = {0};
	size_t count = 0;

	if (!account_states_read(pg, 0, &states, &err) ||
	    !troubles_read(pg, states, &troubles, &count, &err))
		report(r, subject, &err, NULL);
	else if (count == 0)
		report(r, subject, NULL, NULL);
	for (size_t i = 0; i < count; i++)
		report_trouble(r, &troubles[i]);
	mem_free(troubles);
	pg_result_free(&states);
}

static void check_secrets(const struct cli *cli, struct pg *pg, struct report *r)
{
	struct vault *vault = NULL;
	struct err err = {0};
	bool ok = cli_vault(cli, &vault, &err) && secrets_check(pg, vault, &err);

	report(r, "stored secrets are sealed and can be opened", ok ? NULL : &err,
	       "say secrets.key_file in " CLI_CONFIG_FILE ", then run vestnik secrets seal");
	vault_free(&vault);
}

/* Queues that hold what nobody could use. */
static const struct {
	const char *subject, *queue, *what, *advice;
} dead_queues[] = {
	{"no receipt was given up", QUEUE_RECEIPT_DEAD, "bundles", "the log of dlrd says why"},
	{"no message from a phone was given up", QUEUE_INBOUND_DEAD, "bundles",
	 "stop words may be among them; the log of dlrd says why"},
	{"no event of another system was given up", QUEUE_CRM_IN_DEAD, "events",
	 "header x-reason of each says why: mend, publish again, and take it out within 30 days"},
};
#define DEAD_QUEUES (sizeof(dead_queues) / sizeof(dead_queues[0]))

/* What the broker was asked. */
struct depths {
	uint32_t dead[DEAD_QUEUES], crm_out;
};

/* A queue nobody made yet is empty. */
static bool read_depths(struct mq *mq, struct depths *out, struct err *err)
{
	bool exists;

	for (size_t i = 0; i < DEAD_QUEUES; i++)
		if (!mq_depth(mq, dead_queues[i].queue, &out->dead[i], &exists, err))
			return false;
	return mq_depth(mq, QUEUE_CRM_OUT, &out->crm_out, &exists, err);
}

static void report_depths(struct report *r, const struct depths *depths)
{
	struct err err = {0};

	for (size_t i = 0; i < DEAD_QUEUES; i++) {
		if (depths->dead[i] > 0)
			(void)err_set(&err, ERR_LIMIT, "%u %s lie in %s", depths->dead[i],
				      dead_queues[i].what, dead_queues[i].queue);
		report(r, dead_queues[i].subject, depths->dead[i] > 0 ? &err : NULL,
		       dead_queues[i].advice);
	}
	if (depths->crm_out >= CRM_OUT_EVENTS_MAX)
		(void)err_set(&err, ERR_LIMIT, QUEUE_CRM_OUT " is full: %u events",
			      depths->crm_out);
	report(r, "other systems take what they are told",
	       depths->crm_out >= CRM_OUT_EVENTS_MAX ? &err : NULL,
	       "is the CRM running? What is more waits in the database; if no system takes events, "
	       "stop crmd");
}

static void check_broker(const struct cli *cli, struct report *r)
{
	static const char subject[] = "the broker can be reached";
	struct mq_options options = {
		.url = cli->broker_url, .name = "vestnik", .timeout_ms = TIMEOUT_MS};
	struct depths depths = {0};
	struct err err = {0};
	struct mq *mq = NULL;

	if (cli->broker_url == NULL) {
		(void)err_set(&err, ERR_INPUT, "its URL is not told");
		report(r, subject, &err,
		       "say --broker URL, set VESTNIK_BROKER, or put broker.url "
		       "into " CLI_CONFIG_FILE);
		return;
	}
	/* Asking for a queue's depth is what connects. */
	if (!mq_open(&options, &mq, &err) || !read_depths(mq, &depths, &err)) {
		report(r, subject, &err,
		       "is RabbitMQ running, and is the URL right? (rabbitmq-diagnostics status)");
	} else {
		report(r, subject, NULL, NULL);
		report_depths(r, &depths);
	}
	mq_close(&mq);
}

/* Numbers and texts stand in columns in clear, so the disks must be encrypted. */
static void check_at_rest(const struct cli *cli, struct report *r)
{
	char subject[200];
	struct err err = {0};

	if (cli->at_rest != NULL) {
		(void)snprintf(subject, sizeof(subject), "data on disk are protected: %.150s",
			       cli->at_rest);
		report(r, subject, NULL, NULL);
		return;
	}
	(void)err_set(&err, ERR_INPUT, "nobody says how");
	report(r, "data on disk are protected", &err,
	       "encrypt the disks of database, broker and logs and say so as data.at_rest "
	       "in " CLI_CONFIG_FILE ", or say the number of the waiver");
}

int cmd_check(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {{"dir", required_argument, NULL, 'd'}, {0}};
	char default_dir[4096];
	const char *dir = migrations_dir(default_dir, sizeof(default_dir));
	struct report r = {0};
	struct pg *pg;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'd')
			return CLI_USAGE;
		dir = optarg;
	}
	if (optind < argc)
		return cli_usage("check takes no argument; got \"%s\"", argv[optind]);
	if (cli->database_url == NULL)
		return cli_connect(cli, TIMEOUT_MS, &pg);
	pg = check_database(cli, &r);
	if (pg != NULL) {
		check_version(pg, &r);
		check_durability(pg, &r);
		if (check_migrations(pg, dir, &r)) {
			check_partitions(pg, &r);
			check_delivery(pg, &r);
			check_secrets(cli, pg, &r);
		}
		pg_close(&pg);
	}
	check_broker(cli, &r);
	check_at_rest(cli, &r);
	if (r.failures > 0)
		(void)printf("\n%d FAILED\n", r.failures);
	return r.failures == 0 ? CLI_OK : CLI_FAILED;
}
