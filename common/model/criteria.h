/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* criteria - who is on a list: a tree of conditions as JSON, compiled to SQL with parameters.
 *
 *   {"and": [node...]}  {"or": [node...]}  {"not": node}
 *   {"criterion": "city", "op": "in", "values": ["Тверь", "Казань"]}
 *   {"criterion": "action_sum", "action": "purchase", "within": 90, "op": "ge", "value": 5000}
 *
 * Every leaf is true or false, never unknown: a client without the value fulfils no comparison, and
 * an operator that says "not" is the exact opposite of the one without.  No text of a tree becomes
 * SQL: it travels as a parameter, and what stands in the SQL comes from the table of criteria. */
#ifndef VESTNIK_MODEL_CRITERIA_H
#define VESTNIK_MODEL_CRITERIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/store/pg.h"
#include "common/web/problem.h"

struct cJSON;

#define CRITERIA_DEPTH_MAX  10
#define CRITERIA_LEAVES_MAX 100
#define CRITERIA_JOINS_MAX  16 /* leaves that read another table of all clients */
#define CRITERIA_VALUES_MAX 1000
#define CRITERIA_SQL_MAX    (256 * 1024)
#define CRITERIA_DAYS_MAX   3660

enum criterion_family {
	FAMILY_PERSON,
	FAMILY_PLACE,
	FAMILY_RELATION,
	FAMILY_CONTRACT,
	FAMILY_MONEY,
	FAMILY_LOYALTY,
	FAMILY_ACTIONS,
	FAMILY_MESSAGES,
	FAMILY_CONSENT,
	FAMILY_NUMBER,
	FAMILY_LISTS,
	FAMILY_ATTRIBUTES,
	FAMILIES,
};

/* What a leaf is compared with, and so which operators and members it has. */
enum criterion_kind {
	CRITERION_TEXT,	  /* in, not_in (values), begins, contains (value), empty, filled */
	CRITERION_NUMBER, /* eq, ne, lt, le, gt, ge (value), between (from, to), empty, filled */
	CRITERION_DATE,	  /* on, before, after (value), between (from, to), last_days, next_days,
			     older_days (days), empty, filled */
	CRITERION_YES_NO, /* is, is_not */
	CRITERION_SEX,	  /* in, not_in (values: male, female), empty, filled */
	CRITERION_CHOICE, /* in, not_in (values of a list that the service has) */
	CRITERION_MANY,	  /* any, all, none (values), empty, filled */
};

/* Where the value comes from. */
enum criterion_source {
	SOURCE_CLIENT, /* a column of the client */
	SOURCE_ACTION, /* of actions: action, category, within (days) or since and until */
	SOURCE_CHANGE, /* of actions: action, category, within (days) against as many days before */
	SOURCE_MESSAGE,	  /* of messages: within (days) */
	SOURCE_REPLY,	  /* of messages from phones: within (days) */
	SOURCE_CLICK,	  /* of messages whose short link was followed: within (days) */
	SOURCE_OPT_OUT,	  /* the stop list */
	SOURCE_CONSENT,	  /* valid consents of the number: purpose */
	SOURCE_OPERATOR,  /* whose the number is, ported or not */
	SOURCE_RANGE,	  /* where the number is from */
	SOURCE_PORTED,	  /* whether it is with another operator than its range says */
	SOURCE_SHARED,	  /* clients with the same number */
	SOURCE_LIST,	  /* membership: list */
	SOURCE_LISTS,	  /* how many lists */
	SOURCE_SHARE,	  /* percent, seed */
	SOURCE_ATTRIBUTE, /* attribute */
	SOURCES,
};

struct criterion {
	const char *code;
	enum criterion_family family;
	enum criterion_source source;
	enum criterion_kind kind;
	const char *sql;   /* the value, of client `c` or within its source */
	const char *total; /* of actions: the value in action_total */
	const char *name;  /* for people; common/web/ru.txt has the Russian */
};

extern const struct criterion criteria[];
extern const size_t criteria_count;

const struct criterion *criterion_find(const char *code); /* NULL: there is none */
const char *criterion_family_code(enum criterion_family family);
const char *criterion_family_name(enum criterion_family family);
const char *criterion_kind_code(enum criterion_kind kind);
/* The operators of a kind, NULL-terminated. */
const char *const *criterion_ops(enum criterion_kind kind);
/* What a condition also says, by where its value comes from, NULL-terminated: names of its members,
 * and "period" for within (days) or since and until. */
const char *const *criterion_takes(enum criterion_source source);

/* An attribute that the company defined, as client_attribute has it. */
struct criteria_attribute {
	const char *name;
	int slot;
	const char *type;
};

#define CRITERIA_ATTRIBUTES_MAX 500

/* What "today" and "the last days" are counted from, and what attributes there are. */
struct criteria_env {
	int32_t today;	     /* days since 1970-01-01, in the company's zone */
	int64_t midnight_us; /* when today began */
	const char *zone;    /* the company's, an IANA name */
	struct criteria_attribute attributes[CRITERIA_ATTRIBUTES_MAX];
	size_t attribute_count;
	struct pg_result *rows; /* what the texts above are borrowed from */
};

/* Read it from the database.  Owner: the caller, who lets it go with criteria_env_deinit(). */
bool criteria_env_load(struct pg *pg, struct criteria_env *out, struct err *err);
void criteria_env_deinit(struct criteria_env *env);

/* What two who count at the same time would cut the clients by; one alone is as fast where an index
 * has all that is asked, or where most of the time goes into grouping what others have. */
enum criteria_ranges { RANGES_NONE, RANGES_BY_PLACE, RANGES_BY_ID };

struct criteria_compiled {
	int params; /* how many there are; the caller may add its own */
	enum criteria_ranges ranges;
	bool groups; /* what others have is grouped by client */
};

/* Compile a tree that json_parse() has passed; NULL: everybody.  Appends "FROM client c ... WHERE
 * ..." to `sql` and fills `params`, which is empty: $1 is today, $2 the zone.  False: the problem
 * names the member that is wrong and says what is expected there. */
bool criteria_compile(const struct cJSON *tree, const struct criteria_env *env, struct buf *sql,
		      struct pg_params *params, struct criteria_compiled *out,
		      struct problem *problem);

/* Let the statements of this transaction read whole tables in the way that is fast for such trees:
 * memory to sort in, and merging what indexes hold in order.  Hashing millions of clients misses
 * the cache with each of them (ten times the time), and a second process maps every page of the
 * clients anew (three times).  Groups are never read again for each client: few clients expected
 * where many come made a count of a second one of minutes. */
bool criteria_tune(struct pg *pg, const struct criteria_compiled *compiled, struct err *err);

#endif
