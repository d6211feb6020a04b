/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smscsim - an SMSC that is not there: it takes messages, answers as badly as it is told to, sends
 * receipts, and keeps a log that tests hold against the database.  See --help. */
#include "tests/smscsim/sim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

#define LOG_FLUSH_US 50000

static void on_log_flush(evutil_socket_t fd, short what, void *arg)
{
	struct sim *sim = arg;

	(void)fd;
	(void)what;
	if (!proof_log_flush(&sim->log)) {
		fprintf(stderr, "smscsim: the log cannot be written: %s\n", strerror(errno));
		event_base_loopexit(sim->base, NULL);
	}
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	struct sim *sim = arg;

	(void)fd;
	(void)what;
	event_base_loopexit(sim->base, NULL);
}

/* --- start and end -------------------------------------------------------------------------------
 */

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
		      int address_len, void *arg)
{
	(void)listener;
	(void)address;
	(void)address_len;
	session_accept(arg, fd);
}

static struct evconnlistener *listen_for_binds(struct sim *sim, struct err *err)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)sim->options.port)};
	socklen_t len = sizeof(address);
	struct evconnlistener *listener;

	if (inet_pton(AF_INET, sim->options.address, &address.sin_addr) != 1) {
		err_set(err, ERR_INPUT, "address: \"%s\" is no IPv4 address", sim->options.address);
		return NULL;
	}
	listener = evconnlistener_new_bind(sim->base, on_accept, sim,
					   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1,
					   (struct sockaddr *)&address, sizeof(address));
	if (listener == NULL) {
		err_set(err, ERR_IO, "port %d: %s; give another with --port",
			(int)sim->options.port, strerror(errno));
		return NULL;
	}
	getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &len);
	printf("listening %d\n", ntohs(address.sin_port));
	return listener;
}

static bool start_tls(struct sim *sim, struct err *err)
{
	if (sim->options.tls_cert[0] == '\0')
		return true;
	sim->tls = SSL_CTX_new(TLS_server_method());
	if (sim->tls == NULL || SSL_CTX_set_min_proto_version(sim->tls, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_use_certificate_chain_file(sim->tls, sim->options.tls_cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(sim->tls, sim->options.tls_key, SSL_FILETYPE_PEM) != 1)
		return err_set(err, ERR_INPUT, "tls-cert %s and tls-key %s cannot be used",
			       sim->options.tls_cert, sim->options.tls_key);
	return true;
}

static bool run(struct sim *sim, struct err *err)
{
	const struct timeval flush_every = {.tv_usec = LOG_FLUSH_US};
	struct evconnlistener *listener;
	struct event *events[] = {
		event_new(sim->base, -1, EV_PERSIST, on_log_flush, sim),
		evsignal_new(sim->base, SIGTERM, on_signal, sim),
		evsignal_new(sim->base, SIGINT, on_signal, sim),
	};
	bool ok = start_tls(sim, err) && proof_log_open(&sim->log, sim->options.log, err) &&
		  control_start(sim, err);

	listener = ok ? listen_for_binds(sim, err) : NULL;
	if (listener != NULL) {
		fflush(stdout);
		if (sim->log.fd >= 0)
			event_add(events[0], &flush_every);
		event_add(events[1], NULL);
		event_add(events[2], NULL);
		event_base_dispatch(sim->base);
		evconnlistener_free(listener);
	}
	control_stop(sim);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		event_free(events[i]);
	return listener != NULL;
}

static int print_help(void)
{
	struct buf text;

	buf_init(&text, 64 * 1024);
	options_help(&text);
	printf("smscsim - an SMSC simulator for tests, benchmarks and the demo\n\n"
	       "usage: smscsim [--OPTION VALUE]...\n\n%s\n"
	       "Control lines (answers begin with ok or error): set, get, stats, reset, sessions,\n"
	       "flush, cut, unbind, enquire, mo, quit, help.\n\n"
	       "A line of the log: ms session system_id destination ref total seq id hash status\n"
	       "fate sequence; hash is FNV-1a (64 bits) of the text without its header, fate is\n"
	       "answered or lost.  `lost ms session sequence id` corrects a line above it.\n",
	       buf_str(&text));
	buf_deinit(&text);
	return 0;
}

int main(int argc, char **argv)
{
	struct sim *sim = mem_calloc(1, sizeof(*sim));
	struct err err;
	bool ok;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		mem_free(sim);
		return print_help();
	}
	signal(SIGPIPE, SIG_IGN);
	options_init(&sim->options);
	ok = options_parse(&sim->options, argc, argv, &err);
	if (ok) {
		sim_init(sim);
		ok = run(sim, &err);
		sim_deinit(sim);
	}
	if (!ok)
		fprintf(stderr, "smscsim: %s\n", err.msg);
	mem_free(sim);
	return ok ? 0 : 1;
}
