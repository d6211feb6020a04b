/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* alphabet_test - case 24: data_coding 0 at centres that take it for GSM, packed GSM, Latin-1 or
 * ASCII. */
#include <check.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/sms/alphabet.h"
#include "tests/unit/support/run.h"

static const struct {
	const char *why;
	const char *text;
	bool in[4]; /* GSM, packed, Latin-1, ASCII */
} texts[] = {
	{"plain", "Hello, world: 1+1=2", {true, true, true, true}},
	{"what GSM escapes is plain elsewhere", "[~]{|}^\\", {true, true, true, true}},
	{"@ and $", "@$", {true, true, true, true}},
	{"accents of Latin-1", "Grüße, señor", {true, true, true, false}},
	{"the euro sign is GSM's alone", "5 €", {true, true, false, false}},
	{"Greek capitals are GSM's alone", "ΔΩ", {true, true, false, false}},
	{"a backtick is not GSM's", "`", {false, false, true, true}},
	{"controls of Latin-1 are nobody's", "\xC2\x85", {false, false, false, false}},
	{"Cyrillic", "ж", {false, false, false, false}},
	{"nothing", "", {true, true, true, true}},
};

START_TEST(test_has)
{
	for (int a = ALPHABET_GSM; a <= ALPHABET_ASCII; a++)
		ck_assert_msg(sms_alphabet_has((enum sms_alphabet)a, texts[_i].text,
					       strlen(texts[_i].text)) == texts[_i].in[a],
			      "%s: alphabet %d", texts[_i].why, a);
}
END_TEST

static void fill(struct buf *out, const char *piece, int times)
{
	buf_init(out, 4096);
	for (int i = 0; i < times; i++)
		ck_assert(buf_add(out, piece, strlen(piece)));
}

/* The parts of a text that the alphabet has are those of septets; of another, those of UCS-2. */
START_TEST(test_split)
{
	struct sms_parts parts;
	struct err err;
	struct buf text;

	fill(&text, "[", 100); /* 200 septets, 100 octets */
	ck_assert(sms_alphabet_split(ALPHABET_LATIN1, buf_str(&text), text.len, SMS_SPLIT_UDH8, 10,
				     &parts, &err));
	ck_assert_int_eq(parts.encoding, SMS_GSM7);
	ck_assert_uint_eq(parts.count, 2);
	buf_deinit(&text);

	fill(&text, "ü", 100);
	ck_assert(sms_alphabet_split(ALPHABET_LATIN1, buf_str(&text), text.len, SMS_SPLIT_UDH8, 10,
				     &parts, &err));
	ck_assert_int_eq(parts.encoding, SMS_GSM7);
	ck_assert_uint_eq(parts.count, 1);
	ck_assert(sms_alphabet_split(ALPHABET_ASCII, buf_str(&text), text.len, SMS_SPLIT_UDH8, 10,
				     &parts, &err));
	ck_assert_int_eq(parts.encoding, SMS_UCS2);
	ck_assert_uint_eq(parts.count, 2);
	ck_assert(!sms_alphabet_split(ALPHABET_ASCII, buf_str(&text), text.len, SMS_SPLIT_UDH8, 1,
				      &parts, &err));
	buf_deinit(&text);
}
END_TEST

static const struct {
	const char *why;
	enum sms_alphabet alphabet;
	const char *text;
	size_t head;
	const char *octets;
	size_t len;
} written[] = {
	{"GSM: a septet an octet", ALPHABET_GSM, "@[ü", 0, "\x00\x1B\x3C\x7E", 4},
	{"Latin-1: a character an octet", ALPHABET_LATIN1, "@[ü", 0, "@[\xFC", 3},
	{"ASCII", ALPHABET_ASCII, "@[`", 0, "@[`", 3},
	{"packed: the standard's example", ALPHABET_GSM_PACKED, "hellohello", 0,
	 "\xE8\x32\x9B\xFD\x46\x97\xD9\xEC\x37", 9},
	{"packed: seven bits left over end with CR", ALPHABET_GSM_PACKED, "1234567", 0,
	 "\x31\xD9\x8C\x56\xB3\xDD\x1A", 7},
	{"packed: eight septets are seven octets", ALPHABET_GSM_PACKED, "12345678", 0,
	 "\x31\xD9\x8C\x56\xB3\xDD\x70", 7},
	/* 48 bits of header: the text begins after one bit of fill. */
	{"packed behind a header of six", ALPHABET_GSM_PACKED, "ab", 6, "\xC2\x62", 2},
	/* 56 bits: no fill. */
	{"packed behind a header of seven", ALPHABET_GSM_PACKED, "ab", 7, "\x61\x31", 2},
	{"packed: nothing", ALPHABET_GSM_PACKED, "", 0, "", 0},
};

START_TEST(test_encode)
{
	uint8_t out[32];
	size_t len =
		sms_alphabet_encode(written[_i].alphabet, written[_i].text,
				    strlen(written[_i].text), written[_i].head, out, sizeof(out));

	ck_assert_msg(len == written[_i].len, "%s: %zu octets", written[_i].why, len);
	ck_assert_msg(memcmp(out, written[_i].octets, len) == 0, "%s", written[_i].why);
}
END_TEST

/* A full part is 140 octets with its header, whichever reference it has. */
START_TEST(test_packed_part_is_full)
{
	char text[153];
	uint8_t out[160];

	memset(text, 'a', sizeof(text));
	ck_assert_uint_eq(sms_alphabet_encode(ALPHABET_GSM_PACKED, text, 153, 6, out, sizeof(out)),
			  134);
	ck_assert_uint_eq(sms_alphabet_encode(ALPHABET_GSM_PACKED, text, 152, 7, out, sizeof(out)),
			  133);
	ck_assert_uint_eq(sms_alphabet_encode(ALPHABET_GSM_PACKED, text, 153, 6, out, 10), 10);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("alphabet");
	TCase *tcase = tcase_create("case 24: data_coding 0 at GSM, Latin-1 and ASCII centres");

	tcase_add_loop_test(tcase, test_has, 0, sizeof(texts) / sizeof(texts[0]));
	tcase_add_test(tcase, test_split);
	tcase_add_loop_test(tcase, test_encode, 0, sizeof(written) / sizeof(written[0]));
	tcase_add_test(tcase, test_packed_part_is_full);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
