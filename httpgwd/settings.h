/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* settings - an HTTP account: its profile, the values it gives the profile's settings, and what the
 * provider's calls to us are known by.
 *
 * Loaded with every turn of the lease thread and never changed; the event thread may hold one after
 * the next was loaded, so they are counted. */
#ifndef VESTNIK_HTTPGWD_SETTINGS_H
#define VESTNIK_HTTPGWD_SETTINGS_H

#include <stdatomic.h>

#include "common/gateway/gateway.h"
#include "common/gateway/settings.h"
#include "common/provider/profile.h"

#define TOKEN_SIZE   65
#define REF_KEY_SIZE 64

struct settings {
	struct gateway_settings gateway; /* first: store threads know no more */
	_Atomic int holders;
	bool enabled;
	const struct provider_profile *profile; /* NULL: gateway.problem says why */
	char profile_name[65];
	struct config_pairs values; /* of the profile's settings, secrets among them */
	int16_t connections;
	int32_t validity_max_s;
	bool has_ground; /* its addresses may be http:// on other hosts */
	char token[TOKEN_SIZE];
	uint8_t ref_key[REF_KEY_SIZE];
	size_t ref_key_len;
};

/* Whether receipts name messages by our reference; else by the provider's id. */
bool settings_by_reference(const struct settings *s);

/* Hooks of struct gateway_kind.  Loading also gives callbacks the directory of all accounts. */
bool settings_load(const struct gateway *gateway, struct pg *pg, const char *const *names,
		   size_t name_count, struct gateway_settings ***out, size_t *count_out,
		   struct err *err);
void settings_free(struct gateway_settings **settings);
struct settings *settings_hold(struct settings *s);

/* All HTTP accounts there are, also those that are disabled or another process's: receipts come for
 * them, too. */
struct directory {
	struct settings **items; /* held */
	size_t count;
};
void directory_free(struct directory **directory);

#endif
