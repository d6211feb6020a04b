/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reference - what stands for one attempt of a message at a provider, which may tell it to anybody.
 *
 * It says nothing of the message, and nobody without the account's key can make one. */
#ifndef VESTNIK_GATEWAY_REFERENCE_H
#define VESTNIK_GATEWAY_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

#define REFERENCE_SIZE 25 /* 24 small letters and digits: 120 bits */

/* The same for the same attempt, always. */
void reference_make(const void *key, size_t key_len, int64_t message_id, int16_t attempt,
		    char out[REFERENCE_SIZE]);

#endif
