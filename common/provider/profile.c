/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* profile - see profile.h: the keys of a file and what their words mean. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/provider/profile_internal.h"

#define BATCH_MAX 64 /* as many messages as an answer in JSON may have members */

const char *const profile_message_names[] = {"sender", "ttl_s", "ttl_m",    "ttl_h",
					     "time",   "to",	"text",	    "text_hex",
					     "coding", "ref",	"callback", NULL};

const char *const profile_setting_words[] = {"text", "secret", "address", NULL};
static const char *const auth_words[] = {"none", "basic", "header", "hmac", NULL};
static const char *const digest_words[] = {"sha1", "sha256", "sha512", NULL};
static const char *const verify_words[] = {"none", "basic", "header", "hmac", "twilio", NULL};
static const char *const form_words[] = {"hex", "base64", NULL};
static const char *const method_words[] = {"GET", "POST", "PUT", NULL};
static const char *const body_words[] = {"none", "form", "json", "xml", NULL};
static const char *const number_words[] = {"digits", "plus", NULL};
static const char *const format_words[] = DOCUMENT_FORMAT_WORDS;
/* enum document_format but texts: no provider reports by one. */
static const char *const report_words[] = {"json", "xml", "form", NULL};
static const char *const match_words[] = {"order", "to", "ref", NULL};
const char *const profile_action_words[] = {"ok",  "retry",   "slow",	 "route", "fail",
					    "bad", "unknown", "stopped", NULL};
const char *const profile_state_words[] = {"sent",     "delivered", "undelivered", "expired",
					   "rejected", "unknown",   NULL};

/* The keys of an inquiry, below `at`. */
#define INQUIRY_ROWS(at, member, what)                                                             \
	{at ".url", CONFIG_STR, AT(member.url), .def = "",                                         \
	 .help = "where " what "; empty: nothing is asked"},                                       \
		{at ".method", CONFIG_ENUM,	      AT(member.method),                           \
		 .def = "GET", .words = method_words, .help = "of that request"},                  \
		{at ".query", CONFIG_PAIRS, AT(member.query), .def = "{}",                         \
		 .help = "parameters of its URL"},                                                 \
		{at ".type",	CONFIG_ENUM,	     AT(member.type),                              \
		 .def = "none", .words = body_words, .help = "of its body"},                       \
		{at ".fields", CONFIG_PAIRS, AT(member.fields), .def = "{}", .help = "of a form"}, \
		{at ".body", CONFIG_STR, AT(member.body), .def = "", .help = "of json and xml"},   \
		{at ".format",	CONFIG_ENUM,	       AT(member.format),                          \
		 .def = "json", .words = format_words, .help = "of its answer"},                   \
	{                                                                                          \
		at ".pattern", CONFIG_STR, AT(member.pattern),                                     \
			.def = "", .help = "of text: as answer.pattern"                            \
	}

#define AT(member) .offset = offsetof(struct provider_profile, member)

const struct config_row profile_rows[] = {
	{"name", CONFIG_STR, AT(name), .help = "the file's name without .yaml"},
	{"title", CONFIG_STR, AT(title), .help = "as people know the provider"},
	{"source", CONFIG_STR, AT(source), .help = "what the facts were taken from"},
	{"unverified", CONFIG_LIST, AT(unverified), .def = "[]",
	 .help = "what nobody has seen in a source or tried"},
	{"settings", CONFIG_PAIRS, AT(settings), .def = "{}",
	 .help = "what an account gives values: text, secret or address"},
	{"auth.kind", CONFIG_ENUM, AT(auth.kind), .def = "none", .words = auth_words,
	 .help = "how a request says whose it is"},
	{"auth.user", CONFIG_STR, AT(auth.user), .def = "", .help = "of basic"},
	{"auth.secret", CONFIG_STR, AT(auth.secret), .def = "", .help = "of basic and hmac"},
	{"auth.name", CONFIG_STR, AT(auth.name), .def = "",
	 .help = "the header of header and hmac"},
	{"auth.value", CONFIG_STR, AT(auth.value), .def = "", .help = "of header"},
	{"auth.signed", CONFIG_STR, AT(auth.signed_text), .def = "{body}",
	 .help = "what hmac signs; {body} is the request's body"},
	{"auth.digest", CONFIG_ENUM, AT(auth.digest), .def = "sha256", .words = digest_words,
	 .help = "of hmac"},
	{"auth.form", CONFIG_ENUM, AT(auth.form), .def = "hex", .words = form_words,
	 .help = "of hmac"},
	{"send.method", CONFIG_ENUM, AT(send.method), .def = "POST", .words = method_words,
	 .help = "of the request that sends"},
	{"send.url", CONFIG_STR, AT(send.url), .help = "https, or an address among the settings"},
	{"send.headers", CONFIG_PAIRS, AT(send.headers), .def = "{}", .help = "further headers"},
	{"send.query", CONFIG_PAIRS, AT(send.query), .def = "{}", .help = "parameters of the URL"},
	{"send.type", CONFIG_ENUM, AT(send.type), .def = "none", .words = body_words,
	 .help = "of the body"},
	{"send.fields", CONFIG_PAIRS, AT(send.fields), .def = "{}", .help = "of a form"},
	{"send.each", CONFIG_PAIRS, AT(send.each), .def = "{}",
	 .help = "of a form, once a message; names may hold {to} and {ref}"},
	{"send.coding", CONFIG_PAIRS, AT(send.coding), .def = "{}",
	 .help = "what {coding} is: for gsm, the GSM alphabet, and for ucs2"},
	{"send.body", CONFIG_STR, AT(send.body), .def = "",
	 .help = "of json and xml; {items} is where several messages go"},
	{"send.item", CONFIG_STR, AT(send.item), .def = "", .help = "one message in {items}"},
	{"send.joint", CONFIG_STR, AT(send.joint), .def = ",", .help = "between two of them"},
	{"send.number", CONFIG_ENUM, AT(send.number), .def = "digits", .words = number_words,
	 .help = "how {to} is written"},
	{"send.batch_max", CONFIG_INT, AT(send.batch_max), .def = "1", .min = 1, .max = BATCH_MAX,
	 .help = "messages in one request"},
	{"send.resend_safe", CONFIG_BOOL, AT(send.resend_safe), .def = "false",
	 .help = "a second request with the same {ref} sends nothing twice"},
	{"send.timeout_ms", CONFIG_MS, AT(send.timeout_ms), .def = "30s", .min = 1000,
	 .max = 120000, .help = "an answer later than this leaves its messages in doubt"},
	{"answer.format", CONFIG_ENUM, AT(answer.format), .def = "json", .words = format_words,
	 .help = "of the answer"},
	{"answer.pattern", CONFIG_STR, AT(answer.pattern), .def = "",
	 .help = "of text: an extended regular expression; its groups are /1, /2"},
	{"answer.list", CONFIG_STR, AT(answer.list), .def = "",
	 .help = "where the answers to several messages stand"},
	{"answer.match", CONFIG_ENUM, AT(answer.match), .def = "order", .words = match_words,
	 .help = "how one of them says which message it is about"},
	{"answer.match_at", CONFIG_STR, AT(answer.match_at), .def = "",
	 .help = "where in it; empty: the list is an object, and its keys say it"},
	{"answer.ok", CONFIG_STR, AT(answer.ok), .def = "",
	 .help = "what says that a message was taken; empty: the HTTP status"},
	{"answer.ok_values", CONFIG_LIST, AT(answer.ok_values), .def = "[]",
	 .help = "what it says then; none: anything"},
	{"answer.id", CONFIG_STR, AT(answer.id), .def = "",
	 .help = "the provider's id; empty: none is given, receipts name {ref}"},
	{"answer.code", CONFIG_STR, AT(answer.code), .def = "", .help = "the provider's error"},
	{"answer.parts", CONFIG_STR, AT(answer.parts), .def = "", .help = "how many were counted"},
	{"answer.price", CONFIG_STR, AT(answer.price), .def = "", .help = "what it cost"},
	{"codes", CONFIG_PAIRS, AT(codes), .def = "{}",
	 .help = "what answer.code means: an action"},
	{"http", CONFIG_PAIRS, AT(http), .def = "{}",
	 .help = "what a status such as 402 or 5xx means: an action"},
	{"states", CONFIG_PAIRS, AT(states), .def = "{}", .help = "what a receipt says: a state"},
	{"report.format", CONFIG_ENUM, AT(report.format), .def = "form", .words = report_words,
	 .help = "of what the provider reports; form: its query, too"},
	{"report.list", CONFIG_STR, AT(report.list), .def = "",
	 .help = "where several reports stand"},
	{"report.lines", CONFIG_BOOL, AT(report.lines), .def = "false",
	 .help = "a report is a text, whose lines are /0, /1"},
	{"report.kind", CONFIG_STR, AT(report.kind), .def = "",
	 .help = "what a report is; empty: with a state a receipt, else with a text a reply"},
	{"report.receipts", CONFIG_LIST, AT(report.receipts), .def = "[]",
	 .help = "what stands at report.kind of receipts"},
	{"report.replies", CONFIG_LIST, AT(report.replies), .def = "[]",
	 .help = "what stands at report.kind of messages from phones"},
	{"report.ref", CONFIG_STR, AT(report.ref), .def = "", .help = "our reference in a receipt"},
	{"report.id", CONFIG_STR, AT(report.id), .def = "",
	 .help = "the provider's id in a receipt"},
	{"report.state", CONFIG_STR, AT(report.state), .def = "", .help = "its word, see states"},
	{"report.code", CONFIG_STR, AT(report.code), .def = "", .help = "its error"},
	{"report.parts", CONFIG_STR, AT(report.parts), .def = "", .help = "how many were counted"},
	{"report.price", CONFIG_STR, AT(report.price), .def = "", .help = "what it cost"},
	{"report.from", CONFIG_STR, AT(report.from), .def = "", .help = "whose message it is"},
	{"report.to", CONFIG_STR, AT(report.to), .def = "", .help = "the number it was sent to"},
	{"report.text", CONFIG_STR, AT(report.text), .def = "", .help = "its text"},
	{"report.reply_id", CONFIG_STR, AT(report.reply_id), .def = "", .help = "its id"},
	{"report.phone", CONFIG_STR, AT(report.phone), .def = "",
	 .help = "the number that a receipt is about"},
	{"report.stopped", CONFIG_LIST, AT(report.stopped), .def = "[]",
	 .help = "what stands at report.code when the person has stopped us"},
	{"report.answer", CONFIG_STR, AT(report.answer), .def = "",
	 .help = "the body that the provider wants to hear"},
	{"report.answer_type", CONFIG_STR, AT(report.answer_type), .def = "text/plain",
	 .help = "its type"},
	{"verify.kind", CONFIG_ENUM, AT(verify.kind), .def = "none", .words = verify_words,
	 .help = "how a call to us proves whose it is, besides its path"},
	{"verify.user", CONFIG_STR, AT(verify.user), .def = "", .help = "of basic"},
	{"verify.secret", CONFIG_STR, AT(verify.secret), .def = "",
	 .help = "of basic, hmac and twilio"},
	{"verify.name", CONFIG_STR, AT(verify.name), .def = "",
	 .help = "the header of header and hmac"},
	{"verify.value", CONFIG_STR, AT(verify.value), .def = "", .help = "of header"},
	{"verify.signed", CONFIG_STR, AT(verify.signed_text), .def = "{body}",
	 .help = "what hmac signs; {body} is the body, {time} what verify.time says"},
	{"verify.time", CONFIG_STR, AT(verify.time), .def = "",
	 .help = "of hmac: the header with the seconds since 1970, which may be 5 minutes off"},
	{"verify.digest", CONFIG_ENUM, AT(verify.digest), .def = "sha256", .words = digest_words,
	 .help = "of hmac"},
	{"verify.form", CONFIG_ENUM, AT(verify.form), .def = "hex", .words = form_words,
	 .help = "of hmac"},
	INQUIRY_ROWS("poll", poll.ask, "to ask what became of messages"),
	{"poll.joint", CONFIG_STR, AT(poll.joint), .def = ",", .help = "between two of the {ids}"},
	{"poll.max", CONFIG_INT, AT(poll.max), .def = "1", .min = 1, .max = BATCH_MAX,
	 .help = "ids in one request"},
	{"poll.list", CONFIG_STR, AT(poll.list), .def = "", .help = "where the answers stand"},
	{"poll.id", CONFIG_STR, AT(poll.id), .def = "",
	 .help = "where one of them says its id; empty: the list's keys are ids, or there is one"},
	{"poll.state", CONFIG_STR, AT(poll.state), .def = "", .help = "its word, see states"},
	{"poll.code", CONFIG_STR, AT(poll.code), .def = "", .help = "its error"},
	{"poll.price", CONFIG_STR, AT(poll.price), .def = "", .help = "what it cost"},
	INQUIRY_ROWS("balance", balance.ask, "to ask what is left of a prepaid account"),
	{"balance.at", CONFIG_STR, AT(balance.at), .def = "", .help = "where the amount stands"},
	{"balance.currency", CONFIG_STR, AT(balance.currency), .def = "RUB",
	 .help = "what it is in, three letters"},
	{.key = NULL},
};

int profile_word(const char *const *words, const char *word)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

/* --- from and to files
 * --------------------------------------------------------------------------------------- */

static bool check_or_free(const char *file, struct provider_profile *p,
			  struct provider_profile **out, struct err *err)
{
	if (!profile_check(file, p, err)) {
		profile_free(&p);
		return false;
	}
	*out = p;
	return true;
}

bool profile_parse(const char *name, const char *text, size_t len, struct provider_profile **out,
		   struct err *err)
{
	struct provider_profile *p = mem_calloc(1, sizeof(*p));

	*out = NULL;
	if (config_parse(name, text, len, profile_rows, p, err))
		return check_or_free(name, p, out, err);
	mem_free(p);
	return false;
}

bool profile_load(const char *path, struct provider_profile **out, struct err *err)
{
	struct provider_profile *p = mem_calloc(1, sizeof(*p));

	*out = NULL;
	if (config_load(path, profile_rows, p, err))
		return check_or_free(path, p, out, err);
	mem_free(p);
	return false;
}

static void free_pattern(regex_t *compiled)
{
	if (compiled != NULL)
		regfree(compiled);
	mem_free(compiled);
}

void profile_free(struct provider_profile **profile)
{
	struct provider_profile *p = *profile;

	if (p == NULL)
		return;
	free_pattern(p->answer.compiled);
	free_pattern(p->poll.ask.compiled);
	free_pattern(p->balance.ask.compiled);
	config_free(profile_rows, p);
	mem_free(p);
	*profile = NULL;
}

/* --- what words mean
 * ----------------------------------------------------------------------------------------- */

enum profile_setting profile_setting_kind(const struct provider_profile *p, size_t i)
{
	return (enum profile_setting)profile_word(profile_setting_words,
						  p->settings.items[i].value);
}

static enum profile_action action_of_status(int status)
{
	if (status >= 500)
		return ACTION_RETRY;
	if (status == 429)
		return ACTION_SLOW;
	/* Not the place that the profile thinks it is; no message is to blame. */
	if ((status >= 300 && status < 400) || status == 404 || status == 405)
		return ACTION_BAD;
	return status >= 401 && status <= 403 ? ACTION_BAD : ACTION_FAIL;
}

enum profile_action profile_action_of(const struct provider_profile *p, int status,
				      const char *code)
{
	const char *word = code != NULL ? config_pairs_find(&p->codes, code) : NULL;
	char text[16];

	if (word == NULL) {
		(void)snprintf(text, sizeof(text), "%d", status);
		word = config_pairs_find(&p->http, text);
	}
	if (word == NULL) {
		(void)snprintf(text, sizeof(text), "%dxx", status / 100);
		word = config_pairs_find(&p->http, text);
	}
	return word != NULL ? (enum profile_action)profile_word(profile_action_words, word)
			    : action_of_status(status);
}

bool profile_stops(const struct provider_profile *p, const char *code)
{
	for (size_t i = 0; code != NULL && i < p->report.stopped.count; i++)
		if (strcmp(p->report.stopped.items[i], code) == 0)
			return true;
	return false;
}

bool profile_state_of(const struct provider_profile *p, const char *word, enum profile_state *out)
{
	const char *state = config_pairs_find(&p->states, word);

	*out = state != NULL ? (enum profile_state)profile_word(profile_state_words, state)
			     : STATE_UNKNOWN;
	return state != NULL;
}

const char *profile_action_word(enum profile_action action)
{
	return profile_action_words[action];
}
