/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* money - what commands about money share: how sums are read and written, and whose a file is. */
#ifndef VESTNIK_CLI_MONEY_H
#define VESTNIK_CLI_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/text/sheet.h"

#define MONEY_SIZE 40
/* Millionths as "2.35", "-0.004815": at least two decimals, no more than needed. */
const char *money_price(int64_t micro, char out[MONEY_SIZE]);
/* A sum in hundredths, half away from zero: "1234.57". */
const char *money_sum(int64_t micro, char out[MONEY_SIZE]);
/* Hundredths of a per cent as "+12.50 %". */
const char *money_percent(int64_t bp, char out[MONEY_SIZE]);

/* "20" or "22.5" per cent to hundredths of a per cent, at most a hundred. */
bool money_percent_parse(const char *text, int32_t *bp_out);

/* Whoever runs the command, for records: "command of NAME". */
const char *money_whoever(char *out, size_t size);

/* Print a file's faults to stderr, a line each, and fail: nothing was stored. */
bool money_no_faults(const struct sheet *sheet, const char *path, struct err *err);

#endif
