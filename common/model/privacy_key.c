/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* privacy_key - see privacy_key.h. */
#include "common/model/privacy_key.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/store/seal.h"

_Static_assert(PRIVACY_HASH_BYTES == SEAL_KEY_BYTES, "sizes");

struct privacy_key {
	uint8_t id[PRIVACY_HASH_BYTES];
	uint8_t numbers[PRIVACY_HASH_BYTES];
	uint8_t seals[PRIVACY_HASH_BYTES];
	uint8_t acts[PRIVACY_HASH_BYTES];
};

static void hmac(const void *key, size_t key_len, const void *data, size_t len,
		 uint8_t out[PRIVACY_HASH_BYTES])
{
	if (HMAC(EVP_sha256(), key, (int)key_len, data, len, out, NULL) == NULL)
		panic("HMAC-SHA-256 is not available in the cryptographic library");
}

/* --- the file ------------------------------------------------------------------------------------
 */

static void derive(struct privacy_key *key, const char *secret, size_t len)
{
	static const struct {
		const char *use;
		size_t offset;
	} uses[] = {
		{"vestnik-key-id", offsetof(struct privacy_key, id)},
		{"vestnik-numbers", offsetof(struct privacy_key, numbers)},
		{"vestnik-seals", offsetof(struct privacy_key, seals)},
		{"vestnik-acts", offsetof(struct privacy_key, acts)},
	};

	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		seal_derive(secret, len, uses[i].use, (uint8_t *)key + uses[i].offset);
}

bool privacy_key_load(const char *path, struct privacy_key **out, struct err *err)
{
	char secret[KEY_FILE_TEXT_MAX + 1];
	size_t len = 0;
	bool ok;

	*out = NULL;
	if (path[0] == '\0')
		return true;
	ok = key_file_read(path, secret, &len, err);
	if (ok) {
		*out = mem_calloc(1, sizeof(**out));
		derive(*out, secret, len);
	}
	OPENSSL_cleanse(secret, sizeof(secret));
	return ok;
}

void privacy_key_free(struct privacy_key **key)
{
	if (*key == NULL)
		return;
	OPENSSL_cleanse(*key, sizeof(**key));
	mem_free(*key);
	*key = NULL;
}

/* --- hashes --------------------------------------------------------------------------------------
 */

const uint8_t *privacy_key_id(const struct privacy_key *key)
{
	return key->id;
}

void privacy_hash_number(const struct privacy_key *key, int64_t msisdn,
			 uint8_t out[PRIVACY_HASH_BYTES])
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRId64, msisdn);

	hmac(key->numbers, sizeof(key->numbers), digits, (size_t)len, out);
}

int64_t privacy_pseudonym(const struct privacy_key *key, int64_t msisdn)
{
	uint8_t hash[PRIVACY_HASH_BYTES];
	uint64_t bits = 0;

	privacy_hash_number(key, msisdn, hash);
	for (size_t i = 0; i < sizeof(bits); i++)
		bits = bits << 8 | hash[i];
	return -(int64_t)(bits >> 2) - 1;
}

void privacy_sign(const struct privacy_key *key, const uint8_t digest[PRIVACY_HASH_BYTES],
		  uint8_t out[PRIVACY_HASH_BYTES])
{
	hmac(key->acts, sizeof(key->acts), digest, PRIVACY_HASH_BYTES, out);
}

/* --- seals ---------------------------------------------------------------------------------------
 */

bool privacy_seal(const struct privacy_key *key, const void *text, size_t len, struct buf *out,
		  struct err *err)
{
	return seal_close(key->seals, "", text, len, out, err);
}

bool privacy_unseal(const struct privacy_key *key, const void *sealed, size_t len, struct buf *out,
		    struct err *err)
{
	return seal_open(key->seals, "", sealed, len, out, err);
}
