/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smtp - one letter to one person, over the company's mail server.
 *
 * Straight-line and blocking, with deadlines; libcurl speaks SMTP.  Beyond this machine nothing is
 * said in clear: smtps:// begins with TLS, smtp:// goes over to it or ends, and the server's
 * certificate is checked.
 *
 * Owner: one loop, one thread. */
#ifndef VESTNIK_SCHEDULERD_SMTP_H
#define VESTNIK_SCHEDULERD_SMTP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

struct smtp_settings {
	const char *url;	   /* smtp://host:587, smtps://host:465 */
	const char *from;	   /* address */
	const char *user;	   /* "": none is needed */
	const char *password_file; /* likewise */
	const char *ca_file;	   /* "": whom the system trusts */
};

struct smtp;

enum smtp_outcome {
	SMTP_SENT,
	SMTP_REFUSED, /* this letter or its receiver; another may pass */
	SMTP_LATER,   /* the server is not there, is busy or will not have us now */
};

/* Nothing is connected yet.  ERR_CONFIG and its like: what is set cannot work.  The strings are
 * borrowed for its life. */
bool smtp_open(const struct smtp_settings *settings, struct smtp **out, struct err *err);
void smtp_close(struct smtp **smtp);
/* `letter` has its head, and lines that end with CRLF.  Unless it was sent, `err` says why. */
enum smtp_outcome smtp_send(struct smtp *smtp, const char *to, const char *letter, size_t len,
			    struct err *err);

/* Whether a URL leads to this machine itself, so that it needs no TLS. */
bool smtp_is_loopback(const char *url);
/* An address that can stand in a head and an envelope. */
bool smtp_address_fits(const char *address);

#endif
