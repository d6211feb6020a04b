/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sim - the simulator's clock, chance and beginning and end; see sim.h. */
#include "tests/smscsim/sim.h"

#include "common/base/clock.h"

#define TICK_US	    2000
#define SCRATCH_MAX 1024
#define IDS_PER_SEC 1000000 /* so that a restart within a second repeats no id */
#define US_PER_SEC  1000000
#define FOREVER_MS  (30 * 86400000ull)

void sim_clock(struct sim *sim)
{
	sim->now_ms = clock_mono_ms();
}

/* --- chance --------------------------------------------------------------------------------------
 */

uint64_t sim_random(struct sim *sim)
{
	uint64_t x = sim->random_state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	sim->random_state = x;
	return x >> 11;
}

bool sim_chance(struct sim *sim, int64_t permille)
{
	return permille > 0 && (int64_t)(sim_random(sim) % PERMILLE) < permille;
}

uint32_t sim_between(struct sim *sim, struct range range)
{
	if (range.min == range.max)
		return range.min;
	return range.min + (uint32_t)(sim_random(sim) % (range.max - range.min + 1));
}

/* --- time ----------------------------------------------------------------------------------------
 */

static void rearm(struct sim *sim)
{
	const struct timeval tick = {.tv_usec = TICK_US};

	if (sim->wheel.count > 0 && !evtimer_pending(sim->tick, NULL))
		evtimer_add(sim->tick, &tick);
}

void sim_schedule(struct sim *sim, struct timed *item, uint64_t due_ms)
{
	wheel_add(&sim->wheel, item, due_ms);
	rearm(sim);
}

static void on_due(void *arg, struct timed *item)
{
	struct sim *sim = arg;

	if (item->kind == TIMED_ANSWER)
		submit_answer_due(sim, (struct answer *)item);
	else
		outbox_add(sim, (struct receipt *)item);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct sim *sim = arg;

	(void)fd;
	(void)what;
	sim_clock(sim);
	wheel_advance(&sim->wheel, sim->now_ms, on_due, sim);
	for (struct client *c = sim->clients; c != NULL; c = c->next)
		outbox_deliver(sim, c);
	for (unsigned i = 0; i < SESSIONS_MAX; i++) {
		if (sim->sessions[i] != NULL)
			session_flush(sim->sessions[i]);
	}
	rearm(sim);
}

/* --- beginning and end ---------------------------------------------------------------------------
 */

void sim_init(struct sim *sim)
{
	sim_clock(sim);
	sim->random_state = (uint64_t)sim->options.seed;
	sim->next_number = sim->options.first_id > 0
				   ? (uint64_t)sim->options.first_id
				   : (uint64_t)(clock_wall_us() / US_PER_SEC) * IDS_PER_SEC;
	wheel_init(&sim->wheel, sim->now_ms);
	pool_init(&sim->answers, sizeof(struct answer));
	pool_init(&sim->receipts, sizeof(struct receipt));
	buf_init(&sim->text, SCRATCH_MAX);
	buf_init(&sim->tlvs, SCRATCH_MAX);
	sim->log.fd = -1;
	sim->base = event_base_new();
	sim->tick = evtimer_new(sim->base, on_tick, sim);
}

/* Answers still on the wheel have no session any more: the log learns that they are lost. */
void sim_deinit(struct sim *sim)
{
	for (unsigned i = 0; i < SESSIONS_MAX; i++) {
		if (sim->sessions[i] != NULL)
			session_free(sim->sessions[i]);
	}
	wheel_advance(&sim->wheel, sim->wheel.now_ms + FOREVER_MS, on_due, sim);
	proof_log_close(&sim->log);
	outbox_free_all(sim);
	pool_deinit(&sim->answers);
	pool_deinit(&sim->receipts);
	buf_deinit(&sim->text);
	buf_deinit(&sim->tlvs);
	event_free(sim->tick);
	event_base_free(sim->base);
	SSL_CTX_free(sim->tls);
}
