/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* spelling_test - texts as they are written for the 7-bit alphabet, and texts that must stay. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/sms/gsm.h"
#include "common/sms/parts.h"
#include "common/sms/plain.h"
#include "common/sms/spelling.h"
#include "common/sms/translit.h"
#include "common/text/utf8.h"
#include "tests/unit/sms/vectors.h"
#include "tests/unit/support/run.h"

static struct buf text;

static bool apply(enum sms_spelling spelling, const char *written)
{
	buf_reset(&text);
	buf_add_str(&text, written);
	text.len = sms_normalise(text.data, text.len, text.data);
	return spelling_apply(spelling, &text);
}

static int parts_of(const char *written)
{
	struct sms_parts parts;
	struct err err;

	ck_assert(sms_split(written, strlen(written), SMS_SPLIT_UDH8, SMS_PARTS_MAX, &parts, &err));
	return parts.count;
}

/* --- Cyrillic ------------------------------------------------------------------------------------
 */

static const struct {
	const char *why, *written, *want;
} latin[] = {
	{"the sample of the standard, less its signs",
	 "Юлия, съешь ещё этих мягких французских булок из Йошкар-Олы, да выпей алтайского чаю",
	 "Yuliya, syesh eshche etikh myagkikh frantsuzskikh bulok iz Yoshkar-Oly, da vypey "
	 "altayskogo chayu"},
	{"names", "Андрей Видный, Гайа Васильева, Объедков, Воробьёв",
	 "Andrey Vidnyy, Gaya Vasilyeva, Obyedkov, Vorobyev"},
	{"the soft sign before a vowel is heard", "семьи, бульон, соловьи, объявление, вьюга",
	 "semyi, bulyon, solovyi, obyavlenie, vyuga"},
	{"a word in capitals", "ЩУКА, Щука, щука", "SHCHUKA, Shchuka, shchuka"},
	{"its last letter too", "ДОЖДЬ, ВЕЩЬ, БОРЩ, ТЬЕ", "DOZHD, VESHCH, BORSHCH, TYE"},
	{"a word of one letter is as its neighbours are", "Я ИДУ, ЖДУ Я, Я иду, Мы и Я",
	 "YA IDU, ZHDU YA, Ya idu, My i Ya"},
	{"an initial is not a word", "Ю. ИВАНОВ, Щ2", "Yu. IVANOV, Shch2"},
	{"a capital inside a word", "ЮMoney, МегаФон, ЖэК, QIWIЯ",
	 "YUMoney, MegaFon, ZheK, QIWIYA"},
	{"signs go with the letters", "«Весна — 20 %» № 5: 1 500 ₽…",
	 "\"Vesna - 20 %\" N 5: 1 500 RUB..."},
	{"Ukrainian and Belarusian", "Їжак і ґава, Єва, Быкаў", "Yizhak i gava, Yeva, Bykau"},
	{"Kazakh and Tatar", "Қазақстан, Өскемен, Әлия, Җәмилә",
	 "Qazaqstan, Oskemen, Aliya, Jamila"},
	{"Serbian", "Љубав, Њ, џеп, ЋУПРИЈА", "Ljubav, Nj, dzep, CUPRIJA"},
	{"letters in two code points", "Иои\xCC\x86, е\xCC\x88", "Ioy, e"},
	{"a mark of stress", "за\xCC\x81мок", "zamok"},
	{"what is in the alphabet stays", "Åse & Müller: €5 {да}", "Åse & Müller: €5 {da}"},
};

START_TEST(test_latin)
{
	apply(SPELLING_LATIN, latin[_i].written);
	ck_assert_msg(strcmp(buf_str(&text), latin[_i].want) == 0, "%s: %s", latin[_i].why,
		      buf_str(&text));
}
END_TEST

/* --- signs ---------------------------------------------------------------------------------------
 */

static const struct {
	const char *why, *written, *want;
} plain[] = {
	{"quotes, dashes and spaces", "“Spring” – it’s\xC2\xA0here…", "\"Spring\" - it's here..."},
	{"letters with marks", "Zażółć gęślą jaźń, Škoda, Łódź, Nguyễn, São, Đà Nẵng, ﬁt",
	 "Zazolc gesla jazn, Skoda, Lodz, Nguyen, Sao, Dà Nang, fit"},
	{"those of the alphabet stay", "é à ñ ö ß Ç £ §", "é à ñ ö ß Ç £ §"},
	{"Greek capitals that look Latin", "ΑΘΗΝΑ", "AΘHNA"},
	{"marks that cannot be seen", "\u202A+7 900\u202C", "+7 900"},
	{"wide forms", "Ｓａｌｅ　５０％", "Sale 50%"},
	{"signs of trade", "½ price® ×2 ≥ 5 ₽ №7 ★", "1/2 price(r) x2 >= 5 RUB N7 *"},
};

START_TEST(test_plain)
{
	apply(SPELLING_PLAIN, plain[_i].written);
	ck_assert_msg(strcmp(buf_str(&text), plain[_i].want) == 0, "%s: %s", plain[_i].why,
		      buf_str(&text));
}
END_TEST

/* code_point,plain: the editor in the browser is held to the same table. */
static void check_row(const struct csv_row *row, void *arg)
{
	uint32_t c = (uint32_t)strtoul(row->field[0].text, NULL, 16);
	char out[PLAIN_MAX];
	int len = plain_put(c, out);

	ck_assert_msg(len == (int)row->field[1].len &&
			      memcmp(out, row->field[1].text, (size_t)len) == 0,
		      "U+%04X", c);
	((bool *)arg)[c] = true;
}

START_TEST(test_vectors)
{
	static bool told[0x20000];

	vectors_read("plain_signs.csv", check_row, told);
	for (uint32_t c = 1; c < sizeof(told); c++) {
		char out[PLAIN_MAX], letter[4];

		ck_assert_msg(told[c] || gsm_cost(c) > 0 || utf8_put(c, letter) == 0 ||
				      plain_put(c, out) < 0,
			      "U+%04X is in no row", c);
	}
}
END_TEST

/* Every look-alike is ASCII of the alphabet, and nothing in the alphabet has one that is other. */
START_TEST(test_tables)
{
	for (uint32_t c = 1; c < 0x11000; c++) {
		char out[TRANSLIT_MAX], letter[4];
		size_t len = utf8_put(c, letter);
		int put = len == 0 || gsm_cost(c) > 0 ? 0 : plain_put(c, out);

		for (int i = 0; i < put; i++)
			ck_assert_msg(out[i] > 0 && gsm_cost((unsigned char)out[i]) > 0, "U+%04X",
				      c);
		put = len == 0 ? -1 : translit_put(letter, letter, letter + len, out);
		ck_assert_msg(put < 0 || (c >= 0x0400 && c <= 0x052F), "U+%04X", c);
		for (int i = 0; i < put; i++)
			ck_assert_msg(out[i] > ' ' && gsm_cost((unsigned char)out[i]) == 1,
				      "U+%04X", c);
	}
	for (uint32_t c = 0x0400; c <= 0x045F; c++) {
		char out[TRANSLIT_MAX], letter[4];

		ck_assert_msg(translit_put(letter, letter, letter + utf8_put(c, letter), out) >= 0,
			      "U+%04X has no letter", c);
	}
}
END_TEST

/* --- what stays ----------------------------------------------------------------------------------
 */

static const struct {
	const char *why;
	enum sms_spelling spelling;
	const char *written;
} stays[] = {
	{"as it is", SPELLING_AS_IS, "«Весна» – здесь"},
	{"already in the alphabet", SPELLING_LATIN, "Plain text, 50% off"},
	{"nothing", SPELLING_LATIN, ""},
	{"signs in a Russian text cost nothing", SPELLING_PLAIN, "«Весна» — здесь…"},
	{"a picture keeps the text in UCS-2", SPELLING_PLAIN, "“Sale” 🎉"},
	{"and so does it in Latin", SPELLING_LATIN, "Скидка 🎉"},
	{"another script", SPELLING_LATIN, "Акция 売"},
	{"a link", SPELLING_LATIN, "Жмите: https://магазин.рф/акция"},
	{"a link with a mark in it", SPELLING_PLAIN, "See http://shop.example/a–b"},
	{"a link behind a word", SPELLING_LATIN, "Скидки:https://shop.example/весна"},
	{"a link in a bracket", SPELLING_LATIN, "Скидки (www.магазин.рф/весна)!"},
	{"a host alone", SPELLING_LATIN, "Ждём на магазин.рф."},
	{"in quotes", SPELLING_LATIN, "Сайт «МАГАЗИН.РФ»"},
	{"a path behind a Latin host", SPELLING_LATIN, "Код на shop.example/код"},
	{"behind a port", SPELLING_LATIN, "Код на shop.example:80/код"},
	{"after a colon", SPELLING_LATIN, "Подробнее:shop.ru/акция, ждём"},
	{"a mail address", SPELLING_LATIN, "Пишите: вопрос@почта.рф"},
	{"longer than the alphabet's part", SPELLING_LATIN,
	 "щщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщ"},
};

START_TEST(test_stays)
{
	ck_assert_msg(!apply(stays[_i].spelling, stays[_i].written), "%s: %s", stays[_i].why,
		      buf_str(&text));
	ck_assert_str_eq(text.len > 0 ? text.data : "", stays[_i].written);
}
END_TEST

/* What only looks like a link. */
static const struct {
	const char *written, *want;
} no_links[] = {
	{"Скидка 5%.Ждём вас.Приходите", "Skidka 5%.Zhdem vas.Prikhodite"},
	{"Весь май.Sale и/или 12.05/Праздник", "Ves may.Sale i/ili 12.05/Prazdnik"},
	{"https://shop.example/spring — жмите", "https://shop.example/spring - zhmite"},
	{"Наш сайт: shop.ru. Ждём…", "Nash sayt: shop.ru. Zhdem..."},
	{"а.б.в. и т.д.", "a.b.v. i t.d."},
	{"цена://нет", "tsena://net"},
};

START_TEST(test_no_links)
{
	ck_assert(apply(SPELLING_LATIN, no_links[_i].written));
	ck_assert_str_eq(buf_str(&text), no_links[_i].want);
}
END_TEST

/* 71 characters, of which one is a soft hyphen: the text stays Russian and takes one part. */
START_TEST(test_soft_hyphen)
{
	struct buf written;

	buf_init(&written, 1000);
	for (int i = 0; i < 35; i++)
		buf_add_str(&written, "ж");
	buf_add_str(&written, "\u00AD");
	for (int i = 0; i < 35; i++)
		buf_add_str(&written, "ж");
	ck_assert_int_eq(parts_of(buf_str(&written)), 2);
	ck_assert(apply(SPELLING_PLAIN, buf_str(&written)));
	ck_assert_int_eq(parts_of(buf_str(&text)), 1);
	ck_assert(!apply(SPELLING_PLAIN, "https://shop.example/ве\u00ADсна"));
	ck_assert(apply(SPELLING_PLAIN, "Ве\u00ADсна на https://shop.example/ве\u00ADсна"));
	ck_assert_str_eq(buf_str(&text), "Весна на https://shop.example/ве\u00ADсна");
	buf_deinit(&written);
}
END_TEST

/* 120 Russian letters take two parts, 138 Latin ones take one. */
START_TEST(test_saving)
{
	static const char written[] =
		"Анна, в воскресенье у вас сгорают бонусы. Потратьте их в любом магазине и "
		"получите ещё скидку на всю новую коллекцию весны.";

	ck_assert_int_eq(parts_of(written), 2);
	ck_assert(apply(SPELLING_LATIN, written));
	ck_assert_int_eq(parts_of(buf_str(&text)), 1);
}
END_TEST

START_TEST(test_no_room)
{
	struct buf small;

	buf_init(&small, 40);
	buf_add_str(&small, "Щуки в реке");
	ck_assert(!spelling_apply(SPELLING_LATIN, &small));
	ck_assert(!small.overflow);
	ck_assert_str_eq(buf_str(&small), "Щуки в реке");
	buf_deinit(&small);
}
END_TEST

START_TEST(test_names)
{
	for (int i = 0; i <= SPELLING_LAST; i++) {
		enum sms_spelling found;

		ck_assert(spelling_parse(spelling_name((enum sms_spelling)i), &found));
		ck_assert_int_eq((int)found, i);
	}
	enum sms_spelling none = SPELLING_LATIN;

	ck_assert(!spelling_parse("cyrillic", &none));
}
END_TEST

/* --- properties ----------------------------------------------------------------------------------
 */

static const char *const bits[] = {
	"а", "Щ",  "ь",	 "е",	   "Я", " ", "\n", ".",	     "/",	 "://",	   "https://я.рф/я",
	"«", "—",  "…",	 "é",	   "ę", "🎉", "売", "x",	     "WWW.",	 "@",	   "http",
	"€", "\t", "рф", "\u00AD", "қ", "½", "№",  "\u00A0", "shop.ru/", "\u0301", "\x80",
};

/* No more parts than before, never another alphabet than the one it is for, links as they were. */
static void check_random(enum sms_spelling spelling, const struct buf *written)
{
	static const char link[] = "https://я.рф/я";
	bool changed = apply(spelling, buf_str(written)), again;
	struct buf once;

	buf_init(&once, 65536);
	buf_add(&once, text.data, text.len);
	ck_assert_msg(utf8_valid(buf_str(written), written->len) < written->len ||
			      parts_of(buf_str(&once)) <= parts_of(buf_str(written)),
		      "dearer: %s", buf_str(written));
	ck_assert_msg(!changed || strstr(buf_str(written), "\u00AD") != NULL ||
			      sms_expensive_at(once.data, once.len) < 0,
		      "rewritten in vain: %s", buf_str(written));
	for (const char *at = buf_str(written), *to = buf_str(&once);
	     (at = strstr(at, link)) != NULL; at += strlen(link)) {
		to = strstr(to, link);
		ck_assert_msg(to != NULL, "a link changed: %s", buf_str(written));
		to += strlen(link);
	}
	again = spelling_apply(spelling, &text);
	ck_assert_msg(!again && strcmp(buf_str(&text), buf_str(&once)) == 0, "twice: %s",
		      buf_str(written));
	buf_deinit(&once);
}

/* Without the soft hyphen before it the second one stands in no link any more. */
START_TEST(test_soft_hyphens_around_links)
{
	static const char written[] = ".\u00ADp.ru\u00AD";
	struct buf once;

	buf_init(&once, 65536);
	ck_assert(apply(SPELLING_LATIN, written));
	buf_add(&once, text.data, text.len);
	ck_assert(!spelling_apply(SPELLING_LATIN, &text));
	ck_assert_str_eq(buf_str(&text), buf_str(&once));
	buf_deinit(&once);
}
END_TEST

START_TEST(test_random)
{
	unsigned seed = (unsigned)time(NULL);
	struct buf written;

	printf("spelling_test seed %u\n", seed);
	srandom(seed);
	buf_init(&written, 65536);
	for (int n = 0; n < 3000; n++) {
		size_t count = (size_t)random() % 200, some = 1 + (size_t)random() % 33;

		buf_reset(&written);
		for (size_t i = 0; i < count; i++)
			buf_add_str(&written,
				    bits[(size_t)random() % some % (sizeof(bits) / sizeof(*bits))]);
		written.len = written.len > 0
				      ? sms_normalise(written.data, written.len, written.data)
				      : 0;
		check_random(SPELLING_PLAIN, &written);
		check_random(SPELLING_LATIN, &written);
	}
	buf_deinit(&written);
}
END_TEST

static void set_up(void)
{
	buf_init(&text, 65536);
}

static void tear_down(void)
{
	buf_deinit(&text);
}

#define ADD_LOOP(test, rows)                                                                       \
	tcase_add_loop_test(tcase, test, 0, (int)(sizeof(rows) / sizeof(rows[0])))

int main(void)
{
	Suite *suite = suite_create("spelling");
	TCase *tcase = tcase_create("spelling");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	ADD_LOOP(test_latin, latin);
	ADD_LOOP(test_plain, plain);
	tcase_add_test(tcase, test_vectors);
	tcase_add_test(tcase, test_tables);
	ADD_LOOP(test_stays, stays);
	ADD_LOOP(test_no_links, no_links);
	tcase_add_test(tcase, test_soft_hyphen);
	tcase_add_test(tcase, test_saving);
	tcase_add_test(tcase, test_no_room);
	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_soft_hyphens_around_links);
	tcase_add_test(tcase, test_random);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
