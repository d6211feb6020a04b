/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* scheduler - what the tasks of schedulerd share: one connection to each store, and tickets to
 * send.
 *
 * Three loops run the tasks: the clock (many times a second, every task bounded to milliseconds),
 * upkeep (snapshots and sweeps, which may take seconds) and the ledger (what messages cost).  Each
 * loop has a scheduler of its own, so nothing here is shared between threads.  Several schedulerd
 * work side by side: whatever a task takes, it takes with FOR UPDATE SKIP LOCKED or an advisory
 * lock. */
#ifndef SCHEDULERD_SCHEDULER_H
#define SCHEDULERD_SCHEDULER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/config.h"
#include "common/base/patience.h"
#include "common/broker/topology.h"
#include "common/model/privacy_key.h"
#include "common/route/caps.h"
#include "common/store/pg.h"

struct scheduler_config {
	char *database_url;
	char *broker_url;
	int64_t receipt_grace_ms;
	int64_t ledger_lag_ms;
	int64_t keep_message_days;
	int64_t keep_ref_days;
	int64_t keep_text_days;
	int64_t keep_number_days;
	int64_t keep_inbound_days;
	int64_t keep_reading_days;
	int64_t keep_bad_row_days;
	int64_t keep_snapshot_days;
	int64_t keep_complaint_days;
	int64_t keep_list_days;
	int64_t anchor_ms;
	int64_t keep_notice_days;
	char *privacy_key_file;
	char *mail_smtp_url; /* "": nothing is mailed */
	char *mail_from;
	char *mail_user;
	char *mail_password_file;
	char *mail_ca_file;
	char *mail_web_url;
	int64_t mail_retry_ms;
};
extern const struct config_row scheduler_config_rows[];

#define TICKETS_MAX 4096

struct ticket {
	char queue[QUEUE_NAME_SIZE];
	char body[TICKET_SIZE];
	size_t len;
};

struct smtp;

struct scheduler {
	const struct scheduler_config *config;
	struct pg *pg;
	struct pg_params *params;
	struct patience patience;	     /* bounds waits for the stores */
	struct mq *mq;			     /* NULL in loops that send no tickets */
	bool mq_ready;			     /* connected and the chunk queues declared */
	bool declared[INT16_MAX + 1];	     /* account queues declared on this connection */
	int64_t floor_credit[INT16_MAX + 1]; /* parts of each account its runs earned in turn */
	size_t floor_turn;
	struct smtp *smtp;		 /* of the mail loop */
	struct privacy_key *privacy_key; /* of the upkeep loop; NULL: none is configured */
	struct route_store store;	 /* what routing goes by */
	struct route_caps caps;
	struct registered_text *text; /* of the message that is routed */
	int64_t stranded_after;	      /* batch up to which those of dead accounts were routed */
	int64_t silent_us[ROUTE_RULES_MAX]; /* up to when each rule's silent messages were sought */
	int32_t silent_rule[ROUTE_RULES_MAX]; /* whose each is */
	size_t silent_count;
	int64_t phones_after;	/* client up to whom lost numbers were looked for */
	int32_t ledger_minutes; /* of the next step; 0: none was made yet */
	struct ticket *tickets; /* gathered in a transaction, sent after its COMMIT */
	size_t ticket_count;
};

bool scheduler_open(struct scheduler *s, const struct scheduler_config *config, const char *loop,
		    bool with_broker, struct err *err);
void scheduler_close(struct scheduler *s);

/* A task: one bounded piece of work.  False: logged by the loop, tried again next time. */
struct task {
	const char *name;
	int64_t every_ms;
	bool (*run)(struct scheduler *s, struct err *err);
};

/* Run `tasks` (ended by a NULL name) until the daemon stops, reconnecting what is lost. */
void scheduler_loop(struct scheduler *s, const struct task *tasks, bool feeds_watchdog);

/* Gather a ticket; they leave with scheduler_send(), which must follow the COMMIT that made them
 * true.  A full list or a failed send is no loss: the work is published again when it is overdue.
 */
void ticket_add_chunk(struct scheduler *s, enum lane lane, int64_t chunk_id);
void ticket_add_batch(struct scheduler *s, int account_id, enum lane lane, int64_t batch_id);
bool scheduler_send(struct scheduler *s, struct err *err);
/* Make sure the queues of an account exist on this connection. */
bool scheduler_declare(struct scheduler *s, int account_id, struct err *err);

/* Run one statement with s->params; `out` may be NULL.  In a transaction where the caller began
 * one. */
bool scheduler_run(struct scheduler *s, const struct pg_stmt *stmt, struct pg_result **out,
		   struct err *err);

/* --- tasks, by file ------------------------------------------------------------------------------
 */

bool run_start_due(struct scheduler *s, struct err *err); /* runs.c */
bool run_snapshot_next(struct scheduler *s, struct err *err);
/* The statement of a snapshot that parts its audience; as run_snapshot_next()'s own take the
 * parameters (split.c). */
const struct pg_stmt *split_snapshot(bool listed, bool bound);
/* A run begins with its trial, within the transaction of its snapshot (trial.c). */
bool trial_begin(struct scheduler *s, int64_t run_id, struct err *err);
bool trial_weigh(struct scheduler *s, struct err *err);
/* Copies for the control numbers, within the transaction of a run's snapshot (control_send.c). */
bool control_send(struct scheduler *s, int64_t run_id, struct err *err);
bool run_sweep_cancelled(struct scheduler *s, struct err *err);
bool run_finish(struct scheduler *s, struct err *err);

bool occurrence_due(struct scheduler *s, struct err *err); /* occurrences.c */
bool occurrence_remind(struct scheduler *s, struct err *err);
bool occurrence_finish(struct scheduler *s, struct err *err);
bool occurrence_forget(struct scheduler *s, struct err *err);
/* Within the transaction of a snapshot: when the run goes to others than all of its campaign's
 * list, *list_id becomes that of a list of them, which occurrence_audience_drop() takes away. */
bool occurrence_audience(struct scheduler *s, int64_t run_id, int64_t *list_id, struct err *err);
bool occurrence_audience_drop(struct scheduler *s, int64_t run_id, struct err *err);

bool chunk_release(struct scheduler *s, struct err *err); /* chunks.c */
bool chunk_republish(struct scheduler *s, struct err *err);

bool pace_follow(struct scheduler *s, struct err *err); /* pace.c */
bool pace_stop_due(struct scheduler *s, struct err *err);

bool feed_batches(struct scheduler *s, struct err *err); /* feed.c */
bool feed_move(struct scheduler *s, struct err *err);
bool feed_republish(struct scheduler *s, struct err *err); /* republish.c */

bool route_retries(struct scheduler *s, struct err *err); /* route.c */
bool route_stranded(struct scheduler *s, struct err *err);
bool route_silent(struct scheduler *s, struct err *err);
/* The plan of a run where caps bind, within the transaction of its snapshot. */
bool route_plan_run(struct scheduler *s, int64_t run_id, struct err *err); /* route_plan.c */

bool measure_throughput(struct scheduler *s, struct err *err); /* pace.c */
bool measure_health(struct scheduler *s, struct err *err);     /* measure.c */
bool measure_quality(struct scheduler *s, struct err *err);
bool measure_caps(struct scheduler *s, struct err *err);

bool upkeep_retries(struct scheduler *s, struct err *err); /* upkeep.c */
bool upkeep_deadlines(struct scheduler *s, struct err *err);
bool upkeep_partitions(struct scheduler *s, struct err *err);
bool upkeep_idempotency(struct scheduler *s, struct err *err);
bool upkeep_codes(struct scheduler *s, struct err *err); /* those used or over are struck out */
bool upkeep_forget(struct scheduler *s, struct err *err);
bool upkeep_phones(struct scheduler *s, struct err *err);
bool upkeep_promo(struct scheduler *s, struct err *err);
bool upkeep_clicks(struct scheduler *s, struct err *err);
bool upkeep_measure(struct scheduler *s, struct err *err);

bool ledger_advance(struct scheduler *s, struct err *err); /* ledger.c */
bool ledger_look_again(struct scheduler *s, struct err *err);
bool ledger_forget(struct scheduler *s, struct err *err);
bool ledger_measure(struct scheduler *s, struct err *err);

bool budget_settle(struct scheduler *s, struct err *err); /* budgets.c */

/* notices.c; open: what is set must be able to work. */
bool notice_mail_open(struct scheduler *s, struct err *err);
bool notice_mail(struct scheduler *s, struct err *err);
bool notice_forget(struct scheduler *s, struct err *err);

bool erasure_continue(struct scheduler *s, struct err *err); /* erasures.c */

bool retention_apply(struct scheduler *s, struct err *err); /* retention.c */
bool retention_numbers(struct scheduler *s, struct err *err);
bool retention_complaints(struct scheduler *s, struct err *err);
bool retention_lists(struct scheduler *s, struct err *err);
bool retention_exports(struct scheduler *s, struct err *err);

bool audit_chain(struct scheduler *s, struct err *err); /* audit.c */
bool audit_forget(struct scheduler *s, struct err *err);

bool privacy_remind(struct scheduler *s, struct err *err); /* privacy.c */

#endif
