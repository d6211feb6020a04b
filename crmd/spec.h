/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* spec - what daemon_main() needs to know about crmd; apart from main() for the tests. */
#ifndef VESTNIK_CRMD_SPEC_H
#define VESTNIK_CRMD_SPEC_H

#include "common/base/daemon.h"

extern const struct daemon_spec crmd_spec;

#endif
