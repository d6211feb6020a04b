/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sender_rules - from whom messages may be. */
#ifndef VESTNIK_APID_SENDER_RULES_H
#define VESTNIK_APID_SENDER_RULES_H

#include "apid/api.h"

/* Refuse, as field `sender`, one that is switched off, and one that is not in the table where the
 * setting unregistered_senders is strict.  "" is none yet. */
bool sender_check(struct request *r, const char *sender, struct err *err);

/* The same of a name, as a column of a statement: "off", "unknown" or null. */
#define SENDER_FAULT_SQL(name)                                                                     \
	"(SELECT CASE WHEN NOT s.enabled THEN 'off'"                                               \
	"             WHEN s.id IS NULL AND p.value = 'strict' AND " name " <> '' THEN 'unknown' " \
	"        END FROM setting p LEFT JOIN sender s ON s.name = " name                          \
	"       WHERE p.name = 'unregistered_senders')"

#endif
