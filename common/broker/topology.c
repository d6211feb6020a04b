/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* topology - queue names, their declaration, and tickets (contract in topology.h). */
#include "common/broker/topology.h"

#include <stdio.h>
#include <string.h>

#include "common/base/log.h"

const char *queue_chunk(enum lane lane)
{
	return lane == LANE_URGENT ? "chunk.urgent" : "chunk.bulk";
}

const char *queue_batch(int account_id, enum lane lane, char out[QUEUE_NAME_SIZE])
{
	snprintf(out, QUEUE_NAME_SIZE, "batch.%d.%s", account_id, lane_name(lane));
	return out;
}

bool topology_declare_chunks(struct mq *mq, struct err *err)
{
	return mq_declare(mq, queue_chunk(LANE_URGENT), NULL, err) &&
	       mq_declare(mq, queue_chunk(LANE_BULK), NULL, err);
}

bool topology_declare_account(struct mq *mq, int account_id, struct err *err)
{
	char name[QUEUE_NAME_SIZE];

	return mq_declare(mq, queue_batch(account_id, LANE_URGENT, name), NULL, err) &&
	       mq_declare(mq, queue_batch(account_id, LANE_BULK, name), NULL, err);
}

bool topology_declare_receipts(struct mq *mq, struct err *err)
{
	return mq_declare(mq, QUEUE_RECEIPT, QUEUE_RECEIPT_DEAD, err);
}

bool topology_declare_inbound(struct mq *mq, struct err *err)
{
	return mq_declare(mq, QUEUE_INBOUND, QUEUE_INBOUND_DEAD, err);
}

/* A crmd that is killed leaves everything in its hand to be delivered again, so the limit is far
 * above what a row of kills does to a good event. */
#define CRM_DELIVERY_LIMIT 100
/* Dead letters may hold personal data of somebody who is erased meanwhile. */
#define CRM_DEAD_TTL_MS	   (INT64_C(30) * 24 * 3600 * 1000)

/* A queue of an older version has no time limit, which cannot be changed: it goes on as it is. */
static bool declare_crm_dead(struct mq *mq, struct err *err)
{
	static const struct mq_queue dead = {.name = QUEUE_CRM_IN_DEAD, .ttl_ms = CRM_DEAD_TTL_MS};
	uint32_t ready;
	bool exists;

	if (mq_declare_queue(mq, &dead, err))
		return true;
	if (err->kind != ERR_REFUSED || !mq_depth(mq, dead.name, &ready, &exists, err) || !exists)
		return false;
	log_warn("queue " QUEUE_CRM_IN_DEAD " is of an older version and keeps letters for ever: "
		 "empty it, delete it and start crmd again",
		 LI("letters", ready));
	return true;
}

bool topology_declare_crm(struct mq *mq, struct err *err)
{
	static const struct mq_queue in = {
		.name = QUEUE_CRM_IN,
		.dead_letter_queue = QUEUE_CRM_IN_DEAD,
		.delivery_limit = CRM_DELIVERY_LIMIT,
		.single_consumer = true,
	};
	static const struct mq_queue out = {
		.name = QUEUE_CRM_OUT,
		.messages_max = CRM_OUT_EVENTS_MAX,
	};

	return mq_declare_exchange(mq, EXCHANGE_CRM_IN, err) &&
	       mq_declare_exchange(mq, EXCHANGE_CRM_OUT, err) && declare_crm_dead(mq, err) &&
	       mq_declare_queue(mq, &in, err) && mq_declare_queue(mq, &out, err) &&
	       mq_bind(mq, QUEUE_CRM_IN, EXCHANGE_CRM_IN, "#", err) &&
	       mq_bind(mq, QUEUE_CRM_OUT, EXCHANGE_CRM_OUT, "#", err);
}

size_t ticket_chunk(int64_t id, char out[TICKET_SIZE])
{
	return (size_t)snprintf(out, TICKET_SIZE, "chunk %lld", (long long)id);
}

size_t ticket_batch(int64_t id, char out[TICKET_SIZE])
{
	return (size_t)snprintf(out, TICKET_SIZE, "batch %lld", (long long)id);
}

/* "KIND ID", ID a positive number without sign or leading zeros. */
bool ticket_parse(const char *kind, const void *body, size_t len, int64_t *id_out)
{
	const char *at = body, *end = at + len;
	size_t kind_len = strlen(kind);
	int64_t id = 0;

	if (len < kind_len + 2 || memcmp(at, kind, kind_len) != 0 || at[kind_len] != ' ')
		return false;
	at += kind_len + 1;
	if (*at == '0')
		return false;
	for (; at < end; at++) {
		if (*at < '0' || *at > '9' || __builtin_mul_overflow(id, 10, &id) ||
		    __builtin_add_overflow(id, *at - '0', &id))
			return false;
	}
	*id_out = id;
	return true;
}
