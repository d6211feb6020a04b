/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* note - the head of everything that goes through a queue between the event thread and the store
 * threads.  Ownership travels with the note. */
#ifndef VESTNIK_GATEWAY_NOTE_H
#define VESTNIK_GATEWAY_NOTE_H

struct gate;

enum note_kind {
	NOTE_WAKE,	   /* nothing but "look again"; belongs to no one */
	NOTE_LEASE,	   /* struct lease_note: an account was won, changed, lost */
	NOTE_SLICE,	   /* struct slice: messages to send */
	NOTE_RECALL,	   /* struct recall: what is unwritten is wanted back, and the answer */
	NOTE_CLAIM_ENDED,  /* the claiming thread of an account has ended */
	NOTE_ANSWER_ENDED, /* the answering thread of an account has ended */
	NOTE_RECEIPTS,	   /* struct receipt_load: published, or not */
	NOTE_OWN,	   /* of the gateway's own threads, see struct gateway_kind */
};

struct note {
	enum note_kind kind;
};

/* A thread's last word about itself. */
struct ended_note {
	struct note note;
	struct gate *gate;
};

#endif
