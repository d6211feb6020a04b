/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_tlv - the optional parameters: walking, finding, writing, and the length each may have. */
#include "common/sms/smpp.h"

#include <stdlib.h>

#define TLV_HEAD_SIZE 4

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

bool smpp_tlv_next(struct smpp_octets *area, struct smpp_tlv *out)
{
	size_t len;

	if (area->len < TLV_HEAD_SIZE)
		return false;
	len = be16(area->data + 2);
	if (len > area->len - TLV_HEAD_SIZE)
		return false;
	out->tag = be16(area->data);
	out->value = (struct smpp_octets){area->data + TLV_HEAD_SIZE, len};
	area->data += TLV_HEAD_SIZE + len;
	area->len -= TLV_HEAD_SIZE + len;
	return true;
}

bool smpp_tlv_find(struct smpp_octets area, uint16_t tag, struct smpp_octets *value_out)
{
	struct smpp_tlv tlv;

	while (smpp_tlv_next(&area, &tlv)) {
		if (tlv.tag == tag) {
			*value_out = tlv.value;
			return true;
		}
	}
	return false;
}

bool smpp_tlv_put(struct buf *out, uint16_t tag, const void *value, size_t len)
{
	if (len > UINT16_MAX || buf_reserve(out, TLV_HEAD_SIZE + len) == NULL)
		return false;
	return buf_add_be16(out, tag) && buf_add_be16(out, (uint16_t)len) &&
	       buf_add(out, value, len);
}

/* Held against tests/vectors/smpp_tlv.csv by a unit test; ordered by tag. */
static const struct smpp_tlv_rule rules[] = {
	{0x0005, 1, 1, "dest_addr_subunit"},
	{0x0006, 1, 1, "dest_network_type"},
	{0x0007, 1, 1, "dest_bearer_type"},
	{0x0008, 2, 2, "dest_telematics_id"},
	{0x000D, 1, 1, "source_addr_subunit"},
	{0x000E, 1, 1, "source_network_type"},
	{0x000F, 1, 1, "source_bearer_type"},
	{0x0010, 1, 1, "source_telematics_id"},
	{0x0017, 4, 4, "qos_time_to_live"},
	{0x0019, 1, 1, "payload_type"},
	{0x001D, 1, 256, "additional_status_info_text"},
	{0x001E, 1, 65, "receipted_message_id"},
	{0x0030, 1, 1, "ms_msg_wait_facilities"},
	{0x0201, 1, 1, "privacy_indicator"},
	{0x0202, 2, 23, "source_subaddress"},
	{0x0203, 2, 23, "dest_subaddress"},
	{0x0204, 2, 2, "user_message_reference"},
	{0x0205, 1, 1, "user_response_code"},
	{0x020A, 2, 2, "source_port"},
	{0x020B, 2, 2, "destination_port"},
	{0x020C, 2, 2, "sar_msg_ref_num"},
	{0x020D, 1, 1, "language_indicator"},
	{0x020E, 1, 1, "sar_total_segments"},
	{0x020F, 1, 1, "sar_segment_seqnum"},
	{0x0210, 1, 1, "sc_interface_version"},
	{0x0302, 1, 1, "callback_num_pres_ind"},
	{0x0303, 1, 65, "callback_num_atag"},
	{0x0304, 1, 1, "number_of_messages"},
	{0x0381, 4, 19, "callback_num"},
	{0x0420, 1, 1, "dpf_result"},
	{0x0421, 1, 1, "set_dpf"},
	{0x0422, 1, 1, "ms_availability_status"},
	{0x0423, 3, 3, "network_error_code"},
	{0x0424, 0, UINT16_MAX, "message_payload"},
	{0x0425, 1, 1, "delivery_failure_reason"},
	{0x0426, 1, 1, "more_messages_to_send"},
	{0x0427, 1, 1, "message_state"},
	{0x0428, 1, 1, "congestion_state"},
	{0x0501, 1, 1, "ussd_service_op"},
	{0x0600, 1, 1, "broadcast_channel_indicator"},
	{0x0601, 3, 3, "broadcast_content_type"},
	{0x0602, 1, 255, "broadcast_content_type_info"},
	{0x0603, 1, 1, "broadcast_message_class"},
	{0x0604, 2, 2, "broadcast_rep_num"},
	{0x0605, 3, 3, "broadcast_frequency_interval"},
	{0x0606, 0, UINT16_MAX, "broadcast_area_identifier"},
	{0x0607, 4, 4, "broadcast_error_status"},
	{0x0608, 1, 1, "broadcast_area_success"},
	{0x0609, 16, 16, "broadcast_end_time"},
	{0x060A, 1, 255, "broadcast_service_group"},
	{0x060B, 1, 1024, "billing_identification"},
	{0x060D, 7, 65, "source_network_id"},
	{0x060E, 7, 65, "dest_network_id"},
	{0x060F, 6, 6, "source_node_id"},
	{0x0610, 6, 6, "dest_node_id"},
	{0x0611, 1, 1, "dest_addr_np_resolution"},
	{0x0612, 10, 10, "dest_addr_np_information"},
	{0x0613, 1, 5, "dest_addr_np_country"},
	{0x1201, 1, 1, "display_time"},
	{0x1203, 2, 2, "sms_signal"},
	{0x1204, 1, 4, "ms_validity"},
	{0x130C, 0, 1, "alert_on_message_delivery"},
	{0x1380, 1, 1, "its_reply_type"},
	{0x1383, 2, 2, "its_session_info"},
};

static int compare_tag(const void *key, const void *row)
{
	return (int)*(const uint16_t *)key - (int)((const struct smpp_tlv_rule *)row)->tag;
}

const struct smpp_tlv_rule *smpp_tlv_rule(uint16_t tag)
{
	return bsearch(&tag, rules, sizeof(rules) / sizeof(rules[0]), sizeof(rules[0]),
		       compare_tag);
}
