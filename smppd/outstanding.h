/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* outstanding - the submits of one session that wait for their answer, found by sequence_number.
 *
 * The slot of a sequence number is its low bits; a number whose slot is taken is skipped, so that
 * finding needs no search.  What was not answered in time leaves the window but stays known for
 * late answers, as many and as long as the bounds below allow.
 *
 * Owner: the session. */
#ifndef VESTNIK_SMPPD_OUTSTANDING_H
#define VESTNIK_SMPPD_OUTSTANDING_H

#include <stdbool.h>
#include <stdint.h>

#define OUTSTANDING_LATE_MS 600000

struct slice;

enum submit_state { SUBMIT_FREE = 0, SUBMIT_OPEN, SUBMIT_LATE };

struct submit {
	uint32_t sequence;
	uint8_t state;	 /* enum submit_state */
	uint8_t pdu;	 /* from 0 */
	int8_t ref_part; /* as slice_ref_part() says */
	uint8_t parts;
	int16_t attempt;
	uint16_t message;     /* index in the slice, while open */
	int32_t older, newer; /* neighbours in time among those of its state, -1 at the ends */
	uint64_t at_us;	      /* monotonic, when it was written */
	struct slice *slice;  /* while open */
	/* What a late answer needs; the slice may be gone by then. */
	int64_t message_id, batch_id, run_id, msisdn;
};

struct submit_list {
	int32_t oldest, newest;
	uint32_t count;
};

struct outstanding {
	struct submit *slots;
	uint32_t mask;
	uint32_t last_sequence;
	uint32_t late_max; /* ten windows: what ten response timeouts a minute apart give up */
	struct submit_list open, late;
};

void outstanding_init(struct outstanding *o, uint32_t window);
void outstanding_deinit(struct outstanding *o);
/* Room for another window.  What is in the table stays, so submits move: pointers to them are over.
 */
void outstanding_set_window(struct outstanding *o, uint32_t window);
/* The next sequence number for anything but a submit. */
uint32_t outstanding_sequence(struct outstanding *o);
/* A new open entry with its sequence number; the caller fills the rest.  There is always room for a
 * window. */
struct submit *outstanding_add(struct outstanding *o, uint64_t now_us);
/* NULL when the number is not known. */
struct submit *outstanding_find(struct outstanding *o, uint32_t sequence);
struct submit *outstanding_oldest(struct outstanding *o); /* open, or NULL */
void outstanding_remove(struct outstanding *o, struct submit *s);
/* Out of the window, into the late ones. */
void outstanding_give_up(struct outstanding *o, struct submit *s);
/* Forget late ones that waited too long. */
void outstanding_forget(struct outstanding *o, uint64_t now_us);

#endif
