/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* settings - an SMPP account and everything peculiar about it, as table `account` says. */
#ifndef VESTNIK_SMPPD_SETTINGS_H
#define VESTNIK_SMPPD_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/gateway/gateway.h"
#include "common/gateway/settings.h"
#include "common/sms/user_data.h"

#define SETTINGS_HOST_SIZE  256
#define SETTINGS_PATH_SIZE  512
#define SETTINGS_STOPS_SIZE 256

enum settings_tls { TLS_OFF, TLS_ON, TLS_INSECURE };

struct settings {
	struct gateway_settings gateway; /* first: store threads know no more */
	int32_t port;
	int32_t receipt_zone_s;
	int32_t validity_max_s;
	int32_t enquire_link_ms;
	int32_t response_timeout_ms;
	int32_t reconnect_min_ms;
	int16_t sessions;
	int16_t window_size; /* unanswered parts of one session */
	enum settings_tls tls;
	enum id_base id_receipt_base;
	enum sms_coding default_alphabet; /* of incoming data_coding 0 */
	bool tx_rx; /* a transmitter and a receiver instead of one transceiver */
	bool dest_plus;
	bool receipt_any; /* one receipt covers the whole message */
	bool user_reference;
	uint8_t bind_ton, bind_npi;
	uint8_t source_ton, source_npi; /* of alphanumeric senders */
	uint8_t dest_ton, dest_npi;
	uint8_t registered_delivery;
	char host[SETTINGS_HOST_SIZE];
	char tls_ca_file[SETTINGS_PATH_SIZE], tls_server_name[SETTINGS_HOST_SIZE];
	/* What this operator says when the person has stopped us: numbers, errors, each between two
	 * spaces. */
	char stop_statuses[SETTINGS_STOPS_SIZE], stop_errors[SETTINGS_STOPS_SIZE];
	char system_id[17], password[65], system_type[14], address_range[42], service_type[7];
};

/* Whether `stops` has it. */
bool settings_stops(const char *stops, const char *what);

/* Hooks of struct gateway_kind. */
bool settings_load(const struct gateway *gateway, struct pg *pg, const char *const *names,
		   size_t name_count, struct gateway_settings ***out, size_t *count_out,
		   struct err *err);
void settings_free(struct gateway_settings **settings);

#endif
