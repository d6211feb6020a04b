/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* store - the book of routing as a daemon holds it in memory, and keeps it fresh.
 *
 * At most once a second one round trip looks whether the accounts still stand as they did, how
 * healthy they are, and whether anything else has changed (route_version counts).  Only then is all
 * of it read again: rules, contracts, tariffs, the numbering register.  So is it when an hour
 * begins, for what is in force by the clock.
 *
 * Owner: the loop it belongs to, one thread.  Never within a transaction of the caller's, because
 * each answer must be as of now. */
#ifndef VESTNIK_ROUTE_STORE_H
#define VESTNIK_ROUTE_STORE_H

#include "common/route/engine.h"
#include "common/route/numbers.h"

struct route_store {
	struct route_book book;
	struct route_numbers numbers;
	struct tariff_book *tariffs;
	struct registered *registered;	 /* senders and texts */
	bool capped[ROUTE_ACCOUNTS_MAX]; /* beside the table: the account has a cap */
	bool caps;			 /* any has */
	bool by_operator; /* some price, rule, contract or rate depends on the operator */
	bool ported;	  /* and there are ported numbers */
	int64_t version, hour, numbering; /* what was read; -1: nothing */
	uint64_t looked_ms, measured_ms;  /* monotonic; 0: never */
};

void route_store_init(struct route_store *store);
void route_store_deinit(struct route_store *store);
/* Look at the next use, however short ago the last look was. */
void route_store_expire(struct route_store *store);
/* Looked at so short ago that it is not looked at again. */
bool route_store_fresh(const struct route_store *store);
bool route_store_refresh(struct route_store *store, struct pg *pg, struct err *err);
/* The operator of a number: where it was ported to (`ported` as SQL says it: -1 to one that is not
 * known, 0 not ported), else whose range it lies in. */
int16_t route_store_operator(const struct route_store *store, int64_t msisdn, int64_t ported);

#endif
