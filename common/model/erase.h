/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* erase - destroy what is known of a client, and the act that says so.
 *
 * client_erase() is the first half, in the caller's transaction: from its COMMIT on the client is
 * nowhere to be found and nothing more leaves to them.  schedulerd does the rest day by day
 * (erasure_step() in SQL) and ends it with act_write().  The act names the person, as the law asks;
 * the database holds the name only sealed (privacy_key.h). */
#ifndef VESTNIK_MODEL_ERASE_H
#define VESTNIK_MODEL_ERASE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/model/privacy_key.h"
#include "common/store/pg.h"

#define ERASE_REASON_CHARS 500

struct erase_request {
	int64_t client_id;
	const char *reason; /* 1 to ERASE_REASON_CHARS characters, for the act */
	const char *source; /* "api" or "crm" */
	int64_t token_id;   /* who asked; 0: not a token */
	int64_t person_id;  /* 0: not a person */
};

enum erase_outcome {
	ERASE_BEGUN,
	ERASE_NOBODY,	 /* there is no such client */
	ERASE_COMPLAINT, /* a complaint of theirs is not closed, and the proof would go with them */
};

/* Complaints that are closed stay (their time is that of claims, three years), with number, name
 * and words sealed.  *erasure_id_out is set when it has begun.  ERR_INPUT without a key.  Inside a
 * transaction. */
bool client_erase(struct pg *pg, const struct privacy_key *key, const struct erase_request *request,
		  enum erase_outcome *outcome, int64_t *erasure_id_out, struct err *err);

/* Write and store the act of an erasure that is ready.  Inside the transaction of the step that
 * said so. */
bool act_write(struct pg *pg, const struct privacy_key *key, int64_t erasure_id, struct err *err);

/* SHA-256 of the whole act: the JSON that says who, a line feed, the JSON of the rest. */
void act_digest(const struct buf *subject, const char *act, size_t act_len,
		uint8_t out[PRIVACY_HASH_BYTES]);

#endif
