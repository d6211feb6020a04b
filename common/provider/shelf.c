/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* shelf - see shelf.h. */
#include "common/provider/shelf.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/mem.h"

#define PATH_SIZE 4096

static int by_name(const void *a, const void *b)
{
	const struct provider_profile *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static bool load_files(const glob_t *files, struct shelf *out, struct err *err)
{
	out->profiles = mem_calloc(files->gl_pathc + 1, sizeof(*out->profiles));
	for (size_t i = 0; i < files->gl_pathc; i++) {
		if (!profile_load(files->gl_pathv[i], &out->profiles[out->count], err))
			return false;
		out->count++;
	}
	qsort(out->profiles, out->count, sizeof(*out->profiles), by_name);
	for (size_t i = 1; i < out->count; i++)
		if (strcmp(out->profiles[i - 1]->name, out->profiles[i]->name) == 0)
			return err_set(err, ERR_INPUT, "two profiles have the name %s",
				       out->profiles[i]->name);
	return true;
}

bool shelf_load(const char *dir, struct shelf *out, struct err *err)
{
	char pattern[PATH_SIZE];
	struct stat st;
	glob_t files;
	bool ok;

	*out = (struct shelf){0};
	if (dir[0] == '\0')
		return true;
	if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))
		return err_set(err, ERR_IO, "%s: there is no such folder", dir);
	(void)snprintf(pattern, sizeof(pattern), "%.4000s/*.yaml", dir);
	if (glob(pattern, 0, NULL, &files) != 0)
		return true; /* none */
	ok = load_files(&files, out, err);
	globfree(&files);
	if (!ok)
		shelf_free(out);
	return ok;
}

void shelf_free(struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->count; i++)
		profile_free(&shelf->profiles[i]);
	mem_free(shelf->profiles);
	*shelf = (struct shelf){0};
}

const struct provider_profile *shelf_find(const struct shelf *shelf, const char *name)
{
	for (size_t i = 0; i < shelf->count; i++)
		if (strcmp(shelf->profiles[i]->name, name) == 0)
			return shelf->profiles[i];
	return NULL;
}

/* --- what an account gives -----------------------------------------------------------------------
 */

/* The index of the setting, or the profile's count of them. */
static size_t find_setting(const struct provider_profile *p, const char *name)
{
	size_t i = 0;

	while (i < p->settings.count && strcmp(p->settings.items[i].key, name) != 0)
		i++;
	return i;
}

static bool is_stored(const char *name, const char *const *stored, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(stored[i], name) == 0)
			return true;
	return false;
}

static bool is_address(const char *value)
{
	return strncmp(value, "https://", 8) == 0 || strncmp(value, "http://", 7) == 0;
}

/* What is given and not asked for. */
static const char *find_strange(const struct provider_profile *p, const struct config_pairs *given,
				bool secrets)
{
	for (size_t i = 0; i < given->count; i++) {
		size_t at = find_setting(p, given->items[i].key);

		if (at == p->settings.count ||
		    (profile_setting_kind(p, at) == PROFILE_SECRET) != secrets)
			return given->items[i].key;
	}
	return NULL;
}

bool profile_account_check(const struct provider_profile *p, const struct config_pairs *settings,
			   const struct config_pairs *secrets, const char *const *stored,
			   size_t stored_count, const char **key_out, bool *is_secret_out,
			   struct err *err)
{
	for (size_t i = 0; i < p->settings.count; i++) {
		const char *value;

		*key_out = p->settings.items[i].key;
		*is_secret_out = profile_setting_kind(p, i) == PROFILE_SECRET;
		value = config_pairs_find(*is_secret_out ? secrets : settings, *key_out);
		if (*is_secret_out && value == NULL && is_stored(*key_out, stored, stored_count))
			continue;
		if (value == NULL || *value == '\0')
			return err_set(err, ERR_INPUT, "is missing; this provider needs it");
		if (profile_setting_kind(p, i) == PROFILE_ADDRESS && !is_address(value))
			return err_set(err, ERR_INPUT,
				       "expected an address that begins with https:// or http://");
	}
	*is_secret_out = false;
	*key_out = find_strange(p, settings, false);
	if (*key_out == NULL) {
		*key_out = find_strange(p, secrets, true);
		*is_secret_out = *key_out != NULL;
	}
	return *key_out == NULL || err_set(err, ERR_INPUT, "this provider has no such setting");
}
