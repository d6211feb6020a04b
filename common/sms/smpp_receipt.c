/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_receipt - what a delivery receipt says, whatever its centre makes of the standard's example
 *
 *   id:IIIIIIIIII sub:SSS dlvrd:DDD submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DDDDDDD err:E
 * text:...
 *
 * The text is read as labels and values: a label is a known word in any letter case at the start of
 * a word and before a colon; its value is the next word, if that stands before the next label.
 * After `text:` comes the subscriber's text, which is not searched once an id was found.  One
 * family of centres writes seven fields with commas instead.  Text and TLVs are read each for
 * itself; where they disagree the rules say who wins.
 *
 * States: DELIVERED is delivered; UNDELIVERABLE, DELETED and SKIPPED are undelivered; EXPIRED and
 * REJECTED are themselves; SCHEDULED, ENROUTE, ACCEPTED and what means "buffered" say only that the
 * message is on its way (accepted); UNKNOWN and every other word are unknown. */
#include "common/sms/smpp.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/model/message.h"

#define ESM_TYPE_MASK	      0x3C
#define ESM_TYPE_RECEIPT      0x04
#define ESM_TYPE_INTERMEDIATE 0x20
#define ESM_UDHI	      0x40
#define NUMBER_ACCEPTED	      6 /* message_state */

#define STATE_NONE    (-1) /* nothing said about the state */
#define STATE_ACCEPTD (-2) /* what the rules say it is */

static bool is_type(const struct smpp_sm *sm, uint8_t type)
{
	return (sm->esm_class & ESM_TYPE_MASK) == type;
}

bool smpp_is_receipt(const struct smpp_sm *sm)
{
	struct smpp_octets id;

	if (is_type(sm, ESM_TYPE_RECEIPT) || is_type(sm, ESM_TYPE_INTERMEDIATE))
		return true;
	return is_type(sm, 0) && smpp_tlv_find(sm->tlvs, SMPP_TAG_RECEIPTED_MESSAGE_ID, &id);
}

/* --- words ---------------------------------------------------------------------------------------
 */

struct span {
	const char *at, *end;
};

static size_t span_len(struct span s)
{
	return (size_t)(s.end - s.at);
}

static bool is_space(char c)
{
	return c == '\0' || isspace((unsigned char)c);
}

static struct span skip_space(struct span s)
{
	while (s.at < s.end && is_space(*s.at))
		s.at++;
	return s;
}

static struct span first_word(struct span s)
{
	struct span word = skip_space(s);
	const char *end = word.at;

	while (end < s.end && !is_space(*end))
		end++;
	word.end = end;
	return word;
}

static bool starts_with(struct span s, const char *word)
{
	size_t len;

	/* Most words differ in their first letter already. */
	if (span_len(s) == 0 || ((s.at[0] ^ word[0]) & ~0x20) != 0)
		return false;
	len = strlen(word);
	return span_len(s) >= len && strncasecmp(s.at, word, len) == 0;
}

/* Copy what fits; of a longer id the end is what tells ids apart. */
static void copy_tail(char *out, size_t size, struct span s)
{
	if (span_len(s) >= size)
		s.at = s.end - (size - 1);
	memcpy(out, s.at, span_len(s));
	out[span_len(s)] = '\0';
}

static void copy_head(char *out, size_t size, struct span s)
{
	if (span_len(s) >= size)
		s.end = s.at + size - 1;
	copy_tail(out, size, s);
}

/* --- states --------------------------------------------------------------------------------------
 */

int smpp_message_state(unsigned number)
{
	static const int states[] = {
		MESSAGE_ACCEPTED,    /* 0 SCHEDULED */
		MESSAGE_ACCEPTED,    /* 1 ENROUTE */
		MESSAGE_DELIVERED,   /* 2 DELIVERED */
		MESSAGE_EXPIRED,     /* 3 EXPIRED */
		MESSAGE_UNDELIVERED, /* 4 DELETED */
		MESSAGE_UNDELIVERED, /* 5 UNDELIVERABLE */
		MESSAGE_ACCEPTED,    /* 6 ACCEPTED */
		MESSAGE_UNKNOWN,     /* 7 UNKNOWN */
		MESSAGE_REJECTED,    /* 8 REJECTED */
		MESSAGE_UNDELIVERED, /* 9 SKIPPED */
	};

	return number < sizeof(states) / sizeof(states[0]) ? states[number] : MESSAGE_UNKNOWN;
}

/* Beginnings of words, because centres cut and stretch them (DELIVRD, DELIVERED). */
static int state_of_word(struct span word)
{
	static const struct {
		const char *start;
		int state;
	} words[] = {
		{"DELIV", MESSAGE_DELIVERED},	  {"UNDELIV", MESSAGE_UNDELIVERED},
		{"EXPIRED", MESSAGE_EXPIRED},	  {"REJECT", MESSAGE_REJECTED},
		{"DELETED", MESSAGE_UNDELIVERED}, {"ACCEPT", STATE_ACCEPTD},
		{"ENROUTE", MESSAGE_ACCEPTED},	  {"BUFF", MESSAGE_ACCEPTED},
		{"ACKED", MESSAGE_ACCEPTED},	  {"SCHEDUL", MESSAGE_ACCEPTED},
		{"FAILED", MESSAGE_UNDELIVERED},  {"SKIPPED", MESSAGE_UNDELIVERED},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (starts_with(word, words[i].start))
			return words[i].state;
	}
	return MESSAGE_UNKNOWN;
}

/* --- text ----------------------------------------------------------------------------------------
 */

enum label { LABEL_ID, LABEL_DONE, LABEL_STAT, LABEL_ERR, LABEL_TEXT, LABEL_OTHER };

/* Whether a known label stands at s.at; *value_out is what follows its colon. */
static bool label_at(struct span s, enum label *out, struct span *value_out)
{
	static const struct {
		const char *word;
		enum label label;
	} labels[] = {
		{"id", LABEL_ID},
		{"sub", LABEL_OTHER},
		{"dlvrd", LABEL_OTHER},
		{"submit date", LABEL_OTHER},
		{"submit_date", LABEL_OTHER},
		{"done date", LABEL_DONE},
		{"done_date", LABEL_DONE},
		{"stat", LABEL_STAT},
		{"err", LABEL_ERR},
		{"text", LABEL_TEXT},
	};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		struct span rest;

		if (!starts_with(s, labels[i].word))
			continue;
		rest = skip_space((struct span){s.at + strlen(labels[i].word), s.end});
		if (rest.at == rest.end || *rest.at != ':')
			continue;
		*out = labels[i].label;
		*value_out = (struct span){rest.at + 1, rest.end};
		return true;
	}
	return false;
}

static bool word_starts(const char *begin, const char *at)
{
	return at == begin || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');
}

/* The value that begins at s.at: its first word, empty when a label comes first. */
static struct span value_of(struct span s)
{
	struct span word = first_word(s), rest;
	enum label label;

	for (const char *at = word.at; at < word.end; at++) {
		if (word_starts(s.at, at) && label_at((struct span){at, s.end}, &label, &rest)) {
			word.end = at;
			break;
		}
	}
	return word;
}

struct text_parse {
	struct smpp_receipt *out;
	int32_t zone_offset_s;
	bool id_known; /* from elsewhere */
};

static void take_value(const struct text_parse *p, enum label label, struct span value)
{
	struct smpp_receipt *out = p->out;

	if (span_len(value) == 0)
		return;
	if (label == LABEL_ID && out->id[0] == '\0')
		copy_tail(out->id, sizeof(out->id), value);
	else if (label == LABEL_STAT && out->state == STATE_NONE)
		out->state = state_of_word(value);
	else if (label == LABEL_ERR && out->err[0] == '\0')
		copy_head(out->err, sizeof(out->err), value);
	else if (label == LABEL_DONE && out->done_at_us == 0)
		out->done_at_us = smpp_time_receipt_us(value.at, span_len(value), p->zone_offset_s);
}

static void read_labels(const struct text_parse *p, struct span text)
{
	const char *begin = text.at;

	while (text.at < text.end) {
		struct span rest, value;
		enum label label;

		if (!word_starts(begin, text.at) || !label_at(text, &label, &rest)) {
			text.at++;
			continue;
		}
		if (label == LABEL_TEXT && (p->id_known || p->out->id[0] != '\0'))
			return;
		value = value_of(rest);
		take_value(p, label, value);
		text.at = value.end;
	}
}

/* 00,YYMMDDhhmm,YYMMDDhhmm,err,destination,source,reference: the reference is the id.  What the
 * first field may hold is nowhere written; 00 without an error is taken for delivered. */
static void read_commas(const struct text_parse *p, struct span text)
{
	enum { STATUS, SUBMITTED, DONE, ERR, DESTINATION, SOURCE, REFERENCE, FIELDS };
	struct span field[FIELDS];
	int64_t done_us;

	for (int i = 0; i < FIELDS; i++) {
		const char *comma =
			span_len(text) > 0 ? memchr(text.at, ',', span_len(text)) : NULL;

		if ((comma == NULL) != (i == REFERENCE))
			return;
		field[i] = first_word((struct span){text.at, comma != NULL ? comma : text.end});
		text.at = comma != NULL ? comma + 1 : text.end;
	}
	done_us = smpp_time_receipt_us(field[DONE].at, span_len(field[DONE]), p->zone_offset_s);
	if (done_us == 0)
		return;
	p->out->done_at_us = done_us;
	take_value(p, LABEL_ID, field[REFERENCE]);
	take_value(p, LABEL_ERR, field[ERR]);
	if (p->out->state == STATE_NONE && starts_with(field[STATUS], "00") &&
	    strspn(p->out->err, "0") == strlen(p->out->err))
		p->out->state = MESSAGE_DELIVERED;
}

/* --- TLVs ----------------------------------------------------------------------------------------
 */

static bool all_ascii_digits(struct smpp_octets o)
{
	for (size_t i = 0; i < o.len; i++) {
		if (!isdigit(o.data[i]))
			return false;
	}
	return true;
}

static void read_tlvs(struct smpp_octets tlvs, struct smpp_receipt *out)
{
	struct smpp_octets v;

	if (smpp_tlv_find(tlvs, SMPP_TAG_RECEIPTED_MESSAGE_ID, &v)) {
		const char *id = (const char *)v.data;

		copy_tail(out->id, sizeof(out->id),
			  first_word((struct span){id, id + strnlen(id, v.len)}));
	}
	if (smpp_tlv_find(tlvs, SMPP_TAG_MESSAGE_STATE, &v) && v.len == 1)
		out->state = v.data[0] == NUMBER_ACCEPTED ? STATE_ACCEPTD
							  : smpp_message_state(v.data[0]);
	if (smpp_tlv_find(tlvs, SMPP_TAG_NETWORK_ERROR_CODE, &v) && v.len == 3) {
		if (all_ascii_digits(v)) /* three digits instead of type and number */
			memcpy(out->err, v.data, v.len);
		else
			snprintf(out->err, sizeof(out->err), "%03u",
				 (unsigned int)(v.data[1] << 8 | v.data[2]));
	}
}

static struct span receipt_text(const struct smpp_sm *sm)
{
	struct smpp_octets octets = sm->short_message;
	const char *text;

	if (octets.len == 0 && !smpp_tlv_find(sm->tlvs, SMPP_TAG_MESSAGE_PAYLOAD, &octets))
		return (struct span){"", ""};
	if ((sm->esm_class & ESM_UDHI) != 0 && octets.len > 0 && octets.len > octets.data[0]) {
		octets.len -= octets.data[0] + 1u;
		octets.data += octets.data[0] + 1u;
	}
	text = (const char *)octets.data;
	return (struct span){text, text + octets.len};
}

/* What the text says, by labels or by commas.  An id that TLVs name is not searched behind `text:`.
 */
static void read_text(const struct smpp_sm *sm, int32_t zone_offset_s, bool id_known,
		      struct smpp_receipt *out)
{
	const struct text_parse parse = {out, zone_offset_s, id_known};
	struct span text = receipt_text(sm);

	read_labels(&parse, text);
	/* Without one label the text may be of the other family. */
	if (out->done_at_us == 0 && out->state == STATE_NONE)
		read_commas(&parse, text);
}

/* Fill what `out` lacks. */
static void complete(struct smpp_receipt *out, const struct smpp_receipt *other)
{
	if (out->id[0] == '\0')
		memcpy(out->id, other->id, sizeof(out->id));
	if (out->state == STATE_NONE)
		out->state = other->state;
	if (out->err[0] == '\0')
		memcpy(out->err, other->err, sizeof(out->err));
	if (out->done_at_us == 0)
		out->done_at_us = other->done_at_us;
}

bool smpp_receipt_parse(const struct smpp_sm *sm, const struct smpp_receipt_rules *rules,
			struct smpp_receipt *out)
{
	struct smpp_receipt tlvs = {.state = STATE_NONE}, text = {.state = STATE_NONE};

	read_tlvs(sm->tlvs, &tlvs);
	read_text(sm, rules->zone_offset_s, tlvs.id[0] != '\0', &text);
	*out = rules->text_wins ? text : tlvs;
	complete(out, rules->text_wins ? &tlvs : &text);
	if (out->state == STATE_ACCEPTD)
		out->state = rules->acceptd_final ? MESSAGE_DELIVERED : MESSAGE_ACCEPTED;
	if (out->state == STATE_NONE)
		out->state =
			is_type(sm, ESM_TYPE_INTERMEDIATE) ? MESSAGE_ACCEPTED : MESSAGE_UNKNOWN;
	return out->id[0] != '\0';
}
