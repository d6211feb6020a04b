/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_quirks - what an account says as text about how its centre departs from the standard:
 * further hosts, TLVs of its own, meanings of command_status.
 *
 * The same functions read it for who enters it (whose sentence they make) and for who acts on it.
 */
#ifndef VESTNIK_SMS_SMPP_QUIRKS_H
#define VESTNIK_SMS_SMPP_QUIRKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/sms/smpp.h"

#define SMPP_HOST_SIZE	 256
#define SMPP_HOSTS_MAX	 8
#define SMPP_TLVS_SIZE	 256
#define SMPP_ACTIONS_MAX 32

/* "smpp2.example, smpp3.example:2776, [2001:db8::1]:2775": addresses of the same centre, `port` for
 * those that name none.  None is fine. */
struct smpp_host {
	char name[SMPP_HOST_SIZE];
	int32_t port;
};
bool smpp_hosts_parse(const char *text, int32_t port, struct smpp_host out[SMPP_HOSTS_MAX],
		      size_t *count_out, struct err *err);

/* "2900:01, 1401:626f6e": tags and values in hexadecimal digits, written to `out` as they go on the
 * wire behind every submit_sm.  None is fine. */
bool smpp_tlvs_parse(const char *text, uint8_t out[SMPP_TLVS_SIZE], size_t *len_out,
		     struct err *err);

/* "0x45=fail, 1025=route": what a command_status in a submit_sm_resp means at this centre, in words
 * retry, slow, route, fail, bad, rebind.  The others mean what smpp_status_action() says. */
struct smpp_actions {
	size_t count;
	struct {
		uint32_t status;
		enum smpp_action action;
	} row[SMPP_ACTIONS_MAX];
};
bool smpp_actions_parse(const char *text, struct smpp_actions *out, struct err *err);
enum smpp_action smpp_action_of(const struct smpp_actions *actions, uint32_t status);

#endif
