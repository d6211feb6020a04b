/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* phone - a phone number in a request: read, and refused when no SMS can reach it. */
#ifndef VESTNIK_MODEL_PHONE_H
#define VESTNIK_MODEL_PHONE_H

#include "common/web/json.h"

/* 0 when absent or wrong (the problem says so). */
int64_t phone_in(struct json_in *in, const char *key, enum json_need need);

#endif
