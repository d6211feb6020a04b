/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* seal - see seal.h. */
#include "common/store/seal.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define NONCE_BYTES 12
#define TAG_BYTES   16
_Static_assert(SEAL_EXTRA_BYTES == NONCE_BYTES + TAG_BYTES, "sizes");

void seal_derive(const void *secret, size_t len, const char *use, uint8_t out[SEAL_KEY_BYTES])
{
	if (HMAC(EVP_sha256(), secret, (int)len, (const uint8_t *)use, strlen(use), out, NULL) ==
	    NULL)
		panic("HMAC-SHA-256 is not available in the cryptographic library");
}

bool seal_close(const uint8_t key[SEAL_KEY_BYTES], const char *about, const void *text, size_t len,
		struct buf *out, struct err *err)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t *to = (uint8_t *)buf_reserve(out, NONCE_BYTES + len + TAG_BYTES);
	int n = 0, last = 0;
	bool ok =
		to != NULL && ctx != NULL && RAND_bytes(to, NONCE_BYTES) == 1 &&
		EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, to) == 1 &&
		EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)about, (int)strlen(about)) == 1 &&
		EVP_EncryptUpdate(ctx, to + NONCE_BYTES, &n, text, (int)len) == 1 &&
		EVP_EncryptFinal_ex(ctx, to + NONCE_BYTES + n, &last) == 1 &&
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, to + NONCE_BYTES + len) ==
			1;

	EVP_CIPHER_CTX_free(ctx);
	if (!ok)
		return err_set(err, ERR_LIMIT, "a text of %zu octets could not be sealed", len);
	out->len += NONCE_BYTES + len + TAG_BYTES;
	return true;
}

bool seal_open(const uint8_t key[SEAL_KEY_BYTES], const char *about, const void *sealed, size_t len,
	       struct buf *out, struct err *err)
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
	     EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, from) == 1 &&
	     EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)about, (int)strlen(about)) == 1 &&
	     EVP_DecryptUpdate(ctx, to, &n, from + NONCE_BYTES, (int)text_len) == 1 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 &&
	     EVP_DecryptFinal_ex(ctx, to + n, &last) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (!ok)
		return err_set(err, ERR_INPUT, "it was sealed with another key, or changed since");
	out->len += text_len;
	return true;
}

/* --- files ---------------------------------------------------------------------------------------
 */

static bool read_key(FILE *file, const char *path, char *out, size_t *len_out, struct err *err)
{
	struct stat st;
	size_t len;

	if (fstat(fileno(file), &st) != 0)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	if ((st.st_mode & S_IRWXO) != 0)
		return err_set(err, ERR_INPUT, "%s: everybody may read it; chmod 640 it", path);
	len = fread(out, 1, KEY_FILE_TEXT_MAX + 1, file);
	if (ferror(file))
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	while (len > 0 && (out[len - 1] == '\n' || out[len - 1] == '\r'))
		len--;
	if (len < KEY_FILE_TEXT_MIN || len > KEY_FILE_TEXT_MAX)
		return err_set(err, ERR_INPUT,
			       "%s: found %zu octets; expected a secret of %d to %d, as "
			       "openssl rand -hex 32 writes it",
			       path, len, KEY_FILE_TEXT_MIN, KEY_FILE_TEXT_MAX);
	out[len] = '\0';
	*len_out = len;
	return true;
}

bool key_file_read(const char *path, char out[KEY_FILE_TEXT_MAX + 1], size_t *len_out,
		   struct err *err)
{
	FILE *file = fopen(path, "re");
	bool ok;

	if (file == NULL)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	ok = read_key(file, path, out, len_out, err);
	fclose(file);
	return ok;
}
