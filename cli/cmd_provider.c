/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik provider - profiles of HTTP providers: is a file good? */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/keys.h"
#include "common/provider/profile.h"

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

int cmd_provider(struct cli *cli, int argc, char **argv)
{
	bool ok = true;

	(void)cli;
	if (argc == 2 && strcmp(argv[1], "--help-config") == 0) {
		keys_print(profile_rows);
		return CLI_OK;
	}
	if (argc < 3 || strcmp(argv[1], "check") != 0)
		return cli_usage("provider needs: check FILE..., or --help-config");
	for (int i = 2; i < argc; i++) /* every file has its say */
		ok = check(argv[i]) && ok;
	return ok ? CLI_OK : CLI_FAILED;
}
