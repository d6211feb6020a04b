/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* daemon_options - see daemon_options.h. */
#include "common/base/daemon_options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/config_value.h"

#define ALLOWED_BYTES_MAX 300

enum { COLUMN_KEY, COLUMN_DEFAULT, COLUMN_ALLOWED, COLUMN_COUNT };

static bool usage_error(const struct daemon_spec *spec, const char *problem, const char *what)
{
	fprintf(stderr, "%s: %s%s; try --help\n", spec->name, problem, what);
	return false;
}

bool daemon_options_parse(int argc, char **argv, const struct daemon_spec *spec,
			  struct daemon_options *out)
{
	static const struct option known[] = {
		{"config", required_argument, NULL, 'c'},
		{"check-config", no_argument, NULL, ACTION_CHECK_CONFIG},
		{"version", no_argument, NULL, ACTION_VERSION},
		{"help", no_argument, NULL, ACTION_HELP},
		{"help-config", no_argument, NULL, ACTION_HELP_CONFIG},
		{0},
	};
	int option;

	*out = (struct daemon_options){.action = ACTION_RUN};
	opterr = 0;
	optind = 0;
	while ((option = getopt_long(argc, argv, "+:", known, NULL)) != -1) {
		if (option == ':')
			return usage_error(spec, "a file name is missing after ", argv[optind - 1]);
		if (option == '?')
			return usage_error(spec, "unknown option ", argv[optind - 1]);
		if (option == 'c')
			out->config_path = optarg;
		else
			out->action = (enum daemon_action)option;
	}
	if (optind < argc)
		return usage_error(spec, "unexpected argument ", argv[optind]);
	if (out->config_path == NULL &&
	    (out->action == ACTION_RUN || out->action == ACTION_CHECK_CONFIG))
		return usage_error(spec, "--config FILE is missing", "");
	return true;
}

void daemon_print_help(const struct daemon_spec *spec)
{
	printf("%s - %s\n\n"
	       "  --config FILE    read the configuration from FILE (YAML)\n"
	       "  --check-config   say whether FILE is good, and exit\n"
	       "  --help-config    list every configuration key\n"
	       "  --version        print the version\n"
	       "  --help           print this\n\n"
	       "Signals: TERM and INT stop after the work in hand, a second one stops at once;\n"
	       "HUP reads the configuration again.\n",
	       spec->name, spec->purpose);
}

static const char *default_text(const struct config_row *row)
{
	if (row->def == NULL)
		return "(required)";
	return *row->def != '\0' ? row->def : "\"\"";
}

static void print_row(const char *const cells[COLUMN_COUNT], const int widths[COLUMN_COUNT],
		      const char *help)
{
	for (int i = 0; i < COLUMN_COUNT; i++)
		printf("%-*s  ", widths[i], cells[i]);
	printf("%s\n", help);
}

/* Called twice a row: once to measure the columns, once to print them. */
static void config_help_row(const struct config_row *row, int widths[COLUMN_COUNT], bool print)
{
	const char *cells[COLUMN_COUNT];
	struct buf allowed;

	buf_init(&allowed, ALLOWED_BYTES_MAX);
	config_value_describe(row, &allowed);
	cells[COLUMN_KEY] = row->key;
	cells[COLUMN_DEFAULT] = default_text(row);
	cells[COLUMN_ALLOWED] = buf_str(&allowed);
	for (int i = 0; i < COLUMN_COUNT && !print; i++) {
		if ((int)strlen(cells[i]) > widths[i])
			widths[i] = (int)strlen(cells[i]);
	}
	if (print)
		print_row(cells, widths, row->help != NULL ? row->help : "");
	buf_deinit(&allowed);
}

void daemon_print_config_help(const struct config_row *rows)
{
	static const char *const heads[COLUMN_COUNT] = {"KEY", "DEFAULT", "ALLOWED"};
	int widths[COLUMN_COUNT] = {3, 7, 7};

	for (const struct config_row *row = rows; row->key != NULL; row++)
		config_help_row(row, widths, false);
	print_row(heads, widths, "MEANING");
	for (const struct config_row *row = rows; row->key != NULL; row++)
		config_help_row(row, widths, true);
}
