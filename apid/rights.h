/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* rights - what a caller may do: one list of rights.
 *
 * Every operation names the right it needs where its route stands (routes.c); auth_check()
 * compares. Which rights a role has stands in table role; whose things a right is for: scope.h. */
#ifndef VESTNIK_APID_RIGHTS_H
#define VESTNIK_APID_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/model/send_terms.h"

struct pg_params;

enum right {
	RIGHT_FORGOTTEN, /* an operation that names none: nobody may */
	RIGHT_OPEN,	 /* anybody may, without saying who */
	RIGHT_PROFILE,	 /* one's own profile and session: every person, no program */
	RIGHT_CAMPAIGNS_READ,
	RIGHT_CAMPAIGNS_EDIT,
	RIGHT_CAMPAIGNS_LAUNCH,
	RIGHT_CAMPAIGNS_CONTROL, /* pause, resume, cancel */
	RIGHT_CLIENTS_READ,
	RIGHT_CLIENTS_IMPORT,
	RIGHT_LISTS_EDIT,
	RIGHT_ATTRIBUTES_EDIT,
	RIGHT_TEMPLATES_READ,
	RIGHT_TEMPLATES_EDIT, /* promo codes and the address of short links too */
	RIGHT_PROMO_REDEEM,
	RIGHT_MESSAGES_READ,
	RIGHT_MESSAGES_SEND,
	RIGHT_OPT_OUTS_READ,
	RIGHT_OPT_OUTS_EDIT,
	RIGHT_OPT_OUTS_REMOVE, /* lift a stop, by a new consent with proof */
	RIGHT_ACCOUNTS_READ,   /* providers and accounts, how they are, what is wrong now */
	RIGHT_ACCOUNTS_EDIT,   /* set them up, give them passwords */
	RIGHT_ROUTES_EDIT,     /* the policy of routing, contracts with operators, caps */
	RIGHT_CONSENTS_READ,
	RIGHT_CONSENTS_EDIT, /* enter and withdraw them, publish texts, keep the register */
	RIGHT_RULES_READ,    /* hours, limits, the calendar */
	RIGHT_RULES_EDIT,
	RIGHT_PERSONAL_READ,   /* numbers and names in full */
	RIGHT_PERSONAL_REVEAL, /* those of one client, for a reason */
	RIGHT_PERSONAL_EXPORT, /* everything about one person */
	RIGHT_CLIENTS_BLOCK,
	RIGHT_CLIENTS_ERASE,
	RIGHT_AUDIT_READ, /* who read what */
	RIGHT_COMPLAINTS_READ,
	RIGHT_COMPLAINTS_EDIT,
	RIGHT_COMPLAINTS_PACK, /* hand out the proof: everything about one person, in full */
	RIGHT_SENDERS_READ,
	RIGHT_SENDERS_EDIT,	 /* and what operators know of them */
	RIGHT_SOURCES_EDIT,	 /* set up where clients are pulled from, run, see and decide */
	RIGHT_TARIFFS_READ,	 /* price lists, invoices, what messages cost */
	RIGHT_TARIFFS_EDIT,	 /* load them */
	RIGHT_USERS_EDIT,	 /* the people who sign in, and their sessions */
	RIGHT_PRIVACY_READ,	 /* requests of people about their data */
	RIGHT_PRIVACY_EDIT,	 /* register and answer them */
	RIGHT_EXPORTS_MAKE,	 /* files with personal data; in full with personal.read */
	RIGHT_TOKENS_EDIT,	 /* make tokens, see and revoke them: no program, so that none makes
				    another */
	RIGHT_CAMPAIGNS_APPROVE, /* what somebody else made */
	RIGHT_BUDGETS_READ,
	RIGHT_BUDGETS_EDIT,
	RIGHT_USERS_READ,	/* people, departments and roles */
	RIGHT_DEPARTMENTS_EDIT, /* make, move and remove them */
	RIGHT_TEXTS_REVIEW,	/* say as a lawyer whether a text advertises */
	RIGHTS,
};

struct grant;

/* What a person has to do before the session may more than RIGHT_PROFILE. */
enum caller_limit { LIMIT_NONE, LIMIT_PASSWORD, LIMIT_SECOND_FACTOR };

/* A program with a token or a person with a session; the id of the other is 0. */
struct caller {
	int64_t token_id;
	int64_t person_id;
	uint64_t rights;     /* bit 1 << right: held somewhere */
	struct grant *grant; /* where: scope.h */
	size_t grant_count;
	bool viewing; /* fewer clients than there are: scope_view_begin() */
	enum caller_limit limit;
	struct send_terms terms; /* of a token; nothing of it holds for a person */
};

/* Let go what *caller owns; it is empty afterwards. */
void caller_deinit(struct caller *caller);

/* "campaigns.read"; NULL for those a caller cannot have. */
const char *right_name(enum right right);
/* All that a program may have. */
uint64_t rights_of_token(void);
/* Names with a space between them, as table role has them; "*" is every right, an unknown name is
 * none: a newer migration may know it. */
uint64_t rights_of_names(const char *words);
bool caller_may(const struct caller *caller, enum right right);
/* The right of this name; RIGHT_FORGOTTEN: there is none. */
enum right right_of_name(const char *name);

/* One number for both kinds: the token's id, or the person's with a minus before it. */
int64_t caller_number(const struct caller *caller);
/* "token 3" or "person 7", for records that outlive both. */
#define CALLER_NAME_SIZE 32
const char *caller_name(const struct caller *caller, char out[CALLER_NAME_SIZE]);
/* Two parameters, token_id and person_id, of which one is null. */
void caller_params(struct pg_params *params, const struct caller *caller);

#endif
