/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* inbound - what phones wrote: stored once however often it is delivered, joined from its parts,
 * read as text, and obeyed when it is a stop word.
 *
 * A bundle is one transaction: the opt-out stands as soon as the message does.  Rules about rows
 * are in SQL (inbound_take, inbound_finish); what octets and words mean is said here. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/sms/stop_word.h"
#include "dlrd/dlrd.h"

#define OCTETS_MAX    (512u << 10) /* of a joined message; what is more is left out */
#define TEXT_MAX      (3 * OCTETS_MAX)
#define GAP	      "[\xE2\x80\xA6]" /* in the place of a part that never came */
#define REFUSED_MS    1000
#define GIVE_UP_MAX   100   /* messages a transaction */
#define LOOK_EVERY_MS 10000 /* for messages to be given up */

static const struct pg_stmt take = {
	"inbound_take",
	"SELECT outcome, id FROM inbound_take($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
};

static const struct pg_stmt parts_of = {
	"inbound_parts",
	"SELECT seq, coding, octets FROM inbound_part WHERE inbound_id = $1 ORDER BY seq",
};

static const struct pg_stmt finish = {
	"inbound_finish",
	"SELECT inbound_finish($1, $2, $3, $4, $5, $6)",
};

static const struct pg_stmt overdue = {
	"inbound_overdue",
	"SELECT id, total FROM inbound"
	" WHERE state = 'joining' AND at < statement_timestamp() - $1::bigint * interval '1 ms'"
	" ORDER BY at LIMIT $2::integer FOR UPDATE SKIP LOCKED",
};

void inbox_init(struct inbox *i)
{
	*i = (struct inbox){0};
	i->parts = mem_calloc(INBOUND_BUNDLE_MAX, sizeof(*i->parts));
	i->sorted = mem_calloc(INBOUND_BUNDLE_MAX, sizeof(*i->sorted));
	i->params = pg_params_new();
	buf_init(&i->octets, OCTETS_MAX);
	buf_init(&i->text, TEXT_MAX);
}

void inbox_deinit(struct inbox *i)
{
	mem_free(i->parts);
	mem_free(i->sorted);
	pg_params_free(&i->params);
	buf_deinit(&i->octets);
	buf_deinit(&i->text);
}

/* --- reading -----------------------------------------------------------------------------------
 */

/* Parts one behind the other, whose octets are read together. */
static void read_run(struct inbox *i, enum sms_coding coding)
{
	user_data_text(coding, i->octets.data, i->octets.len, &i->text);
	if (coding != CODING_BINARY)
		buf_reset(&i->octets);
}

/* Fill i->text, or for a message that is no text i->octets, from the rows of parts_of.  Returns the
 * coding of the whole. */
static enum sms_coding read_parts(struct inbox *i, const struct pg_result *rows, int total)
{
	enum sms_coding coding = CODING_GSM;
	int next = 1;

	buf_reset(&i->octets);
	buf_reset(&i->text);
	for (size_t row = 0; row < pg_rows(rows); row++) {
		int seq = (int)pg_int(rows, row, 0);

		if (row == 0)
			coding = (enum sms_coding)pg_int(rows, row, 1);
		if (seq != next) {
			read_run(i, coding);
			(void)buf_add_str(&i->text, GAP);
		}
		(void)buf_add(&i->octets, pg_text(rows, row, 2), pg_len(rows, row, 2));
		next = seq + 1;
	}
	read_run(i, coding);
	if (next <= total)
		(void)buf_add_str(&i->text, GAP);
	return coding;
}

/* --- storing -----------------------------------------------------------------------------------
 */

/* i->text and i->octets hold what the message says. */
static bool finish_as(struct dlrd *d, int64_t id, const char *state, enum sms_coding coding,
		      struct err *err)
{
	struct inbox *i = &d->inbox;
	const char *confirmation = d->config->stop_confirmation;
	enum stop_scope stop = STOP_NONE;
	struct pg_result *rows = NULL;

	if (coding != CODING_BINARY)
		stop = stop_word_match(buf_str(&i->text), i->text.len, d->config->stop_ambiguous);
	pg_params_reset(i->params);
	pg_param_int64(i->params, id);
	pg_param_text(i->params, state);
	if (coding == CODING_BINARY) {
		pg_param_null(i->params);
		pg_param_bytes(i->params, buf_str(&i->octets), i->octets.len);
	} else {
		pg_param_text_len(i->params, buf_str(&i->text), i->text.len);
		pg_param_null(i->params);
	}
	pg_param_text(i->params, stop_scope_name(stop));
	pg_param_text(i->params, confirmation[0] != '\0' ? confirmation : NULL);
	if (!pg_run(d->pg, &finish, i->params, &rows, err))
		return false;
	i->finished++;
	i->stops += strcmp(pg_text(rows, 0, 0), "new") == 0 ||
		    strcmp(pg_text(rows, 0, 0), "widened") == 0;
	pg_result_free(&rows);
	return true;
}

static bool finish_parts(struct dlrd *d, int64_t id, int total, const char *state, struct err *err)
{
	struct inbox *i = &d->inbox;
	struct pg_result *rows = NULL;
	enum sms_coding coding;

	pg_params_reset(i->params);
	pg_param_int64(i->params, id);
	if (!pg_run(d->pg, &parts_of, i->params, &rows, err))
		return false;
	coding = read_parts(i, rows, total);
	pg_result_free(&rows);
	return finish_as(d, id, state, coding, err);
}

static bool finish_whole(struct dlrd *d, int64_t id, const struct inbound_part *p, struct err *err)
{
	struct inbox *i = &d->inbox;

	if (p->total > 1)
		return finish_parts(d, id, p->total, "whole", err);
	buf_reset(&i->octets);
	buf_reset(&i->text);
	(void)buf_add(&i->octets, p->octets.data, p->octets.len);
	read_run(i, (enum sms_coding)p->coding);
	return finish_as(d, id, "whole", (enum sms_coding)p->coding, err);
}

static bool take_part(struct dlrd *d, const struct inbound_part *p, struct err *err)
{
	struct inbox *i = &d->inbox;
	struct pg_result *rows = NULL;
	uint8_t digest[INBOUND_DIGEST_BYTES];
	bool whole, ok = true;
	int64_t id;

	inbound_digest(p, digest);
	pg_params_reset(i->params);
	pg_param_int16(i->params, p->account_id);
	pg_param_int64(i->params, p->msisdn);
	pg_param_text(i->params, p->source);
	pg_param_text(i->params, p->destination);
	pg_param_time_us(i->params, p->received_at_us);
	pg_param_int32(i->params, p->reference);
	pg_param_int16(i->params, p->total);
	pg_param_int16(i->params, p->seq);
	pg_param_int16(i->params, p->data_coding);
	pg_param_int16(i->params, p->coding);
	pg_param_bytes(i->params, digest, sizeof(digest));
	pg_param_bytes(i->params, p->octets.data, p->octets.len);
	if (!pg_run(d->pg, &take, i->params, &rows, err))
		return false;
	whole = strcmp(pg_text(rows, 0, 0), "whole") == 0;
	i->repeated += strcmp(pg_text(rows, 0, 0), "repeated") == 0;
	id = pg_int(rows, 0, 1);
	pg_result_free(&rows);
	if (whole)
		ok = finish_whole(d, id, p, err);
	return ok;
}

/* Senders in one order for everybody, parts of one sender in the order they came. */
static int by_source(const void *a, const void *b)
{
	const struct inbound_part *const *x = a, *const *y = b;
	int order = strcmp((*x)->source, (*y)->source);

	return order != 0 ? order : (*x > *y) - (*x < *y);
}

static void forget_tally(struct inbox *i)
{
	i->finished = i->repeated = i->incomplete = i->stops = 0;
}

static void count_tally(const struct dlrd *d)
{
	const struct inbox *i = &d->inbox;

	metric_add(d->metrics.inbound, i->finished);
	metric_add(d->metrics.inbound_repeated, i->repeated);
	metric_add(d->metrics.inbound_incomplete, i->incomplete);
	metric_add(d->metrics.stops, i->stops);
}

static bool store_in_transaction(struct pg *pg, void *arg, struct err *err)
{
	struct dlrd *d = arg;
	struct inbox *i = &d->inbox;
	bool ok = true;

	(void)pg;
	forget_tally(i);
	for (size_t k = 0; k < i->count && ok; k++)
		ok = take_part(d, i->sorted[k], err);
	return ok;
}

bool inbound_store(struct dlrd *d, struct err *err)
{
	struct inbox *i = &d->inbox;

	for (size_t k = 0; k < i->count; k++)
		i->sorted[k] = &i->parts[k];
	qsort(i->sorted, i->count, sizeof(*i->sorted), by_source);
	if (!pg_transaction(d->pg, store_in_transaction, d, err))
		return false;
	count_tally(d);
	return true;
}

/* --- bundles -----------------------------------------------------------------------------------
 */

/* What the database does not take goes back to its queue, for a while. */
static bool give_back(struct dlrd *d, uint64_t tag, struct err *err)
{
	struct pollfd stop = {.fd = daemon_stop_fd(), .events = POLLIN};

	if (poll(&stop, 1, REFUSED_MS) > 0)
		return err_set(err, ERR_STOPPING, "stopping with messages from phones not stored");
	daemon_alive();
	mq_reject(d->mq, tag, true);
	return true;
}

bool inbound_take_bundle(struct dlrd *d, const struct mq_delivery *delivery, struct err *err)
{
	struct inbox *i = &d->inbox;

	if (!inbound_bundle_decode(delivery->body, delivery->len, i->parts, &i->count, err)) {
		log_err("inbound bundle is broken and was moved to " QUEUE_INBOUND_DEAD, err,
			LI("bytes", delivery->len));
		mq_reject(d->mq, delivery->tag, false);
		metric_add(d->metrics.inbound_dead, 1);
		return true;
	}
	while (!inbound_store(d, err)) {
		log_err("messages from phones could not be stored, will try again", err,
			LI("parts", i->count));
		if (pg_usable(d->pg) && err->kind != ERR_RETRY)
			return give_back(d, delivery->tag, err);
		if (!pg_usable(d->pg) && !database_reconnect(d, err))
			return false;
	}
	mq_ack(d->mq, delivery->tag, false);
	return true;
}

/* --- parts that never came ---------------------------------------------------------------------
 */

static bool give_up_in_transaction(struct pg *pg, void *arg, struct err *err)
{
	struct dlrd *d = arg;
	struct inbox *i = &d->inbox;
	struct pg_result *rows = NULL;
	bool ok = true;

	forget_tally(i);
	pg_params_reset(i->params);
	pg_param_int64(i->params, d->config->join_wait_ms);
	pg_param_int32(i->params, GIVE_UP_MAX);
	if (!pg_run(pg, &overdue, i->params, &rows, err))
		return false;
	for (size_t row = 0; row < pg_rows(rows) && ok; row++) {
		ok = finish_parts(d, pg_int(rows, row, 0), (int)pg_int(rows, row, 1), "incomplete",
				  err);
		i->incomplete++;
	}
	pg_result_free(&rows);
	return ok;
}

bool inbound_give_up(struct dlrd *d, struct err *err)
{
	struct inbox *i = &d->inbox;
	int64_t every_ms = d->config->join_wait_ms / 4;

	if (clock_mono_ms() < i->joining_due_ms)
		return true;
	if (every_ms > LOOK_EVERY_MS)
		every_ms = LOOK_EVERY_MS;
	i->joining_due_ms = clock_mono_ms() + (uint64_t)every_ms;
	if (pg_transaction(d->pg, give_up_in_transaction, d, err)) {
		count_tally(d);
		if (i->finished == GIVE_UP_MAX)
			i->joining_due_ms = 0;
		return true;
	}
	log_err("incomplete messages from phones could not be finished, will try again", err);
	return pg_usable(d->pg) || database_reconnect(d, err);
}
