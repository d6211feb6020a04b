/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* options - see options.h. */
#include "tests/smscsim/options.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum type { STR, INT, BOOL, WORD, RANGE, SHARES, PRICES };

struct row {
	const char *key;
	enum type type;
	size_t offset, size;
	bool start_only;
	const char *def;
	int64_t min, max;
	const char *const *words; /* of WORD, NULL-terminated */
	const char *help;
};

static const char *const receipt_modes[] = {"none", "all", "first", NULL};
static const char *const receipt_formats[] = {"text",	 "tlv",	    "both",   "lower", "seconds",
					      "century", "payload", "commas", NULL};
static const char *const charges[] = {"accepted", "delivered", NULL};
static const char *const id_formats[] = {"dec", "hex", "uuid", "zeros", "hexdec", "dechex", NULL};

#define AT(member) offsetof(struct options, member), sizeof(((struct options *)0)->member)
#define DAY_MS	   86400000

/* clang-format off */
static const struct row rows[] = {
	{"address", STR, AT(address), true, "127.0.0.1", 0, 0, NULL, "address to listen on"},
	{"port", INT, AT(port), true, "2775", 0, 65535, NULL, "port; 0 takes a free one, printed as `listening PORT`"},
	{"control", STR, AT(control), true, "", 0, 0, NULL, "`stdin`, or a loopback port (0: free, printed as `control PORT`)"},
	{"tls-cert", STR, AT(tls_cert), true, "", 0, 0, NULL, "certificate file (PEM): speak TLS"},
	{"tls-key", STR, AT(tls_key), true, "", 0, 0, NULL, "its key file (PEM)"},
	{"log", STR, AT(log), true, "", 0, 0, NULL, "file that gets a line for every submitted part"},
	{"seed", INT, AT(seed), true, "1", 1, INT64_MAX, NULL, "of everything random"},
	{"first-id", INT, AT(first_id), true, "0", 0, INT64_MAX, NULL, "first message id; 0 derives it from the clock"},
	{"system-id", STR, AT(system_id), false, "", 0, 0, NULL, "accept only this system_id"},
	{"password", STR, AT(password), false, "", 0, 0, NULL, "accept only this password"},
	{"bind-status", INT, AT(bind_status), false, "0", 0, UINT32_MAX, NULL, "answer every bind with this command_status"},
	{"latency-ms", RANGE, AT(latency_ms), false, "0", 0, DAY_MS, NULL, "time to a response, N or MIN-MAX"},
	{"rate", INT, AT(rate), false, "0", 0, 10000000, NULL, "parts a second over all sessions, answered 0x58 beyond; 0: any"},
	{"queue-rate", INT, AT(queue_rate), false, "0", 0, 10000000, NULL, "the same, answered 0x14 beyond"},
	{"window", INT, AT(window), false, "0", 0, 1000000, NULL, "unanswered submits a session may have, 0x58 beyond; 0: any"},
	{"errors", SHARES, AT(errors), false, "", 0, 0, NULL, "refusals, STATUS:PERMILLE,... (0x0B:10,0x45:5)"},
	{"lost", INT, AT(lost), false, "0", 0, PERMILLE, NULL, "per mille of submits never answered"},
	{"early", INT, AT(early), false, "0", 0, PERMILLE, NULL, "per mille of receipts sent before the response"},
	{"duplicate", INT, AT(duplicate), false, "0", 0, PERMILLE, NULL, "per mille of receipts sent twice"},
	{"cut-every", INT, AT(cut_every), false, "0", 0, INT64_MAX, NULL, "cut the connection at every Nth submit, unanswered; 0: never"},
	{"silent", BOOL, AT(silent), false, "off", 0, 0, NULL, "on: accept connections, read, answer nothing"},
	{"receipts", WORD, AT(receipts), false, "all", 0, 0, receipt_modes, "for which parts"},
	{"receipt-delay-ms", RANGE, AT(receipt_delay_ms), false, "1000", 0, DAY_MS, NULL, "time from response to receipt, N or MIN-MAX"},
	{"receipt-format", WORD, AT(receipt_format), false, "text", 0, 0, receipt_formats, "how receipts are written"},
	{"undeliv", INT, AT(undeliv), false, "0", 0, PERMILLE, NULL, "per mille of receipts that say UNDELIV"},
	{"expired", INT, AT(expired), false, "0", 0, PERMILLE, NULL, "per mille that say EXPIRED"},
	{"rejected", INT, AT(rejected), false, "0", 0, PERMILLE, NULL, "per mille that say REJECTD"},
	{"outbox", INT, AT(outbox), false, "1000000", 1, INT32_MAX, NULL, "receipts kept for a system_id that is away"},
	{"deliver-window", INT, AT(deliver_window), false, "500", 1, 1024, NULL, "unanswered deliver_sm a session may have"},
	{"id-format", WORD, AT(id_format), false, "dec", 0, 0, id_formats, "of message ids"},
	{"zone-min", INT, AT(zone_min), false, "180", -720, 840, NULL, "minutes ahead of UTC in the dates of receipts"},
	{"prices", PRICES, AT(prices), true, "", 0, 0, NULL, "its price list in millionths, PREFIX[/letters|/digits]:MICRO,..., the first that fits"},
	{"charge", WORD, AT(charge), true, "accepted", 0, 0, charges, "which parts its invoice is for"},
	{"per-message", BOOL, AT(per_message), true, "off", 0, 0, NULL, "on: its prices are for a message, not for a part"},
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static bool parse_number(const char *text, char **end, int64_t min, int64_t max, int64_t *out)
{
	long long value;

	errno = 0;
	value = strtoll(text, end, 0);
	if (*end == text || errno != 0 || value < min || value > max)
		return false;
	*out = value;
	return true;
}

static bool parse_range(const struct row *row, const char *text, struct range *out)
{
	int64_t min, max;
	char *end;

	if (!parse_number(text, &end, row->min, row->max, &min))
		return false;
	max = min;
	if (*end == '-' && !parse_number(end + 1, &end, min, row->max, &max))
		return false;
	if (*end != '\0')
		return false;
	*out = (struct range){(uint32_t)min, (uint32_t)max};
	return true;
}

static bool parse_shares(const char *text, struct error_shares *out)
{
	struct error_shares shares = {0};
	int64_t status, permille, sum = 0;
	char *end = (char *)text;

	while (*end != '\0') {
		if (shares.count == ERROR_KINDS_MAX ||
		    !parse_number(end, &end, 1, UINT32_MAX, &status) || *end != ':' ||
		    !parse_number(end + 1, &end, 0, PERMILLE, &permille) ||
		    (*end != ',' && *end != '\0'))
			return false;
		sum += permille;
		shares.share[shares.count].status = (uint32_t)status;
		shares.share[shares.count++].permille = (uint32_t)permille;
		if (*end == ',')
			end++;
	}
	*out = shares;
	return sum <= PERMILLE;
}

static bool parse_price(const char *text, size_t len, struct price *out)
{
	const char *colon = memchr(text, ':', len);
	size_t named = colon != NULL ? (size_t)(colon - text) : 0;
	const char *slash = memchr(text, '/', named);
	size_t digits = slash != NULL ? (size_t)(slash - text) : named;
	size_t kind = slash != NULL ? named - digits - 1 : 0;
	int64_t micro;
	char *end;

	if (colon == NULL || digits >= sizeof(out->prefix) || kind >= sizeof(out->sender) ||
	    !parse_number(colon + 1, &end, 0, INT64_MAX, &micro) || end != text + len)
		return false;
	*out = (struct price){.micro = (uint64_t)micro};
	memcpy(out->prefix, text, digits);
	if (slash != NULL)
		memcpy(out->sender, slash + 1, kind);
	return *out->sender == '\0' || strcmp(out->sender, "letters") == 0 ||
	       strcmp(out->sender, "digits") == 0;
}

static bool parse_prices(const char *text, struct prices *out)
{
	struct prices prices = {0};

	while (*text != '\0') {
		size_t len = strcspn(text, ",");

		if (prices.count == PRICES_MAX ||
		    !parse_price(text, len, &prices.price[prices.count++]))
			return false;
		text += len + (text[len] == ',');
	}
	*out = prices;
	return true;
}

static bool parse_word(const struct row *row, const char *text, int *out)
{
	for (int i = 0; row->words[i] != NULL; i++) {
		if (strcmp(row->words[i], text) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

static bool parse_value(const struct row *row, const char *text, void *member)
{
	char *end;

	switch (row->type) {
	case STR:
		if (strlen(text) >= row->size)
			return false;
		memcpy(member, text, strlen(text) + 1);
		return true;
	case INT:
		return parse_number(text, &end, row->min, row->max, member) && *end == '\0';
	case BOOL:
		*(bool *)member = strcmp(text, "on") == 0;
		return *(bool *)member || strcmp(text, "off") == 0;
	case WORD:
		return parse_word(row, text, member);
	case RANGE:
		return parse_range(row, text, member);
	case SHARES:
		return parse_shares(text, member);
	case PRICES:
		return parse_prices(text, member);
	}
	return false;
}

/* What a row accepts, for errors and --help. */
static void describe(const struct row *row, struct buf *out)
{
	switch (row->type) {
	case STR:
		buf_printf(out, "text of at most %zu characters", row->size - 1);
		break;
	case INT:
		buf_printf(out, "a number from %" PRId64 " to %" PRId64, row->min, row->max);
		break;
	case BOOL:
		buf_add_str(out, "on or off");
		break;
	case RANGE:
		buf_printf(out, "N or MIN-MAX from %" PRId64 " to %" PRId64, row->min, row->max);
		break;
	case SHARES:
		buf_add_str(out, "STATUS:PERMILLE,... of at most 1000 together");
		break;
	case PRICES:
		buf_add_str(out, "PREFIX[/letters|/digits]:MICRO,...");
		break;
	case WORD:
		for (int i = 0; row->words[i] != NULL; i++)
			buf_printf(out, "%s%s", i > 0 ? "|" : "", row->words[i]);
	}
}

static const struct row *find(const char *key)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(rows[i].key, key) == 0)
			return &rows[i];
	}
	return NULL;
}

static bool assign(struct options *o, const struct row *row, const char *value, struct err *err)
{
	struct options changed = *o;
	struct buf want;

	if (parse_value(row, value, (char *)&changed + row->offset)) {
		*o = changed;
		return true;
	}
	buf_init(&want, 500);
	describe(row, &want);
	err_set(err, ERR_INPUT, "%s: found \"%s\"; expected %s", row->key, value, buf_str(&want));
	buf_deinit(&want);
	return false;
}

void options_init(struct options *o)
{
	memset(o, 0, sizeof(*o));
	for (size_t i = 0; i < ROWS; i++) {
		if (!parse_value(&rows[i], rows[i].def, (char *)o + rows[i].offset))
			panic("the default of option %s does not fit it", rows[i].key);
	}
}

bool options_parse(struct options *o, int argc, char **argv, struct err *err)
{
	for (int i = 1; i < argc; i += 2) {
		const struct row *row = strncmp(argv[i], "--", 2) == 0 ? find(argv[i] + 2) : NULL;

		if (row == NULL)
			return err_set(err, ERR_INPUT, "%s: no such option; see --help", argv[i]);
		if (i + 1 == argc)
			return err_set(err, ERR_INPUT, "%s: a value must follow", argv[i]);
		if (!assign(o, row, argv[i + 1], err))
			return false;
	}
	if ((o->tls_cert[0] == '\0') != (o->tls_key[0] == '\0'))
		return err_set(err, ERR_INPUT, "tls-cert and tls-key go together");
	return true;
}

bool options_set(struct options *o, const char *key, const char *value, struct err *err)
{
	const struct row *row = find(key);

	if (row == NULL)
		return err_set(err, ERR_INPUT, "%s: no such option", key);
	if (row->start_only)
		return err_set(err, ERR_INPUT, "%s: can be given at start only", key);
	return assign(o, row, value, err);
}

bool options_get(const struct options *o, const char *key, struct buf *out)
{
	const struct row *row = find(key);
	const void *member;

	if (row == NULL)
		return false;
	member = (const char *)o + row->offset;
	switch (row->type) {
	case STR:
		return buf_add_str(out, member);
	case INT:
		return buf_printf(out, "%" PRId64, *(const int64_t *)member);
	case BOOL:
		return buf_add_str(out, *(const bool *)member ? "on" : "off");
	case WORD:
		return buf_add_str(out, row->words[*(const int *)member]);
	case RANGE:
		return buf_printf(out, "%u-%u", ((const struct range *)member)->min,
				  ((const struct range *)member)->max);
	case SHARES:
		for (unsigned i = 0; i < o->errors.count; i++)
			buf_printf(out, "%s0x%X:%u", i > 0 ? "," : "", o->errors.share[i].status,
				   o->errors.share[i].permille);
		break;
	case PRICES:
		for (unsigned i = 0; i < o->prices.count; i++) {
			const struct price *p = &o->prices.price[i];

			buf_printf(out, "%s%s%s%s:%" PRIu64, i > 0 ? "," : "", p->prefix,
				   *p->sender != '\0' ? "/" : "", p->sender, p->micro);
		}
	}
	return true;
}

void options_help(struct buf *out)
{
	for (size_t i = 0; i < ROWS; i++) {
		buf_printf(out, "  --%-17s %s", rows[i].key, rows[i].help);
		if (rows[i].type == WORD) {
			buf_add_str(out, ": ");
			describe(&rows[i], out);
		}
		buf_printf(out, " [%s]\n", rows[i].def);
	}
}
