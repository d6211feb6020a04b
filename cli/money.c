/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* money - see money.h. */
#include "cli/money.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

const char *money_price(int64_t micro, char out[MONEY_SIZE])
{
	uint64_t of = micro < 0 ? 0 - (uint64_t)micro : (uint64_t)micro;
	int n = snprintf(out, MONEY_SIZE, "%s%llu.%06llu", micro < 0 ? "-" : "",
			 (unsigned long long)(of / 1000000), (unsigned long long)(of % 1000000));

	for (int cut = 0; cut < 4 && out[n - 1] == '0'; cut++)
		out[--n] = '\0';
	return out;
}

const char *money_sum(int64_t micro, char out[MONEY_SIZE])
{
	uint64_t of = micro < 0 ? 0 - (uint64_t)micro : (uint64_t)micro;

	of = (of + 5000) / 10000;
	(void)snprintf(out, MONEY_SIZE, "%s%llu.%02llu", micro < 0 && of != 0 ? "-" : "",
		       (unsigned long long)(of / 100), (unsigned long long)(of % 100));
	return out;
}

const char *money_percent(int64_t bp, char out[MONEY_SIZE])
{
	uint64_t of = bp < 0 ? 0 - (uint64_t)bp : (uint64_t)bp;

	(void)snprintf(out, MONEY_SIZE, "%c%llu.%02llu %%", bp < 0 ? '-' : '+',
		       (unsigned long long)(of / 100), (unsigned long long)(of % 100));
	return out;
}

bool money_percent_parse(const char *text, int32_t *bp_out)
{
	int64_t micro;

	if (!sheet_micro(text, INT64_C(100000000), &micro) || micro % 10000 != 0)
		return false;
	*bp_out = (int32_t)(micro / 10000);
	return true;
}

const char *money_whoever(char *out, size_t size)
{
	char user[CLI_USER_SIZE];

	(void)snprintf(out, size, "command of %s", cli_user(user));
	return out;
}

bool money_no_faults(const struct sheet *sheet, const char *path, struct err *err)
{
	if (sheet->fault_count == 0)
		return true;
	for (size_t i = 0; i < sheet->fault_count && i < SHEET_FAULTS_MAX; i++) {
		const struct sheet_fault *f = &sheet->fault[i];

		(void)fprintf(stderr, "%s:%lld: %s: %s; expected is %s\n", path, (long long)f->line,
			      f->field, f->found, f->expected);
	}
	return err_set(err, ERR_INPUT, "%s: %zu wrong places; nothing was stored", path,
		       sheet->fault_count);
}
