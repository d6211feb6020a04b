/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* inbound - the bundle codec and the digest.
 *
 * A bundle in network byte order:
 *   "VI1"  count:2  then per record
 *   account:2  coding:1  data_coding:1  reference:2  total:1  seq:1  msisdn:8  received_at_us:8
 *   source_len:1  source  destination_len:1  destination  octets_len:2  octets */
#include "common/model/inbound.h"

#include <openssl/evp.h>
#include <string.h>

#define HEAD_BYTES   5
#define RECORD_FIXED 28				 /* 24, and the three lengths */
#define TIME_US_MAX  INT64_C(253402300799000000) /* end of the year 9999 */

/* --- encoding ----------------------------------------------------------------------------------
 */

void inbound_bundle_begin(struct buf *out)
{
	buf_reset(out);
	buf_add(out, "VI1\0\0", HEAD_BYTES);
}

static size_t bundle_count(const struct buf *b)
{
	return (size_t)(unsigned char)b->data[3] << 8 | (unsigned char)b->data[4];
}

static bool printable(char c)
{
	return c >= 0x20 && c < 0x7f;
}

static void add_address(struct buf *out, const char *text)
{
	size_t len = strnlen(text, INBOUND_ADDRESS_MAX);

	buf_add_char(out, (char)len);
	for (size_t i = 0; i < len; i++)
		buf_add_char(out, printable(text[i]) ? text[i] : '?');
}

static void add_fixed(struct buf *out, const struct inbound_part *p)
{
	buf_add_be16(out, (uint16_t)p->account_id);
	buf_add_char(out, (char)p->coding);
	buf_add_char(out, (char)p->data_coding);
	buf_add_be16(out, p->reference);
	buf_add_char(out, (char)p->total);
	buf_add_char(out, (char)p->seq);
	buf_add_be64(out, (uint64_t)p->msisdn);
	buf_add_be64(out, (uint64_t)p->received_at_us);
}

static void add_record(struct buf *out, const struct inbound_part *p)
{
	add_fixed(out, p);
	add_address(out, p->source);
	add_address(out, p->destination);
	buf_add_be16(out, (uint16_t)p->octets.len);
	buf_add(out, p->octets.data, p->octets.len);
}

bool inbound_bundle_add(struct buf *out, const struct inbound_part *p)
{
	size_t count = bundle_count(out);
	size_t size = RECORD_FIXED + strnlen(p->source, INBOUND_ADDRESS_MAX) +
		      strnlen(p->destination, INBOUND_ADDRESS_MAX) + p->octets.len;

	if (count >= INBOUND_BUNDLE_MAX || p->octets.len > INBOUND_OCTETS_MAX ||
	    out->len + size > INBOUND_BUNDLE_BYTES || out->len + size > out->max)
		return false;
	add_record(out, p);
	count++;
	out->data[3] = (char)(count >> 8);
	out->data[4] = (char)count;
	return true;
}

/* --- decoding ----------------------------------------------------------------------------------
 */

struct cursor {
	const uint8_t *at, *end;
};

static uint64_t get_be(struct cursor *c, size_t octets)
{
	uint64_t v = 0;

	for (size_t i = 0; i < octets; i++)
		v = v << 8 | *c->at++;
	return v;
}

/* NULL, or what is wrong with the address. */
static const char *get_address(struct cursor *c, char *out)
{
	size_t len;

	if (c->at == c->end)
		return "it ends early";
	len = *c->at++;
	if (len > INBOUND_ADDRESS_MAX)
		return "an address has an impossible length";
	if ((size_t)(c->end - c->at) < len)
		return "it ends early";
	for (size_t i = 0; i < len; i++) {
		out[i] = (char)c->at[i];
		if (!printable(out[i]))
			return "an address is not printable ASCII";
	}
	out[len] = '\0';
	c->at += len;
	return NULL;
}

static const char *get_octets(struct cursor *c, struct smpp_octets *out)
{
	if (c->end - c->at < 2)
		return "it ends early";
	out->len = (size_t)get_be(c, 2);
	out->data = c->at;
	if ((size_t)(c->end - c->at) < out->len)
		return "it ends early";
	c->at += out->len;
	return NULL;
}

static const char *check(const struct inbound_part *p)
{
	if (p->account_id <= 0)
		return "the account is not a positive number";
	if (p->coding > CODING_LAST)
		return "the coding is none there is";
	if (p->seq == 0 || p->seq > p->total)
		return "the part is none of its message";
	if (p->msisdn < 0)
		return "the number is negative";
	if (p->received_at_us < 0 || p->received_at_us > TIME_US_MAX)
		return "the time lies outside the years 1970 to 9999";
	return NULL;
}

/* NULL, or what is wrong with the record. */
static const char *get_record(struct cursor *c, struct inbound_part *p)
{
	const char *problem;

	if (c->end - c->at < RECORD_FIXED)
		return "it ends early";
	p->account_id = (int16_t)get_be(c, 2);
	p->coding = (uint8_t)get_be(c, 1);
	p->data_coding = (uint8_t)get_be(c, 1);
	p->reference = (uint16_t)get_be(c, 2);
	p->total = (uint8_t)get_be(c, 1);
	p->seq = (uint8_t)get_be(c, 1);
	p->msisdn = (int64_t)get_be(c, 8);
	p->received_at_us = (int64_t)get_be(c, 8);
	problem = check(p);
	if (problem == NULL)
		problem = get_address(c, p->source);
	if (problem == NULL)
		problem = get_address(c, p->destination);
	if (problem == NULL)
		problem = get_octets(c, &p->octets);
	return problem;
}

bool inbound_bundle_decode(const void *body, size_t len, struct inbound_part *out,
			   size_t *count_out, struct err *err)
{
	struct cursor c = {.at = body, .end = (const uint8_t *)body + len};
	size_t count;

	if (len < HEAD_BYTES || memcmp(body, "VI1", 3) != 0)
		return err_set(err, ERR_INPUT, "inbound bundle does not begin with \"VI1\"");
	c.at += 3;
	count = (size_t)get_be(&c, 2);
	if (count > INBOUND_BUNDLE_MAX)
		return err_set(err, ERR_INPUT, "inbound bundle announces %zu records; at most %d",
			       count, INBOUND_BUNDLE_MAX);
	for (size_t i = 0; i < count; i++) {
		const char *problem = get_record(&c, &out[i]);

		if (problem != NULL)
			return err_set(err, ERR_INPUT, "inbound bundle, record %zu of %zu: %s",
				       i + 1, count, problem);
	}
	if (c.at != c.end)
		return err_set(err, ERR_INPUT, "inbound bundle has %zu bytes after its last record",
			       (size_t)(c.end - c.at));
	*count_out = count;
	return true;
}

/* --- digest ------------------------------------------------------------------------------------
 */

void inbound_digest(const struct inbound_part *part, uint8_t out[INBOUND_DIGEST_BYTES])
{
	struct inbound_part timeless = *part;
	struct buf record;

	timeless.received_at_us = 0;
	buf_init(&record, INBOUND_BUNDLE_BYTES);
	add_record(&record, &timeless);
	if (EVP_Digest(record.data, record.len, out, NULL, EVP_sha256(), NULL) != 1)
		panic("OpenSSL has no SHA-256");
	buf_deinit(&record);
}
