/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* settings - see settings.h. */
#include "smppd/settings.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

static const struct pg_stmt LOAD = {
	"smppd_accounts",
	"SELECT a.id, a.name, a.changed_at, a.parts_per_s, a.host, a.port, a.tls, a.tls_ca_file,"
	" a.tls_server_name, a.bind_mode = 'tx_rx', a.sessions, a.window_size, a.system_id,"
	" coalesce(s.password, ''), a.system_type, a.address_range, a.bind_ton, a.bind_npi,"
	" a.service_type, a.source_ton, a.source_npi, a.dest_ton, a.dest_npi, a.dest_plus, a.split,"
	" a.max_parts, a.registered_delivery, a.receipt_parts = 'any', a.receipt_zone_s,"
	" a.id_response_base, a.id_receipt_base, a.id_strip_zeros, a.validity_max_s,"
	" a.user_reference, a.enquire_link_ms, a.response_timeout_ms, a.reconnect_min_ms,"
	" a.retry_max, a.default_alphabet, coalesce(l.until > clock_timestamp(), false)"
	" FROM account a LEFT JOIN account_secret s ON s.account_id = a.id"
	" LEFT JOIN account_lease l ON l.account_id = a.id"
	" WHERE a.enabled AND (cardinality($1::text[]) = 0 OR a.name = ANY ($1::text[]))"
	" ORDER BY a.id",
};

/* The columns of one row, read from left to right. */
struct row {
	const struct pg_result *result;
	size_t row;
	int col;
};

static int64_t next_int(struct row *r)
{
	return pg_int(r->result, r->row, r->col++);
}

static bool next_bool(struct row *r)
{
	return pg_bool(r->result, r->row, r->col++);
}

static void next_text(struct row *r, char *out, size_t size)
{
	snprintf(out, size, "%s", pg_text(r->result, r->row, r->col++));
}

/* The index of the word; the columns are CHECKed, so an unknown word is a newer schema's. */
static int next_word(struct row *r, const char *const *words)
{
	const char *text = pg_text(r->result, r->row, r->col++);

	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	return 0;
}

static const char *const TLS_WORDS[] = {"off", "on", "insecure", NULL};
static const char *const SPLIT_WORDS[] = {"udh8", "udh16", "sar", "payload", NULL};
/* In the order of enum sms_coding. */
static const char *const ALPHABET_WORDS[] = {"gsm", "latin1", NULL};
static const char *const BASE_WORDS[] = {"as_is", "hex_to_dec", "dec_to_hex", NULL};

static void read_connection(struct row *r, struct settings *s)
{
	s->account_id = (int16_t)next_int(r);
	next_text(r, s->name, sizeof(s->name));
	s->changed_at_us = pg_time_us(r->result, r->row, r->col++);
	s->parts_per_s = (int32_t)next_int(r);
	next_text(r, s->host, sizeof(s->host));
	s->port = (int32_t)next_int(r);
	s->tls = (enum settings_tls)next_word(r, TLS_WORDS);
	next_text(r, s->tls_ca_file, sizeof(s->tls_ca_file));
	next_text(r, s->tls_server_name, sizeof(s->tls_server_name));
	s->tx_rx = next_bool(r);
	s->sessions = (int16_t)next_int(r);
	s->window_size = (int16_t)next_int(r);
	next_text(r, s->system_id, sizeof(s->system_id));
	next_text(r, s->password, sizeof(s->password));
	next_text(r, s->system_type, sizeof(s->system_type));
	next_text(r, s->address_range, sizeof(s->address_range));
	s->bind_ton = (uint8_t)next_int(r);
	s->bind_npi = (uint8_t)next_int(r);
}

static void read_messages(struct row *r, struct settings *s)
{
	next_text(r, s->service_type, sizeof(s->service_type));
	s->source_ton = (uint8_t)next_int(r);
	s->source_npi = (uint8_t)next_int(r);
	s->dest_ton = (uint8_t)next_int(r);
	s->dest_npi = (uint8_t)next_int(r);
	s->dest_plus = next_bool(r);
	s->split = (enum sms_split)next_word(r, SPLIT_WORDS);
	s->max_parts = (int16_t)next_int(r);
	s->registered_delivery = (uint8_t)next_int(r);
	s->receipt_any = next_bool(r);
	s->receipt_zone_s = (int32_t)next_int(r);
	s->id_response_base = (enum id_base)next_word(r, BASE_WORDS);
	s->id_receipt_base = (enum id_base)next_word(r, BASE_WORDS);
	s->id_strip_zeros = next_bool(r);
	s->validity_max_s = (int32_t)next_int(r);
	s->user_reference = next_bool(r);
	s->enquire_link_ms = (int32_t)next_int(r);
	s->response_timeout_ms = (int32_t)next_int(r);
	s->reconnect_min_ms = (int32_t)next_int(r);
	s->retry_max = (int16_t)next_int(r);
	s->default_alphabet = (enum sms_coding)next_word(r, ALPHABET_WORDS);
	s->held_elsewhere = next_bool(r);
}

bool settings_load(struct pg *pg, const char *const *names, size_t name_count,
		   struct settings **out, size_t *count_out, struct err *err)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_text_array(params, names, name_count);
	ok = pg_run(pg, &LOAD, params, &rows, err);
	pg_params_free(&params);
	if (!ok)
		return err_wrap(err, "loading the accounts");
	*count_out = pg_rows(rows);
	*out = mem_calloc(*count_out + 1, sizeof(**out));
	for (size_t i = 0; i < *count_out; i++) {
		struct row r = {rows, i, 0};

		read_connection(&r, &(*out)[i]);
		read_messages(&r, &(*out)[i]);
	}
	pg_result_free(&rows);
	return true;
}
