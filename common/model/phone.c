/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* phone - see phone.h. */
#include "common/model/phone.h"

#include <string.h>

#include "common/sms/msisdn.h"

#define PHONE_CHARS_MAX 40

int64_t phone_in(struct json_in *in, const char *key, enum json_need need)
{
	const char *text = json_in_text(in, key, need, PHONE_CHARS_MAX);
	int64_t msisdn;
	struct err err;

	if (text == NULL)
		return 0;
	if (!msisdn_parse(text, strlen(text), &msisdn, &err)) {
		json_in_refuse(in, key, text, err.msg);
		return 0;
	}
	if (!msisdn_takes_sms(msisdn)) {
		json_in_refuse(in, key, text, "a mobile number; this one takes no SMS");
		return 0;
	}
	return msisdn;
}
