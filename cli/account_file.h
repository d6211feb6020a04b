/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_file - an SMPP account as a YAML file; its keys are the columns of table account. */
#ifndef VESTNIK_CLI_ACCOUNT_FILE_H
#define VESTNIK_CLI_ACCOUNT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/config.h"
#include "common/base/err.h"

struct account_file {
	char *name, *host, *more_hosts, *tls_ca_file, *tls_server_name, *tls_cert_file,
		*tls_key_file;
	char *system_id, *system_type, *address_range, *service_type;
	char *extra_tlvs, *status_actions;
	char *password; /* "": the stored one stays */
	bool enabled, dest_plus, source_plus, id_strip_zeros, user_reference, acceptd_final,
		only_ok;
	int tls, bind_mode, password_long, split, send_alphabet, validity_form;
	int receipt_parts, receipt_wins, default_alphabet, id_response_base, id_receipt_base,
		id_case;
	int64_t price_micro, parts_per_s, port, sessions, window_size;
	int64_t interface_version, binds_per_min, submits_per_bind, bind_timeout_ms;
	int64_t bind_ton, bind_npi, source_ton, source_npi, number_ton, number_npi;
	int64_t short_ton, short_npi, dest_ton, dest_npi, coding_gsm, coding_ucs2;
	int64_t max_parts, registered_delivery, receipt_zone_s, validity_max_s, retry_max;
	int64_t query_after_s;
	int64_t enquire_link_ms, response_timeout_ms, reconnect_min_ms;
};

/* Every column but the password, which comes last.  Defaults and bounds are those of the table. */
extern const struct config_row account_file_rows[];

/* Everything the rows cannot say by themselves. */
bool account_file_load(const char *path, struct account_file *out, struct err *err);
void account_file_free(struct account_file *file);

#endif
