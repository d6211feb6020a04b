/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* settings - an SMPP account and everything peculiar about it, as table `account` says. */
#ifndef VESTNIK_SMPPD_SETTINGS_H
#define VESTNIK_SMPPD_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/gateway/gateway.h"
#include "common/gateway/settings.h"
#include "common/sms/smpp_quirks.h"
#include "common/sms/user_data.h"

#define SETTINGS_PATH_SIZE    512
#define SETTINGS_STOPS_SIZE   256
#define SETTINGS_SESSIONS_MAX 64 /* account.sessions, twice for tx_rx */

enum settings_tls { TLS_OFF, TLS_ON, TLS_INSECURE };
enum settings_validity { VALIDITY_RELATIVE, VALIDITY_ABSOLUTE, VALIDITY_NONE };

struct settings {
	struct gateway_settings gateway; /* first: store threads know no more */
	int32_t receipt_zone_s;
	int32_t validity_max_s;
	int32_t enquire_link_ms;
	int32_t response_timeout_ms;
	int32_t reconnect_min_ms;
	int32_t bind_timeout_ms;
	int32_t submits_per_bind; /* 0: as many as there are */
	int32_t query_after_s;	  /* 0: nothing is asked about */
	int16_t binds_per_min;	  /* 0: no limit */
	int16_t sessions;
	int16_t window_size; /* unanswered parts of one session */
	enum settings_tls tls;
	enum settings_validity validity_form;
	enum id_base id_receipt_base;
	enum sms_coding default_alphabet; /* of incoming data_coding 0 */
	bool tx_rx; /* a transmitter and a receiver instead of one transceiver */
	bool dest_plus;
	bool receipt_any; /* one receipt covers the whole message */
	bool user_reference;
	bool source_plus;
	bool receipt_text_wins; /* over TLVs */
	bool acceptd_final;
	bool only_ok; /* nothing but 0 is answered to the centre's requests */
	uint8_t interface_version;
	uint8_t bind_ton, bind_npi;
	uint8_t source_ton, source_npi; /* of alphanumeric senders */
	uint8_t number_ton, number_npi; /* of senders that are phone numbers */
	uint8_t short_ton, short_npi;	/* of short codes */
	uint8_t dest_ton, dest_npi;
	uint8_t registered_delivery;
	uint8_t coding_gsm, coding_ucs2;
	struct smpp_host host[1 + SMPP_HOSTS_MAX];
	size_t host_count; /* at least 1 */
	uint8_t extra_tlvs[SMPP_TLVS_SIZE];
	size_t extra_tlvs_len;
	struct smpp_actions actions;
	/* What this operator says when the person has stopped us: numbers, errors, each between two
	 * spaces. */
	char stop_statuses[SETTINGS_STOPS_SIZE], stop_errors[SETTINGS_STOPS_SIZE];
	char tls_ca_file[SETTINGS_PATH_SIZE], tls_server_name[SMPP_HOST_SIZE];
	char tls_cert_file[SETTINGS_PATH_SIZE], tls_key_file[SETTINGS_PATH_SIZE];
	char system_id[17], password[65], system_type[14], address_range[42], service_type[7];
};

/* Whether `stops` has it. */
bool settings_stops(const char *stops, const char *what);
/* Whether sessions bound with the one are not what the other says. */
bool settings_bind_differs(const struct settings *a, const struct settings *b);
/* Sessions the account has at once, counting each bind. */
int settings_binds(const struct settings *s);

/* Hooks of struct gateway_kind. */
bool settings_load(const struct gateway *gateway, struct pg *pg, const char *const *names,
		   size_t name_count, struct gateway_settings ***out, size_t *count_out,
		   struct err *err);
void settings_free(struct gateway_settings **settings);

#endif
