/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* profile - how an HTTP provider is spoken to: a file of providers/, docs/providers.md.
 *
 * A profile is the provider's protocol and holds nobody's secrets: what differs from customer to
 * customer are its `settings`, which an account gives values.  It is checked as a whole when it is
 * read, so that nothing of it can fail on the way of a message. */
#ifndef VESTNIK_PROVIDER_PROFILE_H
#define VESTNIK_PROVIDER_PROFILE_H

#include <regex.h>

#include "common/base/config.h"
#include "common/provider/document.h"

/* What an account's value of a setting is: a secret is shown to nobody, an address is put into
 * others as it is. */
enum profile_setting { PROFILE_TEXT, PROFILE_SECRET, PROFILE_ADDRESS };

enum profile_auth {
	AUTH_NONE,   /* or settings in fields, query or body */
	AUTH_BASIC,  /* user and secret */
	AUTH_HEADER, /* name: value */
	AUTH_HMAC,   /* header `name`: the digest of `signed`, keyed by `secret` */
};
enum profile_digest { DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA512 };
enum profile_digest_form { DIGEST_HEX, DIGEST_BASE64 };

enum profile_method { METHOD_GET, METHOD_POST, METHOD_PUT };
enum profile_body { BODY_NONE, BODY_FORM, BODY_JSON, BODY_XML };
enum profile_number { NUMBER_DIGITS, NUMBER_PLUS };

/* How an answer to several messages names each of them. */
enum profile_match { MATCH_ORDER, MATCH_TO, MATCH_REF };

/* What becomes of a message that was not simply taken. */
enum profile_action {
	ACTION_OK,
	ACTION_RETRY,	/* here, later */
	ACTION_SLOW,	/* here, later, and everything slower */
	ACTION_ROUTE,	/* by another provider */
	ACTION_FAIL,	/* nowhere: it is about the message */
	ACTION_BAD,	/* it is about the account: nothing is sent until somebody looks */
	ACTION_UNKNOWN, /* it may be on its way */
	ACTION_STOPPED, /* nowhere: the person has stopped us, and the stop is recorded */
};

/* What a provider's word in a receipt means. */
enum profile_state {
	STATE_SENT, /* on its way, nothing final */
	STATE_DELIVERED,
	STATE_UNDELIVERED,
	STATE_EXPIRED,
	STATE_REJECTED,
	STATE_UNKNOWN
};

/* How a call of the provider to us proves whose it is, besides the token in its path. */
enum profile_verify {
	VERIFY_NONE,
	VERIFY_BASIC,  /* user and secret */
	VERIFY_HEADER, /* header `name` has this value */
	VERIFY_HMAC,   /* header `name`: the digest of `signed`, keyed by `secret` */
	VERIFY_TWILIO, /* X-Twilio-Signature, keyed by `secret` */
};

struct profile_auth_part {
	int kind;
	char *user, *secret, *name, *value;
	char *signed_text;
	int digest, form;
};

struct profile_send {
	int method, type, number;
	char *url;
	struct config_pairs headers, query;
	struct config_pairs fields; /* of a form */
	struct config_pairs each;   /* of a form, once a message */
	struct config_pairs coding; /* what {coding} is: "gsm" and "ucs2" */
	char *body;		    /* of JSON and XML; {items} is where the messages go */
	char *item, *joint;	    /* one message in {items}, and what stands between two */
	int64_t batch_max;
	bool resend_safe; /* a second request with the same {ref} sends nothing twice */
	int64_t timeout_ms;
};

struct profile_answer {
	int format;
	char *pattern;
	regex_t *compiled; /* NULL: no pattern */
	char *list;	   /* where the answers to several messages stand; "": there is one */
	int match;
	char *match_at; /* in one of them; "": the list is an object, its keys are what matches */
	char *ok;	/* "": a 2xx is enough */
	struct config_list ok_values; /* none: that something stands there is enough */
	char *id, *code, *parts, *price;
};

struct profile_verify_part {
	int kind;
	char *user, *secret, *name, *value;
	char *signed_text; /* of hmac: {body}, and {time} as the header `time` says it */
	char *time;	   /* of hmac: the header with the time, seconds since 1970; "": none */
	int digest, form;
};

/* A request that asks the provider for something; authenticated as one that sends. */
struct profile_inquiry {
	int method, type;
	char *url; /* "": the provider is not asked */
	struct config_pairs query, fields;
	char *body;
	int format;
	char *pattern;
	regex_t *compiled; /* NULL: no pattern */
};

/* What became of messages that were accepted: {ids} are the provider's. */
struct profile_poll {
	struct profile_inquiry ask;
	char *joint; /* between two ids */
	int64_t max; /* ids in one request */
	char *list;  /* as in answers */
	char *id;    /* where in one of them its id is; "": the list is an object with ids as keys,
			or there is one */
	char *state; /* its word, see `states` */
	char *code, *price;
};

/* What is left of a prepaid account. */
struct profile_balance {
	struct profile_inquiry ask;
	char *at;
	char *currency; /* three letters */
};

/* What the provider reports to us: receipts, and messages from phones. */
struct profile_report {
	int format;
	char *list; /* where several stand; "": there is one */
	bool lines; /* one of them is a text, whose lines are /0, /1 */
	char *kind; /* what it is; "": a receipt when it has a state, else a reply when it has a
		       text */
	struct config_list receipts, replies; /* what stands at `kind` then */
	char *ref, *id, *state, *code, *parts, *price;
	char *from, *to, *text, *reply_id;
	char *phone;		    /* of a receipt: the number it is about */
	struct config_list stopped; /* errors that say: the person has stopped us */
	char *answer, *answer_type; /* what the provider wants to hear */
};

struct provider_profile {
	char *name, *title, *source;
	struct config_list unverified; /* what nobody has seen in a source or tried */
	struct config_pairs settings;  /* text, secret or address */
	struct profile_auth_part auth;
	struct profile_send send;
	struct profile_answer answer;
	struct config_pairs codes; /* of answers: an action */
	struct config_pairs http;  /* "402" or "4xx": an action */
	struct config_pairs states;
	struct profile_report report;
	struct profile_verify_part verify;
	struct profile_poll poll;
	struct profile_balance balance;
};

/* Names that a request gives values beside the profile's settings, NULL-terminated. */
extern const char *const profile_message_names[];
extern const struct config_row profile_rows[];

/* ERR_INPUT says file, key and what is expected.  Owner: the caller, who calls profile_free(). */
bool profile_load(const char *path, struct provider_profile **out, struct err *err);
/* The same from memory; `name` stands where the path would. */
bool profile_parse(const char *name, const char *text, size_t len, struct provider_profile **out,
		   struct err *err);
void profile_free(struct provider_profile **profile);

enum profile_setting profile_setting_kind(const struct provider_profile *p, size_t i);
/* What an error of the provider means: its own code if the profile knows it, else the HTTP status;
 * `code` may be NULL.  A status nobody named: 5xx retry, 429 slow; 3xx, 401 to 405
 * bad, else fail. */
enum profile_action profile_action_of(const struct provider_profile *p, int status,
				      const char *code);
/* Whether a receipt's error says that the person has stopped us; `code` may be NULL. */
bool profile_stops(const struct provider_profile *p, const char *code);
/* STATE_UNKNOWN and false: the profile does not know the word. */
bool profile_state_of(const struct provider_profile *p, const char *word, enum profile_state *out);
const char *profile_action_word(enum profile_action action);

#endif
