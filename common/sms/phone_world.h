/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* phone_world - numbers outside +7, judged by libphonenumber's tables of every country's plan.
 *
 * libphonenumber is C++; this is all of it that C sees.  Its tables are as old as the Debian
 * release, so a number whose length is possible is not refused for a range they do not know:
 * callers refuse what is IMPOSSIBLE or of NO_COUNTRY and nothing else.
 *
 * The tables are read at the first call, once for the process (some ten milliseconds); programs
 * that never ask do not load the library.  Any thread may call.  A call allocates and takes
 * microseconds: for the edges, not for the path of a message. */
#ifndef VESTNIK_SMS_PHONE_WORLD_H
#define VESTNIK_SMS_PHONE_WORLD_H

#include <stdint.h>

#include "common/sms/msisdn_kind.h"

#ifdef __cplusplus
extern "C" {
#endif

enum phone_world_verdict {
	PHONE_WORLD_NO_COUNTRY, /* no such calling code, or one of a global network (satellites) */
	PHONE_WORLD_IMPOSSIBLE, /* no number of the country has so many digits */
	PHONE_WORLD_POSSIBLE,	/* the length is right; the range is not known to be in use */
	PHONE_WORLD_VALID,	/* in a range that was in use when the tables were made */
};

struct phone_world {
	int64_t asked;
	int64_t msisdn; /* E.164: without a trunk prefix, as in +49 (0)170; 0 for the first two */
	enum phone_world_verdict verdict;
	enum msisdn_kind kind; /* MSISDN_OTHER unless VALID */
	char country[3];       /* ISO 3166, "" when unknown */
};

/* `digits` is a calling code and what follows it, 1 to 15 digits as a number. */
void phone_world_judge(int64_t digits, struct phone_world *out);

#ifdef __cplusplus
}
#endif

#endif
