/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "common/store/token.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#include "common/base/err.h"

enum { SECRET_BYTES = 32 };

static const char PREFIX[] = "vst_";
static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Base64url without padding; out holds (len * 4 + 2) / 3 characters and a NUL. */
static void base64url(const uint8_t *data, size_t len, char *out)
{
	uint32_t bits = 0;
	int held = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | data[i];
		for (held += 8; held >= 6; held -= 6)
			*out++ = DIGITS[bits >> (held - 6) & 63];
	}
	if (held > 0)
		*out++ = DIGITS[bits << (6 - held) & 63];
	*out = '\0';
}

bool token_new(char out[TOKEN_LEN + 1])
{
	uint8_t secret[SECRET_BYTES];

	if (RAND_bytes(secret, sizeof(secret)) != 1)
		return false;
	memcpy(out, PREFIX, sizeof(PREFIX) - 1);
	base64url(secret, sizeof(secret), out + sizeof(PREFIX) - 1);
	return true;
}

bool token_wellformed(const char *text, size_t len)
{
	if (len != TOKEN_LEN || memcmp(text, PREFIX, sizeof(PREFIX) - 1) != 0)
		return false;
	for (size_t i = sizeof(PREFIX) - 1; i < len; i++)
		if (text[i] == '\0' || strchr(DIGITS, text[i]) == NULL)
			return false;
	return true;
}

void token_hash(const char *token, size_t len, uint8_t out[TOKEN_HASH_SIZE])
{
	if (EVP_Digest(token, len, out, NULL, EVP_sha256(), NULL) != 1)
		panic("SHA-256 is not available in the cryptographic library");
}
