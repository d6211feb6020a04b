/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* route - the accounts messages may leave by, and what is peculiar about each.
 *
 * Which of them carries a message is decided by common/route/engine.h, by number and policy.  Where
 * no number is at hand (a preview, an estimate) route_choose() names an account such messages are
 * likely to take: the cheapest enabled one by its flat price that can send just now, and among
 * equally cheap ones each by its rate. */
#ifndef VESTNIK_MODEL_ROUTE_H
#define VESTNIK_MODEL_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/sms/alphabet.h"
#include "common/sms/parts.h"
#include "common/store/pg.h"

#define ROUTE_ACCOUNTS_MAX    256
/* The share of an account without a limit, beside parts_per_s of the others. */
#define ROUTE_UNLIMITED_SHARE 1000
#define ROUTE_PREFIXES_MAX    16
#define ROUTE_NAME_SIZE	      33

/* Numbers that begin with some digits, laid out to 15 digits, so that one comparison tells. */
struct route_prefix {
	int64_t from, to; /* both included */
};

struct route_account {
	int16_t id;
	bool enabled;
	bool up; /* its lease is held and its sessions were not down for 30 s */
	int64_t price_micro;
	int32_t parts_per_s;
	enum sms_split split;
	enum sms_alphabet alphabet; /* of data_coding 0 at its centre */
	int max_parts;
	char name[ROUTE_NAME_SIZE];
	bool abroad;	      /* its provider is elsewhere and has no ground for data of Russians */
	bool by_contracts;    /* advertising goes only to operators there is a contract with */
	bool open;	      /* just now it is within the hours it takes messages in */
	uint16_t categories;  /* bit n: takes enum message_category n */
	uint8_t classes;      /* bit n: takes enum message_class n */
	uint8_t alphabets;    /* bit n: takes enum sms_encoding n */
	uint8_t prefix_count; /* 0: every number */
	struct route_prefix prefix[ROUTE_PREFIXES_MAX];
};

struct route_table {
	size_t count;
	struct route_account account[ROUTE_ACCOUNTS_MAX]; /* ids ascending */
};

/* Reads every account; its result goes to route_table_fill(). */
extern const struct pg_stmt route_accounts_stmt;
/* False: more accounts than the table holds, or something this version does not know. */
bool route_table_fill(struct route_table *table, const struct pg_result *rows, struct err *err);

/* The numbers that begin with `digits`.  False: no digits, or more than 15 of them. */
bool route_prefix_parse(const char *digits, size_t len, struct route_prefix *out);
/* A number laid out to 15 digits, for comparing it with prefixes. */
int64_t route_prefix_place(int64_t msisdn);

/* The account of one batch, or NULL when none may carry it.  `pinned` 0: any.  `draw` spreads
 * batches over equally cheap accounts; the same draw gives the same account. */
const struct route_account *route_choose(const struct route_table *table, int16_t pinned,
					 uint64_t draw);

/* The accounts among which route_choose() shares out batches just now; returns how many. */
size_t route_candidates(const struct route_table *table, int16_t pinned,
			const struct route_account *out[ROUTE_ACCOUNTS_MAX]);
/* The account with this id, or NULL. */
const struct route_account *route_find(const struct route_table *table, int16_t id);

/* splitmix64: neighbouring draws fall far apart. */
uint64_t route_scatter(uint64_t x);
/* The share of an account among equals. */
uint64_t route_share(const struct route_account *account);

#endif
