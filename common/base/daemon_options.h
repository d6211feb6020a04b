/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* daemon_options - the command line of a daemon and the texts it prints.  Inner part of daemon. */
#ifndef VESTNIK_BASE_DAEMON_OPTIONS_H
#define VESTNIK_BASE_DAEMON_OPTIONS_H

#include <stdbool.h>

#include "common/base/config.h"
#include "common/base/daemon.h"

enum daemon_action {
	ACTION_RUN,
	ACTION_CHECK_CONFIG,
	ACTION_VERSION,
	ACTION_HELP,
	ACTION_HELP_CONFIG,
};

struct daemon_options {
	enum daemon_action action;
	const char *config_path; /* borrowed from argv; set for RUN and CHECK_CONFIG */
};

/* False when the command line is wrong; what is wrong has been said on stderr. */
bool daemon_options_parse(int argc, char **argv, const struct daemon_spec *spec,
			  struct daemon_options *out);

void daemon_print_help(const struct daemon_spec *spec);
/* A table of every key with default, what is allowed, and help. */
void daemon_print_config_help(const struct config_row *rows);

#endif
