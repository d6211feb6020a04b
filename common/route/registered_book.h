/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* registered_book - what a book of registrations is made of; for registered.c and
 * registered_load.c. */
#ifndef VESTNIK_ROUTE_REGISTERED_BOOK_H
#define VESTNIK_ROUTE_REGISTERED_BOOK_H

#include "common/route/registered.h"
#include "common/sms/text_pattern.h"

#define CATEGORY_LAST CATEGORY_AUTHORISATION

/* A pair of account and operator; keys sort by account, then operator, and 0 is every operator. */
static inline uint32_t registered_key(int16_t account_id, int16_t operator_id)
{
	return (uint32_t)(uint16_t)account_id << 16 | (uint16_t)operator_id;
}

struct registered_known {
	uint32_t key;
	bool registered, carries;
};

struct registered_pattern {
	struct text_pattern *pattern;
	uint32_t *keys; /* ascending: who knows it */
	size_t key_count;
	int32_t next; /* the next with the same prefix, -1: none */
};

/* A byte of the prefixes; -1: no child, no sibling, no pattern whose prefix ends here. */
struct registered_node {
	int32_t child, sibling, pattern;
	unsigned char byte;
};

/* The patterns of a sender and category, in a trie of what they begin with. */
struct registered_texts {
	struct registered_pattern *pattern;
	size_t count;
	struct registered_node *node; /* node[0] is the root */
	size_t node_count, node_cap;
};

struct registered_sender {
	int64_t id;
	char *name;
	bool enabled;
	struct registered_known *known; /* ascending by key */
	size_t known_count;
	struct registered_texts texts[CATEGORY_LAST + 1];
};

struct registered {
	int64_t version, day;
	bool open; /* the setting unregistered_senders */
	size_t unread;
	struct registered_sender *sender; /* ascending by name */
	size_t count;
	uint32_t *asks; /* ascending: where texts are registered at all */
	size_t ask_count;
};

#endif
