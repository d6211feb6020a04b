/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* click_test - who is taken for a person, and for what device. */
#include <check.h>
#include <stdlib.h>

#include "apid/click.h"
#include "tests/unit/support/run.h"

#define CHROME "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"

static const struct {
	const char *user_agent;
	enum click_agent agent;
	enum click_robot robot;
} known[] = {
	{"Mozilla/5.0 (Linux; Android 14; SM-S921B) " CHROME, AGENT_ANDROID, ROBOT_NONE},
	{"Mozilla/5.0 (Linux; Android 13; CUBOT P80) " CHROME, AGENT_ANDROID, ROBOT_NONE},
	{"Mozilla/5.0 (Linux; arm_64; Android 12; M2101K6G) YaBrowser/24.6 Mobile Safari/537.36",
	 AGENT_ANDROID, ROBOT_NONE},
	{"Mozilla/5.0 (Linux; Android 14; Pixel 8) " CHROME " Telegram-Android/10.14",
	 AGENT_ANDROID, ROBOT_NONE},
	{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1",
	 AGENT_IOS, ROBOT_NONE},
	{"Mozilla/5.0 (iPad; CPU OS 16_1 like Mac OS X) Safari/604.1", AGENT_IOS, ROBOT_NONE},
	{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
	 AGENT_DESKTOP, ROBOT_NONE},
	{"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Safari/605.1.15", AGENT_DESKTOP, ROBOT_NONE},
	{"Opera/9.80 (J2ME/MIDP; Opera Mini)", AGENT_UNKNOWN, ROBOT_NONE},
	{"TelegramBot (like TwitterBot)", AGENT_UNKNOWN, ROBOT_KNOWN},
	{"WhatsApp/2.24.11.79 A", AGENT_UNKNOWN, ROBOT_KNOWN},
	{"facebookexternalhit/1.1 Facebot Twitterbot/1.0", AGENT_UNKNOWN, ROBOT_KNOWN},
	{"Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)", AGENT_UNKNOWN, ROBOT_KNOWN},
	{"Mozilla/5.0 (compatible; YandexBot/3.0)", AGENT_UNKNOWN, ROBOT_KNOWN},
	{"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) " CHROME " (compatible; Googlebot/2.1)",
	 AGENT_ANDROID, ROBOT_KNOWN},
	{"Mozilla/5.0 (Windows NT 6.1) SkypeUriPreview Preview/0.5", AGENT_DESKTOP, ROBOT_KNOWN},
	{"curl/7.88.1", AGENT_UNKNOWN, ROBOT_KNOWN},
	{"python-requests/2.32", AGENT_UNKNOWN, ROBOT_KNOWN},
	{"", AGENT_UNKNOWN, ROBOT_SILENT},
	{NULL, AGENT_UNKNOWN, ROBOT_SILENT},
};

START_TEST(test_agents)
{
	const struct click_request c = {.user_agent = known[_i].user_agent};

	ck_assert_msg(click_agent_of(c.user_agent) == known[_i].agent, "%s", c.user_agent);
	ck_assert_msg(click_robot_of(&c) == known[_i].robot, "%s", c.user_agent);
}
END_TEST

static const struct {
	struct click_request request;
	enum click_robot robot;
} cases[] = {
	{{.user_agent = "Mozilla", .head = true}, ROBOT_HEAD},
	{{.user_agent = "Mozilla", .too_soon = true}, ROBOT_TOO_SOON},
	{{.user_agent = "curl/8", .too_soon = true}, ROBOT_KNOWN},
	{{.user_agent = "Mozilla", .purpose = {"prefetch"}}, ROBOT_PREFETCH},
	{{.user_agent = "Mozilla", .purpose = {NULL, "prefetch;prerender"}}, ROBOT_PREFETCH},
	{{.user_agent = "Mozilla", .purpose = {NULL, NULL, "preview"}}, ROBOT_PREFETCH},
	{{.user_agent = "Mozilla", .purpose = {NULL, NULL, NULL, "prefetch"}}, ROBOT_PREFETCH},
	{{.user_agent = "Mozilla", .purpose = {NULL, "navigate"}}, ROBOT_NONE},
};

START_TEST(test_requests)
{
	ck_assert_int_eq(click_robot_of(&cases[_i].request), cases[_i].robot);
}
END_TEST

START_TEST(test_names)
{
	for (int i = 0; i < AGENTS; i++)
		ck_assert_ptr_nonnull(click_agent_name((enum click_agent)i));
	for (int i = 0; i < ROBOTS; i++)
		ck_assert_ptr_nonnull(click_robot_name((enum click_robot)i));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("click");
	TCase *tcase = tcase_create("click");

	tcase_add_loop_test(tcase, test_agents, 0, (int)(sizeof(known) / sizeof(known[0])));
	tcase_add_loop_test(tcase, test_requests, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tcase, test_names);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
