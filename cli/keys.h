/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* keys - the keys of a file that a command reads, as --help-config shows them. */
#ifndef VESTNIK_CLI_KEYS_H
#define VESTNIK_CLI_KEYS_H

#include "common/base/config.h"

/* Print key, default, what is allowed and what it means. */
void keys_print(const struct config_row *rows);

#endif
