/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* preview - a text as clients of a list would read it.
 *
 * At most SAMPLE_CLIENTS clients are looked at: the first half of them in order of id, the rest
 * spread over the list, always the same ones.  What they would get is made by the rules that
 * dispatcherd sends by (common/model/compose). */
#ifndef VESTNIK_APID_PREVIEW_H
#define VESTNIK_APID_PREVIEW_H

#include "apid/api.h"
#include "common/model/compose.h"
#include "common/route/store.h"

#define SAMPLE_CLIENTS	  300
#define SAMPLES_SHOWN_MAX 20

/* What to render for whom. */
struct preview {
	const struct render_plan *plan;
	int64_t list_id;		  /* 0: all clients */
	int64_t client_id;		  /* this one alone; 0: a sample */
	int16_t account_id;		  /* 0: the routing decides */
	enum message_category category;	  /* 0: not known yet */
	const struct route_store *routes; /* for what messages cost; NULL: nobody asks */
};

/* One client's text, measured. */
struct sample {
	size_t row;
	const char *missing; /* the field without value and fallback: there is no text */
	int empty;	     /* fields without a value */
	int parts;	     /* 0: no text, or more than SMS_PARTS_MAX */
	uint32_t units;
	enum sms_encoding encoding;
	struct sample_spelled {
		int parts; /* likewise */
		bool rewritten;
		int64_t cost_micro;
	} spelled[SPELLING_LAST + 1]; /* by spelling */
};

/* Owner: whoever called samples_take(); borrows the preview. */
struct samples {
	const struct preview *preview;
	struct pg_result *rows;
	size_t count;
	struct sample item[SAMPLE_CLIENTS];
	size_t no_text; /* of them */
};

/* The account that carries the n-th batch; where no account exists yet, one without peculiarities.
 */
const struct route_account *preview_account(const struct route_table *routes, int16_t account_id,
					    uint64_t n);
/* Read the accounts; the caller frees the table. */
bool preview_routes(struct request *r, struct route_table **out, struct err *err);

/* Clients who are left out whatever their text says (opted out, no mobile number, no consent) are
 * not sampled, unless the preview names one. */
bool samples_take(struct request *r, const struct preview *preview, struct samples *out,
		  struct err *err);
void samples_deinit(struct samples *s);
/* Write member `samples`: the first, the longest, the shortest, the one with most fields empty,
 * then more of the first. */
void samples_put(struct json_out *json, const struct samples *s, size_t limit);
/* The text of one sample, appended to `out`. */
void sample_text(const struct samples *s, const struct sample *item, struct buf *out);
int64_t sample_msisdn(const struct samples *s, const struct sample *item);

#endif
