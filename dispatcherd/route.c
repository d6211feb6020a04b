/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* route - the choice of an account. */
#include "dispatcherd/route.h"

#include <string.h>

const struct pg_stmt route_accounts_stmt = {
	"route_accounts",
	"SELECT a.id, a.enabled,"
	"       coalesce(l.until > clock_timestamp() AND l.stopped IS NULL"
	"                AND coalesce(l.down_since > clock_timestamp() - interval '30 s', true), "
	"false),"
	"       a.price_micro, a.parts_per_s, a.split, a.max_parts"
	"  FROM account a LEFT JOIN account_lease l ON l.account_id = a.id"
	" ORDER BY a.id",
};

static bool parse_split(const char *text, enum sms_split *out)
{
	static const char *const names[] = {
		[SMS_SPLIT_UDH8] = "udh8",
		[SMS_SPLIT_UDH16] = "udh16",
		[SMS_SPLIT_SAR] = "sar",
		[SMS_SPLIT_PAYLOAD] = "payload",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = (enum sms_split)i;
			return true;
		}
	}
	return false;
}

bool route_table_fill(struct route_table *table, const struct pg_result *rows, struct err *err)
{
	size_t count = pg_rows(rows);

	if (count > ROUTE_ACCOUNTS_MAX)
		return err_set(err, ERR_LIMIT, "%zu accounts, at most %d can be routed over", count,
			       ROUTE_ACCOUNTS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct route_account *account = &table->account[i];

		account->id = (int16_t)pg_int(rows, i, 0);
		account->enabled = pg_bool(rows, i, 1);
		account->up = pg_bool(rows, i, 2);
		account->price_micro = pg_int(rows, i, 3);
		account->parts_per_s = (int32_t)pg_int(rows, i, 4);
		account->max_parts = (int)pg_int(rows, i, 6);
		if (!parse_split(pg_text(rows, i, 5), &account->split))
			return err_set(err, ERR_INPUT, "account %d: split \"%s\" is not known",
				       account->id, pg_text(rows, i, 5));
	}
	table->count = count;
	return true;
}

static bool eligible(const struct route_account *account, bool must_be_up)
{
	return account->enabled && (account->up || !must_be_up);
}

static uint64_t share(const struct route_account *account)
{
	return account->parts_per_s > 0 ? (uint64_t)account->parts_per_s : ROUTE_UNLIMITED_SHARE;
}

/* splitmix64: neighbouring draws fall far apart. */
static uint64_t scatter(uint64_t x)
{
	x += 0x9E3779B97F4A7C15u;
	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
	x = (x ^ x >> 27) * 0x94D049BB133111EBu;
	return x ^ x >> 31;
}

/* The cheapest price among eligible accounts and the sum of their shares; false: there are none. */
static bool cheapest(const struct route_table *table, bool must_be_up, int64_t *price_out,
		     uint64_t *shares_out)
{
	bool found = false;

	for (size_t i = 0; i < table->count; i++) {
		const struct route_account *account = &table->account[i];

		if (!eligible(account, must_be_up))
			continue;
		if (!found || account->price_micro < *price_out) {
			*price_out = account->price_micro;
			*shares_out = 0;
			found = true;
		}
		if (account->price_micro == *price_out)
			*shares_out += share(account);
	}
	return found;
}

static const struct route_account *find(const struct route_table *table, int16_t id)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->account[i].id == id)
			return &table->account[i];
	return NULL;
}

const struct route_account *route_choose(const struct route_table *table, int16_t pinned,
					 uint64_t draw)
{
	bool must_be_up = true;
	uint64_t shares = 0, at;
	int64_t price = 0;

	if (pinned != 0)
		return find(table, pinned);
	if (!cheapest(table, must_be_up, &price, &shares)) {
		must_be_up = false;
		if (!cheapest(table, must_be_up, &price, &shares))
			return NULL;
	}
	at = scatter(draw) % shares;
	for (size_t i = 0; i < table->count; i++) {
		const struct route_account *account = &table->account[i];

		if (!eligible(account, must_be_up) || account->price_micro != price)
			continue;
		if (at < share(account))
			return account;
		at -= share(account);
	}
	panic("the shares of %zu accounts do not add up", table->count);
}
