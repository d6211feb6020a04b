/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* oidc - see oidc.h: what is known of the provider, and asking it. */
#include "apid/oidc.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <string.h>

#include "apid/secret_file.h"
#include "common/base/clock.h"
#include "common/base/daemon.h"
#include "common/base/mem.h"
#include "common/provider/transfer.h"

#define KNOWN_MS      3600000
#define KEYS_AGAIN_MS 30000
#define BREAK_MS      15000
#define WELL_KNOWN    "/.well-known/openid-configuration"

struct oidc {
	const struct oidc_config *config;
	char *secret;
	struct transfer_rules rules;
	bool plain;	      /* the issuer is on this very host, for trying things out */
	pthread_mutex_t lock; /* over what follows; never held over a question */
	char *authorization, *token, *jwks;
	uint64_t known_ms; /* until then they count */
	char *keys;
	uint64_t keys_again_ms; /* they are not asked for anew before */
	uint64_t down_until_ms;
};

const struct oidc_config *oidc_settings(const struct oidc *o)
{
	return o->config;
}

/* --- asking ------------------------------------------------------------------------------------
 */

static bool is_down(struct oidc *o, struct err *err)
{
	bool down;

	pthread_mutex_lock(&o->lock);
	down = clock_mono_ms() < o->down_until_ms;
	pthread_mutex_unlock(&o->lock);
	return down && !err_set(err, ERR_TIMEOUT,
				"the OpenID Connect provider did not serve "
				"a moment ago");
}

static void broke(struct oidc *o)
{
	pthread_mutex_lock(&o->lock);
	o->down_until_ms = clock_mono_ms() + BREAK_MS;
	pthread_mutex_unlock(&o->lock);
}

static int on_progress(void *arg, curl_off_t total, curl_off_t now, curl_off_t up, curl_off_t sent)
{
	(void)arg, (void)total, (void)now, (void)up, (void)sent;
	return daemon_stopping();
}

/* t->request is composed; true: a 200 with its JSON in *out.  The provider is one that the
 * configuration names, so its documents are not read as strangers' are: discovery has more members
 * than json.h takes. */
static bool ask(struct oidc *o, struct transfer *t, int method, cJSON **out, struct err *err)
{
	if (is_down(o, err))
		return false;
	transfer_begin(t, method, o->plain, o->config->timeout_ms);
	curl_easy_setopt(t->easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(t->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	if (transfer_end(t, curl_easy_perform(t->easy)) != TRANSFER_ANSWERED) {
		broke(o);
		return err_set(err, ERR_IO, "the OpenID Connect provider: %s", t->reason);
	}
	if (t->status >= 500)
		broke(o);
	if (t->status != 200)
		return err_set(err, t->status >= 500 ? ERR_IO : ERR_REFUSED,
			       "the OpenID Connect provider answered HTTP %d", t->status);
	*out = cJSON_ParseWithLength(buf_str(&t->body), t->body.len);
	if (!cJSON_IsObject(*out)) {
		cJSON_Delete(*out);
		*out = NULL;
		return err_set(err, ERR_INPUT, "the OpenID Connect provider answered no JSON");
	}
	return true;
}

static bool get(struct oidc *o, const char *url, size_t len, const char *more, cJSON **out,
		struct err *err)
{
	struct transfer t;
	bool ok;

	transfer_init(&t, &o->rules);
	buf_printf(&t.request.url, "%.*s%s", (int)len, url, more);
	buf_add_str(&t.request.headers, "Accept: application/json\n");
	ok = ask(o, &t, METHOD_GET, out, err);
	transfer_deinit(&t);
	return ok;
}

/* --- what it publishes -------------------------------------------------------------------------
 */

static const char *text_of(const cJSON *doc, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, name));
}

static bool is_address(const struct oidc *o, const char *text)
{
	return text != NULL && (strncmp(text, "https://", 8) == 0 ||
				(o->plain && strncmp(text, "http://", 7) == 0));
}

static void put(char **where, const char *text)
{
	mem_free(*where);
	*where = mem_strdup(text);
}

static bool take_document(struct oidc *o, const cJSON *doc, struct err *err)
{
	const char *issuer = text_of(doc, "issuer");
	const char *authorization = text_of(doc, "authorization_endpoint");
	const char *token = text_of(doc, "token_endpoint"), *jwks = text_of(doc, "jwks_uri");

	if (issuer == NULL || strcmp(issuer, o->config->issuer) != 0)
		return err_set(err, ERR_INPUT,
			       "the OpenID Connect provider says another issuer of itself than "
			       "oidc.issuer is");
	if (!is_address(o, authorization) || !is_address(o, token) || !is_address(o, jwks))
		return err_set(err, ERR_INPUT,
			       "the OpenID Connect provider does not say its addresses, or not "
			       "with https://");
	pthread_mutex_lock(&o->lock);
	put(&o->authorization, authorization);
	put(&o->token, token);
	put(&o->jwks, jwks);
	o->known_ms = clock_mono_ms() + KNOWN_MS;
	pthread_mutex_unlock(&o->lock);
	return true;
}

static bool get_document(struct oidc *o, cJSON **out, struct err *err)
{
	const char *issuer = o->config->issuer;
	size_t len = strlen(issuer);

	return get(o, issuer, issuer[len - 1] == '/' ? len - 1 : len, WELL_KNOWN, out, err);
}

/* A copy of one of its addresses, asked for when it is not known; what was known longer ago than an
 * hour serves when it cannot be. */
static bool address(struct oidc *o, char *const *which, char **out, struct err *err)
{
	cJSON *doc = NULL;
	bool fresh;

	pthread_mutex_lock(&o->lock);
	fresh = clock_mono_ms() < o->known_ms;
	pthread_mutex_unlock(&o->lock);
	if (!fresh && get_document(o, &doc, err))
		(void)take_document(o, doc, err);
	cJSON_Delete(doc);
	pthread_mutex_lock(&o->lock);
	*out = mem_strdup(*which);
	pthread_mutex_unlock(&o->lock);
	return *out != NULL; /* else err says why */
}

bool oidc_authorization_endpoint(struct oidc *o, char **out, struct err *err)
{
	return address(o, &o->authorization, out, err);
}

/* --- keys --------------------------------------------------------------------------------------
 */

static bool fetch_keys(struct oidc *o, struct err *err)
{
	char *url = NULL, *text;
	cJSON *doc = NULL;
	bool ok;

	ok = address(o, &o->jwks, &url, err) && get(o, url, strlen(url), "", &doc, err);
	mem_free(url);
	if (!ok)
		return false;
	text = cJSON_PrintUnformatted(doc);
	pthread_mutex_lock(&o->lock);
	put(&o->keys, text);
	pthread_mutex_unlock(&o->lock);
	cJSON_free(text);
	cJSON_Delete(doc);
	return true;
}

bool oidc_keys(struct oidc *o, bool anew, char **out, struct err *err)
{
	uint64_t now = clock_mono_ms();
	bool fetch;

	pthread_mutex_lock(&o->lock);
	fetch = o->keys == NULL || (anew && now >= o->keys_again_ms);
	if (fetch && anew)
		o->keys_again_ms = now + KEYS_AGAIN_MS;
	pthread_mutex_unlock(&o->lock);
	if (fetch && !fetch_keys(o, err))
		return false;
	pthread_mutex_lock(&o->lock);
	*out = mem_strdup(o->keys);
	pthread_mutex_unlock(&o->lock);
	return true;
}

/* --- a code ------------------------------------------------------------------------------------
 */

static void add_escaped(struct transfer *t, const char *text, struct buf *out)
{
	char *escaped = curl_easy_escape(t->easy, text, 0);

	buf_add_str(out, escaped != NULL ? escaped : "");
	curl_free(escaped);
}

/* The password in the header, both parts escaped first (RFC 6749, 2.3.1). */
static void add_secret(struct oidc *o, struct transfer *t)
{
	struct buf pair;

	buf_init(&pair, 8192);
	add_escaped(t, o->config->client_id, &pair);
	buf_add_char(&pair, ':');
	add_escaped(t, o->secret, &pair);
	curl_easy_setopt(t->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	curl_easy_setopt(t->easy, CURLOPT_USERPWD, buf_str(&pair));
	explicit_bzero(pair.data, pair.len);
	buf_deinit(&pair);
}

static void compose(struct oidc *o, struct transfer *t, const char *code, const char *verifier)
{
	struct buf *body = &t->request.body;

	buf_add_str(&t->request.headers, "Accept: application/json\n"
					 "Content-Type: application/x-www-form-urlencoded\n");
	buf_add_str(body, "grant_type=authorization_code&code=");
	add_escaped(t, code, body);
	buf_add_str(body, "&redirect_uri=");
	add_escaped(t, o->config->redirect_uri, body);
	buf_add_str(body, "&code_verifier=");
	add_escaped(t, verifier, body);
	if (o->secret[0] != '\0') {
		add_secret(o, t);
	} else {
		buf_add_str(body, "&client_id=");
		add_escaped(t, o->config->client_id, body);
	}
}

bool oidc_redeem(struct oidc *o, const char *code, const char *verifier, char **id_token_out,
		 struct err *err)
{
	struct transfer t;
	char *url = NULL;
	cJSON *doc = NULL;
	bool ok;

	if (!address(o, &o->token, &url, err))
		return false;
	transfer_init(&t, &o->rules);
	buf_add_str(&t.request.url, url);
	compose(o, &t, code, verifier);
	ok = ask(o, &t, METHOD_POST, &doc, err);
	if (ok && text_of(doc, "id_token") == NULL)
		ok = err_set(err, ERR_INPUT, "the OpenID Connect provider gave no ID token");
	if (ok)
		*id_token_out = mem_strdup(text_of(doc, "id_token"));
	cJSON_Delete(doc);
	transfer_deinit(&t);
	mem_free(url);
	return ok;
}

/* --- life --------------------------------------------------------------------------------------
 */

static bool check_issuer(const struct oidc_config *c, bool *plain_out, struct err *err)
{
	char host[REACH_HOST_SIZE];

	reach_host(c->issuer, host);
	*plain_out = strncmp(c->issuer, "http://", 7) == 0;
	if (*plain_out ? strcmp(host, "127.0.0.1") != 0 && strcmp(host, "::1") != 0 &&
				 strcmp(host, "localhost") != 0
		       : strncmp(c->issuer, "https://", 8) != 0)
		return err_set(err, ERR_INPUT,
			       "oidc.issuer: it begins with https://; http:// is for a provider on "
			       "this very host alone");
	return true;
}

static bool check(const struct oidc_config *c, bool *plain_out, struct err *err)
{
	static const char end[] = "/v1/session/oidc/callback";
	size_t len = strlen(c->redirect_uri);

	if (!check_issuer(c, plain_out, err))
		return false;
	if (c->client_id[0] == '\0')
		return err_set(err, ERR_INPUT, "oidc.client_id: the provider gives one");
	if (len <= sizeof(end) || strcmp(c->redirect_uri + len - (sizeof(end) - 1), end) != 0)
		return err_set(err, ERR_INPUT,
			       "oidc.redirect_uri: it is the address of Vestnik as browsers see "
			       "it, with %s behind it",
			       end);
	if (strstr(c->scopes, "openid") == NULL)
		return err_set(err, ERR_INPUT, "oidc.scopes: openid is among them");
	return true;
}

bool oidc_new(const struct oidc_config *c, struct oidc **out, struct err *err)
{
	struct oidc *o;
	char *secret = NULL;
	bool plain = false;

	*out = NULL;
	if (c->issuer[0] == '\0')
		return true;
	if (!check(c, &plain, err))
		return false;
	if (!secret_file_read(c->client_secret_file, &secret, err))
		return err_wrap(err, "oidc.client_secret_file");
	transfer_global_init();
	o = mem_calloc(1, sizeof(*o));
	o->config = c;
	o->secret = secret;
	o->plain = plain;
	o->rules = (struct transfer_rules){
		.allow_hosts = &c->allow_hosts, .ca_file = c->ca_file, .agent = "Vestnik"};
	pthread_mutex_init(&o->lock, NULL);
	*out = o;
	return true;
}

void oidc_free(struct oidc **o)
{
	if (*o == NULL)
		return;
	secret_file_free(&(*o)->secret);
	mem_free((*o)->authorization);
	mem_free((*o)->token);
	mem_free((*o)->jwks);
	mem_free((*o)->keys);
	pthread_mutex_destroy(&(*o)->lock);
	mem_free(*o);
	*o = NULL;
}
