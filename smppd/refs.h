/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* refs - the references that tie the parts of long texts together (3GPP TS 23.040, 9.2.3.24).
 *
 * A phone puts together what comes from one sender with one reference, of which the short form has
 * 256.  message_udh_ref() gives a message one of its own, whichever gateway sends it and however
 * often; but of two messages to one phone one pair in 256 would share it, and the phone would mix
 * them up.  So the last messages to each phone are remembered here, and a message takes the next
 * reference that none of them has.
 *
 * A message keeps the reference it was given while it is remembered.  Forgotten (by then 200,000
 * other long ones have left, or the daemon has started anew) it goes by message_udh_ref() again,
 * which is the same one for all but those that had to give way.
 *
 * Owner: the submitter.  Threads: event-loop thread only. */
#ifndef VESTNIK_SMPPD_REFS_H
#define VESTNIK_SMPPD_REFS_H

#include <stdint.h>

#define REFS_KEPT                                                                                  \
	16 /* so many of the last to a phone differ in the low octet, and more where few           \
	      phones share its place in the table */

struct refs;

struct refs *refs_new(void);
void refs_free(struct refs **refs);
/* Its low octet is the short reference. */
uint16_t refs_take(struct refs *refs, int64_t message_id, int64_t msisdn);

#endif
