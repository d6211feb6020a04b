/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* profile_internal - what the files behind profile.h share; nobody else includes it. */
#ifndef VESTNIK_PROVIDER_PROFILE_INTERNAL_H
#define VESTNIK_PROVIDER_PROFILE_INTERNAL_H

#include "common/provider/profile.h"

/* Words of a file in the order of their enum, NULL-terminated. */
extern const char *const profile_setting_words[];
extern const char *const profile_action_words[];
extern const char *const profile_state_words[];

int profile_word(const char *const *words, const char *word); /* its place, -1: none of them */

/* Whether the profile is good as a whole; compiles its pattern, which profile_free() releases. */
bool profile_check(const char *file, struct provider_profile *p, struct err *err);

#endif
