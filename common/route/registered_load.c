/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* registered_load - a book of registrations out of the database; see registered.h. */
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/route/registered_book.h"

#define NODES_FIRST 64

/* Each set reads the rows in the order the book has them in.  The version comes first: what changes
 * while the rest is read is read again at the next refresh. */
static const struct pg_stmt version_stmt = {
	"registered_version",
	"SELECT v.version, company_day(statement_timestamp()) - date '2000-01-01',"
	"       (SELECT s.value FROM setting s WHERE s.name = 'unregistered_senders') = 'open'"
	"  FROM sender_version v"};
static const struct pg_stmt senders_stmt = {
	"registered_senders", "SELECT id, name, enabled FROM sender ORDER BY name COLLATE \"C\""};
static const struct pg_stmt routes_stmt = {
	"registered_routes",
	"SELECT sender_id, account_id, operator_id, registered, carries FROM sender_routes()"
	" ORDER BY sender_id, account_id, operator_id"};
static const struct pg_stmt texts_stmt = {
	"registered_texts",
	"SELECT sender_id, category, pattern, account_id, operator_id FROM template_routes()"
	" ORDER BY sender_id, category, pattern, account_id, operator_id"};

enum { READ_VERSION, READ_SENDERS, READ_ROUTES, READ_TEXTS, READS };

/* --- releasing -----------------------------------------------------------------------------------
 */

static void free_texts(struct registered_texts *texts)
{
	for (size_t i = 0; i < texts->count; i++) {
		text_pattern_free(&texts->pattern[i].pattern);
		mem_free(texts->pattern[i].keys);
	}
	mem_free(texts->pattern);
	mem_free(texts->node);
}

void registered_free(struct registered **book)
{
	struct registered *b = *book;

	if (b == NULL)
		return;
	for (size_t i = 0; i < b->count; i++) {
		struct registered_sender *sender = &b->sender[i];

		for (int category = 0; category <= CATEGORY_LAST; category++)
			free_texts(&sender->texts[category]);
		mem_free(sender->known);
		mem_free(sender->name);
	}
	mem_free(b->sender);
	mem_free(b->asks);
	mem_free(b);
	*book = NULL;
}

/* --- senders -------------------------------------------------------------------------------------
 */

static void fill_senders(struct registered *book, const struct pg_result *rows)
{
	book->count = pg_rows(rows);
	book->sender = mem_calloc(book->count + 1, sizeof(*book->sender));
	for (size_t i = 0; i < book->count; i++) {
		book->sender[i].id = pg_int(rows, i, 0);
		book->sender[i].name = mem_strdup(pg_text(rows, i, 1));
		book->sender[i].enabled = pg_bool(rows, i, 2);
	}
}

/* NULL: it was made after the senders were read; the next refresh knows it. */
static struct registered_sender *sender_of(struct registered *book, int64_t id)
{
	for (size_t i = 0; i < book->count; i++)
		if (book->sender[i].id == id)
			return &book->sender[i];
	return NULL;
}

/* The first row from `row` on that is of another sender. */
static size_t sender_end(const struct pg_result *rows, size_t row)
{
	int64_t id = pg_int(rows, row, 0);

	while (row < pg_rows(rows) && pg_int(rows, row, 0) == id)
		row++;
	return row;
}

static void fill_routes(struct registered *book, const struct pg_result *rows)
{
	for (size_t row = 0, end; row < pg_rows(rows); row = end) {
		struct registered_sender *sender = sender_of(book, pg_int(rows, row, 0));

		end = sender_end(rows, row);
		if (sender == NULL)
			continue;
		sender->known = mem_calloc(end - row, sizeof(*sender->known));
		for (size_t i = row; i < end; i++)
			sender->known[sender->known_count++] = (struct registered_known){
				.key = registered_key((int16_t)pg_int(rows, i, 1),
						      (int16_t)pg_int(rows, i, 2)),
				.registered = pg_bool(rows, i, 3),
				.carries = pg_bool(rows, i, 4),
			};
	}
}

/* --- texts ---------------------------------------------------------------------------------------
 */

static int32_t new_node(struct registered_texts *texts, unsigned char byte)
{
	if (texts->node_count == texts->node_cap) {
		texts->node_cap = texts->node_cap == 0 ? NODES_FIRST : texts->node_cap * 2;
		texts->node = mem_realloc(texts->node, texts->node_cap, sizeof(*texts->node));
	}
	texts->node[texts->node_count] =
		(struct registered_node){.child = -1, .sibling = -1, .pattern = -1, .byte = byte};
	return (int32_t)texts->node_count++;
}

static int32_t child_of(struct registered_texts *texts, int32_t parent, unsigned char byte)
{
	int32_t node = texts->node[parent].child;

	while (node >= 0 && texts->node[node].byte != byte)
		node = texts->node[node].sibling;
	if (node >= 0)
		return node;
	node = new_node(texts, byte);
	texts->node[node].sibling = texts->node[parent].child;
	texts->node[parent].child = node;
	return node;
}

/* The pattern that was added last goes where its prefix ends. */
static void plant(struct registered_texts *texts)
{
	int32_t last = (int32_t)texts->count - 1, node = 0;
	size_t len;
	const char *prefix = text_pattern_prefix(texts->pattern[last].pattern, &len);

	if (texts->node_count == 0)
		(void)new_node(texts, 0);
	for (size_t i = 0; i < len; i++)
		node = child_of(texts, node, (unsigned char)prefix[i]);
	texts->pattern[last].next = texts->node[node].pattern;
	texts->node[node].pattern = last;
}

static bool same_text(const struct pg_result *rows, size_t a, size_t b)
{
	return pg_int(rows, a, 1) == pg_int(rows, b, 1) &&
	       pg_len(rows, a, 2) == pg_len(rows, b, 2) &&
	       memcmp(pg_text(rows, a, 2), pg_text(rows, b, 2), pg_len(rows, a, 2)) == 0;
}

static uint32_t key_of(const struct pg_result *rows, size_t row)
{
	return registered_key((int16_t)pg_int(rows, row, 3), (int16_t)pg_int(rows, row, 4));
}

/* Rows `row` to `end` are one text and who knows it; `room` patterns are allocated at once. */
static void add_pattern(struct registered *book, struct registered_texts *texts, size_t room,
			const struct pg_result *rows, size_t row, size_t end)
{
	struct text_pattern *pattern = NULL;
	struct registered_pattern *to;
	struct err unread;

	if (!text_pattern_compile(pg_text(rows, row, 2), pg_len(rows, row, 2), &pattern, &unread)) {
		book->unread++;
		return;
	}
	if (texts->pattern == NULL)
		texts->pattern = mem_calloc(room, sizeof(*texts->pattern));
	to = &texts->pattern[texts->count++];
	to->pattern = pattern;
	to->keys = mem_calloc(end - row, sizeof(*to->keys));
	for (size_t i = row; i < end; i++)
		to->keys[to->key_count++] = key_of(rows, i);
	plant(texts);
}

static void fill_sender_texts(struct registered *book, struct registered_sender *sender,
			      const struct pg_result *rows, size_t row, size_t end)
{
	for (size_t next; row < end; row = next) {
		int64_t category = pg_int(rows, row, 1);

		for (next = row + 1; next < end && same_text(rows, row, next);)
			next++;
		if (category > CATEGORY_ADVERTISING && category <= CATEGORY_LAST)
			add_pattern(book, &sender->texts[category], end - row, rows, row, next);
	}
}

static int compare_keys(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void fill_asks(struct registered *book, const struct pg_result *rows)
{
	size_t count = pg_rows(rows);

	book->asks = mem_calloc(count + 1, sizeof(*book->asks));
	for (size_t i = 0; i < count; i++)
		book->asks[i] = key_of(rows, i);
	qsort(book->asks, count, sizeof(*book->asks), compare_keys);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || book->asks[i] != book->asks[i - 1])
			book->asks[book->ask_count++] = book->asks[i];
}

static void fill_texts(struct registered *book, const struct pg_result *rows)
{
	for (size_t row = 0, end; row < pg_rows(rows); row = end) {
		struct registered_sender *sender = sender_of(book, pg_int(rows, row, 0));

		end = sender_end(rows, row);
		if (sender != NULL)
			fill_sender_texts(book, sender, rows, row, end);
	}
	fill_asks(book, rows);
}

/* --- loading -------------------------------------------------------------------------------------
 */

static void fill_version(struct registered *book, const struct pg_result *rows)
{
	book->version = pg_int(rows, 0, 0);
	book->day = pg_int(rows, 0, 1);
	book->open = pg_bool(rows, 0, 2);
}

bool registered_load(struct pg *pg, struct registered **out, struct err *err)
{
	struct pg_result *rows[READS] = {0};
	struct registered *book;

	if (!pg_pipeline_begin(pg, err) || !pg_pipeline_add(pg, &version_stmt, NULL, err) ||
	    !pg_pipeline_add(pg, &senders_stmt, NULL, err) ||
	    !pg_pipeline_add(pg, &routes_stmt, NULL, err) ||
	    !pg_pipeline_add(pg, &texts_stmt, NULL, err) || !pg_pipeline_end(pg, rows, READS, err))
		return err_wrap(err, "registrations");
	book = mem_calloc(1, sizeof(*book));
	fill_version(book, rows[READ_VERSION]);
	fill_senders(book, rows[READ_SENDERS]);
	fill_routes(book, rows[READ_ROUTES]);
	fill_texts(book, rows[READ_TEXTS]);
	for (int i = 0; i < READS; i++)
		pg_result_free(&rows[i]);
	*out = book;
	return true;
}

bool registered_refresh(struct pg *pg, struct registered **io, struct err *err)
{
	struct pg_result *rows = NULL;
	struct registered *book = NULL;
	bool same = false;

	if (*io != NULL) {
		if (!pg_run(pg, &version_stmt, NULL, &rows, err))
			return err_wrap(err, "registrations");
		same = pg_int(rows, 0, 0) == (*io)->version && pg_int(rows, 0, 1) == (*io)->day;
		pg_result_free(&rows);
	}
	if (same)
		return true;
	if (!registered_load(pg, &book, err))
		return false;
	registered_free(io);
	*io = book;
	return true;
}
