/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* audit_chain - see audit_chain.h. */
#include "common/model/audit_chain.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "common/base/err.h"

static EVP_MD_CTX *begin(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		panic("SHA-256 is not available in the cryptographic library");
	return ctx;
}

static void add(EVP_MD_CTX *ctx, const void *data, size_t len)
{
	if (EVP_DigestUpdate(ctx, data, len) != 1)
		panic("SHA-256 is not available in the cryptographic library");
}

static void end(EVP_MD_CTX *ctx, uint8_t out[AUDIT_HASH_BYTES])
{
	if (EVP_DigestFinal_ex(ctx, out, NULL) != 1)
		panic("SHA-256 is not available in the cryptographic library");
	EVP_MD_CTX_free(ctx);
}

static void add_field(EVP_MD_CTX *ctx, const char *text, size_t len)
{
	char head[24];

	if (text == NULL) {
		add(ctx, "-,", 2);
		return;
	}
	add(ctx, head, (size_t)snprintf(head, sizeof(head), "%zu:", len));
	add(ctx, text, len);
	add(ctx, ",", 1);
}

static void add_number(EVP_MD_CTX *ctx, int64_t number)
{
	char text[24];

	add_field(ctx, text, (size_t)snprintf(text, sizeof(text), "%" PRId64, number));
}

bool audit_entry_fields(struct audit_entry *e, const struct pg_result *rows, size_t i, int col)
{
	e->count = 0;
	if (pg_null(rows, i, col))
		return false;
	e->count = pg_text_array(rows, i, col, e->fields, e->lens, AUDIT_FIELDS_MAX);
	return true;
}

void audit_hash(const uint8_t before[AUDIT_HASH_BYTES], const struct audit_entry *e,
		uint8_t out[AUDIT_HASH_BYTES])
{
	EVP_MD_CTX *ctx = begin();

	add(ctx, before, AUDIT_HASH_BYTES);
	add_number(ctx, e->number);
	add_number(ctx, e->log);
	add_number(ctx, e->id);
	for (size_t i = 0; i < e->count; i++)
		add_field(ctx, e->fields[i], e->lens[i]);
	end(ctx, out);
}

void audit_anchor_sign(const struct privacy_key *key, const struct audit_anchor *a,
		       uint8_t out[PRIVACY_HASH_BYTES])
{
	const char *kind = a->cut ? "audit-cut" : "audit-anchor";
	uint8_t digest[AUDIT_HASH_BYTES];
	EVP_MD_CTX *ctx = begin();

	add_field(ctx, kind, strlen(kind));
	add_number(ctx, a->no);
	add_number(ctx, a->number);
	add(ctx, a->hash, AUDIT_HASH_BYTES);
	add_number(ctx, a->at_us);
	end(ctx, digest);
	privacy_sign(key, digest, out);
}

const char *audit_hex(const uint8_t hash[AUDIT_HASH_BYTES], char out[AUDIT_HEX_SIZE])
{
	for (size_t i = 0; i < AUDIT_HASH_BYTES; i++)
		(void)snprintf(out + i * 2, 3, "%02x", hash[i]);
	return out;
}
