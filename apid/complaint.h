/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* complaint - a complaint as the API shows it and as a pack of proof holds it. */
#ifndef VESTNIK_APID_COMPLAINT_H
#define VESTNIK_APID_COMPLAINT_H

#include "apid/api.h"

#define COMPLAINT_MESSAGES_MAX 100
#define COMPLAINT_LINE_CHARS   200
#define COMPLAINT_CLAIM_CHARS  8000

/* Whom a complaint is about, as far as it is known. */
struct complaint_facts {
	int64_t id;
	int64_t client_id; /* 0: not known */
	int64_t msisdn;	   /* likewise */
	char source[20];
	int64_t messages[COMPLAINT_MESSAGES_MAX];
	size_t message_count;
};

/* Write the complaint with its packs into r->json; one that is not there is the problem.  What was
 * sealed when its person was erased is unsealed.  `facts` may be NULL. */
bool complaint_put(struct request *r, int64_t id, struct complaint_facts *facts, struct err *err);

/* Member `source`: where a complaint came from. */
const char *complaint_source_in(struct json_in *in, enum json_need need);

#endif
