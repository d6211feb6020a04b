/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* link - may we speak to that peer like this?  Requirement R-32: every link to somebody else is
 * encrypted and the peer's certificate is checked, unless a ground is recorded (a VPN, a leased
 * line). */
#ifndef VESTNIK_MODEL_LINK_H
#define VESTNIK_MODEL_LINK_H

#include <stdbool.h>

#include <stddef.h>

#include "common/base/err.h"

#define LINK_GROUND_MAX 500 /* characters */
#define LINK_HOST_SIZE	256

/* Whether the host as it is written is this one: localhost, 127.0.0.0/8 (mapped
 * into IPv6, too), ::1.  Names are not
 * resolved. */
bool link_is_local(const char *host);

/* `checked`: by TLS, with the certificate checked.  `ground` NULL or "": none.  ERR_REFUSED says
 * what to do. */
bool link_allowed(const char *host, bool checked, const char *ground, struct err *err);

/* The same for an address that is called: https:// or http://, and without a user in it. */
bool link_url_allowed(const char *url, const char *ground, struct err *err);

#endif
