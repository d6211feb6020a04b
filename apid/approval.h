/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* approval - a second person's word before a launch (docs/approvals.md; R-30).
 *
 *   approval.c        what an approval holds for, and what a launch asks of it
 *   approvals.c       the operations: ask, look, approve, decline
 *   approval_rules.c  above what campaigns of a department need one
 *   substitutes.c     who approves in whose place */
#ifndef VESTNIK_APID_APPROVAL_H
#define VESTNIK_APID_APPROVAL_H

#include "apid/campaign_terms.h"

/* Whether a rule of its department, or of one above, may ask for a second person: then a launch
 * must count. */
bool approval_binds(struct request *r, int64_t campaign_id, bool *out, struct err *err);
/* Within the launch's transaction, the campaign's row locked: a filled problem, and false, when it
 * needs an approval and has none that holds for what was counted.  *most_out is what was approved
 * to be spent at most, -1 when nothing had to be. */
bool approval_check(struct request *r, int64_t campaign_id, const struct audience *audience,
		    int64_t *most_out, struct err *err);
/* Whether what was counted is no more than what somebody saw. */
bool approval_covers(const struct audience *audience, int64_t clients, int64_t ceiling_micro);
/* The campaign as a launch would judge it, counted; its row is locked.  What forbids launching it
 * is a filled problem, and false. */
bool approval_judge(struct request *r, int64_t campaign_id, struct audience *out, struct err *err);
/* Note who changed a draft: within the transaction that did, whatever part of it was changed. */
bool campaign_note_editor(struct request *r, int64_t campaign_id, struct err *err);

#endif
