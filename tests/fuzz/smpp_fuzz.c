/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Any octets as a stream of PDUs: whatever decodes, encodes; and what was encoded decodes to the
 * same octets again. */
#include <stdlib.h>
#include <string.h>

#include "common/sms/smpp.h"
#include "common/sms/stop_word.h"
#include "common/sms/user_data.h"
#include "common/text/utf8.h"

#define ROOM (4 * SMPP_PDU_MAX)

/* As a message from a phone: a part of it stays inside the PDU, and its text is UTF-8. */
static void read_text(const struct smpp_sm *sm)
{
	struct user_data part;
	struct buf text;

	buf_init(&text, ROOM);
	user_data_read(sm, &part);
	if (part.seq == 0 || part.seq > part.total)
		abort();
	user_data_text(sms_coding_of(sm->data_coding, CODING_GSM), part.octets.data,
		       part.octets.len, &text);
	if (utf8_valid(buf_str(&text), text.len) != text.len)
		abort();
	(void)stop_word_match(buf_str(&text), text.len, true);
	buf_deinit(&text);
}

/* Decode one body and append what it says as a PDU; false when it does not decode. */
static bool again(const struct smpp_header *h, const uint8_t *body, size_t len, struct buf *out)
{
	struct err err = {0};
	uint32_t status = 0;
	bool ok = false;

	switch (h->command) {
	case SMPP_BIND_RECEIVER:
	case SMPP_BIND_TRANSMITTER:
	case SMPP_BIND_TRANSCEIVER: {
		struct smpp_bind bind;

		ok = smpp_get_bind(body, len, &bind, &status, &err);
		if (ok && !smpp_put_bind(out, h->command, h->sequence, &bind))
			abort();
		break;
	}
	case SMPP_SUBMIT_SM:
	case SMPP_DELIVER_SM:
	case SMPP_DATA_SM: {
		const struct smpp_receipt_rules rules = {
			.zone_offset_s = 10800,
			.text_wins = (h->sequence & 1) != 0,
		};
		struct smpp_receipt receipt;
		struct smpp_sm sm;

		ok = smpp_get_sm(h->command, body, len, &sm, &status, &err);
		if (ok && !smpp_put_sm(out, h->command, h->sequence, &sm))
			abort();
		if (ok)
			read_text(&sm);
		if (ok && smpp_receipt_parse(&sm, &rules, &receipt) != (receipt.id[0] != '\0'))
			abort();
		break;
	}
	case SMPP_QUERY_SM: {
		struct smpp_query query;

		ok = smpp_get_query(body, len, &query, &status, &err);
		if (ok && !smpp_put_query(out, h->sequence, &query))
			abort();
		break;
	}
	case SMPP_QUERY_SM | SMPP_RESP: {
		struct smpp_query_resp resp;

		status = 1; /* nobody answers a response */
		ok = smpp_get_query_resp(body, len, &resp, &err);
		if (ok && !smpp_put_query_resp(out, h->status, h->sequence, &resp))
			abort();
		break;
	}
	default: {
		struct smpp_resp resp;

		status = 1;
		ok = smpp_get_resp(body, len, &resp, &err);
		if (ok && !smpp_put_resp(out, h->command, h->status, h->sequence, &resp))
			abort();
	}
	}
	if (!ok && (status == 0 || err.msg[0] == '\0'))
		abort(); /* a refusal must say why */
	return ok;
}

static void check(const struct smpp_header *h, const uint8_t *body, size_t len)
{
	struct buf first, second;
	struct smpp_header back;

	buf_init(&first, ROOM);
	buf_init(&second, ROOM);
	if (again(h, body, len, &first)) {
		if (smpp_head((uint8_t *)first.data, first.len, &back) != SMPP_HEAD_OK ||
		    back.length != first.len)
			abort();
		if (!again(&back, (uint8_t *)first.data + SMPP_HEADER_SIZE,
			   first.len - SMPP_HEADER_SIZE, &second))
			abort();
		if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0)
			abort();
	}
	buf_deinit(&first);
	buf_deinit(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smpp_header h;

	while (smpp_head(data, size, &h) == SMPP_HEAD_OK && h.length <= size) {
		check(&h, data + SMPP_HEADER_SIZE, h.length - SMPP_HEADER_SIZE);
		data += h.length;
		size -= h.length;
	}
	return 0;
}
