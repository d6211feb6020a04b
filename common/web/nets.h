/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* nets - addresses of the Internet, and lists of nets such as "10.0.0.0/8" and "fd00::/8".
 *
 * An IPv4 address that stands in IPv6 (::ffff:192.0.2.1) is that IPv4 address.  Threads: any; a
 * list does not change. */
#ifndef VESTNIK_WEB_NETS_H
#define VESTNIK_WEB_NETS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/config.h"
#include "common/base/err.h"

#define ADDRESS_SIZE 46 /* of the text, with its NUL */

struct nets;

/* Each item is an address, or a net as ADDRESS/BITS.  An empty list is NULL. */
bool nets_new(const struct config_list *list, struct nets **out, struct err *err);
void nets_free(struct nets **nets);
/* Whether one of them has this address; false for what is no address, and for NULL. */
bool nets_have(const struct nets *nets, const char *address);

/* Write the address the way all others are written.  A port and brackets around IPv6, as some
 * proxies send them, are taken off.  False: it is no address. */
bool address_read(const char *text, size_t len, char out[ADDRESS_SIZE]);

/* Who called, when `peer` says that it calls for others: the last in `forwarded` (the header
 * X-Forwarded-For, or NULL) that is not one of the trusted proxies.  What stands before it anybody
 * may have written. */
void address_of_caller(const struct nets *trusted, const char *peer, const char *forwarded,
		       char out[ADDRESS_SIZE]);

#endif
