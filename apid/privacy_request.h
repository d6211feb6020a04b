/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* privacy_request - what people ask of their data: to be told, to correct, to stop, to destroy. */
#ifndef VESTNIK_APID_PRIVACY_REQUEST_H
#define VESTNIK_APID_PRIVACY_REQUEST_H

#include "apid/api.h"

#define REQUEST_LINE_CHARS 200
#define REQUEST_TEXT_CHARS 8000

/* Write the request with its reminders into r->json; one that is not there is the problem. */
bool privacy_request_put(struct request *r, int64_t id, struct err *err);
/* Member `kind`. */
const char *privacy_kind_in(struct json_in *in, enum json_need need);

#endif
