/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* receipt - the bundle codec, the key a receipt is found by, and provider ids in one form.
 *
 * A bundle in network byte order:
 *   "VR1"  count:2  then per record
 *   account:2  flags:1  state:1  msisdn:8  done_at_us:8  received_at_us:8  id_len:1  id  err_len:1
 * err Flag 1: the person has stopped us.  Strings are printable ASCII: the encoder puts '?' for
 * anything else, the decoder refuses it, so that no receipt can spoil the SQL statement its
 * neighbours share. */
#include "common/model/receipt.h"

#include <endian.h>
#include <string.h>

#include "common/model/message.h"

#define HEAD_BYTES	 5
#define FLAG_STOPPED	 1u
#define RECORD_FIXED	 30 /* 2 + 2 + 8 + 8 + 8 and the two length octets */
#define RECORD_BYTES_MAX (RECORD_FIXED + RECEIPT_PROVIDER_ID_MAX + RECEIPT_ERR_MAX)
#define TIME_US_MAX	 INT64_C(253402300799000000) /* end of the year 9999 */

/* --- encoding ----------------------------------------------------------------------------------
 */

void receipt_bundle_begin(struct buf *out)
{
	buf_reset(out);
	buf_add(out, "VR1\0\0", HEAD_BYTES);
}

static size_t bundle_count(const struct buf *b)
{
	return (size_t)(unsigned char)b->data[3] << 8 | (unsigned char)b->data[4];
}

static char *put_be16(char *at, uint16_t v)
{
	v = htobe16(v);
	memcpy(at, &v, sizeof(v));
	return at + sizeof(v);
}

static char *put_be64(char *at, uint64_t v)
{
	v = htobe64(v);
	memcpy(at, &v, sizeof(v));
	return at + sizeof(v);
}

static bool printable(char c)
{
	return c >= 0x20 && c < 0x7f;
}

static char *put_text(char *at, const char *text, size_t len)
{
	*at++ = (char)len;
	for (size_t i = 0; i < len; i++)
		*at++ = printable(text[i]) ? text[i] : '?';
	return at;
}

static size_t at_most(size_t len, size_t max)
{
	return len < max ? len : max;
}

bool receipt_bundle_add(struct buf *out, const struct receipt *r)
{
	char record[RECORD_BYTES_MAX];
	char *at = record;
	size_t count = bundle_count(out);

	if (count >= RECEIPT_BUNDLE_MAX)
		return false;
	at = put_be16(at, (uint16_t)r->account_id);
	at = put_be16(at, (uint16_t)((r->stopped ? FLAG_STOPPED : 0) << 8 | r->state));
	at = put_be64(at, (uint64_t)r->msisdn);
	at = put_be64(at, (uint64_t)r->done_at_us);
	at = put_be64(at, (uint64_t)r->received_at_us);
	at = put_text(at, r->provider_id, at_most(r->provider_id_len, RECEIPT_PROVIDER_ID_MAX));
	at = put_text(at, r->err, at_most(r->err_len, RECEIPT_ERR_MAX));
	if (!buf_add(out, record, (size_t)(at - record)))
		return false;
	put_be16(out->data + 3, (uint16_t)(count + 1));
	return true;
}

/* --- decoding ----------------------------------------------------------------------------------
 */

struct cursor {
	const unsigned char *at, *end;
};

static uint16_t get_be16(struct cursor *c)
{
	uint16_t v;

	memcpy(&v, c->at, sizeof(v));
	c->at += sizeof(v);
	return be16toh(v);
}

static int64_t get_be64(struct cursor *c)
{
	uint64_t v;

	memcpy(&v, c->at, sizeof(v));
	c->at += sizeof(v);
	return (int64_t)be64toh(v);
}

/* NULL, or what is wrong with the text. */
static const char *get_text(struct cursor *c, char *out, size_t min, size_t max, uint8_t *len_out)
{
	size_t len;

	if (c->at == c->end)
		return "it ends early";
	len = *c->at++;
	if (len < min || len > max)
		return "a text has an impossible length";
	if ((size_t)(c->end - c->at) < len)
		return "it ends early";
	for (size_t i = 0; i < len; i++) {
		out[i] = (char)c->at[i];
		if (!printable(out[i]))
			return "a text is not printable ASCII";
	}
	out[len] = '\0';
	c->at += len;
	*len_out = (uint8_t)len;
	return NULL;
}

static bool state_allowed(int state)
{
	return state == MESSAGE_ACCEPTED || state == MESSAGE_UNKNOWN ||
	       (state >= MESSAGE_REJECTED && state <= MESSAGE_DELIVERED);
}

/* NULL, or what is wrong with the record. */
static const char *get_record(struct cursor *c, struct receipt *r)
{
	const char *problem;
	uint16_t state;

	if (c->end - c->at < RECORD_FIXED)
		return "it ends early";
	r->account_id = (int16_t)get_be16(c);
	state = get_be16(c);
	r->state = (int16_t)(state & 0xff);
	r->stopped = (state >> 8 & FLAG_STOPPED) != 0;
	r->msisdn = get_be64(c);
	r->done_at_us = get_be64(c);
	r->received_at_us = get_be64(c);
	if (r->account_id <= 0)
		return "the account is not a positive number";
	if (!state_allowed(r->state) || state >> 8 > FLAG_STOPPED)
		return "the state is none a receipt may have";
	if (r->msisdn < 0)
		return "the number is negative";
	if (r->done_at_us < 0 || r->done_at_us > TIME_US_MAX || r->received_at_us < 0 ||
	    r->received_at_us > TIME_US_MAX)
		return "a time lies outside the years 1970 to 9999";
	problem = get_text(c, r->provider_id, 1, RECEIPT_PROVIDER_ID_MAX, &r->provider_id_len);
	if (problem == NULL)
		problem = get_text(c, r->err, 0, RECEIPT_ERR_MAX, &r->err_len);
	return problem;
}

bool receipt_bundle_decode(const void *body, size_t len, struct receipt *out, size_t *count_out,
			   struct err *err)
{
	struct cursor c = {.at = body, .end = (const unsigned char *)body + len};
	size_t count;

	if (len < HEAD_BYTES || memcmp(body, "VR1", 3) != 0)
		return err_set(err, ERR_INPUT, "receipt bundle does not begin with \"VR1\"");
	c.at += 3;
	count = get_be16(&c);
	if (count > RECEIPT_BUNDLE_MAX)
		return err_set(err, ERR_INPUT, "receipt bundle announces %zu records; at most %d",
			       count, RECEIPT_BUNDLE_MAX);
	for (size_t i = 0; i < count; i++) {
		const char *problem = get_record(&c, &out[i]);

		if (problem != NULL)
			return err_set(err, ERR_INPUT, "receipt bundle, record %zu of %zu: %s",
				       i + 1, count, problem);
	}
	if (c.at != c.end)
		return err_set(err, ERR_INPUT, "receipt bundle has %zu bytes after its last record",
			       (size_t)(c.end - c.at));
	*count_out = count;
	return true;
}

/* --- key and provider id -----------------------------------------------------------------------
 */

/* FNV-1a over account and id, then the finisher of MurmurHash3: FNV alone leaves the high bits of
 * short, similar ids alike.  The number is stored (receipt_ref.key), so it may never change. */
int64_t receipt_ref_key(int16_t account_id, const char *provider_id, size_t len)
{
	const uint64_t prime = UINT64_C(0x100000001b3);
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	h = (h ^ ((uint16_t)account_id >> 8)) * prime;
	h = (h ^ ((uint16_t)account_id & 0xff)) * prime;
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)provider_id[i]) * prime;
	h = (h ^ (h >> 33)) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ (h >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return (int64_t)h;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static bool all_digits(const char *text, size_t len, int base)
{
	for (size_t i = 0; i < len; i++)
		if (digit_value(text[i]) >= base)
			return false;
	return len > 0;
}

/* Rewrite a number of any length from one base into the other by repeated long division; the
 * result has no leading zeros and keeps its last RECEIPT_PROVIDER_ID_MAX digits.  `digits` (values,
 * not characters) is used up. */
static size_t change_base(unsigned char *digits, size_t len, unsigned from, unsigned to, char *out)
{
	char reversed[2 * RECEIPT_PROVIDER_ID_MAX];
	size_t n = 0, first = 0;

	do {
		unsigned rest = 0;

		for (size_t i = first; i < len; i++) {
			unsigned v = rest * from + digits[i];

			digits[i] = (unsigned char)(v / to);
			rest = v % to;
		}
		reversed[n++] = "0123456789abcdef"[rest];
		while (first < len && digits[first] == 0)
			first++;
	} while (first < len);

	n = at_most(n, RECEIPT_PROVIDER_ID_MAX);
	for (size_t i = 0; i < n; i++)
		out[i] = reversed[n - 1 - i];
	return n;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

static char clean(char c, bool keep_case)
{
	if (!keep_case && c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return printable(c) ? c : '?';
}

size_t receipt_id_normalise(const char *raw, size_t len, const struct id_rules *rules,
			    char out[RECEIPT_PROVIDER_ID_MAX + 1])
{
	unsigned from = rules->base == ID_HEX_TO_DEC ? 16 : 10;

	while (len > 0 && is_blank(raw[len - 1]))
		len--;
	while (len > 0 && is_blank(*raw))
		raw++, len--;
	if (rules->strip_zeros && all_digits(raw, len, 10))
		while (len > 1 && *raw == '0')
			raw++, len--;
	if (len > RECEIPT_PROVIDER_ID_MAX) {
		raw += len - RECEIPT_PROVIDER_ID_MAX;
		len = RECEIPT_PROVIDER_ID_MAX;
	}
	for (size_t i = 0; i < len; i++)
		out[i] = clean(raw[i], rules->keep_case);
	if (rules->base != ID_AS_IS && all_digits(out, len, (int)from)) {
		unsigned char digits[RECEIPT_PROVIDER_ID_MAX];

		for (size_t i = 0; i < len; i++)
			digits[i] = (unsigned char)digit_value(out[i]);
		len = change_base(digits, len, from, from == 16 ? 10 : 16, out);
	}
	out[len] = '\0';
	return len;
}
