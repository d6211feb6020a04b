/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tariff_file - see tariff_file.h. */
#include "common/route/tariff_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/model/message.h"

#define NONE	      (-1)
#define PREFIXES_MAX  1000 /* of one line */
#define NETWORK_WORDS "a network code of five or six digits, such as 25001 or 250-01"
#define PREFIX_WORDS  "digits such as 7916, or several: 7912-7919, 7950"

const char tariff_category_expected[] =
	"advertising, service, transactional, debt, emergency, authorisation, or any";
const char tariff_sender_expected[] = "letters, number, short, or any";
const char tariff_registered_expected[] = "yes, no, or any";
const char tariff_operator_expected[] =
	"an operator that is known: vestnik numbering map operator teaches a name or network code";

static const struct sheet_column columns[TARIFF_COLUMNS] = {
	[TARIFF_OPERATOR] = {{"operator", "оператор"}, false},
	[TARIFF_NETWORK] = {{"network", "mccmnc", "mcc-mnc", "mcc/mnc", "сеть"}, false},
	[TARIFF_PREFIX] = {{"prefix", "prefixes", "префикс", "префиксы"}, false},
	[TARIFF_CATEGORY] = {{"category", "категория", "тип трафика"}, false},
	[TARIFF_REGISTERED] = {{"registered", "зарегистрировано", "зарегистрирован", "регистрация"},
			       false},
	[TARIFF_SENDER] = {{"sender", "отправитель", "имя отправителя"}, false},
	[TARIFF_PRICE] = {{"price", "цена", "тариф", "стоимость"}, true},
};

/* --- words ---------------------------------------------------------------------------------------
 */

struct word {
	const char *text;
	int value;
};

static bool find_word(const struct word *words, const char *text, int *out)
{
	for (; words->text != NULL; words++)
		if (sheet_same(text, words->text)) {
			*out = words->value;
			return true;
		}
	return false;
}

static bool is_any(const char *text)
{
	return *text == '\0' || sheet_same(text, "any") || sheet_same(text, "любой") ||
	       sheet_same(text, "любая") || strcmp(text, "*") == 0;
}

bool tariff_cell_category(const char *text, int16_t *out)
{
	static const struct word russian[] = {
		{"реклама", CATEGORY_ADVERTISING},
		{"рекламный", CATEGORY_ADVERTISING},
		{"рекламная", CATEGORY_ADVERTISING},
		{"сервис", CATEGORY_SERVICE},
		{"сервисный", CATEGORY_SERVICE},
		{"сервисная", CATEGORY_SERVICE},
		{"транзакционный", CATEGORY_TRANSACTIONAL},
		{"транзакционная", CATEGORY_TRANSACTIONAL},
		{"задолженность", CATEGORY_DEBT},
		{"экстренный", CATEGORY_EMERGENCY},
		{"экстренная", CATEGORY_EMERGENCY},
		{"авторизация", CATEGORY_AUTHORISATION},
		{"авторизационный", CATEGORY_AUTHORISATION},
		{"авторизационная", CATEGORY_AUTHORISATION},
		{NULL, 0},
	};
	enum message_category category;
	int value = 0;

	if (is_any(text)) {
		*out = 0;
		return true;
	}
	for (value = CATEGORY_ADVERTISING; value <= CATEGORY_AUTHORISATION; value++) {
		category = (enum message_category)value;
		if (sheet_same(text, message_category_name(category))) {
			*out = (int16_t)value;
			return true;
		}
	}
	if (!find_word(russian, text, &value))
		return false;
	*out = (int16_t)value;
	return true;
}

static const struct word sender_words[] = {
	{"letters", SENDER_LETTERS},
	{"number", SENDER_DIGITS},
	{"short", SENDER_SHORT_CODE},
	{"буквенный", SENDER_LETTERS},
	{"буквы", SENDER_LETTERS},
	{"имя", SENDER_LETTERS},
	{"цифровой", SENDER_DIGITS},
	{"номер", SENDER_DIGITS},
	{"короткий", SENDER_SHORT_CODE},
	{"короткий номер", SENDER_SHORT_CODE},
	{NULL, 0},
};

const char *sender_kind_name(int kind)
{
	for (const struct word *w = sender_words; w->text != NULL; w++)
		if (w->value == kind)
			return w->text;
	return NULL;
}

bool tariff_cell_sender(const char *text, int16_t *out)
{
	int value = 0;

	if (!is_any(text) && !find_word(sender_words, text, &value))
		return false;
	*out = (int16_t)value;
	return true;
}

bool tariff_cell_registered(const char *text, int8_t *out)
{
	static const struct word words[] = {{"yes", 1},	 {"no", 0},    {"да", 1}, {"нет", 0},
					    {"true", 1}, {"false", 0}, {NULL, 0}};
	int value = NONE;

	if (!is_any(text) && !find_word(words, text, &value))
		return false;
	*out = (int8_t)value;
	return true;
}

/* --- one line ------------------------------------------------------------------------------------
 */

static struct tariff_file_row *add_row(struct tariff_file *f, const struct tariff_file_row *row)
{
	if (f->count == f->cap) {
		f->cap = f->cap == 0 ? 1024 : f->cap * 2;
		f->row = mem_realloc(f->row, f->cap, sizeof(*f->row));
	}
	f->row[f->count] = *row;
	return &f->row[f->count++];
}

static bool take_name(struct tariff_file *f, const char *text, int32_t *out)
{
	for (size_t i = 0; i < f->names; i++)
		if (strcmp(f->name[i], text) == 0) {
			*out = (int32_t)i;
			return true;
		}
	if (f->names == TARIFF_NAMES_MAX)
		return false;
	f->name[f->names] = mem_strdup(text);
	*out = (int32_t)f->names++;
	return true;
}

/* "250-01", "250 01", "250/01" and "25001" are one network. */
static bool take_network(const char *text, char out[7])
{
	size_t len = 0;

	for (; *text != '\0'; text++) {
		if (strchr("- /", *text) != NULL)
			continue;
		if (*text < '0' || *text > '9' || len == 6)
			return false;
		out[len++] = *text;
	}
	out[len] = '\0';
	return len >= 5;
}

static bool take_digits(const char **at, char out[TARIFF_PREFIX_MAX + 1])
{
	size_t len = strspn(*at, "0123456789");

	if (len == 0 || len > TARIFF_PREFIX_MAX || **at == '0')
		return false;
	memcpy(out, *at, len);
	out[len] = '\0';
	*at += len;
	return true;
}

static bool add_prefixes(struct tariff_file *f, struct tariff_file_row *row, const char *to,
			 size_t *count)
{
	int64_t from = strtoll(row->prefix, NULL, 10), last = strtoll(to, NULL, 10);

	if (strlen(row->prefix) != strlen(to) || last < from ||
	    last - from >= (int64_t)(PREFIXES_MAX - *count))
		return false;
	*count += (size_t)(last - from + 1);
	for (; from <= last; from++) {
		(void)snprintf(row->prefix, sizeof(row->prefix), "%lld", (long long)from);
		add_row(f, row);
	}
	return true;
}

/* A row for each prefix of a list of prefixes and ranges of them. */
static bool take_prefixes(struct tariff_file *f, struct tariff_file_row *row, const char *text)
{
	char to[TARIFF_PREFIX_MAX + 1];
	size_t count = 0;

	for (const char *at = text;;) {
		at += strspn(at, " +");
		if (!take_digits(&at, row->prefix))
			return false;
		memcpy(to, row->prefix, sizeof(to));
		at += strspn(at, " ");
		if (*at == '-') {
			at += 1 + strspn(at + 1, " ");
			if (!take_digits(&at, to))
				return false;
			at += strspn(at, " ");
		}
		if (!add_prefixes(f, row, to, &count))
			return false;
		if (*at == '\0')
			return true;
		if (strchr(",;/", *at) == NULL)
			return false;
		at++;
	}
}

static bool take_conditions(struct sheet *s, struct tariff_file_row *row)
{
	const char *text = sheet_cell(s, TARIFF_CATEGORY);

	if (!tariff_cell_category(text, &row->category)) {
		sheet_fault(s, TARIFF_CATEGORY, text, tariff_category_expected);
		return false;
	}
	text = sheet_cell(s, TARIFF_SENDER);
	if (!tariff_cell_sender(text, &row->sender_kind)) {
		sheet_fault(s, TARIFF_SENDER, text, tariff_sender_expected);
		return false;
	}
	text = sheet_cell(s, TARIFF_REGISTERED);
	if (!tariff_cell_registered(text, &row->registered)) {
		sheet_fault(s, TARIFF_REGISTERED, text, tariff_registered_expected);
		return false;
	}
	text = sheet_cell(s, TARIFF_PRICE);
	if (!sheet_micro(text, TARIFF_PRICE_MAX, &row->price_micro)) {
		sheet_fault(s, TARIFF_PRICE, *text == '\0' ? "nothing" : text,
			    "a price such as 2.35 or 2,35: at most six digits behind the point, at "
			    "most a million");
		return false;
	}
	return true;
}

static void take_target(struct tariff_file *f, struct sheet *s, struct tariff_file_row *row)
{
	const char *whose = sheet_cell(s, TARIFF_OPERATOR);
	const char *network = sheet_cell(s, TARIFF_NETWORK);
	const char *prefix = sheet_cell(s, TARIFF_PREFIX);
	bool named = !is_any(whose);

	if (named + (*network != '\0') + (*prefix != '\0') > 1) {
		sheet_fault(s, named ? TARIFF_OPERATOR : TARIFF_NETWORK, named ? whose : network,
			    "one of operator, network and prefix, or none of them");
		return;
	}
	if (*prefix != '\0') {
		if (!take_prefixes(f, row, prefix))
			sheet_fault(s, TARIFF_PREFIX, prefix, PREFIX_WORDS);
		return;
	}
	if (*network != '\0' && !take_network(network, row->network)) {
		sheet_fault(s, TARIFF_NETWORK, network, NETWORK_WORDS);
		return;
	}
	if ((named || *network != '\0') &&
	    !take_name(f, named ? whose : row->network, &row->name)) {
		sheet_fault(s, TARIFF_OPERATOR, whose, "fewer names of operators in one file");
		return;
	}
	add_row(f, row);
}

static bool on_row(struct sheet *s, void *arg)
{
	struct tariff_file_row row = {.line = (int32_t)s->line, .name = NONE, .registered = NONE};

	if (take_conditions(s, &row))
		take_target(arg, s, &row);
	return true;
}

/* --- operators -----------------------------------------------------------------------------------
 */

bool operators_find(struct pg *pg, const char *const *names, size_t count, int16_t *out,
		    struct err *err)
{
	static const struct pg_stmt stmt = {
		"operators_find", "SELECT u.n, coalesce(o.id, a.operator_id)"
				  "  FROM unnest($1::text[]) WITH ORDINALITY AS u(name, n)"
				  "  LEFT JOIN operator o ON o.code = lower(u.name)"
				  "  LEFT JOIN operator_alias a ON a.key = numbering_key(u.name)"
				  " ORDER BY u.n"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_text_array(params, names, count);
	ok = pg_run(pg, &stmt, params, &rows, err);
	pg_params_free(&params);
	for (size_t i = 0; ok && i < pg_rows(rows); i++)
		out[pg_int(rows, i, 0) - 1] = (int16_t)pg_int(rows, i, 1);
	pg_result_free(&rows);
	return ok;
}

static bool find_operators(struct tariff_file *f, struct pg *pg, struct err *err)
{
	int16_t *id = mem_calloc(f->names + 1, sizeof(*id));
	bool ok = operators_find(pg, (const char *const *)f->name, f->names, id, err);

	for (size_t i = 0; ok && i < f->count; i++) {
		struct tariff_file_row *row = &f->row[i];

		if (row->name == NONE)
			continue;
		row->operator_id = id[row->name];
		if (row->operator_id == 0)
			sheet_fault_at(&f->sheet, row->line,
				       *row->network != '\0' ? TARIFF_NETWORK : TARIFF_OPERATOR,
				       f->name[row->name], tariff_operator_expected);
	}
	mem_free(id);
	return ok;
}

/* --- twice the same ------------------------------------------------------------------------------
 */

static int compare_conditions(const struct tariff_file_row *a, const struct tariff_file_row *b)
{
	int order = a->operator_id - b->operator_id;

	if (order == 0)
		order = strcmp(a->prefix, b->prefix);
	if (order == 0)
		order = a->category - b->category;
	if (order == 0)
		order = a->registered - b->registered;
	return order != 0 ? order : a->sender_kind - b->sender_kind;
}

static int compare_rows(const void *left, const void *right)
{
	const struct tariff_file_row *a = left, *b = right;
	int order = compare_conditions(a, b);

	return order != 0 ? order : a->line - b->line;
}

/* Two network codes of one operator may say the same price twice; then once is enough. */
static void refuse_repeated(struct tariff_file *f)
{
	size_t kept = 0;
	char found[40];

	qsort(f->row, f->count, sizeof(*f->row), compare_rows);
	for (size_t i = 0; i < f->count; i++) {
		struct tariff_file_row *row = &f->row[i], *before = &f->row[kept - 1];

		if (kept == 0 || compare_conditions(before, row) != 0) {
			f->row[kept++] = *row;
			continue;
		}
		if (*row->network != '\0' && row->price_micro == before->price_micro)
			continue;
		(void)snprintf(found, sizeof(found), "the same as line %d", before->line);
		sheet_fault_at(&f->sheet, row->line,
			       *row->prefix != '\0'    ? TARIFF_PREFIX
			       : *row->network != '\0' ? TARIFF_NETWORK
						       : TARIFF_OPERATOR,
			       found, "each combination of conditions once");
	}
	f->count = kept;
}

bool tariff_file_read(struct tariff_file *f, int fd, struct pg *pg, struct err *err)
{
	memset(f, 0, sizeof(*f));
	f->sheet = (struct sheet){.columns = columns,
				  .column_count = TARIFF_COLUMNS,
				  .on_row = on_row,
				  .arg = f,
				  .rows_max = TARIFF_ROWS_MAX};
	if (!sheet_read(&f->sheet, fd, err))
		return false;
	if (f->count > TARIFF_ROWS_MAX)
		sheet_fault_at(&f->sheet, f->row[f->count - 1].line, TARIFF_PREFIX, "more prefixes",
			       "a file of fewer prefixes");
	if (f->sheet.fault_count == 0 && !find_operators(f, pg, err))
		return false;
	if (f->sheet.fault_count == 0)
		refuse_repeated(f);
	return true;
}

void tariff_file_deinit(struct tariff_file *f)
{
	for (size_t i = 0; i < f->names; i++)
		mem_free(f->name[i]);
	mem_free(f->row);
	sheet_deinit(&f->sheet);
	memset(f, 0, sizeof(*f));
}
