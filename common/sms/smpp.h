/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp - the SMPP 3.4 protocol data units as structs, and their octets (SMPP 3.4, section 4).
 *
 * Encoding appends to a struct buf; decoding borrows from the input and checks every length.  5.0
 * peers are accepted: unknown TLVs are skipped.  Nothing here allocates besides the buf. */
#ifndef VESTNIK_SMS_SMPP_H
#define VESTNIK_SMS_SMPP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/sms/smpp_status.h"

#define SMPP_HEADER_SIZE 16
#define SMPP_PDU_MAX	 65536 /* longer command_length: generic_nack and close */

enum smpp_command {
	SMPP_BIND_RECEIVER = 0x00000001,
	SMPP_BIND_TRANSMITTER = 0x00000002,
	SMPP_QUERY_SM = 0x00000003,
	SMPP_SUBMIT_SM = 0x00000004,
	SMPP_DELIVER_SM = 0x00000005,
	SMPP_UNBIND = 0x00000006,
	SMPP_REPLACE_SM = 0x00000007,
	SMPP_CANCEL_SM = 0x00000008,
	SMPP_BIND_TRANSCEIVER = 0x00000009,
	SMPP_OUTBIND = 0x0000000B,
	SMPP_ENQUIRE_LINK = 0x00000015,
	SMPP_SUBMIT_MULTI = 0x00000021,
	SMPP_ALERT_NOTIFICATION = 0x00000102,
	SMPP_DATA_SM = 0x00000103,
	SMPP_GENERIC_NACK = 0x80000000,
};
#define SMPP_RESP 0x80000000u

enum smpp_tag {
	SMPP_TAG_USER_MESSAGE_REFERENCE = 0x0204,
	SMPP_TAG_RECEIPTED_MESSAGE_ID = 0x001E,
	SMPP_TAG_SAR_MSG_REF_NUM = 0x020C,
	SMPP_TAG_SAR_TOTAL_SEGMENTS = 0x020E,
	SMPP_TAG_SAR_SEGMENT_SEQNUM = 0x020F,
	SMPP_TAG_SC_INTERFACE_VERSION = 0x0210,
	SMPP_TAG_NETWORK_ERROR_CODE = 0x0423,
	SMPP_TAG_MESSAGE_PAYLOAD = 0x0424,
	SMPP_TAG_MESSAGE_STATE = 0x0427,
	SMPP_TAG_ADDITIONAL_STATUS_INFO_TEXT = 0x001D,
	SMPP_TAG_CONGESTION_STATE = 0x0428,
};

struct smpp_header {
	uint32_t length;
	uint32_t command;
	uint32_t status;
	uint32_t sequence;
};

enum smpp_head_result { SMPP_HEAD_MORE, SMPP_HEAD_OK, SMPP_HEAD_BAD };
/* Read a header; the body may still be on its way (wait until out->length octets are there).  BAD
 * when command_length cannot be true (the stream is lost); out->sequence is then the one read, or
 * 0. */
enum smpp_head_result smpp_head(const uint8_t *data, size_t len, struct smpp_header *out);

struct smpp_octets {
	const uint8_t *data;
	size_t len;
};

/* --- bodies; char fields are NUL-terminated ------------------------------------------------------
 *
 * Fields have room for one octet more than the standard: some peers count without the NUL.  Only
 * the addresses of a submit_sm are held to their 20 characters. */

struct smpp_bind { /* transceiver, transmitter, receiver */
	char system_id[17];
	char password[65]; /* standard: 8; longer ones exist, see `long_password` of the account */
	char system_type[14];
	uint8_t interface_version;
	uint8_t addr_ton, addr_npi;
	char address_range[42];
};

struct smpp_sm { /* submit_sm, deliver_sm, and data_sm (whose text is message_payload) */
	char service_type[7];
	uint8_t source_ton, source_npi;
	char source_addr[66];
	uint8_t dest_ton, dest_npi;
	char dest_addr[66];
	uint8_t esm_class, protocol_id, priority_flag;
	char schedule_delivery_time[18], validity_period[18];
	uint8_t registered_delivery, replace_if_present, data_coding, sm_default_msg_id;
	struct smpp_octets short_message;
	struct smpp_octets tlvs; /* raw TLV area: walk with smpp_tlv_next */
};

struct smpp_resp {   /* bind_*_resp (system_id), submit_sm_resp, deliver_sm_resp, data_sm_resp */
	char id[66]; /* system_id or message_id, "" when the body is missing */
	struct smpp_octets tlvs;
};

struct smpp_query {
	char message_id[66];
	uint8_t source_ton, source_npi;
	char source_addr[22];
};
struct smpp_query_resp {
	char message_id[66];
	char final_date[18];
	uint8_t message_state, error_code;
};

/* Encoders append a whole PDU, header included.  False when `out` is full or a field is longer than
 * the wire allows; nothing is added then. */
bool smpp_put_empty(struct buf *out, uint32_t command, uint32_t status, uint32_t sequence);
bool smpp_put_bind(struct buf *out, uint32_t command, uint32_t sequence, const struct smpp_bind *b);
bool smpp_put_sm(struct buf *out, uint32_t command, uint32_t sequence, const struct smpp_sm *sm);
bool smpp_put_resp(struct buf *out, uint32_t command, uint32_t status, uint32_t sequence,
		   const struct smpp_resp *resp);
bool smpp_put_query(struct buf *out, uint32_t sequence, const struct smpp_query *q);
bool smpp_put_query_resp(struct buf *out, uint32_t status, uint32_t sequence,
			 const struct smpp_query_resp *r);

/* Decoders take the body (after the header).  On false *status_out is the command_status the
 * standard wants in the answer (for instance 0xC0 for a TLV area cut short) and err says why.
 * A submit_sm is read strictly; a deliver_sm or data_sm as loosely as real centres write them.
 * Responses may lack their body, the NUL of their id, or the end of their TLVs (which are left
 * out): what can be read of an answer is read. */
bool smpp_get_bind(const uint8_t *body, size_t len, struct smpp_bind *out, uint32_t *status_out,
		   struct err *err);
bool smpp_get_sm(uint32_t command, const uint8_t *body, size_t len, struct smpp_sm *out,
		 uint32_t *status_out, struct err *err);
bool smpp_get_resp(const uint8_t *body, size_t len, struct smpp_resp *out, struct err *err);
bool smpp_get_query(const uint8_t *body, size_t len, struct smpp_query *out, uint32_t *status_out,
		    struct err *err);
bool smpp_get_query_resp(const uint8_t *body, size_t len, struct smpp_query_resp *out,
			 struct err *err);

/* --- TLVs ----------------------------------------------------------------------------------------
 */

struct smpp_tlv {
	uint16_t tag;
	struct smpp_octets value;
};
/* Walk: start with *area = sm.tlvs; false at the end.  The area was checked by the decoder. */
bool smpp_tlv_next(struct smpp_octets *area, struct smpp_tlv *out);
bool smpp_tlv_find(struct smpp_octets area, uint16_t tag, struct smpp_octets *value_out);
bool smpp_tlv_put(struct buf *out, uint16_t tag, const void *value, size_t len);

/* What the standard says of a tag; NULL when it says nothing (the TLV is skipped silently). */
struct smpp_tlv_rule {
	uint16_t tag;
	uint16_t len_min, len_max;
	const char *name;
};
const struct smpp_tlv_rule *smpp_tlv_rule(uint16_t tag);

/* --- status, times -------------------------------------------------------------------------------
 */

/* What a command_status in submit_sm_resp means for us (data table smpp_status.csv). */
enum smpp_action {
	SMPP_OK,
	SMPP_RETRY,  /* this message later, same account */
	SMPP_SLOW,   /* later, and the whole account slows */
	SMPP_ROUTE,  /* another account, else give up */
	SMPP_FAIL,   /* give this message up */
	SMPP_BAD,    /* the account is configured wrongly: stop it, keep its messages */
	SMPP_REBIND, /* this message later, over a new session */
};
enum smpp_action smpp_status_action(uint32_t status);
const char *smpp_status_name(uint32_t status); /* "ESME_RTHROTTLED"; "" when reserved */

/* validity_period in the relative form (S34 7.1): "000001000000000R" for a day.  Clamped to 60 s ..
 * 99 days. */
void smpp_time_relative(int64_t seconds, char out[17]);
/* The absolute form (S34 7.1.1) of a moment by a clock zone_s ahead of UTC, which it names in
 * quarters of an hour: "260305143000012+" in Moscow.  A zone it cannot name (more than 12 hours, or
 * parts of a quarter) is written as UTC. */
void smpp_time_absolute(int64_t at_us, int32_t zone_s, char out[17]);
/* The moment an absolute time names, such as the final_date of a query; 0 for anything else.  One
 * without its last four characters is by a clock zone_s ahead of UTC. */
int64_t smpp_time_absolute_us(const char *text, int32_t zone_s);

/* A date of a receipt, YYMMDDhhmm, YYMMDDhhmmss or yyyyMMddHHmmss by a clock `zone_offset_s` ahead
 * of UTC, as microseconds since 1970 UTC; 0 for the null date and for anything else. */
int64_t smpp_time_receipt_us(const char *digits, size_t len, int32_t zone_offset_s);

/* --- receipts ------------------------------------------------------------------------------------
 */

struct smpp_receipt {
	char id[66]; /* as sent, trimmed */
	int state;   /* enum message_state number, by the rules in smpp_receipt.c */
	char err[17];
	int64_t done_at_us; /* UTC, 0 when absent or the null date */
};
/* Whether this deliver_sm or data_sm is a receipt: (esm_class & 0x3C) is 0x04 or 0x20, or it is 0
 * and the TLV receipted_message_id is present. */
bool smpp_is_receipt(const struct smpp_sm *sm);
/* How a centre means what it writes. */
struct smpp_receipt_rules {
	int32_t zone_offset_s; /* its clock is so far ahead of UTC */
	bool text_wins;	       /* where TLVs and text disagree; else the TLVs do */
	bool acceptd_final;    /* ACCEPTED is its last word: delivered; else on its way */
};
/* Read TLVs and every text variant; unknown words give MESSAGE_UNKNOWN, never an error.  What one
 * of the two lacks the other says.  False only when no id is found anywhere. */
bool smpp_receipt_parse(const struct smpp_sm *sm, const struct smpp_receipt_rules *rules,
			struct smpp_receipt *out);
/* The state that a message_state of TLV or query_sm_resp means (S34 5.2.28). */
int smpp_message_state(unsigned number);

#endif
