/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* request - see request.h. */
#include "common/provider/request.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/provider/fill.h"
#include "common/sms/gsm.h"
#include "common/text/utf8.h"

#define URL_BYTES_MAX	 (64 * 1024)
#define BODY_BYTES_MAX	 (1024 * 1024)
#define HEADER_BYTES_MAX (16 * 1024)

/* What names are filled from, for one message of a request. */
struct filling {
	const struct provider_profile *p;
	const struct config_pairs *values;
	const struct provider_message *message;
	int64_t now_s;
	const char *body;		   /* NULL: not written yet */
	char number[PROVIDER_NUMBER_SIZE]; /* what the last number was written into */
	struct buf hex;			   /* what the last text was */
};

/* --- values
 * ------------------------------------------------------------------------------------------------
 */

static const char *write_number(struct filling *f, int64_t value)
{
	(void)snprintf(f->number, sizeof(f->number), "%" PRId64, value);
	return f->number;
}

/* A part of a unit is one, or a message would have no time at all. */
static const char *write_ttl(struct filling *f, int64_t unit_s)
{
	return write_number(f, (f->message->ttl_s + unit_s - 1) / unit_s);
}

const char *provider_number(const struct provider_profile *p,
			    const struct provider_message *message, char out[PROVIDER_NUMBER_SIZE])
{
	(void)snprintf(out, PROVIDER_NUMBER_SIZE, "%s%.20s",
		       p->send.number == NUMBER_PLUS ? "+" : "", message->to);
	return out;
}

static void add_octets(struct buf *out, const uint8_t *octets, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_printf(out, "%02x", octets[i]);
}

/* UTF-16, big end first (RFC 2781), or unpacked septets. */
static size_t encode(uint32_t c, bool ucs2, uint8_t out[4])
{
	if (!ucs2)
		return (size_t)gsm_encode(c, out);
	if (c >= 0x10000) {
		uint32_t high = 0xD800 + ((c - 0x10000) >> 10), low = 0xDC00 + (c & 0x3FF);

		out[0] = (uint8_t)(high >> 8);
		out[1] = (uint8_t)high;
		out[2] = (uint8_t)(low >> 8);
		out[3] = (uint8_t)low;
		return 4;
	}
	out[0] = (uint8_t)(c >> 8);
	out[1] = (uint8_t)c;
	return 2;
}

/* The text's octets as they go on the air. */
static const char *write_hex(struct filling *f)
{
	const char *at = f->message->text;
	const char *end = at + strlen(at);

	buf_reset(&f->hex);
	while (at < end) {
		uint8_t octets[4];

		add_octets(&f->hex, octets, encode(utf8_next(&at, end), f->message->ucs2, octets));
	}
	return buf_str(&f->hex);
}

static const char *value_of(void *arg, const char *name)
{
	struct filling *f = arg;
	const struct provider_message *m = f->message;

	if (strcmp(name, "to") == 0)
		return provider_number(f->p, m, f->number);
	if (strcmp(name, "text") == 0)
		return m->text;
	if (strcmp(name, "text_hex") == 0)
		return write_hex(f);
	if (strcmp(name, "coding") == 0)
		return config_pairs_find(&f->p->send.coding, m->ucs2 ? "ucs2" : "gsm");
	if (strcmp(name, "sender") == 0)
		return m->sender;
	if (strcmp(name, "ref") == 0)
		return m->ref;
	if (strcmp(name, "callback") == 0)
		return m->callback;
	if (strcmp(name, "ttl_s") == 0)
		return write_ttl(f, 1);
	if (strcmp(name, "ttl_m") == 0)
		return write_ttl(f, 60);
	if (strcmp(name, "ttl_h") == 0)
		return write_ttl(f, 3600);
	if (strcmp(name, "time") == 0)
		return write_number(f, f->now_s);
	if (strcmp(name, "body") == 0 && f->body != NULL)
		return f->body;
	return config_pairs_find(f->values, name);
}

/* The profile was checked: every name has a value. */
static void add(struct buf *out, const char *text, enum fill_escape escape, struct filling *f)
{
	char unknown[FILL_NAME_MAX];

	(void)fill_text(out, text, escape, value_of, f, unknown);
}

bool provider_values_check(const struct provider_profile *p, const struct config_pairs *values,
			   struct err *err)
{
	for (size_t i = 0; i < p->settings.count; i++) {
		const char *name = p->settings.items[i].key;
		const char *value = config_pairs_find(values, name);

		if (value == NULL || *value == '\0')
			return err_set(err, ERR_INPUT, "%s: missing; the provider %s needs it",
				       name, p->name);
		if (profile_setting_kind(p, i) == PROFILE_ADDRESS &&
		    strncmp(value, "https://", 8) != 0 && strncmp(value, "http://", 7) != 0)
			return err_set(err, ERR_INPUT,
				       "%s: expected an address that begins with "
				       "https:// or http://",
				       name);
	}
	for (size_t i = 0; i < values->count; i++)
		if (config_pairs_find(&p->settings, values->items[i].key) == NULL)
			return err_set(err, ERR_INPUT, "%s: the provider %s knows no such setting",
				       values->items[i].key, p->name);
	return true;
}

/* --- the URL
 * -----------------------------------------------------------------------------------------------
 */

/* An address in front is put in as it is; it brings its own slashes. */
static const char *add_front(struct buf *url, const struct provider_profile *p,
			     const struct config_pairs *values)
{
	const char *end = p->send.url[0] == '{' ? strchr(p->send.url, '}') : NULL;
	char name[FILL_NAME_MAX];
	const char *address;
	size_t len;

	if (end == NULL)
		return p->send.url;
	(void)snprintf(name, sizeof(name), "%.*s", (int)(end - p->send.url - 1), p->send.url + 1);
	address = config_pairs_find(values, name);
	len = address != NULL ? strlen(address) : 0;
	while (len > 0 && address[len - 1] == '/')
		len--;
	buf_add(url, address, len);
	return end + 1;
}

/* Of a field all is data, whoever wrote it: an ampersand in one, or a bracket in its name, is
 * percent-encoded like any other. */
static void add_encoded(struct buf *out, const char *text, struct filling *f)
{
	struct buf plain;

	buf_init(&plain, URL_BYTES_MAX);
	add(&plain, text, FILL_PLAIN, f);
	fill_escaped(out, buf_str(&plain), FILL_URL);
	out->overflow = out->overflow || plain.overflow;
	buf_deinit(&plain);
}

static void add_field(struct buf *out, const struct config_pair *pair, struct filling *f)
{
	add_encoded(out, pair->key, f);
	buf_add_char(out, '=');
	add_encoded(out, pair->value, f);
}

static void add_fields(struct buf *out, const struct config_pairs *pairs, char before,
		       struct filling *f)
{
	for (size_t i = 0; i < pairs->count; i++) {
		if (before != '\0')
			buf_add_char(out, before);
		add_field(out, &pairs->items[i], f);
		before = '&';
	}
}

static void put_url(struct provider_request *q, struct filling *f)
{
	const struct provider_profile *p = f->p;

	add(&q->url, add_front(&q->url, p, f->values), FILL_URL, f);
	add_fields(&q->url, &p->send.query, strchr(buf_str(&q->url), '?') == NULL ? '?' : '&', f);
}

/* --- the body
 * ---------------------------------------------------------------------------------------------- */

static void put_form(struct provider_request *q, struct filling *f,
		     const struct provider_message *messages, size_t count)
{
	const struct profile_send *send = &f->p->send;

	add_fields(&q->body, &send->fields, '\0', f);
	for (size_t i = 0; i < count; i++) {
		f->message = &messages[i];
		add_fields(&q->body, &send->each, q->body.len > 0 ? '&' : '\0', f);
	}
	f->message = messages;
}

static void add_items(struct buf *out, struct filling *f, const struct provider_message *messages,
		      size_t count, enum fill_escape escape)
{
	for (size_t i = 0; i < count; i++) {
		f->message = &messages[i];
		if (i > 0)
			buf_add_str(out, f->p->send.joint);
		add(out, f->p->send.item, escape, f);
	}
	f->message = messages;
}

/* JSON or XML: {items} is put in as it is, all other names as values. */
static void put_document(struct provider_request *q, struct filling *f,
			 const struct provider_message *messages, size_t count)
{
	static const char items[] = "{items}";
	const struct profile_send *send = &f->p->send;
	enum fill_escape escape = send->type == BODY_JSON ? FILL_JSON : FILL_XML;
	const char *at = strstr(send->body, items);
	struct buf front;

	if (at == NULL) {
		add(&q->body, send->body, escape, f);
		return;
	}
	buf_init(&front, BODY_BYTES_MAX);
	buf_add(&front, send->body, (size_t)(at - send->body));
	add(&q->body, buf_str(&front), escape, f);
	buf_deinit(&front);
	add_items(&q->body, f, messages, count, escape);
	add(&q->body, at + strlen(items), escape, f);
}

static void put_body(struct provider_request *q, struct filling *f,
		     const struct provider_message *messages, size_t count)
{
	if (f->p->send.type == BODY_FORM)
		put_form(q, f, messages, count);
	else if (f->p->send.type != BODY_NONE)
		put_document(q, f, messages, count);
}

/* --- headers
 * -----------------------------------------------------------------------------------------------
 */

static void add_base64(struct buf *out, const unsigned char *data, size_t len)
{
	char *at = buf_reserve(out, 4 * ((len + 2) / 3) + 1);

	if (at != NULL)
		out->len += (size_t)EVP_EncodeBlock((unsigned char *)at, data, (int)len);
}

/* RFC 7617. */
static void add_basic(struct buf *out, struct filling *f)
{
	struct buf pair;

	buf_init(&pair, HEADER_BYTES_MAX);
	add(&pair, f->p->auth.user, FILL_PLAIN, f);
	buf_add_char(&pair, ':');
	add(&pair, f->p->auth.secret, FILL_PLAIN, f);
	buf_add_str(out, "Authorization: Basic ");
	add_base64(out, (const unsigned char *)buf_str(&pair), pair.len);
	buf_add_char(out, '\n');
	buf_deinit(&pair);
}

static void add_digest(struct buf *out, const struct profile_auth_part *auth, const struct buf *key,
		       const struct buf *text)
{
	const EVP_MD *digests[] = {EVP_sha1(), EVP_sha256(), EVP_sha512()};
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (HMAC(digests[auth->digest], buf_str(key), (int)key->len,
		 (const unsigned char *)buf_str(text), text->len, digest, &len) == NULL)
		panic("HMAC failed");
	if (auth->form == DIGEST_BASE64)
		add_base64(out, digest, len);
	else
		for (unsigned int i = 0; i < len; i++)
			buf_printf(out, "%02x", digest[i]);
}

/* RFC 2104 over what the profile says is signed. */
static void add_hmac(struct buf *out, struct filling *f)
{
	const struct profile_auth_part *auth = &f->p->auth;
	struct buf key, text;

	buf_init(&key, HEADER_BYTES_MAX);
	buf_init(&text, BODY_BYTES_MAX + HEADER_BYTES_MAX);
	add(&key, auth->secret, FILL_PLAIN, f);
	add(&text, auth->signed_text, FILL_PLAIN, f);
	buf_printf(out, "%s: ", auth->name);
	add_digest(out, auth, &key, &text);
	buf_add_char(out, '\n');
	OPENSSL_cleanse(key.data, key.len);
	buf_deinit(&key);
	buf_deinit(&text);
}

static void add_header(struct buf *out, const char *name, const char *value, struct filling *f)
{
	buf_printf(out, "%s: ", name);
	add(out, value, FILL_HEADER, f);
	buf_add_char(out, '\n');
}

static void put_headers(struct provider_request *q, struct filling *f)
{
	static const char *const types[] = {
		[BODY_FORM] = "application/x-www-form-urlencoded",
		[BODY_JSON] = "application/json",
		[BODY_XML] = "text/xml; charset=utf-8",
	};
	const struct provider_profile *p = f->p;

	if (p->send.type != BODY_NONE)
		buf_printf(&q->headers, "Content-Type: %s\n", types[p->send.type]);
	for (size_t i = 0; i < p->send.headers.count; i++)
		add_header(&q->headers, p->send.headers.items[i].key,
			   p->send.headers.items[i].value, f);
	if (p->auth.kind == AUTH_BASIC)
		add_basic(&q->headers, f);
	else if (p->auth.kind == AUTH_HEADER)
		add_header(&q->headers, p->auth.name, p->auth.value, f);
	else if (p->auth.kind == AUTH_HMAC)
		add_hmac(&q->headers, f);
}

/* --- the request
 * ------------------------------------------------------------------------------------------- */

void provider_request_init(struct provider_request *q)
{
	buf_init(&q->url, URL_BYTES_MAX);
	buf_init(&q->body, BODY_BYTES_MAX);
	buf_init(&q->headers, HEADER_BYTES_MAX);
}

void provider_request_deinit(struct provider_request *q)
{
	buf_deinit(&q->url);
	buf_deinit(&q->body);
	buf_deinit(&q->headers);
}

bool provider_request_compose(struct provider_request *q, const struct provider_profile *p,
			      const struct config_pairs *values,
			      const struct provider_message *messages, size_t count, int64_t now_s,
			      struct err *err)
{
	struct filling f = {.p = p, .values = values, .message = messages, .now_s = now_s};

	buf_reset(&q->url);
	buf_reset(&q->body);
	buf_reset(&q->headers);
	buf_init(&f.hex, BODY_BYTES_MAX);
	put_url(q, &f);
	put_body(q, &f, messages, count);
	f.body = buf_str(&q->body);
	put_headers(q, &f);
	buf_deinit(&f.hex);
	return (!q->url.overflow && !q->body.overflow && !q->headers.overflow) ||
	       err_set(err, ERR_LIMIT, "the request would be too long for the provider %s",
		       p->name);
}
