/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* criteria - criteria of requests: checked, counted, shown. */
#ifndef VESTNIK_APID_CRITERIA_H
#define VESTNIK_APID_CRITERIA_H

#include "apid/api.h"

/* Let statements of this transaction read whole tables with both cores and memory to sort in. */
bool criteria_allow_scans(struct request *r, struct err *err);
/* Whether the tree can be compiled; else the problem is filled. */
bool criteria_check(struct request *r, const struct cJSON *tree, struct err *err);

#endif
