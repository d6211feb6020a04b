/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* refs - see refs.h.
 *
 * A table of buckets by phone, each a ring of its last messages.  Phones that fall together share a
 * ring, which then remembers fewer of each: so a ring has room for several. */
#include "smppd/refs.h"

#include <stddef.h>

#include "common/base/mem.h"
#include "common/model/message.h"

#define BUCKETS 8192 /* a power of two; 5 MB, of which the system gives what is written */
#define RING	32

struct bucket {
	int64_t id[RING];
	int64_t msisdn[RING];
	uint16_t ref[RING];
	uint8_t next; /* the oldest */
};

struct refs {
	struct bucket bucket[BUCKETS];
};

struct refs *refs_new(void)
{
	return mem_calloc(1, sizeof(struct refs));
}

void refs_free(struct refs **refs)
{
	mem_free(*refs);
	*refs = NULL;
}

static struct bucket *bucket_of(struct refs *refs, int64_t msisdn)
{
	/* Neighbours go to different buckets; the multiplier is 2^64 divided by the golden ratio.
	 */
	uint64_t x = (uint64_t)msisdn * UINT64_C(0x9E3779B97F4A7C15);

	return &refs->bucket[x >> 51];
}

static void mark(uint64_t taken[4], uint16_t ref)
{
	taken[(ref & 0xFF) / 64] |= UINT64_C(1) << (ref % 64);
}

static int is_marked(const uint64_t taken[4], uint16_t ref)
{
	return (int)(taken[(ref & 0xFF) / 64] >> (ref % 64) & 1);
}

uint16_t refs_take(struct refs *refs, int64_t message_id, int64_t msisdn)
{
	struct bucket *b = bucket_of(refs, msisdn);
	uint64_t taken[4] = {0};
	uint16_t ref = message_udh_ref(message_id);

	for (size_t i = 0; i < RING; i++) {
		if (b->msisdn[i] != msisdn)
			continue;
		if (b->id[i] == message_id)
			return b->ref[i];
		mark(taken, b->ref[i]);
	}
	while (is_marked(taken, ref))
		ref++;
	b->id[b->next] = message_id;
	b->msisdn[b->next] = msisdn;
	b->ref[b->next] = ref;
	b->next = (uint8_t)((b->next + 1) % RING);
	return ref;
}
