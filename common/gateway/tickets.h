/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tickets - the two ticket queues of one account: connecting, consuming while the account may send,
 * giving tickets back when it may not.
 *
 * Tickets are held, by lane, until their batch is claimed or refused; then they are acknowledged.
 * They are only hints: losing the broker loses nothing but time.
 *
 * Owner: the claiming thread. */
#ifndef VESTNIK_GATEWAY_TICKETS_H
#define VESTNIK_GATEWAY_TICKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/broker/mq.h"
#include "common/broker/topology.h"
#include "common/gateway/gate.h"

#define TICKETS_MAX 48

struct ticket {
	int64_t batch_id;
	uint64_t tag;
	uint64_t not_before_ms; /* the batch was busy */
	int tries;
};

struct tickets {
	const struct gate *gate;
	struct mq *mq;
	bool connected, consuming;
	uint64_t connect_at_ms;
	int timer_fd; /* bounds waiting for the broker */
	char names[LANE_COUNT][QUEUE_NAME_SIZE];
	struct ticket list[LANE_COUNT][TICKETS_MAX];
	size_t count[LANE_COUNT];
};

bool tickets_init(struct tickets *t, const struct gate *gate, struct err *err);
void tickets_deinit(struct tickets *t);
/* Consume if that is not so already; takes at most about half a second when the broker is away. */
bool tickets_start(struct tickets *t);
/* Wait for tickets until the deadline or wake_fd, then take all that are here. */
void tickets_collect(struct tickets *t, uint64_t deadline_ms, int wake_fd);
/* Acknowledge and forget. */
void tickets_done(struct tickets *t, enum lane lane, size_t index);
/* Stop consuming; every ticket goes back. */
void tickets_give_back(struct tickets *t);

#endif
