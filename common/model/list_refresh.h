/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* list_refresh - a dynamic list's members made true to its criteria. */
#ifndef VESTNIK_MODEL_LIST_REFRESH_H
#define VESTNIK_MODEL_LIST_REFRESH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/store/pg.h"

/* Inside the caller's transaction; a fixed list stays as it is, and so does one that was refreshed
 * less than `older_s` seconds ago.  Two at once on one list follow each other.  Reads whole tables,
 * so whoever's role plans by indexes alone lets that go first.  ERR_INPUT: the criteria hold no
 * longer, an attribute they name is gone for instance. */
bool list_refresh(struct pg *pg, int64_t list_id, int32_t older_s, struct err *err);

#endif
