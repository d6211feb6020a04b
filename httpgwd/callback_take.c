/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* callback_take - one call of a provider: whose it is, and what it reports (contract in
 * callbacks.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/gateway/reference.h"
#include "common/model/inbound.h"
#include "common/provider/report.h"
#include "common/provider/verify.h"
#include "common/text/utf8.h"
#include "httpgwd/callbacks_internal.h"
#include "httpgwd/report_receipt.h"

#define URL_BYTES_MAX 8192
#define OCTETS_BYTES  INBOUND_OCTETS_MAX

/* --- whose it is -------------------------------------------------------------------------------
 */

static struct settings *find_account(struct callbacks *c, const char *name)
{
	struct directory *newer = atomic_exchange(&c->httpgwd->directory_next, NULL);

	if (newer != NULL) {
		directory_free(&c->directory);
		c->directory = newer;
	}
	for (size_t i = 0; c->directory != NULL && i < c->directory->count; i++)
		if (strcmp(c->directory->items[i]->gateway.name, name) == 0)
			return c->directory->items[i];
	return NULL;
}

static struct caller *make_caller(struct callbacks *c, const struct settings *s)
{
	static const char *const words[CALL_RESULTS] = {"taken",      "other",	  "forged",
							"unreadable", "too_many", "again"};
	struct caller *caller = mem_calloc(1, sizeof(*caller));

	caller->account_id = s->gateway.account_id;
	for (int i = 0; i < CALL_RESULTS; i++) {
		char labels[96];

		snprintf(labels, sizeof(labels), "account=\"%s\",result=\"%s\"", s->gateway.name,
			 words[i]);
		caller->calls[i] =
			metrics_counter("vestnik_httpgwd_calls_total",
					"Calls of providers, by what became of them", labels);
	}
	caller->next = c->callers;
	c->callers = caller;
	return caller;
}

static struct caller *caller_of(struct callbacks *c, const struct settings *s)
{
	struct caller *caller = c->callers;

	while (caller != NULL && caller->account_id != s->gateway.account_id)
		caller = caller->next;
	return caller != NULL ? caller : make_caller(c, s);
}

static const char *header_of(void *arg, const char *name)
{
	return http_any_header(arg, name);
}

/* The address as the provider was told it: what its own request says of the host proves nothing. */
static void write_url(struct callbacks *c, struct http_call *call, struct buf *url)
{
	const char *front = c->httpgwd->config->public_url;
	size_t len = strlen(front);

	while (len > 0 && front[len - 1] == '/')
		len--;
	buf_init(url, URL_BYTES_MAX);
	buf_printf(url, "%.*s/callback/%s/%s", (int)len, front, http_param(call, 0),
		   http_param(call, 1));
	if (http_raw_query(call)[0] != '\0')
		buf_printf(url, "?%s", http_raw_query(call));
}

/* Without its profile, or with a secret missing, a signature proves nothing. */
static bool is_usable(const struct settings *s)
{
	return s->profile != NULL && s->gateway.problem[0] == '\0';
}

static bool is_genuine(struct callbacks *c, struct http_call *call, const struct settings *s)
{
	static const char form[] = "application/x-www-form-urlencoded";
	const char *type = http_header(call, "content-type");
	struct provider_call said = {.header = header_of, .arg = call};
	struct buf url;
	bool ok;

	if (!verify_same(s->token, http_param(call, 1)))
		return false;
	if (!is_usable(s)) /* nothing can be judged by it */
		return true;
	write_url(c, call, &url);
	said.url = buf_str(&url);
	said.body = http_body(call, &said.len);
	if (said.body == NULL)
		said.body = "";
	said.form = type != NULL && strncasecmp(type, form, strlen(form)) == 0;
	ok = provider_call_verify(s->profile, &s->values, &said,
				  (int64_t)(clock_wall_us() / 1000000));
	buf_deinit(&url);
	return ok;
}

/* --- what it reports ---------------------------------------------------------------------------
 */

struct taking {
	struct callbacks *c;
	const struct settings *settings;
	struct slot *slot;
	struct receipt_asker asker;
	const char *query; /* as it came */
	size_t taken, other;
};

/* The reference in our own address, which came back with it: "" for none. */
static void reference_in(const char *query, char out[REFERENCE_SIZE])
{
	const char *at = query;
	size_t len;

	out[0] = '\0';
	while (at != NULL && strncmp(at, "r=", 2) != 0)
		at = strchr(at, '&') != NULL ? strchr(at, '&') + 1 : NULL;
	if (at == NULL)
		return;
	len = strspn(at + 2, "abcdefghijklmnopqrstuvwxyz234567");
	if (len < REFERENCE_SIZE)
		snprintf(out, REFERENCE_SIZE, "%.*s", (int)len, at + 2);
}

static void take_receipt(struct taking *t, const struct provider_report *report)
{
	struct receipt_asked *asked;
	char ref[REFERENCE_SIZE];
	const char *id = report->id;

	if (settings_by_reference(t->settings)) {
		reference_in(t->query, ref);
		id = report->ref != NULL ? report->ref : ref;
	}
	if (id == NULL || *id == '\0') { /* names no message: it could never be matched */
		t->other++;
		return;
	}
	asked = receipt_load_add(callback_load(t->c, t->settings->gateway.account_id), &t->asker);
	report_receipt(t->settings, report, id, &asked->receipt);
	t->slot->waits++;
	t->taken++;
}

/* UTF-16, big end first: what every alphabet fits in. */
static size_t put_ucs2(const char *text, uint8_t *out, size_t size)
{
	const char *end = text + strlen(text);
	size_t n = 0;

	while (text < end && n + 4 <= size) {
		uint32_t ch = utf8_next(&text, end);

		if (ch >= 0x10000) {
			uint32_t high = 0xD800 + ((ch - 0x10000) >> 10);

			out[n++] = (uint8_t)(high >> 8);
			out[n++] = (uint8_t)high;
			ch = 0xDC00 + (ch & 0x3FF);
		}
		out[n++] = (uint8_t)(ch >> 8);
		out[n++] = (uint8_t)ch;
	}
	return n;
}

static void put_address(char out[INBOUND_ADDRESS_MAX + 1], const char *text)
{
	snprintf(out, INBOUND_ADDRESS_MAX + 1, "%s", text != NULL ? text : "");
}

static void take_reply(struct taking *t, const struct provider_report *report)
{
	int16_t account_id = t->settings->gateway.account_id;
	uint8_t *octets;
	struct inbound_part part = {
		.account_id = account_id,
		.coding = CODING_UCS2,
		.data_coding = 8,
		.total = 1,
		.seq = 1,
		.msisdn = report_number(report->from),
		.received_at_us = clock_wall_us(),
	};

	if (report->from == NULL || report->text == NULL) {
		t->other++;
		return;
	}
	octets = mem_alloc(OCTETS_BYTES);
	put_address(part.source, report->from);
	put_address(part.destination, report->to);
	part.octets = (struct smpp_octets){octets, put_ucs2(report->text, octets, OCTETS_BYTES)};
	if (!receipt_load_add_message(callback_load(t->c, account_id), &t->asker, &part)) {
		callback_hand(t->c, account_id);
		(void)receipt_load_add_message(callback_load(t->c, account_id), &t->asker, &part);
	}
	mem_free(octets);
	t->slot->waits++;
	t->taken++;
}

static void take_report(void *arg, const struct provider_report *report)
{
	struct taking *t = arg;

	if (t->taken == REPORTS_MAX) {
		t->slot->failed = true; /* all of it again, in smaller pieces perhaps */
		return;
	}
	if (report->kind == REPORT_RECEIPT)
		take_receipt(t, report);
	else if (report->kind == REPORT_REPLY)
		take_reply(t, report);
	else
		t->other++;
}

static void read_call(struct callbacks *c, struct http_call *call, const struct settings *s,
		      struct caller *caller, struct slot *slot)
{
	struct taking t = {.c = c, .settings = s, .slot = slot, .query = http_raw_query(call)};
	size_t len = 0;
	const char *text = http_body(call, &len);
	struct err err = {0};
	bool ok;

	if (text == NULL || len == 0) {
		text = http_raw_query(call);
		len = strlen(text);
	}
	t.asker.place = (uint32_t)(slot - c->slots);
	t.asker.generation = slot->generation;
	slot->call = call;
	slot->caller = caller;
	slot->profile = s->profile;
	c->waiting++;
	ok = provider_reports_read(s->profile, text, len, take_report, &t, &err);
	if (ok && t.taken > 0) {
		callback_sealed(c, slot);
		return;
	}
	slot->call = NULL;
	c->waiting--;
	if (!ok)
		log_err("call of a provider cannot be read", &err, LS("account", s->gateway.name));
	callback_reply(c, call, caller, s->profile, ok ? CALL_OTHER : CALL_UNREADABLE);
}

static bool too_many(struct second *s, int64_t max)
{
	uint64_t now_s = clock_mono_ms() / 1000;

	if (s->at_s != now_s)
		*s = (struct second){.at_s = now_s};
	return s->count++ >= max;
}

static void forged(struct callbacks *c, struct http_call *call, const struct settings *s,
		   struct caller *caller)
{
	log_warn("forged call refused", LS("account", s->gateway.name),
		 LS("from", http_peer(call)));
	callback_reply(c, call, caller, NULL, CALL_FORGED);
}

void callback_take(struct callbacks *c, struct http_call *call)
{
	struct settings *s = find_account(c, http_param(call, 0));
	struct caller *caller = s != NULL ? caller_of(c, s) : NULL;
	struct slot *slot;

	if (s == NULL) {
		callback_reply(c, call, NULL, NULL, CALL_FORGED);
		return;
	}
	if (!is_genuine(c, call, s)) {
		if (too_many(&caller->forged, FORGED_PER_S))
			callback_reply(c, call, caller, NULL, CALL_TOO_MANY);
		else
			forged(c, call, s, caller);
		return;
	}
	slot = is_usable(s) ? callback_slot(c) : NULL;
	if (too_many(&caller->all, c->httpgwd->config->callback_rate))
		callback_reply(c, call, caller, NULL, CALL_TOO_MANY);
	else if (slot == NULL) /* full, or somebody has to look; nothing is lost meanwhile */
		callback_reply(c, call, caller, NULL, CALL_AGAIN);
	else
		read_call(c, call, s, caller, slot);
}
