/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_receipt - see report_receipt.h. */
#include "httpgwd/report_receipt.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/model/message.h"
#include "common/sms/msisdn.h"

int64_t report_number(const char *text)
{
	int64_t msisdn = 0;
	struct err err;

	return text != NULL && msisdn_parse(text, strlen(text), &msisdn, &err) ? msisdn : 0;
}

static int16_t state_of(enum profile_state state)
{
	static const enum message_state states[] = {
		[STATE_SENT] = MESSAGE_ACCEPTED,	   [STATE_DELIVERED] = MESSAGE_DELIVERED,
		[STATE_UNDELIVERED] = MESSAGE_UNDELIVERED, [STATE_EXPIRED] = MESSAGE_EXPIRED,
		[STATE_REJECTED] = MESSAGE_REJECTED,	   [STATE_UNKNOWN] = MESSAGE_UNKNOWN,
	};

	return (int16_t)states[state];
}

void report_receipt(const struct settings *s, const struct provider_report *report, const char *id,
		    struct receipt *out)
{
	const struct id_rules rules =
		gateway_settings_ids(&s->gateway); /* as the answer was kept */
	const char *error = report->code != NULL ? report->code : "";

	if (!report->known && report->word != NULL)
		error = report->word;
	memset(out, 0, sizeof(*out));
	out->account_id = s->gateway.account_id;
	out->state = report->known ? state_of(report->state) : MESSAGE_ACCEPTED;
	out->msisdn = report_number(report->phone);
	out->received_at_us = clock_wall_us();
	out->stopped = report->stopped;
	out->provider_id_len =
		(uint8_t)receipt_id_normalise(id, strlen(id), &rules, out->provider_id);
	out->err_len = (uint8_t)strnlen(error, RECEIPT_ERR_MAX);
	memcpy(out->err, error, out->err_len);
}
