/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* shelf - all profiles of a folder, and whether an account gives one what it needs.
 *
 * Read once; what is on it never changes afterwards, so any thread may look. */
#ifndef VESTNIK_PROVIDER_SHELF_H
#define VESTNIK_PROVIDER_SHELF_H

#include "common/provider/profile.h"

#define SHELF_DIR "/usr/share/vestnik/providers"

struct shelf {
	struct provider_profile **profiles; /* by name */
	size_t count;
};

/* Every *.yaml of the folder; "" is an empty shelf.  One bad file is an error: its account would be
 * silently without its profile. */
bool shelf_load(const char *dir, struct shelf *out, struct err *err);
void shelf_free(struct shelf *shelf);
/* NULL: there is none of that name. */
const struct provider_profile *shelf_find(const struct shelf *shelf, const char *name);

/* Whether `settings` and secrets together are what the profile asks for.  `secrets` are those that
 * are given now, `stored` the names of those kept already, `stored_count` of them.  ERR_INPUT:
 * *key_out is the setting to blame, which is one of the secrets when *is_secret_out says so. */
bool profile_account_check(const struct provider_profile *p, const struct config_pairs *settings,
			   const struct config_pairs *secrets, const char *const *stored,
			   size_t stored_count, const char **key_out, bool *is_secret_out,
			   struct err *err);

#endif
