/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* settings - an SMPP account and everything peculiar about it, as table `account` says. */
#ifndef VESTNIK_SMPPD_SETTINGS_H
#define VESTNIK_SMPPD_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/model/receipt.h"
#include "common/sms/parts.h"
#include "common/sms/user_data.h"
#include "common/store/pg.h"

#define SETTINGS_HOST_SIZE 256
#define SETTINGS_PATH_SIZE 512

enum settings_tls { TLS_OFF, TLS_ON, TLS_INSECURE };

struct settings {
	int64_t changed_at_us;
	int32_t parts_per_s; /* over all sessions; 0: no limit */
	int32_t port;
	int32_t receipt_zone_s;
	int32_t validity_max_s;
	int32_t enquire_link_ms;
	int32_t response_timeout_ms;
	int32_t reconnect_min_ms;
	int16_t account_id;
	int16_t sessions;
	int16_t window_size; /* unanswered parts of one session */
	int16_t max_parts;
	int16_t retry_max;
	enum settings_tls tls;
	enum sms_split split;
	enum id_base id_response_base, id_receipt_base;
	enum sms_coding default_alphabet; /* of incoming data_coding 0 */
	bool tx_rx; /* a transmitter and a receiver instead of one transceiver */
	bool dest_plus;
	bool receipt_any; /* one receipt covers the whole message */
	bool id_strip_zeros;
	bool user_reference;
	bool held_elsewhere; /* the lease is somebody's right now */
	uint8_t bind_ton, bind_npi;
	uint8_t source_ton, source_npi; /* of alphanumeric senders */
	uint8_t dest_ton, dest_npi;
	uint8_t registered_delivery;
	char name[33];
	char host[SETTINGS_HOST_SIZE];
	char tls_ca_file[SETTINGS_PATH_SIZE], tls_server_name[SETTINGS_HOST_SIZE];
	char system_id[17], password[65], system_type[14], address_range[42], service_type[7];
};

/* Every enabled account, or of those only the `names`.  *out is the caller's to mem_free(). */
bool settings_load(struct pg *pg, const char *const *names, size_t name_count,
		   struct settings **out, size_t *count_out, struct err *err);

#endif
