/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* user_data - what a phone has written: the header of a part, and octets as text (3GPP TS 23.038
 * and 23.040, SMPP 3.4, 5.2.19).
 *
 * Octets of parts are joined before they are read: a phone may cut an escape pair or a surrogate
 * pair between two parts.  Nothing here fails on any input. */
#ifndef VESTNIK_SMS_USER_DATA_H
#define VESTNIK_SMS_USER_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/sms/smpp.h"

/* The numbers are stored (inbound_part.coding). */
enum sms_coding {
	CODING_GSM = 0, /* septets, unpacked */
	CODING_LATIN1 = 1,
	CODING_UCS2 = 2,     /* UTF-16, big-endian */
	CODING_CYRILLIC = 3, /* ISO 8859-5 */
	CODING_BINARY = 4,   /* no text, or none that can be read here */
};
#define CODING_LAST CODING_BINARY

/* What octets with this data_coding are; `standard` is the account's alphabet for 0. */
enum sms_coding sms_coding_of(uint8_t data_coding, enum sms_coding standard);

struct user_data {
	uint16_t reference;	   /* 0 for a whole message */
	uint8_t total, seq;	   /* 1 and 1 for a whole message */
	bool broken;		   /* its header could not be read: `octets` hold all of it */
	struct smpp_octets octets; /* without the header; borrowed from the PDU */
};

/* The octets of a deliver_sm or data_sm, be they short_message or message_payload, and where they
 * stand among the parts of a message: by the UDH (8- or 16-bit reference) or by the sar_* TLVs.  An
 * impossible position (0, or behind the last) is no position (23.040, 9.2.3.24.1). */
void user_data_read(const struct smpp_sm *sm, struct user_data *out);

/* Append octets as UTF-8 without NUL or other control characters than line feed and tab; what
 * cannot be read is U+FFFD.  CODING_BINARY appends nothing.  The text is normalised
 * (sms_normalise). */
void user_data_text(enum sms_coding coding, const void *octets, size_t len, struct buf *out);

#endif
