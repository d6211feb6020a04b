/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_request - a campaign as JSON says it; no store, so that it can be fuzzed alone. */
#ifndef VESTNIK_APID_CAMPAIGN_REQUEST_H
#define VESTNIK_APID_CAMPAIGN_REQUEST_H

#include "apid/campaign_use.h"
#include "apid/pace_request.h"
#include "common/model/message.h"
#include "common/sms/spelling.h"
#include "common/web/json.h"

#define TEXT_CHARS_MAX 2000

struct campaign_fields {
	const char *name;
	const char *text;
	enum sms_spelling spelling;
	const char *sender;
	enum message_class class;
	enum message_category category; /* 0: nobody has said yet */
	int64_t list_id;		/* 0: all clients */
	const char *account;		/* NULL: the routing decides */
	int64_t priority;
	int64_t max_parts;
	int64_t validity_s;
	struct pace_fields pace;
	int64_t start_at_us;	  /* 0: at launch */
	bool report_statuses;	  /* each message's fate is told to other systems */
	const char *after_hours;  /* move, cancel */
	const char *cap_exempt;	  /* why; NULL: it is not */
	int64_t department_id;	  /* of a new one; 0: not said */
	int64_t template_id;	  /* whose version the text is; 0: the campaign's own text */
	int64_t template_version; /* 0: the newest, before it is looked up */
	struct campaign_use use;
	bool template_asked, category_asked, spelling_asked; /* this request says which */
};

/* An advertising draft without a name. */
extern const struct campaign_fields campaign_fields_default;

/* Read the members that are there over what *fields holds; with JSON_REQUIRED the name must be.
 * Text and sender may be "", which launching refuses; a text of its own ends a template's.  Strings
 * are borrowed from the document. */
void campaign_fields_read(const struct cJSON *doc, enum json_need need,
			  struct campaign_fields *fields, struct problem *problem);
/* Member `spelling`; `otherwise` when it is not there. */
enum sms_spelling spelling_in(struct json_in *in, enum sms_spelling otherwise);
/* The text's placeholders must be among `known`. */
void campaign_text_check(const char *field, const char *text, const char *const *known,
			 size_t known_count, struct problem *problem);

#endif
