/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik - the operator's command: a table of sub-commands. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "common/base/log.h"

static const struct command {
	const char *name;
	const char *usage;
	const char *help;
	int (*run)(struct cli *cli, int argc, char **argv);
} commands[] = {
	{"migrate", "[--dir DIR] [--status]",
	 "bring the database's tables up to date, or show where they stand", cmd_migrate},
	{"check", "[--dir DIR]", "is everything the service needs in order?", cmd_check},
	{"token",
	 "create NAME [--rights RIGHT,...] [--templates ID,...] [--addresses NETWORK,...] "
	 "[--expires DATE|DAYSd] [--parts-per-hour N] [--parts-per-day N] [--money-per-hour SUM] "
	 "[--money-per-day SUM] [--department ID] [--note TEXT] | list | revoke NAME",
	 "tokens of programs that use the HTTP API, and what each may", cmd_token},
	{"amqp-user",
	 "add NAME --events TYPE,... [--templates ID,...] [--expires DATE|DAYSd] "
	 "[--parts-per-hour N] [--parts-per-day N] [--money-per-hour SUM] [--money-per-day SUM] "
	 "[--department ID] [--note TEXT] | list | disable NAME | enable NAME",
	 "users of the broker who may send events, and what to run at the broker for each",
	 cmd_amqp_user},
	{"user",
	 "add LOGIN --name NAME [--language ru|en] [--password-file FILE] | list | "
	 "password LOGIN [--password-file FILE] | disable LOGIN | enable LOGIN",
	 "people who sign in with a password", cmd_user},
	{"account", "put FILE.yaml | list | enable NAME | disable NAME | --help-config",
	 "accounts at operators and aggregators, by SMPP or by HTTP", cmd_account},
	{"provider",
	 "check FILE.yaml... | try [--send] FILE.yaml SETTINGS.yaml PHONE TEXT | --help-config",
	 "profiles of HTTP providers: is each file good, and what would be sent by it?",
	 cmd_provider},
	{"secrets", "status | seal | rotate",
	 "stored passwords and keys: seal what is in clear; seal all anew under the newest key",
	 cmd_secrets},
	{"tariff",
	 "load FILE --account NAME|--provider NAME --from DATE --vat included|excluded "
	 "[--vat-rate PERCENT] [--currency CODE] [--unit part|message] "
	 "[--charge-on acceptance|delivery] [--apply] | list [--account NAME] [--provider NAME] | "
	 "show NUMBER | end --account NAME --from DATE | rate CURRENCY DATE ROUBLES | "
	 "vat COUNTRY DATE PERCENT",
	 "what delivery costs: price lists, with the difference to what is in force shown first",
	 cmd_tariff},
	{"reconcile",
	 "--account NAME|--provider NAME --month MONTH [INVOICE --vat included|excluded "
	 "[--vat-rate PERCENT] [--currency CODE]] | --forecast --run NUMBER|--day DATE",
	 "a month's messages by tariff, by the provider's own price and by its invoice; or what "
	 "messages were expected to cost and did",
	 cmd_reconcile},
	{"route",
	 "explain PHONE [--category CATEGORY] [--class CLASS] [--sender NAME] [--text TEXT]",
	 "why a message to a number would go by the account it would go by: every account with its "
	 "price, delivery rate, health, and what bars it",
	 cmd_route},
	{"numbering",
	 "load [--dry-run] [--force] FILE... | ported load [--dry-run] [--force] FILE | show PHONE "
	 "| "
	 "list | map operator NAME CODE | map region NAME REGION",
	 "operator, region and time zone of numbers: the numbering register, ported numbers",
	 cmd_numbering},
	{"calendar", "load FILE",
	 "the company's days off and moved working days: a CSV file of day;kind;note",
	 cmd_calendar},
	{"queues", "", "what waits, in the broker and in the database", cmd_queues},
	{"verify-pack", "[--register] FILE",
	 "is a complaint's pack of proof what was handed out? --register asks the database, too",
	 cmd_verify_pack},
	{"audit", "verify [--anchor NUMBER:HASH]",
	 "is the audit log, with the log of readings, what was written? Says which rows were "
	 "changed, taken away, moved or put in",
	 cmd_audit},
	{"criteria", "", "what a list of clients can be made of, one a line", cmd_criteria},
};

static const size_t command_count = sizeof(commands) / sizeof(commands[0]);

static void print_command(const struct command *c)
{
	(void)printf("  vestnik %s %s\n      %s\n", c->name, c->usage, c->help);
}

static int print_help(void)
{
	(void)printf("Usage: vestnik [OPTION]... COMMAND [ARGUMENT]...\n"
		     "Look after the Vestnik SMS service.\n\nCommands:\n");
	for (size_t i = 0; i < command_count; i++)
		print_command(&commands[i]);
	(void)printf(
		"\nOptions, before or after the command:\n"
		"  --database URL   PostgreSQL, as owner of the tables; else VESTNIK_DATABASE\n"
		"  --broker URL     RabbitMQ; else VESTNIK_BROKER\n"
		"  --config FILE    where both may stand as database.url and broker.url;\n"
		"                   " CLI_CONFIG_FILE " is read when it is there\n"
		"  --help           this text, or a command's\n"
		"  --version        the version\n\n"
		"Exit status: 0 done, 1 failed, 2 not understood.\n");
	return CLI_OK;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < command_count; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int run(struct cli *cli, int argc, char **argv)
{
	const struct command *command;

	if (cli->version) {
		(void)printf("vestnik %s\n", VESTNIK_VERSION);
		return CLI_OK;
	}
	if (argc < 2)
		return cli->help ? print_help()
				 : cli_usage("a command is missing; vestnik --help lists them");
	command = find_command(argv[1]);
	if (command == NULL)
		return cli_usage("there is no command \"%s\"; vestnik --help lists them", argv[1]);
	if (cli->help) {
		print_command(command);
		return CLI_OK;
	}
	return command->run(cli, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	struct cli cli = {0};
	struct err err = {0};
	int status;

	(void)signal(SIGPIPE, SIG_IGN);
	log_init("vestnik", LOG_WARN, LOG_TEXT);
	if (!cli_options_take(&cli, &argc, argv, &err))
		status = cli_usage("%s", err.msg);
	else
		status = run(&cli, argc, argv);
	cli_free(&cli);
	if (fflush(stdout) != 0 && status == CLI_OK)
		status = CLI_FAILED;
	return status;
}
