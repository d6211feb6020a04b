/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* callbacks_internal - what the two halves of callbacks share. */
#ifndef VESTNIK_HTTPGWD_CALLBACKS_INTERNAL_H
#define VESTNIK_HTTPGWD_CALLBACKS_INTERNAL_H

#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>

#include "common/base/metrics.h"
#include "common/base/queue.h"
#include "common/web/http.h"
#include "httpgwd/callbacks.h"
#include "httpgwd/httpgwd.h"

#define SLOTS_MAX      1024 /* calls that wait at once */
#define REPORTS_MAX    1000 /* in one call */
#define FORGED_PER_S   20   /* of one account; more are refused unlooked at */
#define CALL_BYTES_MAX (256 * 1024)

enum call_result {
	CALL_TAKEN,
	CALL_OTHER,
	CALL_FORGED,
	CALL_UNREADABLE,
	CALL_TOO_MANY,
	CALL_AGAIN
};
#define CALL_RESULTS (CALL_AGAIN + 1)

/* How many came in a second: providers tell of many messages at once, and may. */
struct second {
	uint64_t at_s;
	uint32_t count;
};

/* What is remembered of an account's calls while the directory is loaded anew. */
struct caller {
	struct caller *next;
	int16_t account_id;
	struct second all, forged;
	struct metric *calls[CALL_RESULTS];
};

/* A call that waits for the broker. */
struct slot {
	struct http_call *call; /* NULL: free */
	const struct provider_profile *profile;
	struct caller *caller;
	uint32_t generation;
	uint32_t waits; /* for so many of its reports */
	bool failed;	/* one of them was not published */
};

struct callbacks {
	struct httpgwd *httpgwd;
	struct http_server *server;
	struct queue *calls;
	struct event *calls_event, *hand;
	pthread_t thread;
	_Atomic bool ended; /* the HTTP thread */
	struct directory *directory;
	struct caller *callers;
	struct metric *strangers;  /* calls for no account */
	struct receipt_load *load; /* of accounts that are not this process's */
	uint32_t pending;	   /* loads on their way */
	uint32_t waiting;	   /* slots in use */
	struct slot slots[SLOTS_MAX];
};

/* callback_take.c: judge a call and take what it reports; it is answered, or waits in a slot. */
void callback_take(struct callbacks *c, struct http_call *call);

/* callbacks.c */
void callback_reply(struct callbacks *c, struct http_call *call, struct caller *caller,
		    const struct provider_profile *profile, enum call_result result);
/* NULL: all are in use. */
struct slot *callback_slot(struct callbacks *c);
/* Its reports are all in loads; answered at once when there are none. */
void callback_sealed(struct callbacks *c, struct slot *slot);
/* The load for reports about this account, with room for one more. */
struct receipt_load *callback_load(struct callbacks *c, int16_t account_id);
void callback_hand(struct callbacks *c, int16_t account_id);

#endif
