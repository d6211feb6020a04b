/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sender_gate - which senders requests of programs may name, as read at most 5 s ago.
 *
 * For messages that come by the thousand; what people change asks the database (sender_rules.h).
 * Threads: any. */
#ifndef VESTNIK_APID_SENDER_GATE_H
#define VESTNIK_APID_SENDER_GATE_H

#include <stdbool.h>

#include "common/store/pg.h"

struct sender_gate;

struct sender_gate *sender_gate_new(void);
void sender_gate_free(struct sender_gate **gate);

enum sender_fault {
	SENDER_FINE,
	SENDER_OFF,	/* it is switched off */
	SENDER_UNKNOWN, /* it is not in the table, and nothing is sent from such */
};
/* What is to be expected instead, for a problem. */
const char *sender_fault_expected(enum sender_fault fault);

/* Read anew what is too old.  False: the store failed. */
bool sender_gate_refresh(struct sender_gate *gate, struct pg *pg, struct err *err);
/* By what was read last. */
enum sender_fault sender_gate_judge(struct sender_gate *gate, const char *name);

#endif
