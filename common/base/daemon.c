/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* daemon - see daemon.h.
 *
 * Two threads of the skeleton's own stand beside the main one: health answers HTTP, and the watch
 * thread (below) takes signals, feeds systemd's watchdog and holds the deadline of a stop.  The
 * hooks run on the main thread only; a reload waits there for the next daemon_alive(). */
#include "common/base/daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/daemon_config.h"
#include "common/base/daemon_options.h"
#include "common/base/give_up.h"
#include "common/base/health.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/metrics.h"

#ifndef VESTNIK_VERSION
#define VESTNIK_VERSION "unknown"
#endif

#define EXIT_USAGE	 2
#define ALIVE_MS_MAX	 30000 /* a main loop silent for longer counts as hung */
#define GIVE_UP_MS	 8800  /* from SIGTERM on, for stores that do not answer */
#define STOP_MS_MAX	 9500
#define REASON_BYTES_MAX 160
#define SLOT_COUNT	 32768

/* The one daemon this process is.  Usable before daemon_main(), so that modules which ask
 * daemon_stopping() can be tested alone. */
static struct {
	const struct daemon_spec *spec;
	const char *config_path;
	struct config_row *rows;
	struct daemon_common *config;
	void *state;
	_Atomic(struct daemon_common *) reloaded; /* read by the watch thread, not yet taken */
	pthread_t main_thread;
	pthread_t watch_thread;
	int signal_fd;
	int end_fd; /* readable: the watch thread ends */
	atomic_bool stopping;
	_Atomic uint64_t alive_at_ms;
} self = {.signal_fd = -1, .end_fd = -1};

static struct {
	pthread_mutex_t lock;
	bool said; /* the daemon itself has called daemon_ready() */
	bool ready;
	char reason[REASON_BYTES_MAX];
} readiness = {.lock = PTHREAD_MUTEX_INITIALIZER, .reason = "starting"};

/* --- what daemons ask ----------------------------------------------------------------------- */

static int stop_fd;

static void open_stop_fd(void)
{
	stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (stop_fd < 0)
		panic("eventfd: %s", strerror(errno));
}

int daemon_stop_fd(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, open_stop_fd);
	return stop_fd;
}

bool daemon_stopping(void)
{
	return self.stopping;
}

const char *daemon_instance(void)
{
	return self.config != NULL ? self.config->instance : "1";
}

static int slot;

static void draw_slot(void)
{
	uint16_t drawn;

	if (getrandom(&drawn, sizeof(drawn), 0) != sizeof(drawn))
		panic("getrandom: %s", strerror(errno));
	slot = drawn % SLOT_COUNT;
}

int daemon_slot(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, draw_slot);
	return slot;
}

/* --- readiness and life --------------------------------------------------------------------- */

/* One line, for HTTP and for systemd's STATUS=, where a newline would start another assignment. */
static void copy_reason(char *out, size_t size, const char *reason)
{
	snprintf(out, size, "%s", reason);
	for (char *c = out; *c != '\0'; c++) {
		if ((unsigned char)*c < ' ')
			*c = ' ';
	}
}

/* `own` is false for what the skeleton assumes until the daemon itself says better. */
static void set_ready(bool ready, const char *reason, bool own)
{
	char text[REASON_BYTES_MAX];
	bool changed;

	copy_reason(text, sizeof(text), reason != NULL ? reason : ready ? "ready" : "not ready");
	pthread_mutex_lock(&readiness.lock);
	changed = (own || !readiness.said) &&
		  (ready != readiness.ready || strcmp(text, readiness.reason) != 0);
	if (changed) {
		readiness.ready = ready;
		memcpy(readiness.reason, text, sizeof(text));
	}
	readiness.said = readiness.said || own;
	pthread_mutex_unlock(&readiness.lock);
	if (!changed)
		return;
	sd_notifyf(0, "STATUS=%s", text);
	if (ready)
		log_info("ready");
	else
		log_warn("not ready", LS("reason", text));
}

void daemon_ready(bool ready, const char *reason)
{
	set_ready(ready, reason, true);
}

static bool is_ready(char *text_out, size_t size)
{
	bool ready;

	pthread_mutex_lock(&readiness.lock);
	ready = readiness.ready && !self.stopping;
	snprintf(text_out, size, "%s\n", self.stopping ? "stopping" : readiness.reason);
	pthread_mutex_unlock(&readiness.lock);
	return ready;
}

static uint64_t silent_ms(void)
{
	/* Read before the clock: a loop that turned in between would have been silent for ages. */
	uint64_t alive_at_ms = self.alive_at_ms;

	return clock_mono_ms() - alive_at_ms;
}

static bool is_healthy(char *text_out, size_t size)
{
	uint64_t ms = silent_ms();

	if (ms <= ALIVE_MS_MAX)
		snprintf(text_out, size, "ok\n");
	else
		snprintf(text_out, size, "the main loop has not turned for %" PRIu64 " s\n",
			 ms / 1000);
	return ms <= ALIVE_MS_MAX;
}

/* --- reload --------------------------------------------------------------------------------- */

/* On the watch thread: read the file; only a good one is handed to the main thread. */
static void read_again(void)
{
	struct daemon_common *fresh, *older;
	struct err err;

	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, clock_mono_ns() / 1000);
	fresh = daemon_config_load(self.config_path, self.rows, self.spec, &err);
	if (fresh == NULL) {
		log_err("configuration refused, the old one stays", &err);
		sd_notify(0, "READY=1");
		return;
	}
	older = atomic_exchange(&self.reloaded, fresh);
	daemon_config_free(&older, self.rows);
}

static void warn_if_changed(const char *key, const char *before, const char *after)
{
	if (strcmp(before, after) != 0)
		log_warn("changed key takes effect after a restart", LS("key", key));
}

/* On the main thread: apply what read_again() left, if anything. */
static void take_reload(void)
{
	struct daemon_common *fresh = atomic_exchange(&self.reloaded, NULL);

	if (fresh == NULL)
		return;
	log_set_level((enum log_level)fresh->log_level);
	log_set_format((enum log_format)fresh->log_format);
	warn_if_changed("instance", self.config->instance, fresh->instance);
	warn_if_changed("metrics.listen", self.config->metrics_listen, fresh->metrics_listen);
	if (self.spec->reload != NULL)
		self.spec->reload(self.state, daemon_config_own(fresh));
	daemon_config_free(&fresh, self.rows);
	log_info("configuration reloaded");
	sd_notify(0, "READY=1");
}

void daemon_alive(void)
{
	self.alive_at_ms = clock_mono_ms();
	if (self.reloaded != NULL && pthread_equal(pthread_self(), self.main_thread))
		take_reload();
}

/* --- the watch thread ----------------------------------------------------------------------- */

struct watch {
	uint64_t watchdog_every_ms; /* 0: systemd asked for none */
	uint64_t watchdog_at_ms;
	uint64_t give_up_at_ms;
	uint64_t stop_by_ms;
};

static void begin_stop(struct watch *w, const char *signal_name)
{
	static const uint64_t one = 1;

	if (self.stopping) {
		log_error("asked twice to stop, leaving at once", LS("signal", signal_name));
		_exit(EXIT_FAILURE);
	}
	log_info("stopping", LS("signal", signal_name));
	sd_notify(0, "STOPPING=1\nSTATUS=stopping");
	w->give_up_at_ms = clock_mono_ms() + GIVE_UP_MS;
	w->stop_by_ms = clock_mono_ms() + STOP_MS_MAX;
	self.stopping = true;
	if (write(daemon_stop_fd(), &one, sizeof(one)) != sizeof(one))
		panic("eventfd write: %s", strerror(errno));
}

static void on_signal(struct watch *w)
{
	struct signalfd_siginfo info;

	while (read(self.signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			read_again();
		else
			begin_stop(w, info.ssi_signo == SIGINT ? "INT" : "TERM");
	}
}

static void on_time(struct watch *w)
{
	uint64_t now_ms = clock_mono_ms();

	if (now_ms >= w->stop_by_ms) {
		log_error("did not stop in time, leaving work in hand",
			  LI("waited_ms", STOP_MS_MAX));
		_exit(EXIT_FAILURE);
	}
	if (now_ms >= w->give_up_at_ms) {
		w->give_up_at_ms = CLOCK_NEVER_MS;
		log_warn("stores are waited for no longer, what is in hand stays as it is",
			 LI("waited_ms", GIVE_UP_MS));
		give_up();
	}
	if (now_ms >= w->watchdog_at_ms) {
		w->watchdog_at_ms = now_ms + w->watchdog_every_ms;
		if (silent_ms() <= ALIVE_MS_MAX)
			sd_notify(0, "WATCHDOG=1");
	}
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int wait_ms(const struct watch *w)
{
	uint64_t now_ms = clock_mono_ms();
	uint64_t next_ms = earlier(earlier(w->give_up_at_ms, w->stop_by_ms), w->watchdog_at_ms);

	if (next_ms == CLOCK_NEVER_MS)
		return -1;
	if (next_ms <= now_ms)
		return 0;
	return next_ms - now_ms < 60000 ? (int)(next_ms - now_ms) : 60000;
}

static void *watch_main(void *arg)
{
	struct watch w = {
		.watchdog_at_ms = CLOCK_NEVER_MS,
		.give_up_at_ms = CLOCK_NEVER_MS,
		.stop_by_ms = CLOCK_NEVER_MS,
	};
	struct pollfd fds[] = {{.fd = self.signal_fd, .events = POLLIN},
			       {.fd = self.end_fd, .events = POLLIN}};
	uint64_t watchdog_us;

	(void)arg;
	if (sd_watchdog_enabled(0, &watchdog_us) > 0) {
		w.watchdog_every_ms = watchdog_us / 2000 > 0 ? watchdog_us / 2000 : 1;
		w.watchdog_at_ms = clock_mono_ms();
	}
	while (fds[1].revents == 0) {
		poll(fds, 2, wait_ms(&w));
		if (fds[0].revents != 0)
			on_signal(&w);
		on_time(&w);
	}
	return NULL;
}

/* Signals are blocked before the first thread starts, so that only the watch thread sees them. */
static bool start_watch(struct err *err)
{
	sigset_t signals;
	int failed;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	self.signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	self.end_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (self.signal_fd < 0 || self.end_fd < 0)
		return err_set(err, ERR_IO, "signals: %s", strerror(errno));
	failed = pthread_create(&self.watch_thread, NULL, watch_main, NULL);
	if (failed != 0)
		return err_set(err, ERR_IO, "thread: %s", strerror(failed));
	return true;
}

static void end_watch(void)
{
	static const uint64_t one = 1;

	if (write(self.end_fd, &one, sizeof(one)) != sizeof(one))
		panic("eventfd write: %s", strerror(errno));
	pthread_join(self.watch_thread, NULL);
	close(self.end_fd);
	close(self.signal_fd);
}

/* --- the life ------------------------------------------------------------------------------- */

static bool serve_health(struct health **health_out, struct err *err)
{
	static const struct health_checks checks = {.healthy = is_healthy, .ready = is_ready};
	uint16_t port;

	if (*self.config->metrics_listen == '\0')
		return true;
	if (!health_start(self.config->metrics_listen, &checks, health_out, &port, err))
		return err_wrap(err, "metrics.listen");
	log_info("metrics listening", LS("listen", self.config->metrics_listen), LI("port", port));
	return true;
}

/* A hook that gave up because it was told to stop has not failed. */
static bool hook_failed(const char *what, const struct err *err)
{
	if ((err->kind == ERR_STOPPING && self.stopping) || gave_up())
		return false;
	log_err(what, err);
	return true;
}

/* The hooks in their order; true when none failed. */
static bool run_hooks(void)
{
	struct err err = {0};
	bool failed = false;

	if (!self.spec->start(self.state, daemon_config_own(self.config), &err)) {
		failed = hook_failed("start failed", &err);
	} else {
		daemon_alive();
		set_ready(true, NULL, false);
		sd_notify(0, "READY=1");
		if (!self.spec->run(self.state, &err))
			failed = hook_failed("run failed", &err);
	}
	self.spec->stop(self.state);
	return !failed;
}

static int live(void)
{
	struct health *health = NULL;
	struct err err;
	bool ok;

	log_init(self.spec->name, (enum log_level)self.config->log_level,
		 (enum log_format)self.config->log_format);
	log_info("starting", LS("version", VESTNIK_VERSION), LS("instance", daemon_instance()),
		 LI("pid", getpid()));
	metric_set(metrics_gauge("vestnik_build_info", "Constant 1, labelled with the version.",
				 "version=\"" VESTNIK_VERSION "\""),
		   1);
	self.main_thread = pthread_self();
	self.alive_at_ms = clock_mono_ms();
	if (!start_watch(&err)) {
		log_err("start failed", &err);
		return EXIT_FAILURE;
	}
	self.state = mem_calloc(1, self.spec->state_size);
	ok = serve_health(&health, &err);
	if (!ok)
		log_err("start failed", &err);
	else
		ok = run_hooks();
	health_stop(&health);
	end_watch();
	mem_free(self.state);
	log_info("stopped", LS("result", ok ? "ok" : "failed"));
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int with_config(enum daemon_action action)
{
	struct daemon_common *leftover;
	struct err err;
	int status;

	self.config = daemon_config_load(self.config_path, self.rows, self.spec, &err);
	if (self.config == NULL) {
		if (action == ACTION_CHECK_CONFIG)
			fprintf(stderr, "%s\n", err.msg);
		else
			log_err("configuration refused", &err);
		return EXIT_FAILURE;
	}
	if (action == ACTION_CHECK_CONFIG) {
		printf("%s: ok\n", self.config_path);
		status = EXIT_SUCCESS;
	} else {
		status = live();
	}
	leftover = atomic_exchange(&self.reloaded, NULL);
	daemon_config_free(&leftover, self.rows);
	daemon_config_free(&self.config, self.rows);
	return status;
}

int daemon_main(int argc, char **argv, const struct daemon_spec *spec)
{
	struct daemon_options options;
	int status = EXIT_SUCCESS;

	if (!daemon_options_parse(argc, argv, spec, &options))
		return EXIT_USAGE;
	self.spec = spec;
	self.config_path = options.config_path;
	self.rows = daemon_config_rows(spec);
	log_init(spec->name, LOG_INFO, LOG_TEXT);
	switch (options.action) {
	case ACTION_HELP:
		daemon_print_help(spec);
		break;
	case ACTION_VERSION:
		printf("%s %s\n", spec->name, VESTNIK_VERSION);
		break;
	case ACTION_HELP_CONFIG:
		daemon_print_config_help(self.rows);
		break;
	case ACTION_RUN:
	case ACTION_CHECK_CONFIG:
		status = with_config(options.action);
		break;
	}
	mem_free(self.rows);
	self.rows = NULL;
	return status;
}
