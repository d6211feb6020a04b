/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* client_value - one value of a client, as a file or a program writes it, brought to its one form.
 *
 *   text      as it stands, without spaces around it, at most 1,000 characters
 *   phone     as msisdn_parse() takes it, of a line that takes SMS        79161234567
 *   number    1 234,50   -1.234,50   1234.5 руб.                          1234.5
 *   date      31.12.2026   2026-12-31   either with a time behind it      2026-12-31
 *   sex       м  муж.  мужской  male     ж  жен.  женский  female         male, female
 *   language  two letters (ISO 639-1), ru-RU, русский                     ru
 *   time zone an IANA name, МСК+2, UTC+5                                  Europe/Moscow
 *   tags      several, with commas or line feeds between                  line feeds between
 *   yes or no да нет, yes no, 1 0, истина ложь                            yes, no
 *   one of, many of: of the attribute's choices, as those are spelled
 *
 * What could be read in two ways is refused and never guessed. */
#ifndef VESTNIK_MODEL_CLIENT_VALUE_H
#define VESTNIK_MODEL_CLIENT_VALUE_H

#include "common/base/err.h"
#include "common/model/client_field.h"

#define CLIENT_TEXT_CHARS_MAX 1000
#define CLIENT_TAGS_MAX	      100
#define CLIENT_TAG_CHARS_MAX  100

struct client_value {
	const char *text; /* its one form; NULL: there is none.  Of a phone: none */
	size_t len;
	int64_t number; /* of a phone: its digits; sex: 1 or 2; date: days since 1970-01-01; number:
			   hundredths */
};

/* Where values are written anew; valid until `used` is set to 0. */
#define CLIENT_ROOM_BYTES (128 * 1024)
struct client_room {
	size_t used;
	char bytes[CLIENT_ROOM_BYTES];
};

/* What an attribute that an administrator typed can hold; texts are borrowed. */
struct client_choices {
	const char *const *text;
	size_t count;
};

/* Read one value.  An empty one is none.  `choices` is for one_of and many_of, else NULL.  False:
 * err (ERR_INPUT) says what is expected.  The value borrows from `text` and `room`. */
bool client_value_parse(enum client_kind kind, const struct client_choices *choices,
			const char *text, size_t len, struct client_room *room,
			struct client_value *out, struct err *err);

/* The lines of a value of tags or many_of, at most CLIENT_TAGS_MAX; borrowed from it. */
size_t client_value_lines(const struct client_value *value, const char *line[CLIENT_TAGS_MAX],
			  size_t line_len[CLIENT_TAGS_MAX]);

#endif
