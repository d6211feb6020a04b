/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* session_state - the states of an SMPP session and which may follow which. */
#ifndef VESTNIK_SMPPD_SESSION_STATE_H
#define VESTNIK_SMPPD_SESSION_STATE_H

#include <stdbool.h>

enum session_state {
	SESSION_CLOSED,	 /* no connection; waiting to connect, or not wanted */
	SESSION_OPEN,	 /* connecting: name, TCP, TLS */
	SESSION_BINDING, /* bind sent */
	SESSION_BOUND,
	SESSION_UNBINDING, /* unbind sent or received; nothing new is submitted */
};
#define SESSION_STATES (SESSION_UNBINDING + 1)

bool session_state_may(enum session_state from, enum session_state to);
const char *session_state_name(enum session_state state);

#endif
