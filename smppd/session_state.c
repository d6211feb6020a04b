/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* session_state - see session_state.h. */
#include "smppd/session_state.h"

/* Every state may fall back to CLOSED; forward it goes one step at a time. */
static const bool allowed[SESSION_STATES][SESSION_STATES] = {
	[SESSION_CLOSED] = {[SESSION_OPEN] = true},
	[SESSION_OPEN] = {[SESSION_BINDING] = true, [SESSION_CLOSED] = true},
	[SESSION_BINDING] = {[SESSION_BOUND] = true, [SESSION_CLOSED] = true},
	[SESSION_BOUND] = {[SESSION_UNBINDING] = true, [SESSION_CLOSED] = true},
	[SESSION_UNBINDING] = {[SESSION_CLOSED] = true},
};

static const char *const names[SESSION_STATES] = {
	[SESSION_CLOSED] = "closed",	   [SESSION_OPEN] = "open",
	[SESSION_BINDING] = "binding",	   [SESSION_BOUND] = "bound",
	[SESSION_UNBINDING] = "unbinding",
};

bool session_state_may(enum session_state from, enum session_state to)
{
	return allowed[from][to];
}

const char *session_state_name(enum session_state state)
{
	return names[state];
}
