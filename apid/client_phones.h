/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* client_phones - the numbers of a client, and which of them is written to. */
#ifndef VESTNIK_APID_CLIENT_PHONES_H
#define VESTNIK_APID_CLIENT_PHONES_H

#include "apid/api.h"

/* Members "phones" and "phone_changes" of a client's card. */
bool client_put_phones(struct request *r, int64_t client_id, struct err *err);

#endif
