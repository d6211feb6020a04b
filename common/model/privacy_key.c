/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* privacy_key - see privacy_key.h. */
#include "common/model/privacy_key.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/mem.h"

#define SECRET_BYTES_MIN 32
#define SECRET_BYTES_MAX 4096
#define NONCE_BYTES	 12
#define TAG_BYTES	 16

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
		hmac(secret, len, uses[i].use, strlen(uses[i].use),
		     (uint8_t *)key + uses[i].offset);
}

static bool read_secret(FILE *file, const char *path, char *out, size_t *len_out, struct err *err)
{
	struct stat st;
	size_t len;

	if (fstat(fileno(file), &st) != 0)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	if ((st.st_mode & S_IRWXO) != 0)
		return err_set(err, ERR_INPUT, "%s: everybody may read it; chmod 640 it", path);
	len = fread(out, 1, SECRET_BYTES_MAX + 1, file);
	if (ferror(file))
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	while (len > 0 && (out[len - 1] == '\n' || out[len - 1] == '\r'))
		len--;
	if (len < SECRET_BYTES_MIN || len > SECRET_BYTES_MAX)
		return err_set(err, ERR_INPUT,
			       "%s: found %zu octets; expected a secret of %d to %d, as "
			       "openssl rand -hex 32 writes it",
			       path, len, SECRET_BYTES_MIN, SECRET_BYTES_MAX);
	*len_out = len;
	return true;
}

bool privacy_key_load(const char *path, struct privacy_key **out, struct err *err)
{
	char secret[SECRET_BYTES_MAX + 1];
	size_t len = 0;
	FILE *file;
	bool ok;

	*out = NULL;
	if (path[0] == '\0')
		return true;
	file = fopen(path, "re");
	if (file == NULL)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	ok = read_secret(file, path, secret, &len, err);
	fclose(file);
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
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t *to = (uint8_t *)buf_reserve(out, NONCE_BYTES + len + TAG_BYTES);
	int n = 0, last = 0;
	bool ok = to != NULL && ctx != NULL && RAND_bytes(to, NONCE_BYTES) == 1 &&
		  EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->seals, to) == 1 &&
		  EVP_EncryptUpdate(ctx, to + NONCE_BYTES, &n, text, (int)len) == 1 &&
		  EVP_EncryptFinal_ex(ctx, to + NONCE_BYTES + n, &last) == 1 &&
		  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_BYTES,
				      to + NONCE_BYTES + len) == 1;

	EVP_CIPHER_CTX_free(ctx);
	if (!ok)
		return err_set(err, ERR_LIMIT, "a text of %zu octets could not be sealed", len);
	out->len += NONCE_BYTES + len + TAG_BYTES;
	return true;
}

bool privacy_unseal(const struct privacy_key *key, const void *sealed, size_t len, struct buf *out,
		    struct err *err)
{
	const uint8_t *from = sealed;
	size_t text_len = len - NONCE_BYTES - TAG_BYTES;
	uint8_t tag[TAG_BYTES];
	EVP_CIPHER_CTX *ctx;
	uint8_t *to;
	int n = 0, last = 0;
	bool ok;

	if (len < NONCE_BYTES + TAG_BYTES)
		return err_set(err, ERR_INPUT, "what was sealed is cut short");
	memcpy(tag, from + NONCE_BYTES + text_len, TAG_BYTES);
	to = (uint8_t *)buf_reserve(out, text_len + 1);
	ctx = EVP_CIPHER_CTX_new();
	ok = to != NULL && ctx != NULL &&
	     EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->seals, from) == 1 &&
	     EVP_DecryptUpdate(ctx, to, &n, from + NONCE_BYTES, (int)text_len) == 1 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 &&
	     EVP_DecryptFinal_ex(ctx, to + n, &last) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (!ok)
		return err_set(err, ERR_INPUT, "it was sealed with another key, or changed since");
	out->len += text_len;
	return true;
}
