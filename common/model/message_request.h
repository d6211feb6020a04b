/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* message_request - messages as JSON says them; no store, so that it can be fuzzed alone. */
#ifndef VESTNIK_MODEL_MESSAGE_REQUEST_H
#define VESTNIK_MODEL_MESSAGE_REQUEST_H

#include "common/model/message.h"
#include "common/web/json.h"

#define BULK_MESSAGES_MAX 1000

/* One message; strings are borrowed from the document.  Of one that names a template, the text and
 * what it does not say itself are filled in by message_template.h. */
struct message_item {
	int64_t id; /* given when it is stored */
	int64_t msisdn;
	int64_t template_id;	       /* 0: it says its text itself */
	const struct cJSON *variables; /* texts by name, for the template; NULL: none */
	const char *text;
	const char *sender;
	const char *account; /* NULL: the routing decides */
	int16_t account_id;  /* found by the caller */
	int16_t max_parts;
	int16_t parts;	    /* that the text takes */
	int64_t cost_micro; /* what they would cost, where somebody has asked (route/quote.h) */
	int32_t validity_s;
	enum message_class class;
	enum message_category category;
	enum lane lane;
	bool any_hour;	   /* a person asked for it just now: no permitted hours bind it */
	int64_t token_id;  /* whose department pays; 0: the company does */
	const char *zones; /* found when it is stored: those of chunk.zones; NULL: none bind it */
};

/* Read a single message or a bulk request; *out is an array of *count_out, released with
 * mem_free(). With a problem filled the array is of no use (and still released). */
void message_single_read(const struct cJSON *doc, struct problem *problem,
			 struct message_item **out, size_t *count_out);
/* The same of an object that has other members as well: the caller has begun to read it, and ends.
 */
void message_members_read(struct json_in *in, struct message_item *out);
void message_bulk_read(const struct cJSON *doc, struct problem *problem, struct message_item **out,
		       size_t *count_out);

/* Measure the text, as it will be sent.  False: err says why not. */
bool message_measure(struct message_item *m, struct err *err);
/* A code is of no use later: for whoever learns the category. */
void message_clamp_validity(struct message_item *m);

#endif
