/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* token, account, queues and check, against the real tables and a real broker. */
#include "common/base/clock.h"
#include "common/broker/mq.h"
#include "common/broker/topology.h"
#include "common/store/token.h"
#include "tests/unit/cli/cli_test.h"
#include "tests/unit/support/run.h"

static struct test_database db;

/* The key of stored secrets; "" takes it away. */
static void use_key(const char *text)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s", folder_file("secrets.key", text));
	ck_assert_int_eq(chmod(path, 0600), 0);
	cli.secrets_key_file = text[0] != '\0' ? path : NULL;
}

static void set_up(void)
{
	folder_make();
	bare_database_open(&db, "commands");
	cli.database_url = db.url;
	cli.broker_url = (char *)(uintptr_t)test_env("VESTNIK_TEST_BROKER");
	cli.providers_dir = (char *)(uintptr_t) "providers";
	use_key("the key of tests, which seals no secret that is one\n");
	ck_status(CLI_OK, command(cmd_migrate, "migrate", "--dir", "migrations"));
}

static void tear_down(void)
{
	test_database_close(&db);
	folder_remove();
}

/* --- token ---------------------------------------------------------------------------------------
 */

START_TEST(test_token_life)
{
	char token[TOKEN_LEN + 1];
	uint8_t hash[TOKEN_HASH_SIZE];
	const char *at;
	char sql[256];
	size_t len;

	ck_status(CLI_OK, command(cmd_token, "token", "create", "crm"));
	at = strstr(said, "vst_");
	ck_assert_ptr_nonnull(at);
	(void)snprintf(token, sizeof(token), "%s", at);
	ck_assert(token_wellformed(token, strlen(token)));
	token_hash(token, TOKEN_LEN, hash);
	len = (size_t)snprintf(sql, sizeof(sql),
			       "SELECT count(*) FROM token WHERE name = 'crm' AND "
			       "revoked_at IS NULL AND secret_hash = '\\x");
	for (size_t i = 0; i < sizeof(hash); i++)
		len += (size_t)snprintf(sql + len, sizeof(sql) - len, "%02x", hash[i]);
	(void)snprintf(sql + len, sizeof(sql) - len, "'");
	ck_assert_int_eq(test_number(db.pg, sql), 1);
	ck_status(CLI_OK, command(cmd_token, "token", "list"));
	ck_says("crm");
	ck_does_not_say("vst_");
	ck_status(CLI_FAILED, command(cmd_token, "token", "create", "crm"));
	ck_says("there is a token \"crm\" already");
	ck_status(CLI_OK, command(cmd_token, "token", "revoke", "crm"));
	ck_assert_int_eq(
		test_number(db.pg, "SELECT count(*) FROM token WHERE revoked_at IS NOT NULL"), 1);
	ck_status(CLI_FAILED, command(cmd_token, "token", "revoke", "nobody"));
	ck_says("no token \"nobody\"");
}
END_TEST

START_TEST(test_tokens_differ)
{
	char a[TOKEN_LEN + 1], b[TOKEN_LEN + 1];

	ck_assert(token_new(a) && token_new(b));
	ck_assert_str_ne(a, b);
	ck_assert_uint_eq(strlen(a), TOKEN_LEN);
	ck_assert(!token_wellformed(a, TOKEN_LEN - 1));
	b[0] = 'V';
	ck_assert(!token_wellformed(b, TOKEN_LEN));
	a[10] = '\'';
	ck_assert(!token_wellformed(a, TOKEN_LEN));
}
END_TEST

START_TEST(test_words_not_understood)
{
	ck_status(CLI_USAGE, command(cmd_token, "token"));
	ck_status(CLI_USAGE, command(cmd_token, "token", "create"));
	ck_status(CLI_USAGE, command(cmd_token, "token", "list", "all"));
	ck_status(CLI_USAGE, command(cmd_token, "token", "burn", "crm"));
	ck_status(CLI_USAGE, command(cmd_account, "account"));
	ck_status(CLI_USAGE, command(cmd_account, "account", "put"));
	ck_status(CLI_USAGE, command(cmd_account, "account", "list", "all"));
	ck_status(CLI_USAGE, command(cmd_secrets, "secrets"));
	ck_status(CLI_USAGE, command(cmd_secrets, "secrets", "burn"));
	ck_status(CLI_USAGE, command(cmd_user, "user"));
	ck_status(CLI_USAGE, command(cmd_user, "user", "add", "anna"));
	ck_status(CLI_USAGE, command(cmd_user, "user", "list", "all"));
	ck_status(CLI_USAGE, command(cmd_user, "user", "burn", "anna"));
	ck_status(CLI_USAGE, command(cmd_numbering, "numbering"));
	ck_status(CLI_USAGE, command(cmd_numbering, "numbering", "load"));
	ck_status(CLI_USAGE, command(cmd_numbering, "numbering", "load", "--sure", "def.csv"));
	ck_status(CLI_USAGE, command(cmd_numbering, "numbering", "ported", "load"));
	ck_status(CLI_USAGE, command(cmd_numbering, "numbering", "ported", "drop", "mnp.csv"));
	ck_status(CLI_USAGE, command(cmd_numbering, "numbering", "show"));
	ck_status(CLI_USAGE, command(cmd_numbering, "numbering", "show", "--force", "1"));
	ck_status(CLI_USAGE, command(cmd_numbering, "numbering", "map", "operator", "МТС"));
	ck_status(CLI_USAGE, command(cmd_numbering, "numbering", "list", "all"));
	ck_status(CLI_USAGE, command(cmd_queues, "queues", "all"));
	ck_status(CLI_USAGE, command(cmd_check, "check", "all"));
	ck_status(CLI_USAGE, command(cmd_check, "check", "--all"));
	cli.database_url = NULL;
	ck_status(CLI_USAGE, command(cmd_token, "token", "list"));
	ck_status(CLI_USAGE, command(cmd_account, "account", "list"));
	ck_status(CLI_USAGE, command(cmd_queues, "queues"));
	ck_status(CLI_USAGE, command(cmd_check, "check"));
}
END_TEST

/* --- user ----------------------------------------------------------------------------------------
 */

START_TEST(test_user_life)
{
	const char *file = folder_file("password", "a few easy words\n");

	ck_status(CLI_OK, command(cmd_user, "user", "add", "--name", "Anna", "--password-file",
				  file, "anna"));
	ck_status(CLI_FAILED, command(cmd_user, "user", "add", "anna", "--name", "Anna",
				      "--password-file", file));
	ck_says("there is a user \"anna\" already");
	ck_status(CLI_OK, command(cmd_user, "user", "list"));
	ck_says("Anna");
	ck_does_not_say("argon2");
	ck_ok(pg_exec(db.pg,
		      "INSERT INTO session (secret_hash, person_id) SELECT sha256(''), id FROM "
		      "person",
		      err));
	ck_status(CLI_OK, command(cmd_user, "user", "disable", "anna"));
	ck_assert_int_eq(test_number(db.pg, "SELECT count(*) FROM session WHERE ended_at IS NULL"),
			 0);
	ck_status(CLI_OK, command(cmd_user, "user", "enable", "anna"));
	ck_assert_int_eq(
		test_number(db.pg, "SELECT count(*) FROM person WHERE disabled_at IS NULL"), 1);
	ck_status(CLI_FAILED, command(cmd_user, "user", "password", "anna", "--password-file",
				      folder_file("short", "short\n")));
	ck_says("at least 12 characters");
	ck_status(CLI_FAILED, command(cmd_user, "user", "disable", "nobody"));
	ck_says("no user \"nobody\"");
}
END_TEST

/* --- account -------------------------------------------------------------------------------------
 */

#define NEEDED "name: main\nhost: localhost\nport: 2775\nsystem_id: us\n"

static int put(const char *yaml)
{
	return command(cmd_account, "account", "put", folder_file("account.yaml", yaml));
}

START_TEST(test_account_defaults_are_those_of_the_table)
{
	ck_ok(pg_exec(db.pg,
		      "INSERT INTO account (name, host, port, system_id) VALUES "
		      "('plain', 'localhost', 2775, 'us')",
		      err));
	ck_status(CLI_OK, put(NEEDED "password: geheim\n"));
	ck_says("account \"main\" is created");
	ck_assert_int_eq(test_number(db.pg, "SELECT count(DISTINCT to_jsonb(a) - 'id' - 'name' - "
					    "'changed_at' - 'provider_id') FROM account a"),
			 1);
}
END_TEST

START_TEST(test_account_covers_every_column)
{
	ck_status(CLI_OK, command(cmd_account, "account", "--help-config"));
	for (int64_t i = 1,
		     n = test_number(db.pg, "SELECT count(*) FROM pg_attribute WHERE attrelid = "
					    "'account'::regclass AND attnum > 0");
	     i <= n; i++) {
		static const struct pg_stmt stmt = {
			"column", "SELECT attname::text FROM pg_attribute WHERE attrelid = "
				  "'account'::regclass AND attnum = $1"};
		struct pg_params *params = pg_params_new();
		struct pg_result *r = NULL;
		char line[80];

		pg_param_int64(params, i);
		ck_ok(pg_run(db.pg, &stmt, params, &r, err));
		(void)snprintf(line, sizeof(line), "\n%s ", pg_text(r, 0, 0));
		/* provider_id is the key "provider". */
		if (strcmp(line, "\nid ") != 0 && strcmp(line, "\nchanged_at ") != 0 &&
		    strcmp(line, "\nprovider_id ") != 0)
			ck_says(line);
		pg_result_free(&r);
		pg_params_free(&params);
	}
}
END_TEST

/* The stored secret, opened; it must be sealed. */
static const char *secret_of(const char *account, const char *name)
{
	static const struct pg_stmt stmt = {
		"secret_of", "SELECT a.id, s.sealed FROM account a JOIN account_secret s ON "
			     "s.account_id = a.id WHERE a.name = $1 AND s.name = $2 AND "
			     "s.password IS NULL"};
	static char text[100];
	struct pg_params *params = pg_params_new();
	struct pg_result *r = NULL;
	struct vault *vault = NULL;
	struct buf opened;

	pg_param_text(params, account);
	pg_param_text(params, name);
	ck_ok(pg_run(db.pg, &stmt, params, &r, err));
	ck_assert_uint_eq(pg_rows(r), 1);
	ck_ok(vault_load(cli.secrets_key_file, &vault, err));
	buf_init(&opened, sizeof(text));
	ck_ok(vault_unseal(vault, &(struct vault_place){VAULT_ACCOUNT, pg_int(r, 0, 0), name},
			   pg_text(r, 0, 1), pg_len(r, 0, 1), &opened, err));
	(void)snprintf(text, sizeof(text), "%s", buf_str(&opened));
	buf_deinit(&opened);
	vault_free(&vault);
	pg_result_free(&r);
	pg_params_free(&params);
	return text;
}

START_TEST(test_account_change)
{
	ck_status(CLI_FAILED, put(NEEDED));
	ck_says("password: is missing");
	ck_assert_int_eq(test_number(db.pg, "SELECT count(*) FROM account"), 0);
	ck_status(CLI_OK, put(NEEDED "password: geheim\nparts_per_s: 100\ntls: on\n"
				     "tls_server_name: smsc\nenquire_link_ms: 15s\n"));
	ck_does_not_say("geheim");
	/* Without a password the stored one stays; what is not said is the default again. */
	ck_status(CLI_OK, put(NEEDED "window_size: 50\n"));
	ck_says("account \"main\" is changed");
	ck_assert_int_eq(test_number(db.pg,
				     "SELECT count(*) FROM account WHERE "
				     "window_size = 50 AND parts_per_s = 0 AND tls = 'off' AND "
				     "tls_server_name IS NULL AND enquire_link_ms = 30000"),
			 1);
	ck_assert_str_eq(secret_of("main", "password"), "geheim");
	ck_status(CLI_OK, put(NEEDED "password: neu\nprice_micro: 2150000\nparts_per_s: 1500\n"));
	ck_assert_str_eq(secret_of("main", "password"), "neu");
	ck_status(CLI_OK, command(cmd_account, "account", "list"));
	ck_says("1 500  2.150000  nobody has it");
	ck_does_not_say("neu");
}
END_TEST

START_TEST(test_account_without_a_key)
{
	use_key("");
	ck_status(CLI_FAILED, put(NEEDED "password: geheim\n"));
	ck_says("secrets.key_file is not set");
	ck_assert_int_eq(test_number(db.pg, "SELECT count(*) FROM account"), 0);
}
END_TEST

#define HTTP "name: web\nkind: http\nprofile: smsc\nsettings: {login: us}\n"

START_TEST(test_account_by_http)
{
	ck_ok(pg_exec(db.pg, "INSERT INTO provider (name, currency) VALUES ('smsc', 'RUB')", err));
	ck_status(CLI_OK, put(HTTP "provider: smsc\nsecrets: {password: geheim}\n"));
	ck_does_not_say("geheim");
	ck_assert_str_eq(secret_of("web", "password"), "geheim");
	ck_assert_int_eq(test_number(db.pg, "SELECT count(*) FROM account a JOIN provider p ON "
					    "p.id = a.provider_id WHERE p.name = 'smsc' AND "
					    "a.settings = '{\"login\": \"us\"}' AND a.profile = "
					    "'smsc' AND a.host IS NULL AND a.port IS NULL"),
			 1);
	ck_status(CLI_OK, put(HTTP "parts_per_s: 7\n")); /* the stored secret stays */
	ck_status(CLI_OK, command(cmd_account, "account", "list"));
	ck_says("smsc  http");
	/* Another profile asks for others, and keeps none of the old ones. */
	ck_status(CLI_OK, put("name: web\nkind: http\nprofile: smsru\nsecrets: {api_id: x}\n"));
	ck_assert_int_eq(test_number(db.pg, "SELECT count(*) FROM account_secret"), 1);
}
END_TEST

static const struct {
	const char *yaml, *says;
} bad_web_accounts[] = {
	{HTTP, "secrets.password: is missing"},
	{HTTP "secrets: {password: x, more: y}\n", "secrets.more: this provider has no such"},
	{"name: web\nkind: http\nprofile: smsc\nsettings: {password: x}\n",
	 "settings.login: is missing"},
	{"name: web\nkind: http\nprofile: nobody\n", "there is no profile \"nobody\""},
	{"name: web\nkind: http\n", "profile: expected: the name"},
	{HTTP "host: h\n", "host: expected: nothing: this is of accounts of kind smpp"},
	{HTTP "provider: nobody\nsecrets: {password: x}\n", "there is no provider \"nobody\""},
	{"name: web\nkind: http\nprofile: kannel\nsettings: {server: 'http://sms.example', user: "
	 "u}\nsecrets: {password: x}\n",
	 "settings: expected: an encrypted link"},
	{"name: a\nhost: h\nsystem_id: us\npassword: x\n",
	 "tls: expected: an encrypted link (tls on, https)"},
	{"name: a\nhost: h\nsystem_id: us\ntls: insecure\npassword: x\n",
	 "tls: expected: an encrypted link"},
};

START_TEST(test_bad_web_accounts_are_refused)
{
	ck_status(CLI_FAILED, put(bad_web_accounts[_i].yaml));
	ck_says(bad_web_accounts[_i].says);
	ck_assert_int_eq(test_number(db.pg, "SELECT count(*) FROM account"), 0);
}
END_TEST

/* --- secrets -------------------------------------------------------------------------------------
 */

/* As an upgrade finds them: from before secrets were sealed. */
static void put_clear(void)
{
	ck_ok(pg_exec(db.pg,
		      "ALTER TABLE account_secret DROP CONSTRAINT account_secret_sealed;"
		      "ALTER TABLE source_secret DROP CONSTRAINT source_secret_sealed;"
		      "INSERT INTO account (name, host, port, system_id) VALUES ('main', "
		      "'localhost', 2775, 'us');"
		      "INSERT INTO account_secret (account_id, password) SELECT id, 'geheim' FROM "
		      "account;"
		      "INSERT INTO source (name, kind, mode) VALUES ('crm', 'odbc', 'full');"
		      "INSERT INTO source_secret (source_id, secret) SELECT id, 'hush' FROM source;"
		      "ALTER TABLE account_secret ADD CONSTRAINT account_secret_sealed "
		      "CHECK (sealed IS NOT NULL AND password IS NULL) NOT VALID;"
		      "ALTER TABLE source_secret ADD CONSTRAINT source_secret_sealed "
		      "CHECK (sealed IS NOT NULL AND secret IS NULL) NOT VALID",
		      err));
}

START_TEST(test_what_was_in_clear_is_sealed)
{
	put_clear();
	ck_status(CLI_OK, command(cmd_migrate, "migrate", "--dir", "migrations"));
	ck_says("2 passwords and keys stand in clear");
	ck_status(CLI_OK, command(cmd_secrets, "secrets", "seal"));
	ck_says("accounts: 1 sealed\nsources: 1 sealed");
	ck_assert_str_eq(secret_of("main", "password"), "geheim");
	ck_assert_int_eq(test_number(db.pg,
				     "SELECT count(*) FROM source_secret WHERE secret IS NULL "
				     "AND sealed IS NOT NULL"),
			 1);
	ck_status(CLI_OK, command(cmd_secrets, "secrets", "seal"));
	ck_says("accounts: 0 sealed");
	ck_status(CLI_OK, command(cmd_migrate, "migrate", "--dir", "migrations"));
	ck_does_not_say("in clear");
	/* From now on nobody can store one in clear. */
	ck_assert(!pg_exec(db.pg, "UPDATE account_secret SET password = 'x'", &(struct err){0}));
}
END_TEST

START_TEST(test_secrets_under_a_new_key)
{
	put_clear();
	ck_status(CLI_OK, command(cmd_secrets, "secrets", "seal"));
	use_key("another key of tests, which seals no secret, either\n"
		"the key of tests, which seals no secret that is one\n");
	ck_status(CLI_OK, command(cmd_secrets, "secrets", "status"));
	ck_says("accounts                 0          1      0                 0");
	ck_status(CLI_OK, command(cmd_secrets, "secrets", "rotate"));
	ck_says("accounts: 1 sealed\nsources: 1 sealed");
	use_key("another key of tests, which seals no secret, either\n");
	ck_status(CLI_OK, command(cmd_secrets, "secrets", "status"));
	ck_says("sources                  1          0      0                 0");
	ck_assert_str_eq(secret_of("main", "password"), "geheim");
	use_key("a key that never sealed anything at all in here\n");
	ck_status(CLI_OK, command(cmd_secrets, "secrets", "status"));
	ck_says("accounts                 0          0      0                 1");
	/* Nothing is touched that cannot be opened. */
	ck_status(CLI_FAILED, command(cmd_secrets, "secrets", "rotate"));
	ck_says("password of account 1: it is sealed with a key that is not in secrets.key_file");
}
END_TEST

static const struct {
	const char *why, *yaml, *says;
} bad_accounts[] = {
	{"unknown key", NEEDED "colour: red\n", ":5: colour"},
	{"bad name", "name: Main\nhost: h\nport: 1\nsystem_id: us\n",
	 "name: expected: small letters"},
	{"name begins with a dash", "name: -a\nhost: localhost\nport: 1\nsystem_id: us\n",
	 "name: expected: small letters"},
	{"empty host", "name: a\nhost: ''\nport: 1\nsystem_id: us\n", "host: expected: something"},
	{"empty system_id", "name: a\nhost: h\nport: 1\nsystem_id: ''\n",
	 "system_id: expected: something"},
	{"port out of bounds", "name: a\nhost: h\nport: 65536\nsystem_id: us\n", ":3: port"},
	{"long system_id", "name: a\nhost: h\nport: 1\nsystem_id: '1234567890123456'\n",
	 "system_id: expected: at most 15"},
	{"missing key", "name: a\n", "host"},
	{"no version of SMPP", NEEDED "interface_version: 53\n", "interface_version: expected: 51"},
	{"asked after too soon", NEEDED "query_after_s: 59\n", "query_after_s: expected: 0"},
	{"password longer than it may be", NEEDED "password: ninechars\npassword_long: refuse\n",
	 "password: expected: at most 8 characters"},
	{"no host", NEEDED "more_hosts: 'a:b'\n", "more_hosts: expected: at most 8 hosts"},
	{"no TLV", NEEDED "extra_tlvs: '29:1'\n", "extra_tlvs: expected: tag:value"},
	{"no action", NEEDED "status_actions: '0x45=stop'\n",
	 "status_actions: expected: status=action"},
};

START_TEST(test_bad_accounts_are_refused)
{
	ck_status(CLI_FAILED, put(bad_accounts[_i].yaml));
	ck_says(bad_accounts[_i].says);
	ck_assert_int_eq(test_number(db.pg, "SELECT count(*) FROM account"), 0);
}
END_TEST

START_TEST(test_account_enable)
{
	ck_status(CLI_OK, put(NEEDED "password: geheim\n"));
	ck_status(CLI_OK, command(cmd_account, "account", "disable", "main"));
	ck_assert_int_eq(test_number(db.pg, "SELECT count(*) FROM account WHERE NOT enabled"), 1);
	ck_status(CLI_OK, command(cmd_account, "account", "enable", "main"));
	ck_assert_int_eq(test_number(db.pg, "SELECT count(*) FROM account WHERE enabled"), 1);
	ck_status(CLI_FAILED, command(cmd_account, "account", "enable", "other"));
	ck_says("no account \"other\"");
}
END_TEST

/* --- queues and check
 * ------------------------------------------------------------------------------
 */

static void work_for_queues(void)
{
	ck_status(CLI_OK, put(NEEDED "password: geheim\n"));
	ck_ok(pg_exec(
		db.pg,
		"INSERT INTO chunk (state, lane, size, msisdns) "
		"SELECT s, 1, 1, '{79160000000}' FROM unnest('{0,0,0,1,2,3}'::int[]) s;"
		"INSERT INTO batch (id, account_id, state, lane, class, category, message_count,"
		"                   parts, sender, deadline, filtered_at) "
		"SELECT n * 256, a.id, s, 1, 1, 1, 1, 1, 'x', now() + interval '1 h', now() "
		"  FROM account a, unnest('{0,0,1,1,1,2,3,4}'::int[]) WITH ORDINALITY x(s, n);"
		"INSERT INTO parked_receipt (ref_key, account_id, msisdn, state, next_try_at, "
		"                            received_at, provider_id) "
		"SELECT n, 1, 79160000000, 9, now(), now(), 'x' FROM generate_series(1, 1234) n",
		err));
}

START_TEST(test_queues)
{
	struct mq_options options = {.url = cli.broker_url, .name = "test"};
	char queue[QUEUE_NAME_SIZE];
	struct mq *mq = NULL;
	int id;

	work_for_queues();
	/* An account number nobody else uses on this broker. */
	id = 20000 + (int)getpid() % 10000;
	ck_ok(pg_exec(db.pg, "ALTER TABLE account ALTER COLUMN id SET GENERATED BY DEFAULT", err));
	(void)snprintf(said, sizeof(said),
		       "ALTER TABLE account_secret DROP CONSTRAINT account_secret_account_id_fkey;"
		       "UPDATE account SET id = %d; UPDATE batch SET account_id = %d",
		       id, id);
	ck_ok(pg_exec(db.pg, said, err));
	ck_ok(mq_open(&options, &mq, err));
	ck_ok(topology_declare_account(mq, id, err));
	(void)queue_batch(id, LANE_BULK, queue);
	for (int i = 0; i < 3; i++)
		mq_publish(mq, queue, "batch 1", 7);
	ck_ok(mq_confirm(mq, clock_mono_ms() + 10000, err));
	ck_status(CLI_OK, command(cmd_queues, "queues"));
	ck_says("chunk.bulk");
	ck_says("1 234");
	ck_says("crm.in.dead");
	ck_says("crm.out");
	ck_assert_msg(strstr(strstr(said, queue), "3        2          3        1      1") != NULL,
		      "%s", said);
	mq_close(&mq);
}
END_TEST

START_TEST(test_queues_without_broker)
{
	work_for_queues();
	cli.broker_url = NULL;
	ck_status(CLI_FAILED, command(cmd_queues, "queues"));
	ck_says("batch.1.bulk");
	ck_says("the broker's column stays empty");
	cli.broker_url = "amqp://x:y@127.0.0.1:1/";
	ck_status(CLI_FAILED, command(cmd_queues, "queues"));
	ck_says("batch.1.bulk");
}
END_TEST

START_TEST(test_check_of_a_house_in_order)
{
	cli.at_rest = (char[]){"LUKS2 on all volumes"};
	ck_status(CLI_OK, command(cmd_check, "check", "--dir", "migrations"));
	ck_does_not_say("FAILED");
	ck_says("ok      partitions stand two days ahead");
	ck_says("ok      the broker can be reached");
	ck_says("ok      no event of another system was given up");
	ck_says("ok      other systems take what they are told");
	ck_says("ok      data on disk are protected: LUKS2 on all volumes");
	cli.at_rest = NULL;
	ck_status(CLI_FAILED, command(cmd_check, "check", "--dir", "migrations"));
	ck_says("FAILED  data on disk are protected: nobody says how");
}
END_TEST

START_TEST(test_check_names_what_is_wrong)
{
	work_for_queues();
	ck_ok(pg_exec(db.pg,
		      "DO $$ BEGIN EXECUTE 'DROP TABLE ' || "
		      "to_char(now() AT TIME ZONE 'UTC' + interval '2 days', "
		      "'\"receipt_\"YYYYMMDD'); END $$",
		      err));
	cli.broker_url = "amqp://x:y@127.0.0.1:1/";
	ck_status(CLI_FAILED, command(cmd_check, "check", "--dir", "migrations"));
	ck_says("FAILED  partitions stand two days ahead: missing: receipt_20");
	ck_says("FAILED  account main: No gateway has it: nothing leaves through it");
	ck_says("Work was taken five times without progress: chunks 1, batches 1");
	ck_says("FAILED  the broker can be reached");
	ck_says("5 FAILED");
	(void)folder_file("0001_spine.sql", "SELECT 1");
	cli.broker_url = NULL;
	ck_status(CLI_FAILED, command(cmd_check, "check", "--dir", folder));
	ck_says("FAILED  the tables are up to date: 0001_spine.sql was changed");
	cli.database_url = "postgresql://nobody@127.0.0.1:1/x";
	ck_status(CLI_FAILED, command(cmd_check, "check", "--dir", "migrations"));
	ck_says("FAILED  the database can be reached");
}
END_TEST

START_TEST(test_check_of_an_empty_database)
{
	ck_ok(pg_exec(db.pg, "DROP TABLE schema_migration", err));
	ck_status(CLI_FAILED, command(cmd_check, "check", "--dir", "migrations"));
	ck_says("migrations are not applied");
	ck_says("run vestnik migrate");
}
END_TEST

/* --- the documentation ---------------------------------------------------------------------------
 */

static char *read_text(const char *path)
{
	enum { MAX = 1 << 20 };
	FILE *file = fopen(path, "re");
	char *text = mem_calloc(1, MAX);

	ck_assert_msg(file != NULL, "%s cannot be read", path);
	ck_assert_uint_lt(fread(text, 1, MAX - 1, file), MAX - 1);
	(void)fclose(file);
	return text;
}

START_TEST(test_every_column_is_documented)
{
	static const struct pg_stmt columns = {
		"columns",
		"SELECT c.relname::text, a.attname::text FROM pg_class c "
		"  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
		" WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN "
		"       ('r', 'p', 'v') AND NOT c.relispartition AND NOT a.attisdropped"};
	char *text = read_text("docs/database.md");
	struct pg_result *r = NULL;

	ck_ok(pg_run(db.pg, &columns, NULL, &r, err));
	for (size_t i = 0; i < pg_rows(r); i++) {
		char heading[100], line[100];
		const char *section, *end, *found;

		(void)snprintf(heading, sizeof(heading), "\n### `%s`\n", pg_text(r, i, 0));
		(void)snprintf(line, sizeof(line), "\n| `%s` |", pg_text(r, i, 1));
		section = strstr(text, heading);
		ck_assert_msg(section != NULL, "docs/database.md lacks table %s", pg_text(r, i, 0));
		end = strstr(section + 1, "\n##");
		found = strstr(section, line);
		ck_assert_msg(found != NULL && (end == NULL || found < end),
			      "docs/database.md lacks column %s.%s", pg_text(r, i, 0),
			      pg_text(r, i, 1));
	}
	pg_result_free(&r);
	mem_free(text);
}
END_TEST

static Suite *commands_suite(void)
{
	Suite *s = suite_create("commands");
	TCase *tc = tcase_create("commands");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, test_token_life);
	tcase_add_test(tc, test_tokens_differ);
	tcase_add_test(tc, test_user_life);
	tcase_add_test(tc, test_words_not_understood);
	tcase_add_test(tc, test_account_defaults_are_those_of_the_table);
	tcase_add_test(tc, test_account_covers_every_column);
	tcase_add_test(tc, test_account_change);
	tcase_add_loop_test(tc, test_bad_accounts_are_refused, 0,
			    sizeof(bad_accounts) / sizeof(bad_accounts[0]));
	tcase_add_test(tc, test_account_enable);
	tcase_add_test(tc, test_account_without_a_key);
	tcase_add_test(tc, test_account_by_http);
	tcase_add_loop_test(tc, test_bad_web_accounts_are_refused, 0,
			    (int)(sizeof(bad_web_accounts) / sizeof(bad_web_accounts[0])));
	tcase_add_test(tc, test_what_was_in_clear_is_sealed);
	tcase_add_test(tc, test_secrets_under_a_new_key);
	tcase_add_test(tc, test_queues);
	tcase_add_test(tc, test_queues_without_broker);
	tcase_add_test(tc, test_check_of_a_house_in_order);
	tcase_add_test(tc, test_check_names_what_is_wrong);
	tcase_add_test(tc, test_check_of_an_empty_database);
	tcase_add_test(tc, test_every_column_is_documented);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	(void)test_env("VESTNIK_TEST_DB");
	(void)test_env("VESTNIK_TEST_BROKER");
	return suite_run(commands_suite());
}
