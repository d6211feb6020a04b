/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* route - the choice of an account. */
#include "common/model/route.h"

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

/* The cheapest price among eligible accounts; false: there are none. */
static bool cheapest(const struct route_table *table, bool must_be_up, int64_t *price_out)
{
	bool found = false;

	for (size_t i = 0; i < table->count; i++) {
		const struct route_account *account = &table->account[i];

		if (!eligible(account, must_be_up) || (found && account->price_micro >= *price_out))
			continue;
		*price_out = account->price_micro;
		found = true;
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

/* Every account at the cheapest price among the eligible ones. */
static size_t gather(const struct route_table *table, bool must_be_up,
		     const struct route_account *out[])
{
	int64_t price = 0;
	size_t count = 0;

	if (!cheapest(table, must_be_up, &price))
		return 0;
	for (size_t i = 0; i < table->count; i++)
		if (eligible(&table->account[i], must_be_up) &&
		    table->account[i].price_micro == price)
			out[count++] = &table->account[i];
	return count;
}

size_t route_candidates(const struct route_table *table, int16_t pinned,
			const struct route_account *out[ROUTE_ACCOUNTS_MAX])
{
	size_t count;

	if (pinned != 0) {
		out[0] = find(table, pinned);
		return out[0] != NULL;
	}
	count = gather(table, true, out);
	return count > 0 ? count : gather(table, false, out);
}

const struct route_account *route_choose(const struct route_table *table, int16_t pinned,
					 uint64_t draw)
{
	const struct route_account *candidate[ROUTE_ACCOUNTS_MAX];
	size_t count = route_candidates(table, pinned, candidate);
	uint64_t shares = 0, at;

	if (count <= 1)
		return count == 1 ? candidate[0] : NULL;
	for (size_t i = 0; i < count; i++)
		shares += share(candidate[i]);
	at = scatter(draw) % shares;
	for (size_t i = 0; i < count; i++) {
		if (at < share(candidate[i]))
			return candidate[i];
		at -= share(candidate[i]);
	}
	panic("the shares of %zu accounts do not add up", table->count);
}
