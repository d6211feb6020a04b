/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* lease - see lease.h.
 *
 * One turn of the thread: give back what was released; every two seconds, and at once when what the
 * lease says of its account changes, renew; every half second load the accounts and try for those
 * that are free.  `until_boot_ms` is all that crosses to
 * other threads by itself: it only grows while the database says so, and everybody compares it with
 * the clock before writing. */
#include "common/gateway/lease.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/queue.h"
#include "common/gateway/gateway.h"

#define LEASE_TTL_MS	6000
#define LEASE_MARGIN_MS 200 /* for what is between the check and the wire */
#define RENEW_MS	2000
#define TURN_MS		500
#define CALL_MS		3000
#define LEASES_MAX	256
#define STOPPED_SIZE	200

/* Sums of this epoch, as in account_meter, besides the time. */
struct meter {
	_Atomic int64_t answered, refused, slowed, timeouts, answer_us;
};

enum lease_state { LEASE_FREE, LEASE_HELD, LEASE_ENDING };

struct lease {
	/* of the thread */
	enum lease_state state;
	int16_t account_id;
	int32_t epoch;
	int64_t changed_at_us;
	bool hindered; /* the settings had a problem */
	bool enabled;
	bool seen; /* in the load of this turn */
	/* crossing */
	_Atomic uint64_t until_boot_ms;
	_Atomic bool down;
	_Atomic bool released;
	struct meter meter;
	pthread_mutex_t lock;
	char stopped[STOPPED_SIZE]; /* under `lock` */
	struct leases *leases;
};

struct leases {
	const struct gateway *gateway;
	char *const *names;
	size_t name_count;
	pthread_t thread;
	int wake_fd;
	_Atomic bool stopping;
	_Atomic bool kept;
	_Atomic bool reported; /* something the renewal says has changed */
	struct pg *pg;
	struct pg_params *params;
	struct lease *all[LEASES_MAX];
	size_t count;
};

static const struct pg_stmt ACQUIRE = {"gateway_lease_acquire", "SELECT lease_acquire($1, $2, $3)"};
static const struct pg_stmt RELEASE = {"gateway_lease_release", "SELECT lease_release($1, $2, $3)"};
static const struct pg_stmt RENEW = {
	"gateway_lease_renew",
	"SELECT lease_renew($1::smallint[], $2::integer[], $3::integer[]::boolean[], $4::text[],"
	" $5, $6)",
};

static const struct pg_stmt METER = {
	"gateway_meter",
	"INSERT INTO account_meter AS m (account_id, epoch, answered, refused, slowed, timeouts,"
	" answer_ms_sum, at)"
	" SELECT x.account, x.epoch, x.answered, x.refused, x.slowed, x.timeouts, x.answer_ms,"
	" clock_timestamp()"
	" FROM unnest($1::smallint[], $2::integer[], $3::bigint[], $4::bigint[], $5::bigint[],"
	" $6::bigint[], $7::bigint[])"
	" AS x(account, epoch, answered, refused, slowed, timeouts, answer_ms)"
	" JOIN account_lease l ON l.account_id = x.account AND l.epoch = x.epoch ORDER BY x.account"
	" ON CONFLICT (account_id) DO UPDATE SET epoch = excluded.epoch,"
	" answered = excluded.answered, refused = excluded.refused, slowed = excluded.slowed,"
	" timeouts = excluded.timeouts, answer_ms_sum = excluded.answer_ms_sum, at = excluded.at"
	" WHERE m.epoch <= excluded.epoch",
};

/* --- what other threads may ask ----------------------------------------------------------------
 */

bool lease_valid(const struct lease *l)
{
	return clock_boot_ms() < atomic_load_explicit(&l->until_boot_ms, memory_order_acquire);
}

static void wake(struct leases *ls)
{
	const uint64_t one = 1;

	(void)!write(ls->wake_fd, &one, sizeof(one));
}

bool leases_kept(const struct leases *leases)
{
	return atomic_load(&leases->kept);
}

void lease_report(struct lease *l, bool down, const char *stopped)
{
	bool changed = atomic_exchange(&l->down, down) != down;

	pthread_mutex_lock(&l->lock);
	changed = strncmp(l->stopped, stopped, sizeof(l->stopped) - 1) != 0 || changed;
	snprintf(l->stopped, sizeof(l->stopped), "%s", stopped);
	pthread_mutex_unlock(&l->lock);
	if (changed) {
		atomic_store(&l->leases->reported, true);
		wake(l->leases);
	}
}

static void count(_Atomic int64_t *sum, int64_t n)
{
	atomic_fetch_add_explicit(sum, n, memory_order_relaxed);
}

void lease_meter_answer(struct lease *l, enum refusal refusal, uint64_t us)
{
	count(&l->meter.answered, 1);
	count(&l->meter.answer_us, (int64_t)us);
	if (refusal == REFUSAL_SLOW)
		count(&l->meter.slowed, 1);
	else if (refusal != REFUSAL_NONE && refusal != REFUSAL_FAIL)
		count(&l->meter.refused, 1);
}

void lease_meter_timeout(struct lease *l)
{
	count(&l->meter.timeouts, 1);
}

static void meter_reset(struct meter *m)
{
	atomic_store(&m->answered, 0);
	atomic_store(&m->refused, 0);
	atomic_store(&m->slowed, 0);
	atomic_store(&m->timeouts, 0);
	atomic_store(&m->answer_us, 0);
}

void lease_release(struct lease *l)
{
	atomic_store(&l->until_boot_ms, 0);
	atomic_store(&l->released, true);
	wake(l->leases);
}

/* --- notes -------------------------------------------------------------------------------------
 */

/* Takes the settings, which may be NULL. */
static void tell(struct leases *ls, struct lease *l, enum lease_event event,
		 struct gateway_settings *settings)
{
	struct lease_note *note = mem_calloc(1, sizeof(*note));

	note->note.kind = NOTE_LEASE;
	note->event = event;
	note->lease = l;
	note->epoch = l->epoch;
	note->settings = settings;
	(void)queue_put(ls->gateway->loop, note, CLOCK_NEVER_MS);
}

static struct lease *find_or_add(struct leases *ls, int16_t account_id)
{
	struct lease *l;

	for (size_t i = 0; i < ls->count; i++)
		if (ls->all[i]->account_id == account_id)
			return ls->all[i];
	if (ls->count == LEASES_MAX)
		return NULL;
	l = mem_calloc(1, sizeof(*l));
	l->account_id = account_id;
	l->leases = ls;
	pthread_mutex_init(&l->lock, NULL);
	ls->all[ls->count++] = l;
	return l;
}

static void lose(struct leases *ls, struct lease *l, const char *reason)
{
	atomic_store(&l->until_boot_ms, 0);
	l->state = LEASE_ENDING;
	log_warn("lease lost", LI("account", l->account_id), LI("epoch", l->epoch),
		 LS("reason", reason));
	tell(ls, l, LEASE_LOST, NULL);
}

/* --- the turns ---------------------------------------------------------------------------------
 */

/* What hinders an account may go by other means than a change of the account. */
static bool is_other(const struct lease *l, const struct gateway_settings *s)
{
	return l->changed_at_us != s->changed_at_us || l->hindered != (s->problem[0] != '\0');
}

static void take_up(struct lease *l, const struct gateway_settings *s)
{
	l->changed_at_us = s->changed_at_us;
	l->hindered = s->problem[0] != '\0';
}

/* Takes *settings when the lease is won. */
static bool acquire(struct leases *ls, struct lease *l, struct gateway_settings **settings,
		    struct err *err)
{
	struct gateway_settings *s = *settings;
	uint64_t asked_ms = clock_boot_ms();
	struct pg_result *rows = NULL;

	pg_params_reset(ls->params);
	pg_param_int16(ls->params, s->account_id);
	pg_param_text(ls->params, ls->gateway->owner);
	pg_param_int32(ls->params, LEASE_TTL_MS);
	if (!pg_run(ls->pg, &ACQUIRE, ls->params, &rows, err))
		return false;
	if (pg_rows(rows) == 1 && !pg_null(rows, 0, 0)) {
		l->epoch = (int32_t)pg_int(rows, 0, 0);
		l->state = LEASE_HELD;
		take_up(l, s);
		meter_reset(&l->meter);
		lease_report(l, true, "");
		atomic_store(&l->until_boot_ms, asked_ms + LEASE_TTL_MS - LEASE_MARGIN_MS);
		log_info("lease won", LS("name", s->name), LI("account", l->account_id),
			 LI("epoch", l->epoch));
		*settings = NULL;
		tell(ls, l, LEASE_WON, s);
	}
	pg_result_free(&rows);
	return true;
}

/* Takes *settings when the account is to be opened with them. */
static bool look_at(struct leases *ls, struct gateway_settings **settings, struct err *err)
{
	struct gateway_settings *s = *settings;
	struct lease *l = find_or_add(ls, s->account_id);

	if (l == NULL)
		return true;
	l->seen = true;
	if (l->state == LEASE_FREE)
		return s->held_elsewhere || acquire(ls, l, settings, err);
	if (l->state == LEASE_HELD && is_other(l, s)) {
		take_up(l, s);
		*settings = NULL;
		tell(ls, l, LEASE_CHANGED, s);
	}
	return true;
}

/* Accounts that were disabled or deleted are given up in order, while the lease is renewed. */
static void revoke_unseen(struct leases *ls)
{
	for (size_t i = 0; i < ls->count; i++) {
		struct lease *l = ls->all[i];

		if (l->state == LEASE_HELD && !l->seen && l->enabled) {
			l->enabled = false;
			tell(ls, l, LEASE_REVOKED, NULL);
		}
		if (l->seen)
			l->enabled = true;
		l->seen = false;
	}
}

static bool load(struct leases *ls, struct err *err)
{
	const struct gateway_kind *kind = ls->gateway->kind;
	struct gateway_settings **all = NULL;
	size_t count = 0;
	bool ok = true;

	if (!kind->settings_load(ls->gateway, ls->pg, (const char *const *)ls->names,
				 ls->name_count, &all, &count, err))
		return false;
	for (size_t i = 0; i < count && ok; i++)
		ok = look_at(ls, &all[i], err);
	for (size_t i = 0; i < count; i++)
		kind->settings_free(&all[i]);
	mem_free(all);
	if (ok)
		revoke_unseen(ls);
	return ok;
}

struct renewal {
	int16_t accounts[LEASES_MAX];
	int32_t epochs[LEASES_MAX];
	int32_t downs[LEASES_MAX];
	char stopped[LEASES_MAX][STOPPED_SIZE];
	const char *reasons[LEASES_MAX];
	struct lease *leases[LEASES_MAX];
	bool kept[LEASES_MAX];
	size_t count;
};

static void renewal_gather(struct leases *ls, struct renewal *r)
{
	r->count = 0;
	for (size_t i = 0; i < ls->count; i++) {
		struct lease *l = ls->all[i];
		size_t n = r->count;

		if (l->state != LEASE_HELD)
			continue;
		r->leases[n] = l;
		r->accounts[n] = l->account_id;
		r->epochs[n] = l->epoch;
		r->downs[n] = atomic_load(&l->down);
		pthread_mutex_lock(&l->lock);
		memcpy(r->stopped[n], l->stopped, STOPPED_SIZE);
		pthread_mutex_unlock(&l->lock);
		r->reasons[n] = r->stopped[n][0] != '\0' ? r->stopped[n] : NULL;
		r->kept[n] = false;
		r->count++;
	}
}

static void renewal_mark(struct renewal *r, int64_t account_id, uint64_t until_ms)
{
	for (size_t i = 0; i < r->count; i++) {
		if (r->accounts[i] != account_id)
			continue;
		r->kept[i] = true;
		/* Given back by the event thread meanwhile: stays over. */
		if (!atomic_load(&r->leases[i]->released))
			atomic_store(&r->leases[i]->until_boot_ms, until_ms);
	}
}

static bool renew(struct leases *ls, struct renewal *r, struct err *err)
{
	uint64_t until_ms;
	struct pg_result *rows = NULL;

	renewal_gather(ls, r);
	if (r->count == 0)
		return true;
	until_ms = clock_boot_ms() + LEASE_TTL_MS - LEASE_MARGIN_MS;
	pg_params_reset(ls->params);
	pg_param_int16_array(ls->params, r->accounts, r->count);
	pg_param_int32_array(ls->params, r->epochs, r->count);
	pg_param_int32_array(ls->params, r->downs, r->count);
	pg_param_text_array(ls->params, r->reasons, r->count);
	pg_param_text(ls->params, ls->gateway->owner);
	pg_param_int32(ls->params, LEASE_TTL_MS);
	if (!pg_run(ls->pg, &RENEW, ls->params, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++)
		renewal_mark(r, pg_int(rows, i, 0), until_ms);
	pg_result_free(&rows);
	for (size_t i = 0; i < r->count; i++)
		if (!r->kept[i])
			lose(ls, r->leases[i], "it ran out or somebody took it over");
	return true;
}

/* What was measured, of the accounts just renewed.  Not worth a lease: an error is logged. */
static void write_meters(struct leases *ls, const struct renewal *r)
{
	static const size_t sums = 5;
	int64_t *sum = mem_calloc(sums * (r->count + 1), sizeof(*sum));
	struct err err = {0};

	for (size_t i = 0; i < r->count; i++) {
		struct meter *m = &r->leases[i]->meter;
		const int64_t of[] = {atomic_load(&m->answered), atomic_load(&m->refused),
				      atomic_load(&m->slowed), atomic_load(&m->timeouts),
				      atomic_load(&m->answer_us) / 1000};

		for (size_t k = 0; k < sums; k++)
			sum[k * r->count + i] = of[k];
	}
	pg_params_reset(ls->params);
	pg_param_int16_array(ls->params, r->accounts, r->count);
	pg_param_int32_array(ls->params, r->epochs, r->count);
	for (size_t k = 0; k < sums; k++)
		pg_param_int64_array(ls->params, &sum[k * r->count], r->count);
	if (r->count > 0 && !pg_run(ls->pg, &METER, ls->params, NULL, &err))
		log_err("what was measured of accounts is not stored", &err);
	mem_free(sum);
}

/* Best effort: a lease that is not given back runs out by itself. */
static void give_back(struct leases *ls)
{
	for (size_t i = 0; i < ls->count; i++) {
		struct lease *l = ls->all[i];
		struct err err = {0};

		if (!atomic_exchange(&l->released, false))
			continue;
		pg_params_reset(ls->params);
		pg_param_int16(ls->params, l->account_id);
		pg_param_text(ls->params, ls->gateway->owner);
		pg_param_int32(ls->params, l->epoch);
		if (l->state != LEASE_FREE && ls->pg != NULL && pg_usable(ls->pg))
			(void)pg_run(ls->pg, &RELEASE, ls->params, NULL, &err);
		l->state = LEASE_FREE;
		l->enabled = false;
	}
}

/* What the clock has ended, whatever the database may say. */
static void expire(struct leases *ls)
{
	for (size_t i = 0; i < ls->count; i++)
		if (ls->all[i]->state == LEASE_HELD && !lease_valid(ls->all[i]) &&
		    !atomic_load(&ls->all[i]->released))
			lose(ls, ls->all[i], "it could not be renewed in time");
}

static bool connected(struct leases *ls, struct err *err)
{
	const struct pg_options options = {
		.url = ls->gateway->database_url,
		.application = ls->gateway->application,
		.timeout_ms = CALL_MS,
	};

	if (ls->pg == NULL)
		return pg_open(&options, &ls->pg, err);
	return pg_usable(ls->pg) || pg_reconnect(ls->pg, err);
}

static void turn(struct leases *ls, struct renewal *r, uint64_t *renew_at_ms)
{
	struct err err = {0};
	uint64_t now_ms = clock_mono_ms();
	bool ok = connected(ls, &err);

	if (atomic_exchange(&ls->reported, false))
		*renew_at_ms = 0; /* until it has been done */
	if (ok && now_ms >= *renew_at_ms) {
		ok = renew(ls, r, &err);
		if (ok) {
			*renew_at_ms = now_ms + RENEW_MS;
			write_meters(ls, r);
		}
	}
	give_back(ls);
	if (ok && !atomic_load(&ls->stopping))
		ok = load(ls, &err);
	atomic_store(&ls->kept, ok);
	if (!ok)
		log_warn("leases wait for the database", LS("error", err.msg));
	expire(ls);
}

static void *run(void *arg)
{
	struct leases *ls = arg;
	struct renewal *r = mem_calloc(1, sizeof(*r));
	uint64_t renew_at_ms = 0;
	struct pollfd p = {.fd = ls->wake_fd, .events = POLLIN};
	uint64_t ignored;

	while (!atomic_load(&ls->stopping)) {
		turn(ls, r, &renew_at_ms);
		if (poll(&p, 1, TURN_MS) > 0)
			(void)!read(ls->wake_fd, &ignored, sizeof(ignored));
	}
	give_back(ls);
	mem_free(r);
	return NULL;
}

/* --- life --------------------------------------------------------------------------------------
 */

struct leases *leases_start(const struct gateway *gateway, char *const *names, size_t name_count)
{
	struct leases *ls = mem_calloc(1, sizeof(*ls));

	ls->gateway = gateway;
	ls->names = names;
	ls->name_count = name_count;
	ls->params = pg_params_new();
	ls->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (ls->wake_fd < 0 || pthread_create(&ls->thread, NULL, run, ls) != 0)
		panic("the lease thread cannot be started");
	return ls;
}

void leases_stop(struct leases **handle)
{
	struct leases *ls = *handle;
	if (ls == NULL)
		return;
	atomic_store(&ls->stopping, true);
	wake(ls);
	pthread_join(ls->thread, NULL);
	for (size_t i = 0; i < ls->count; i++) {
		pthread_mutex_destroy(&ls->all[i]->lock);
		mem_free(ls->all[i]);
	}
	if (ls->pg != NULL)
		pg_close(&ls->pg);
	pg_params_free(&ls->params);
	close(ls->wake_fd);
	mem_free(ls);
	*handle = NULL;
}
