/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* settings - see settings.h. */
#include "smppd/settings.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/gateway/secret.h"
#include "common/model/link.h"

static const struct pg_stmt LOAD = {
	"smppd_accounts",
	GATEWAY_SETTINGS_SQL
	", a.host, a.port, a.tls, a.tls_ca_file,"
	" a.tls_server_name, a.bind_mode = 'tx_rx', a.sessions, a.window_size, a.system_id,"
	" s.password, s.sealed, a.clear_link_ground, a.system_type, a.address_range, a.bind_ton, "
	"a.bind_npi,"
	" a.service_type, a.source_ton, a.source_npi, a.dest_ton, a.dest_npi, a.dest_plus,"
	" a.registered_delivery, a.receipt_parts = 'any', a.receipt_zone_s, a.id_receipt_base,"
	" a.validity_max_s, a.user_reference, a.enquire_link_ms, a.response_timeout_ms,"
	" a.reconnect_min_ms, a.default_alphabet,"
	" ' ' || a.stop_statuses || ' ',"
	" ' ' || a.stop_errors || ' '" GATEWAY_SETTINGS_FROM
	" LEFT JOIN account_secret s ON s.account_id = a.id"
	" AND s.name = 'password'" GATEWAY_SETTINGS_WHERE " AND a.kind = 'smpp' ORDER BY a.id",
};

static const char *const TLS_WORDS[] = {"off", "on", "insecure", NULL};
/* In the order of enum sms_coding. */
static const char *const ALPHABET_WORDS[] = {"gsm", "latin1", NULL};

static void read_ground(struct settings_row *r, struct settings *s)
{
	int col = r->col++;
	const char *ground =
		pg_null(r->result, r->row, col) ? NULL : pg_text(r->result, r->row, col);
	struct err err = {0};

	if (!link_allowed(s->host, s->tls == TLS_ON, ground, &err))
		settings_problem(&s->gateway, "", &err);
}

static void read_connection(struct settings_row *r, struct settings *s, struct vault *vault)
{
	settings_text(r, s->host, sizeof(s->host));
	s->port = (int32_t)settings_int(r);
	s->tls = (enum settings_tls)settings_word(r, TLS_WORDS);
	settings_text(r, s->tls_ca_file, sizeof(s->tls_ca_file));
	settings_text(r, s->tls_server_name, sizeof(s->tls_server_name));
	s->tx_rx = settings_bool(r);
	s->sessions = (int16_t)settings_int(r);
	s->window_size = (int16_t)settings_int(r);
	settings_text(r, s->system_id, sizeof(s->system_id));
	settings_secret(r, &s->gateway, vault, "password", s->password, sizeof(s->password));
	read_ground(r, s);
	settings_text(r, s->system_type, sizeof(s->system_type));
	settings_text(r, s->address_range, sizeof(s->address_range));
	s->bind_ton = (uint8_t)settings_int(r);
	s->bind_npi = (uint8_t)settings_int(r);
}

static void read_messages(struct settings_row *r, struct settings *s)
{
	settings_text(r, s->service_type, sizeof(s->service_type));
	s->source_ton = (uint8_t)settings_int(r);
	s->source_npi = (uint8_t)settings_int(r);
	s->dest_ton = (uint8_t)settings_int(r);
	s->dest_npi = (uint8_t)settings_int(r);
	s->dest_plus = settings_bool(r);
	s->registered_delivery = (uint8_t)settings_int(r);
	s->receipt_any = settings_bool(r);
	s->receipt_zone_s = (int32_t)settings_int(r);
	s->id_receipt_base = settings_id_base(r);
	s->validity_max_s = (int32_t)settings_int(r);
	s->user_reference = settings_bool(r);
	s->enquire_link_ms = (int32_t)settings_int(r);
	s->response_timeout_ms = (int32_t)settings_int(r);
	s->reconnect_min_ms = (int32_t)settings_int(r);
	s->default_alphabet = (enum sms_coding)settings_word(r, ALPHABET_WORDS);
	settings_text(r, s->stop_statuses, sizeof(s->stop_statuses));
	settings_text(r, s->stop_errors, sizeof(s->stop_errors));
}

bool settings_stops(const char *stops, const char *what)
{
	char word[40];

	snprintf(word, sizeof(word), " %.30s ", what);
	return what[0] != '\0' && strstr(stops, word) != NULL;
}

bool settings_load(const struct gateway *gateway, struct pg *pg, const char *const *names,
		   size_t name_count, struct gateway_settings ***out, size_t *count_out,
		   struct err *err)
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
		struct settings_row r = {rows, i, 0};
		struct settings *s = mem_calloc(1, sizeof(*s));

		gateway_settings_read(&r, &s->gateway);
		read_connection(&r, s, gateway->vault);
		read_messages(&r, s);
		(*out)[i] = &s->gateway;
	}
	pg_result_free(&rows);
	return true;
}

void settings_free(struct gateway_settings **handle)
{
	struct settings *s = (struct settings *)*handle;

	if (s == NULL)
		return;
	explicit_bzero(s, sizeof(*s));
	mem_free(s);
	*handle = NULL;
}
