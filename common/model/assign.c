/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* assign - see assign.h. */
#include "common/model/assign.h"

/* --- hashint8extended(): Bob Jenkins' lookup3 of one word, as PostgreSQL has it
 * -------------------
 */

struct words {
	uint32_t a, b, c;
};

static uint32_t turned(uint32_t word, int bits)
{
	return word << bits | word >> (32 - bits);
}

static void mix(struct words *w)
{
	w->a = (w->a - w->c) ^ turned(w->c, 4);
	w->c += w->b;
	w->b = (w->b - w->a) ^ turned(w->a, 6);
	w->a += w->c;
	w->c = (w->c - w->b) ^ turned(w->b, 8);
	w->b += w->a;
	w->a = (w->a - w->c) ^ turned(w->c, 16);
	w->c += w->b;
	w->b = (w->b - w->a) ^ turned(w->a, 19);
	w->a += w->c;
	w->c = (w->c - w->b) ^ turned(w->b, 4);
	w->b += w->a;
}

static void finish(struct words *w)
{
	w->c = (w->c ^ w->b) - turned(w->b, 14);
	w->a = (w->a ^ w->c) - turned(w->c, 11);
	w->b = (w->b ^ w->a) - turned(w->a, 25);
	w->c = (w->c ^ w->b) - turned(w->b, 16);
	w->a = (w->a ^ w->c) - turned(w->c, 4);
	w->b = (w->b ^ w->a) - turned(w->a, 14);
	w->c = (w->c ^ w->b) - turned(w->b, 24);
}

static uint64_t hash(int64_t value, int64_t seed)
{
	uint32_t low = (uint32_t)value, high = (uint32_t)((uint64_t)value >> 32);
	uint32_t first = 0x9e3779b9U + 4 + 3923095;
	struct words w = {first, first, first};

	low ^= value >= 0 ? high : ~high;
	if (seed != 0) {
		w.a += (uint32_t)((uint64_t)seed >> 32);
		w.b += (uint32_t)seed;
		mix(&w);
	}
	w.a += low;
	finish(&w);
	return (uint64_t)w.b << 32 | w.c;
}

/* --- groups --------------------------------------------------------------------------------------
 */

int assign_bucket(int64_t client_id, int64_t salt)
{
	return (int)((hash(client_id, salt) & INT64_MAX) % ASSIGN_BUCKETS);
}

bool assign_held_back(const struct assign_control *control, int64_t client_id)
{
	return control->percent > 0 &&
	       assign_bucket(client_id, control->salt) < control->percent * (ASSIGN_BUCKETS / 100);
}

int assign_variant(const struct assign_variants *variants, int64_t client_id)
{
	int bucket = variants->count > 0 ? assign_bucket(client_id, variants->salt) : 0;
	int variant = 0;

	while (variant < variants->count && bucket >= variants->bound[variant])
		variant++;
	return variant;
}
