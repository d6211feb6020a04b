/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* intake - messages of the API: from requests to durable chunks.
 *
 * A thread takes what has arrived since it began the group before, and stores it in one
 * transaction: idempotency keys, chunks.  So under load many calls share a commit; single messages
 * make a hundred groups a second at most, and a call after a pause waits for nobody.  After the
 * commit tickets go to the publisher and every call is answered. Single messages and bulk requests
 * have an intake each, so that a large one delays no urgent one.
 */
#ifndef VESTNIK_APID_INTAKE_H
#define VESTNIK_APID_INTAKE_H

#include "apid/api.h"
#include "common/model/message_template.h"
#include "common/model/quota.h"

#define INTAKE_CALLS_MAX    64
#define INTAKE_MESSAGES_MAX 4000

/* One call of a group. */
struct intake_job {
	struct http_call *call;
	struct cJSON *doc;
	struct message_item *items;
	size_t count;
	int64_t caller; /* caller_number() */
	struct send_terms terms;
	struct quota_ask ask; /* quota_id 0: nobody counts */
	bool over;	      /* it does not fit into the quota; ask says why */
	const char *key;      /* NULL: none */
	uint8_t hash[32];
	struct problem problem;
	struct buf answer;	 /* of a stored request */
	bool replayed;		 /* the answer is that of an earlier request */
	struct intake_job *twin; /* the same key earlier in this group */
};

struct intake *intake_new(struct api *api, struct queue *queue);
void intake_free(struct intake **i);

/* The handlers of its routes are never run: the intake takes calls from its queue itself. */
http_handler intake_no_handler;

/* intake_measure.c: put in the texts of templates, judge senders, say how many parts and how much
 * money a job of a program with limits asks for.  `texts` is what texts are borrowed from. */
bool intake_measure(struct api *api, struct pg *pg, struct intake_job *jobs, size_t count,
		    struct message_texts *texts, struct err *err);
/* A member of one of the job's messages is wrong. */
void intake_refuse(struct intake_job *job, size_t i, const char *field, const char *found,
		   const char *expected);

/* intake_store.c: store what has no problem; fills answers, replays and problems.  False: nothing
 * of the group is stored, or (ERR_UNKNOWN, ERR_LOST) it is not known. */
bool intake_store(struct api *api, struct pg *pg, struct intake_job *jobs, size_t count,
		  struct err *err);

#endif
