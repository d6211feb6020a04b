/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reference - see reference.h. */
#include "common/gateway/reference.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "common/base/err.h"

/* RFC 4648, in small letters: five bits a letter. */
static void put_base32(const unsigned char *data, size_t octets, char *out)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint32_t bits = 0;
	int held = 0;

	for (size_t i = 0; i < octets; i++) {
		bits = bits << 8 | data[i];
		held += 8;
		for (; held >= 5; held -= 5)
			*out++ = letters[bits >> (held - 5) & 31];
	}
	*out = '\0';
}

void reference_make(const void *key, size_t key_len, int64_t message_id, int16_t attempt,
		    char out[REFERENCE_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	char text[48];
	int n = snprintf(text, sizeof(text), "ref %" PRId64 " %d", message_id, attempt);

	if (HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text, (size_t)n, digest,
		 &len) == NULL)
		panic("HMAC failed");
	put_base32(digest, 15, out);
}
