/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* wire - see wire.h.
 *
 * A wire goes RESOLVING -> CONNECTING -> (HANDSHAKE ->) OPEN; closing is possible in every state
 * and is one function.  Reading keeps the octets of an unfinished PDU at the front of `in`. */
#include "smppd/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mem.h"

#define IN_SIZE	     (256u << 10) /* more than one PDU of the largest size */
#define READS_A_TURN 4		  /* then others have their turn */

enum wire_state { WIRE_RESOLVING, WIRE_CONNECTING, WIRE_HANDSHAKE, WIRE_OPEN, WIRE_CLOSED };

struct wire {
	struct event_base *base;
	const struct wire_hooks *hooks;
	void *arg;
	enum wire_state state;
	int depth; /* callbacks under way: freed at 0 */
	int fd;
	struct event *readable, *writable, *failed;
	struct evdns_getaddrinfo_request *lookup;
	char port[8];
	SSL_CTX *tls;
	SSL *ssl;
	char server_name[256];
	bool verify;
	unsigned attempt;
	struct buf out;
	size_t out_at; /* written so far */
	uint8_t *in;
	size_t in_len;
	char reason[160];
};

static void on_readable(evutil_socket_t fd, short what, void *arg);
static void on_writable(evutil_socket_t fd, short what, void *arg);

/* --- life --------------------------------------------------------------------------------------
 */

static void free_now(struct wire *w)
{
	buf_deinit(&w->out);
	mem_free(w->in);
	mem_free(w);
}

static void release_event(struct event **e)
{
	if (*e != NULL)
		event_free(*e);
	*e = NULL;
}

static void shut(struct wire *w)
{
	if (w->state == WIRE_CLOSED)
		return;
	w->state = WIRE_CLOSED;
	release_event(&w->readable);
	release_event(&w->writable);
	release_event(&w->failed);
	if (w->ssl != NULL)
		SSL_free(w->ssl);
	w->ssl = NULL;
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	if (w->lookup != NULL) {
		/* Its callback runs once more, with EVUTIL_EAI_CANCEL, and ends this wire. */
		w->depth++;
		evdns_getaddrinfo_cancel(w->lookup);
	}
}

void wire_close(struct wire **handle)
{
	struct wire *w = *handle;

	if (w == NULL)
		return;
	*handle = NULL;
	w->hooks = NULL;
	shut(w);
	if (w->depth == 0)
		free_now(w);
}

static void leave(struct wire *w)
{
	if (--w->depth == 0 && w->state == WIRE_CLOSED && w->hooks == NULL)
		free_now(w);
}

/* Tell the owner once, who then closes it. */
static void lose(struct wire *w, const char *reason)
{
	const struct wire_hooks *hooks = w->hooks;

	if (w->state == WIRE_CLOSED)
		return;
	snprintf(w->reason, sizeof(w->reason), "%s", reason);
	shut(w);
	if (hooks != NULL)
		hooks->on_lost(w->arg, w->reason);
}

static void lose_tls(struct wire *w, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	long verdict = w->ssl != NULL ? SSL_get_verify_result(w->ssl) : X509_V_OK;
	char text[160];

	snprintf(text, sizeof(text), "%s: %s", what,
		 verdict != X509_V_OK ? X509_verify_cert_error_string(verdict)
		 : code != 0	      ? ERR_reason_error_string(code)
				      : "the peer closed");
	ERR_clear_error();
	lose(w, text);
}

/* --- writing -----------------------------------------------------------------------------------
 */

/* Octets written; 0 when the socket takes none now; -1 when the wire was lost. */
static ssize_t write_some(struct wire *w, const char *data, size_t len)
{
	ssize_t n;

	if (w->ssl == NULL) {
		n = send(w->fd, data, len, MSG_NOSIGNAL);
		if (n >= 0)
			return n;
		if (errno == EAGAIN || errno == EINTR)
			return 0;
		lose(w, strerror(errno));
		return -1;
	}
	ERR_clear_error();
	n = SSL_write(w->ssl, data, (int)(len < (1u << 20) ? len : (1u << 20)));
	if (n > 0)
		return n;
	switch (SSL_get_error(w->ssl, (int)n)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return 0;
	default:
		lose_tls(w, "TLS write");
		return -1;
	}
}

static void flush_open(struct wire *w)
{
	while (w->state == WIRE_OPEN && w->out_at < w->out.len) {
		ssize_t n;

		if (!w->hooks->may_write(w->arg)) {
			lose(w, "the account's lease is over");
			return;
		}
		n = write_some(w, w->out.data + w->out_at, w->out.len - w->out_at);
		if (n < 0)
			return;
		if (n == 0) {
			event_add(w->writable, NULL);
			return;
		}
		w->out_at += (size_t)n;
	}
	if (w->state == WIRE_OPEN) {
		buf_reset(&w->out);
		w->out_at = 0;
	}
}

void wire_flush(struct wire *w)
{
	w->depth++;
	flush_open(w);
	leave(w);
}

struct buf *wire_out(struct wire *w)
{
	return &w->out;
}

size_t wire_unsent(const struct wire *w)
{
	return w->out.len - w->out_at;
}

/* --- reading -----------------------------------------------------------------------------------
 */

/* Octets read; 0 when there are none now; -1 when the wire was lost. */
static ssize_t read_some(struct wire *w)
{
	uint8_t *at = w->in + w->in_len;
	size_t room = IN_SIZE - w->in_len;
	ssize_t n;

	if (w->ssl == NULL) {
		n = recv(w->fd, at, room, 0);
		if (n > 0)
			return n;
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		lose(w, n == 0 ? "the peer closed" : strerror(errno));
		return -1;
	}
	ERR_clear_error();
	n = SSL_read(w->ssl, at, (int)room);
	if (n > 0)
		return n;
	switch (SSL_get_error(w->ssl, (int)n)) {
	case SSL_ERROR_WANT_WRITE:
		event_add(w->writable, NULL);
		return 0;
	case SSL_ERROR_WANT_READ:
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		lose(w, "the peer closed");
		return -1;
	default:
		lose_tls(w, "TLS read");
		return -1;
	}
}

static void read_open(struct wire *w)
{
	for (int i = 0; i < READS_A_TURN && w->state == WIRE_OPEN; i++) {
		ssize_t n = read_some(w);
		size_t used;

		if (n <= 0)
			return;
		w->in_len += (size_t)n;
		used = w->hooks->on_data(w->arg, w->in, w->in_len);
		if (w->state != WIRE_OPEN)
			return;
		w->in_len -= used;
		if (used > 0 && w->in_len > 0)
			memmove(w->in, w->in + used, w->in_len);
		if (w->in_len == IN_SIZE) {
			lose(w, "a PDU that never ends");
			return;
		}
	}
	/* TLS may hold octets the socket no longer shows. */
	if (w->state == WIRE_OPEN && w->ssl != NULL && SSL_pending(w->ssl) > 0)
		event_active(w->readable, EV_READ, 0);
}

/* --- opening -----------------------------------------------------------------------------------
 */

static void opened(struct wire *w)
{
	w->state = WIRE_OPEN;
	w->hooks->on_open(w->arg);
}

static void handshake(struct wire *w)
{
	int n;

	if (!w->hooks->may_write(w->arg)) {
		lose(w, "the account's lease is over");
		return;
	}
	ERR_clear_error();
	n = SSL_connect(w->ssl);
	if (n == 1) {
		opened(w);
		return;
	}
	switch (SSL_get_error(w->ssl, n)) {
	case SSL_ERROR_WANT_WRITE:
		event_add(w->writable, NULL);
		return;
	case SSL_ERROR_WANT_READ:
		return;
	default:
		lose_tls(w, "TLS handshake");
	}
}

static bool is_address(const char *text)
{
	unsigned char out[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, out) == 1 || inet_pton(AF_INET6, text, out) == 1;
}

static bool begin_tls(struct wire *w)
{
	w->ssl = SSL_new(w->tls);
	if (w->ssl == NULL || SSL_set_fd(w->ssl, w->fd) != 1)
		return false;
	if (is_address(w->server_name)) {
		if (w->verify &&
		    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(w->ssl), w->server_name) != 1)
			return false;
	} else if (SSL_set_tlsext_host_name(w->ssl, w->server_name) != 1 ||
		   (w->verify && SSL_set1_host(w->ssl, w->server_name) != 1)) {
		return false;
	}
	w->state = WIRE_HANDSHAKE;
	return true;
}

static void connected(struct wire *w)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		error = errno;
	if (error != 0) {
		lose(w, strerror(error));
		return;
	}
	event_add(w->readable, NULL);
	if (w->tls == NULL)
		opened(w);
	else if (begin_tls(w))
		handshake(w);
	else
		lose_tls(w, "TLS set-up");
}

static void step(struct wire *w, short what)
{
	w->depth++;
	switch (w->state) {
	case WIRE_CONNECTING:
		if (what & EV_WRITE)
			connected(w);
		break;
	case WIRE_HANDSHAKE:
		handshake(w);
		break;
	case WIRE_OPEN:
		if (what & EV_WRITE)
			flush_open(w);
		/* A TLS read may have waited for the socket to take something. */
		if (w->state == WIRE_OPEN && ((what & EV_READ) || w->ssl != NULL))
			read_open(w);
		break;
	default:
		break;
	}
	leave(w);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	step(arg, what & EV_READ);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	step(arg, what & EV_WRITE);
}

static bool connect_to(struct wire *w, const struct addrinfo *a)
{
	int on = 1;

	w->fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (w->fd < 0)
		return false;
	(void)setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(w->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	if (connect(w->fd, a->ai_addr, a->ai_addrlen) != 0 && errno != EINPROGRESS)
		return false;
	w->state = WIRE_CONNECTING;
	w->readable = event_new(w->base, w->fd, EV_READ | EV_PERSIST, on_readable, w);
	w->writable = event_new(w->base, w->fd, EV_WRITE, on_writable, w);
	event_add(w->writable, NULL);
	return true;
}

/* Runs inside wire_open() for numeric addresses, so failures are told from the loop. */
static void on_failed(evutil_socket_t fd, short what, void *arg)
{
	struct wire *w = arg;

	(void)fd;
	(void)what;
	w->depth++;
	lose(w, w->reason);
	leave(w);
}

static void fail_soon(struct wire *w, const char *reason)
{
	snprintf(w->reason, sizeof(w->reason), "%s", reason);
	w->failed = evtimer_new(w->base, on_failed, w);
	event_active(w->failed, EV_TIMEOUT, 0);
}

/* A name may have addresses that do not answer; every attempt takes the next one. */
static const struct evutil_addrinfo *in_turn(const struct evutil_addrinfo *all, unsigned attempt)
{
	const struct evutil_addrinfo *a;
	unsigned count = 0;

	for (a = all; a != NULL; a = a->ai_next)
		count++;
	a = all;
	for (unsigned skip = attempt % count; skip > 0; skip--)
		a = a->ai_next;
	return a;
}

static void on_resolved(int result, struct evutil_addrinfo *found, void *arg)
{
	struct wire *w = arg;

	w->lookup = NULL;
	if (w->state == WIRE_CLOSED) { /* cancelled by shut() */
		if (found != NULL)
			evutil_freeaddrinfo(found);
		leave(w);
		return;
	}
	if (result != 0 || found == NULL)
		fail_soon(w, evutil_gai_strerror(result));
	else if (!connect_to(w, in_turn(found, w->attempt)))
		fail_soon(w, strerror(errno));
	if (found != NULL)
		evutil_freeaddrinfo(found);
}

struct wire *wire_open(struct event_base *base, struct evdns_base *dns,
		       const struct wire_target *target, const struct wire_hooks *hooks, void *arg)
{
	struct wire *w = mem_calloc(1, sizeof(*w));
	struct evutil_addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP,
		.ai_flags = EVUTIL_AI_NUMERICSERV,
	};

	w->base = base;
	w->hooks = hooks;
	w->arg = arg;
	w->fd = -1;
	w->tls = target->tls;
	w->verify = target->verify;
	w->attempt = target->attempt;
	snprintf(w->server_name, sizeof(w->server_name), "%s",
		 target->server_name != NULL ? target->server_name : target->host);
	buf_init(&w->out, WIRE_OUT_MAX);
	w->in = mem_alloc(IN_SIZE);
	snprintf(w->port, sizeof(w->port), "%d", target->port);
	if (is_address(target->host))
		hints.ai_flags = EVUTIL_AI_NUMERICSERV | EVUTIL_AI_NUMERICHOST;
	w->lookup = evdns_getaddrinfo(dns, target->host, w->port, &hints, on_resolved, w);
	return w;
}
