/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* topology - every queue of Vestnik, declared in this one place.
 *
 *   chunk.urgent  chunk.bulk           tickets for dispatcherd: "chunk <id>"
 *   batch.<account id>.urgent  .bulk   tickets for the gateway that owns the account: "batch <id>"
 *   receipt (dead letters: receipt.dead)   payload for dlrd: a receipt bundle
 *   inbound (dead letters: inbound.dead)   payload for dlrd: an inbound bundle; a queue of its own,
 *                                          so that a stop word waits behind no receipts
 *   crm.in (dead letters: crm.in.dead)     events for crmd, bound to all of exchange crm.in;
 *                                          several crmd consume it one after another, in order
 *   crm.out                                events of crmd, bound to all of exchange crm.out;
 *                                          when it is full, events wait in the database
 *
 * Ticket queues have no delivery limit: PostgreSQL counts how often work was taken. */
#ifndef VESTNIK_BROKER_TOPOLOGY_H
#define VESTNIK_BROKER_TOPOLOGY_H

#include "common/broker/mq.h"
#include "common/model/message.h"

#define QUEUE_NAME_SIZE 48

const char *queue_chunk(enum lane lane);
/* Writes "batch.7.bulk" into `out` and returns it. */
const char *queue_batch(int account_id, enum lane lane, char out[QUEUE_NAME_SIZE]);
#define QUEUE_RECEIPT	   "receipt"
#define QUEUE_RECEIPT_DEAD "receipt.dead"
#define QUEUE_INBOUND	   "inbound"
#define QUEUE_INBOUND_DEAD "inbound.dead"
#define EXCHANGE_CRM_IN	   "crm.in"
#define QUEUE_CRM_IN	   "crm.in"
#define QUEUE_CRM_IN_DEAD  "crm.in.dead"
#define EXCHANGE_CRM_OUT   "crm.out"
#define QUEUE_CRM_OUT	   "crm.out"
#define CRM_OUT_EVENTS_MAX 200000 /* what is more waits in the database */

bool topology_declare_chunks(struct mq *mq, struct err *err);
bool topology_declare_account(struct mq *mq, int account_id, struct err *err);
bool topology_declare_receipts(struct mq *mq, struct err *err);
bool topology_declare_inbound(struct mq *mq, struct err *err);
bool topology_declare_crm(struct mq *mq, struct err *err);

/* Tickets: "chunk 12" and "batch 9001" as text.  Parsing refuses anything else. */
#define TICKET_SIZE 32
size_t ticket_chunk(int64_t id, char out[TICKET_SIZE]);
size_t ticket_batch(int64_t id, char out[TICKET_SIZE]);
bool ticket_parse(const char *kind, const void *body, size_t len, int64_t *id_out);

#endif
