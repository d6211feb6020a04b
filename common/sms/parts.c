/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* parts - encoding, counting and splitting of texts.
 *
 * Two passes: the first finds the encoding and the size of the whole text, and nearly every text
 * ends there with one part; only longer ones are walked again, cluster by cluster. */
#include "common/sms/parts.h"

#include <string.h>

#include "common/sms/gsm.h"
#include "common/text/utf8.h"

#define REPLACEMENT 0xFFFD

static const struct {
	uint16_t single, part_udh8, part_udh16;
} limits[] = {
	[SMS_GSM7] = {160, 153, 152},
	[SMS_UCS2] = {70, 67, 66},
};

static uint32_t utf16_units(uint32_t code_point)
{
	return code_point < 0x10000 ? 1 : 2;
}

static uint32_t units_of(uint32_t code_point, enum sms_encoding encoding)
{
	return encoding == SMS_GSM7 ? (uint32_t)gsm_cost(code_point) : utf16_units(code_point);
}

/* Encoding and units of the whole text, which may be `gsm` at all or not.  False: not valid UTF-8
 * at byte *bad_out. */
static bool measure(const char *text, size_t len, bool gsm, struct sms_parts *out, size_t *bad_out)
{
	const char *at = text, *end = text + len;
	uint64_t septets = 0, units = 0;

	while (at < end) {
		const char *start = at;
		uint32_t c = utf8_step(&at, end);

		if (c == UTF8_BAD) {
			*bad_out = (size_t)(start - text);
			return false;
		}
		units += utf16_units(c);
		if (gsm) {
			int cost = gsm_cost(c);

			septets += (uint64_t)cost;
			gsm = cost > 0;
		}
	}
	out->encoding = gsm ? SMS_GSM7 : SMS_UCS2;
	units = gsm ? septets : units;
	out->units = units > UINT32_MAX ? UINT32_MAX : (uint32_t)units;
	return true;
}

/* --- clusters ----------------------------------------------------------------------------------
 */

#define ZWJ 0x200D

/* Whether `c` belongs to the character in front of it: combining marks of the scripts met in
 * practice, variation selectors, joiner, keycap, skin tones, tag characters. */
static bool extends_cluster(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x0300, 0x036F}, {0x0483, 0x0489},   {0x0591, 0x05BD},	  {0x0610, 0x061A},
		{0x064B, 0x065F}, {0x0670, 0x0670},   {0x06D6, 0x06DC},	  {0x0900, 0x0903},
		{0x093A, 0x093C}, {0x093E, 0x094F},   {0x0E31, 0x0E31},	  {0x0E34, 0x0E3A},
		{0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF},   {0x1DC0, 0x1DFF},	  {ZWJ, ZWJ},
		{0x20D0, 0x20FF}, {0x302A, 0x302F},   {0x3099, 0x309A},	  {0xFE00, 0xFE0F},
		{0xFE20, 0xFE2F}, {0x1F3FB, 0x1F3FF}, {0xE0020, 0xE007F}, {0xE0100, 0xE01EF},
	};

	if (c < ranges[0].first)
		return false;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c <= ranges[i].last)
			return c >= ranges[i].first;
	return false;
}

static bool regional_indicator(uint32_t c)
{
	return c >= 0x1F1E6 && c <= 0x1F1FF;
}

/* End of the cluster that begins at `at`, and what it costs. */
static const char *cluster_end(const char *at, const char *end, enum sms_encoding encoding,
			       uint32_t *units_out)
{
	uint32_t before = utf8_next(&at, end);
	bool flag_open = regional_indicator(before);

	*units_out = units_of(before, encoding);
	while (at < end) {
		const char *next = at;
		uint32_t c = utf8_next(&next, end);
		bool closes_flag = flag_open && regional_indicator(c);

		if (!closes_flag && before != ZWJ && !extends_cluster(c))
			break;
		flag_open = false;
		*units_out += units_of(c, encoding);
		before = c;
		at = next;
	}
	return at;
}

/* --- splitting -----------------------------------------------------------------------------------
 */

struct splitter {
	struct sms_parts *out;
	const char *text;
	uint32_t limit;
	uint32_t count; /* parts begun, also those out->part has no room for */
	struct sms_part part;
};

static void part_close(struct splitter *s)
{
	if (s->count < SMS_PARTS_MAX)
		s->out->part[s->count] = s->part;
	s->count++;
	s->part = (struct sms_part){.offset = s->part.offset + s->part.len};
}

static void part_add(struct splitter *s, size_t bytes, uint32_t units)
{
	if (s->part.units + units > s->limit)
		part_close(s);
	s->part.len += (uint32_t)bytes;
	s->part.units += (uint16_t)units;
}

/* Fill parts greedily.  A cluster no part can hold is laid down by code points. */
static void split_long(struct splitter *s, size_t len)
{
	const char *at = s->text, *end = s->text + len;
	enum sms_encoding encoding = s->out->encoding;

	while (at < end) {
		uint32_t units;
		const char *next = cluster_end(at, end, encoding, &units);

		if (units <= s->limit) {
			part_add(s, (size_t)(next - at), units);
			at = next;
			continue;
		}
		while (at < next) {
			const char *start = at;
			uint32_t c = utf8_next(&at, next);

			part_add(s, (size_t)(at - start), units_of(c, encoding));
		}
	}
	part_close(s);
}

static bool split_text(const char *text, size_t len, bool gsm, enum sms_split split, int max_parts,
		       struct sms_parts *out, struct err *err)
{
	struct splitter s = {.out = out, .text = text};
	size_t bad;

	if (max_parts < 1 || max_parts > SMS_PARTS_MAX)
		panic("max_parts %d", max_parts);
	if (len > UINT32_MAX)
		return err_set(err, ERR_LIMIT, "the text is longer than 4 GiB");
	if (!measure(text, len, gsm, out, &bad))
		return err_set(err, ERR_INPUT,
			       "byte %zu of the text is not valid UTF-8; send the text as UTF-8",
			       bad + 1);
	if (out->units <= limits[out->encoding].single) {
		out->count = 1;
		out->part[0] = (struct sms_part){
			.offset = 0, .len = (uint32_t)len, .units = (uint16_t)out->units};
		return true;
	}
	s.limit = split == SMS_SPLIT_UDH16 ? limits[out->encoding].part_udh16
					   : limits[out->encoding].part_udh8;
	split_long(&s, len);
	if (s.count > (uint32_t)max_parts)
		return err_set(err, ERR_LIMIT,
			       "the text needs %u parts and at most %d are allowed; shorten it",
			       s.count, max_parts);
	out->count = (uint16_t)s.count;
	return true;
}

bool sms_split(const char *text, size_t len, enum sms_split split, int max_parts,
	       struct sms_parts *out, struct err *err)
{
	return split_text(text, len, true, split, max_parts, out, err);
}

bool sms_split_ucs2(const char *text, size_t len, enum sms_split split, int max_parts,
		    struct sms_parts *out, struct err *err)
{
	return split_text(text, len, false, split, max_parts, out, err);
}

/* --- octets --------------------------------------------------------------------------------------
 */

static size_t encode_gsm(const char *at, const char *end, uint8_t *out, size_t out_size)
{
	size_t written = 0;

	while (at < end) {
		uint8_t septets[2];
		int n = gsm_encode(utf8_step(&at, end), septets);

		if (n == 0) { /* sms_split would have said UCS-2 */
			septets[0] = '?';
			n = 1;
		}
		if (written + (size_t)n > out_size)
			break;
		for (int i = 0; i < n; i++)
			out[written++] = septets[i];
	}
	return written;
}

static void put_unit(uint8_t *out, uint32_t unit)
{
	out[0] = (uint8_t)(unit >> 8);
	out[1] = (uint8_t)unit;
}

static size_t encode_ucs2(const char *at, const char *end, uint8_t *out, size_t out_size)
{
	size_t written = 0;

	while (at < end) {
		uint32_t c = utf8_step(&at, end);
		size_t n;

		if (c == UTF8_BAD)
			c = REPLACEMENT;
		n = 2 * utf16_units(c);
		if (written + n > out_size)
			break;
		if (n == 2) {
			put_unit(out + written, c);
		} else {
			put_unit(out + written, 0xD800 + ((c - 0x10000) >> 10));
			put_unit(out + written + 2, 0xDC00 + ((c - 0x10000) & 0x3FF));
		}
		written += n;
	}
	return written;
}

size_t sms_encode(const char *text, size_t len, enum sms_encoding encoding, uint8_t *out,
		  size_t out_size)
{
	return encoding == SMS_GSM7 ? encode_gsm(text, text + len, out, out_size)
				    : encode_ucs2(text, text + len, out, out_size);
}

size_t sms_udh(enum sms_split split, uint16_t ref, int total, int seq, uint8_t out[7])
{
	const uint8_t udh8[] = {5, 0x00, 3, (uint8_t)ref, (uint8_t)total, (uint8_t)seq};
	const uint8_t udh16[] = {
		6, 0x08, 4, (uint8_t)(ref >> 8), (uint8_t)ref, (uint8_t)total, (uint8_t)seq};

	switch (split) {
	case SMS_SPLIT_UDH8:
		memcpy(out, udh8, sizeof(udh8));
		return sizeof(udh8);
	case SMS_SPLIT_UDH16:
		memcpy(out, udh16, sizeof(udh16));
		return sizeof(udh16);
	case SMS_SPLIT_SAR:
	case SMS_SPLIT_PAYLOAD:
		break;
	}
	return 0;
}

ptrdiff_t sms_expensive_at(const char *text, size_t len)
{
	const char *at = text, *end = text + len;

	while (at < end) {
		const char *start = at;

		if (gsm_cost(utf8_next(&at, end)) == 0)
			return start - text;
	}
	return -1;
}
