/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* route - the choice of an account. */
#include "common/model/route.h"

#include <stdio.h>
#include <string.h>

/* Hours are those of Moscow, which is what contracts speak of; from after to goes over midnight. */
const struct pg_stmt route_accounts_stmt = {
	"route_accounts",
	"SELECT a.id, a.enabled,"
	"       coalesce(l.until > clock_timestamp() AND l.stopped IS NULL"
	"                AND coalesce(l.down_since > clock_timestamp() - interval '30 s', true), "
	"false),"
	"       a.price_micro, a.parts_per_s, a.split, a.max_parts, a.name,"
	"       p.country <> 'RU' AND p.cross_border_ground IS NULL,"
	"       coalesce(t.contracts = 'contracts', false),"
	"       t.open_from IS NULL OR CASE WHEN t.open_from <= t.open_to"
	"         THEN now.at >= t.open_from AND now.at < t.open_to"
	"         ELSE now.at >= t.open_from OR now.at < t.open_to END,"
	"       t.categories, t.classes, t.alphabets, t.prefixes, a.send_alphabet"
	"  FROM account a JOIN provider p ON p.id = a.provider_id"
	"  LEFT JOIN account_route t ON t.account_id = a.id"
	"  LEFT JOIN account_lease l ON l.account_id = a.id"
	"  CROSS JOIN (SELECT (statement_timestamp() AT TIME ZONE 'Europe/Moscow')::time AS at) now"
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

#define PLACE_DIGITS 15

int64_t route_prefix_place(int64_t msisdn)
{
	static const int64_t limit = 100000000000000LL; /* the least number of 15 digits */

	if (msisdn <= 0)
		return 0;
	if (msisdn < 10000000000LL) /* short ones are rare; 11 digits need four steps */
		while (msisdn < 10000000000LL)
			msisdn *= 10;
	while (msisdn < limit)
		msisdn *= 10;
	return msisdn;
}

bool route_prefix_parse(const char *digits, size_t len, struct route_prefix *out)
{
	int64_t from = 0, width = 1;

	if (len == 0 || len > PLACE_DIGITS || digits[0] == '0')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return false;
		from = from * 10 + digits[i] - '0';
	}
	for (size_t i = len; i < PLACE_DIGITS; i++)
		width *= 10;
	*out = (struct route_prefix){.from = from * width, .to = from * width + width - 1};
	return true;
}

/* The bits of a column that lists small numbers; null: all. */
static uint16_t parse_bits(const struct pg_result *rows, size_t row, int col)
{
	int64_t value[16];
	uint16_t bits = 0;
	size_t count;

	if (pg_null(rows, row, col))
		return UINT16_MAX;
	count = pg_int_array(rows, row, col, value, 16);
	for (size_t i = 0; i < count && i < 16; i++)
		if (value[i] >= 0 && value[i] < 16)
			bits |= (uint16_t)(1u << value[i]);
	return bits;
}

static bool parse_prefixes(struct route_account *account, const struct pg_result *rows, size_t row,
			   int col, struct err *err)
{
	const char *digits[ROUTE_PREFIXES_MAX];
	size_t len[ROUTE_PREFIXES_MAX], count;

	count = pg_text_array(rows, row, col, digits, len, ROUTE_PREFIXES_MAX);
	if (count > ROUTE_PREFIXES_MAX)
		return err_set(err, ERR_LIMIT, "account %s: %zu prefixes, at most %d are taken",
			       account->name, count, ROUTE_PREFIXES_MAX);
	for (size_t i = 0; i < count; i++)
		if (!route_prefix_parse(digits[i], len[i], &account->prefix[i]))
			return err_set(err, ERR_INPUT, "account %s: prefix %zu is no digits",
				       account->name, i + 1);
	account->prefix_count = (uint8_t)count;
	return true;
}

static bool parse_account(struct route_account *account, const struct pg_result *rows, size_t i,
			  struct err *err)
{
	*account = (struct route_account){
		.id = (int16_t)pg_int(rows, i, 0),
		.enabled = pg_bool(rows, i, 1),
		.up = pg_bool(rows, i, 2),
		.price_micro = pg_int(rows, i, 3),
		.parts_per_s = (int32_t)pg_int(rows, i, 4),
		.max_parts = (int)pg_int(rows, i, 6),
		.alphabet = sms_alphabet_of(pg_text(rows, i, 15)),
		.abroad = pg_bool(rows, i, 8),
		.by_contracts = pg_bool(rows, i, 9),
		.open = pg_bool(rows, i, 10),
		.categories = parse_bits(rows, i, 11),
		.classes = (uint8_t)parse_bits(rows, i, 12),
		.alphabets = (uint8_t)parse_bits(rows, i, 13),
	};
	(void)snprintf(account->name, sizeof(account->name), "%s", pg_text(rows, i, 7));
	if (!parse_split(pg_text(rows, i, 5), &account->split))
		return err_set(err, ERR_INPUT, "account %s: split \"%s\" is not known",
			       account->name, pg_text(rows, i, 5));
	return parse_prefixes(account, rows, i, 14, err);
}

bool route_table_fill(struct route_table *table, const struct pg_result *rows, struct err *err)
{
	size_t count = pg_rows(rows);

	if (count > ROUTE_ACCOUNTS_MAX)
		return err_set(err, ERR_LIMIT, "%zu accounts, at most %d can be routed over", count,
			       ROUTE_ACCOUNTS_MAX);
	for (size_t i = 0; i < count; i++)
		if (!parse_account(&table->account[i], rows, i, err))
			return false;
	table->count = count;
	return true;
}

static bool eligible(const struct route_account *account, bool must_be_up)
{
	return account->enabled && (account->up || !must_be_up);
}

uint64_t route_share(const struct route_account *account)
{
	return account->parts_per_s > 0 ? (uint64_t)account->parts_per_s : ROUTE_UNLIMITED_SHARE;
}

uint64_t route_scatter(uint64_t x)
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

const struct route_account *route_find(const struct route_table *table, int16_t id)
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
		out[0] = route_find(table, pinned);
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
		shares += route_share(candidate[i]);
	at = route_scatter(draw) % shares;
	for (size_t i = 0; i < count; i++) {
		if (at < route_share(candidate[i]))
			return candidate[i];
		at -= route_share(candidate[i]);
	}
	panic("the shares of %zu accounts do not add up", table->count);
}
