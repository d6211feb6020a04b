/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* session - states, timers and reconnection (contract in session.h). */
#include "smppd/session.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "smppd/account.h"

#define CONNECT_MS   10000 /* name, TCP and TLS */
#define UNBIND_MS    500   /* for the answer to our unbind */
#define STAGGER_MS   20	   /* between the first connects of an account's sessions */
#define STEADY_MS    10000 /* bound that long: the next trouble is a new one */
#define DELAY_MAX_MS 300000
#define BUSY_MIN_MS  60000
#define AUTH_MIN_MS  60000
#define AUTH_MAX_MS  900000
#define THROTTLE_MS  1000 /* so far apart are sessions that waited for the same minute, at most */
#define DELIVERS_MS  5000 /* a session to be renewed waits so long for the answers it owes */
#define MUTE_LEAST   5	  /* submits in a row without an answer: the session is good for nothing */
#define MUTE_MOST    100

static const struct settings *settings_of(const struct session *s)
{
	return s->account->settings;
}

void session_init(struct session *s, struct account *account, int index)
{
	*s = (struct session){
		.account = account,
		.index = index,
		.host = (uint32_t)index, /* sessions are spread over the hosts */
		.due_ms = CLOCK_NEVER_MS,
	};
	outstanding_init(&s->submits, (uint32_t)account->settings->window_size);
}

void session_deinit(struct session *s)
{
	wire_close(&s->wire);
	outstanding_deinit(&s->submits);
}

/* The only place where a state changes. */
void session_enter(struct session *s, enum session_state next, const char *reason)
{
	enum session_state from = s->state;

	if (!session_state_may(from, next))
		panic("session goes from %s to %s", session_state_name(from),
		      session_state_name(next));
	s->state = next;
	log_debug("session state", LS("account", settings_of(s)->gateway.name),
		  LI("session", s->index), LS("from", session_state_name(from)),
		  LS("to", session_state_name(next)), LS("reason", reason));
}

/* --- connecting --------------------------------------------------------------------------------
 */

static enum session_role role_of(const struct settings *a, int index)
{
	if (!a->tx_rx)
		return ROLE_BOTH;
	return index % 2 == 0 ? ROLE_TRANSMITTER : ROLE_RECEIVER;
}

static uint32_t bind_command(enum session_role role)
{
	switch (role) {
	case ROLE_TRANSMITTER:
		return SMPP_BIND_TRANSMITTER;
	case ROLE_RECEIVER:
		return SMPP_BIND_RECEIVER;
	case ROLE_BOTH:
		break;
	}
	return SMPP_BIND_TRANSCEIVER;
}

static void on_wire_open(void *arg)
{
	struct session *s = arg;
	const struct settings *a = settings_of(s);
	struct smpp_bind bind = {
		.interface_version = a->interface_version,
		.addr_ton = a->bind_ton,
		.addr_npi = a->bind_npi,
	};

	memcpy(bind.system_id, a->system_id, sizeof(bind.system_id));
	memcpy(bind.password, a->password, sizeof(bind.password));
	memcpy(bind.system_type, a->system_type, sizeof(bind.system_type));
	memcpy(bind.address_range, a->address_range, sizeof(bind.address_range));
	s->bind_sequence = outstanding_sequence(&s->submits);
	if (!smpp_put_bind(wire_out(s->wire), bind_command(s->role), s->bind_sequence, &bind)) {
		account_stop(s->account, "the bind's fields are longer than SMPP allows");
		session_end(s, END_AUTH, "bind cannot be written");
		return;
	}
	session_enter(s, SESSION_BINDING, "connected");
	s->due_ms = clock_mono_ms() + (uint64_t)a->bind_timeout_ms;
	wire_flush(s->wire);
}

static size_t on_wire_data(void *arg, const uint8_t *data, size_t len)
{
	struct session *s = arg;
	size_t used = session_read(s, data, len);

	if (s->state != SESSION_CLOSED)
		session_flush(s);
	account_pump(s->account);
	return used;
}

static void on_wire_lost(void *arg, const char *reason)
{
	struct session *s = arg;

	session_end(s, END_LOST, reason);
}

static bool on_may_write(void *arg)
{
	const struct session *s = arg;

	return account_owned(s->account);
}

static const struct wire_hooks hooks = {on_wire_open, on_wire_data, on_wire_lost, on_may_write};

static void connect_now(struct session *s, uint64_t now_ms)
{
	const struct settings *a = settings_of(s);
	const struct smpp_host *host = &a->host[s->host % a->host_count];
	const struct wire_target target = {
		.host = host->name,
		.port = host->port,
		.tls = s->account->tls,
		.server_name = a->tls_server_name[0] != '\0' ? a->tls_server_name : NULL,
		.verify = a->tls == TLS_ON,
		.attempt = s->generation,
	};

	session_enter(s, SESSION_OPEN, "time to connect");
	s->generation++;
	s->role = role_of(a, s->index);
	s->stale = s->leaving = false;
	s->begun = s->mute = 0;
	s->delivers = 0;
	s->delivers_most = 0;
	s->due_ms = now_ms + CONNECT_MS;
	s->wire = wire_open(s->account->smppd->gateway.base, s->account->smppd->dns, &target,
			    &hooks, s);
}

void session_start(struct session *s, uint64_t now_ms)
{
	s->wanted = true;
	s->due_ms = now_ms + (uint64_t)s->index * STAGGER_MS;
}

void session_bound(struct session *s)
{
	uint64_t now_ms = clock_mono_ms();

	session_enter(s, SESSION_BOUND, "bind accepted");
	memset(s->queries, 0, sizeof(s->queries));
	s->bound_at_ms = s->heard_ms = s->enquired_ms = now_ms;
	s->enquiring = s->renewing = false;
	s->due_ms = CLOCK_NEVER_MS;
	log_info("session bound", LS("account", settings_of(s)->gateway.name),
		 LI("session", s->index));
	account_session_changed(s->account, s);
}

/* --- ending ------------------------------------------------------------------------------------
 */

static uint32_t clamp(uint64_t v, uint64_t least, uint64_t most)
{
	return (uint32_t)(v < least ? least : v > most ? most : v);
}

/* The account's minimum, doubled at each failure, plus up to a quarter so that many sessions do not
 * come back as one. */
static uint32_t next_delay(struct session *s, enum session_end end, uint64_t now_ms)
{
	uint64_t least = (uint64_t)settings_of(s)->reconnect_min_ms;
	uint64_t most = DELAY_MAX_MS;
	/* A session that is bound and answers nothing is no better than none. */
	bool steady = s->bound_at_ms != 0 && now_ms - s->bound_at_ms >= STEADY_MS && !s->cautious;

	if (end == END_RENEW) {
		s->delay_ms = 0;
		return 0;
	}
	if (end == END_AUTH) {
		least = least > AUTH_MIN_MS ? least : AUTH_MIN_MS;
		most = AUTH_MAX_MS;
	} else if (end == END_BUSY) {
		least = least > BUSY_MIN_MS ? least : BUSY_MIN_MS;
	}
	most = most > least ? most : least;
	s->delay_ms = clamp(steady ? 0 : (uint64_t)s->delay_ms * 2, least, most);
	return s->delay_ms + arc4random_uniform(s->delay_ms / 4 + 1);
}

/* Everything written and not answered is in doubt, and so is the rest of a message begun. */
static void give_all_up(struct session *s)
{
	struct submit *submit;

	if (s->slice != NULL)
		account_held_back(s->account, s, HELD_IN_DOUBT);
	while ((submit = outstanding_oldest(&s->submits)) != NULL) {
		account_unanswered(s->account, submit);
		outstanding_give_up(&s->submits, submit);
	}
	/* Answers cannot come on another session. */
	outstanding_forget(&s->submits, UINT64_MAX);
}

void session_end(struct session *s, enum session_end end, const char *reason)
{
	uint64_t now_ms = clock_mono_ms();
	uint32_t delay_ms;

	if (s->state == SESSION_CLOSED)
		return;
	wire_close(&s->wire);
	session_enter(s, SESSION_CLOSED, reason);
	give_all_up(s);
	if (end == END_ASKED)
		s->wanted = false;
	if (s->bound_at_ms == 0 && end == END_LOST) /* another address of the centre may be there */
		s->host++;
	delay_ms = next_delay(s, end, now_ms);
	s->bound_at_ms = 0;
	s->due_ms = s->wanted ? now_ms + delay_ms : CLOCK_NEVER_MS;
	log_write(end == END_ASKED ? LOG_INFO : LOG_WARN, "session closed",
		  LOG_FIELDS_(LS("account", settings_of(s)->gateway.name), LI("session", s->index),
			      LS("reason", reason),
			      LI("again_in_ms", s->wanted ? (int64_t)delay_ms : -1)));
	account_session_changed(s->account, s);
}

void session_unbind(struct session *s)
{
	s->wanted = false;
	if (s->state != SESSION_BOUND) {
		if (s->state != SESSION_CLOSED && s->state != SESSION_UNBINDING)
			session_end(s, END_ASKED, "not wanted any more");
		return;
	}
	session_enter(s, SESSION_UNBINDING, "unbind sent");
	s->due_ms = clock_mono_ms() + UNBIND_MS;
	smpp_put_empty(wire_out(s->wire), SMPP_UNBIND, 0, outstanding_sequence(&s->submits));
	wire_flush(s->wire);
}

void session_renew(struct session *s, bool again)
{
	uint64_t now_ms = clock_mono_ms();

	s->wanted = again;
	s->delay_ms = 0;
	if (s->state == SESSION_BOUND) {
		s->leaving = true;
		s->renewing = again;
		s->leaving_ms = now_ms;
	} else if (s->state == SESSION_CLOSED) {
		s->due_ms = again ? now_ms + (uint64_t)s->index * STAGGER_MS : CLOCK_NEVER_MS;
	} else if (s->state != SESSION_UNBINDING) {
		session_end(s, again ? END_RENEW : END_ASKED,
			    "the account's settings have changed");
	}
}

void session_come_back(struct session *s, uint64_t now_ms)
{
	if (s->state == SESSION_CLOSED)
		session_start(s, now_ms);
	else
		s->wanted = true; /* renewed instead of ended */
}

/* Once nothing is open on it a session that is to be renewed says goodbye. */
static void leave(struct session *s, uint64_t now_ms)
{
	bool owes = s->delivers > 0 && now_ms - s->leaving_ms < DELIVERS_MS;
	bool again = s->wanted;

	if (s->slice != NULL || s->submits.open.count > 0 || owes)
		return;
	session_unbind(s);
	s->wanted = again;
}

/* --- timers ------------------------------------------------------------------------------------
 */

/* Two windows: one may well be lost by chance, when slot after slot has filled with lost answers.
 */
static uint32_t mute_most(const struct session *s)
{
	return clamp(2 * (uint64_t)settings_of(s)->window_size, MUTE_LEAST, MUTE_MOST);
}

static void expire_submits(struct session *s, uint64_t now_us)
{
	uint64_t patience_us = (uint64_t)settings_of(s)->response_timeout_ms * 1000;
	struct submit *submit;

	while ((submit = outstanding_oldest(&s->submits)) != NULL &&
	       submit->at_us + patience_us <= now_us) {
		metric_add(s->account->gate.metrics.timeouts, 1);
		if (s->slice == submit->slice && s->message == submit->message)
			account_held_back(s->account, s, HELD_IN_DOUBT);
		account_unanswered(s->account, submit);
		outstanding_give_up(&s->submits, submit);
		s->mute++;
	}
	outstanding_forget(&s->submits, now_us);
	/* A centre that takes submits and answers none would swallow everything there is. */
	if (s->state == SESSION_BOUND && !s->enquiring &&
	    s->mute >= (s->cautious ? 1 : mute_most(s))) {
		s->cautious = true;
		session_end(s, END_MUTE, "submits are not answered");
	}
}

static void expire_queries(struct session *s, uint64_t now_ms)
{
	for (int i = 0; i < SESSION_QUERIES_MAX; i++)
		if (s->queries[i].sequence != 0 &&
		    now_ms - s->queries[i].at_ms >= (uint64_t)settings_of(s)->response_timeout_ms)
			s->queries[i].sequence = 0;
}

/* A silent line is asked after; one that stays silent is dead. */
static void keep_alive(struct session *s, uint64_t now_ms)
{
	const struct settings *a = settings_of(s);
	uint64_t silent_since = s->heard_ms > s->enquired_ms ? s->heard_ms : s->enquired_ms;
	uint64_t patience_ms = clamp((uint64_t)a->response_timeout_ms, 1000, 60000);

	if (s->enquiring) {
		if (now_ms - s->enquired_ms >= patience_ms)
			session_end(s, END_LOST, "no answer to enquire_link");
		return;
	}
	if (now_ms - silent_since < (uint64_t)a->enquire_link_ms)
		return;
	s->enquiring = true;
	s->enquired_ms = now_ms;
	smpp_put_empty(wire_out(s->wire), SMPP_ENQUIRE_LINK, 0, outstanding_sequence(&s->submits));
	s->dirty = true;
}

static const char *overdue(enum session_state state)
{
	switch (state) {
	case SESSION_OPEN:
		return "connecting took too long";
	case SESSION_BINDING:
		return "no answer to the bind";
	default:
		return "unbound";
	}
}

/* A try to bind is one of so many a minute. */
static void try_to_connect(struct session *s, uint64_t now_ms)
{
	uint64_t at_ms;

	if (bind_throttle_take(&s->account->throttle, now_ms, &at_ms))
		connect_now(s, now_ms);
	else
		s->due_ms = at_ms + arc4random_uniform(THROTTLE_MS);
}

/* What the end of a session means that says goodbye: `peer` when that was the peer's wish. */
enum session_end session_end_of(const struct session *s, enum session_end peer)
{
	if (!s->wanted)
		return END_ASKED;
	return s->leaving ? END_RENEW : peer;
}

void session_tick(struct session *s, uint64_t now_ms)
{
	if (s->state == SESSION_CLOSED) {
		if (s->wanted && now_ms >= s->due_ms)
			try_to_connect(s, now_ms);
		return;
	}
	if (now_ms >= s->due_ms) {
		session_end(s, session_end_of(s, END_LOST), overdue(s->state));
		return;
	}
	expire_submits(s, now_ms * 1000);
	if (s->state == SESSION_BOUND) {
		expire_queries(s, now_ms);
		keep_alive(s, now_ms);
	}
	if (s->state == SESSION_BOUND && s->leaving)
		leave(s, now_ms);
	if (s->state == SESSION_UNBINDING && s->submits.open.count == 0 && s->wanted && !s->leaving)
		session_end(s, END_PEER, "the peer unbound");
	if (s->state != SESSION_CLOSED)
		session_flush(s);
}
