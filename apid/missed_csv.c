/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* missed_csv - GET /v1/campaigns/{id}/missed.csv: who got nothing, as a file for a table program.
 */
#include <stdio.h>
#include <time.h>

#include "apid/download.h"
#include "apid/export.h"
#include "apid/missed.h"

#define ROWS_AT_ONCE 5000

static const struct {
	int state; /* 0: left out */
	const char *words;
} kinds[] = {
	{0, "left out"},
	{MESSAGE_UNKNOWN, "not known whether it arrived"},
	{MESSAGE_CANCELLED, "cancelled before it left"},
	{MESSAGE_FAILED, "not taken by an operator"},
	{MESSAGE_REJECTED, "rejected by the operator"},
	{MESSAGE_EXPIRED, "expired before it arrived"},
	{MESSAGE_UNDELIVERED, "not delivered"},
};

static const char *const reasons[] = {
	[REASON_NONE] = "",
	[REASON_OPT_OUT] = "the client wants no messages",
	[REASON_NO_NUMBER] = "the number takes no SMS",
	[REASON_CLIENT_GONE] = "the client was erased or blocked",
	[REASON_PHONE_CHANGED] = "the number has changed",
	[REASON_RUN_CANCELLED] = "the campaign was stopped",
	[REASON_DEADLINE] = "its time was over before it could leave",
	[REASON_TEXT_EMPTY] = "a field of the text is empty",
	[REASON_TEXT_TOO_LONG] = "the text is too long",
	[REASON_NO_ROUTE] = "no account of an operator could carry it",
	[REASON_IN_DOUBT] = "the operator's answer was lost",
	[REASON_NO_RECEIPT] = "the operator never reported",
	[REASON_STUCK] = "the service could not process it",
	[REASON_TRIES] = "the operator refused it several times",
	[REASON_NO_CONSENT] = "there is no consent to advertising",
	[REASON_CONSENT_EXPIRED] = "the consent to advertising is over",
	[REASON_CAPPED] = "the client got enough messages of this kind already",
	[REASON_STOP_AT] = "the campaign was not to go on any longer",
	[REASON_QUIET_HOURS] = "the permitted hours ended before it could leave",
	[REASON_ZONE_UNKNOWN] = "the client's time zone is not known",
	[REASON_NO_PROMO] = "no promo code was left",
	[REASON_CONTROL] = "held back for the control group",
};

static const char *kind_words(const struct pg_result *rows, size_t i)
{
	int state = (int)pg_int(rows, i, MISSED_STATE);

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		if (kinds[k].state == state)
			return kinds[k].words;
	return "";
}

static const char *reason_words(const struct pg_result *rows, size_t i)
{
	int64_t reason = pg_int(rows, i, MISSED_REASON);

	if (reason >= REASON_SMPP_BASE)
		return "the operator refused it";
	return reason <= REASON_LAST && reasons[reason] != NULL ? reasons[reason] : "";
}

static void put_head(struct request *r, FILE *out)
{
	enum lang lang = r->json.lang;
	static const char *const names[] = {"client code", "last name",	      "first name",
					    "middle name", "phone number",    "what happened",
					    "reason why",  "operator's code", "time of it"};
	size_t count = sizeof(names) / sizeof(names[0]);

	for (size_t i = 0; i < count; i++) {
		download_put_said(out, lang, names[i]);
		fputs(i + 1 < count ? ";" : "", out);
	}
	export_put_head(r, out);
	fputs("\r\n", out);
}

static void put_row(struct request *r, FILE *out, const struct pg_result *rows, size_t i)
{
	enum lang lang = r->json.lang;
	char status[32];
	const char *error = missed_error(rows, i, status, sizeof(status));

	download_put_guarded(out, pg_text(rows, i, MISSED_EXTERNAL_ID));
	putc(';', out);
	for (int col = MISSED_LAST; col <= MISSED_MIDDLE; col++) {
		download_put_name(r, out, pg_text(rows, i, col));
		putc(';', out);
	}
	download_put_client_phone(r, out, pg_int(rows, i, MISSED_MSISDN));
	putc(';', out);
	download_put_said(out, lang, kind_words(rows, i));
	putc(';', out);
	download_put_said(out, lang, reason_words(rows, i));
	putc(';', out);
	download_put_guarded(out, error != NULL ? error : "");
	putc(';', out);
	download_put_time(out, pg_time_us(rows, i, MISSED_AT));
	export_put_mark(r, out);
	fputs("\r\n", out);
}

bool missed_csv_write(struct request *r, const struct missed_filter *filter, FILE *out,
		      struct err *err)
{
	struct missed_place place = {0};

	put_head(r, out);
	while (!place.at_end && !export_full(r)) {
		struct pg_result *rows = NULL;

		if (!missed_next(r, filter, &place, ROWS_AT_ONCE, &rows, err))
			return false;
		for (size_t i = 0; i < pg_rows(rows); i++)
			put_row(r, out, rows, i);
		pg_result_free(&rows);
	}
	return true;
}

/* Numbers and names are masked for everybody: in full they are an export. */
bool campaign_missed_csv(struct request *r, struct err *err)
{
	struct missed_filter filter;
	struct download file;
	char name[64];

	if (!missed_filter_read(r, &filter, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	r->json.masked = true;
	if (!download_begin(&file, err))
		return false;
	if (!missed_csv_write(r, &filter, file.out, err)) {
		download_abort(&file);
		return false;
	}
	snprintf(name, sizeof(name), "missed-%s.csv", http_param(r->call, 0));
	return download_reply(r, &file, name, err);
}
