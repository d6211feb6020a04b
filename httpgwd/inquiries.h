/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* inquiries - what providers are asked for, by one thread for all accounts this process owns: what
 * became of messages, where a provider does not report by itself, and what is left of a balance.
 *
 * Straight-line and blocking.  A message is asked for after 5 s and then ever more rarely, for
 * three days.  What is learnt is a receipt like any other; a row of status_query goes when the
 * broker has confirmed a final one, so a crash asks once more. */
#ifndef VESTNIK_HTTPGWD_INQUIRIES_H
#define VESTNIK_HTTPGWD_INQUIRIES_H

#include "httpgwd/settings.h"

struct httpgwd;
struct inquiries;
struct lease;

struct inquiries *inquiries_start(struct httpgwd *h);
/* Cuts a request under way. */
void inquiries_stop(struct inquiries **inquiries);
/* The account is asked for while its lease holds.  Event thread. */
void inquiries_add(struct inquiries *i, const struct settings *s, const struct lease *lease);
void inquiries_remove(struct inquiries *i, int16_t account_id);

#endif
