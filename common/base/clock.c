/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* clock - see clock.h. */
#include "common/base/clock.h"

#include <time.h>

#define NS_PER_S  1000000000ULL
#define NS_PER_MS 1000000ULL

/* The three clocks used here cannot fail on Linux. */
static uint64_t now_ns(clockid_t id)
{
	struct timespec ts = {0};

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t clock_mono_ms(void)
{
	return now_ns(CLOCK_MONOTONIC) / NS_PER_MS;
}

uint64_t clock_mono_ns(void)
{
	return now_ns(CLOCK_MONOTONIC);
}

uint64_t clock_boot_ms(void)
{
	return now_ns(CLOCK_BOOTTIME) / NS_PER_MS;
}

int64_t clock_wall_us(void)
{
	return (int64_t)(now_ns(CLOCK_REALTIME) / 1000);
}
