/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* registered - see registered.h; reading it is in registered_load.c. */
#include "common/route/registered.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/route/registered_book.h"

#define MATCHES_FIRST 16

struct registered_text {
	const struct registered *book;
	const struct registered_sender *sender;
	enum message_category category;
	const struct registered_pattern **match;
	size_t count, cap;
	struct text_probe probe;
};

int64_t registered_version(const struct registered *book)
{
	return book->version;
}

size_t registered_unread(const struct registered *book)
{
	return book->unread;
}

/* --- senders -------------------------------------------------------------------------------------
 */

const struct registered_sender *registered_find(const struct registered *book, const char *name)
{
	size_t from = 0, to = book->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = strcmp(book->sender[middle].name, name);

		if (order == 0)
			return &book->sender[middle];
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

static const struct registered_known *known_at(const struct registered_sender *sender, uint32_t key)
{
	size_t from = 0, to = sender->known_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		uint32_t at = sender->known[middle].key;

		if (at == key)
			return &sender->known[middle];
		if (at < key)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

/* The row that speaks for a pair; NULL: none does. */
static const struct registered_known *known_of(const struct registered_sender *sender,
					       int16_t account_id, int16_t operator_id)
{
	const struct registered_known *known =
		known_at(sender, registered_key(account_id, operator_id));

	return known != NULL || operator_id == 0 ? known
						 : known_at(sender, registered_key(account_id, 0));
}

bool registered_name(const struct registered_sender *sender, int16_t account_id,
		     int16_t operator_id)
{
	const struct registered_known *known =
		sender != NULL ? known_of(sender, account_id, operator_id) : NULL;

	return known != NULL && known->registered;
}

bool registered_carries(const struct registered *book, const struct registered_sender *sender,
			int16_t account_id, int16_t operator_id)
{
	const struct registered_known *known =
		sender != NULL ? known_of(sender, account_id, operator_id) : NULL;

	if (known != NULL)
		return known->carries;
	return book->open && (sender == NULL || sender->enabled);
}

/* --- texts ---------------------------------------------------------------------------------------
 */

static bool has_key(const uint32_t *keys, size_t count, uint32_t key)
{
	size_t from = 0, to = count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (keys[middle] == key)
			return true;
		if (keys[middle] < key)
			from = middle + 1;
		else
			to = middle;
	}
	return false;
}

/* The pair itself, or every operator over this account. */
static bool has_pair(const uint32_t *keys, size_t count, int16_t account_id, int16_t operator_id)
{
	return has_key(keys, count, registered_key(account_id, 0)) ||
	       (operator_id != 0 && has_key(keys, count, registered_key(account_id, operator_id)));
}

bool registered_asks_text(const struct registered *book, int16_t account_id, int16_t operator_id)
{
	return has_pair(book->asks, book->ask_count, account_id, operator_id);
}

struct registered_text *registered_text_new(void)
{
	struct registered_text *text = mem_calloc(1, sizeof(*text));

	text->cap = MATCHES_FIRST;
	text->match = mem_calloc(text->cap, sizeof(const struct registered_pattern *));
	return text;
}

void registered_text_free(struct registered_text **text)
{
	if (*text == NULL)
		return;
	mem_free((*text)->match);
	mem_free(*text);
	*text = NULL;
}

static void add_match(struct registered_text *text, const struct registered_pattern *pattern)
{
	if (text->count == text->cap) {
		text->cap *= 2;
		text->match = mem_realloc(text->match, text->cap,
					  sizeof(const struct registered_pattern *));
	}
	text->match[text->count++] = pattern;
}

/* Those whose prefix ends at this node. */
static void try_patterns(const struct registered_texts *texts, int32_t first,
			 struct registered_text *out)
{
	for (int32_t i = first; i >= 0; i = texts->pattern[i].next)
		if (text_pattern_match(texts->pattern[i].pattern, &out->probe))
			add_match(out, &texts->pattern[i]);
}

void registered_read(const struct registered *book, const struct registered_sender *sender,
		     enum message_category category, const char *text, size_t len,
		     struct registered_text *out)
{
	const struct registered_texts *texts;
	int32_t node = 0;

	out->book = book;
	out->sender = sender;
	out->category = category;
	out->count = 0;
	if (sender == NULL || category <= CATEGORY_ADVERTISING || category > CATEGORY_LAST)
		return;
	texts = &sender->texts[category];
	if (texts->count == 0 || !text_probe_set(&out->probe, text, len))
		return;
	try_patterns(texts, texts->node[0].pattern, out);
	for (size_t at = 0; at < len; at++) {
		for (node = texts->node[node].child;
		     node >= 0 && texts->node[node].byte != (unsigned char)text[at];
		     node = texts->node[node].sibling)
			;
		if (node < 0)
			return;
		try_patterns(texts, texts->node[node].pattern, out);
	}
}

bool registered_text_known(const struct registered_text *text, int16_t account_id,
			   int16_t operator_id)
{
	if (text->category == CATEGORY_ADVERTISING)
		return true;
	for (size_t i = 0; i < text->count; i++)
		if (has_pair(text->match[i]->keys, text->match[i]->key_count, account_id,
			     operator_id))
			return true;
	return false;
}

bool registered_match(const struct registered_text *text, int16_t account_id, int16_t operator_id)
{
	return registered_name(text->sender, account_id, operator_id) &&
	       (text->category == CATEGORY_ADVERTISING ||
		!registered_asks_text(text->book, account_id, operator_id) ||
		registered_text_known(text, account_id, operator_id));
}
