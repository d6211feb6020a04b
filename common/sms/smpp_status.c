/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_status - look-ups in the table of smpp_status.h. */
#include "common/sms/smpp.h"

#define RESERVED_NAME	""
#define RESERVED_ACTION SMPP_RETRY /* reserved and vendor statuses: once more, then elsewhere */

enum smpp_action smpp_status_action(uint32_t status)
{
	switch (status) {
#define CASE(name, number, action)                                                                 \
	case number:                                                                               \
		return action;
		SMPP_STATUS_ROWS(CASE)
#undef CASE
	default:
		return RESERVED_ACTION;
	}
}

const char *smpp_status_name(uint32_t status)
{
	switch (status) {
#define CASE(name, number, action)                                                                 \
	case number:                                                                               \
		return #name;
		SMPP_STATUS_ROWS(CASE)
#undef CASE
	default:
		return RESERVED_NAME;
	}
}
