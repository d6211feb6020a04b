/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Sentences in the language of the reader, and which language that is. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/mem.h"
#include "common/web/json_out.h"
#include "common/web/lang.h"
#include "common/web/problem.h"
#include "tests/unit/support/run.h"

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

static const struct {
	const char *header;
	enum lang lang;
} wanted[] = {
	{NULL, LANG_EN},
	{"", LANG_EN},
	{"ru", LANG_RU},
	{"RU-ru", LANG_RU},
	{"en", LANG_EN},
	{"de", LANG_EN},
	{"*", LANG_EN},
	{"ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", LANG_RU},
	{"en-US,en;q=0.9,ru;q=0.8", LANG_EN},
	{"en;q=0.5, ru;q=0.75", LANG_RU},
	{"de, fr;q=0.9, ru ; q=0.1", LANG_RU},
	{"ru;q=0, de", LANG_EN},
	{"rus, run", LANG_EN},
	{"r", LANG_EN},
	{",;q=,,q=1;ru", LANG_EN},
	{"ru;q=99999999999999999999", LANG_RU},
	{"ru;q=x", LANG_EN},
};

START_TEST(test_the_language_wanted)
{
	ck_assert_msg(lang_wanted(wanted[_i].header) == wanted[_i].lang, "%s", wanted[_i].header);
}
END_TEST

static const struct {
	const char *english;
	const char *russian;
} said[] = {
	{"There is no such path", "Такого адреса нет"},
	{"", ""},
	{"nobody ever said this", "nobody ever said this"},
	{"There is no such path at all", "There is no such path at all"},
	/* what stood for a conversion */
	{"a string of 1 to 200 characters", "строка, символов от 1 до 200"},
	{"a whole number from -5 to 7", "целое число от -5 до 7"},
	{"a string of one to 200 characters", "a string of one to 200 characters"},
	{"This path does not know the parameter \"%d %s%\". GET /openapi.yaml describes what it "
	 "knows",
	 "Этот адрес не знает параметра «%d %s%». Известные параметры описаны в GET /openapi.yaml"},
	{"\"Телефон\" and \"phone\"", "«Телефон» и «phone»"},
	{"\"a\" and \"b\" and \"c\"", "«a» и «b\" and \"c»"},
	/* sentences within sentences, three deep */
	{"Correct the JSON and send it again: line 3, column 7: a comma or } is expected",
	 "Исправьте JSON и отправьте ещё раз: строка 3, позиция 7: ожидается запятая или }"},
	{"Correct the JSON and send it again: something new",
	 "Исправьте JSON и отправьте ещё раз: something new"},
	/* words are put in, but are no sentences: a value sent by a client stays as it was */
	{"There is no such campaign. Check the id; a list of what exists is a GET away",
	 "Не существует такой рассылки. Проверьте номер; что есть, покажет список"},
	{"The campaign is running and cannot be launched. A running campaign can be paused or "
	 "cancelled",
	 "Состояние рассылки: идёт. Она не может быть запущена. Идущую рассылку можно "
	 "приостановить "
	 "или отменить"},
	{"running", "running"},
	{"campaign", "campaign"},
};

static void says(enum lang lang, const char *english, const char *want)
{
	struct buf out;

	buf_init(&out, 100000);
	lang_say(lang, english, &out);
	ck_assert_msg(strcmp(buf_str(&out), want) == 0, "%.500s: %.500s", english, buf_str(&out));
	buf_deinit(&out);
}

START_TEST(test_what_is_said)
{
	says(LANG_RU, said[_i].english, said[_i].russian);
	says(LANG_EN, said[_i].english, said[_i].english);
}
END_TEST

/* `piece` over and over, `len` bytes of it; what one saying of it costs this thread's processor,
 * the least of several, so that a busy machine does not count. */
static uint64_t cost_ns(const char *piece, size_t len)
{
	char *text = mem_alloc(len + 1);
	uint64_t least_ns = UINT64_MAX;

	for (size_t i = 0; i < len; i++)
		text[i] = piece[i % strlen(piece)];
	text[len] = '\0';
	for (int i = 0; i < 10; i++) {
		struct timespec from, to;
		uint64_t ns;

		(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
		says(LANG_RU, text, text);
		(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
		ns = (uint64_t)(to.tv_sec - from.tv_sec) * 1000000000 + (uint64_t)to.tv_nsec -
		     (uint64_t)from.tv_nsec;
		least_ns = ns < least_ns ? ns : least_ns;
	}
	mem_free(text);
	return least_ns;
}

/* Every format's pieces, repeated: what a client sends may not hold a thread, so four times the
 * text costs about four times as much, not sixteen times. */
START_TEST(test_rubbish_costs_little)
{
	static const char *const pieces[] = {"\" and", "The campaign is an and cannot be a "};

	for (int i = 0; i < COUNT(pieces); i++) {
		uint64_t short_ns = cost_ns(pieces[i], 10000), long_ns = cost_ns(pieces[i], 40000);

		ck_assert_msg(long_ns < 8 * short_ns, "%s: %" PRIu64 " ns, then %" PRIu64 " ns",
			      pieces[i], short_ns, long_ns);
	}
}
END_TEST

START_TEST(test_a_problem_in_russian)
{
	struct problem p;
	struct buf out;

	problem_init(&p);
	problem_field(&p, "text", "nothing", "a string of 1 to 2000 characters");
	problem_line(&p, 7, "(the row)", "3 columns", "5 columns, as in the first line");
	buf_init(&out, 10000);
	problem_render(&p, LANG_RU, &out);
	ck_assert_str_eq(
		buf_str(&out),
		"{\"type\":\"urn:vestnik:problem:invalid-request\","
		"\"title\":\"В запросе неверные значения\",\"status\":422,"
		"\"detail\":\"Ничего не сохранено. Исправьте то, что названо в `errors`, и "
		"отправьте запрос ещё раз\","
		"\"errors\":[{\"field\":\"text\",\"found\":\"ничего\","
		"\"expected\":\"строка, символов от 1 до 2000\"},"
		"{\"line\":7,\"field\":\"(строка)\",\"found\":\"столбцов: 3\","
		"\"expected\":\"столбцов: 5, как в первой строке\"}]}");
	buf_deinit(&out);
	problem_deinit(&p);
}
END_TEST

START_TEST(test_a_sentence_in_json)
{
	struct json_out json;
	struct buf out;

	buf_init(&out, 1000);
	json_out_init(&json, &out);
	json_object(&json, NULL);
	json_put_sentence(&json, "a", "Not found");
	json.lang = LANG_RU;
	json_put_sentence(&json, "b", "Not found");
	json_put_sentence(&json, "c", NULL);
	json_object_end(&json);
	ck_assert_str_eq(buf_str(&out), "{\"a\":\"Not found\",\"b\":\"Не найдено\",\"c\":null}");
	buf_deinit(&out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lang");
	TCase *tcase = tcase_create("lang");

	tcase_add_loop_test(tcase, test_the_language_wanted, 0, COUNT(wanted));
	tcase_add_loop_test(tcase, test_what_is_said, 0, COUNT(said));
	tcase_add_test(tcase, test_rubbish_costs_little);
	tcase_add_test(tcase, test_a_problem_in_russian);
	tcase_add_test(tcase, test_a_sentence_in_json);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
