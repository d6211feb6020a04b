/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* audit - who changed what: triggers write the log, apid says who it is that acts. */
#ifndef VESTNIK_APID_AUDIT_H
#define VESTNIK_APID_AUDIT_H

#include "apid/api.h"

/* Before an operation runs: tell the database whose changes follow on r->pg.  A GET changes nothing
 * that is logged. */
bool audit_label(struct request *r, struct err *err);
/* The same for a GET that does change something. */
bool audit_label_now(struct request *r, struct err *err);

/* Log what is no change of a row: sign_out and the like.  `changes` is a JSON object or NULL. */
bool audit_note(struct request *r, const char *action, const char *kind, const char *object,
		const char *changes, struct err *err);
/* Log "sign_in" or "sign_in_failed" of whoever has this login; an unknown one is not stored. */
bool audit_sign_in(struct request *r, const char *action, const char *login, struct err *err);

#endif
