/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* settings - see settings.h. */
#include "smppd/settings.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/gateway/secret.h"
#include "common/model/link.h"

#define PASSWORD_STANDARD 8 /* SMPP 3.4, 4.1.1: C-Octet String of 9 */

static const struct pg_stmt LOAD = {
	"smppd_accounts",
	GATEWAY_SETTINGS_SQL
	", a.host, a.port, a.more_hosts, a.tls, a.tls_ca_file, a.tls_cert_file, a.tls_key_file,"
	" a.tls_server_name, a.bind_mode = 'tx_rx', a.sessions, a.window_size, a.system_id,"
	" s.password, s.sealed, a.clear_link_ground, a.system_type, a.address_range, a.bind_ton, "
	"a.bind_npi,"
	" a.service_type, a.source_ton, a.source_npi, a.dest_ton, a.dest_npi, a.dest_plus,"
	" a.registered_delivery, a.receipt_parts = 'any', a.receipt_zone_s, a.id_receipt_base,"
	" a.validity_max_s, a.user_reference, a.enquire_link_ms, a.response_timeout_ms,"
	" a.reconnect_min_ms, a.default_alphabet,"
	" ' ' || a.stop_statuses || ' ', ' ' || a.stop_errors || ' ',"
	" a.password_long, a.interface_version,"
	" a.binds_per_min, a.bind_timeout_ms, a.submits_per_bind, a.number_ton, a.number_npi,"
	" a.short_ton, a.short_npi, a.source_plus, a.send_alphabet, a.coding_gsm, a.coding_ucs2,"
	" a.validity_form, a.receipt_wins = 'text', a.acceptd_final, a.id_case = 'keep',"
	" a.extra_tlvs, a.status_actions, a.only_ok, a.query_after_s" GATEWAY_SETTINGS_FROM
	" LEFT JOIN account_secret s ON s.account_id = a.id"
	" AND s.name = 'password'" GATEWAY_SETTINGS_WHERE " AND a.kind = 'smpp' ORDER BY a.id",
};

static const char *const TLS_WORDS[] = {"off", "on", "insecure", NULL};
/* In the order of enum sms_coding. */
static const char *const ALPHABET_WORDS[] = {"gsm", "latin1", NULL};

/* In the order of enum settings_validity. */
static const char *const VALIDITY_WORDS[] = {"relative", "absolute", "none", NULL};
enum { LONG_SEND, LONG_CUT, LONG_REFUSE };
static const char *const LONG_WORDS[] = {"send", "cut", "refuse", NULL};

static const char *next_text(struct settings_row *r)
{
	return pg_text(r->result, r->row, r->col++);
}

static void read_hosts(struct settings_row *r, struct settings *s)
{
	struct err err = {0};
	size_t more;

	settings_text(r, s->host[0].name, sizeof(s->host[0].name));
	s->host[0].port = (int32_t)settings_int(r);
	if (!smpp_hosts_parse(next_text(r), s->host[0].port, s->host + 1, &more, &err))
		settings_problem(&s->gateway, "more_hosts: ", &err);
	s->host_count = 1 + more;
}

static void read_ground(struct settings_row *r, struct settings *s)
{
	int col = r->col++;
	const char *ground =
		pg_null(r->result, r->row, col) ? NULL : pg_text(r->result, r->row, col);
	struct err err = {0};

	for (size_t i = 0; i < s->host_count; i++)
		if (!link_allowed(s->host[i].name, s->tls == TLS_ON, ground, &err)) {
			settings_problem(&s->gateway, "", &err);
			return;
		}
}

static void read_connection(struct settings_row *r, struct settings *s, struct vault *vault)
{
	read_hosts(r, s);
	s->tls = (enum settings_tls)settings_word(r, TLS_WORDS);
	settings_text(r, s->tls_ca_file, sizeof(s->tls_ca_file));
	settings_text(r, s->tls_cert_file, sizeof(s->tls_cert_file));
	settings_text(r, s->tls_key_file, sizeof(s->tls_key_file));
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

static void read_password_rule(struct settings_row *r, struct settings *s)
{
	const int rule = settings_word(r, LONG_WORDS);
	struct err err = {0};

	if (strlen(s->password) <= PASSWORD_STANDARD)
		return;
	if (rule == LONG_CUT)
		s->password[PASSWORD_STANDARD] = '\0';
	if (rule == LONG_REFUSE) {
		err_set(&err, ERR_INPUT, "the password has more than 8 characters");
		settings_problem(&s->gateway, "password_long: ", &err);
	}
}

/* What the account's refusals mean, and which of them are therefore no tries. */
static void read_actions(struct settings_row *r, struct settings *s)
{
	struct gateway_settings *g = &s->gateway;
	struct err err = {0};

	if (!smpp_actions_parse(next_text(r), &s->actions, &err))
		settings_problem(&s->gateway, "status_actions: ", &err);
	for (uint32_t status = 1; status <= UINT8_MAX; status++)
		if (smpp_action_of(&s->actions, status) == SMPP_SLOW &&
		    g->slow_count < SETTINGS_SLOW_MAX)
			g->slow[g->slow_count++] = status;
	for (size_t i = 0; i < s->actions.count; i++)
		if (s->actions.row[i].status > UINT8_MAX && s->actions.row[i].action == SMPP_SLOW &&
		    g->slow_count < SETTINGS_SLOW_MAX)
			g->slow[g->slow_count++] = s->actions.row[i].status;
}

static void read_quirks(struct settings_row *r, struct settings *s)
{
	struct err err = {0};

	read_password_rule(r, s);
	s->interface_version = (uint8_t)settings_int(r);
	s->binds_per_min = (int16_t)settings_int(r);
	s->bind_timeout_ms = (int32_t)settings_int(r);
	s->submits_per_bind = (int32_t)settings_int(r);
	s->number_ton = (uint8_t)settings_int(r);
	s->number_npi = (uint8_t)settings_int(r);
	s->short_ton = (uint8_t)settings_int(r);
	s->short_npi = (uint8_t)settings_int(r);
	s->source_plus = settings_bool(r);
	s->gateway.alphabet = (enum sms_alphabet)settings_word(r, sms_alphabet_words);
	s->coding_gsm = (uint8_t)settings_int(r);
	s->coding_ucs2 = (uint8_t)settings_int(r);
	s->validity_form = (enum settings_validity)settings_word(r, VALIDITY_WORDS);
	s->receipt_text_wins = settings_bool(r);
	s->acceptd_final = settings_bool(r);
	s->gateway.id_keep_case = settings_bool(r);
	if (!smpp_tlvs_parse(next_text(r), s->extra_tlvs, &s->extra_tlvs_len, &err))
		settings_problem(&s->gateway, "extra_tlvs: ", &err);
	read_actions(r, s);
	s->only_ok = settings_bool(r);
	s->query_after_s = (int32_t)settings_int(r);
	s->gateway.keep_raw_ids = s->query_after_s > 0;
}

static bool same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static bool hosts_differ(const struct settings *a, const struct settings *b)
{
	if (a->host_count != b->host_count)
		return true;
	for (size_t i = 0; i < a->host_count; i++)
		if (!same(a->host[i].name, b->host[i].name) || a->host[i].port != b->host[i].port)
			return true;
	return false;
}

static bool tls_differs(const struct settings *a, const struct settings *b)
{
	return a->tls != b->tls || !same(a->tls_ca_file, b->tls_ca_file) ||
	       !same(a->tls_server_name, b->tls_server_name) ||
	       !same(a->tls_cert_file, b->tls_cert_file) || !same(a->tls_key_file, b->tls_key_file);
}

bool settings_bind_differs(const struct settings *a, const struct settings *b)
{
	return hosts_differ(a, b) || tls_differs(a, b) || a->tx_rx != b->tx_rx ||
	       a->interface_version != b->interface_version || a->bind_ton != b->bind_ton ||
	       a->bind_npi != b->bind_npi || !same(a->system_id, b->system_id) ||
	       !same(a->password, b->password) || !same(a->system_type, b->system_type) ||
	       !same(a->address_range, b->address_range);
}

int settings_binds(const struct settings *s)
{
	int binds = s->sessions * (s->tx_rx ? 2 : 1);

	return binds < SETTINGS_SESSIONS_MAX ? binds : SETTINGS_SESSIONS_MAX;
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
		read_quirks(&r, s);
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
