/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mq_connect - the slow half of mq_wire: find the broker, connect, shake hands for TLS.
 *
 * Names are resolved by getaddrinfo_a(), because getaddrinfo() keeps no deadline. */
#include "common/broker/mq_wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/give_up.h"
#include "common/base/mem.h"

static bool readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return fd >= 0 && poll(&p, 1, 0) > 0;
}

/* --- names -------------------------------------------------------------------------------------
 */

/* One question to the resolver.  It owns what the resolver's thread may still touch, so a question
 * that cannot be withdrawn at the deadline is left behind. */
struct lookup {
	struct gaicb request;
	struct addrinfo hints;
	char *host;
	char port[8];
};

static struct lookup *lookup_new(const struct mq_address *address)
{
	struct lookup *l = mem_calloc(1, sizeof(*l));

	l->host = mem_strdup(address->host);
	snprintf(l->port, sizeof(l->port), "%d", address->port);
	l->hints.ai_socktype = SOCK_STREAM;
	l->hints.ai_flags = AI_NUMERICSERV;
	l->request =
		(struct gaicb){.ar_name = l->host, .ar_service = l->port, .ar_request = &l->hints};
	return l;
}

static void lookup_free(struct lookup *l)
{
	if (l->request.ar_result != NULL)
		freeaddrinfo(l->request.ar_result);
	mem_free(l->host);
	mem_free(l);
}

/* Wait in slices, so that a stop is seen. */
static bool lookup_await(struct lookup *l, uint64_t deadline_ms, int wake_fd, struct err *err)
{
	const struct gaicb *list[1] = {&l->request};
	const struct timespec slice = {.tv_nsec = 50 * 1000 * 1000};
	int result;

	while ((result = gai_error(&l->request)) == EAI_INPROGRESS) {
		if (readable(wake_fd))
			return err_set(err, ERR_STOPPING, "stopping");
		if (mq_wire_late(deadline_ms))
			return err_set(err, ERR_TIMEOUT, "resolving %s took too long", l->host);
		gai_suspend(list, 1, &slice);
	}
	if (result != 0)
		return err_set(err, ERR_LOST, "%s: %s", l->host, gai_strerror(result));
	return true;
}

static bool resolve_numeric(const struct mq_address *address, struct addrinfo **out)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};
	char port[8];

	snprintf(port, sizeof(port), "%d", address->port);
	return getaddrinfo(address->host, port, &hints, out) == 0;
}

/* On success *out is the caller's to freeaddrinfo(). */
static bool resolve_name(const struct mq_address *address, uint64_t deadline_ms, int wake_fd,
			 struct addrinfo **out, struct err *err)
{
	struct lookup *l = lookup_new(address);
	struct gaicb *list[1] = {&l->request};
	bool ok;

	if (getaddrinfo_a(GAI_NOWAIT, list, 1, NULL) != 0) {
		lookup_free(l);
		return err_set(err, ERR_LOST, "the name resolver cannot be started");
	}
	ok = lookup_await(l, deadline_ms, wake_fd, err);
	if (ok) {
		*out = l->request.ar_result;
		l->request.ar_result = NULL;
	} else if (gai_error(&l->request) == EAI_INPROGRESS &&
		   gai_cancel(&l->request) != EAI_CANCELED) {
		return false;
	}
	lookup_free(l);
	return ok;
}

/* --- connecting --------------------------------------------------------------------------------
 */

static bool await(struct mq_wire *w, short events, uint64_t deadline_ms, int wake_fd,
		  struct err *err)
{
	struct pollfd fds[3] = {
		{.fd = w->fd, .events = events},
		{.fd = wake_fd, .events = POLLIN},
		{.fd = give_up_fd(), .events = POLLIN},
	};

	for (;;) {
		uint64_t now = clock_mono_ms();

		if (mq_wire_late(deadline_ms))
			return err_set(err, ERR_TIMEOUT, "no answer in time");
		if (poll(fds, 3, deadline_ms - now > 1000 ? 1000 : (int)(deadline_ms - now)) <= 0)
			continue;
		if (fds[1].revents != 0)
			return err_set(err, ERR_STOPPING, "stopping");
		if (fds[2].revents == 0)
			return true;
	}
}

static bool connect_one(struct mq_wire *w, const struct addrinfo *ai, uint64_t deadline_ms,
			int wake_fd, struct err *err)
{
	socklen_t len = sizeof(int);
	int failure = 0, on = 1;

	w->fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (w->fd < 0)
		return err_set(err, ERR_LOST, "socket: %s", strerror(errno));
	setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(w->fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return true;
	if (errno == EINPROGRESS) {
		if (!await(w, POLLOUT, deadline_ms, wake_fd, err))
			goto fail;
		getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &failure, &len);
		if (failure == 0)
			return true;
		errno = failure;
	}
	err_set(err, ERR_LOST, "%s", strerror(errno));
fail:
	close(w->fd);
	w->fd = -1;
	return false;
}

/* Each address gets an equal share of the time left, so a dead first one does not eat it all. */
static bool connect_any(struct mq_wire *w, const struct addrinfo *list, uint64_t deadline_ms,
			int wake_fd, struct err *err)
{
	uint64_t left = 0;

	for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next)
		left++;
	for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next, left--) {
		uint64_t now = clock_mono_ms();
		uint64_t share = deadline_ms > now ? (deadline_ms - now) / left : 0;

		if (connect_one(w, ai, now + share, wake_fd, err))
			return true;
		if (err->kind == ERR_STOPPING)
			return false;
	}
	return false;
}

/* --- TLS ---------------------------------------------------------------------------------------
 */

static bool is_ip(const char *host)
{
	unsigned char raw[16];

	return inet_pton(AF_INET, host, raw) == 1 || inet_pton(AF_INET6, host, raw) == 1;
}

static bool tls_begin(struct mq_wire *w, const struct mq_address *address, struct err *err)
{
	w->ssl = SSL_new(address->tls);
	if (w->ssl == NULL || SSL_set_fd(w->ssl, w->fd) != 1)
		return err_set(err, ERR_LOST, "OpenSSL cannot start a session");
	if (is_ip(address->host))
		X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(w->ssl), address->host);
	else if (SSL_set1_host(w->ssl, address->host) != 1 ||
		 SSL_set_tlsext_host_name(w->ssl, address->host) != 1)
		return err_set(err, ERR_LOST, "\"%s\" is no host name for TLS", address->host);
	return true;
}

static bool tls_failed(struct mq_wire *w, struct err *err)
{
	long verdict = SSL_get_verify_result(w->ssl);
	unsigned long detail = ERR_get_error();

	if (verdict != X509_V_OK)
		return err_set(err, ERR_LOST, "the broker's certificate is not trusted: %s",
			       X509_verify_cert_error_string(verdict));
	return err_set(err, ERR_LOST, "the TLS handshake failed: %s",
		       detail != 0 ? ERR_reason_error_string(detail) : "the connection was cut");
}

static bool tls_handshake(struct mq_wire *w, uint64_t deadline_ms, int wake_fd, struct err *err)
{
	for (;;) {
		int result, why;

		ERR_clear_error();
		result = SSL_connect(w->ssl);
		if (result == 1)
			return true;
		why = SSL_get_error(w->ssl, result);
		if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
			return tls_failed(w, err);
		if (!await(w, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline_ms, wake_fd,
			   err))
			return false;
	}
}

bool mq_wire_connect(struct mq_wire *w, const struct mq_address *address, uint64_t deadline_ms,
		     int wake_fd, struct err *err)
{
	struct addrinfo *list = NULL;
	bool ok;

	mq_wire_drop(w);
	ok = (resolve_numeric(address, &list) ||
	      resolve_name(address, deadline_ms, wake_fd, &list, err)) &&
	     connect_any(w, list, deadline_ms, wake_fd, err);
	if (list != NULL)
		freeaddrinfo(list);
	if (ok && address->tls != NULL)
		ok = tls_begin(w, address, err) && tls_handshake(w, deadline_ms, wake_fd, err);
	if (!ok) {
		mq_wire_drop(w);
		err->kind = err->kind == ERR_STOPPING ? ERR_STOPPING : ERR_LOST;
		return false;
	}
	w->in = mem_alloc(MQ_IN_BYTES);
	w->frame_max = MQ_FRAME_MAX;
	w->last_rx_ms = w->last_tx_ms = clock_mono_ms();
	return true;
}
