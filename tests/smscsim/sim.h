/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sim - the simulator's parts and how they reach each other.
 *
 *   session.c  connections: binds, reads PDUs, writes what stands in `out`
 *   submit.c   what becomes of a submitted part: verdict, id, log line, answer, receipt
 *   outbox.c   receipts and replies for a system_id: sent within the window of whatever session of
 *              its own can receive, kept while there is none, sent again when a session died
 *   control.c  the control lines
 *   sim.c      clock and chance; what is due when
 *   main.c     options, listener, signals
 *
 * One thread.  A session is freed at three places only: at the end of its own callback, by a
 * control line, and at exit; everything else marks it as ending. */
#ifndef SMSCSIM_SIM_H
#define SMSCSIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <openssl/ssl.h>

#include "common/base/buf.h"
#include "common/sms/smpp.h"
#include "tests/smscsim/invoice.h"
#include "tests/smscsim/options.h"
#include "tests/smscsim/proof_log.h"
#include "tests/smscsim/receipt.h"
#include "tests/smscsim/stats.h"
#include "tests/smscsim/wheel.h"

#define SESSIONS_MAX	   1024
#define DELIVER_WINDOW_MAX 1024 /* power of two: a ring by sequence number */

enum bound { BOUND_NOT, BOUND_TX, BOUND_RX, BOUND_TRX };
enum ending { ENDING_NOT, ENDING_DRAINED /* once all is written */, ENDING_NOW };

struct session {
	struct sim *sim;
	struct bufferevent *bev;
	uint32_t number; /* 1, 2, ... in the order of connecting; never used again */
	unsigned slot;	 /* in sim->sessions */
	enum bound bound;
	enum ending ending;
	struct client *client; /* once bound */
	struct session *next_receiver;
	struct buf out;
	unsigned unanswered; /* submits whose answer waits on the wheel */
	uint32_t sequence;   /* of our last request */
	unsigned delivering; /* entries in the ring */
	struct receipt *ring[DELIVER_WINDOW_MAX];
};

/* Everyone with the same system_id. */
struct client {
	struct client *next;
	char system_id[17];
	struct session *receivers; /* a ring list's start moves on, so that binds share */
	struct timed_list waiting; /* receipts that are due */
	uint64_t waiting_count;
};

/* A response that is not due yet. */
struct answer {
	struct timed timed; /* first */
	unsigned slot;
	uint32_t session, command, status, sequence;
	uint64_t number;
};

enum { TIMED_ANSWER, TIMED_RECEIPT };

struct sim {
	struct options options;
	struct event_base *base;
	SSL_CTX *tls; /* NULL: plain */
	struct event *tick;
	struct session *sessions[SESSIONS_MAX];
	unsigned session_count;
	uint32_t last_session;
	struct client *clients;
	struct wheel wheel;
	struct pool answers, receipts;
	uint64_t receipts_alive; /* made and not yet acknowledged or dropped */
	struct stats stats;
	struct invoice invoice;
	struct gate rate_gate, queue_gate;
	struct proof_log log;
	uint64_t random_state;
	uint64_t next_number;
	uint64_t since_cut;
	uint64_t now_ms;       /* monotonic, as of this turn of the loop */
	struct buf text, tlvs; /* scratch for one receipt */
};

/* sim.c */
void sim_init(struct sim *sim); /* its options are set */
void sim_deinit(struct sim *sim);
void sim_clock(struct sim *sim); /* refresh now_ms */
uint64_t sim_random(struct sim *sim);
bool sim_chance(struct sim *sim, int64_t permille);
uint32_t sim_between(struct sim *sim, struct range range);
void sim_schedule(struct sim *sim, struct timed *item, uint64_t due_ms);

/* session.c */
void session_accept(struct sim *sim, evutil_socket_t fd);
void session_free(struct session *s);
void session_flush(struct session *s); /* hand `out` to the socket */
bool session_congested(const struct session *s);
uint32_t session_next_sequence(struct session *s);
/* The session an answer or a command means, NULL when it is gone. */
struct session *session_at(struct sim *sim, unsigned slot, uint32_t number);

/* submit.c */
void submit_read(struct session *s, const struct smpp_header *h, const uint8_t *body, size_t len);
void submit_answer_due(struct sim *sim, struct answer *answer);

/* outbox.c */
struct client *client_get(struct sim *sim, const char *system_id);
void outbox_attach(struct session *s); /* the session can receive */
void outbox_detach(struct session *s); /* what it had not acknowledged goes back in front */
void outbox_add(struct sim *sim, struct receipt *r);
void outbox_deliver(struct sim *sim, struct client *client);
void outbox_acknowledged(struct session *s, uint32_t sequence, uint32_t status);
/* What a phone writes: octets as they stand in short_message, with a header where esm_class says
 * so. */
struct mo {
	const char *from, *to;
	uint8_t esm_class, data_coding;
	struct smpp_octets octets;
};
/* Send a mobile-originated message; false when nobody of that system_id can receive, or it is none
 * that fits. */
bool outbox_send_mo(struct sim *sim, const char *system_id, const struct mo *mo);
void outbox_free_all(struct sim *sim);

/* control.c */
bool control_start(struct sim *sim, struct err *err);
void control_stop(struct sim *sim);
/* Run one line; the answer (one line, without its end) is appended. */
void control_run(struct sim *sim, char *line, struct buf *answer);

#endif
