/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account - see account.h. */
#include "common/model/account.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "common/model/link.h"
#include "common/sms/smpp_quirks.h"

#define PASSWORD_STANDARD 8 /* SMPP 3.4, 4.1.1 */

enum { LONG_SEND, LONG_CUT, LONG_REFUSE }; /* in the order of long_words */

static const char *const kind_words[] = {"smpp", "http", NULL};
static const char *const tls_words[] = {"off", "on", "insecure", NULL};
static const char *const bind_words[] = {"trx", "tx_rx", NULL};
static const char *const split_words[] = {"udh8", "udh16", "sar", "payload", NULL};
static const char *const receipt_words[] = {"all", "any", NULL};
static const char *const alphabet_words[] = {"gsm", "latin1", NULL};
static const char *const long_words[] = {"send", "cut", "refuse", NULL};
static const char *const send_alphabet_words[] = {"gsm", "gsm_packed", "latin1", "ascii", NULL};
static const char *const validity_words[] = {"relative", "absolute", "none", NULL};
static const char *const wins_words[] = {"tlv", "text", NULL};
static const char *const case_words[] = {"fold", "keep", NULL};
static const char *const base_words[] = {"as_is", "hex_to_dec", "dec_to_hex", NULL};

#define COLUMN(column, kind)                                                                       \
	.key = #column, .type = (kind), .offset = offsetof(struct account_settings, column)

const struct config_row account_rows[] = {
	{COLUMN(name, CONFIG_STR), .help = "small letters, digits, - and _, at most 32"},
	{COLUMN(provider, CONFIG_STR), .def = "",
	 .help = "name of the provider it is bought from; empty: one of the account's own name"},
	{COLUMN(kind, CONFIG_ENUM), .def = "smpp", .words = kind_words,
	 .help = "how it is spoken to"},
	{COLUMN(profile, CONFIG_STR), .def = "",
	 .help = "kind http: name of the provider's profile, see vestnik provider"},
	{COLUMN(settings, CONFIG_PAIRS), .def = "{}",
	 .help = "kind http: the profile's settings that are no secrets"},
	{COLUMN(enabled, CONFIG_BOOL), .def = "true", .help = "false: nothing is sent through it"},
	{COLUMN(price_micro, CONFIG_INT), .def = "0", .max = INT64_MAX,
	 .help = "price of a part in millionths of the currency unit"},
	{COLUMN(parts_per_s, CONFIG_INT), .def = "0", .max = 100000,
	 .help = "limit over all sessions; 0: none"},
	{COLUMN(host, CONFIG_STR), .def = "", .help = "name or address of the operator's SMSC"},
	{COLUMN(port, CONFIG_INT), .def = "2775", .min = 1, .max = 65535, .help = "its port"},
	{COLUMN(more_hosts, CONFIG_STR), .def = "",
	 .help = "further addresses of the same centre, with commas; name:port where it differs"},
	{COLUMN(tls, CONFIG_ENUM), .def = "off", .words = tls_words,
	 .help = "insecure: encrypted, but the certificate is not checked"},
	{COLUMN(tls_ca_file, CONFIG_STR), .def = "", .help = "PEM file; empty: the system's"},
	{COLUMN(tls_server_name, CONFIG_STR), .def = "",
	 .help = "name in the certificate; empty: the host"},
	{COLUMN(tls_cert_file, CONFIG_STR), .def = "",
	 .help = "PEM file with our certificate, where the centre wants one"},
	{COLUMN(tls_key_file, CONFIG_STR), .def = "", .help = "PEM file with its key"},
	{COLUMN(clear_link_ground, CONFIG_STR), .def = "",
	 .help = "why tls may be off or insecure to another host (a VPN); empty: it may not"},
	{COLUMN(bind_mode, CONFIG_ENUM), .def = "trx", .words = bind_words,
	 .help = "tx_rx: a transmitter and a receiver a session"},
	{COLUMN(sessions, CONFIG_INT), .def = "1", .min = 1, .max = 32, .help = "binds at once"},
	{COLUMN(window_size, CONFIG_INT), .def = "10", .min = 1, .max = 10000,
	 .help = "unanswered submits a session"},
	{COLUMN(system_id, CONFIG_STR), .def = "", .help = "login, at most 15 characters"},
	{COLUMN(password_long, CONFIG_ENUM), .def = "send", .words = long_words,
	 .help = "a password of more than 8 characters: sent, cut to 8, or refused"},
	{COLUMN(interface_version, CONFIG_INT), .def = "52", .min = 51, .max = 80,
	 .help = "what binds say: 51 is 3.3, 52 is 3.4, 80 is 5.0"},
	{COLUMN(system_type, CONFIG_STR), .def = "", .help = "as the operator says"},
	{COLUMN(address_range, CONFIG_STR), .def = "", .help = "as the operator says"},
	{COLUMN(bind_ton, CONFIG_INT), .def = "0", .max = 255, .help = "of address_range"},
	{COLUMN(bind_npi, CONFIG_INT), .def = "0", .max = 255, .help = "of address_range"},
	{COLUMN(binds_per_min, CONFIG_INT), .def = "60", .max = 6000,
	 .help = "tries to bind, all sessions, in any minute; 0: no limit"},
	{COLUMN(bind_timeout_ms, CONFIG_MS), .def = "30s", .min = 1000, .max = 600000,
	 .help = "a bind that is not answered by then has failed"},
	{COLUMN(submits_per_bind, CONFIG_INT), .def = "0", .max = 1000000000,
	 .help = "a session is bound anew after so many submits; 0: never"},
	{COLUMN(service_type, CONFIG_STR), .def = "", .help = "as the operator says"},
	{COLUMN(source_ton, CONFIG_INT), .def = "5", .max = 255, .help = "of a sender in letters"},
	{COLUMN(source_npi, CONFIG_INT), .def = "0", .max = 255, .help = "of a sender in letters"},
	{COLUMN(number_ton, CONFIG_INT), .def = "1", .max = 255,
	 .help = "of a sender that is a phone number"},
	{COLUMN(number_npi, CONFIG_INT), .def = "1", .max = 255,
	 .help = "of a sender that is a phone number"},
	{COLUMN(short_ton, CONFIG_INT), .def = "3", .max = 255, .help = "of a short code"},
	{COLUMN(short_npi, CONFIG_INT), .def = "0", .max = 255, .help = "of a short code"},
	{COLUMN(source_plus, CONFIG_BOOL), .def = "false",
	 .help = "a sender that is a phone number is sent with a +"},
	{COLUMN(dest_ton, CONFIG_INT), .def = "1", .max = 255, .help = "of the client's number"},
	{COLUMN(dest_npi, CONFIG_INT), .def = "1", .max = 255, .help = "of the client's number"},
	{COLUMN(dest_plus, CONFIG_BOOL), .def = "false", .help = "numbers are sent with a +"},
	{COLUMN(send_alphabet, CONFIG_ENUM), .def = "gsm", .words = send_alphabet_words,
	 .help = "what the centre takes texts for that are not UCS-2"},
	{COLUMN(coding_gsm, CONFIG_INT), .def = "0", .max = 255,
	 .help = "data_coding of texts in send_alphabet"},
	{COLUMN(coding_ucs2, CONFIG_INT), .def = "8", .max = 255,
	 .help = "data_coding of texts in UCS-2"},
	{COLUMN(split, CONFIG_ENUM), .def = "udh8", .words = split_words,
	 .help = "how long messages travel"},
	{COLUMN(max_parts, CONFIG_INT), .def = "10", .min = 1, .max = 63,
	 .help = "longest message the operator takes"},
	{COLUMN(registered_delivery, CONFIG_INT), .def = "1", .max = 255,
	 .help = "which receipts are asked for"},
	{COLUMN(receipt_parts, CONFIG_ENUM), .def = "all", .words = receipt_words,
	 .help = "all: a receipt for every part; any: one for the whole message"},
	{COLUMN(receipt_wins, CONFIG_ENUM), .def = "tlv", .words = wins_words,
	 .help = "who is believed where TLVs and text of a receipt disagree"},
	{COLUMN(acceptd_final, CONFIG_BOOL), .def = "false",
	 .help = "ACCEPTD is this centre's last word and counts as delivered"},
	{COLUMN(receipt_zone_s, CONFIG_INT), .def = "10800", .min = -50400, .max = 50400,
	 .help = "time zone of dates in receipts, seconds east of UTC"},
	{COLUMN(default_alphabet, CONFIG_ENUM), .def = "gsm", .words = alphabet_words,
	 .help = "what data_coding 0 means in messages from phones"},
	{COLUMN(id_response_base, CONFIG_ENUM), .def = "as_is", .words = base_words,
	 .help = "how ids in answers are made comparable"},
	{COLUMN(id_receipt_base, CONFIG_ENUM), .def = "as_is", .words = base_words,
	 .help = "how ids in receipts are made comparable"},
	{COLUMN(id_strip_zeros, CONFIG_BOOL), .def = "true", .help = "leading zeros of ids"},
	{COLUMN(id_case, CONFIG_ENUM), .def = "fold", .words = case_words,
	 .help = "fold: the case of letters in ids means nothing"},
	{COLUMN(validity_form, CONFIG_ENUM), .def = "relative", .words = validity_words,
	 .help = "how validity_period is written; none: it is left to the centre"},
	{COLUMN(validity_max_s, CONFIG_INT), .def = "259200", .min = 60, .max = 2592000,
	 .help = "longest validity_period the operator takes"},
	{COLUMN(user_reference, CONFIG_BOOL), .def = "false",
	 .help = "send user_message_reference"},
	{COLUMN(extra_tlvs, CONFIG_STR), .def = "",
	 .help = "sent with every submit: tag:value in hexadecimal digits, with commas"},
	{COLUMN(status_actions, CONFIG_STR), .def = "",
	 .help = "what refusals mean here: 0x45=fail, with commas"},
	{COLUMN(only_ok, CONFIG_BOOL), .def = "false",
	 .help = "the centre bears no answer but 0 to deliver_sm, and no generic_nack"},
	{COLUMN(query_after_s, CONFIG_INT), .def = "0", .max = 604800,
	 .help = "seconds after which query_sm asks for a missing receipt; 0: never"},
	{COLUMN(enquire_link_ms, CONFIG_MS), .def = "30s", .min = 1000, .max = 600000,
	 .help = "how often a silent session is asked"},
	{COLUMN(response_timeout_ms, CONFIG_MS), .def = "60s", .min = 100, .max = 600000,
	 .help = "an answer later than this leaves its message in doubt"},
	{COLUMN(reconnect_min_ms, CONFIG_MS), .def = "5s", .min = 100, .max = 600000,
	 .help = "first delay after a failed bind"},
	{COLUMN(retry_max, CONFIG_INT), .def = "5", .max = 100, .help = "attempts after the first"},
	{COLUMN(connections, CONFIG_INT), .def = "8", .min = 1, .max = 1000,
	 .help = "kind http: requests under way at a time"},
	{COLUMN(stop_statuses, CONFIG_STR), .def = "",
	 .help = "statuses by which the operator says that the person has stopped us, decimal, "
		 "with spaces between"},
	{COLUMN(stop_errors, CONFIG_STR), .def = "",
	 .help = "errors in receipts that say the same, with spaces between"},
	{COLUMN(password, CONFIG_STR), .def = "", .help = "empty: the stored one stays"},
	{COLUMN(secrets, CONFIG_PAIRS), .def = "{}",
	 .help = "kind http: the profile's secrets; those left out stay as they are stored"},
	{.key = NULL},
};

/* Settings of both kinds; the others are of one. */
static const char *const shared_keys[] = {
	"name",		 "provider",	      "kind",
	"enabled",	 "price_micro",	      "parts_per_s",
	"max_parts",	 "retry_max",	      "validity_max_s",
	"receipt_parts", "clear_link_ground", NULL,
};
static const char *const http_keys[] = {"profile", "settings", "secrets", "connections", NULL};
static const char *const other_keys[] = {"provider", "password", "secrets", NULL};

static bool is_among(const char *key, const char *const *keys)
{
	for (; *keys != NULL; keys++)
		if (strcmp(key, *keys) == 0)
			return true;
	return false;
}

bool account_row_is_column(const struct config_row *row)
{
	return !is_among(row->key, other_keys);
}

bool account_row_is_of(const struct config_row *row, enum account_kind kind)
{
	return is_among(row->key, shared_keys) ||
	       is_among(row->key, http_keys) == (kind == ACCOUNT_HTTP);
}

/* --- what is possible ----------------------------------------------------------------------------
 */

static bool name_fits(const char *name, size_t max)
{
	size_t len = strlen(name);

	if (len < 1 || len > max || name[0] == '-' || name[0] == '_')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!islower((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) &&
		    name[i] != '-' && name[i] != '_')
			return false;
	return true;
}

static bool blame(const char **key_out, const char *key)
{
	*key_out = key;
	return false;
}

static bool check_lengths(const struct account_settings *s, const char **key_out, struct err *err)
{
	const struct {
		const char *key, *value;
		size_t max;
	} bounded[] = {
		{"system_id", s->system_id, 15},
		{"password", s->password, 64},
		{"system_type", s->system_type, 12},
		{"service_type", s->service_type, 5},
		{"address_range", s->address_range, 40},
		{"host", s->host, 255},
		{"tls_ca_file", s->tls_ca_file, 500},
		{"tls_server_name", s->tls_server_name, 255},
		{"clear_link_ground", s->clear_link_ground, LINK_GROUND_MAX},
		{"stop_statuses", s->stop_statuses, 160},
		{"stop_errors", s->stop_errors, 200},
	};

	for (size_t i = 0; i < sizeof(bounded) / sizeof(bounded[0]); i++)
		if (strlen(bounded[i].value) > bounded[i].max) {
			err_set(err, ERR_INPUT, "at most %zu characters", bounded[i].max);
			return blame(key_out, bounded[i].key);
		}
	return true;
}

static bool blame_link(const char *host, const char **key_out, const char *key, struct err *err)
{
	err_set(err, ERR_INPUT,
		"an encrypted link (tls on, https), or in clear_link_ground why passwords and "
		"clients may go to %.100s in clear",
		host);
	return blame(key_out, key);
}

static bool check_hosts(const struct account_settings *s, const char **key_out, struct err *err)
{
	struct smpp_host hosts[SMPP_HOSTS_MAX];
	size_t n = 0;

	if (!smpp_hosts_parse(s->more_hosts, (int32_t)s->port, hosts, &n, err)) {
		err_set(err, ERR_INPUT, "at most %d hosts with commas, name:port where it differs",
			SMPP_HOSTS_MAX);
		return blame(key_out, "more_hosts");
	}
	for (size_t i = 0; i < n; i++)
		if (!link_allowed(hosts[i].name, s->tls == ACCOUNT_TLS_ON, s->clear_link_ground,
				  err))
			return blame_link(hosts[i].name, key_out, "more_hosts", err);
	return link_allowed(s->host, s->tls == ACCOUNT_TLS_ON, s->clear_link_ground, err) ||
	       blame_link(s->host, key_out, "tls", err);
}

/* Lists that smppd would refuse. */
static bool check_lists(const struct account_settings *s, const char **key_out, struct err *err)
{
	uint8_t tlvs[SMPP_TLVS_SIZE];
	struct smpp_actions actions;
	size_t n;

	if (!smpp_tlvs_parse(s->extra_tlvs, tlvs, &n, err)) {
		err_set(err, ERR_INPUT, "tag:value in hexadecimal digits, with commas: 2900:01");
		return blame(key_out, "extra_tlvs");
	}
	if (!smpp_actions_parse(s->status_actions, &actions, err)) {
		err_set(err, ERR_INPUT,
			"status=action with commas, of retry, slow, route, fail, bad, rebind: "
			"0x45=fail");
		return blame(key_out, "status_actions");
	}
	return true;
}

/* What no range says. */
static bool check_values(const struct account_settings *s, const char **key_out, struct err *err)
{
	if (s->interface_version != 51 && s->interface_version != 52 &&
	    s->interface_version != 80) {
		err_set(err, ERR_INPUT, "51 (3.3), 52 (3.4) or 80 (5.0)");
		return blame(key_out, "interface_version");
	}
	if (strspn(s->stop_statuses, "0123456789 ") != strlen(s->stop_statuses)) {
		err_set(err, ERR_INPUT, "expected numbers with spaces between");
		return blame(key_out, "stop_statuses");
	}
	if (s->query_after_s != 0 && s->query_after_s < 60) {
		err_set(err, ERR_INPUT, "0 (never), or at least 60");
		return blame(key_out, "query_after_s");
	}
	if (s->password_long == LONG_REFUSE && strlen(s->password) > PASSWORD_STANDARD) {
		err_set(err, ERR_INPUT, "at most 8 characters, because password_long refuses more");
		return blame(key_out, "password");
	}
	return check_lists(s, key_out, err);
}

static bool check_smpp(const struct account_settings *s, const char **key_out, struct err *err)
{
	if (s->host[0] == '\0' || s->system_id[0] == '\0') {
		err_set(err, ERR_INPUT, "something: accounts of kind smpp need it");
		return blame(key_out, s->host[0] == '\0' ? "host" : "system_id");
	}
	if (s->profile[0] != '\0' || s->settings.count > 0 || s->secrets.count > 0) {
		err_set(err, ERR_INPUT, "nothing: this is of accounts of kind http");
		return blame(key_out, s->profile[0] != '\0'   ? "profile"
				      : s->settings.count > 0 ? "settings"
							      : "secrets");
	}
	return check_values(s, key_out, err) && check_hosts(s, key_out, err);
}

static bool is_url(const char *value)
{
	return strncmp(value, "http://", 7) == 0 || strncmp(value, "https://", 8) == 0;
}

static bool check_http(const struct account_settings *s, const char **key_out, struct err *err)
{
	if (!name_fits(s->profile, 64)) {
		err_set(err, ERR_INPUT, "the name of a profile of an HTTP provider");
		return blame(key_out, "profile");
	}
	for (size_t i = 0; i < s->settings.count; i++)
		if (is_url(s->settings.items[i].value) &&
		    !link_url_allowed(s->settings.items[i].value, s->clear_link_ground, err))
			return err->kind == ERR_REFUSED ? blame_link(s->settings.items[i].value,
								     key_out, "settings", err)
							: blame(key_out, "settings");
	if (s->host[0] == '\0' && s->system_id[0] == '\0' && s->password[0] == '\0')
		return true;
	err_set(err, ERR_INPUT, "nothing: this is of accounts of kind smpp");
	return blame(key_out, s->host[0] != '\0'	? "host"
			      : s->system_id[0] != '\0' ? "system_id"
							: "password");
}

bool account_settings_check(const struct account_settings *s, const char **key_out, struct err *err)
{
	static const char name_rule[] =
		"small letters, digits, - and _, beginning with a letter or "
		"digit, at most 32";

	if (!name_fits(s->name, 32)) {
		err_set(err, ERR_INPUT, "%s", name_rule);
		return blame(key_out, "name");
	}
	if (s->provider[0] != '\0' && !name_fits(s->provider, 32)) {
		err_set(err, ERR_INPUT, "%s", name_rule);
		return blame(key_out, "provider");
	}
	return check_lengths(s, key_out, err) &&
	       (s->kind == ACCOUNT_HTTP ? check_http(s, key_out, err)
					: check_smpp(s, key_out, err));
}

bool account_settings_load(const char *path, struct account_settings *out, struct err *err)
{
	const char *key = NULL;

	*out = (struct account_settings){0};
	if (!config_load(path, account_rows, out, err))
		return false;
	if (account_settings_check(out, &key, err))
		return true;
	account_settings_free(out);
	return err_wrap(err, "%s: %s: expected", path, key);
}

void account_settings_default(struct account_settings *out)
{
	static const char text[] = "{\"name\":\"\"}";
	struct err err;

	*out = (struct account_settings){0};
	if (!config_parse("defaults", text, sizeof(text) - 1, account_rows, out, &err))
		panic("the defaults of accounts: %s", err.msg);
}

void account_settings_free(struct account_settings *s)
{
	config_free(account_rows, s);
}
