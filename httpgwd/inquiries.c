/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* inquiries - see inquiries.h. */
#include "httpgwd/inquiries.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/give_up.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/metrics.h"
#include "common/broker/topology.h"
#include "common/model/message.h"
#include "common/provider/inquiry.h"
#include "httpgwd/httpgwd.h"
#include "httpgwd/report_receipt.h"

#define TURN_MS	       200
#define AFTER_ERROR_MS 30000
#define QUIET_MS       1000 /* nothing was due */
#define CALL_MS	       5000
#define TIMEOUT_MS     15000
#define BUNDLE_BYTES   (64u * 1024)
#define IDS_MAX	       64

struct asked_account {
	struct asked_account *next;
	struct settings *settings; /* held */
	const struct lease *lease;
	uint64_t poll_ms, balance_ms; /* when it is asked next */
	struct metric *failures, *balance;
};

struct inquiries {
	struct httpgwd *httpgwd;
	pthread_t thread;
	pthread_mutex_t lock;
	struct asked_account *accounts; /* under `lock`; freed by this thread's owner alone */
	int stop_fd;
	_Atomic bool stopping;
	/* the thread's */
	struct pg *pg;
	struct pg_params *params;
	struct mq *mq;
	bool declared;
	struct transfer_rules rules;
	struct transfer transfer;
	struct buf bundle;
};

static const struct pg_stmt DUE = {
	"httpgwd_query_due",
	"SELECT provider_id FROM status_query WHERE account_id = $1 AND due_at <= clock_timestamp()"
	" ORDER BY due_at LIMIT $2",
};
/* 10 s, 20 s, 40 s ... an hour; after three days no more. */
static const struct pg_stmt LATER = {
	"httpgwd_query_later",
	"UPDATE status_query SET asked = least(asked + 1, 30000), due_at = clock_timestamp()"
	" + least(10 * 2 ^ least(asked, 10), 3600) * interval '1 s'"
	" WHERE account_id = $1 AND provider_id = ANY ($2::text[])",
};
static const struct pg_stmt GONE = {
	"httpgwd_query_gone",
	"DELETE FROM status_query WHERE account_id = $1"
	" AND (provider_id = ANY ($2::text[])"
	" OR (due_at <= clock_timestamp() + interval '1 hour'"
	" AND since < clock_timestamp() - interval '3 days'))",
};
static const struct pg_stmt BALANCE = {
	"httpgwd_balance",
	"INSERT INTO account_balance (account_id, amount_micro, currency) VALUES ($1, $2, $3)"
	" ON CONFLICT (account_id) DO UPDATE SET amount_micro = excluded.amount_micro,"
	" currency = excluded.currency, at = clock_timestamp()",
};

/* --- asking ------------------------------------------------------------------------------------
 */

static int on_progress(void *arg, curl_off_t total, curl_off_t now, curl_off_t up, curl_off_t sent)
{
	const struct inquiries *i = arg;

	(void)total, (void)now, (void)up, (void)sent;
	return atomic_load(&i->stopping);
}

/* i->transfer.request is composed; true: the body is there, of a 2xx. */
static bool ask(struct inquiries *i, const struct profile_inquiry *what, struct err *err)
{
	struct transfer *t = &i->transfer;

	transfer_begin(t, what->method, what->url[0] == '{', TIMEOUT_MS);
	if (transfer_end(t, curl_easy_perform(t->easy)) != TRANSFER_ANSWERED)
		return err_set(err, ERR_IO, "%s", t->reason);
	if (t->status < 200 || t->status > 299)
		return err_set(err, ERR_INPUT, "the provider answered HTTP %d", t->status);
	return true;
}

/* --- what became of messages -------------------------------------------------------------------
 */

struct polling {
	struct inquiries *inquiries;
	const struct settings *settings;
	const char *ids[IDS_MAX];
	size_t count;
	const char *done[IDS_MAX]; /* of these, those with a final fate */
	size_t done_count;
};

static void take_report(void *arg, const struct provider_report *report)
{
	struct polling *p = arg;
	struct receipt receipt;

	report_receipt(p->settings, report, report->id, &receipt);
	(void)receipt_bundle_add(&p->inquiries->bundle, &receipt);
	if (receipt.state >= MESSAGE_REJECTED && p->done_count < IDS_MAX)
		p->done[p->done_count++] = report->id;
}

static bool connected(struct inquiries *i, struct err *err)
{
	const struct mq_options options = {
		.url = i->httpgwd->gateway.broker_url,
		.name = i->httpgwd->gateway.application,
		.timeout_ms = CALL_MS,
	};

	if (i->mq != NULL && !mq_usable(i->mq))
		mq_close(&i->mq);
	if (i->mq == NULL) {
		i->declared = false;
		if (!mq_open(&options, &i->mq, err))
			return false;
	}
	i->declared = i->declared || topology_declare_receipts(i->mq, err);
	return i->declared;
}

static bool publish(struct inquiries *i, struct err *err)
{
	if (!connected(i, err))
		return false;
	mq_publish(i->mq, QUEUE_RECEIPT, i->bundle.data, i->bundle.len);
	if (mq_confirm(i->mq, clock_mono_ms() + CALL_MS, err))
		return true;
	i->declared = i->declared && err->kind != ERR_REFUSED;
	return false;
}

static bool run_on_ids(struct inquiries *i, const struct pg_stmt *stmt, int16_t account_id,
		       const char *const *ids, size_t count, struct err *err)
{
	pg_params_reset(i->params);
	pg_param_int16(i->params, account_id);
	pg_param_text_array(i->params, ids, count);
	return pg_run(i->pg, stmt, i->params, NULL, err);
}

static bool poll_ids(struct polling *p, struct err *err)
{
	struct inquiries *i = p->inquiries;
	const struct settings *s = p->settings;
	const struct provider_profile *profile = s->profile;
	int16_t account_id = s->gateway.account_id;

	receipt_bundle_begin(&i->bundle);
	/* Put off first: should all of it fail, the next ones are asked meanwhile. */
	return run_on_ids(i, &LATER, account_id, p->ids, p->count, err) &&
	       provider_poll_compose(&i->transfer.request, profile, &s->values, p->ids, p->count,
				     clock_wall_us() / 1000000, err) &&
	       ask(i, &profile->poll.ask, err) &&
	       provider_poll_read(profile, p->ids, p->count, buf_str(&i->transfer.body),
				  i->transfer.body.len, take_report, p, err) &&
	       publish(i, err) && run_on_ids(i, &GONE, account_id, p->done, p->done_count, err);
}

/* *more_out: as many were due as go into a request. */
static bool poll_account(struct inquiries *i, const struct settings *s, bool *more_out,
			 struct err *err)
{
	struct polling p = {.inquiries = i, .settings = s};
	struct pg_result *rows = NULL;
	bool ok;

	pg_params_reset(i->params);
	pg_param_int16(i->params, s->gateway.account_id);
	pg_param_int64(i->params, s->profile->poll.max);
	if (!pg_run(i->pg, &DUE, i->params, &rows, err))
		return false;
	for (size_t k = 0; k < pg_rows(rows) && k < IDS_MAX; k++)
		p.ids[p.count++] = pg_text(rows, k, 0);
	*more_out = p.count == (size_t)s->profile->poll.max;
	ok = p.count == 0 || poll_ids(&p, err);
	pg_result_free(&rows);
	return ok;
}

/* --- balances ----------------------------------------------------------------------------------
 */

static bool ask_balance(struct inquiries *i, const struct asked_account *a, struct err *err)
{
	const struct settings *s = a->settings;
	int64_t micro = 0;

	if (!provider_balance_compose(&i->transfer.request, s->profile, &s->values,
				      clock_wall_us() / 1000000, err) ||
	    !ask(i, &s->profile->balance.ask, err) ||
	    !provider_balance_read(s->profile, buf_str(&i->transfer.body), i->transfer.body.len,
				   &micro, err))
		return false;
	metric_set(a->balance, micro);
	pg_params_reset(i->params);
	pg_param_int16(i->params, s->gateway.account_id);
	pg_param_int64(i->params, micro);
	pg_param_text(i->params, s->profile->balance.currency);
	return pg_run(i->pg, &BALANCE, i->params, NULL, err);
}

/* --- the thread --------------------------------------------------------------------------------
 */

static void failed(const struct asked_account *a, const char *what, const struct err *err)
{
	metric_add(a->failures, 1);
	log_warn(what, LS("account", a->settings->gateway.name), LS("error", err->msg));
}

static void visit(struct inquiries *i, struct asked_account *a, uint64_t now_ms)
{
	const struct provider_profile *p = a->settings->profile;
	struct err err = {0};
	bool more = false;

	if (p->balance.ask.url[0] != '\0' && now_ms >= a->balance_ms) {
		a->balance_ms = now_ms + (uint64_t)i->httpgwd->config->balance_every_ms;
		if (!ask_balance(i, a, &err))
			failed(a, "balance cannot be asked for", &err);
	}
	if (p->poll.ask.url[0] != '\0' && now_ms >= a->poll_ms) {
		bool ok = poll_account(i, a->settings, &more, &err);

		a->poll_ms = clock_mono_ms() + (more ? 0 : QUIET_MS);
		if (!ok) {
			a->poll_ms = clock_mono_ms() + AFTER_ERROR_MS;
			failed(a, "receipts cannot be asked for", &err);
		}
	}
}

/* The account whose turn it is, a copy of its own; nothing is held while the provider is waited
 * for. */
static bool next_account(struct inquiries *i, size_t index, struct asked_account *out)
{
	struct asked_account *a;

	pthread_mutex_lock(&i->lock);
	a = i->accounts;
	while (a != NULL && index-- > 0)
		a = a->next;
	if (a != NULL) {
		*out = *a;
		(void)settings_hold(out->settings);
	}
	pthread_mutex_unlock(&i->lock);
	return a != NULL;
}

static void keep_times(struct inquiries *i, const struct asked_account *visited)
{
	pthread_mutex_lock(&i->lock);
	for (struct asked_account *a = i->accounts; a != NULL; a = a->next) {
		if (a->settings != visited->settings)
			continue;
		a->poll_ms = visited->poll_ms;
		a->balance_ms = visited->balance_ms;
	}
	pthread_mutex_unlock(&i->lock);
}

static void turn(struct inquiries *i)
{
	struct asked_account a;
	struct err err = {0};

	if (!pg_usable(i->pg) && !pg_reconnect(i->pg, &err))
		return;
	for (size_t index = 0; !atomic_load(&i->stopping) && next_account(i, index, &a); index++) {
		struct gateway_settings *held = &a.settings->gateway;

		if (lease_valid(a.lease)) {
			visit(i, &a, clock_mono_ms());
			keep_times(i, &a);
		}
		settings_free(&held);
	}
}

static void *run(void *arg)
{
	struct inquiries *i = arg;
	const struct pg_options options = {
		.url = i->httpgwd->gateway.database_url,
		.application = i->httpgwd->gateway.application,
		.timeout_ms = CALL_MS,
	};
	struct pollfd p = {.fd = i->stop_fd, .events = POLLIN};
	struct mq_delivery none;
	struct err err = {0};

	if (!pg_open_wait(&options, i->stop_fd, &i->pg, &err))
		return NULL;
	while (!atomic_load(&i->stopping)) {
		turn(i);
		if (i->mq != NULL) /* keeps the connection alive */
			(void)mq_take(i->mq, 0, -1, &none, &err);
		(void)poll(&p, 1, TURN_MS);
	}
	return NULL;
}

/* --- life --------------------------------------------------------------------------------------
 */

struct inquiries *inquiries_start(struct httpgwd *h)
{
	struct inquiries *i = mem_calloc(1, sizeof(*i));

	i->httpgwd = h;
	i->params = pg_params_new();
	buf_init(&i->bundle, BUNDLE_BYTES);
	pthread_mutex_init(&i->lock, NULL);
	i->rules = (struct transfer_rules){
		.allow_hosts = &h->config->allow_hosts,
		.ca_file = h->config->tls_ca_file,
		.agent = h->agent,
	};
	transfer_init(&i->transfer, &i->rules);
	curl_easy_setopt(i->transfer.easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(i->transfer.easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(i->transfer.easy, CURLOPT_XFERINFODATA, i);
	i->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (i->stop_fd < 0 || pthread_create(&i->thread, NULL, run, i) != 0)
		panic("the inquiry thread cannot be started");
	return i;
}

void inquiries_stop(struct inquiries **handle)
{
	struct inquiries *i = *handle;
	const uint64_t one = 1;

	if (i == NULL)
		return;
	atomic_store(&i->stopping, true);
	(void)!write(i->stop_fd, &one, sizeof(one));
	pthread_join(i->thread, NULL);
	while (i->accounts != NULL)
		inquiries_remove(i, i->accounts->settings->gateway.account_id);
	if (i->pg != NULL)
		pg_close(&i->pg);
	mq_close(&i->mq);
	pg_params_free(&i->params);
	transfer_deinit(&i->transfer);
	buf_deinit(&i->bundle);
	pthread_mutex_destroy(&i->lock);
	close(i->stop_fd);
	mem_free(i);
	*handle = NULL;
}

void inquiries_add(struct inquiries *i, const struct settings *s, const struct lease *lease)
{
	struct asked_account *a;
	char labels[64];

	if (s->profile == NULL || s->gateway.problem[0] != '\0' ||
	    (s->profile->poll.ask.url[0] == '\0' && s->profile->balance.ask.url[0] == '\0'))
		return;
	a = mem_calloc(1, sizeof(*a));
	a->settings = settings_hold((struct settings *)s);
	a->lease = lease;
	snprintf(labels, sizeof(labels), "account=\"%s\"", s->gateway.name);
	a->failures = metrics_counter("vestnik_httpgwd_inquiry_failures_total",
				      "Questions that a provider did not answer", labels);
	a->balance = metrics_gauge("vestnik_httpgwd_balance_micro",
				   "What the provider says is left, in millionths", labels);
	pthread_mutex_lock(&i->lock);
	a->next = i->accounts;
	i->accounts = a;
	pthread_mutex_unlock(&i->lock);
}

void inquiries_remove(struct inquiries *i, int16_t account_id)
{
	struct asked_account **at = &i->accounts, *gone;
	struct gateway_settings *held;

	pthread_mutex_lock(&i->lock);
	while (*at != NULL && (*at)->settings->gateway.account_id != account_id)
		at = &(*at)->next;
	gone = *at;
	if (gone != NULL)
		*at = gone->next;
	pthread_mutex_unlock(&i->lock);
	if (gone == NULL)
		return;
	held = &gone->settings->gateway;
	settings_free(&held);
	mem_free(gone);
}
