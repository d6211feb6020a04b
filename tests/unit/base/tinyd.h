/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tinyd - a daemon of a few lines, run in a child process, for the tests of daemon.
 *
 * Its configuration is a file in memory, its systemd an abstract socket, and its monotonic clock
 * can be moved by the test, so that nothing is left behind and no half minute is waited for.
 * Everything is static: daemon_test.c alone includes it. */
#ifndef VESTNIK_TESTS_UNIT_BASE_TINYD_H
#define VESTNIK_TESTS_UNIT_BASE_TINYD_H

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/base/daemon.h"
#include "common/base/give_up.h"
#include "common/base/log.h"

#define AWAIT_MS 20000

/* --- the clock that can be moved ------------------------------------------------------------- */

static _Atomic uint64_t *skipped_ms; /* shared with the child */

/* Stands before the C library's, for this program alone. */
int clock_gettime(clockid_t id, struct timespec *out)
{
	long result = syscall(SYS_clock_gettime, id, out);

	if (id == CLOCK_MONOTONIC && skipped_ms != NULL)
		out->tv_sec += (time_t)(*skipped_ms / 1000);
	return (int)result;
}

/* Let the child's monotonic clock jump. */
static void tinyd_skip_ms(uint64_t ms)
{
	*skipped_ms += ms;
}

/* --- the daemon ------------------------------------------------------------------------------ */

enum mode {
	MODE_NORMAL,
	MODE_BUSY,   /* run never ends */
	MODE_SILENT, /* run never says it is alive */
	MODE_START_FAILS,
	MODE_RUN_FAILS,
	MODE_RUN_GIVES_UP, /* run answers ERR_STOPPING */
	MODE_NOT_READY,
	MODE_READY_AGAIN,  /* not ready at start, ready in run */
	MODE_SLOW_STOP,	   /* stop never ends */
	MODE_STORE_SILENT, /* run waits for a store until it may not any longer */
	MODE_START_SILENT, /* so does start, which then fails */
};

static const char *const modes[] = {"normal",	 "busy",	 "silent",	 "start_fails",
				    "run_fails", "gives_up",	 "not_ready",	 "ready_again",
				    "slow_stop", "store_silent", "start_silent", NULL};

struct tiny_config {
	char *secret;
	int64_t number;
	int mode;
};

static const struct config_row tiny_rows[] = {
	{"database.url", CONFIG_STR, offsetof(struct tiny_config, secret), "none", 0, 0, NULL,
	 "where the database is"},
	{"work.number", CONFIG_INT, offsetof(struct tiny_config, number), "5", 1, 9, NULL,
	 "a number"},
	{"work.mode", CONFIG_ENUM, offsetof(struct tiny_config, mode), "normal", 0, 0, modes,
	 "what goes wrong"},
	{0},
};

struct tiny {
	const struct tiny_config *config;
	int zero; /* state must come zeroed */
};

static void wait_for_store(void)
{
	struct pollfd given_up = {.fd = give_up_fd(), .events = POLLIN};

	log_info("waiting for a store");
	while (poll(&given_up, 1, -1) != 1)
		;
}

static bool tiny_start(void *state, const void *config, struct err *err)
{
	struct tiny *tiny = state;

	tiny->config = config;
	log_info("hook start", LI("number", tiny->config->number), LI("zero", tiny->zero),
		 LS("instance", daemon_instance()));
	if (tiny->config->mode == MODE_START_SILENT) {
		wait_for_store();
		return err_set(err, ERR_LOST, "no answer");
	}
	if (tiny->config->mode == MODE_START_FAILS)
		return err_set(err, ERR_IO, "no database");
	if (tiny->config->mode == MODE_NOT_READY || tiny->config->mode == MODE_READY_AGAIN)
		daemon_ready(false, "broker is\naway");
	return true;
}

static bool tiny_run(void *state, struct err *err)
{
	const struct tiny *tiny = state;
	struct pollfd stop = {.fd = daemon_stop_fd(), .events = POLLIN};

	if (tiny->config->mode == MODE_RUN_FAILS)
		return err_set(err, ERR_LOST, "lost it");
	if (tiny->config->mode == MODE_READY_AGAIN)
		daemon_ready(true, NULL);
	while (poll(&stop, 1, 5) == 0) {
		if (tiny->config->mode != MODE_SILENT)
			daemon_alive();
	}
	log_info("hook run ends", LI("stopping", daemon_stopping()));
	while (tiny->config->mode == MODE_BUSY)
		pause();
	if (tiny->config->mode == MODE_STORE_SILENT)
		wait_for_store();
	if (tiny->config->mode == MODE_RUN_GIVES_UP)
		return err_set(err, ERR_STOPPING, "told to stop");
	return true;
}

static void tiny_reload(void *state, const void *config)
{
	const struct tiny *tiny = state;
	const struct tiny_config *fresh = config;

	log_info("hook reload", LI("from", tiny->config->number), LI("to", fresh->number));
}

static void tiny_stop(void *state)
{
	const struct tiny *tiny = state;

	log_info("hook stop", LI("number", tiny->config->number));
	while (tiny->config->mode == MODE_SLOW_STOP)
		pause();
}

static const struct daemon_spec tiny_spec = {
	.name = "tinyd",
	.purpose = "be tested",
	.config = tiny_rows,
	.config_size = sizeof(struct tiny_config),
	.state_size = sizeof(struct tiny),
	.start = tiny_start,
	.run = tiny_run,
	.reload = tiny_reload,
	.stop = tiny_stop,
};

/* --- starting and watching it
 * ----------------------------------------------------------------------------- */

struct tinyd {
	pid_t pid;
	int out_fd; /* its standard output and error */
	int notify_fd;
	int config_fd;
	char config_path[64];
	char out[65536]; /* all it has written so far */
	size_t out_len;
};
static void tinyd_configure(struct tinyd *t, const char *config)
{
	ck_assert_int_eq(ftruncate(t->config_fd, 0), 0);
	ck_assert_int_eq(pwrite(t->config_fd, config, strlen(config), 0), (ssize_t)strlen(config));
}

/* An abstract name made by the kernel belongs to nobody else. */
static int open_notify(char *name_out, size_t size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	snprintf(name_out, size, "@%.*s", (int)(len - offsetof(struct sockaddr_un, sun_path) - 1),
		 address.sun_path + 1);
	return fd;
}

/* Prepare; the child begins with tinyd_start().  `config` is the YAML text. */
static void tinyd_init(struct tinyd *t, const char *config)
{
	const int flags = MAP_SHARED | MAP_ANONYMOUS;
	char name[128];
	void *page;

	memset(t, 0, sizeof(*t));
	t->config_fd = memfd_create("config", 0);
	snprintf(t->config_path, sizeof(t->config_path), "/proc/self/fd/%d", t->config_fd);
	tinyd_configure(t, config);
	t->notify_fd = open_notify(name, sizeof(name));
	setenv("NOTIFY_SOCKET", name, 1);
	t->out_fd = -1;
	/* cppcheck-suppress invalidFunctionArg ; mmap(2) wants -1 for a mapping without a file */
	page = mmap(NULL, sizeof(*skipped_ms), PROT_READ | PROT_WRITE, flags, -1, 0);
	ck_assert_ptr_ne(page, MAP_FAILED);
	skipped_ms = page;
}

/* In the child: be the daemon, and die with the test. */
static _Noreturn void be_daemon(struct tinyd *t, char *const *options, int out_fd)
{
	char *all[8] = {"tinyd", "--config", t->config_path};
	int count = 3;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(out_fd, STDOUT_FILENO);
	dup2(out_fd, STDERR_FILENO);
	for (count = options != NULL ? 1 : 3; options != NULL && options[count - 1] != NULL;
	     count++)
		all[count] = options[count - 1];
	all[count] = NULL;
	exit(daemon_main(count, all, &tiny_spec));
}

/* Start with the given options (NULL-terminated); NULL means --config and the file.  watchdog_us 0:
 * systemd asks for no watchdog. */
static void tinyd_start(struct tinyd *t, char *const *options, uint64_t watchdog_us)
{
	char number[32];
	int ends[2];

	snprintf(number, sizeof(number), "%llu", (unsigned long long)watchdog_us);
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	if (watchdog_us > 0)
		setenv("WATCHDOG_USEC", number, 1);
	ck_assert_int_eq(pipe(ends), 0);
	fflush(NULL);
	t->pid = fork();
	ck_assert_int_ge(t->pid, 0);
	if (t->pid == 0)
		be_daemon(t, options, ends[1]);
	close(ends[1]);
	t->out_fd = ends[0];
}

/* Kill what still runs, close everything. */
static void tinyd_end(struct tinyd *t)
{
	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, NULL, 0);
	}
	close(t->out_fd);
	close(t->notify_fd);
	close(t->config_fd);
}

/* Real time, not the one that is moved. */
static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* False when nothing more will come: the other end is closed. */
static bool read_more(struct tinyd *t, const char *waiting_for)
{
	struct pollfd fd = {.fd = t->out_fd, .events = POLLIN};
	ssize_t len;

	ck_assert_msg(poll(&fd, 1, AWAIT_MS) == 1, "no \"%s\" in:\n%s", waiting_for, t->out);
	len = read(t->out_fd, t->out + t->out_len, sizeof(t->out) - 1 - t->out_len);
	ck_assert_int_ge(len, 0);
	t->out_len += (size_t)len;
	t->out[t->out_len] = '\0';
	return len > 0;
}

/* Wait until the output holds `text`; a child that ends without it fails the test. */
static void tinyd_await(struct tinyd *t, const char *text)
{
	while (strstr(t->out, text) == NULL)
		ck_assert_msg(read_more(t, text), "ended without \"%s\":\n%s", text, t->out);
}

/* Wait until systemd's socket has received `text` as a line of a datagram. */
static void tinyd_await_notify(struct tinyd *t, const char *text)
{
	uint64_t deadline_ms = now_ms() + AWAIT_MS;
	char datagram[1024];

	for (;;) {
		struct pollfd fd = {.fd = t->notify_fd, .events = POLLIN};
		ssize_t len;

		ck_assert_msg(now_ms() < deadline_ms && poll(&fd, 1, AWAIT_MS) == 1,
			      "systemd was not told %s", text);
		len = recv(t->notify_fd, datagram, sizeof(datagram) - 1, 0);
		ck_assert_int_ge(len, 0);
		datagram[len] = '\0';
		for (char *rest, *line = strtok_r(datagram, "\n", &rest); line != NULL;
		     line = strtok_r(NULL, "\n", &rest)) {
			if (strcmp(line, text) == 0)
				return;
		}
	}
}

/* Wait for the exit status; all output is in t->out then. */
static int tinyd_wait(struct tinyd *t)
{
	int status;

	while (read_more(t, "end of output"))
		;
	ck_assert_int_eq(waitpid(t->pid, &status, 0), t->pid);
	t->pid = 0;
	ck_assert_msg(WIFEXITED(status), "killed by a signal:\n%s", t->out);
	return WEXITSTATUS(status);
}

static uint16_t logged_port(struct tinyd *t)
{
	const char *at;

	tinyd_await(t, "metrics listening");
	tinyd_await(t, " port=");
	at = strstr(t->out, " port=") + strlen(" port=");
	while (strchr(at, '\n') == NULL)
		read_more(t, "newline");
	return (uint16_t)strtoul(at, NULL, 10);
}

/* The whole answer to `request`, sent as it stands to the logged port. */
static const char *tinyd_http(struct tinyd *t, const char *request)
{
	static char answer[1024 * 1024];
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(logged_port(t)),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval limit = {.tv_sec = AWAIT_MS / 1000};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t len = 0;
	ssize_t got;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(send(fd, request, strlen(request), MSG_NOSIGNAL),
			 (ssize_t)strlen(request));
	while ((got = recv(fd, answer + len, sizeof(answer) - 1 - len, 0)) > 0)
		len += (size_t)got;
	ck_assert_msg(got == 0 || errno == ECONNRESET, "no answer");
	answer[len] = '\0';
	close(fd);
	return answer;
}

static const char *tinyd_get(struct tinyd *t, const char *path)
{
	char request[200];

	snprintf(request, sizeof(request),
		 "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
	return tinyd_http(t, request);
}

#endif
