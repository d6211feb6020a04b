/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tariff_store - a price list on its way into the database: what it would change, then the change.
 *
 * Whoever loads one is shown the difference to what is in force at its first day, and stores it on
 * the condition that this is still in force. */
#ifndef VESTNIK_ROUTE_TARIFF_STORE_H
#define VESTNIK_ROUTE_TARIFF_STORE_H

#include "common/route/tariff_file.h"

#define TARIFF_BY_LAW (-1) /* VAT as the provider's country has it on the day */

/* Whose: an account's, or a provider's.  One id is 0. */
struct tariff_owner {
	int16_t provider_id, account_id;
	char country[3], currency[4]; /* of the provider */
};

/* By name; exactly one is given, the other NULL.  ERR_INPUT: there is none. */
bool tariff_owner_find(struct pg *pg, const char *provider, const char *account,
		       struct tariff_owner *out, struct err *err);

struct tariff_offer {
	struct tariff_owner owner;
	const char *currency; /* NULL: the provider's */
	bool vat_included;
	int32_t vat_bp; /* TARIFF_BY_LAW, or hundredths of a per cent */
	bool by_message, on_delivery;
	int32_t day;	       /* its first, since 1970-01-01 */
	const char *file_name; /* clipped to what is stored */
	const char *by;	       /* who loads it */
};

/* The tariff an offer would replace. */
struct tariff_before {
	int32_t id; /* 0: none is in force then */
	bool of_account, vat_included, by_message, on_delivery;
	int32_t vat_bp; /* of the offer's first day */
	char currency[4];
	char from[16]; /* its own first day */
};

/* Find what is in force on the offer's first day.  ERR_INPUT: the offer cannot be (no rate is known
 * for its currency on that day). */
bool tariff_before_find(struct pg *pg, const struct tariff_offer *offer, struct tariff_before *out,
			struct err *err);

/* Columns of what tariff_changes() finds. */
enum tariff_change_column {
	CHANGE_KIND,	 /* "changed", "new", "gone" */
	CHANGE_OPERATOR, /* code, or null */
	CHANGE_PREFIX,
	CHANGE_CATEGORY,   /* 0: any */
	CHANGE_REGISTERED, /* -1: any */
	CHANGE_SENDER,	   /* 0: any */
	CHANGE_OLD,	   /* with VAT; null: new */
	CHANGE_NEW,
	CHANGE_TOTAL, /* how many there are of the kind */
};
/* What would change, at most `limit` rows of each kind; freed by the caller. */
bool tariff_changes(struct pg *pg, const struct tariff_offer *offer, const struct tariff_file *file,
		    int32_t before, int32_t limit, struct pg_result **out, struct err *err);

/* Store it.  *id_out 0: another tariff than `before` is in force now, and nothing was stored. */
bool tariff_put(struct pg *pg, const struct tariff_offer *offer, const struct tariff_file *file,
		int32_t before, int32_t *id_out, struct err *err);

/* "2026-12-01" */
#define TARIFF_DAY_SIZE 16
const char *tariff_day(int32_t days, char out[TARIFF_DAY_SIZE]);

/* By how much of the old price the new one differs, in hundredths of a per cent; 0 for an old one
 * of nothing. */
int64_t tariff_change_bp(int64_t old_micro, int64_t new_micro);

#endif
