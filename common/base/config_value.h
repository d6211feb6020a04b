/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* config_value - one configuration value: from text to its typed place, and back to words.
 *
 * Inner part of config; only config and the --help-config table of daemon include it. */
#ifndef VESTNIK_BASE_CONFIG_VALUE_H
#define VESTNIK_BASE_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/config.h"
#include "common/base/err.h"

/* Type `text` and store it where the row says, replacing what stands there.  On false the message
 * is "found ...; expected ..." without a place, and nothing changed.  Not for CONFIG_LIST
 * and CONFIG_PAIRS. */
bool config_value_set(const struct config_row *row, const char *text, void *out, struct err *err);

void config_list_append(struct config_list *list, const char *text);
/* The value stays NULL until it is known. */
struct config_pair *config_pairs_append(struct config_pairs *pairs, const char *key, size_t line);

/* Release what the row's place owns and leave it empty. */
void config_value_clear(const struct config_row *row, void *out);

/* Append what the row accepts, as a noun: "a whole number from 1 to 9", "true or false". */
void config_value_describe(const struct config_row *row, struct buf *out);

#endif
