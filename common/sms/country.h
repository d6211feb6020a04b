/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* country - calling codes of the world but +7, whose numbers have rules of their own (msisdn). */
#ifndef VESTNIK_SMS_COUNTRY_H
#define VESTNIK_SMS_COUNTRY_H

struct country {
	const char *code; /* calling code */
	const char *name; /* ISO 3166, "" where one code serves several countries */
	const char
		*mobile; /* national prefixes of mobiles, space-separated; NULL: not known here */
};

/* The country a number begins with, or NULL.  `digits` is text of at least three digits. */
const struct country *country_find(const char *digits);

#endif
