/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* parts_test - counting, splitting and encoding: given vectors, then properties of random texts. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/buf.h"
#include "common/sms/gsm.h"
#include "common/sms/parts.h"
#include "common/text/utf8.h"
#include "tests/unit/sms/vectors.h"
#include "tests/unit/support/run.h"

#define EMOJI  "\U0001F600"
#define FAMILY "\U0001F468\u200D\U0001F469\u200D\U0001F467"

/* The texts the vectors describe in words: pieces repeated. */
static const struct {
	const char *name;
	struct {
		const char *text;
		int times;
	} piece[3];
} texts[] = {
	{"empty", {{"", 1}}},
	{"160 x a", {{"a", 160}}},
	{"161 x a", {{"a", 161}}},
	{"158 a + euro", {{"a", 158}, {"€", 1}}},
	{"159 a + euro", {{"a", 159}, {"€", 1}}},
	{"306 a (2 full parts)", {{"a", 306}}},
	{"307 a", {{"a", 307}}},
	{"152 a + euro + 10 a (escape pair must move)", {{"a", 152}, {"€", 1}, {"a", 10}}},
	{"152 a + euro + 152 a (306 units but 3 parts)", {{"a", 152}, {"€", 1}, {"a", 152}}},
	{"70 x ж", {{"ж", 70}}},
	{"71 x ж", {{"ж", 71}}},
	{"134 ж", {{"ж", 134}}},
	{"135 ж", {{"ж", 135}}},
	{"201 ж", {{"ж", 201}}},
	{"202 ж", {{"ж", 202}}},
	{"35 emoji (70 units)", {{EMOJI, 35}}},
	{"36 emoji", {{EMOJI, 36}}},
	{"66 ж + emoji + 5 ж (surrogate pair must move)", {{"ж", 66}, {EMOJI, 1}, {"ж", 5}}},
	{"69 a + one Cyrillic", {{"a", 69}, {"ж", 1}}},
	{"160 a with a typographic dash", {{"a", 80}, {"—", 1}, {"a", 79}}},
	{"80 x {", {{"{", 80}}},
	{"81 x {", {{"{", 81}}},
	{"76 a, 77 braces, mixed", {{"a", 76}, {"{", 77}}},
	{"backtick forces UCS2", {{"a", 69}, {"`", 1}}},
	{"1530 a (10 parts)", {{"a", 1530}}},
	{"39015 a (255 parts)", {{"a", 39015}}},
	{"39016 a (256 parts: reject)", {{"a", 39016}}},
	{"ZWJ family emoji", {{FAMILY, 1}}},
};

static void text_of(const struct csv_row *row, struct buf *out)
{
	buf_reset(out);
	if (row->field[6].len > 0) {
		buf_add(out, row->field[6].text, row->field[6].len);
		return;
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(texts[i].name, row->field[0].text) != 0)
			continue;
		for (size_t p = 0; p < 3 && texts[i].piece[p].text != NULL; p++)
			for (int n = 0; n < texts[i].piece[p].times; n++)
				buf_add_str(out, texts[i].piece[p].text);
		return;
	}
	ck_abort_msg("no text for %s", row->field[0].text);
}

/* case,ref_bits,encoding,units,segments,units_per_part,text_if_short */
static void check_row(const struct csv_row *row, void *arg)
{
	const char *name = row->field[0].text;
	enum sms_split split =
		strcmp(row->field[1].text, "8") == 0 ? SMS_SPLIT_UDH8 : SMS_SPLIT_UDH16;
	unsigned long segments = strtoul(row->field[4].text, NULL, 10);
	char per_part[512] = "", said[64];
	struct sms_parts parts;
	struct err err = {0};
	struct buf text;

	(*(size_t *)arg)++;
	buf_init(&text, 1 << 20);
	text_of(row, &text);
	if (segments > SMS_PARTS_MAX) {
		ck_assert_msg(
			!sms_split(buf_str(&text), text.len, split, SMS_PARTS_MAX, &parts, &err),
			"%s", name);
		ck_assert_int_eq(err.kind, ERR_LIMIT);
		snprintf(said, sizeof(said), "needs %lu parts", segments);
		ck_assert_msg(strstr(err.msg, said) != NULL, "%s: %s", name, err.msg);
		buf_deinit(&text);
		return;
	}
	ck_assert_msg(sms_split(buf_str(&text), text.len, split, SMS_PARTS_MAX, &parts, &err),
		      "%s: %s", name, err.msg);
	ck_assert_msg(parts.encoding ==
			      (strcmp(row->field[2].text, "GSM7") == 0 ? SMS_GSM7 : SMS_UCS2),
		      "%s: encoding", name);
	ck_assert_msg(parts.units == strtoul(row->field[3].text, NULL, 10), "%s: %u units", name,
		      parts.units);
	ck_assert_msg(parts.count == segments, "%s: %u parts", name, parts.count);
	for (size_t i = 0; i < parts.count; i++)
		snprintf(per_part + strlen(per_part), sizeof(per_part) - strlen(per_part), "%s%u",
			 i > 0 ? "+" : "", parts.part[i].units);
	ck_assert_msg(strcmp(per_part, row->field[5].text) == 0, "%s: %s", name, per_part);
	buf_deinit(&text);
}

START_TEST(test_vectors)
{
	size_t rows = 0;

	vectors_read("segment_vectors.csv", check_row, &rows);
	ck_assert_uint_eq(rows, 72);
}
END_TEST

/* --- properties ----------------------------------------------------------------------------------
 */

/* Each is one cluster. */
static const char *const gsm_clusters[] = {"a", "@", "€", "{", "\n", "Ω", " "};
static const char *const ucs_clusters[] = {"a",
					   "ж",
					   "€",
					   "—",
					   EMOJI,
					   FAMILY,
					   "e\u0301\u0323",
					   "\U0001F1F7\U0001F1FA",
					   "\U0001F44D\U0001F3FD",
					   "\u2764\uFE0F",
					   "1\uFE0F\u20E3"};

/* A random text and, for every byte, whether a cluster begins there. */
static void random_text(struct buf *text, bool begins[8192])
{
	bool gsm = random() % 3 == 0;
	size_t clusters = (size_t)random() % 500;

	buf_reset(text);
	memset(begins, 0, 8192 * sizeof(*begins));
	begins[0] = true;
	for (size_t i = 0; i < clusters && text->len < 8000; i++) {
		begins[text->len] = true;
		buf_add_str(text, gsm ? gsm_clusters[(size_t)random() % 7]
				      : ucs_clusters[(size_t)random() % 11]);
	}
	begins[text->len] = true;
}

static void check_properties(const struct buf *text, const bool *begins, enum sms_split split,
			     unsigned seed)
{
	static const size_t part_limit[2][2] = {{153, 67}, {152, 66}};
	struct sms_parts parts;
	struct err err = {0};
	uint32_t at = 0, units = 0;

	ck_assert_msg(sms_split(buf_str(text), text->len, split, SMS_PARTS_MAX, &parts, &err),
		      "seed %u: %s", seed, err.msg);
	for (size_t i = 0; i < parts.count; i++) {
		const struct sms_part *part = &parts.part[i];
		size_t limit = part_limit[split == SMS_SPLIT_UDH16][parts.encoding];
		uint8_t octets[320];
		size_t len = sms_encode(text->data + part->offset, part->len, parts.encoding,
					octets, sizeof(octets));

		if (parts.count == 1)
			limit = parts.encoding == SMS_GSM7 ? 160 : 70;
		ck_assert_msg(part->offset == at, "seed %u: parts join", seed);
		ck_assert_msg(begins[at], "seed %u: a cluster was cut", seed);
		ck_assert_msg(part->units <= limit, "seed %u: %u units", seed, part->units);
		ck_assert_msg(len == part->units * (parts.encoding == SMS_GSM7 ? 1u : 2u),
			      "seed %u: %zu octets", seed, len);
		ck_assert_msg(parts.encoding == SMS_UCS2 || len == 0 || octets[len - 1] != 0x1B,
			      "seed %u: an escape pair was cut", seed);
		at += part->len;
		units += part->units;
	}
	ck_assert_msg(at == text->len && units == parts.units, "seed %u: nothing is lost", seed);
}

START_TEST(test_random)
{
	static bool begins[8192];
	unsigned seed = (unsigned)time(NULL);
	struct buf text;

	printf("parts_test seed %u\n", seed);
	srandom(seed);
	buf_init(&text, 8192);
	for (int i = 0; i < 3000; i++) {
		random_text(&text, begins);
		if (text.len > 0)
			check_properties(&text, begins, (enum sms_split)(i % 4), seed);
	}
	buf_deinit(&text);
}
END_TEST

/* --- single points
 * ---------------------------------------------------------------------------------
 */

START_TEST(test_cluster_too_large)
{
	struct sms_parts parts;
	struct err err = {0};
	struct buf text;

	buf_init(&text, 8192);
	buf_add_str(&text, "жж");
	for (int i = 0; i < 100; i++) /* one letter under a hundred marks fits no part */
		buf_add_str(&text, "\u0301");
	ck_assert(sms_split(text.data, text.len, SMS_SPLIT_UDH8, 10, &parts, &err));
	ck_assert_uint_eq(parts.count, 2);
	ck_assert_uint_eq(parts.part[0].units, 67);
	ck_assert_uint_eq(parts.part[1].units, 35);
	buf_deinit(&text);
}
END_TEST

START_TEST(test_refusals)
{
	struct sms_parts parts;
	struct err err = {0};
	char text[400];

	ck_assert(!sms_split("жж\xFF", 5, SMS_SPLIT_UDH8, 10, &parts, &err));
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err.msg, "byte 5"));
	memset(text, 'a', sizeof(text));
	ck_assert(!sms_split(text, sizeof(text), SMS_SPLIT_UDH8, 2, &parts, &err));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(err.msg, "needs 3 parts and at most 2"));
}
END_TEST

START_TEST(test_encode)
{
	static const uint8_t ucs2[] = {0x04, 0x16, 0xD8, 0x3D, 0xDE, 0x00, 0x20, 0xAC};
	static const uint8_t gsm[] = {0x00, 0x1B, 0x65, '?'};
	static const uint8_t broken[] = {0xFF, 0xFD};
	uint8_t out[16];

	ck_assert_uint_eq(sms_encode("Ж" EMOJI "€", 9, SMS_UCS2, out, sizeof(out)), sizeof(ucs2));
	ck_assert_mem_eq(out, ucs2, sizeof(ucs2));
	ck_assert_uint_eq(sms_encode("Ж" EMOJI "€", 9, SMS_UCS2, out, 5), 2);
	ck_assert_uint_eq(sms_encode("@€ж", 6, SMS_GSM7, out, sizeof(out)), sizeof(gsm));
	ck_assert_mem_eq(out, gsm, sizeof(gsm));
	ck_assert_uint_eq(sms_encode("@€", 4, SMS_GSM7, out, 2), 1);
	ck_assert_uint_eq(sms_encode("\xFF", 1, SMS_UCS2, out, sizeof(out)), 2);
	ck_assert_mem_eq(out, broken, 2);
}
END_TEST

START_TEST(test_udh)
{
	static const uint8_t udh8[] = {5, 0, 3, 0x34, 4, 2}, udh16[] = {6, 8, 4, 0x12, 0x34, 4, 2};
	uint8_t out[7];

	ck_assert_uint_eq(sms_udh(SMS_SPLIT_UDH8, 0x1234, 4, 2, out), sizeof(udh8));
	ck_assert_mem_eq(out, udh8, sizeof(udh8));
	ck_assert_uint_eq(sms_udh(SMS_SPLIT_UDH16, 0x1234, 4, 2, out), sizeof(udh16));
	ck_assert_mem_eq(out, udh16, sizeof(udh16));
	ck_assert_uint_eq(sms_udh(SMS_SPLIT_SAR, 0x1234, 4, 2, out), 0);
	ck_assert_uint_eq(sms_udh(SMS_SPLIT_PAYLOAD, 0x1234, 4, 2, out), 0);
}
END_TEST

START_TEST(test_expensive)
{
	ck_assert_int_eq(sms_expensive_at("plain @ {text} €", 18), -1);
	ck_assert_int_eq(sms_expensive_at("Ω—", 5), 2);
	ck_assert_int_eq(sms_expensive_at("ab\xFF", 3), 2);
	ck_assert_int_eq(sms_expensive_at("", 0), -1);
}
END_TEST

static const struct {
	const char *why;
	const char *text;
	const char *want;
} normals[] = {
	{"nothing to do", "Привет, {мир}!", "Привет, {мир}!"},
	{"Cyrillic й ё ў ї", "и\u0306 е\u0308 у\u0306 і\u0308 И\u0306", "й ё ў ї Й"},
	{"Latin", "e\u0301 n\u0303 c\u0327 u\u0308 S\u030C", "é ñ ç ü Š"},
	{"twice composed", "o\u0302\u0301 a\u0323\u0302", "ố ậ"},
	{"already composed, one mark more", "ê\u0301", "ế"},
	{"a mark that composes not stays", "ж\u0301и\u0306", "ж\u0301й"},
	{"a staying mark of another class lets the next through", "q\u0323\u0301e\u0323\u0301",
	 "q\u0323\u0301ẹ\u0301"},
	{"composes past a mark below", "и\u0323\u0306", "й\u0323"},
	{"a staying mark of the same class blocks", "е\u0301\u0308", "е\u0301\u0308"},
	{"a mark without a table blocks", "е\u0360\u0308", "е\u0360\u0308"},
	{"mark at the very beginning", "\u0301a", "\u0301a"},
	{"line ends", "a\r\nb\rc\nd\r", "a\nb\nc\nd\n"},
	{"invisible characters", "\uFEFFa\u200Bb\u2060c", "abc"},
	{"their neighbours stay", "\u200A\u200D€\uFF21", "\u200A\u200D€\uFF21"},
	{"invalid bytes stay", "a\xFF\xE2", "a\xFF\xE2"},
};

START_TEST(test_normalise)
{
	const char *text = normals[_i].text;
	char out[256];
	size_t len = sms_normalise(text, strlen(text), out);

	out[len] = '\0';
	ck_assert_msg(strcmp(out, normals[_i].want) == 0, "%s: %s", normals[_i].why, out);
	/* in place gives the same */
	memcpy(out, text, strlen(text));
	len = sms_normalise(out, strlen(text), out);
	out[len] = '\0';
	ck_assert_msg(strcmp(out, normals[_i].want) == 0, "%s, in place: %s", normals[_i].why, out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("parts");
	TCase *tcase = tcase_create("parts");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_vectors);
	tcase_add_test(tcase, test_random);
	tcase_add_test(tcase, test_cluster_too_large);
	tcase_add_test(tcase, test_refusals);
	tcase_add_test(tcase, test_encode);
	tcase_add_test(tcase, test_udh);
	tcase_add_test(tcase, test_expensive);
	tcase_add_loop_test(tcase, test_normalise, 0, (int)(sizeof(normals) / sizeof(normals[0])));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
