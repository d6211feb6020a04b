/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Where database and broker are: option, environment, configuration file, in this order. */
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "common/base/config.h"
#include "common/base/mem.h"
#include "common/model/privacy_key.h"

struct file_config {
	char *database_url;
	char *broker_url;
	char *secrets_key_file;
	char *privacy_key_file;
	char *providers_dir;
	char *at_rest;
};

static const struct config_row file_rows[] = {
	{.key = "database.url",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct file_config, database_url),
	 .def = "",
	 .help = "PostgreSQL, as owner of the tables"},
	{.key = "broker.url",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct file_config, broker_url),
	 .def = "",
	 .help = "RabbitMQ, amqp:// or amqps://"},
	{.key = "data.at_rest",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct file_config, at_rest),
	 .def = "",
	 .help = "how disks of database, broker and logs are encrypted, or the waiver's number"},
	{.key = "secrets.key_file",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct file_config, secrets_key_file),
	 .def = "",
	 .help = VAULT_KEY_HELP},
	{.key = "privacy.key_file",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct file_config, privacy_key_file),
	 .def = "",
	 .help = PRIVACY_KEY_HELP},
	{.key = "providers.dir",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct file_config, providers_dir),
	 .def = "",
	 .help = "profiles of HTTP providers; empty: those that came with the program"},
	{.key = NULL},
};

/* If argv[*at] is `name`, set *value to what follows it, by '=' or as the next argument. */
static bool take_value(const char *name, int argc, char **argv, int *at, const char **value,
		       struct err *err, bool *ok)
{
	size_t len = strlen(name);
	const char *arg = argv[*at];

	if (strncmp(arg, name, len) != 0 || (arg[len] != '=' && arg[len] != '\0'))
		return false;
	if (arg[len] == '=')
		*value = arg + len + 1;
	else if (*at + 1 < argc)
		*value = argv[++*at];
	else
		*ok = err_set(err, ERR_INPUT, "%s needs a value", name);
	return true;
}

static bool take_flag(const char *name, const char *short_name, const char *arg, bool *flag)
{
	if (strcmp(arg, name) != 0 && (short_name == NULL || strcmp(arg, short_name) != 0))
		return false;
	*flag = true;
	return true;
}

static void fill(char **url, const char *value)
{
	if (*url == NULL && value != NULL && *value != '\0')
		*url = mem_strdup(value);
}

static bool fill_from_file(struct cli *cli, struct err *err)
{
	const char *path = cli->config_file != NULL ? cli->config_file : CLI_CONFIG_FILE;
	struct file_config config = {0};

	if (cli->config_file == NULL && access(path, R_OK) != 0)
		return true;
	if (!config_load(path, file_rows, &config, err))
		return false;
	fill(&cli->database_url, config.database_url);
	fill(&cli->broker_url, config.broker_url);
	fill(&cli->secrets_key_file, config.secrets_key_file);
	fill(&cli->privacy_key_file, config.privacy_key_file);
	fill(&cli->providers_dir, config.providers_dir);
	fill(&cli->at_rest, config.at_rest);
	config_free(file_rows, &config);
	return true;
}

bool cli_options_take(struct cli *cli, int *argc, char **argv, struct err *err)
{
	const char *database = NULL, *broker = NULL;
	int kept = 1;
	bool ok = true;

	for (int i = 1; i < *argc && ok; i++) {
		if (take_value("--database", *argc, argv, &i, &database, err, &ok) ||
		    take_value("--broker", *argc, argv, &i, &broker, err, &ok) ||
		    take_value("--config", *argc, argv, &i, &cli->config_file, err, &ok) ||
		    take_flag("--help", "-h", argv[i], &cli->help) ||
		    take_flag("--version", NULL, argv[i], &cli->version))
			continue;
		argv[kept++] = argv[i];
	}
	if (!ok)
		return false;
	*argc = kept;
	argv[kept] = NULL;
	fill(&cli->database_url, database);
	fill(&cli->broker_url, broker);
	fill(&cli->database_url, getenv("VESTNIK_DATABASE"));
	fill(&cli->broker_url, getenv("VESTNIK_BROKER"));
	fill(&cli->secrets_key_file, getenv("VESTNIK_SECRETS_KEY_FILE"));
	fill(&cli->privacy_key_file, getenv("VESTNIK_PRIVACY_KEY_FILE"));
	fill(&cli->at_rest, getenv("VESTNIK_DATA_AT_REST"));
	return cli->help || cli->version || fill_from_file(cli, err);
}

void cli_free(struct cli *cli)
{
	mem_free(cli->database_url);
	mem_free(cli->broker_url);
	mem_free(cli->secrets_key_file);
	mem_free(cli->privacy_key_file);
	mem_free(cli->providers_dir);
	mem_free(cli->at_rest);
}

int cli_connect(const struct cli *cli, int64_t timeout_ms, struct pg **out)
{
	struct pg_options options = {
		.url = cli->database_url, .application = "vestnik", .timeout_ms = timeout_ms};
	char user[CLI_USER_SIZE], label[CLI_USER_SIZE + 8];
	struct err err = {0};

	if (cli->database_url == NULL)
		return cli_usage("which database? Say --database URL, set VESTNIK_DATABASE, or put "
				 "database.url into " CLI_CONFIG_FILE);
	if (!pg_open(&options, out, &err))
		return cli_failed(&err);
	(void)snprintf(label, sizeof(label), "cli %s", cli_user(user));
	if (pg_label(*out, label, &err))
		return CLI_OK;
	pg_close(out);
	return cli_failed(&err);
}

const char *cli_user(char out[CLI_USER_SIZE])
{
	const char *name = getenv("SUDO_USER");
	struct passwd entry, *found = NULL;
	char room[1024];

	if ((name == NULL || *name == '\0') &&
	    getpwuid_r(getuid(), &entry, room, sizeof(room), &found) == 0 && found != NULL)
		name = entry.pw_name;
	(void)snprintf(out, CLI_USER_SIZE, "%.60s",
		       name != NULL && *name != '\0' ? name : "nobody known");
	return out;
}

bool cli_vault(const struct cli *cli, struct vault **out, struct err *err)
{
	*out = NULL;
	return cli->secrets_key_file == NULL || vault_load(cli->secrets_key_file, out, err);
}

int cli_failed(const struct err *err)
{
	(void)fflush(stdout);
	(void)fprintf(stderr, "vestnik: %s\n", err->msg);
	return CLI_FAILED;
}

int cli_usage(const char *fmt, ...)
{
	va_list args;

	(void)fflush(stdout);
	(void)fputs("vestnik: ", stderr);
	va_start(args, fmt);
	(void)vfprintf(stderr, fmt, args);
	va_end(args);
	(void)fputc('\n', stderr);
	return CLI_USAGE;
}

const char *cli_time(int64_t unix_us, char out[32])
{
	time_t seconds = (time_t)(unix_us / 1000000);
	struct tm tm;

	if (unix_us == 0 || gmtime_r(&seconds, &tm) == NULL ||
	    strftime(out, 32, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		(void)snprintf(out, 32, "-");
	return out;
}
