/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sender - see sender.h. */
#include "common/model/sender.h"

#include <string.h>

#include "common/sms/gsm.h"

#define SENDER_NAME_MAX	  11
#define SENDER_NUMBER_MAX 15

/* Alphanumeric senders travel in seven bits without the escape. */
static bool sender_fits(const char *text)
{
	size_t len = strlen(text);
	const char *digits = text[0] == '+' ? text + 1 : text;

	if (strspn(digits, "0123456789") == strlen(digits))
		return digits[0] != '\0' && strlen(digits) <= SENDER_NUMBER_MAX;
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e ||
		    gsm_cost((uint32_t)*c) != 1)
			return false;
	return len <= SENDER_NAME_MAX && text[0] != ' ' && text[len - 1] != ' ';
}

const char *sender_in(struct json_in *in, enum json_need need)
{
	return sender_name_in(in, "sender", need);
}

const char *sender_name_in(struct json_in *in, const char *key, enum json_need need)
{
	const char *sender = json_in_text(in, key, need, 20);

	if (sender == NULL || sender_fits(sender))
		return sender;
	json_in_refuse(in, key, sender,
		       "a name of at most 11 Latin letters, digits and signs, or a number of at "
		       "most 15 digits");
	return NULL;
}

enum message_class class_in(struct json_in *in, enum json_need need, enum message_class fallback)
{
	const char *name = json_in_text(in, "class", need, 20);
	enum message_class class = fallback;

	if (name != NULL && !message_class_parse(name, &class))
		json_in_refuse(in, "class", name, "advertising, service or alert");
	return class;
}

enum message_category category_in(struct json_in *in, enum json_need need,
				  enum message_category fallback)
{
	static const char categories[] =
		"advertising, service, transactional, debt, emergency or authorisation";
	enum message_category category = fallback;
	const char *name;

	if (need == JSON_REQUIRED && !json_in_has(in, "category")) {
		json_in_refuse(in, "category", "nothing", categories);
		return fallback;
	}
	name = json_in_text(in, "category", JSON_OPTIONAL, 20);
	if (name != NULL && !message_category_parse(name, &category))
		json_in_refuse(in, "category", name, categories);
	return category;
}
