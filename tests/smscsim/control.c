/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* control - one line commands one line, from stdin or a loopback port.  The end of stdin ends the
 * simulator: whoever started it is gone. */
#include "common/base/mem.h"
#include "tests/smscsim/sim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>

#define LINE_MAX_  4096
#define ANSWER_MAX (128 * 1024)

struct command {
	const char *name;
	void (*run)(struct sim *sim, char *args, struct buf *answer);
	const char *help;
};

static char *next_word(char **args)
{
	char *word = strsep(args, " ");

	return word != NULL ? word : "";
}

static void run_set(struct sim *sim, char *args, struct buf *answer)
{
	char *key = next_word(&args);
	struct err err;

	if (options_set(&sim->options, key, args != NULL ? args : "", &err))
		buf_add_str(answer, "ok");
	else
		buf_printf(answer, "error %s", err.msg);
}

static void run_get(struct sim *sim, char *args, struct buf *answer)
{
	buf_add_str(answer, "ok ");
	if (!options_get(&sim->options, args, answer)) {
		buf_reset(answer);
		buf_add_str(answer, "error no such option");
	}
}

static void run_stats(struct sim *sim, char *args, struct buf *answer)
{
	(void)args;
	buf_add_str(answer, "ok ");
	stats_print(&sim->stats, sim->now_ms, sim->session_count, sim->receipts_alive, answer);
}

static void run_invoice(struct sim *sim, char *args, struct buf *answer)
{
	(void)args;
	buf_add_str(answer, "ok ");
	invoice_print(&sim->invoice, &sim->options, answer);
}

static void run_reset(struct sim *sim, char *args, struct buf *answer)
{
	(void)args;
	sim->stats = (struct stats){0};
	buf_add_str(answer, "ok");
}

static void run_flush(struct sim *sim, char *args, struct buf *answer)
{
	(void)args;
	if (proof_log_flush(&sim->log))
		buf_add_str(answer, "ok");
	else
		buf_printf(answer, "error the log cannot be written: %s", strerror(errno));
}

static void run_sessions(struct sim *sim, char *args, struct buf *answer)
{
	static const char *const states[] = {"open", "tx", "rx", "trx"};

	(void)args;
	buf_add_str(answer, "ok");
	for (unsigned i = 0; i < SESSIONS_MAX; i++) {
		const struct session *s = sim->sessions[i];

		if (s != NULL)
			buf_printf(answer, " %u:%s:%s", s->number, states[s->bound],
				   s->client != NULL ? s->client->system_id : "");
	}
}

/* --- commands to sessions: `all` or a number
 * ------------------------------------------------------
 */

static void cut(struct session *s)
{
	s->sim->stats.cuts++;
	session_free(s);
}

static void send_request(struct session *s, uint32_t command)
{
	smpp_put_empty(&s->out, command, ESME_ROK, session_next_sequence(s));
	session_flush(s);
}

static void unbind(struct session *s)
{
	send_request(s, SMPP_UNBIND);
}

static void enquire(struct session *s)
{
	send_request(s, SMPP_ENQUIRE_LINK);
}

static void each_session(struct sim *sim, const char *which, void (*act)(struct session *s),
			 struct buf *answer)
{
	unsigned long number = strtoul(which, NULL, 10);
	unsigned count = 0;

	for (unsigned i = 0; i < SESSIONS_MAX; i++) {
		struct session *s = sim->sessions[i];

		if (s != NULL && (strcmp(which, "all") == 0 || s->number == number)) {
			act(s);
			count++;
		}
	}
	buf_printf(answer, "ok %u", count);
}

static void run_cut(struct sim *sim, char *args, struct buf *answer)
{
	each_session(sim, args, cut, answer);
}

static void run_unbind(struct sim *sim, char *args, struct buf *answer)
{
	each_session(sim, args, unbind, answer);
}

static void run_enquire(struct sim *sim, char *args, struct buf *answer)
{
	each_session(sim, args, enquire, answer);
}

static void send_mo(struct sim *sim, const char *system_id, const struct mo *mo, struct buf *answer)
{
	if (strlen(system_id) > 0 && strlen(system_id) <= 16 && outbox_send_mo(sim, system_id, mo))
		buf_add_str(answer, "ok");
	else
		buf_add_str(answer, "error nobody of that system_id can receive it");
}

static void run_mo(struct sim *sim, char *args, struct buf *answer)
{
	char *system_id = next_word(&args), *from = next_word(&args), *to = next_word(&args);
	const char *text = args != NULL ? args : "";
	const struct mo mo = {
		.from = from, .to = to, .octets = {(const uint8_t *)text, strlen(text)}};

	send_mo(sim, system_id, &mo, answer);
}

/* SIZE_MAX for anything but pairs of hexadecimal digits, at most `size` of them. */
static size_t from_hex(const char *hex, uint8_t *out, size_t size)
{
	size_t len = strlen(hex) / 2;

	if (strlen(hex) % 2 != 0 || len > size || strspn(hex, "0123456789abcdefABCDEF") != 2 * len)
		return SIZE_MAX;
	for (size_t i = 0; i < len; i++) {
		const char pair[] = {hex[2 * i], hex[2 * i + 1], '\0'};

		out[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return len;
}

static void run_mo_octets(struct sim *sim, char *args, struct buf *answer)
{
	char *system_id = next_word(&args), *from = next_word(&args), *to = next_word(&args);
	unsigned long esm_class = strtoul(next_word(&args), NULL, 0);
	unsigned long data_coding = strtoul(next_word(&args), NULL, 0);
	uint8_t octets[254];
	size_t len = from_hex(args != NULL ? args : "", octets, sizeof(octets));
	const struct mo mo = {.from = from,
			      .to = to,
			      .esm_class = (uint8_t)esm_class,
			      .data_coding = (uint8_t)data_coding,
			      .octets = {octets, len}};

	if (len == SIZE_MAX || esm_class > UINT8_MAX || data_coding > UINT8_MAX)
		buf_add_str(answer, "error expected ESM_CLASS DATA_CODING HEX");
	else
		send_mo(sim, system_id, &mo, answer);
}

static void run_quit(struct sim *sim, char *args, struct buf *answer)
{
	const struct timeval soon = {.tv_usec = 10000}; /* the answer leaves first */

	(void)args;
	event_base_loopexit(sim->base, &soon);
	buf_add_str(answer, "ok");
}

static void run_help(struct sim *sim, char *args, struct buf *answer);

static const struct command commands[] = {
	{"set", run_set, "KEY VALUE"},
	{"get", run_get, "KEY"},
	{"stats", run_stats, ""},
	{"invoice", run_invoice, "(of what was accepted)"},
	{"reset", run_reset, "(zero the stats)"},
	{"sessions", run_sessions, "(NUMBER:STATE:SYSTEM_ID ...)"},
	{"flush", run_flush, "(the log)"},
	{"cut", run_cut, "all|NUMBER"},
	{"unbind", run_unbind, "all|NUMBER"},
	{"enquire", run_enquire, "all|NUMBER"},
	{"mo", run_mo, "SYSTEM_ID FROM TO TEXT"},
	{"mo-octets", run_mo_octets, "SYSTEM_ID FROM TO ESM_CLASS DATA_CODING HEX"},
	{"quit", run_quit, ""},
	{"help", run_help, ""},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void run_help(struct sim *sim, char *args, struct buf *answer)
{
	(void)sim;
	(void)args;
	buf_add_str(answer, "ok");
	for (size_t i = 0; i < COMMANDS; i++)
		buf_printf(answer, "%s %s %s", i > 0 ? ";" : "", commands[i].name,
			   commands[i].help);
}

void control_run(struct sim *sim, char *line, struct buf *answer)
{
	char *name = next_word(&line);

	sim_clock(sim);
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i].name, name) == 0) {
			commands[i].run(sim, line != NULL ? line : "", answer);
			return;
		}
	}
	buf_printf(answer, "error no such command; see help");
}

/* --- where lines come from -----------------------------------------------------------------------
 */

static struct {
	struct evconnlistener *listener;
	struct bufferevent *peers[16];
	struct bufferevent *in; /* stdin */
} control;

#define PEERS (sizeof(control.peers) / sizeof(control.peers[0]))

static void on_line(struct bufferevent *bev, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(bev);
	struct buf answer;
	char *line;

	buf_init(&answer, ANSWER_MAX);
	while ((line = evbuffer_readln(input, NULL, EVBUFFER_EOL_CRLF)) != NULL) {
		control_run(arg, line, &answer);
		buf_add_char(&answer, '\n');
		mem_free(line);
		if (bev == control.in) {
			fputs(buf_str(&answer), stdout);
			fflush(stdout);
		} else {
			bufferevent_write(bev, answer.data, answer.len);
		}
		buf_reset(&answer);
	}
	buf_deinit(&answer);
	if (evbuffer_get_length(input) > LINE_MAX_)
		evbuffer_drain(input, evbuffer_get_length(input));
}

static void on_gone(struct bufferevent *bev, short what, void *arg)
{
	struct sim *sim = arg;

	(void)what;
	if (bev == control.in) {
		event_base_loopexit(sim->base, NULL);
		return;
	}
	for (size_t i = 0; i < PEERS; i++) {
		if (control.peers[i] == bev)
			control.peers[i] = NULL;
	}
	bufferevent_free(bev);
}

static void on_peer(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
		    int address_len, void *arg)
{
	struct sim *sim = arg;
	size_t i = 0;

	(void)listener;
	(void)address;
	(void)address_len;
	while (i < PEERS && control.peers[i] != NULL)
		i++;
	if (i == PEERS) {
		evutil_closesocket(fd);
		return;
	}
	control.peers[i] = bufferevent_socket_new(sim->base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(control.peers[i], on_line, NULL, on_gone, sim);
	bufferevent_enable(control.peers[i], EV_READ | EV_WRITE);
}

static bool listen_on(struct sim *sim, const char *port_text, struct err *err)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	char *end;
	unsigned long port = strtoul(port_text, &end, 10);

	if (*end != '\0' || port > UINT16_MAX)
		return err_set(err, ERR_INPUT, "control: found \"%s\"; expected stdin or a port",
			       port_text);
	address.sin_port = htons((uint16_t)port);
	control.listener = evconnlistener_new_bind(sim->base, on_peer, sim,
						   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1,
						   (struct sockaddr *)&address, sizeof(address));
	if (control.listener == NULL)
		return err_set(err, ERR_IO, "control: port %lu: %s", port, strerror(errno));
	getsockname(evconnlistener_get_fd(control.listener), (struct sockaddr *)&address, &len);
	printf("control %d\n", ntohs(address.sin_port));
	return true;
}

bool control_start(struct sim *sim, struct err *err)
{
	if (sim->options.control[0] == '\0')
		return true;
	if (strcmp(sim->options.control, "stdin") != 0)
		return listen_on(sim, sim->options.control, err);
	evutil_make_socket_nonblocking(STDIN_FILENO);
	control.in = bufferevent_socket_new(sim->base, STDIN_FILENO, 0);
	bufferevent_setcb(control.in, on_line, NULL, on_gone, sim);
	bufferevent_enable(control.in, EV_READ);
	return true;
}

void control_stop(struct sim *sim)
{
	(void)sim;
	for (size_t i = 0; i < PEERS; i++) {
		if (control.peers[i] != NULL)
			bufferevent_free(control.peers[i]);
	}
	if (control.in != NULL)
		bufferevent_free(control.in);
	if (control.listener != NULL)
		evconnlistener_free(control.listener);
}
