/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_change - other settings while the account runs (contract in account.h).
 *
 * Most hold from the next PDU on.  What a bind has said is said anew: sessions that are not bound
 * connect by the new settings at once, those that are bound are renewed one after the other, each
 * when what is open on it has been answered.  So nothing is in doubt because of a change, and the
 * others go on sending meanwhile. */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "smppd/account.h"

/* Sessions that the settings no longer want end as renewed ones do, and do not come back. */
static void fit_sessions(struct account *a, uint64_t now_ms)
{
	int wanted = settings_binds(a->settings);

	for (int i = a->session_count; i < wanted; i++) {
		session_init(&a->sessions[i], a, i);
		session_start(&a->sessions[i], now_ms);
	}
	for (int i = 0; i < a->session_count; i++) {
		struct session *s = &a->sessions[i];

		outstanding_set_window(&s->submits, (uint32_t)a->settings->window_size);
		if (i >= wanted && s->wanted)
			session_renew(s, false);
		else if (i < wanted && !s->wanted)
			session_come_back(s, now_ms);
	}
	if (wanted > a->session_count)
		a->session_count = wanted;
}

static void bind_anew(struct account *a)
{
	for (int i = 0; i < a->session_count; i++) {
		struct session *s = &a->sessions[i];

		if (!s->wanted)
			continue;
		if (s->state == SESSION_BOUND)
			s->stale = true;
		else
			session_renew(s, true);
	}
}

void account_renew_stale(struct account *a)
{
	struct session *next = NULL;

	if (a->gate.phase != GATE_RUNNING)
		return;
	for (int i = 0; i < a->session_count; i++) {
		struct session *s = &a->sessions[i];

		/* One that is leaving or has not come back yet. */
		if (s->wanted && (s->leaving || s->renewing))
			return;
		if (next == NULL && s->stale && s->state == SESSION_BOUND)
			next = s;
	}
	if (next != NULL)
		session_renew(next, true);
}

bool account_apply(struct gate *gate, struct gateway_settings *gateway_settings)
{
	struct account *a = (struct account *)gate;
	const struct settings *old = a->settings;
	const struct settings *settings = (const struct settings *)gateway_settings;
	bool anew = settings_bind_differs(old, settings);
	SSL_CTX *tls = NULL, *old_tls = a->tls;
	struct err err = {0};

	/* One that has no sessions for want of good settings is opened anew. */
	if (a->session_count == 0 || strcmp(old->gateway.name, settings->gateway.name) != 0)
		return false;
	if (anew && settings->tls != TLS_OFF && (tls = account_tls(settings, &err)) == NULL)
		return false; /* opening will say why */
	if (anew)
		a->tls = tls;
	gate_set_settings(gate, gateway_settings);
	a->settings = settings;
	a->query_refused = false;
	submitter_set(&a->submitter, settings);
	bind_throttle_set(&a->throttle, (uint32_t)settings->binds_per_min);
	fit_sessions(a, clock_mono_ms());
	if (anew)
		bind_anew(a);
	if (anew && old_tls != NULL)
		SSL_CTX_free(old_tls); /* sessions that use it hold it themselves */
	account_query_set(a);
	log_info("account changed", LS("account", settings->gateway.name),
		 LI("sessions", settings_binds(settings)), LI("bind_anew", anew));
	account_publish(a);
	account_pump(a);
	return true;
}
