/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "cli/account_file.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "common/sms/smpp_quirks.h"

#define PASSWORD_STANDARD 8 /* SMPP 3.4, 4.1.1 */

enum { LONG_SEND, LONG_CUT, LONG_REFUSE }; /* in the order of long_words */

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
	.key = #column, .type = (kind), .offset = offsetof(struct account_file, column)

const struct config_row account_file_rows[] = {
	{COLUMN(name, CONFIG_STR), .help = "small letters, digits, - and _, at most 32"},
	{COLUMN(enabled, CONFIG_BOOL), .def = "true", .help = "false: nothing is sent through it"},
	{COLUMN(price_micro, CONFIG_INT), .def = "0", .max = INT64_MAX,
	 .help = "price of a part in millionths of the currency unit"},
	{COLUMN(parts_per_s, CONFIG_INT), .def = "0", .max = 100000,
	 .help = "limit over all sessions; 0: none"},
	{COLUMN(host, CONFIG_STR), .help = "name or address of the operator's SMSC"},
	{COLUMN(port, CONFIG_INT), .min = 1, .max = 65535, .help = "its port"},
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
	{COLUMN(bind_mode, CONFIG_ENUM), .def = "trx", .words = bind_words,
	 .help = "tx_rx: a transmitter and a receiver a session"},
	{COLUMN(sessions, CONFIG_INT), .def = "1", .min = 1, .max = 32, .help = "binds at once"},
	{COLUMN(window_size, CONFIG_INT), .def = "10", .min = 1, .max = 10000,
	 .help = "unanswered submits a session"},
	{COLUMN(system_id, CONFIG_STR), .help = "login, at most 15 characters"},
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
	{COLUMN(password, CONFIG_STR), .def = "", .help = "empty: the stored one stays"},
	{.key = NULL},
};

static bool name_fits(const char *name)
{
	size_t len = strlen(name);

	if (len < 1 || len > 32 || name[0] == '-' || name[0] == '_')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!islower((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) &&
		    name[i] != '-' && name[i] != '_')
			return false;
	return true;
}

/* Lists that smppd would refuse. */
static bool check_lists(const struct account_file *file, struct err *err)
{
	struct smpp_host hosts[SMPP_HOSTS_MAX];
	uint8_t tlvs[SMPP_TLVS_SIZE];
	struct smpp_actions actions;
	size_t n;

	if (!smpp_hosts_parse(file->more_hosts, (int32_t)file->port, hosts, &n, err))
		return err_wrap(err, "more_hosts");
	if (!smpp_tlvs_parse(file->extra_tlvs, tlvs, &n, err))
		return err_wrap(err, "extra_tlvs");
	if (!smpp_actions_parse(file->status_actions, &actions, err))
		return err_wrap(err, "status_actions");
	return true;
}

/* What no range says. */
static bool check_values(const char *path, const struct account_file *file, struct err *err)
{
	if (file->interface_version != 51 && file->interface_version != 52 &&
	    file->interface_version != 80)
		return err_set(err, ERR_INPUT,
			       "%s: interface_version: expected 51 (3.3), 52 (3.4) or 80 (5.0)",
			       path);
	if (file->query_after_s != 0 && file->query_after_s < 60)
		return err_set(err, ERR_INPUT,
			       "%s: query_after_s: expected 0 (never), or at least 60", path);
	if (file->password_long == LONG_REFUSE && strlen(file->password) > PASSWORD_STANDARD)
		return err_set(err, ERR_INPUT,
			       "%s: password: has more than 8 characters, which password_long "
			       "refuses",
			       path);
	return check_lists(file, err) || err_wrap(err, "%s", path);
}

static bool check(const char *path, const struct account_file *file, struct err *err)
{
	const struct {
		const char *key, *value;
		size_t max;
	} bounded[] = {
		{"system_id", file->system_id, 15},	    {"password", file->password, 64},
		{"system_type", file->system_type, 12},	    {"service_type", file->service_type, 5},
		{"address_range", file->address_range, 40},
	};

	if (!name_fits(file->name))
		return err_set(err, ERR_INPUT,
			       "%s: name: \"%s\"; expected small letters, digits, - and _, "
			       "beginning with a letter or digit, at most 32",
			       path, file->name);
	if (file->host[0] == '\0' || file->system_id[0] == '\0')
		return err_set(err, ERR_INPUT, "%s: %s: is empty", path,
			       file->host[0] == '\0' ? "host" : "system_id");
	for (size_t i = 0; i < sizeof(bounded) / sizeof(bounded[0]); i++)
		if (strlen(bounded[i].value) > bounded[i].max)
			return err_set(err, ERR_INPUT,
				       "%s: %s: at most %zu characters are possible", path,
				       bounded[i].key, bounded[i].max);
	return check_values(path, file, err);
}

bool account_file_load(const char *path, struct account_file *out, struct err *err)
{
	*out = (struct account_file){0};
	if (!config_load(path, account_file_rows, out, err))
		return false;
	if (check(path, out, err))
		return true;
	account_file_free(out);
	return false;
}

void account_file_free(struct account_file *file)
{
	config_free(account_file_rows, file);
}
