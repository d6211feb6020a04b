/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* id_token - see id_token.h: what is claimed. */
#include "apid/id_token.h"

#include <cjson/cJSON.h>
#include <openssl/crypto.h>
#include <string.h>

#include "apid/id_token_sign.h"
#include "common/base/mem.h"

#define SKEW_S	      60  /* clocks differ */
#define AGE_MAX_S     600 /* it was made for this sign-in, which takes no longer */
#define SUBJECT_BYTES 255
#define VALUE_BYTES   400
#define TIME_MAX      9e15

static const char *text_of(const cJSON *claims, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(claims, name));
}

static bool time_of(const cJSON *claims, const char *name, int64_t *out)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(claims, name);

	if (!cJSON_IsNumber(item) || !(item->valuedouble > 0 && item->valuedouble < TIME_MAX))
		return false;
	*out = (int64_t)item->valuedouble;
	return true;
}

static bool refuse(struct err *err, const char *why)
{
	return err_set(err, ERR_INPUT, "the ID token is refused: %s", why);
}

static bool is(const char *text, const char *wanted)
{
	return text != NULL && strcmp(text, wanted) == 0;
}

/* --- for whom, when ----------------------------------------------------------------------------
 */

/* One audience, us; or several, and then azp says that it was made for us. */
static bool check_audience(const cJSON *claims, const char *client_id, struct err *err)
{
	const cJSON *aud = cJSON_GetObjectItemCaseSensitive(claims, "aud");
	const cJSON *azp = cJSON_GetObjectItemCaseSensitive(claims, "azp");
	bool ours = is(cJSON_GetStringValue(aud), client_id);
	const cJSON *item;

	if (cJSON_IsArray(aud))
		cJSON_ArrayForEach(item, aud) ours =
			ours || is(cJSON_GetStringValue(item), client_id);
	if (!ours)
		return refuse(err, "aud: it is meant for somebody else");
	if (cJSON_IsArray(aud) && cJSON_GetArraySize(aud) > 1 && azp == NULL)
		return refuse(err, "azp: it is meant for several and does not say for whom");
	if (azp != NULL && !is(cJSON_GetStringValue(azp), client_id))
		return refuse(err, "azp: it was given to somebody else");
	return true;
}

static bool check_times(const cJSON *claims, int64_t now_s, struct err *err)
{
	int64_t exp, iat, nbf;

	if (!time_of(claims, "exp", &exp) || exp <= now_s - SKEW_S)
		return refuse(err, "exp: it is over");
	if (!time_of(claims, "iat", &iat) || iat > now_s + SKEW_S || iat < now_s - AGE_MAX_S)
		return refuse(err, "iat: it was not made just now; are the clocks right?");
	if (cJSON_HasObjectItem(claims, "nbf") &&
	    (!time_of(claims, "nbf", &nbf) || nbf > now_s + SKEW_S))
		return refuse(err, "nbf: it does not hold yet");
	return true;
}

static bool check_nonce(const cJSON *claims, const char *nonce, struct err *err)
{
	const char *said = text_of(claims, "nonce");

	if (said == NULL || strlen(said) != strlen(nonce) ||
	    CRYPTO_memcmp(said, nonce, strlen(nonce)) != 0)
		return refuse(err, "nonce: it belongs to another sign-in");
	return true;
}

/* --- who ---------------------------------------------------------------------------------------
 */

static char *copy_claim(const cJSON *claims, const char *name)
{
	const char *text = name[0] != '\0' ? text_of(claims, name) : NULL;

	return text != NULL && text[0] != '\0' && strlen(text) <= VALUE_BYTES ? mem_strdup(text)
									      : NULL;
}

static void take_groups(const cJSON *claims, const char *name, struct id_token *out)
{
	const cJSON *groups = cJSON_GetObjectItemCaseSensitive(claims, name);
	const cJSON *item;

	out->groups = mem_calloc(ID_TOKEN_GROUPS_MAX, sizeof(*out->groups));
	if (cJSON_IsString(groups))
		out->groups[out->group_count++] = mem_strdup(groups->valuestring);
	if (!cJSON_IsArray(groups))
		return;
	cJSON_ArrayForEach(item, groups)
	{
		if (cJSON_IsString(item) && out->group_count < ID_TOKEN_GROUPS_MAX)
			out->groups[out->group_count++] = mem_strdup(item->valuestring);
	}
}

static bool take_claims(const cJSON *claims, const struct id_token_wanted *w, struct id_token *out,
			struct err *err)
{
	const char *subject = text_of(claims, "sub");

	if (!is(text_of(claims, "iss"), w->issuer))
		return refuse(err, "iss: somebody else made it");
	if (!check_audience(claims, w->client_id, err) || !check_times(claims, w->now_s, err) ||
	    !check_nonce(claims, w->nonce, err))
		return false;
	if (subject == NULL || subject[0] == '\0' || strlen(subject) > SUBJECT_BYTES)
		return refuse(err, "sub: it names nobody");
	out->subject = mem_strdup(subject);
	out->login = copy_claim(claims, w->login_claim);
	out->name = copy_claim(claims, w->name_claim);
	take_groups(claims, w->groups_claim, out);
	return true;
}

enum id_token_end id_token_read(const char *token, const char *keys,
				const struct id_token_wanted *wanted, struct id_token *out,
				struct err *err)
{
	enum id_token_end end;
	cJSON *claims = NULL;

	*out = (struct id_token){0};
	if (strlen(token) > ID_TOKEN_BYTES_MAX) {
		refuse(err, "it is too long");
		return ID_TOKEN_BAD;
	}
	end = id_token_open(token, keys, &claims, err);
	if (end == ID_TOKEN_GOOD && !take_claims(claims, wanted, out, err))
		end = ID_TOKEN_BAD;
	cJSON_Delete(claims);
	return end;
}

void id_token_free(struct id_token *t)
{
	mem_free(t->subject);
	mem_free(t->login);
	mem_free(t->name);
	for (size_t i = 0; i < t->group_count; i++)
		mem_free(t->groups[i]);
	mem_free(t->groups);
	*t = (struct id_token){0};
}
