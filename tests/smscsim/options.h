/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* options - how the simulator behaves: read from the command line, changed by the control line.
 *
 * One table of rows gives --help, parsing, `set` and `get`.  Rows marked as start-only cannot be
 * set while the simulator runs. */
#ifndef SMSCSIM_OPTIONS_H
#define SMSCSIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define PERMILLE	1000
#define ERROR_KINDS_MAX 16

/* A random value between the two, both included. */
struct range {
	uint32_t min, max;
};

/* Immediate refusals: each status answers this many of a thousand submits. */
struct error_shares {
	unsigned count;
	struct {
		uint32_t status;
		uint32_t permille;
	} share[ERROR_KINDS_MAX];
};

/* A price list of its own: the first line whose prefix and sender fit. */
#define PRICES_MAX 32
struct price {
	char prefix[16];
	char sender[8]; /* "letters", "digits"; "": either */
	uint64_t micro;
};
struct prices {
	unsigned count;
	struct price price[PRICES_MAX];
};
enum charge { CHARGE_ACCEPTED, CHARGE_DELIVERED };

enum receipt_mode { RECEIPTS_NONE, RECEIPTS_ALL, RECEIPTS_FIRST };
enum receipt_format {
	FORMAT_TEXT,	/* the standard's example */
	FORMAT_TLV,	/* TLVs alone */
	FORMAT_BOTH,	/* text and TLVs */
	FORMAT_LOWER,	/* other order and letter case */
	FORMAT_SECONDS, /* 12-digit dates, no sub and dlvrd */
	FORMAT_CENTURY, /* 14-digit dates, underscored labels */
	FORMAT_PAYLOAD, /* the text in message_payload */
	FORMAT_COMMAS,	/* seven fields with commas (delivered or unknown) */
};
enum id_format {
	ID_DEC,	   /* 1700000000000001 */
	ID_HEX,	   /* 60a24181e4001 */
	ID_UUID,   /* 3d5a1c1e-0006-4000-8000-0a24181e4001 */
	ID_ZEROS,  /* twenty digits with zeros in front */
	ID_HEXDEC, /* hexadecimal in the response, decimal in the receipt */
	ID_DECHEX, /* the reverse */
};

struct options {
	char address[64];
	int64_t port;
	char control[16]; /* "", "stdin" or a port */
	char tls_cert[256], tls_key[256];
	char log[256];
	int64_t seed;
	int64_t first_id; /* 0: from the clock */
	char system_id[17], password[65];
	int64_t bind_status;
	struct range latency_ms;
	int64_t rate, queue_rate; /* parts a second */
	int64_t window;
	struct error_shares errors;
	int64_t lost, early, duplicate; /* per mille */
	int64_t cut_every;
	bool silent;
	int receipts; /* enum receipt_mode */
	struct range receipt_delay_ms;
	int receipt_format;
	int64_t undeliv, expired, rejected; /* per mille */
	int64_t outbox;
	int64_t deliver_window;
	int id_format;
	int64_t zone_min;
	struct prices prices;
	int charge; /* enum charge */
	bool per_message;
};

void options_init(struct options *o);
/* `--key value` pairs; false fills err with what is wrong and what was expected. */
bool options_parse(struct options *o, int argc, char **argv, struct err *err);
/* Change one while running; *o is untouched on false. */
bool options_set(struct options *o, const char *key, const char *value, struct err *err);
bool options_get(const struct options *o, const char *key, struct buf *out);
void options_help(struct buf *out);

#endif
