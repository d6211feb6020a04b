/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account - an account at a provider as people set it: its settings with their bounds, which the
 * file of `vestnik account put`, the API and the statements that store it have in common.
 *
 * A row's key is the column of table account, except for those that account_row_is_column() says
 * are none: the provider's name, and the secrets, which the vault seals.  Defaults and bounds are
 * those of the table. */
#ifndef VESTNIK_MODEL_ACCOUNT_H
#define VESTNIK_MODEL_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/config.h"
#include "common/base/err.h"
#include "common/store/pg.h"

enum account_kind { ACCOUNT_SMPP, ACCOUNT_HTTP };
enum account_tls { ACCOUNT_TLS_OFF, ACCOUNT_TLS_ON, ACCOUNT_TLS_INSECURE };

struct account_settings {
	char *name, *provider; /* provider "": one of the account's own name */
	int kind;
	char *profile;		      /* of kind http */
	struct config_pairs settings; /* of kind http: the profile's, without its secrets */
	struct config_pairs secrets;  /* likewise: those to be stored; the others stay */
	char *password;		      /* of kind smpp; "": the stored one stays */
	char *host, *more_hosts, *tls_ca_file, *tls_server_name, *tls_cert_file, *tls_key_file,
		*clear_link_ground;
	char *system_id, *system_type, *address_range, *service_type;
	char *extra_tlvs, *status_actions, *stop_statuses, *stop_errors;
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
	int64_t query_after_s, connections;
	int64_t enquire_link_ms, response_timeout_ms, reconnect_min_ms;
};

extern const struct config_row account_rows[];

bool account_row_is_column(const struct config_row *row);
/* Whether accounts of that kind have it at all. */
bool account_row_is_of(const struct config_row *row, enum account_kind kind);

/* Read a file of account_rows.  ERR_INPUT says file, key and what is expected. */
bool account_settings_load(const char *path, struct account_settings *out, struct err *err);
void account_settings_free(struct account_settings *s);

/* What the rows cannot say by themselves.  False: *key_out is the setting to blame and err says in
 * a sentence what is wrong with it. */
bool account_settings_check(const struct account_settings *s, const char **key_out,
			    struct err *err);

/* Every setting at its default; the name is "". */
void account_settings_default(struct account_settings *out);

/* --- the database (account_store.c)
 * --------------------------------------------------------------- */

/* The statement that inserts an account (fails when the name is taken), or, with `replace`, sets
 * every setting of the one of that name; it returns (id, created), and its parameters are those of
 * account_settings_push(). */
void account_insert_sql(bool replace, struct buf *sql);
/* UPDATE ... SET of every setting, likewise; the condition, whose first parameter has the number
 * that is returned, is the caller's. */
int account_update_sql(struct buf *sql);
void account_settings_push(const struct account_settings *s, struct pg_params *params);

/* What to select from `account a` and `provider p` for account_settings_read(). */
void account_columns_sql(struct buf *sql);
/* Those columns of row i, from `col` on, over the defaults that `s` holds.  The settings of kind
 * http are left to the caller, who is given their JSON. */
const char *account_settings_read(const struct pg_result *rows, size_t i, int col,
				  struct account_settings *s);

#endif
