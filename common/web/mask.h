/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mask - numbers and names for who may not read them: enough to recognise one's own client, too
 * little to write down. */
#ifndef VESTNIK_WEB_MASK_H
#define VESTNIK_WEB_MASK_H

#include <stdint.h>

#define MASK_PHONE_SIZE 24
#define MASK_NAME_SIZE	8
#define MASK_TEXT	"***"

/* "+7912*****89" */
const char *mask_phone(int64_t msisdn, char out[MASK_PHONE_SIZE]);
/* "И***"; an empty name stays empty. */
const char *mask_name(const char *name, char out[MASK_NAME_SIZE]);

#endif
