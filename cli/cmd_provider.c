/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik provider - profiles of HTTP providers: is a file good, and what would be sent by it? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/keys.h"
#include "cli/provider_send.h"
#include "common/base/mem.h"
#include "common/provider/request.h"
#include "common/sms/gsm.h"
#include "common/sms/msisdn.h"
#include "common/text/utf8.h"

/* --- check
 * --------------------------------------------------------------------------------------------------
 */

static void tell(const char *path, const struct provider_profile *p)
{
	(void)printf("%s: %s (%s) is good", path, p->name, p->title);
	for (size_t i = 0; i < p->settings.count; i++)
		(void)printf("%s %s", i == 0 ? "; an account gives it" : ",",
			     p->settings.items[i].key);
	(void)printf("\n");
	for (size_t i = 0; i < p->unverified.count; i++)
		(void)printf("  not verified: %s\n", p->unverified.items[i]);
}

static bool check(const char *path)
{
	struct provider_profile *profile = NULL;
	struct err err = {0};

	if (!profile_load(path, &profile, &err)) {
		(void)cli_failed(&err);
		return false;
	}
	tell(path, profile);
	profile_free(&profile);
	return true;
}

/* --- try
 * ----------------------------------------------------------------------------------------------------
 */

/* What an account would say: a file of these keys. */
struct try_file {
	struct config_pairs settings;
	char *sender, *callback;
	int64_t validity_ms;
	struct config_list allow_hosts;
};

static const struct config_row try_rows[] = {
	{"settings", CONFIG_PAIRS, .offset = offsetof(struct try_file, settings), .def = "{}",
	 .help = "a value for each of the profile's settings"},
	{"sender", CONFIG_STR, .offset = offsetof(struct try_file, sender),
	 .help = "who it is from"},
	{"callback", CONFIG_STR, .offset = offsetof(struct try_file, callback),
	 .def = "https://vestnik.example/callback", .help = "where the provider would report to"},
	{"validity", CONFIG_MS, .offset = offsetof(struct try_file, validity_ms), .def = "24h",
	 .min = 1000, .max = 2592000000, .help = "how long the message may take"},
	{"allow_hosts", CONFIG_LIST, .offset = offsetof(struct try_file, allow_hosts), .def = "[]",
	 .help = "with --send: hosts that may be at addresses that are not public"},
	{.key = NULL},
};

/* The same values with every secret's name in its place, so that what is shown can be passed on. */
static struct config_pairs mask(const struct provider_profile *p, const struct config_pairs *values)
{
	struct config_pairs shown = {mem_calloc(values->count + 1, sizeof(*shown.items)), 0};

	for (size_t i = 0; i < p->settings.count; i++) {
		const char *name = p->settings.items[i].key;
		const char *value = config_pairs_find(values, name);
		struct config_pair *pair = &shown.items[shown.count++];
		struct buf text;

		buf_init(&text, 100);
		buf_printf(&text, "<%s>", name);
		pair->key = mem_strdup(name);
		pair->value = mem_strdup(
			profile_setting_kind(p, i) == PROFILE_SECRET ? buf_str(&text) : value);
		buf_deinit(&text);
	}
	return shown;
}

static void unmask(struct config_pairs *shown)
{
	for (size_t i = 0; i < shown->count; i++) {
		mem_free(shown->items[i].key);
		mem_free(shown->items[i].value);
	}
	mem_free(shown->items);
}

static void print_request(const struct provider_profile *p, const struct provider_request *q)
{
	static const char *const methods[] = {"GET", "POST", "PUT"};

	(void)printf("%s %s\n%s", methods[p->send.method], buf_str(&q->url), buf_str(&q->headers));
	if (q->body.len > 0)
		(void)printf("\n%s\n", buf_str(&q->body));
}

/* Whether one character is not of the GSM alphabet. */
static bool needs_ucs2(const char *text)
{
	const char *end = text + strlen(text);

	while (text < end)
		if (gsm_cost(utf8_next(&text, end)) == 0)
			return true;
	return false;
}

/* One that no other try has: the provider may keep it. */
static void make_ref(char ref[17])
{
	(void)snprintf(ref, 17, "try%08x%05x", (unsigned)arc4random(),
		       (unsigned)arc4random_uniform(1u << 20));
}

static bool compose(const struct provider_profile *p, const struct try_file *file, const char *to,
		    const char *text, bool send, struct err *err)
{
	char ref[17] = "k3x9q2v7";
	struct provider_message message = {.to = to,
					   .text = text,
					   .sender = file->sender,
					   .ref = ref,
					   .callback = file->callback,
					   .ttl_s = file->validity_ms / 1000,
					   .ucs2 = needs_ucs2(text)};
	struct config_pairs shown = mask(p, &file->settings);
	struct provider_request request;
	bool ok;

	if (send)
		make_ref(ref);
	provider_request_init(&request);
	ok = provider_request_compose(&request, p, &shown, &message, 1, (int64_t)time(NULL), err);
	if (ok)
		print_request(p, &request);
	provider_request_deinit(&request);
	unmask(&shown);
	return ok &&
	       (!send || provider_send(p, &file->settings, &message, &file->allow_hosts, err));
}

static bool read_phone(const char *phone, char to[32], struct err *err)
{
	int64_t msisdn = 0;

	if (!msisdn_parse(phone, strlen(phone), &msisdn, err))
		return false;
	(void)snprintf(to, 32, "%lld", (long long)msisdn);
	return true;
}

static int try(const char *profile_path, const char *file_path, const char *phone, const char *text,
	       bool send)
{
	struct provider_profile *profile = NULL;
	struct try_file file = {0};
	struct err err = {0};
	char to[32];
	bool ok = profile_load(profile_path, &profile, &err);

	if (ok && (ok = config_load(file_path, try_rows, &file, &err))) {
		ok = provider_values_check(profile, &file.settings, &err) &&
		     read_phone(phone, to, &err) && compose(profile, &file, to, text, send, &err);
		config_free(try_rows, &file);
	}
	profile_free(&profile);
	return ok ? CLI_OK : cli_failed(&err);
}

/* --- words
 * -------------------------------------------------------------------------------------------------
 */

int cmd_provider(struct cli *cli, int argc, char **argv)
{
	bool ok = true;

	(void)cli;
	if (argc == 2 && strcmp(argv[1], "--help-config") == 0) {
		keys_print(profile_rows);
		return CLI_OK;
	}
	if (argc == 6 && strcmp(argv[1], "try") == 0)
		return try(argv[2], argv[3], argv[4], argv[5], false);
	if (argc == 7 && strcmp(argv[1], "try") == 0 && strcmp(argv[2], "--send") == 0)
		return try(argv[3], argv[4], argv[5], argv[6], true);
	if (argc < 3 || strcmp(argv[1], "check") != 0)
		return cli_usage(
			"provider needs: check FILE..., try [--send] FILE SETTINGS PHONE TEXT, or "
			"--help-config");
	for (int i = 2; i < argc; i++) /* every file has its say */
		ok = check(argv[i]) && ok;
	return ok ? CLI_OK : CLI_FAILED;
}
