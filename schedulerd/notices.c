/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* notices - what people are told of goes to them by mail, when they want that and there is a mail
 * server.
 *
 * A notice is in our hands for five minutes (notice_claim()), committed before a byte leaves: who
 * dies over it leaves it to be mailed again, so a letter comes at least once; its Message-ID tells
 * the second one.  A server that is down, busy or slow is asked again after growing pauses, for
 * three days; one that refuses a letter is not asked for it again. */
#include <stdio.h>

#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "schedulerd/letter.h"
#include "schedulerd/scheduler.h"
#include "schedulerd/smtp.h"

#define LETTERS_MAX  50 /* a turn */
#define DAYS_MAX     3	/* then nobody needs it by mail any more */
#define PAUSE_TIMES  4
#define PAUSE_MAX_S  (4 * 3600)
#define ROWS_AT_ONCE 5000

enum column {
	COL_ID,
	COL_TRIES,
	COL_EMAIL,
	COL_LANGUAGE,
	COL_KIND,
	COL_CAMPAIGN_ID,
	COL_CAMPAIGN,
	COL_DEPARTMENT,
	COL_MONTH,
	COL_PERCENT,
	COL_PERSON,
	COL_CLIENTS,
	COL_CEILING,
	COL_REASON,
	COL_CREATED,
};

bool notice_mail_open(struct scheduler *s, struct err *err)
{
	const struct scheduler_config *c = s->config;
	const struct smtp_settings settings = {
		.url = c->mail_smtp_url,
		.from = c->mail_from,
		.user = c->mail_user,
		.password_file = c->mail_password_file,
		.ca_file = c->mail_ca_file,
	};

	return smtp_open(&settings, &s->smtp, err);
}

static void letter_from_row(const struct scheduler_config *c, const struct pg_result *row,
			    struct letter *l)
{
	*l = (struct letter){
		.id = pg_int(row, 0, COL_ID),
		.from = c->mail_from,
		.to = pg_text(row, 0, COL_EMAIL),
		.kind = pg_text(row, 0, COL_KIND),
		.russian = pg_text(row, 0, COL_LANGUAGE)[0] == 'r',
		.created_at_us = pg_time_us(row, 0, COL_CREATED),
		.web = c->mail_web_url,
		.campaign_id = pg_int(row, 0, COL_CAMPAIGN_ID),
		.campaign = pg_text(row, 0, COL_CAMPAIGN),
		.department = pg_text(row, 0, COL_DEPARTMENT),
		.month = pg_text(row, 0, COL_MONTH),
		.person = pg_null(row, 0, COL_PERSON) ? "Vestnik" : pg_text(row, 0, COL_PERSON),
		.reason = pg_text(row, 0, COL_REASON),
		.percent = pg_int(row, 0, COL_PERCENT),
		.clients = pg_int(row, 0, COL_CLIENTS),
		.ceiling_micro = pg_int(row, 0, COL_CEILING),
	};
}

/* Pauses grow fourfold: with a minute, 1, 4, 16, 64 minutes, then four hours. */
static int32_t pause_s(const struct scheduler *s, int64_t tries)
{
	int64_t pause = s->config->mail_retry_ms / 1000 > 0 ? s->config->mail_retry_ms / 1000 : 1;

	for (int64_t i = 1; i < tries && pause < PAUSE_MAX_S; i++)
		pause *= PAUSE_TIMES;
	return (int32_t)(pause < PAUSE_MAX_S ? pause : PAUSE_MAX_S);
}

static bool note(struct scheduler *s, int64_t id, bool mailed, int32_t again_s, struct err *err)
{
	static const struct pg_stmt done = {"notice_mailed", "SELECT notice_mailed($1, $2, $3)"};

	pg_param_int64(s->params, id);
	pg_param_bool(s->params, mailed);
	pg_param_int32(s->params, again_s);
	return scheduler_run(s, &done, NULL, err);
}

static void count(const char *result)
{
	char labels[64];

	(void)snprintf(labels, sizeof(labels), "result=\"%s\"", result);
	metric_add(metrics_counter("vestnik_notices_mailed_total", "letters to people", labels), 1);
}

/* One letter.  *later_out: the server is to be left alone for now. */
static bool mail(struct scheduler *s, const struct pg_result *row, bool *later_out, struct err *err)
{
	enum smtp_outcome outcome = SMTP_REFUSED;
	struct letter letter;
	struct buf text;
	struct err why = {0};

	letter_from_row(s->config, row, &letter);
	buf_init(&text, LETTER_BYTES_MAX);
	if (letter_write(&letter, &text))
		outcome = smtp_send(s->smtp, letter.to, buf_str(&text), text.len, &why);
	else
		err_set(&why, ERR_INPUT, "a notice of kind %s cannot be written", letter.kind);
	buf_deinit(&text);
	*later_out = outcome == SMTP_LATER;
	count(outcome == SMTP_SENT ? "sent" : outcome == SMTP_LATER ? "later" : "refused");
	if (outcome == SMTP_SENT) {
		log_info("notice mailed", LI("notice", letter.id));
		return note(s, letter.id, true, 0, err);
	}
	log_err(outcome == SMTP_LATER ? "a notice could not be mailed; it is tried again"
				      : "a notice cannot be mailed; it stands on the web alone",
		&why, LI("notice", letter.id));
	return note(s, letter.id, false,
		    outcome == SMTP_LATER ? pause_s(s, pg_int(row, 0, COL_TRIES)) : 0, err);
}

bool notice_mail(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt claim = {"notice_claim", "SELECT * FROM notice_claim($1)"};
	bool later = false;

	for (int i = 0; i < LETTERS_MAX && !later && !daemon_stopping(); i++) {
		struct pg_result *row = NULL;
		bool ok = true, more;

		pg_param_int32(s->params, DAYS_MAX);
		if (!scheduler_run(s, &claim, &row, err))
			return false;
		more = pg_rows(row) == 1;
		if (more)
			ok = mail(s, row, &later, err);
		pg_result_free(&row);
		if (!ok || !more)
			return ok;
	}
	return true;
}

bool notice_forget(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt forget = {"notices_forget", "SELECT notices_forget($1, $2)"};

	pg_param_int32(s->params, (int32_t)s->config->keep_notice_days);
	pg_param_int32(s->params, ROWS_AT_ONCE);
	return scheduler_run(s, &forget, NULL, err);
}
