/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* text_cases_test - texts that other senders of SMS have got wrong, case 19 to 28.  Case 24 is in
 * alphabet_test, 26 in smppd/refs_test; what the wire must show is in tests/system/text-cases. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/sms/gsm.h"
#include "common/sms/parts.h"
#include "common/sms/smpp.h"
#include "common/sms/template.h"
#include "common/sms/user_data.h"
#include "common/text/utf8.h"
#include "tests/unit/support/run.h"

#define EMOJI	  "\U0001F600"
#define PART_MAX  140 /* octets on the air, header included */
#define HEADER	  6
#define PARTS_MAX 6

static struct buf text;

static void set_up(void)
{
	buf_init(&text, 65536);
}

static void tear_down(void)
{
	buf_deinit(&text);
}

static void add(const char *piece, int times)
{
	for (int i = 0; i < times; i++)
		ck_assert(buf_add_str(&text, piece));
}

/* Split the text and hold every part to what a PDU can carry: whole characters, in order, nothing
 * lost, nothing too long. */
static struct sms_parts split(void)
{
	struct sms_parts parts;
	size_t at = 0;
	struct err err;

	ck_assert_msg(
		sms_split(buf_str(&text), text.len, SMS_SPLIT_UDH8, SMS_PARTS_MAX, &parts, &err),
		"%s", err.msg);
	for (size_t i = 0; i < parts.count; i++) {
		const struct sms_part *part = &parts.part[i];
		size_t head = parts.count > 1 ? HEADER : 0, octets;
		uint8_t out[320];

		ck_assert_uint_eq(part->offset, at);
		ck_assert_uint_eq(utf8_valid(text.data + at, part->len), part->len);
		octets = sms_encode(text.data + at, part->len, parts.encoding, out, sizeof(out));
		if (parts.encoding == SMS_UCS2)
			ck_assert_msg(octets % 2 == 0, "part %zu has %zu octets", i + 1, octets);
		else
			octets = (octets * 7 + 7) / 8;
		ck_assert_uint_le(octets + head, PART_MAX);
		at += part->len;
	}
	ck_assert_uint_eq(at, text.len);
	return parts;
}

static void check_units(const struct sms_parts *parts, enum sms_encoding encoding, size_t count,
			const uint16_t *units)
{
	ck_assert_int_eq(parts->encoding, encoding);
	ck_assert_uint_eq(parts->count, count);
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(parts->part[i].units == units[i], "part %zu has %u units", i + 1,
			      parts->part[i].units);
}

/* --- lengths -------------------------------------------------------------------------------------
 */

/* Pieces of a text, and the units of its parts. */
static const struct length {
	const char *piece[3];
	int times[3];
	enum sms_encoding encoding;
	size_t count;
	uint16_t units[3];
} emoji[] =
	{
		{{"ж", EMOJI}, {69, 1}, SMS_UCS2, 2, {67, 4}},
		{{"ж", EMOJI}, {68, 1}, SMS_UCS2, 1, {70}},
		{{"ж", EMOJI, "ж"}, {66, 1, 5}, SMS_UCS2, 2, {66, 7}},
		{{"ж", EMOJI, "ж"}, {65, 1, 6}, SMS_UCS2, 2, {67, 6}},
		{{"a", EMOJI}, {69, 1}, SMS_UCS2, 2, {67, 4}},
},
  escapes[] =
	  {
		  {{"a", "["}, {158, 1}, SMS_GSM7, 1, {160}},
		  {{"a", "€"}, {159, 1}, SMS_GSM7, 2, {153, 8}},
		  {{"a", "[", "a"}, {152, 1, 8}, SMS_GSM7, 2, {152, 10}},
		  {{"a", "€", "a"}, {151, 1, 8}, SMS_GSM7, 2, {153, 8}},
		  {{"a", "€", "a"}, {152, 1, 152}, SMS_GSM7, 3, {152, 153, 1}},
},
  cyrillic[] =
	  {
		  {{"ж"}, {70}, SMS_UCS2, 1, {70}},	{{"ж"}, {71}, SMS_UCS2, 2, {67, 4}},
		  {{"ж"}, {80}, SMS_UCS2, 2, {67, 13}}, /* 160 bytes */
		  {{"ж"}, {81}, SMS_UCS2, 2, {67, 14}}, {{"ж"}, {134}, SMS_UCS2, 2, {67, 67}},
},
  fallen[] = {
	  {{"[", "ж"}, {35, 35}, SMS_UCS2, 1, {70}},
	  {{"€", "ж"}, {69, 1}, SMS_UCS2, 1, {70}},
	  {{"{}~|^\\", EMOJI}, {11, 1}, SMS_UCS2, 1, {68}},
	  {{"[]", "ж"}, {35, 1}, SMS_UCS2, 2, {67, 4}},
};

static void check_length(const struct length *l)
{
	struct sms_parts parts;

	for (size_t i = 0; i < 3 && l->piece[i] != NULL; i++)
		add(l->piece[i], l->times[i]);
	parts = split();
	check_units(&parts, l->encoding, l->count, l->units);
}

START_TEST(test_case_19)
{
	check_length(&emoji[_i]);
}
END_TEST

START_TEST(test_case_20)
{
	check_length(&escapes[_i]);
}
END_TEST

START_TEST(test_case_22)
{
	check_length(&cyrillic[_i]);
}
END_TEST

START_TEST(test_case_25)
{
	check_length(&fallen[_i]);
}
END_TEST

/* --- 21: octets of UCS-2 -------------------------------------------------------------------------
 */

START_TEST(test_case_21_written)
{
	/* split() holds each part to an even number of octets. */
	for (int letters = 60; letters < 210; letters++) {
		buf_reset(&text);
		add("ж", letters);
		add(EMOJI, letters % 5);
		add("я", letters % 3);
		split();
	}
}
END_TEST

START_TEST(test_case_21_mark)
{
	struct sms_parts parts;

	add("\uFEFF", 1);
	add("ж", 70);
	text.len = sms_normalise(text.data, text.len, text.data);
	parts = split();
	check_units(&parts, SMS_UCS2, 1, (const uint16_t[]){70});
}
END_TEST

static const struct {
	const char *why;
	const char *octets;
	size_t len;
	const char *want;
} ucs2[] = {
	{"big-endian", "\x04\x16\x00!", 4, "Ж!"},
	{"its mark", "\xFE\xFF\x04\x16", 4, "Ж"},
	{"little-endian with its mark", "\xFF\xFE\x16\x04!\x00", 6, "Ж!"},
	{"an odd octet at the end", "\x04\x16\x04", 3, "Ж\uFFFD"},
	{"one octet", "\x04", 1, "\uFFFD"},
	{"half an emoji", "\xD8\x3D", 2, "\uFFFD"},
	{"the halves the other way about", "\xDE\x00\xD8\x3D", 4, "\uFFFD\uFFFD"},
};

START_TEST(test_case_21_read)
{
	user_data_text(CODING_UCS2, ucs2[_i].octets, ucs2[_i].len, &text);
	ck_assert_msg(strcmp(buf_str(&text), ucs2[_i].want) == 0, "%s: %s", ucs2[_i].why,
		      buf_str(&text));
}
END_TEST

/* --- 23: a septet that is zero -------------------------------------------------------------------
 */

START_TEST(test_case_23)
{
	static const char written[] = "@ shop@example.com @";
	struct smpp_sm sm = {.source_addr = "sh@p", .dest_addr = "79161234567"}, read;
	uint8_t septets[64];
	struct smpp_header header;
	uint32_t status;
	struct err err;

	sm.short_message.data = septets;
	sm.short_message.len =
		sms_encode(written, strlen(written), SMS_GSM7, septets, sizeof(septets));
	ck_assert_uint_eq(sm.short_message.len, strlen(written));
	ck_assert_uint_eq(septets[0], 0);
	ck_assert(smpp_put_sm(&text, SMPP_SUBMIT_SM, 1, &sm));

	ck_assert_int_eq(smpp_head((const uint8_t *)text.data, text.len, &header), SMPP_HEAD_OK);
	ck_assert_msg(smpp_get_sm(SMPP_SUBMIT_SM, (const uint8_t *)text.data + SMPP_HEADER_SIZE,
				  text.len - SMPP_HEADER_SIZE, &read, &status, &err),
		      "%s", err.msg);
	/* An address is ASCII, whatever the alphabet of the text. */
	ck_assert_str_eq(read.source_addr, "sh@p");
	ck_assert_uint_eq(read.short_message.len, strlen(written));
	ck_assert_mem_eq(read.short_message.data, septets, read.short_message.len);

	buf_reset(&text);
	user_data_text(CODING_GSM, septets, sm.short_message.len, &text);
	ck_assert_str_eq(buf_str(&text), written);
}
END_TEST

/* --- 27: too long --------------------------------------------------------------------------------
 */

START_TEST(test_case_27)
{
	struct sms_parts parts;
	struct err err;

	add("ж", 5 * 67 + 1); /* six parts, the last of one letter */
	parts = split();
	ck_assert_uint_eq(parts.count, PARTS_MAX);
	ck_assert(!sms_split(text.data, text.len, SMS_SPLIT_UDH8, PARTS_MAX - 1, &parts, &err));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(err.msg, "needs 6 parts and at most 5"));
	buf_reset(&text);
	add("a", SMS_PARTS_MAX * 153 + 1);
	ck_assert(!sms_split(text.data, text.len, SMS_SPLIT_UDH8, SMS_PARTS_MAX, &parts, &err));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
}
END_TEST

/* --- 28: what a variable brings ------------------------------------------------------------------
 */

static bool render(const char *written, const char *value)
{
	const struct template_value given = {value, strlen(value)};
	struct template *t = NULL;
	struct err err;
	int missing;
	bool ok;

	buf_reset(&text);
	ck_assert_msg(template_compile(written, strlen(written), &t, &err), "%s", err.msg);
	ok = template_render(t, &given, NULL, &text, &missing);
	template_free(&t);
	return ok;
}

START_TEST(test_case_28_grows)
{
	char name[301] = "";

	ck_assert(render("Здравствуйте, {name}!", "Я"));
	ck_assert_uint_eq(split().count, 1);
	for (int i = 0; i < 150; i++)
		memcpy(name + 2 * i, "я", sizeof("я"));
	ck_assert(render("Здравствуйте, {name}!", name));
	ck_assert_uint_eq(split().count, 3);
	/* One letter makes a text of two cheap parts one of three dear ones. */
	memset(name, 'a', 150);
	memcpy(name + 150, "ж", sizeof("ж"));
	ck_assert(render("Hello, {name}!", name));
	ck_assert_uint_eq(split().count, 3);
}
END_TEST

START_TEST(test_case_28_empty)
{
	ck_assert_msg(!render("Hello, {name}!", ""), "half a text is no text");
	ck_assert(render("Hello, {name|friend}!", ""));
	ck_assert_str_eq(buf_str(&text), "Hello, friend!");
	ck_assert(render("{name|}", ""));
	ck_assert_uint_eq(text.len, 0);
	ck_assert_uint_eq(split().count, 1);
}
END_TEST

static const char *const braces[] = {
	"{{",	     "{{name}}", "{name}", "}}", "{if name}x{end}", "{link https://evil.example/}",
	"{promo x}", "|",	 "\"",	   "%s"};

START_TEST(test_case_28_braces)
{
	char want[80];

	ck_assert(render("Hello, {name}! {{", braces[_i]));
	snprintf(want, sizeof(want), "Hello, %s! {", braces[_i]);
	ck_assert_str_eq(buf_str(&text), want);
}
END_TEST

/* --- the suite -----------------------------------------------------------------------------------
 */

static TCase *add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	suite_add_tcase(suite, tcase);
	return tcase;
}

#define ADD_LOOP(test, rows)                                                                       \
	tcase_add_loop_test(tcase, test, 0, (int)(sizeof(rows) / sizeof(rows[0])))

int main(void)
{
	Suite *suite = suite_create("text cases");
	TCase *tcase = add_case(suite, "case 19: an emoji at unit 67 or 70");

	ADD_LOOP(test_case_19, emoji);
	tcase = add_case(suite, "case 20: [ or the euro sign at septet 153 or 160");
	ADD_LOOP(test_case_20, escapes);
	tcase = add_case(suite, "case 21: parts of UCS-2 are even; marks and the other byte order");
	tcase_add_test(tcase, test_case_21_written);
	tcase_add_test(tcase, test_case_21_mark);
	ADD_LOOP(test_case_21_read, ucs2);
	tcase = add_case(suite, "case 22: 81 Cyrillic letters are characters, not bytes");
	ADD_LOOP(test_case_22, cyrillic);
	tcase = add_case(suite, "case 23: @ is septet zero");
	tcase_add_test(tcase, test_case_23);
	tcase = add_case(suite, "case 25: escaped characters count once in UCS-2");
	ADD_LOOP(test_case_25, fallen);
	tcase = add_case(suite, "case 27: too long is an error, never cut");
	tcase_add_test(tcase, test_case_27);
	tcase = add_case(suite, "case 28: a value that is long, empty or looks like a template");
	tcase_add_test(tcase, test_case_28_grows);
	tcase_add_test(tcase, test_case_28_empty);
	ADD_LOOP(test_case_28_braces, braces);
	return suite_run(suite);
}
