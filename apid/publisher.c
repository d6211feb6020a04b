/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* publisher - see publisher.h. */
#include "apid/publisher.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/metrics.h"
#include "common/base/queue.h"
#include "common/broker/mq.h"
#include "common/broker/topology.h"

#define TICKETS_MAX	  20000
#define GROUP_MAX	  500
#define CONFIRM_MS	  5000
#define HEARTBEAT_TURN_MS 100 /* a stop waits as long */

struct publisher {
	char *url;
	char name[64];
	struct queue *tickets;
	pthread_t thread;
	int stop_fd;
	atomic_bool ending;
	struct metric *published;
	struct metric *dropped;
};

/* A ticket fits a pointer: the chunk id and, in the lowest bit, the lane. */
static void *ticket_pack(int64_t chunk_id, enum lane lane)
{
	return (void *)(uintptr_t)((uint64_t)chunk_id << 1 | (lane == LANE_BULK ? 1 : 0));
}

void publisher_put(struct publisher *p, int64_t chunk_id, enum lane lane)
{
	if (!queue_try_put(p->tickets, ticket_pack(chunk_id, lane)))
		metric_add(p->dropped, 1);
}

static bool publish_group(struct mq *mq, void *const *items, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t packed = (uint64_t)(uintptr_t)items[i];
		char ticket[TICKET_SIZE];
		size_t len = ticket_chunk((int64_t)(packed >> 1), ticket);

		mq_publish(mq, queue_chunk(packed & 1 ? LANE_BULK : LANE_URGENT), ticket, len);
	}
	return mq_confirm(mq, clock_mono_ms() + CONFIRM_MS, err);
}

static bool open_broker(struct publisher *p, struct mq **mq, struct err *err)
{
	struct mq_options options = {.url = p->url, .name = p->name};

	if (*mq == NULL && !mq_open(&options, mq, err))
		return false;
	if (!mq_usable(*mq) && !mq_reconnect_wait(*mq, p->stop_fd, err))
		return false;
	return topology_declare_chunks(*mq, err);
}

/* Wait a little, but not past the end. */
static void pause_ms(struct publisher *p, int ms)
{
	for (int i = 0; i < ms / 50 && !atomic_load(&p->ending); i++)
		usleep(50000);
}

/* One turn: take what is there (with nothing, keep the connection alive) and publish it.  What
 * could not be confirmed stays in `items` and goes first next time: takers deduplicate. */
static bool turn(struct publisher *p, struct mq *mq, void **items, size_t *count, struct err *err)
{
	if (*count == 0) {
		void *first = queue_take(p->tickets, clock_mono_ms() + HEARTBEAT_TURN_MS);

		if (first == NULL)
			return mq_confirm(mq, clock_mono_ms() + CONFIRM_MS, err);
		items[0] = first;
		*count = 1 + queue_take_many(p->tickets, items + 1, GROUP_MAX - 1);
	}
	if (!publish_group(mq, items, *count, err))
		return false;
	metric_add(p->published, (int64_t)*count);
	*count = 0;
	return true;
}

static void *publisher_thread(void *arg)
{
	struct publisher *p = arg;
	void *items[GROUP_MAX];
	size_t count = 0;
	struct mq *mq = NULL;
	struct err err;
	bool open = false;

	while (!atomic_load(&p->ending) || (open && queue_len(p->tickets) > 0)) {
		if (!open) {
			open = open_broker(p, &mq, &err);
			if (!open && !atomic_load(&p->ending)) {
				log_err("broker is not there; schedulerd will publish what waits",
					&err);
				pause_ms(p, 1000);
			}
			continue;
		}
		if (!turn(p, mq, items, &count, &err)) {
			log_err("tickets were not confirmed", &err);
			if (atomic_load(&p->ending))
				break;
			open = mq_usable(mq);
			pause_ms(p, 200);
		}
	}
	while (queue_try_take(p->tickets) != NULL)
		metric_add(p->dropped, 1);
	if (mq != NULL)
		mq_close(&mq);
	return NULL;
}

struct publisher *publisher_new(const char *broker_url)
{
	struct publisher *p = mem_calloc(1, sizeof(*p));

	p->url = mem_strdup(broker_url);
	snprintf(p->name, sizeof(p->name), "apid/%s", daemon_instance());
	p->tickets = queue_new(TICKETS_MAX);
	p->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->published = metrics_counter("vestnik_tickets_published_total",
				       "Tickets the broker has confirmed", NULL);
	p->dropped =
		metrics_counter("vestnik_tickets_dropped_total",
				"Tickets left to schedulerd because the broker was away", NULL);
	if (pthread_create(&p->thread, NULL, publisher_thread, p) != 0)
		panic("pthread_create failed");
	return p;
}

void publisher_free(struct publisher **publisher)
{
	struct publisher *p = *publisher;

	if (p == NULL)
		return;
	atomic_store(&p->ending, true);
	eventfd_write(p->stop_fd, 1);
	pthread_join(p->thread, NULL);
	queue_free(&p->tickets);
	close(p->stop_fd);
	mem_free(p->url);
	mem_free(p);
	*publisher = NULL;
}
