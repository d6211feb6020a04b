/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* kinds - every kind of event, in the order in which those of a batch are applied. */
#include "crmd/kinds.h"

const struct event_kind event_kinds[] = {
	{.name = "client.upsert",
	 .subject = "client",
	 .versioned = true,
	 .read = client_read,
	 .apply = client_apply},
	{.name = "client.erase",
	 .subject = "client",
	 .versioned = true,
	 .read = erase_read,
	 .apply = erase_apply},
	{.name = "employee.upsert",
	 .subject = "employee",
	 .versioned = true,
	 .read = employee_read,
	 .apply = employee_apply},
	{.name = "client.action", .read = action_read, .apply = action_apply},
	{.name = "list.replace",
	 .subject = "list",
	 .versioned = true,
	 .read = list_read,
	 .apply = list_apply},
	{.name = "consent.record",
	 .subject = "consent",
	 .read = consent_read,
	 .apply = consent_apply},
	{.name = "consent.withdraw",
	 .subject = "consent",
	 .read = withdrawal_read,
	 .apply = withdrawal_apply},
	{.name = "message.send",
	 .read = message_read,
	 .apply = message_apply,
	 .committed = message_committed},
	{0},
};

const char client_expected[] = "the external id of a client that is known here";

void refuse_rows(const struct pg_result *rows, struct event *const *events, const char *field,
		 const char *reason)
{
	for (size_t row = 0; row < pg_rows(rows); row++)
		event_refuse(events[pg_int(rows, row, 0) - 1], field, reason);
}
