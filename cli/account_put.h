/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_put - `vestnik account put`: create an account from a file, or give the one of that name
 * every setting of the file. */
#ifndef VESTNIK_CLI_ACCOUNT_PUT_H
#define VESTNIK_CLI_ACCOUNT_PUT_H

#include "cli/cli.h"

bool account_put(const struct cli *cli, struct pg *pg, const char *path, struct err *err);

#endif
