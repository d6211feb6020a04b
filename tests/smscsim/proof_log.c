/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* proof_log - see proof_log.h.  Written by hand instead of printf: it is on the way of every part.
 */
#include "tests/smscsim/proof_log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PENDING_MAX (1024 * 1024)
#define FLUSH_AT    (256 * 1024)
#define LINE_MAX_   512

#define ESM_UDHI     0x40
#define IE_CONCAT_8  0x00
#define IE_CONCAT_16 0x08
#define FNV_OFFSET   0xcbf29ce484222325u
#define FNV_PRIME    0x100000001b3u

bool proof_log_open(struct proof_log *log, const char *path, struct err *err)
{
	log->fd = -1;
	buf_init(&log->pending, PENDING_MAX);
	if (path[0] == '\0')
		return true;
	log->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (log->fd < 0)
		return err_set(err, ERR_IO, "log %s: %s", path, strerror(errno));
	return true;
}

bool proof_log_flush(struct proof_log *log)
{
	size_t done = 0;

	while (done < log->pending.len) {
		ssize_t n = write(log->fd, log->pending.data + done, log->pending.len - done);

		if (n < 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	buf_reset(&log->pending);
	return true;
}

void proof_log_close(struct proof_log *log)
{
	proof_log_flush(log);
	buf_deinit(&log->pending);
	if (log->fd >= 0)
		close(log->fd);
	log->fd = -1;
}

/* --- words ---------------------------------------------------------------------------------------
 */

static char *put_word(char *at, const char *word)
{
	/* An address off the wire may hold anything; a word of the log may not. */
	if (*word == '\0')
		*at++ = '-';
	for (; *word != '\0'; word++)
		*at++ = *word > ' ' && *word < 0x7f ? *word : '?';
	*at++ = ' ';
	return at;
}

static char *put_number(char *at, uint64_t number)
{
	char digits[20];
	size_t len = 0;

	do {
		digits[len++] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	while (len > 0)
		*at++ = digits[--len];
	*at++ = ' ';
	return at;
}

static char *put_hex(char *at, uint64_t number, int digits)
{
	for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
		*at++ = "0123456789abcdef"[number >> shift & 0xf];
	*at++ = ' ';
	return at;
}

/* Room for a line, or NULL without a file. */
static char *line_begin(struct proof_log *log)
{
	if (log->fd < 0)
		return NULL;
	if (log->pending.len > FLUSH_AT)
		proof_log_flush(log);
	return buf_reserve(&log->pending, LINE_MAX_);
}

static void line_end(struct proof_log *log, char *at)
{
	at[-1] = '\n';
	log->pending.len = (size_t)(at - log->pending.data);
}

void proof_log_add(struct proof_log *log, const struct proof_line *line)
{
	char *at = line_begin(log);

	if (at == NULL)
		return;
	at = put_number(at, line->ms);
	at = put_number(at, line->session);
	at = put_word(at, line->system_id);
	at = put_word(at, line->destination);
	at = put_number(at, line->ref);
	at = put_number(at, line->total);
	at = put_number(at, line->seq);
	at = put_word(at, line->id);
	at = put_hex(at, line->hash, 16);
	*at++ = '0';
	*at++ = 'x';
	at = put_hex(at, line->status, 8);
	at = put_word(at, line->lost ? "lost" : "answered");
	at = put_number(at, line->sequence);
	line_end(log, at);
}

void proof_log_lost(struct proof_log *log, uint64_t ms, uint32_t session, uint32_t sequence,
		    const char *id)
{
	char *at = line_begin(log);

	if (at == NULL)
		return;
	at = put_word(at, "lost");
	at = put_number(at, ms);
	at = put_number(at, session);
	at = put_number(at, sequence);
	at = put_word(at, id);
	line_end(log, at);
}

/* --- parts ---------------------------------------------------------------------------------------
 */

static void read_udh(struct smpp_octets udh, struct part *out)
{
	while (udh.len >= 2 && udh.len - 2 >= udh.data[1]) {
		const uint8_t *ie = udh.data;

		if (ie[0] == IE_CONCAT_8 && ie[1] == 3) {
			out->ref = ie[2];
			out->total = ie[3];
			out->seq = ie[4];
		} else if (ie[0] == IE_CONCAT_16 && ie[1] == 4) {
			out->ref = (uint16_t)(ie[2] << 8 | ie[3]);
			out->total = ie[4];
			out->seq = ie[5];
		}
		udh.data += 2 + ie[1];
		udh.len -= 2u + ie[1];
	}
}

static void read_sar(struct smpp_octets tlvs, struct part *out)
{
	struct smpp_octets ref, total, seq;

	if (smpp_tlv_find(tlvs, SMPP_TAG_SAR_MSG_REF_NUM, &ref) &&
	    smpp_tlv_find(tlvs, SMPP_TAG_SAR_TOTAL_SEGMENTS, &total) &&
	    smpp_tlv_find(tlvs, SMPP_TAG_SAR_SEGMENT_SEQNUM, &seq) && ref.len == 2 &&
	    total.len == 1 && seq.len == 1) {
		out->ref = (uint16_t)(ref.data[0] << 8 | ref.data[1]);
		out->total = total.data[0];
		out->seq = seq.data[0];
	}
}

void part_of(const struct smpp_sm *sm, struct part *out)
{
	struct smpp_octets text = sm->short_message;

	*out = (struct part){0};
	if (text.len == 0)
		smpp_tlv_find(sm->tlvs, SMPP_TAG_MESSAGE_PAYLOAD, &text);
	if ((sm->esm_class & ESM_UDHI) != 0 && text.len > 0 && text.len > text.data[0]) {
		read_udh((struct smpp_octets){text.data + 1, text.data[0]}, out);
		text.len -= text.data[0] + 1u;
		text.data += text.data[0] + 1u;
	}
	if (out->total == 0 && sm->tlvs.len > 0)
		read_sar(sm->tlvs, out);
	out->text = text;
}

uint64_t hash_octets(struct smpp_octets octets)
{
	uint64_t hash = FNV_OFFSET;

	for (size_t i = 0; i < octets.len; i++)
		hash = (hash ^ octets.data[i]) * FNV_PRIME;
	return hash;
}
