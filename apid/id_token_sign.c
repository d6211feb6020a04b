/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* id_token_sign - see id_token_sign.h. */
#include "apid/id_token_sign.h"

#include <cjose/cjose.h>
#include <cjson/cJSON.h>
#include <string.h>

#define RSA_BITS_MIN 2048
#define CLAIMS_MAX   (64 * 1024)

static const struct algorithm {
	const char *alg, *kty, *crv;
} algorithms[] = {
	{"RS256", "RSA", NULL},
	{"ES256", "EC", "P-256"},
};

static enum id_token_end token_err(struct err *err, const char *why)
{
	err_set(err, ERR_INPUT, "the ID token is refused: %s", why);
	return ID_TOKEN_BAD;
}

static const char *text_of(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static bool is(const char *text, const char *wanted)
{
	return text != NULL && strcmp(text, wanted) == 0;
}

/* --- keys --------------------------------------------------------------------------------------
 */

/* Whether a key of the set is one that makes such signatures; what it does not say of itself is no
 * obstacle, but its kind is. */
static bool fits(const cJSON *key, const struct algorithm *a, const char *kid)
{
	const char *use = text_of(key, "use"), *alg = text_of(key, "alg");

	return is(text_of(key, "kty"), a->kty) &&
	       (a->crv == NULL || is(text_of(key, "crv"), a->crv)) &&
	       (use == NULL || strcmp(use, "sig") == 0) &&
	       (alg == NULL || strcmp(alg, a->alg) == 0) &&
	       (kid == NULL || is(text_of(key, "kid"), kid));
}

/* The one key; a token that names none needs a set with one that fits. */
static const cJSON *find_key(const cJSON *set, const struct algorithm *a, const char *kid)
{
	const cJSON *found = NULL, *key;
	size_t count = 0;

	cJSON_ArrayForEach(key, cJSON_GetObjectItemCaseSensitive(set, "keys"))
	{
		if (!fits(key, a, kid))
			continue;
		found = key;
		count++;
	}
	return count == 1 ? found : NULL;
}

static cjose_jwk_t *import_key(const cJSON *key)
{
	char *text = cJSON_PrintUnformatted(key);
	cjose_err cerr;
	cjose_jwk_t *jwk = NULL;

	if (text != NULL)
		jwk = cjose_jwk_import(text, strlen(text), &cerr);
	cJSON_free(text);
	if (jwk != NULL && cjose_jwk_get_kty(jwk, &cerr) == CJOSE_JWK_KTY_RSA &&
	    cjose_jwk_get_keysize(jwk, &cerr) < RSA_BITS_MIN) {
		cjose_jwk_release(jwk);
		jwk = NULL;
	}
	return jwk;
}

/* --- the token ---------------------------------------------------------------------------------
 */

static const struct algorithm *algorithm_of(cjose_header_t *header)
{
	cjose_err cerr;
	const char *alg = cjose_header_get(header, CJOSE_HDR_ALG, &cerr);

	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (is(alg, algorithms[i].alg))
			return &algorithms[i];
	return NULL;
}

/* What a reader must understand (RFC 7515, 4.1.11): nothing is understood here. */
static bool has_conditions(cjose_header_t *header)
{
	cjose_err cerr;
	char *crit = cjose_header_get_raw(header, "crit", &cerr);

	if (crit != NULL)
		cjose_get_dealloc()(crit);
	return crit != NULL;
}

static bool read_claims(cjose_jws_t *jws, cJSON **claims_out)
{
	uint8_t *text = NULL;
	cjose_err cerr;
	size_t len = 0;

	if (!cjose_jws_get_plaintext(jws, &text, &len, &cerr) || len > CLAIMS_MAX)
		return false;
	*claims_out = cJSON_ParseWithLength((const char *)text, len);
	return cJSON_IsObject(*claims_out);
}

static enum id_token_end verify(cjose_jws_t *jws, const cJSON *set, cJSON **claims_out,
				struct err *err)
{
	cjose_header_t *header = cjose_jws_get_protected(jws);
	const struct algorithm *a = algorithm_of(header);
	cjose_err cerr;
	const char *kid = cjose_header_get(header, CJOSE_HDR_KID, &cerr);
	const cJSON *key;
	cjose_jwk_t *jwk;
	bool right;

	if (a == NULL)
		return token_err(err, "alg: it is signed by neither RS256 nor ES256");
	if (has_conditions(header))
		return token_err(err, "crit: it has conditions nobody here knows");
	key = find_key(set, a, kid);
	if (key == NULL) {
		token_err(err, "kid: the provider has no such key");
		return ID_TOKEN_KEY_UNKNOWN;
	}
	jwk = import_key(key);
	if (jwk == NULL)
		return token_err(err,
				 "the provider's key cannot be used, or has less than 2048 bits");
	right = cjose_jws_verify(jws, jwk, &cerr);
	cjose_jwk_release(jwk);
	if (!right)
		return token_err(err, "the signature is not the provider's");
	return read_claims(jws, claims_out) ? ID_TOKEN_GOOD : token_err(err, "it claims nothing");
}

enum id_token_end id_token_open(const char *token, const char *keys, cJSON **claims_out,
				struct err *err)
{
	cJSON *set = cJSON_Parse(keys);
	enum id_token_end end;
	cjose_err cerr;
	cjose_jws_t *jws = cjose_jws_import(token, strlen(token), &cerr);

	*claims_out = NULL;
	if (jws == NULL)
		end = token_err(err, "it is no JWS, or signed in a way nobody here knows");
	else if (!cJSON_IsObject(set))
		end = token_err(err, "the provider's set of keys cannot be read");
	else
		end = verify(jws, set, claims_out, err);
	cjose_jws_release(jws);
	cJSON_Delete(set);
	return end;
}
