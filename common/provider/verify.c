/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* verify - see verify.h. */
#include "common/provider/verify.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/provider/fill.h"

#define TEXT_BYTES_MAX (512 * 1024)
#define FIELDS_MAX     200 /* of a form that is signed */

struct verifying {
	const struct provider_profile *p;
	const struct config_pairs *values;
	const struct provider_call *call;
	const char *time;
};

static const char *header(const struct verifying *v, const char *name)
{
	return v->call->header(v->call->arg, name);
}

static const char *value_of(void *arg, const char *name)
{
	const struct verifying *v = arg;

	if (strcmp(name, "body") == 0)
		return v->call->body;
	if (strcmp(name, "time") == 0)
		return v->time != NULL ? v->time : "";
	return config_pairs_find(v->values, name);
}

/* The profile was checked: every name has a value. */
static void fill(struct verifying *v, struct buf *out, const char *text)
{
	char unknown[FILL_NAME_MAX];

	buf_init(out, TEXT_BYTES_MAX);
	(void)fill_text(out, text, FILL_PLAIN, value_of, v, unknown);
}

static void wipe(struct buf *b)
{
	if (b->data != NULL)
		OPENSSL_cleanse(b->data, b->len);
	buf_deinit(b);
}

/* Digests are of one length, whatever the texts are. */
bool verify_same(const char *a, const char *b)
{
	unsigned char x[SHA256_DIGEST_LENGTH], y[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)a, strlen(a), x);
	SHA256((const unsigned char *)b, strlen(b), y);
	return CRYPTO_memcmp(x, y, sizeof(x)) == 0;
}

static void put_base64(struct buf *out, const unsigned char *data, size_t len)
{
	char *at = buf_reserve(out, 4 * ((len + 2) / 3) + 1);

	if (at != NULL)
		out->len += (size_t)EVP_EncodeBlock((unsigned char *)at, data, (int)len);
}

static bool same_as_filled(struct verifying *v, const char *came, const char *text)
{
	struct buf wanted;
	bool same;

	fill(v, &wanted, text);
	same = came != NULL && verify_same(came, buf_str(&wanted));
	wipe(&wanted);
	return same;
}

/* RFC 7617. */
static bool verify_basic(struct verifying *v)
{
	const struct profile_verify_part *part = &v->p->verify;
	const char *came = header(v, "authorization");
	struct buf user, secret, pair, wanted;
	bool same;

	fill(v, &user, part->user);
	fill(v, &secret, part->secret);
	buf_init(&pair, TEXT_BYTES_MAX);
	buf_printf(&pair, "%s:%s", buf_str(&user), buf_str(&secret));
	buf_init(&wanted, TEXT_BYTES_MAX);
	buf_add_str(&wanted, "Basic ");
	put_base64(&wanted, (const unsigned char *)buf_str(&pair), pair.len);
	same = came != NULL && verify_same(came, buf_str(&wanted));
	wipe(&user);
	wipe(&secret);
	wipe(&pair);
	wipe(&wanted);
	return same;
}

/* The digest of `text` keyed by the profile's secret, as `form` writes it. */
static void digest(struct verifying *v, const EVP_MD *md, int form, const struct buf *text,
		   struct buf *out)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	struct buf key;

	fill(v, &key, v->p->verify.secret);
	if (HMAC(md, buf_str(&key), (int)key.len, (const unsigned char *)buf_str(text), text->len,
		 sum, &len) == NULL)
		panic("HMAC failed");
	wipe(&key);
	if (form == DIGEST_BASE64)
		put_base64(out, sum, len);
	else
		for (unsigned int i = 0; i < len; i++)
			buf_printf(out, "%02x", sum[i]);
}

static bool is_fresh(const char *time, int64_t now_s)
{
	char *end;
	long long said = strtoll(time, &end, 10);

	return *time != '\0' && *end == '\0' && said >= now_s - VERIFY_SKEW_S &&
	       said <= now_s + VERIFY_SKEW_S;
}

static bool verify_hmac(struct verifying *v, int64_t now_s)
{
	const struct profile_verify_part *part = &v->p->verify;
	const EVP_MD *digests[] = {EVP_sha1(), EVP_sha256(), EVP_sha512()};
	const char *came = header(v, part->name);
	struct buf text, wanted;
	bool same;

	if (part->time[0] != '\0') {
		v->time = header(v, part->time);
		if (v->time == NULL || !is_fresh(v->time, now_s))
			return false;
	}
	fill(v, &text, part->signed_text);
	buf_init(&wanted, TEXT_BYTES_MAX);
	digest(v, digests[part->digest], part->form, &text, &wanted);
	same = came != NULL && !text.overflow && verify_same(came, buf_str(&wanted));
	buf_deinit(&text);
	buf_deinit(&wanted);
	return same;
}

/* --- Twilio ------------------------------------------------------------------------------------
 */

struct field {
	char *name, *value;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct field *)a)->name, ((const struct field *)b)->name);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A piece of a form, decoded. */
static char *decode(const char *at, size_t len)
{
	char *out = mem_alloc(len + 1), *to = out;

	for (size_t i = 0; i < len; i++) {
		if (at[i] == '%' && i + 2 < len && hex(at[i + 1]) >= 0 && hex(at[i + 2]) >= 0) {
			*to++ = (char)(hex(at[i + 1]) << 4 | hex(at[i + 2]));
			i += 2;
		} else {
			*to++ = at[i] == '+' ? ' ' : at[i];
		}
	}
	*to = '\0';
	return out;
}

static size_t read_form(const char *body, size_t len, struct field fields[FIELDS_MAX])
{
	const char *at = body, *end = body + len;
	size_t count = 0;

	while (at < end && count < FIELDS_MAX) {
		const char *stop = memchr(at, '&', (size_t)(end - at));
		const char *equals;

		if (stop == NULL)
			stop = end;
		equals = memchr(at, '=', (size_t)(stop - at));
		if (equals == NULL)
			equals = stop;
		fields[count].name = decode(at, (size_t)(equals - at));
		fields[count++].value = equals < stop
						? decode(equals + 1, (size_t)(stop - equals - 1))
						: mem_strdup("");
		at = stop + 1;
	}
	return count;
}

/* The URL, then every field's name and value, in the order of names. */
static bool verify_twilio(struct verifying *v)
{
	struct field fields[FIELDS_MAX];
	const char *came = header(v, "x-twilio-signature");
	size_t count = v->call->form ? read_form(v->call->body, v->call->len, fields) : 0;
	struct buf text, wanted;
	bool same;

	qsort(fields, count, sizeof(*fields), by_name);
	buf_init(&text, TEXT_BYTES_MAX);
	buf_init(&wanted, TEXT_BYTES_MAX);
	buf_add_str(&text, v->call->url);
	for (size_t i = 0; i < count; i++) {
		buf_add_str(&text, fields[i].name);
		buf_add_str(&text, fields[i].value);
		mem_free(fields[i].name);
		mem_free(fields[i].value);
	}
	digest(v, EVP_sha1(), DIGEST_BASE64, &text, &wanted);
	same = came != NULL && !text.overflow && verify_same(came, buf_str(&wanted));
	buf_deinit(&text);
	buf_deinit(&wanted);
	return same;
}

bool provider_call_verify(const struct provider_profile *p, const struct config_pairs *values,
			  const struct provider_call *call, int64_t now_s)
{
	struct verifying v = {.p = p, .values = values, .call = call};

	switch ((enum profile_verify)p->verify.kind) {
	case VERIFY_BASIC:
		return verify_basic(&v);
	case VERIFY_HEADER:
		return same_as_filled(&v, header(&v, p->verify.name), p->verify.value);
	case VERIFY_HMAC:
		return verify_hmac(&v, now_s);
	case VERIFY_TWILIO:
		return verify_twilio(&v);
	case VERIFY_NONE:
		break;
	}
	return true;
}
