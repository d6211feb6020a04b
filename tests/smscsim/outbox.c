/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* outbox - see sim.h. */
#include "tests/smscsim/sim.h"

#include <string.h>

#include "common/base/mem.h"

#define AGAIN_MS 1000 /* until a refused receipt is tried again */

/* Stands in a session's ring where a reply waits for its answer. */
static struct receipt mo_marker;

static struct receipt *receipt_of(struct timed *item)
{
	return (struct receipt *)item; /* its first member */
}

struct client *client_get(struct sim *sim, const char *system_id)
{
	struct client *c = sim->clients;

	while (c != NULL && strcmp(c->system_id, system_id) != 0)
		c = c->next;
	if (c == NULL) {
		c = mem_calloc(1, sizeof(*c));
		memcpy(c->system_id, system_id, strlen(system_id) + 1);
		c->next = sim->clients;
		sim->clients = c;
	}
	return c;
}

void outbox_attach(struct session *s)
{
	s->next_receiver = s->client->receivers;
	s->client->receivers = s;
}

static void forget(struct sim *sim, struct receipt *r)
{
	pool_give(&sim->receipts, r);
	sim->receipts_alive--;
}

void outbox_detach(struct session *s)
{
	struct session **at;

	if (s->client == NULL)
		return;
	for (at = &s->client->receivers; *at != NULL; at = &(*at)->next_receiver) {
		if (*at == s) {
			*at = s->next_receiver;
			break;
		}
	}
	/* Newest first, so that the oldest ends in front. */
	for (uint32_t i = 0; i < DELIVER_WINDOW_MAX; i++) {
		struct receipt *r = s->ring[(s->sequence - i) % DELIVER_WINDOW_MAX];

		if (r == NULL || r == &mo_marker)
			continue;
		timed_prepend(&s->client->waiting, &r->timed);
		s->client->waiting_count++;
	}
}

/* --- sending -------------------------------------------------------------------------------------
 */

static bool has_room(const struct session *s)
{
	uint32_t next = s->sequence + 1;

	return s->ending == ENDING_NOT && s->delivering < s->sim->options.deliver_window &&
	       s->ring[next % DELIVER_WINDOW_MAX] == NULL && !session_congested(s);
}

static void send_sm(struct session *s, const struct smpp_sm *sm, struct receipt *r)
{
	uint32_t sequence = session_next_sequence(s);

	if (!smpp_put_sm(&s->out, SMPP_DELIVER_SM, sequence, sm))
		panic("a deliver_sm of our own does not fit the wire");
	s->ring[sequence % DELIVER_WINDOW_MAX] = r;
	s->delivering++;
}

static void send_receipt(struct session *s, struct receipt *r)
{
	struct sim *sim = s->sim;
	struct smpp_sm sm;

	receipt_write(r, &sim->options, &sim->text, &sim->tlvs, &sm);
	send_sm(s, &sm, r);
	sim->stats.receipts_sent++;
}

/* Move the first receiver to the end, so that the binds of a client share its receipts. */
static void rotate(struct client *c)
{
	struct session *first = c->receivers;
	struct session **end = &c->receivers;

	if (first == NULL || first->next_receiver == NULL)
		return;
	c->receivers = first->next_receiver;
	while (*end != NULL)
		end = &(*end)->next_receiver;
	first->next_receiver = NULL;
	*end = first;
}

void outbox_deliver(struct sim *sim, struct client *c)
{
	if (c->waiting.head == NULL || sim->options.silent)
		return;
	for (struct session *s = c->receivers; s != NULL; s = s->next_receiver) {
		while (c->waiting.head != NULL && has_room(s)) {
			c->waiting_count--;
			send_receipt(s, receipt_of(timed_take(&c->waiting)));
		}
		session_flush(s);
	}
	rotate(c);
}

void outbox_add(struct sim *sim, struct receipt *r)
{
	if (r->client->waiting_count >= (uint64_t)sim->options.outbox)
		outbox_deliver(sim, r->client); /* perhaps there is room */
	if (r->client->waiting_count >= (uint64_t)sim->options.outbox) {
		sim->stats.receipts_dropped++;
		forget(sim, r);
		return;
	}
	timed_append(&r->client->waiting, &r->timed);
	r->client->waiting_count++;
}

bool outbox_send_mo(struct sim *sim, const char *system_id, const struct mo *mo)
{
	struct session *s = client_get(sim, system_id)->receivers;
	struct smpp_sm sm = {
		.source_ton = 1,
		.source_npi = 1,
		.esm_class = mo->esm_class,
		.data_coding = mo->data_coding,
		.short_message = mo->octets,
	};

	while (s != NULL && !has_room(s))
		s = s->next_receiver;
	if (s == NULL || strlen(mo->from) > 20 || strlen(mo->to) > 20 || mo->octets.len > 254)
		return false;
	memcpy(sm.source_addr, mo->from, strlen(mo->from) + 1);
	memcpy(sm.dest_addr, mo->to, strlen(mo->to) + 1);
	send_sm(s, &sm, &mo_marker);
	session_flush(s);
	sim->stats.mo_sent++;
	return true;
}

/* --- answers -------------------------------------------------------------------------------------
 */

void outbox_acknowledged(struct session *s, uint32_t sequence, uint32_t status)
{
	struct sim *sim = s->sim;
	struct receipt *r = s->ring[sequence % DELIVER_WINDOW_MAX];

	/* Within the ring a sequence number is known by its distance from the newest. */
	if (r == NULL || s->sequence - sequence >= DELIVER_WINDOW_MAX)
		return;
	s->ring[sequence % DELIVER_WINDOW_MAX] = NULL;
	s->delivering--;
	if (r == &mo_marker) {
		sim->stats.mo_acked++;
	} else if (status != ESME_ROK) {
		sim->stats.receipts_refused++;
		sim_schedule(sim, &r->timed, sim->now_ms + AGAIN_MS);
	} else {
		sim->stats.receipts_acked++;
		if (r->twice) {
			r->twice = false;
			outbox_add(sim, r);
		} else {
			forget(sim, r);
		}
	}
}

void outbox_free_all(struct sim *sim)
{
	while (sim->clients != NULL) {
		struct client *c = sim->clients;

		sim->clients = c->next;
		mem_free(c);
	}
}
