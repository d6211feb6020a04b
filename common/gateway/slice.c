/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* slice - see slice.h. */
#include "common/gateway/slice.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

uint64_t slice_bits(unsigned n)
{
	return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

int64_t slice_mask(const struct slice_message *m, uint64_t bits)
{
	return bits == slice_bits(m->pdus) ? -1 : (int64_t)bits;
}

int slice_ref_part(const struct slice_message *m, unsigned pdu, bool receipt_any)
{
	int part = (int)pdu + 1;

	if (m->parts == 1)
		return part;
	if (m->pdus == 1)
		return 0;
	return receipt_any ? -part : part;
}

/* --- building ----------------------------------------------------------------------------------
 */

/* Parts gather here first: how many there are is known at the end. */
struct builder {
	struct slice *slice;
	struct slice_part *part;
	size_t part_count, part_cap;
	size_t text_len;
};

static void add_part(struct builder *b, size_t offset, size_t len)
{
	if (b->part_count == b->part_cap) {
		b->part_cap = b->part_cap * 2 + 64;
		b->part = mem_realloc(b->part, b->part_cap, sizeof(*b->part));
	}
	b->part[b->part_count++] = (struct slice_part){(uint32_t)offset, (uint32_t)len};
}

static void set_fate(struct slice_message *m, enum message_state fate, int reason)
{
	m->fate = (uint8_t)fate;
	m->fate_reason = reason;
}

/* A message this account cannot carry has failed; nothing is cut off silently. */
static void split_message(struct builder *b, struct slice_message *m, const struct slice_row *row,
			  const struct slice_form *form)
{
	struct sms_parts parts;
	struct err err = {0};
	uint64_t all;

	if (!sms_alphabet_split(form->alphabet, row->text, row->len, form->split, form->max_parts,
				&parts, &err)) {
		set_fate(m, MESSAGE_FAILED, REASON_TEXT_TOO_LONG);
		return;
	}
	m->first_part = (uint32_t)b->part_count;
	m->parts = (uint8_t)parts.count;
	m->encoding = (uint8_t)parts.encoding;
	m->pdus = m->parts;
	if (form->split == SMS_SPLIT_PAYLOAD && parts.count > 1) {
		m->pdus = 1;
		add_part(b, b->text_len, row->len);
	} else {
		for (unsigned i = 0; i < parts.count; i++)
			add_part(b, b->text_len + parts.part[i].offset, parts.part[i].len);
	}
	all = slice_bits(m->pdus);
	/* A mask of parts that no longer exist (the account's way to split has changed) is no
	 * reason to skip anybody. */
	m->todo = (uint64_t)row->mask & all ? (uint64_t)row->mask & all : all;
	m->open = m->todo;
}

static void build_message(struct builder *b, size_t i, const struct slice_row *row,
			  const struct slice_form *form)
{
	struct slice_message *m = &b->slice->messages[i];

	m->id = row->id;
	m->msisdn = row->msisdn;
	if (row->send)
		split_message(b, m, row, form);
	else if (row->reason != REASON_NONE)
		set_fate(m, MESSAGE_CANCELLED, row->reason);
	else /* another batch has it now: this position is settled, the message is not touched */
		set_fate(m, MESSAGE_CLAIMED, REASON_NONE);
	b->slice->parts_left += (uint32_t)__builtin_popcountll(m->todo);
	memcpy((char *)b->slice->text + b->text_len, row->text, row->len);
	b->text_len += row->len;
}

/* Deal the positions out among the messages. */
static void weigh(struct slice *s, bool home)
{
	uint16_t at = s->from;

	for (size_t i = 0; i < s->count; i++) {
		struct slice_message *m = &s->messages[i];
		uint16_t end =
			home ? (uint16_t)(m->id - s->batch_id + 1) : (uint16_t)(s->from + i + 1);

		if (i + 1 == s->count || end > s->to || end <= at)
			end = i + 1 == s->count ? s->to : (uint16_t)(at + 1);
		m->from = at;
		m->weight = (uint16_t)(end - at);
		at = end;
	}
}

static struct slice *allocate(const struct slice_row *rows, size_t count)
{
	size_t text_bytes = 0;
	struct slice *s;

	for (size_t i = 0; i < count; i++)
		text_bytes += rows[i].len;
	s = mem_alloc(sizeof(*s) + count * sizeof(*s->messages) + text_bytes);
	memset(s, 0, sizeof(*s) + count * sizeof(*s->messages));
	s->messages = (struct slice_message *)(s + 1);
	s->text = (const char *)(s->messages + count);
	s->count = (uint16_t)count;
	return s;
}

/* One allocation for good: the parts go behind the texts. */
static struct slice *seal(struct builder *b)
{
	struct slice *s = b->slice;
	size_t text_end = (size_t)(s->text - (const char *)s) + b->text_len;
	size_t parts_at =
		(text_end + _Alignof(struct slice_part) - 1) & ~(_Alignof(struct slice_part) - 1);

	s = mem_realloc(s, 1, parts_at + b->part_count * sizeof(*b->part));
	s->messages = (struct slice_message *)(s + 1);
	s->text = (const char *)(s->messages + s->count);
	s->part = (struct slice_part *)(void *)((char *)s + parts_at);
	if (b->part_count > 0)
		memcpy(s->part, b->part, b->part_count * sizeof(*b->part));
	mem_free(b->part);
	return s;
}

struct slice *slice_build(const struct slice_head *head, const struct slice_row *rows, size_t count,
			  const struct slice_form *form)
{
	struct builder b = {.slice = allocate(rows, count)};
	struct slice *s = b.slice;

	s->note.kind = NOTE_SLICE;
	s->batch_id = head->batch_id;
	s->run_id = head->run_id;
	s->deadline_us = head->deadline_us;
	s->stop_us = head->stop_us;
	s->lane = head->lane;
	s->class = head->class;
	s->attempt = head->attempt;
	s->from = head->from;
	s->to = head->to;
	s->unresolved = s->count;
	s->form = *form;
	snprintf(s->sender, sizeof(s->sender), "%s", head->sender);
	for (size_t i = 0; i < count; i++)
		build_message(&b, i, &rows[i], form);
	weigh(s, head->home);
	return seal(&b);
}
