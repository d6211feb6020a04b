/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* kinds - how each kind of event is read and applied; see struct event_kind. */
#ifndef VESTNIK_CRMD_KINDS_H
#define VESTNIK_CRMD_KINDS_H

#include "crmd/event.h"

typedef void event_reader(struct event *e, struct json_in *in);
typedef bool event_applier(struct worker *w, struct event *const *events, size_t count,
			   struct err *err);

/* What is expected where a client is named. */
extern const char client_expected[];

/* Refuse the events that the rows name by their number, from 1, in the first column. */
void refuse_rows(const struct pg_result *rows, struct event *const *events, const char *field,
		 const char *reason);

/* client.c */
event_reader client_read;
event_applier client_apply;

/* erase.c */
event_reader erase_read;
event_applier erase_apply;

/* employee.c */
event_reader employee_read;
event_applier employee_apply;

/* action.c */
event_reader action_read;
event_applier action_apply;

/* list.c */
event_reader list_read;
event_applier list_apply;

/* consent.c */
event_reader consent_read;
event_applier consent_apply;
event_reader withdrawal_read;
event_applier withdrawal_apply;

/* message.c */
event_reader message_read;
/* Before the transaction: what routing goes by, where a message has a price that counts. */
bool message_prepare(struct worker *w, const struct event *events, size_t count, struct err *err);
event_applier message_apply;
void message_committed(struct worker *w, struct event *const *events, size_t count);

#endif
