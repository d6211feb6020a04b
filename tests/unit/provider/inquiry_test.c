/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of inquiry: what is asked, and what answers say. */
#include "common/provider/inquiry.h"

#include <string.h>

#include "tests/unit/support/run.h"

#define HEAD                                                                                       \
	"name: x\ntitle: X\nsource: s\nsettings: {key: secret}\n"                                  \
	"auth: {kind: header, name: A, value: \"{key}\"}\nsend: {url: \"https://x\"}\n"            \
	"answer: {id: /id}\nstates: {done: delivered, way: sent}\n"

static struct config_pair values_of_account[] = {{(char *)"key", (char *)"k", 0}};
static const struct config_pairs values = {values_of_account, 1};
static struct provider_profile *profile;
static struct err err;

static void parse(const char *more)
{
	struct buf text;

	profile_free(&profile);
	buf_init(&text, 4096);
	buf_printf(&text, "%s%s", HEAD, more);
	ck_assert_msg(profile_parse("p.yaml", buf_str(&text), text.len, &profile, &err), "%s",
		      err.msg);
	buf_deinit(&text);
}

/* "id=state " of each report, in the order they come. */
static void note(void *arg, const struct provider_report *report)
{
	buf_printf(arg, "%s=%d%s ", report->id, report->state, report->known ? "" : "?");
}

static const char *read_poll(const char *body)
{
	static const char *const ids[] = {"a", "b", "7"};
	static struct buf out;

	buf_deinit(&out);
	buf_init(&out, 1000);
	if (!provider_poll_read(profile, ids, 3, body, strlen(body), note, &out, &err))
		buf_add_str(&out, "unread");
	return buf_str(&out);
}

START_TEST(test_poll_list)
{
	parse("poll: {url: \"https://x/{ids}\", max: 9, list: /m, id: /id, state: /s}\n");
	ck_assert_str_eq(read_poll("{\"m\":[{\"id\":\"b\",\"s\":\"done\"},{\"id\":7,\"s\":\"way\"},"
				   "{\"id\":\"strange\",\"s\":\"done\"},{\"id\":\"a\"}]}"),
			 "b=1 7=0 ");
	ck_assert_str_eq(read_poll("{\"m\":[{\"id\":\"a\",\"s\":\"new\"}]}"), "a=5? ");
	ck_assert_str_eq(read_poll("{}"), "unread");
	ck_assert_str_eq(read_poll("<html>"), "unread");
}
END_TEST

START_TEST(test_poll_keys)
{
	parse("poll: {url: \"https://x/{ids}\", max: 9, list: /m, state: /s}\n");
	ck_assert_str_eq(read_poll("{\"m\":{\"a\":{\"s\":\"done\"},\"z\":{\"s\":\"done\"}}}"),
			 "a=1 ");
}
END_TEST

START_TEST(test_poll_one)
{
	struct provider_request q;
	const char *const ids[] = {"u/1"};

	parse("poll: {url: \"https://x/m-{ids}\", state: /r/s}\n");
	ck_assert_str_eq(read_poll("{\"r\":{\"s\":\"done\"}}"), "a=1 ");
	provider_request_init(&q);
	ck_assert(provider_poll_compose(&q, profile, &values, ids, 1, 0, &err));
	ck_assert_str_eq(buf_str(&q.url), "https://x/m-u%2F1");
	ck_assert_str_eq(buf_str(&q.headers), "A: k\n");
	provider_request_deinit(&q);
}
END_TEST

static const struct {
	const char *text;
	bool good;
	int64_t micro;
} amounts[] = {
	{"12.50", true, 12500000},
	{"-1,5", true, -1500000},
	{"+3", true, 3000000},
	{"0.0000019", true, 1},
	{".5", true, 500000},
	{"", false, 0},
	{"12 RUB", false, 0},
	{"1e3", false, 0},
	{"-", false, 0},
	{"9999999999999", false, 0},
	{"999999999999", true, INT64_C(999999999999000000)},
};

START_TEST(test_amounts)
{
	int64_t micro = 0;

	ck_assert_msg(provider_amount(amounts[_i].text, &micro) == amounts[_i].good, "%s",
		      amounts[_i].text);
	if (amounts[_i].good)
		ck_assert_int_eq(micro, amounts[_i].micro);
}
END_TEST

START_TEST(test_balance)
{
	int64_t micro = 0;

	parse("balance: {url: \"https://x/b\", at: /data/left}\n");
	ck_assert(
		provider_balance_read(profile, "{\"data\":{\"left\":\"7.25\"}}", 24, &micro, &err));
	ck_assert_int_eq(micro, 7250000);
	ck_assert(!provider_balance_read(profile, "{\"data\":{}}", 11, &micro, &err));
}
END_TEST

static void tear_down(void)
{
	profile_free(&profile);
}

int main(void)
{
	Suite *suite = suite_create("inquiry");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, NULL, tear_down);
	tcase_add_test(tc, test_poll_list);
	tcase_add_test(tc, test_poll_keys);
	tcase_add_test(tc, test_poll_one);
	tcase_add_loop_test(tc, test_amounts, 0, sizeof(amounts) / sizeof(*amounts));
	tcase_add_test(tc, test_balance);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
