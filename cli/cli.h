/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cli - what the sub-commands of `vestnik` share. */
#ifndef VESTNIK_CLI_CLI_H
#define VESTNIK_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/store/pg.h"
#include "common/store/vault.h"

enum cli_exit { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

#define CLI_CONFIG_FILE	   "/etc/vestnik/vestnik.yaml"
#define CLI_MIGRATIONS_DIR "/usr/share/vestnik/migrations"

/* Where the house's database and broker are; filled by cli_options_take(). */
struct cli {
	char *database_url;	/* NULL when not told */
	char *broker_url;	/* likewise */
	char *secrets_key_file; /* NULL when not told */
	char *privacy_key_file; /* likewise */
	char *providers_dir;	/* profiles of HTTP providers; NULL: those that came with us */
	char *at_rest;		/* how data on disk are protected; NULL when nobody says */
	const char *config_file;
	bool help, version;
};

/* Take --database, --broker, --config, --help and --version out of argv wherever they stand, then
 * fill the gaps from the environment and the configuration file.  *argc is what remains. */
bool cli_options_take(struct cli *cli, int *argc, char **argv, struct err *err);
void cli_free(struct cli *cli);

/* Connect, or print why not: CLI_OK or the exit status. */
int cli_connect(const struct cli *cli, int64_t timeout_ms, struct pg **out);
/* Who runs the command on this machine. */
#define CLI_USER_SIZE 64
const char *cli_user(char out[CLI_USER_SIZE]);
/* The vault of secrets.key_file, NULL when that is not told.  False: err says why. */
bool cli_vault(const struct cli *cli, struct vault **out, struct err *err);
/* Print "vestnik: what went wrong" and return CLI_FAILED or CLI_USAGE. */
int cli_failed(const struct err *err);
int cli_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "2026-11-22 20:15:00" in UTC, "-" for 0. */
const char *cli_time(int64_t unix_us, char out[32]);

int cmd_calendar(struct cli *cli, int argc, char **argv);
int cmd_migrate(struct cli *cli, int argc, char **argv);
int cmd_token(struct cli *cli, int argc, char **argv);
int cmd_amqp_user(struct cli *cli, int argc, char **argv);
int cmd_user(struct cli *cli, int argc, char **argv);
int cmd_account(struct cli *cli, int argc, char **argv);
int cmd_provider(struct cli *cli, int argc, char **argv);
int cmd_tariff(struct cli *cli, int argc, char **argv);
int cmd_reconcile(struct cli *cli, int argc, char **argv);
int cmd_route(struct cli *cli, int argc, char **argv);
int cmd_numbering(struct cli *cli, int argc, char **argv);
int cmd_queues(struct cli *cli, int argc, char **argv);
int cmd_criteria(struct cli *cli, int argc, char **argv);
int cmd_verify_pack(struct cli *cli, int argc, char **argv);
int cmd_audit(struct cli *cli, int argc, char **argv);
int cmd_secrets(struct cli *cli, int argc, char **argv);
int cmd_check(struct cli *cli, int argc, char **argv);

#endif
