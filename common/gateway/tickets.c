/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tickets - see tickets.h. */
#include "common/gateway/tickets.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"

#define BROKER_CALL_MS	 2000
#define RECONNECT_MS	 500 /* one attempt; polling for stopped runs waits no longer */
#define RECONNECT_GAP_MS 1000
#define PREFETCH_SLOW	 4 /* an account that sends a batch in seconds needs few tickets */
#define RATE_FAST	 1000

bool tickets_init(struct tickets *t, const struct gate *gate, struct err *err)
{
	const struct mq_options options = {
		.url = gate->gateway->broker_url,
		.name = gate->gateway->application,
		.timeout_ms = BROKER_CALL_MS,
	};

	memset(t, 0, sizeof(*t));
	t->gate = gate;
	t->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (t->timer_fd < 0)
		return err_set(err, ERR_IO, "timerfd: %s", strerror(errno));
	for (int lane = 0; lane < LANE_COUNT; lane++)
		queue_batch(gate->settings->account_id, (enum lane)lane, t->names[lane]);
	return mq_open(&options, &t->mq, err);
}

void tickets_deinit(struct tickets *t)
{
	if (t->timer_fd >= 0)
		close(t->timer_fd);
	t->timer_fd = -1;
	mq_close(&t->mq);
}

static void forget_all(struct tickets *t)
{
	for (int lane = 0; lane < LANE_COUNT; lane++)
		t->count[lane] = 0;
}

/* Tags died with the connection: the broker delivers everything again. */
static void lost(struct tickets *t, const struct err *err)
{
	log_warn("broker lost", LS("account", t->gate->settings->name), LS("error", err->msg));
	t->connected = t->consuming = false;
	t->connect_at_ms = 0;
	forget_all(t);
}

/* --- consuming ---------------------------------------------------------------------------------
 */

static void arm_timer(struct tickets *t, int64_t ms)
{
	const struct itimerspec at = {
		.it_value = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}};

	timerfd_settime(t->timer_fd, 0, &at, NULL);
}

static bool connect_now(struct tickets *t, struct err *err)
{
	if (t->connected)
		return true;
	arm_timer(t, RECONNECT_MS);
	t->connected = mq_reconnect_wait(t->mq, t->timer_fd, err);
	return t->connected;
}

static uint16_t prefetch(const struct tickets *t)
{
	int32_t rate = t->gate->settings->parts_per_s;

	return rate == 0 || rate >= RATE_FAST ? TICKETS_MAX : PREFETCH_SLOW;
}

static bool consume(struct tickets *t, struct err *err)
{
	if (!topology_declare_account(t->mq, t->gate->settings->account_id, err))
		return false;
	for (int lane = 0; lane < LANE_COUNT; lane++)
		if (!mq_consume(t->mq, t->names[lane], prefetch(t), err))
			return false;
	return true;
}

bool tickets_start(struct tickets *t)
{
	struct err err = {0};

	if (t->consuming)
		return true;
	if (clock_mono_ms() < t->connect_at_ms)
		return false;
	if (connect_now(t, &err)) {
		t->consuming = consume(t, &err);
		if (!t->consuming)
			lost(t, &err);
	}
	if (!t->consuming)
		t->connect_at_ms = clock_mono_ms() + RECONNECT_GAP_MS;
	return t->consuming;
}

/* --- taking ------------------------------------------------------------------------------------
 */

static bool known(const struct tickets *t, int64_t batch_id)
{
	for (int lane = 0; lane < LANE_COUNT; lane++)
		for (size_t i = 0; i < t->count[lane]; i++)
			if (t->list[lane][i].batch_id == batch_id)
				return true;
	return false;
}

static void keep(struct tickets *t, const struct mq_delivery *d)
{
	enum lane lane = d->queue == t->names[LANE_URGENT] ? LANE_URGENT : LANE_BULK;
	int64_t batch_id;

	if (!ticket_parse("batch", d->body, d->len, &batch_id)) {
		log_warn("ticket that is none", LS("queue", d->queue));
		mq_ack(t->mq, d->tag, false);
	} else if (known(t, batch_id)) { /* published again meanwhile */
		mq_ack(t->mq, d->tag, false);
	} else if (t->count[lane] == TICKETS_MAX) { /* never, while prefetch bounds it */
		mq_reject(t->mq, d->tag, true);
	} else {
		t->list[lane][t->count[lane]++] =
			(struct ticket){.batch_id = batch_id, .tag = d->tag};
	}
}

void tickets_collect(struct tickets *t, uint64_t deadline_ms, int wake_fd)
{
	struct mq_delivery delivery;
	struct err err = {0};

	if (!t->connected)
		return;
	while (mq_take(t->mq, deadline_ms, wake_fd, &delivery, &err)) {
		keep(t, &delivery);
		deadline_ms = 0;
		wake_fd = -1;
	}
	if (err.kind != ERR_TIMEOUT)
		lost(t, &err);
}

void tickets_done(struct tickets *t, enum lane lane, size_t index)
{
	struct ticket *list = t->list[lane];

	mq_ack(t->mq, list[index].tag, false);
	t->count[lane]--;
	memmove(&list[index], &list[index + 1], (t->count[lane] - index) * sizeof(*list));
}

void tickets_give_back(struct tickets *t)
{
	struct err err = {0};

	if (!t->consuming)
		return;
	t->consuming = false;
	for (int lane = 0; lane < LANE_COUNT; lane++) {
		for (size_t i = 0; i < t->count[lane]; i++)
			mq_reject(t->mq, t->list[lane][i].tag, true);
		t->count[lane] = 0;
		if (!mq_cancel(t->mq, t->names[lane], &err)) {
			lost(t, &err);
			return;
		}
	}
	if (!mq_flush(t->mq, clock_mono_ms() + RECONNECT_MS, &err))
		lost(t, &err);
}
