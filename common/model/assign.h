/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* assign - which clients fall into a group of their own, by a hash and nothing else.
 *
 * The same client falls into the same ten-thousandth whenever the salt is the same, whoever asks:
 * dispatcherd and apid by this code, the snapshot by ASSIGN_BUCKET_SQL.  Groups need not be stored
 * to stay the same, and groups of different salts know nothing of each other.  A smaller share is
 * part of a greater one of the same salt. */
#ifndef VESTNIK_MODEL_ASSIGN_H
#define VESTNIK_MODEL_ASSIGN_H

#include <stdbool.h>
#include <stdint.h>

#define ASSIGN_BUCKETS 10000

/* 0 to ASSIGN_BUCKETS - 1; the function is PostgreSQL's hashint8extended(). */
int assign_bucket(int64_t client_id, int64_t salt);
/* The same in SQL. */
#define ASSIGN_BUCKET_SQL(client, salt)                                                            \
	"((hashint8extended(" client ", " salt ") & 9223372036854775807) % 10000)"

/* Who gets nothing, so that others can be compared with them. */
struct assign_control {
	int percent; /* 0: nobody is held back */
	int64_t salt;
};
bool assign_held_back(const struct assign_control *control, int64_t client_id);

/* Texts of a campaign: the first for the buckets below bound[0], the next from there on ... */
#define ASSIGN_VARIANTS_MAX 5
struct assign_variants {
	int count; /* of bounds; 0: one text for everybody */
	int bound[ASSIGN_VARIANTS_MAX - 1];
	int64_t salt;
};
/* 0 to `count`. */
int assign_variant(const struct assign_variants *variants, int64_t client_id);
/* The same in SQL; `bounds` as variant_bounds() has them, or null. */
#define ASSIGN_VARIANT_SQL(client, salt, bounds)                                                   \
	"coalesce(width_bucket(" ASSIGN_BUCKET_SQL(client, salt) "::integer, " bounds "), 0)"

#endif
