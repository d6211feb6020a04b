/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_terms - what a campaign says about sending, and what forbids launching it. */
#ifndef VESTNIK_APID_CAMPAIGN_TERMS_H
#define VESTNIK_APID_CAMPAIGN_TERMS_H

#include "apid/audience.h"

#define TERMS_PROBLEMS_MAX 16
#define TERMS_WARNINGS_MAX 6 /* one of each text */

struct terms_problem {
	const char *field;
	char message[600];
};

/* Owner: whoever called terms_load(). */
struct terms {
	int64_t id;
	const char *text, *sender; /* borrowed from rows */
	enum sms_spelling spelling;
	bool compare;			/* terms_count() counts every spelling */
	enum message_category category; /* 0: nobody has said yet */
	enum message_class class;
	int64_t list_id;    /* 0: all clients */
	int16_t account_id; /* 0: the routing decides */
	int max_parts;
	int64_t validity_s;
	int64_t pace_per_min;  /* 0: none */
	int64_t pace_until_us; /* spread until then; 0: not */
	int64_t stop_us;       /* 0: never */
	int64_t start_at_us;   /* 0: at launch */
	int64_t now_us;	       /* database clock */
	bool bound;	       /* permitted hours bind its category */
	bool moves;	       /* what they leave no time for goes the next day */
	bool cap_exempt;
	struct assign_control control;
	struct assign_variants variants;
	struct render_plan *further[ASSIGN_VARIANTS_MAX - 1]; /* of further texts; NULL likewise */
	struct render_plan *plan;	  /* NULL: the text is missing or no template */
	const struct route_store *routes; /* held, of `routing` */
	struct routing *routing;
	struct terms_problem problem[TERMS_PROBLEMS_MAX];
	size_t problem_count;
	struct terms_problem warning[TERMS_WARNINGS_MAX]; /* of what the texts say */
	size_t warning_count;
	struct pg_result *rows;
};

/* Read the campaign and find what forbids launching.  A missing one is a filled 404 (then there is
 * nothing to deinit, as on false). */
bool terms_load(struct request *r, int64_t id, struct terms *out, struct err *err);
void terms_deinit(struct terms *t);
/* For the body of a transaction: what was found is the problem. */
bool terms_refuse(struct request *r, const struct terms *t, struct err *err);

/* One more problem; the field is a literal. */
void terms_problem(struct terms *t, const char *field, const char *message);
/* The same of what forbids nothing. */
void terms_warning(struct terms *t, const char *field, const char *message);

/* What routing is asked for them; a category nobody has said yet is taken for the strictest. */
struct route_ask terms_ask(const struct terms *t);
/* What of them judges clients; borrows from the terms. */
void terms_audience(const struct terms *t, struct audience_terms *out);
/* Inside a transaction.  An empty audience is one more problem, and too few promo codes are. */
bool terms_count(struct request *r, struct terms *t, struct audience *out, struct err *err);
/* Whether launching depends on how many recipients there are. */
bool terms_need_count(const struct terms *t);
/* In the transaction of a launch: wait for other launches that want codes of the same pool ... */
bool terms_lock_promo(struct request *r, const struct terms *t, struct err *err);
/* ... and say how many of them this campaign may take. */
bool terms_hold_promo(struct request *r, const struct terms *t, const struct audience *audience,
		      struct err *err);

#endif
