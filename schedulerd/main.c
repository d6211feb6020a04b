/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* schedulerd - the clock of Vestnik.
 *
 * It starts runs, takes their snapshots, releases chunks at their pace, feeds batches to the
 * accounts, gathers retries, publishes again what got lost, settles what is over and keeps
 * partitions.  It holds no state of its own: everything it decides by stands in PostgreSQL, so any
 * number may run and any may die at any moment. */
#include <pthread.h>
#include <stddef.h>
#include <time.h>

#include "common/base/daemon.h"
#include "common/base/give_up.h"
#include "common/base/log.h"
#include "schedulerd/scheduler.h"
#include "schedulerd/smtp.h"

const struct config_row scheduler_config_rows[] = {
	{.key = "database.url",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct scheduler_config, database_url),
	 .help = "PostgreSQL, as role vestnik_schedulerd"},
	{.key = "broker.url",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct scheduler_config, broker_url),
	 .help = "RabbitMQ, amqp:// or amqps://"},
	{.key = "receipt_grace",
	 .type = CONFIG_MS,
	 .offset = offsetof(struct scheduler_config, receipt_grace_ms),
	 .def = "10m",
	 .min = 1000,
	 .max = 7LL * 24 * 3600 * 1000,
	 .help = "after a message's deadline: how long a last receipt is waited for"},
	{.key = "ledger_lag",
	 .type = CONFIG_MS,
	 .offset = offsetof(struct scheduler_config, ledger_lag_ms),
	 .def = "90s",
	 .min = 0,
	 .max = 3600000,
	 .help = "a minute goes into the ledger so long after it is over; what comes later "
		 "corrects "
		 "it"},
	{.key = "keep.message_days",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct scheduler_config, keep_message_days),
	 .def = "1095",
	 .min = 1,
	 .max = 36500,
	 .help = "messages, their states and receipts are kept this long"},
	{.key = "keep.ref_days",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct scheduler_config, keep_ref_days),
	 .def = "35",
	 .min = 4,
	 .max = 36500,
	 .help = "provider ids of accepted parts: longest validity and 4 days"},
	{.key = "keep.text_days",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct scheduler_config, keep_text_days),
	 .def = "365",
	 .min = 1,
	 .max = 36500,
	 .help = "texts of advertising; then the campaign and its digest stand there"},
	{.key = "keep.number_days",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct scheduler_config, keep_number_days),
	 .def = "365",
	 .min = 1,
	 .max = 36500,
	 .help = "numbers of messages; then pseudonyms under privacy.key_file"},
	{.key = "keep.inbound_days",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct scheduler_config, keep_inbound_days),
	 .def = "365",
	 .min = 1,
	 .max = 36500,
	 .help = "messages from phones"},
	{.key = "keep.reading_days",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct scheduler_config, keep_reading_days),
	 .def = "1095",
	 .min = 1095,
	 .max = 36500,
	 .help = "the audit log and the log of who read what"},
	{.key = "keep.bad_row_days",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct scheduler_config, keep_bad_row_days),
	 .def = "30",
	 .min = 1,
	 .max = 36500,
	 .help = "rows of files that were not taken"},
	{.key = "keep.snapshot_days",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct scheduler_config, keep_snapshot_days),
	 .def = "30",
	 .min = 1,
	 .max = 36500,
	 .help = "numbers of whom a finished run went to"},
	{.key = "keep.complaint_days",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct scheduler_config, keep_complaint_days),
	 .def = "1096",
	 .min = 1096,
	 .max = 36500,
	 .help = "complaints that were closed, with the digests of their proof"},
	{.key = "keep.list_days",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct scheduler_config, keep_list_days),
	 .def = "180",
	 .min = 1,
	 .max = 36500,
	 .help = "values of lists' own columns, since the file that brought them last"},
	{.key = "audit.anchor_every",
	 .type = CONFIG_MS,
	 .offset = offsetof(struct scheduler_config, anchor_ms),
	 .def = "10m",
	 .min = 1000,
	 .max = 24LL * 3600 * 1000,
	 .help = "how often the end of the audit log's chain is signed and written to this "
		 "daemon's "
		 "own log"},
	{.key = "keep.notice_days",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct scheduler_config, keep_notice_days),
	 .def = "180",
	 .min = 1,
	 .max = 36500,
	 .help = "what people were told of"},
	{.key = "mail.smtp_url",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct scheduler_config, mail_smtp_url),
	 .def = "",
	 .help = "the mail server notices go over, smtp://host:587 or smtps://host:465; empty: "
		 "they stand on the web alone"},
	{.key = "mail.from",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct scheduler_config, mail_from),
	 .def = "",
	 .help = "the address they come from"},
	{.key = "mail.user",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct scheduler_config, mail_user),
	 .def = "",
	 .help = "who signs in at the mail server; empty: nobody has to"},
	{.key = "mail.password_file",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct scheduler_config, mail_password_file),
	 .def = "",
	 .help = "file with the password of mail.user in its first line, which others may not "
		 "read"},
	{.key = "mail.ca_file",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct scheduler_config, mail_ca_file),
	 .def = "",
	 .help = "PEM file of who vouches for the mail server; empty: whom the system trusts"},
	{.key = "mail.web_url",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct scheduler_config, mail_web_url),
	 .def = "",
	 .help = "address of the pages, for links in letters, such as https://vestnik.example.com"},
	{.key = "mail.retry",
	 .type = CONFIG_MS,
	 .offset = offsetof(struct scheduler_config, mail_retry_ms),
	 .def = "1m",
	 .min = 1000,
	 .max = 3600000,
	 .help = "the first pause after a mail server could not be reached; the next ones grow "
		 "fourfold"},
	{.key = "privacy.key_file",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct scheduler_config, privacy_key_file),
	 .def = "",
	 .help = PRIVACY_KEY_HELP},
	{0},
};

static const struct task clock_tasks[] = {
	{"start due campaigns", 200, run_start_due},
	{"start what is due of schedules", 200, occurrence_due},
	{"remind those who have not acted", 500, occurrence_remind},
	{"stop runs whose time is over", 100, pace_stop_due},
	{"follow paces", 1000, pace_follow},
	{"release chunks", 100, chunk_release},
	{"find other accounts for what was refused", 100, route_retries},
	{"gather retries", 100, upkeep_retries},
	{"feed batches", 100, feed_batches},
	{"hold batches outside their hours", 200, feed_move},
	{"publish overdue batches", 1000, feed_republish},
	{"publish overdue chunks", 1000, chunk_republish},
	{"route batches of dead accounts anew", 2000, route_stranded},
	{"send again what no receipt came for in time", 1000, route_silent},
	{"finish runs", 500, run_finish},
	{"finish campaigns with schedules", 500, occurrence_finish},
	{"measure", 2000, upkeep_measure},
	{"look after the accounts' health", 2000, measure_health},
	{"measure how fast accounts are", 2000, measure_throughput},
	{0},
};

static const struct task upkeep_tasks[] = {
	{"make partitions", 60000, upkeep_partitions},
	{"take snapshots", 200, run_snapshot_next},
	{"weigh trials", 1000, trial_weigh},
	{"sweep cancelled runs", 500, run_sweep_cancelled},
	{"settle what is over", 1000, upkeep_deadlines},
	{"forget old idempotency keys", 60000, upkeep_idempotency},
	{"strike codes out of messages", 5000, upkeep_codes},
	{"forget old rows", 60000, upkeep_forget},
	{"erase clients", 500, erasure_continue},
	{"end what was kept long enough", 60000, retention_apply},
	{"end values of lists", 60000, retention_lists},
	{"end exports", 60000, retention_exports},
	{"give old numbers pseudonyms", 60000, retention_numbers},
	{"forget old complaints", 60000, retention_complaints},
	{"chain the audit log", 1000, audit_chain},
	{"end old pieces of the audit log", 60000, audit_forget},
	{"remind of requests about personal data", 60000, privacy_remind},
	{"replace lost numbers", 1000, upkeep_phones},
	{"free promo codes that never left", 5000, upkeep_promo},
	{"forget old clicks", 60000, upkeep_clicks},
	{"forget old notices", 60000, notice_forget},
	{"forget whom dates and actions reached", 60000, occurrence_forget},
	{"measure what arrives", 60000, measure_quality},
	{"take back unused parts of caps", 60000, measure_caps},
	{0},
};

static const struct task ledger_tasks[] = {
	{"reckon what messages cost", 5000, ledger_advance},
	{"look again at what messages cost", 5000, ledger_look_again},
	{"forget minutes of the ledger", 60000, ledger_forget},
	{"measure the ledger", 10000, ledger_measure},
	{"settle budgets", 2000, budget_settle},
	{0},
};

static const struct task mail_tasks[] = {
	{"mail notices", 1000, notice_mail},
	{0},
};

/* A loop with a thread of its own beside the clock's. */
struct loop {
	struct scheduler scheduler;
	const struct task *tasks;
	pthread_t thread;
	bool threaded;
};

struct state {
	struct scheduler clock;
	struct loop upkeep;
	struct loop ledger;
	struct loop mail; /* has a thread where a mail server is set */
};

static void *loop_thread(void *arg)
{
	struct loop *loop = arg;

	scheduler_loop(&loop->scheduler, loop->tasks, false);
	return NULL;
}

static bool loop_start(struct loop *loop, const struct task *tasks, struct err *err)
{
	loop->tasks = tasks;
	loop->threaded = pthread_create(&loop->thread, NULL, loop_thread, loop) == 0;
	return loop->threaded || err_set(err, ERR_IO, "cannot start a thread");
}

/* What it does may outlast the stop: it is given up, the server rolls it back, and the next
 * schedulerd does it anew. */
static void loop_join(struct loop *loop, const struct timespec *until)
{
	if (!loop->threaded)
		return;
	if (pthread_timedjoin_np(loop->thread, NULL, until) != 0) {
		log_info("leaving a snapshot or sweep to be taken anew");
		give_up();
		pthread_join(loop->thread, NULL);
	}
}

static bool mail_open(struct scheduler *s, const struct scheduler_config *config, struct err *err)
{
	return config->mail_smtp_url[0] == '\0' ||
	       (scheduler_open(s, config, "mail", false, err) && notice_mail_open(s, err));
}

static bool start(void *state, const void *config, struct err *err)
{
	struct state *st = state;
	struct scheduler *upkeep = &st->upkeep.scheduler;

	return scheduler_open(&st->clock, config, "clock", true, err) &&
	       scheduler_open(upkeep, config, "upkeep", false, err) &&
	       scheduler_open(&st->ledger.scheduler, config, "ledger", false, err) &&
	       mail_open(&st->mail.scheduler, config, err) &&
	       privacy_key_load(upkeep->config->privacy_key_file, &upkeep->privacy_key, err);
}

static bool run(void *state, struct err *err)
{
	struct state *st = state;

	if (!loop_start(&st->upkeep, upkeep_tasks, err) ||
	    !loop_start(&st->ledger, ledger_tasks, err) ||
	    (st->mail.scheduler.smtp != NULL && !loop_start(&st->mail, mail_tasks, err)))
		return false;
	daemon_ready(true, "");
	scheduler_loop(&st->clock, clock_tasks, true);
	return true;
}

static void stop(void *state)
{
	struct state *st = state;
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 5;
	loop_join(&st->upkeep, &until);
	loop_join(&st->ledger, &until);
	loop_join(&st->mail, &until);
	scheduler_close(&st->clock);
	scheduler_close(&st->upkeep.scheduler);
	scheduler_close(&st->ledger.scheduler);
	smtp_close(&st->mail.scheduler.smtp);
	if (st->mail.threaded)
		scheduler_close(&st->mail.scheduler);
}

int main(int argc, char **argv)
{
	static const struct daemon_spec spec = {
		.name = "schedulerd",
		.purpose = "starts campaigns, feeds accounts, publishes again what got lost",
		.config = scheduler_config_rows,
		.config_size = sizeof(struct scheduler_config),
		.state_size = sizeof(struct state),
		.start = start,
		.run = run,
		.stop = stop,
	};

	return daemon_main(argc, argv, &spec);
}
