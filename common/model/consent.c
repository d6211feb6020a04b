/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* consent - see consent.h. */
#include "common/model/consent.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *field, *expected;
} fields[] = {
	{"purpose", "the code of a purpose; GET /v1/purposes has them"},
	{"channel", "\"sms\" alone"},
	{"text_id", "the id of a text of this purpose; GET /v1/consent-texts has them"},
	{"at", "a time that is over already"},
	{"expires_at", "a time after the consent was given"},
	{"form", "the form or page where it was given"},
	{"origin", "the address or device it came from, or the id of a scan"},
	{"identity", "how it was made sure who the person is"},
	{"source", "the way it came by"},
	{"entered_by", "who entered it"},
	{"proof_id", "the id of a proof; POST /v1/consent-proofs takes one"},
	{"proof", "a proof: this person has said stop, and only a new consent with proof lifts it"},
};

const char *consent_expected(const char *field)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(fields[i].field, field) == 0)
			return fields[i].expected;
	return "another value than this one";
}
