/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* profile_check - what the keys of a profile must be to each other. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/provider/fill.h"
#include "common/provider/profile_internal.h"

#define NAME_BYTES_MAX 32
#define FILLED_MAX     (64 * 1024)

struct check {
	const char *file;
	const struct provider_profile *p;
	const char *const *extra; /* more names that are known just here; or NULL */
	bool shared;		  /* the place is one for several messages */
	struct err *err;
};

__attribute__((format(printf, 3, 4))) static bool refuse(const struct check *c, const char *key,
							 const char *fmt, ...)
{
	char text[300];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return err_set(c->err, ERR_INPUT, "%s: %s: %s", c->file, key, text);
}

/* What each message has of its own. */
static bool is_own(const char *name)
{
	static const char *const own[] = {"to",	 "text",     "text_hex", "coding",
					  "ref", "callback", NULL};

	return profile_word(own, name) >= 0;
}

static const char *known_name(void *arg, const char *name)
{
	const struct check *c = arg;
	bool coding = strcmp(name, "coding") != 0 || c->p->send.coding.count > 0;
	bool known = (coding && profile_word(profile_message_names, name) >= 0) ||
		     config_pairs_find(&c->p->settings, name) != NULL ||
		     (c->extra != NULL && profile_word(c->extra, name) >= 0);

	return known && !(c->shared && is_own(name)) ? "" : NULL;
}

/* Every {name} of a text is one that a request will have. */
static bool check_text(struct check *c, const char *key, const char *text, const char *const *extra)
{
	char unknown[FILL_NAME_MAX] = "";
	struct buf out;
	bool ok;

	c->extra = extra;
	buf_init(&out, FILLED_MAX);
	ok = fill_text(&out, text, FILL_PLAIN, known_name, c, unknown) ||
	     refuse(c, key,
		    "found {%s}; expected a name of `settings` or one of those in "
		    "docs/providers.md",
		    unknown);
	ok = ok && (!out.overflow || refuse(c, key, "longer than %d KiB", FILLED_MAX / 1024));
	buf_deinit(&out);
	return ok;
}

static bool check_pairs(struct check *c, const char *key, const struct config_pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (!check_text(c, key, pairs->items[i].key, NULL) ||
		    !check_text(c, key, pairs->items[i].value, NULL))
			return false;
	return true;
}

static bool check_words(const struct check *c, const char *key, const struct config_pairs *pairs,
			const char *const *words, const char *expected)
{
	for (size_t i = 0; i < pairs->count; i++) {
		const struct config_pair *pair = &pairs->items[i];

		if (profile_word(words, pair->value) < 0)
			return err_set(c->err, ERR_INPUT,
				       "%s:%zu: %s: found \"%.40s\"; expected %s", c->file,
				       pair->line, key, pair->value, expected);
	}
	return true;
}

static bool is_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");

	return len > 0 && len <= NAME_BYTES_MAX && name[len] == '\0';
}

/* A setting has a name that a text can hold, and none of those a message has. */
static bool check_settings(struct check *c)
{
	const struct config_pairs *settings = &c->p->settings;

	for (size_t i = 0; i < settings->count; i++) {
		const char *name = settings->items[i].key;
		size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

		if (name[len] != '\0' || name[0] < 'a' || len >= FILL_NAME_MAX)
			return refuse(c, "settings",
				      "found \"%.40s\"; expected small letters, digits "
				      "and _, at most %d",
				      name, FILL_NAME_MAX - 1);
		if (profile_word(profile_message_names, name) >= 0)
			return refuse(c, "settings",
				      "\"%s\" is what a message has; take another name", name);
	}
	return check_words(c, "settings", settings, profile_setting_words,
			   "text, secret or address");
}

static bool check_auth(struct check *c)
{
	static const char *const signed_names[] = {"body", NULL};
	const struct profile_auth_part *auth = &c->p->auth;

	if (auth->kind == AUTH_BASIC && auth->user[0] == '\0')
		return refuse(c, "auth.user", "missing; basic needs it");
	if ((auth->kind == AUTH_HEADER || auth->kind == AUTH_HMAC) && auth->name[0] == '\0')
		return refuse(c, "auth.name", "missing; it is the header's name");
	if (auth->kind == AUTH_HMAC && auth->secret[0] == '\0')
		return refuse(c, "auth.secret", "missing; hmac needs it");
	return check_text(c, "auth.user", auth->user, NULL) &&
	       check_text(c, "auth.secret", auth->secret, NULL) &&
	       check_text(c, "auth.value", auth->value, NULL) &&
	       check_text(c, "auth.signed", auth->signed_text, signed_names);
}

/* https from its first letter, or an address that the account names and its owner answers for. */
static bool check_url(struct check *c, const char *key, const char *url, const char *const *extra)
{
	char name[FILL_NAME_MAX];
	const char *kind;

	if (strncmp(url, "https://", 8) == 0)
		return check_text(c, key, url, extra);
	if (sscanf(url, "{%31[a-z0-9_]}", name) == 1) {
		kind = config_pairs_find(&c->p->settings, name);
		if (kind != NULL && strcmp(kind, "address") == 0)
			return check_text(c, key, url, extra);
	}
	return refuse(c, key, "expected https:// or a setting of kind address in front");
}

static bool check_body(struct check *c)
{
	static const char *const body_names[] = {"items", NULL};
	const struct profile_send *send = &c->p->send;
	bool written = send->type == BODY_JSON || send->type == BODY_XML;
	bool items = strstr(send->body, "{items}") != NULL;

	if (send->method == METHOD_GET && send->type != BODY_NONE)
		return refuse(c, "send.type", "a GET has no body; expected none");
	if (written != (send->body[0] != '\0'))
		return refuse(c, "send.body",
			      "expected with the types json and xml, and only there");
	if (send->type != BODY_FORM && send->fields.count + send->each.count > 0)
		return refuse(c, "send.fields", "expected with the type form only");
	if (items != (send->item[0] != '\0'))
		return refuse(c, "send.item",
			      "expected where send.body has {items}, and only there");
	if (send->batch_max > 1 && !items && send->each.count == 0)
		return refuse(c, "send.batch_max", "several messages need send.item or send.each");
	/* One answer to several messages would be the id and the fate of each of them. */
	if (send->batch_max > 1 && c->p->answer.list[0] == '\0')
		return refuse(c, "answer.list",
			      "missing; send.batch_max needs an answer for each message");
	if (items && strstr(strstr(send->body, "{items}") + 1, "{items}") != NULL)
		return refuse(c, "send.body", "found {items} twice; expected it once");
	return check_text(c, "send.body", send->body, body_names);
}

/* For each alphabet, or for none: then {coding} is no name. */
static bool check_coding(const struct check *c)
{
	const struct config_pairs *coding = &c->p->send.coding;
	bool both = config_pairs_find(coding, "gsm") != NULL &&
		    config_pairs_find(coding, "ucs2") != NULL;

	return coding->count == (both ? 2u : 0u) ||
	       refuse(c, "send.coding", "expected one for gsm and one for ucs2, and no others");
}

static bool check_send(struct check *c)
{
	const struct profile_send *send = &c->p->send;

	if (!check_coding(c))
		return false;

	if (!check_pairs(c, "send.each", &send->each) ||
	    !check_text(c, "send.item", send->item, NULL))
		return false;
	/* What is there once cannot say what several messages say differently. */
	c->shared = send->item[0] != '\0' || send->each.count > 0;
	if (!check_url(c, "send.url", send->url, NULL) || !check_body(c) ||
	    !check_pairs(c, "send.headers", &send->headers) ||
	    !check_pairs(c, "send.query", &send->query) ||
	    !check_pairs(c, "send.fields", &send->fields))
		return false;
	c->shared = false;
	return true;
}

static const char *pointer_name(void *arg, const char *name)
{
	(void)arg;
	return strcmp(name, "to") == 0 || strcmp(name, "ref") == 0 ? "" : NULL;
}

static bool check_pointer(struct check *c, const char *key, const char *pointer)
{
	char unknown[FILL_NAME_MAX] = "";
	struct buf out;
	bool ok;

	if (pointer[0] != '\0' && pointer[0] != '/')
		return refuse(c, key, "found \"%.40s\"; expected a JSON Pointer such as /id",
			      pointer);
	buf_init(&out, FILLED_MAX);
	ok = fill_text(&out, pointer, FILL_PLAIN, pointer_name, NULL, unknown) ||
	     refuse(c, key, "found {%s}; a pointer may hold {to} and {ref}", unknown);
	buf_deinit(&out);
	return ok;
}

/* `key` names the pattern. */
static bool compile_pattern(struct check *c, const char *key, int format, const char *pattern,
			    regex_t **out)
{
	char why[100];
	int rc;

	if ((format == DOCUMENT_TEXT) != (pattern[0] != '\0'))
		return refuse(c, key, "expected with the format text, and only there");
	if (pattern[0] == '\0')
		return true;
	*out = mem_calloc(1, sizeof(**out));
	rc = regcomp(*out, pattern, REG_EXTENDED);
	if (rc == 0)
		return true;
	(void)regerror(rc, *out, why, sizeof(why));
	mem_free(*out);
	*out = NULL;
	return refuse(c, key, "%s", why);
}

static bool check_answer(struct check *c)
{
	const struct profile_answer *a = &c->p->answer;

	if (a->ok[0] == '\0' && a->ok_values.count > 0)
		return refuse(c, "answer.ok_values", "expected with answer.ok only");
	return check_pointer(c, "answer.list", a->list) &&
	       check_pointer(c, "answer.match_at", a->match_at) &&
	       check_pointer(c, "answer.ok", a->ok) && check_pointer(c, "answer.id", a->id) &&
	       check_pointer(c, "answer.code", a->code) &&
	       check_pointer(c, "answer.parts", a->parts) &&
	       check_pointer(c, "answer.price", a->price);
}

/* A report's pointers name places; nothing of a message stands in them. */
static bool check_report(struct check *c)
{
	const struct profile_report *r = &c->p->report;
	const struct {
		const char *key, *pointer;
	} places[] = {
		{"report.list", r->list},   {"report.kind", r->kind},
		{"report.ref", r->ref},	    {"report.id", r->id},
		{"report.state", r->state}, {"report.code", r->code},
		{"report.parts", r->parts}, {"report.price", r->price},
		{"report.from", r->from},   {"report.to", r->to},
		{"report.text", r->text},   {"report.reply_id", r->reply_id},
		{"report.phone", r->phone},
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i].pointer[0] != '\0' && places[i].pointer[0] != '/')
			return refuse(c, places[i].key,
				      "found \"%.40s\"; expected a JSON Pointer such as /id",
				      places[i].pointer);
	if (r->stopped.count > 0 && r->code[0] == '\0')
		return refuse(c, "report.stopped", "expected with report.code only");
	if (r->kind[0] == '\0' && r->receipts.count + r->replies.count > 0)
		return refuse(c, "report.kind", "missing; it is where a report says what it is");
	if (r->state[0] != '\0' && c->p->states.count == 0)
		return refuse(c, "states", "missing; report.state needs what its words mean");
	return true;
}

static bool check_verify(struct check *c)
{
	static const char *const signed_names[] = {"body", "time", NULL};
	const struct profile_verify_part *v = &c->p->verify;
	bool keyed = v->kind == VERIFY_HMAC || v->kind == VERIFY_TWILIO;

	if (v->kind == VERIFY_BASIC && v->user[0] == '\0')
		return refuse(c, "verify.user", "missing; basic needs it");
	if ((v->kind == VERIFY_HEADER || v->kind == VERIFY_HMAC) && v->name[0] == '\0')
		return refuse(c, "verify.name", "missing; it is the header's name");
	if (v->kind == VERIFY_HEADER && v->value[0] == '\0')
		return refuse(c, "verify.value", "missing; header needs it");
	if ((keyed || v->kind == VERIFY_BASIC) && v->secret[0] == '\0')
		return refuse(c, "verify.secret", "missing; basic, hmac and twilio need it");
	if (v->time[0] != '\0' && strstr(v->signed_text, "{time}") == NULL)
		return refuse(c, "verify.signed",
			      "found no {time}; a time that is not signed proves nothing");
	return check_text(c, "verify.user", v->user, NULL) &&
	       check_text(c, "verify.secret", v->secret, NULL) &&
	       check_text(c, "verify.value", v->value, NULL) &&
	       check_text(c, "verify.signed", v->signed_text, signed_names);
}

/* Nothing of a message stands in a question. */
static bool check_inquiry(struct check *c, const char *key, struct profile_inquiry *ask,
			  const char *const *names)
{
	bool written = ask->type == BODY_JSON || ask->type == BODY_XML, ok;

	if (ask->url[0] == '\0')
		return true;
	if (ask->method == METHOD_GET && ask->type != BODY_NONE)
		return refuse(c, key, "a GET has no body; expected the type none");
	if (written != (ask->body[0] != '\0'))
		return refuse(c, key,
			      "expected a body with the types json and xml, and only there");
	if (ask->type != BODY_FORM && ask->fields.count > 0)
		return refuse(c, key, "expected fields with the type form only");
	c->shared = true;
	ok = check_url(c, key, ask->url, names);
	for (size_t i = 0; ok && i < ask->query.count; i++)
		ok = check_text(c, key, ask->query.items[i].value, names);
	for (size_t i = 0; ok && i < ask->fields.count; i++)
		ok = check_text(c, key, ask->fields.items[i].value, names);
	ok = ok && check_text(c, key, ask->body, names) &&
	     compile_pattern(c, key, ask->format, ask->pattern, &ask->compiled);
	c->shared = false;
	return ok;
}

static bool check_poll(struct check *c, struct profile_poll *poll)
{
	static const char *const names[] = {"ids", NULL};

	if (poll->ask.url[0] == '\0')
		return true;
	if (c->p->answer.id[0] == '\0')
		return refuse(c, "poll", "expected with answer.id only: it asks by that id");
	if (poll->state[0] == '\0' || c->p->states.count == 0)
		return refuse(c, "poll.state", "missing, or `states` is");
	if (poll->max > 1 && poll->list[0] == '\0')
		return refuse(c, "poll.list", "missing; poll.max needs an answer for each id");
	return check_pointer(c, "poll.list", poll->list) && check_pointer(c, "poll.id", poll->id) &&
	       check_pointer(c, "poll.state", poll->state) &&
	       check_pointer(c, "poll.code", poll->code) &&
	       check_pointer(c, "poll.price", poll->price) &&
	       check_inquiry(c, "poll", &poll->ask, names);
}

static bool check_balance(struct check *c, struct profile_balance *balance)
{
	if (balance->ask.url[0] == '\0')
		return true;
	if (balance->at[0] == '\0')
		return refuse(c, "balance.at", "missing; it is where the amount stands");
	if (strlen(balance->currency) != 3 ||
	    strspn(balance->currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
		return refuse(c, "balance.currency", "found \"%.40s\"; expected such as RUB",
			      balance->currency);
	return check_pointer(c, "balance.at", balance->at) &&
	       check_inquiry(c, "balance", &balance->ask, NULL);
}

/* "402", or a class of them: "4xx". */
static bool check_statuses(const struct check *c)
{
	const struct config_pairs *http = &c->p->http;

	for (size_t i = 0; i < http->count; i++) {
		const char *s = http->items[i].key;
		bool one = strlen(s) == 3 && s[0] >= '1' && s[0] <= '5' &&
			   (strcmp(s + 1, "xx") == 0 || strspn(s, "0123456789") == 3);

		if (!one)
			return refuse(c, "http",
				      "found \"%.40s\"; expected a status such as 402 or 5xx", s);
	}
	return true;
}

bool profile_check(const char *file, struct provider_profile *p, struct err *err)
{
	static const char actions[] = "ok, retry, slow, route, fail, bad, unknown or stopped";
	struct check c = {.file = file, .p = p, .err = err};

	if (!is_name(p->name))
		return refuse(&c, "name",
			      "found \"%.40s\"; expected small letters, digits, - and _, "
			      "at most %d",
			      p->name, NAME_BYTES_MAX);
	return check_settings(&c) && check_auth(&c) && check_send(&c) && check_answer(&c) &&
	       check_report(&c) && check_verify(&c) && check_poll(&c, &p->poll) &&
	       check_balance(&c, &p->balance) &&
	       compile_pattern(&c, "answer.pattern", p->answer.format, p->answer.pattern,
			       &p->answer.compiled) &&
	       check_statuses(&c) &&
	       check_words(&c, "codes", &p->codes, profile_action_words, actions) &&
	       check_words(&c, "http", &p->http, profile_action_words, actions) &&
	       check_words(&c, "states", &p->states, profile_state_words,
			   "sent, delivered, undelivered, expired, rejected or unknown");
}
