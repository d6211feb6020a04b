/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* proof_log - the file a test holds against the database: what was submitted, in order of arrival.
 *
 * A line is twelve words, separated by a space:
 *
 *   ms session system_id destination ref total seq id hash status fate sequence
 *
 * ms is the monotonic clock; ref total seq are those of the UDH or the SAR TLVs (0 0 0 when
 * single); id is `-` unless status is 0x00000000; hash is FNV-1a, 64 bits, of the text without its
 * UDH; fate is `answered` or `lost` (never to be answered); sequence is the PDU's sequence_number.
 * Where an answer was meant and its session died first, a line `lost ms session sequence id`
 * follows later. */
#ifndef SMSCSIM_PROOF_LOG_H
#define SMSCSIM_PROOF_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/sms/smpp.h"

struct proof_log {
	int fd; /* -1: no file */
	struct buf pending;
};

struct proof_line {
	uint64_t ms;
	uint32_t session;
	const char *system_id, *destination;
	uint16_t ref;
	uint8_t total, seq;
	const char *id; /* "" when refused */
	uint64_t hash;
	uint32_t status;
	bool lost;
	uint32_t sequence;
};

bool proof_log_open(struct proof_log *log, const char *path, struct err *err);
void proof_log_close(struct proof_log *log);
void proof_log_add(struct proof_log *log, const struct proof_line *line);
void proof_log_lost(struct proof_log *log, uint64_t ms, uint32_t session, uint32_t sequence,
		    const char *id);
/* Everything said so far stands in the file; false when the file cannot be written. */
bool proof_log_flush(struct proof_log *log);

/* The text of a submit (no UDH) and its place among the parts of a long message. */
struct part {
	struct smpp_octets text;
	uint16_t ref;
	uint8_t total, seq; /* 0 when single */
};
void part_of(const struct smpp_sm *sm, struct part *out);
uint64_t hash_octets(struct smpp_octets octets);

#endif
