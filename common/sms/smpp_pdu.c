/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_pdu - headers and bodies.
 *
 * A body is a list of rows (kind, field, command_status when the field is wrong) in wire order; the
 * same rows measure, write and read it, so the three cannot disagree.  Kinds:
 *   str   C-Octet String, at most as long as the struct has room
 *   addr  the same, but at most 21 octets with its NUL in a submit_sm
 *   date  C-Octet String of exactly 0 or 16 characters, any length up to 17 outside a submit_sm
 *   int   one octet */
#include "common/sms/smpp.h"

#include <string.h>

#define SUBMIT_ADDR_SIZE 21
#define DATE_LEN	 16
#define SM_LENGTH_MAX	 255

/* clang-format off */
#define BIND_ROWS(ROW) \
	ROW(str, system_id, ESME_RINVSYSID) \
	ROW(str, password, ESME_RINVPASWD) \
	ROW(str, system_type, ESME_RINVSYSTYP) \
	ROW(int, interface_version, ESME_RINVCMDLEN) \
	ROW(int, addr_ton, ESME_RINVCMDLEN) \
	ROW(int, addr_npi, ESME_RINVCMDLEN) \
	ROW(str, address_range, ESME_RBINDFAIL)

#define ADDRESS_ROWS(ROW) \
	ROW(str, service_type, ESME_RINVSERTYP) \
	ROW(int, source_ton, ESME_RINVCMDLEN) \
	ROW(int, source_npi, ESME_RINVCMDLEN) \
	ROW(addr, source_addr, ESME_RINVSRCADR) \
	ROW(int, dest_ton, ESME_RINVCMDLEN) \
	ROW(int, dest_npi, ESME_RINVCMDLEN) \
	ROW(addr, dest_addr, ESME_RINVDSTADR) \
	ROW(int, esm_class, ESME_RINVCMDLEN)

/* submit_sm and deliver_sm; sm_length and short_message follow. */
#define SM_ROWS(ROW) \
	ADDRESS_ROWS(ROW) \
	ROW(int, protocol_id, ESME_RINVCMDLEN) \
	ROW(int, priority_flag, ESME_RINVCMDLEN) \
	ROW(date, schedule_delivery_time, ESME_RINVSCHED) \
	ROW(date, validity_period, ESME_RINVEXPIRY) \
	ROW(int, registered_delivery, ESME_RINVCMDLEN) \
	ROW(int, replace_if_present, ESME_RINVCMDLEN) \
	ROW(int, data_coding, ESME_RINVCMDLEN) \
	ROW(int, sm_default_msg_id, ESME_RINVCMDLEN)

#define DATA_ROWS(ROW) \
	ADDRESS_ROWS(ROW) \
	ROW(int, registered_delivery, ESME_RINVCMDLEN) \
	ROW(int, data_coding, ESME_RINVCMDLEN)

#define QUERY_ROWS(ROW) \
	ROW(str, message_id, ESME_RINVMSGID) \
	ROW(int, source_ton, ESME_RINVCMDLEN) \
	ROW(int, source_npi, ESME_RINVCMDLEN) \
	ROW(str, source_addr, ESME_RINVSRCADR)

#define QUERY_RESP_ROWS(ROW) \
	ROW(str, message_id, ESME_RINVMSGID) \
	ROW(str, final_date, ESME_RINVSCHED) \
	ROW(int, message_state, ESME_RINVCMDLEN) \
	ROW(int, error_code, ESME_RINVCMDLEN)
/* clang-format on */

/* --- writing -------------------------------------------------------------------------------------
 */

static bool measure_upto(const void *field, size_t size, size_t *total)
{
	size_t len = strnlen(field, size);

	*total += len + 1;
	return len < size;
}

static bool measure_str(uint32_t command, const void *field, size_t size, size_t *total)
{
	(void)command;
	return measure_upto(field, size, total);
}

static bool measure_addr(uint32_t command, const void *field, size_t size, size_t *total)
{
	return measure_upto(field, command == SMPP_SUBMIT_SM ? SUBMIT_ADDR_SIZE : size, total);
}

static bool date_fits(uint32_t command, size_t len)
{
	return command != SMPP_SUBMIT_SM || len == 0 || len == DATE_LEN;
}

static bool measure_date(uint32_t command, const void *field, size_t size, size_t *total)
{
	return measure_upto(field, size, total) && date_fits(command, strnlen(field, size));
}

static bool measure_int(uint32_t command, const void *field, size_t size, size_t *total)
{
	(void)command;
	(void)field;
	*total += size;
	return true;
}

static void put_str(uint8_t **at, const void *field)
{
	size_t size = strlen(field) + 1;

	memcpy(*at, field, size);
	*at += size;
}
#define put_addr put_str
#define put_date put_str

static void put_int(uint8_t **at, const void *field)
{
	*(*at)++ = *(const uint8_t *)field;
}

static void put_octets(uint8_t **at, struct smpp_octets octets)
{
	if (octets.len > 0)
		memcpy(*at, octets.data, octets.len);
	*at += octets.len;
}

static void put_be32(uint8_t **at, uint32_t v)
{
	const uint8_t octets[] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
				  (uint8_t)v};

	memcpy(*at, octets, sizeof(octets));
	*at += sizeof(octets);
}

/* The rows of `body`, which every user names so. */
#define MEASURE(kind, field, status)                                                               \
	fits &= measure_##kind(command, &body->field, sizeof(body->field), &size);
#define PUT(kind, field, status) put_##kind(&at, &body->field);

/* Reserve a PDU of `body_size` octets after its header and write the header.  NULL when there is no
 * room; else the caller writes the body to the place returned and calls pdu_end(). */
static uint8_t *pdu_begin(struct buf *out, uint32_t command, uint32_t status, uint32_t sequence,
			  size_t body_size)
{
	size_t length = SMPP_HEADER_SIZE + body_size;
	uint8_t *at = length <= SMPP_PDU_MAX ? (uint8_t *)buf_reserve(out, length) : NULL;

	if (at == NULL)
		return NULL;
	put_be32(&at, (uint32_t)length);
	put_be32(&at, command);
	put_be32(&at, status);
	put_be32(&at, sequence);
	return at;
}

static bool pdu_end(struct buf *out, const uint8_t *at)
{
	out->len = (size_t)(at - (uint8_t *)out->data);
	out->data[out->len] = '\0';
	return true;
}

bool smpp_put_empty(struct buf *out, uint32_t command, uint32_t status, uint32_t sequence)
{
	uint8_t *at = pdu_begin(out, command, status, sequence, 0);

	return at != NULL && pdu_end(out, at);
}

bool smpp_put_bind(struct buf *out, uint32_t command, uint32_t sequence,
		   const struct smpp_bind *body)
{
	size_t size = 0;
	bool fits = true;
	uint8_t *at;

	BIND_ROWS(MEASURE)
	at = fits ? pdu_begin(out, command, ESME_ROK, sequence, size) : NULL;
	if (at == NULL)
		return false;
	BIND_ROWS(PUT)
	return pdu_end(out, at);
}

static bool put_data_sm(struct buf *out, uint32_t command, uint32_t sequence,
			const struct smpp_sm *body)
{
	size_t size = body->tlvs.len;
	bool fits = body->short_message.len == 0;
	uint8_t *at;

	DATA_ROWS(MEASURE)
	at = fits ? pdu_begin(out, command, ESME_ROK, sequence, size) : NULL;
	if (at == NULL)
		return false;
	DATA_ROWS(PUT)
	put_octets(&at, body->tlvs);
	return pdu_end(out, at);
}

bool smpp_put_sm(struct buf *out, uint32_t command, uint32_t sequence, const struct smpp_sm *body)
{
	size_t size = 1 + body->short_message.len + body->tlvs.len;
	bool fits = body->short_message.len <= SM_LENGTH_MAX;
	uint8_t *at;

	if (command == SMPP_DATA_SM)
		return put_data_sm(out, command, sequence, body);
	SM_ROWS(MEASURE)
	at = fits ? pdu_begin(out, command, ESME_ROK, sequence, size) : NULL;
	if (at == NULL)
		return false;
	SM_ROWS(PUT)
	*at++ = (uint8_t)body->short_message.len;
	put_octets(&at, body->short_message);
	put_octets(&at, body->tlvs);
	return pdu_end(out, at);
}

bool smpp_put_resp(struct buf *out, uint32_t command, uint32_t status, uint32_t sequence,
		   const struct smpp_resp *body)
{
	size_t size = body->tlvs.len;
	bool fits = measure_upto(body->id, sizeof(body->id), &size);
	uint8_t *at = fits ? pdu_begin(out, command, status, sequence, size) : NULL;

	if (at == NULL)
		return false;
	put_str(&at, body->id);
	put_octets(&at, body->tlvs);
	return pdu_end(out, at);
}

bool smpp_put_query(struct buf *out, uint32_t sequence, const struct smpp_query *body)
{
	const uint32_t command = SMPP_QUERY_SM;
	size_t size = 0;
	bool fits = true;
	uint8_t *at;

	QUERY_ROWS(MEASURE)
	at = fits ? pdu_begin(out, command, ESME_ROK, sequence, size) : NULL;
	if (at == NULL)
		return false;
	QUERY_ROWS(PUT)
	return pdu_end(out, at);
}

bool smpp_put_query_resp(struct buf *out, uint32_t status, uint32_t sequence,
			 const struct smpp_query_resp *body)
{
	const uint32_t command = SMPP_QUERY_SM | SMPP_RESP;
	size_t size = 0;
	bool fits = true;
	uint8_t *at;

	QUERY_RESP_ROWS(MEASURE)
	at = fits ? pdu_begin(out, command, status, sequence, size) : NULL;
	if (at == NULL)
		return false;
	QUERY_RESP_ROWS(PUT)
	return pdu_end(out, at);
}

/* --- reading -------------------------------------------------------------------------------------
 */

static uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

enum smpp_head_result smpp_head(const uint8_t *data, size_t len, struct smpp_header *out)
{
	*out = (struct smpp_header){0};
	if (len < sizeof(uint32_t))
		return SMPP_HEAD_MORE;
	out->length = get_be32(data);
	if (len >= SMPP_HEADER_SIZE) {
		out->command = get_be32(data + 4);
		out->status = get_be32(data + 8);
		out->sequence = get_be32(data + 12);
	}
	if (out->length < SMPP_HEADER_SIZE || out->length > SMPP_PDU_MAX)
		return SMPP_HEAD_BAD;
	return len >= SMPP_HEADER_SIZE ? SMPP_HEAD_OK : SMPP_HEAD_MORE;
}

/* What is left of a body, and where the first complaint goes. */
struct reader {
	const uint8_t *at, *end;
	uint32_t command;
	uint32_t *status_out;
	struct err *err;
};

static size_t left(const struct reader *r)
{
	return (size_t)(r->end - r->at);
}

static bool refuse(struct reader *r, uint32_t status, const char *name, const char *what)
{
	*r->status_out = status;
	return err_set(r->err, ERR_INPUT, "%s %s", name, what);
}

static bool get_upto(struct reader *r, void *field, size_t size, uint32_t status, const char *name)
{
	size_t room = left(r) < size ? left(r) : size;
	const uint8_t *nul = memchr(r->at, '\0', room);
	size_t len;

	if (nul == NULL && room < size)
		return refuse(r, ESME_RINVCMDLEN, name, "is cut short by the end of the PDU");
	if (nul == NULL)
		return refuse(r, status, name, "is too long or lacks its NUL");
	len = (size_t)(nul - r->at) + 1;
	memcpy(field, r->at, len);
	r->at += len;
	return true;
}
#define get_str get_upto

static bool get_addr(struct reader *r, void *field, size_t size, uint32_t status, const char *name)
{
	return get_upto(r, field, r->command == SMPP_SUBMIT_SM ? SUBMIT_ADDR_SIZE : size, status,
			name);
}

static bool get_date(struct reader *r, void *field, size_t size, uint32_t status, const char *name)
{
	if (!get_upto(r, field, size, status, name))
		return false;
	if (!date_fits(r->command, strlen(field)))
		return refuse(r, status, name, "is neither empty nor 16 characters");
	return true;
}

static bool get_int(struct reader *r, void *field, size_t size, uint32_t status, const char *name)
{
	if (left(r) < size)
		return refuse(r, status, name, "is missing: the PDU ends before it");
	*(uint8_t *)field = *r->at++;
	return true;
}

/* A row read into *out; the first that fails ends the function. */
#define GET(kind, field, status)                                                                   \
	if (!get_##kind(&r, &out->field, sizeof(out->field), status, #field))                      \
		return false;

bool smpp_get_bind(const uint8_t *body, size_t len, struct smpp_bind *out, uint32_t *status_out,
		   struct err *err)
{
	struct reader r = {body, body + len, SMPP_BIND_TRANSCEIVER, status_out, err};

	*out = (struct smpp_bind){0};
	BIND_ROWS(GET)
	return true;
}

/* The rest of the body is TLVs; a submit_sm must keep to their lengths too. */
static bool get_tlvs(struct reader *r, struct smpp_octets *out)
{
	struct smpp_octets area = {r->at, left(r)};
	struct smpp_tlv tlv;

	*out = area;
	while (smpp_tlv_next(&area, &tlv)) {
		const struct smpp_tlv_rule *rule =
			r->command == SMPP_SUBMIT_SM ? smpp_tlv_rule(tlv.tag) : NULL;

		if (rule != NULL &&
		    (tlv.value.len < rule->len_min || tlv.value.len > rule->len_max))
			return refuse(r, ESME_RINVPARLEN, rule->name, "(TLV) has a wrong length");
	}
	if (area.len > 0)
		return refuse(r, ESME_RINVOPTPARSTREAM, "the TLV area", "is cut short");
	return true;
}

static bool get_short_message(struct reader *r, struct smpp_octets *out)
{
	uint8_t len = 0;

	if (!get_int(r, &len, sizeof(len), ESME_RINVCMDLEN, "sm_length"))
		return false;
	if (len > left(r))
		return refuse(r, ESME_RINVMSGLEN, "short_message", "is shorter than sm_length");
	*out = (struct smpp_octets){r->at, len};
	r->at += len;
	return true;
}

static bool get_data_sm(struct reader r, struct smpp_sm *out)
{
	DATA_ROWS(GET)
	return get_tlvs(&r, &out->tlvs);
}

bool smpp_get_sm(uint32_t command, const uint8_t *body, size_t len, struct smpp_sm *out,
		 uint32_t *status_out, struct err *err)
{
	struct reader r = {body, body + len, command, status_out, err};

	*out = (struct smpp_sm){0};
	if (command == SMPP_DATA_SM)
		return get_data_sm(r, out);
	SM_ROWS(GET)
	return get_short_message(&r, &out->short_message) && get_tlvs(&r, &out->tlvs);
}

bool smpp_get_resp(const uint8_t *body, size_t len, struct smpp_resp *out, struct err *err)
{
	size_t id_len = strnlen((const char *)body, len);
	size_t id_size = id_len < len ? id_len + 1 : id_len;
	struct smpp_octets rest = {body + id_size, len - id_size};
	struct smpp_tlv tlv;

	*out = (struct smpp_resp){0};
	if (id_len >= sizeof(out->id))
		return err_set(err, ERR_INPUT, "the id in a response has %zu octets; 64 may be",
			       id_len);
	if (id_len > 0)
		memcpy(out->id, body, id_len);
	out->tlvs = rest;
	while (smpp_tlv_next(&rest, &tlv))
		;
	out->tlvs.len -= rest.len; /* whole ones only */
	return true;
}

bool smpp_get_query(const uint8_t *body, size_t len, struct smpp_query *out, uint32_t *status_out,
		    struct err *err)
{
	struct reader r = {body, body + len, SMPP_QUERY_SM, status_out, err};

	*out = (struct smpp_query){0};
	QUERY_ROWS(GET)
	return true;
}

bool smpp_get_query_resp(const uint8_t *body, size_t len, struct smpp_query_resp *out,
			 struct err *err)
{
	uint32_t status;
	struct reader r = {body, body + len, SMPP_QUERY_SM | SMPP_RESP, &status, err};

	*out = (struct smpp_query_resp){0};
	if (len == 0) /* as usual with an error */
		return true;
	QUERY_RESP_ROWS(GET)
	return true;
}
