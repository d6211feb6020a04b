/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_file - an SMPP account as a YAML file; its keys are the columns of table account. */
#ifndef VESTNIK_CLI_ACCOUNT_FILE_H
#define VESTNIK_CLI_ACCOUNT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/config.h"
#include "common/base/err.h"

struct account_file {
	char *name, *host, *tls_ca_file, *tls_server_name;
	char *system_id, *system_type, *address_range, *service_type;
	char *password; /* "": the stored one stays */
	bool enabled, dest_plus, id_strip_zeros, user_reference;
	int tls, bind_mode, split, receipt_parts, default_alphabet, id_response_base,
		id_receipt_base;
	int64_t price_micro, parts_per_s, port, sessions, window_size;
	int64_t bind_ton, bind_npi, source_ton, source_npi, dest_ton, dest_npi;
	int64_t max_parts, registered_delivery, receipt_zone_s, validity_max_s, retry_max;
	int64_t enquire_link_ms, response_timeout_ms, reconnect_min_ms;
};

/* Every column but the password, which comes last.  Defaults and bounds are those of the table. */
extern const struct config_row account_file_rows[];

/* Everything the rows cannot say by themselves. */
bool account_file_load(const char *path, struct account_file *out, struct err *err);
void account_file_free(struct account_file *file);

#endif
