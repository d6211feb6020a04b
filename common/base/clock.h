/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* clock - the three clocks and what each is for. */
#ifndef VESTNIK_BASE_CLOCK_H
#define VESTNIK_BASE_CLOCK_H

#include <stdint.h>

uint64_t clock_mono_ms(void); /* CLOCK_MONOTONIC: timeouts and deadlines */
uint64_t clock_mono_ns(void);
uint64_t clock_boot_ms(void); /* CLOCK_BOOTTIME: leases; counts while suspended */
int64_t clock_wall_us(void);  /* CLOCK_REALTIME since 1970: what people and providers see */

#define CLOCK_NEVER_MS UINT64_MAX /* a deadline that never comes */

#endif
