/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* ids - how a message number looks in the response and in the receipt. */
#ifndef SMSCSIM_IDS_H
#define SMSCSIM_IDS_H

#include <stddef.h>
#include <stdint.h>

#include "tests/smscsim/options.h"

#define ID_TEXT_MAX 37 /* a UUID and its NUL */

enum id_place { ID_IN_RESPONSE, ID_IN_RECEIPT };

/* Write the id of `number`; returns its length. */
size_t id_text(uint64_t number, enum id_format format, enum id_place place, char out[ID_TEXT_MAX]);

#endif
