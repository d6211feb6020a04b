/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* promo_file - a file of promo codes, one a line, into its pool: whole or not at all. */
#ifndef VESTNIK_APID_PROMO_FILE_H
#define VESTNIK_APID_PROMO_FILE_H

#include "apid/api.h"

#define PROMO_CODE_MAX 64

/* Read the request's streamed body.  Lines that are no code, that stand twice or are known already
 * (in any pool) are named in the problem, and then nothing is stored. */
bool promo_file_store(struct request *r, int64_t pool_id, int64_t *count_out, struct err *err);

#endif
