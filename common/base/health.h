/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* health - the small HTTP server of a daemon: GET /metrics, /healthz and /readyz.
 *
 * Runs on a thread of its own, so it answers while the daemon works.  Bounded: 64 connections,
 * 16 KiB a connection, 10 s without a byte, no bodies.  Inner part of daemon. */
#ifndef VESTNIK_BASE_HEALTH_H
#define VESTNIK_BASE_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

/* Both are asked on the server's thread: true is 200, false 503; the text is the body. */
struct health_checks {
	bool (*healthy)(char *text_out, size_t size);
	bool (*ready)(char *text_out, size_t size);
};

struct health;

/* Whether `listen_on` has the form ADDRESS:PORT with a numeric address; IPv6 stands in brackets. */
bool health_check_listen(const char *listen_on, struct err *err);

/* Listen and serve.  `checks` must outlive the server.  *port_out is the port in use, which matters
 * when 0 was asked for. */
bool health_start(const char *listen_on, const struct health_checks *checks,
		  struct health **health_out, uint16_t *port_out, struct err *err);
void health_stop(struct health **health); /* NULL inside is fine */

#endif
