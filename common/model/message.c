/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* message - names and id arithmetic of the shared nouns (contract in message.h). */
#include "common/model/message.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct name {
	int number;
	const char *text;
};

static const struct name classes[] = {
	{CLASS_ADVERTISING, "advertising"},
	{CLASS_SERVICE, "service"},
	{CLASS_ALERT, "alert"},
	{0, NULL},
};

static const struct name categories[] = {
	{CATEGORY_ADVERTISING, "advertising"},
	{CATEGORY_SERVICE, "service"},
	{CATEGORY_TRANSACTIONAL, "transactional"},
	{CATEGORY_DEBT, "debt"},
	{CATEGORY_EMERGENCY, "emergency"},
	{CATEGORY_AUTHORISATION, "authorisation"},
	{0, NULL},
};

static const struct name states[] = {
	{MESSAGE_QUEUED, "queued"},
	{MESSAGE_CLAIMED, "claimed"},
	{MESSAGE_ACCEPTED, "accepted"},
	{MESSAGE_UNKNOWN, "unknown"},
	{MESSAGE_CANCELLED, "cancelled"},
	{MESSAGE_FAILED, "failed"},
	{MESSAGE_REJECTED, "rejected"},
	{MESSAGE_EXPIRED, "expired"},
	{MESSAGE_UNDELIVERED, "undelivered"},
	{MESSAGE_DELIVERED, "delivered"},
	{0, NULL},
};

static const struct name reasons[] = {
	{REASON_NONE, "none"},
	{REASON_OPT_OUT, "opt_out"},
	{REASON_NO_NUMBER, "no_number"},
	{REASON_CLIENT_GONE, "client_gone"},
	{REASON_PHONE_CHANGED, "phone_changed"},
	{REASON_RUN_CANCELLED, "run_cancelled"},
	{REASON_DEADLINE, "deadline"},
	{REASON_TEXT_EMPTY, "text_empty"},
	{REASON_TEXT_TOO_LONG, "text_too_long"},
	{REASON_NO_ROUTE, "no_route"},
	{REASON_IN_DOUBT, "in_doubt"},
	{REASON_NO_RECEIPT, "no_receipt"},
	{REASON_STUCK, "stuck"},
	{REASON_TRIES, "tries"},
	{REASON_NO_CONSENT, "no_consent"},
	{REASON_CONSENT_EXPIRED, "consent_expired"},
	{REASON_CAPPED, "capped"},
	{REASON_QUIET_HOURS, "quiet_hours"},
	{REASON_ZONE_UNKNOWN, "zone_unknown"},
	{REASON_STOP_AT, "stop_at"},
	{REASON_NO_PROMO, "no_promo"},
	{REASON_NO_BUDGET, "no_budget"},
	{REASON_CONTROL, "control_group"},
	{0, NULL},
};

static const struct name lanes[] = {
	{LANE_URGENT, "urgent"},
	{LANE_BULK, "bulk"},
	{0, NULL},
};

static const char *name_of(const struct name *names, int number)
{
	for (const struct name *n = names; n->text != NULL; n++)
		if (n->number == number)
			return n->text;
	return NULL;
}

static bool number_of(const struct name *names, const char *text, int *out)
{
	for (const struct name *n = names; n->text != NULL; n++) {
		if (strcmp(n->text, text) == 0) {
			*out = n->number;
			return true;
		}
	}
	return false;
}

const char *message_class_name(enum message_class v)
{
	return name_of(classes, (int)v);
}

bool message_class_parse(const char *name, enum message_class *out)
{
	int number;

	if (!number_of(classes, name, &number))
		return false;
	*out = (enum message_class)number;
	return true;
}

const char *message_category_name(enum message_category v)
{
	return name_of(categories, (int)v);
}

bool message_category_parse(const char *name, enum message_category *out)
{
	int number;

	if (!number_of(categories, name, &number))
		return false;
	*out = (enum message_category)number;
	return true;
}

const char *message_state_name(enum message_state v)
{
	return name_of(states, (int)v);
}

bool message_state_parse(const char *name, enum message_state *out)
{
	int number;

	if (!number_of(states, name, &number))
		return false;
	*out = (enum message_state)number;
	return true;
}

static const char unreachable[] = "provider_unreachable", by_word[] = "provider_refused";

static const char *provider_reason(int status)
{
	static _Thread_local char text[24];

	if (status == REFUSED_UNREACHABLE)
		return unreachable;
	if (status == REFUSED_BY_WORD)
		return by_word;
	if (status >= REFUSED_BY_CODE)
		snprintf(text, sizeof(text), "provider_%d", status - REFUSED_BY_CODE);
	else
		snprintf(text, sizeof(text), "http_%d", status);
	return text;
}

const char *message_reason_name(int v)
{
	static _Thread_local char smpp[24];

	if (v < REASON_SMPP_BASE)
		return name_of(reasons, v);
	if (v >= REASON_PROVIDER_BASE)
		return provider_reason(v - REASON_PROVIDER_BASE);
	snprintf(smpp, sizeof(smpp), "smpp_0x%08x", (unsigned)v - REASON_SMPP_BASE);
	return smpp;
}

static bool parse_number(const char *text, int base, unsigned long max, int32_t offset,
			 int32_t *out)
{
	size_t len = strlen(text);
	unsigned long v;

	if (len == 0 || len > 8 ||
	    strspn(text, base == 16 ? "0123456789abcdefABCDEF" : "0123456789") != len)
		return false;
	v = strtoul(text, NULL, base);
	*out = (int32_t)(offset + (int32_t)v);
	return v <= max;
}

bool message_reason_parse(const char *name, int32_t *out)
{
	int number;

	if (strncmp(name, "smpp_0x", 7) == 0)
		return strlen(name) == 15 &&
		       parse_number(name + 7, 16, REASON_PROVIDER_BASE / 2, REASON_SMPP_BASE, out);
	if (strncmp(name, "http_", 5) == 0)
		return parse_number(name + 5, 10, 599, REASON_PROVIDER_BASE, out);
	if (strcmp(name, unreachable) == 0 || strcmp(name, by_word) == 0) {
		*out = REASON_PROVIDER_BASE +
		       (strcmp(name, by_word) == 0 ? REFUSED_BY_WORD : REFUSED_UNREACHABLE);
		return true;
	}
	if (strncmp(name, "provider_", 9) == 0)
		return parse_number(name + 9, 10, REFUSED_CODE_MAX,
				    REASON_PROVIDER_BASE + REFUSED_BY_CODE, out);
	if (!number_of(reasons, name, &number))
		return false;
	*out = number;
	return true;
}

const char *lane_name(enum lane v)
{
	return name_of(lanes, (int)v);
}

int64_t message_id_unix_s(int64_t id)
{
	return (id >> 32) + MESSAGE_EPOCH_S;
}

/* Two long texts to one handset must differ in reference while parts of both may be under way, so
 * every bit of the id takes part (the mixer is splitmix64's). */
uint16_t message_udh_ref(int64_t id)
{
	uint64_t x = (uint64_t)id;

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint16_t)(x >> 48);
}
