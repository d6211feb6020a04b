/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* client_name - what a client is called on a page. */
#ifndef VESTNIK_APID_CLIENT_NAME_H
#define VESTNIK_APID_CLIENT_NAME_H

#include "common/store/pg.h"
#include "common/web/json_out.h"

/* Last, first and middle name, masked as json says; without any the code; else "".  The columns
 * external_id, last_name, first_name, middle_name of the row begin at `col`. */
void client_put_name(struct json_out *json, const char *key, const struct pg_result *rows,
		     size_t row, int col);

#endif
