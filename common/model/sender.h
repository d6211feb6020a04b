/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sender - the fields that campaigns and messages share: sender, class, category. */
#ifndef VESTNIK_MODEL_SENDER_H
#define VESTNIK_MODEL_SENDER_H

#include "common/model/message.h"
#include "common/web/json.h"

/* A name of at most 11 characters of the GSM alphabet, or a number of at most 15 digits. */
const char *sender_in(struct json_in *in, enum json_need need);
/* The same as another member. */
const char *sender_name_in(struct json_in *in, const char *key, enum json_need need);
/* `fallback` when absent or wrong. */
enum message_class class_in(struct json_in *in, enum json_need need, enum message_class fallback);
/* No class implies a category: somebody has to say what the law calls the message. */
enum message_category category_in(struct json_in *in, enum json_need need,
				  enum message_category fallback);

#endif
