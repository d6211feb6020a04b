/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* id_token_sign - the signature of an ID token, by libcjose. */
#ifndef VESTNIK_APID_ID_TOKEN_SIGN_H
#define VESTNIK_APID_ID_TOKEN_SIGN_H

#include "apid/id_token.h"

struct cJSON;

/* What was signed, as JSON; the caller's: cJSON_Delete(). */
enum id_token_end id_token_open(const char *token, const char *keys, struct cJSON **claims_out,
				struct err *err);

#endif
