/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* daemon_config - the configuration every daemon has, joined with the daemon's own rows.
 *
 * Both parts are read from one file into one block of memory: the common part first, the daemon's
 * struct behind it.  Inner part of daemon. */
#ifndef VESTNIK_BASE_DAEMON_CONFIG_H
#define VESTNIK_BASE_DAEMON_CONFIG_H

#include "common/base/config.h"
#include "common/base/daemon.h"

struct daemon_common {
	char *instance;
	int log_level;	/* enum log_level */
	int log_format; /* enum log_format */
	char *metrics_listen;
	char *database_country;
	char *broker_country;
	char *waiver;
};

/* The joined table; release with mem_free(). */
struct config_row *daemon_config_rows(const struct daemon_spec *spec);

/* Load and check `path`; NULL with *err filled when it is refused. */
struct daemon_common *daemon_config_load(const char *path, const struct config_row *rows,
					 const struct daemon_spec *spec, struct err *err);
/* The daemon's own struct behind the common part. */
const void *daemon_config_own(const struct daemon_common *common);
void daemon_config_free(struct daemon_common **common, const struct config_row *rows);

#endif
