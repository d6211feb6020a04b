/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a machine is called by its User-Agent, and that nothing of that text comes through. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "apid/device.h"
#include "tests/unit/support/run.h"

static const struct {
	const char *agent;
	const char *want;
} cases[] = {
	{NULL, ""},
	{"", ""},
	{"<script>alert(1)</script>", ""},
	{"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
	 "Firefox, Linux"},
	{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
	 "Chrome/126.0.0.0 Safari/537.36",
	 "Chrome, Windows"},
	{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
	 "Chrome/126.0.0.0 YaBrowser/24.7 Safari/537.36",
	 "Yandex Browser, Windows"},
	{"Mozilla/5.0 (Windows NT 10.0) Chrome/126.0.0.0 Safari/537.36 Edg/126.0", "Edge, Windows"},
	{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	 "Version/17.4 Safari/605.1.15",
	 "Safari, macOS"},
	{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 "
	 "Safari/604.1",
	 "Safari, iPhone"},
	{"Mozilla/5.0 (Linux; Android 14; SM-S918B) SamsungBrowser/25.0 Chrome/121.0 Safari/537.36",
	 "Samsung Internet, Android"},
	{"curl/8.5.0", "curl"},
	{"(Linux)", "Linux"},
};

START_TEST(test_device)
{
	char out[DEVICE_SIZE];

	device_words(cases[_i].agent, out);
	ck_assert_str_eq(out, cases[_i].want);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("device");
	TCase *tcase = tcase_create("device");

	tcase_add_loop_test(tcase, test_device, 0, sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
