/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account - an HTTP account this process owns, as the event thread sees it: its requests, and what
 * is the same at every gateway (common/gateway/gate.h).
 *
 *   account.c         life: opening, draining, closing; timers; when it rests
 *   account_send.c    which messages go into which request, and when
 *   account_answer.c  what answers and silence mean
 *
 * A message is in one request at a time, whole: the provider splits it.  A provider that cannot be
 * reached, or does not answer, three times in a row is left alone for a while, a second at first, a
 * minute at most, and then tried with one request: so that its silence costs few messages.
 *
 * Owner: the gateway.  Threads: event thread only, besides what `gate` says. */
#ifndef VESTNIK_HTTPGWD_ACCOUNT_H
#define VESTNIK_HTTPGWD_ACCOUNT_H

#include "common/gateway/gate.h"
#include "common/provider/answer.h"
#include "common/provider/transfer.h"
#include "httpgwd/fetcher.h"
#include "httpgwd/httpgwd.h"
#include "httpgwd/settings.h"

#define REQUEST_MESSAGES_MAX 64

/* A request under way, or waiting to be repeated; else it is spare. */
struct request {
	struct request *next; /* of the account's: busy, or spare */
	struct account *account;
	struct transfer transfer;
	struct slice *slice;
	uint16_t messages[REQUEST_MESSAGES_MAX]; /* in the slice */
	size_t count;
	uint64_t began_us;
	int tries;
	bool running;	     /* with libcurl */
	struct event *again; /* when it is repeated */
	/* What provider_answer_read() needs of the messages. */
	struct provider_message said[REQUEST_MESSAGES_MAX];
	struct buf texts;
};

struct account_metrics {
	struct metric *requests, *under_way, *unreadable, *resting;
};

struct account {
	struct gate gate; /* first: everybody else knows the account by it */
	struct httpgwd *httpgwd;
	const struct settings *settings; /* the gate's */
	struct account_metrics metrics;
	struct transfer_rules rules;
	struct fetcher *fetcher;
	struct request *busy, *spare;
	unsigned busy_count;
	char callback[512]; /* the address, up to the reference */
	unsigned failures;  /* requests in a row that came to nothing */
	uint64_t rest_until_ms;
	struct event *tick, *pace;
};

/* What common/gateway has to know of HTTP. */
const struct gateway_kind *account_kind(void);

/* Tell store threads and lease what the account can do now. */
void account_publish(struct account *a);
/* Sending ends until a person changes the account. */
void account_stop(struct account *a, const char *reason);

/* --- between the files of account
 * ------------------------------------------------------------------
 */

/* Write what may be written now. */
void account_pump(struct account *a);
/* Requests that may be under way now: fewer while the provider fails. */
unsigned account_limit(const struct account *a);
bool account_rests(const struct account *a, uint64_t now_ms);
/* A request came to nothing, or to an answer. */
void account_failed(struct account *a, const char *reason);
void account_answered(struct account *a);

struct request *account_request(struct account *a); /* a spare one, now busy */
void account_request_done(struct account *a, struct request *q);
/* Run it, the first time or again. */
void account_request_start(struct account *a, struct request *q);
void account_request_ended(void *account, struct transfer *t, CURLcode code);
/* Cut all that is under way: it is in doubt, unless the lease is over and others say so. */
void account_cut(struct account *a);

#endif
