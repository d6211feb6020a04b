/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* short_link - the code of a message's short link: `Ab` + `7xKq2mZr`, then the link's number unless
 * it is the first.
 *
 * Two characters say the day of the message's id, so that one day's index is looked at; eight are
 * random (46 bits, message.link_key).  The 58 characters leave out those that are taken for one
 * another: 0 O I l.  Nothing secret is needed to make or read a code.  A day comes again after nine
 * years, when the messages of the first are long gone. */
#ifndef VESTNIK_SMS_SHORT_LINK_H
#define VESTNIK_SMS_SHORT_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHORT_LINK_CODE_SIZE 12 /* with the NUL */

/* The random part out of 64 random bits. */
int64_t short_link_key(uint64_t random);
/* `link` is the link's number in the text, from 0 to 9.  Returns the length. */
size_t short_link_code(int64_t message_id, int64_t key, size_t link,
		       char out[SHORT_LINK_CODE_SIZE]);

struct short_link {
	int64_t first_id, last_id; /* ids of that day, and of the first minute of the next */
	int64_t key;
	size_t link;
};
/* The newest day that the code may mean, not after that of `now_id`, an id of now.  False: it is no
 * code. */
bool short_link_parse(const char *code, int64_t now_id, struct short_link *out);

#endif
