/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* token - a token's resource, shared by the files that answer with one. */
#ifndef VESTNIK_APID_TOKEN_H
#define VESTNIK_APID_TOKEN_H

#include "apid/api.h"

/* Answer with one; a missing one is a filled 404.  `secret` NULL: it is not told. */
bool token_reply(struct request *r, int64_t id, const char *secret, int status, struct err *err);

#endif
