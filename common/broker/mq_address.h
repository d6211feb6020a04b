/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mq_address - where the broker is and how to get in, read from a URL.
 *
 *   amqp://user:password@host:port/vhost
 *   amqps://user:password@host:port/vhost?cacertfile=/etc/vestnik/ca.pem
 *
 * An empty vhost is "/".  With amqps the broker's certificate is always verified, against the
 * system's authorities or those in `cacertfile`. */
#ifndef VESTNIK_BROKER_MQ_ADDRESS_H
#define VESTNIK_BROKER_MQ_ADDRESS_H

#include <stdbool.h>
#include <openssl/ssl.h>

#include "common/base/err.h"

struct mq_address {
	char *storage; /* the texts below point into it */
	const char *host, *user, *password, *vhost;
	int port;
	SSL_CTX *tls; /* NULL for amqp:// */
};

/* ERR_INPUT names what is wrong, without the password. */
bool mq_address_parse(const char *url, struct mq_address *out, struct err *err);
void mq_address_deinit(struct mq_address *a);

#endif
