/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* wire - one TCP or TLS connection of the event thread: resolve, connect, read, write.
 *
 * Not a bufferevent, because that writes whenever it likes: here `may_write` is asked immediately
 * before every write to the socket, so that a process that was stopped past its lease writes not
 * one byte more.  Callbacks may close the wire; it is freed when they have returned.
 *
 * Owner: the session. */
#ifndef VESTNIK_SMPPD_WIRE_H
#define VESTNIK_SMPPD_WIRE_H

#include <event2/dns.h>
#include <event2/event.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define WIRE_OUT_MAX (4u << 20)

struct wire_hooks {
	void (*on_open)(void *arg);
	/* Returns how many octets were used; the rest comes again with more behind it. */
	size_t (*on_data)(void *arg, const uint8_t *data, size_t len);
	/* Not after wire_close(). */
	void (*on_lost)(void *arg, const char *reason);
	bool (*may_write)(void *arg);
};

struct wire_target {
	const char *host;
	int port;
	SSL_CTX *tls;		 /* NULL: plain TCP */
	const char *server_name; /* for SNI and the certificate; NULL: `host` */
	bool verify;
	unsigned attempt; /* of the addresses of a name, the one in turn is tried */
};

struct wire;

/* Nothing is called back before this returns. */
struct wire *wire_open(struct event_base *base, struct evdns_base *dns,
		       const struct wire_target *target, const struct wire_hooks *hooks, void *arg);
/* Where to append what is to be written; then wire_flush(). */
struct buf *wire_out(struct wire *w);
size_t wire_unsent(const struct wire *w);
/* Write what the socket takes now; the rest follows by itself. */
void wire_flush(struct wire *w);
/* Close at once; what is not written stays unwritten. */
void wire_close(struct wire **w);

/* The TLS side of an account.  NULL with err when a file cannot be used. */
struct wire_tls {
	bool verify;
	const char *ca_file;		  /* NULL: the system's authorities */
	const char *cert_file, *key_file; /* ours; NULL: none, and the key in cert_file */
};
SSL_CTX *wire_tls_new(const struct wire_tls *t, struct err *err);

#endif
