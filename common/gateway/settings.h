/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* settings - what table `account` says of any account, however its provider is spoken to.
 *
 * A gateway's own settings of an account begin with these; it loads both with one statement:
 * GATEWAY_SETTINGS_SQL selects the columns that gateway_settings_read() reads, its own follow. */
#ifndef VESTNIK_GATEWAY_SETTINGS_H
#define VESTNIK_GATEWAY_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/model/receipt.h"
#include "common/sms/alphabet.h"
#include "common/sms/parts.h"
#include "common/store/pg.h"

#define SETTINGS_PROBLEM_SIZE 200
#define SETTINGS_SLOW_MAX     16

struct gateway_settings {
	int64_t changed_at_us;
	int32_t parts_per_s; /* over all connections; 0: no limit */
	int16_t account_id;
	int16_t max_parts;
	int16_t retry_max;
	enum sms_split split;
	enum sms_alphabet alphabet; /* for the gateway to set; else GSM's */
	enum id_base id_response_base;
	bool id_strip_zeros;
	bool id_keep_case;   /* for the gateway to set */
	bool keep_raw_ids;   /* the same: what is accepted may have to be asked about */
	bool held_elsewhere; /* the lease is somebody's right now */
	/* Statuses whose refusals are no tries at this account; none: those of the gateway's kind.
	 */
	int64_t slow[SETTINGS_SLOW_MAX];
	size_t slow_count;
	struct gateway_settings *older; /* of the gate: what was in force before */
	char name[33];
	char problem[SETTINGS_PROBLEM_SIZE]; /* why it cannot be used as it stands; "": it can */
};

/* Columns of the FROM that follows; conditions may be added to it. */
#define GATEWAY_SETTINGS_SQL                                                                       \
	"SELECT a.id, a.name, a.changed_at, a.parts_per_s, a.split, a.max_parts,"                  \
	" a.id_response_base, a.id_strip_zeros, a.retry_max,"                                      \
	" coalesce(l.until > clock_timestamp(), false)"
#define GATEWAY_SETTINGS_FROM " FROM account a LEFT JOIN account_lease l ON l.account_id = a.id"
/* Every enabled account, or of those only the names in $1. */
#define GATEWAY_SETTINGS_WHERE                                                                     \
	" WHERE a.enabled AND (cardinality($1::text[]) = 0 OR a.name = ANY ($1::text[]))"

/* How the ids of answers are made comparable. */
struct id_rules gateway_settings_ids(const struct gateway_settings *s);

/* The columns of one row, read from left to right. */
struct settings_row {
	const struct pg_result *result;
	size_t row;
	int col;
};

int64_t settings_int(struct settings_row *r);
bool settings_bool(struct settings_row *r);
void settings_text(struct settings_row *r, char *out, size_t size);
/* The index of the word among `words`, which NULL ends; the columns are CHECKed, so an unknown word
 * is a newer schema's and counts as the first. */
int settings_word(struct settings_row *r, const char *const *words);
/* ID_AS_IS and its like. */
enum id_base settings_id_base(struct settings_row *r);

void gateway_settings_read(struct settings_row *r, struct gateway_settings *s);

#endif
