/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* daemon - the life every daemon shares; a daemon is a spec handed to daemon_main().
 *
 * The skeleton reads options (--config FILE, --check-config, --version, --help, --help-config),
 * loads the YAML, sets up logging, serves /metrics, /healthz and /readyz on `metrics.listen`,
 * installs signals, tells systemd READY, RELOADING, STOPPING and feeds its watchdog, and calls the
 * hooks on the main thread in this order: start, run, stop.
 *
 * SIGTERM or SIGINT makes daemon_stopping() true and daemon_stop_fd() readable; run() then finishes
 * what is in hand and returns.  After 8.8 s no store is waited for any longer (give_up.h), so that
 * a stop ends in order although one has gone silent.  Should the process not be gone within 9.5 s
 * the skeleton logs it and exits 1; a second SIGTERM exits 1 at once.  SIGHUP reads the
 * configuration again; a broken file is logged and the old one kept.  SIGPIPE is ignored.
 *
 * Until a daemon calls daemon_ready() itself, it is ready from the end of start on.  A start or run
 * that fails with ERR_STOPPING after SIGTERM, or because a store was given up, has stopped as
 * asked. */
#ifndef VESTNIK_BASE_DAEMON_H
#define VESTNIK_BASE_DAEMON_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/config.h"
#include "common/base/err.h"

struct daemon_spec {
	const char *name;		 /* "dlrd" */
	const char *purpose;		 /* one line for --help */
	const struct config_row *config; /* own rows; the common ones are added by the skeleton */
	size_t config_size;		 /* size of the struct the rows fill */
	size_t state_size;		 /* zeroed state handed to every hook */
	/* Connect what must be there; false logs the error and exits 1.  `config` stays valid and
	 * unchanged until stop returns. */
	bool (*start)(void *state, const void *config, struct err *err);
	/* Work until daemon_stopping(); false logs the error and exits 1 after stop. */
	bool (*run)(void *state, struct err *err);
	/* SIGHUP: take what may change from `config` (valid for the call only).  Called by
	 * daemon_alive() on the main thread, never beside other hooks.  May be NULL. */
	void (*reload)(void *state, const void *config);
	/* Release everything; called once start has been called, also after it failed. */
	void (*stop)(void *state);
};

/* Common rows every daemon has: instance (name of this process among its like, default "1"),
 * log.level, log.format, metrics.listen ("127.0.0.1:0" picks a free port, "" serves nothing). */
int daemon_main(int argc, char **argv, const struct daemon_spec *spec);

bool daemon_stopping(void);
int daemon_stop_fd(void);			   /* readable for ever once stopping */
void daemon_ready(bool ready, const char *reason); /* /readyz; reason is copied */
/* The main loop turned: feeds watchdog and /healthz (30 s).  On the main thread it also runs the
 * reload hook when a SIGHUP is pending, so call it between pieces of work. */
void daemon_alive(void);
const char *daemon_instance(void); /* "1" */
/* A number 0..32767 for this process start, for counters kept per worker (run_count.slot). */
int daemon_slot(void);

#endif
