/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* token_request - what a caller asks a token to be. */
#ifndef VESTNIK_APID_TOKEN_REQUEST_H
#define VESTNIK_APID_TOKEN_REQUEST_H

#include "apid/api.h"

#define TOKEN_ADDRESSES_MAX 16

/* Strings are borrowed from the document. */
struct token_request {
	const char *name;      /* of a new one */
	int64_t department_id; /* of a new one; 0: the caller's first */
	bool note_asked, rights_asked, templates_asked, addresses_asked, expires_asked,
		limits_asked;
	const char *note;
	const char *right[RIGHTS];
	size_t right_count;
	uint64_t rights; /* what they come to, for a program */
	int64_t template_id[SEND_TEMPLATES_MAX];
	size_t template_count; /* 0: any */
	const char *address[TOKEN_ADDRESSES_MAX];
	size_t address_count;			    /* 0: any */
	int64_t expires_at_us;			    /* 0: never */
	int64_t parts_per_hour, parts_per_day;	    /* 0: no limit */
	const char *money_per_hour, *money_per_day; /* decimal roubles; NULL: no limit */
};

/* Read the members of a new one, or (not `fresh`) those that are to change; what is wrong stands in
 * the problem. */
void token_request_read(struct json_in *in, bool fresh, struct token_request *out);
/* Push note, rights, templates, addresses and expiry, in this order. */
void token_request_push(struct pg_params *params, const struct token_request *t);
/* Whether there are any limits. */
bool token_request_limits(const struct token_request *t);
/* Push the four limits: parts an hour, a day, money an hour, a day. */
void token_request_push_limits(struct pg_params *params, const struct token_request *t);

#endif
