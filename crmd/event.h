/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* event - one event of another system, from its JSON to its outcome.
 *
 * The envelope is the same for all (docs/amqp.md); what stands in `data` is the kind's.  What can
 * be said about an event without the database is said when it is read: then it is refused before
 * its transaction begins.
 *
 * Owner: the batch it stands in. */
#ifndef VESTNIK_CRMD_EVENT_H
#define VESTNIK_CRMD_EVENT_H

#include "common/broker/mq.h"
#include "common/model/send_terms.h"
#include "common/web/json.h"
#include "crmd/worker.h"

enum event_outcome {
	EVENT_DONE,    /* what it asks for is done, or will be by its kind's apply() */
	EVENT_KNOWN,   /* it came before */
	EVENT_STALE,   /* a newer version of what it speaks of came before */
	EVENT_REFUSED, /* `field` and `reason` say why; its sender is told */
	EVENT_DEAD, /* without an id nobody can be told: `reason` goes with it to the dead letters
		     */
};

#define EVENT_FIELD_SIZE  200
#define EVENT_REASON_SIZE 480

struct event {
	uint64_t tag;
	char *body; /* as it came */
	size_t len;
	struct cJSON *doc;	       /* strings below are borrowed from it */
	const char *id;		       /* NULL: EVENT_DEAD */
	const struct event_kind *kind; /* NULL: unknown, EVENT_REFUSED */
	const char *key;	       /* what it speaks of, within kind->subject; NULL: nothing */
	int64_t version;	       /* 0: none */
	uint32_t id_hash, key_hash;
	char user_id[MQ_USER_SIZE]; /* whose connection sent it; "": it does not say */
	const char *barred;	    /* that one may not: what would be right; NULL: it may */
	const char *barred_field;   /* static */
	struct send_terms terms;    /* what its messages may say, and how many */
	void *payload;		    /* what kind->read made of `data`; mem_free() */
	enum event_outcome read_as; /* outcome without the database */
	enum event_outcome outcome;
	char field[EVENT_FIELD_SIZE];	/* "data.to" */
	char reason[EVENT_REASON_SIZE]; /* what is expected there */
};

/* A kind of event. */
struct event_kind {
	const char *name; /* "client.action" */
	/* What its keys name ("client"); events about the same thing are never in one batch, so
	 * that they act in the order they came.  NULL: order means nothing. */
	const char *subject;
	bool versioned; /* `version` is required; older ones are passed over */
	/* Read `data`: set e->key and e->payload, say what is wrong to in->problem. */
	void (*read)(struct event *e, struct json_in *in);
	/* Do what `count` events ask for, set-wise, in a transaction; refuse single ones with
	 * event_refuse().  False: the store failed, and the caller rolls back. */
	bool (*apply)(struct worker *w, struct event *const *events, size_t count, struct err *err);
	/* After COMMIT, for what is done; NULL: nothing. */
	void (*committed)(struct worker *w, struct event *const *events, size_t count);
};

/* kinds.c: every kind, in the order in which those of a batch are applied; ended by a NULL name. */
extern const struct event_kind event_kinds[];

void event_read(struct event *e, const struct mq_delivery *delivery);
void event_free(struct event *e);
/* Whether both must not stand in one batch: the same id, or the same subject. */
bool event_follows(const struct event *later, const struct event *earlier);
/* `field` as in "data.client". */
void event_refuse(struct event *e, const char *field, const char *reason);

#endif
