/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* invoice_file - an invoice out of a table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/route/invoice.h"

#define NONE	(-1)
#define SUM_MAX INT64_C(1000000000000000) /* a milliard */

enum column {
	COL_OPERATOR,
	COL_CATEGORY,
	COL_REGISTERED,
	COL_SENDER,
	COL_COUNT,
	COL_PRICE,
	COL_SUM,
	COLUMNS
};

static const struct sheet_column columns[COLUMNS] = {
	[COL_OPERATOR] = {{"operator", "оператор"}, false},
	[COL_CATEGORY] = {{"category", "категория", "тип трафика"}, false},
	[COL_REGISTERED] = {{"registered", "зарегистрировано", "зарегистрирован", "регистрация"},
			    false},
	[COL_SENDER] = {{"sender", "отправитель", "имя отправителя"}, false},
	[COL_COUNT] = {{"count", "количество", "кол-во"}, true},
	[COL_PRICE] = {{"price", "цена", "тариф"}, false},
	[COL_SUM] = {{"sum", "сумма", "стоимость"}, true},
};

static bool take_count(const char *text, int64_t *out)
{
	char *end = NULL;

	if (*text == '\0' || strspn(text, "0123456789") != strlen(text) || strlen(text) > 15)
		return false;
	*out = strtoll(text, &end, 10);
	return true;
}

static bool take_sums(struct sheet *s, struct invoice_file_row *row)
{
	const char *text = sheet_cell(s, COL_COUNT);

	if (!take_count(text, &row->units)) {
		sheet_fault(s, COL_COUNT, *text == '\0' ? "nothing" : text,
			    "a whole number without blanks");
		return false;
	}
	text = sheet_cell(s, COL_PRICE);
	if (*text != '\0' && !sheet_micro(text, TARIFF_PRICE_MAX, &row->price_micro)) {
		sheet_fault(s, COL_PRICE, text, "a price such as 2.35 or 2,35");
		return false;
	}
	text = sheet_cell(s, COL_SUM);
	if (!sheet_micro(text, SUM_MAX, &row->sum_micro)) {
		sheet_fault(s, COL_SUM, *text == '\0' ? "nothing" : text,
			    "a sum such as 12345.67 or 12345,67, without blanks");
		return false;
	}
	return true;
}

static bool take_conditions(struct sheet *s, struct invoice_file_row *row)
{
	const char *text = sheet_cell(s, COL_CATEGORY);

	if (!tariff_cell_category(text, &row->category)) {
		sheet_fault(s, COL_CATEGORY, text, tariff_category_expected);
		return false;
	}
	text = sheet_cell(s, COL_SENDER);
	if (!tariff_cell_sender(text, &row->sender_kind)) {
		sheet_fault(s, COL_SENDER, text, tariff_sender_expected);
		return false;
	}
	text = sheet_cell(s, COL_REGISTERED);
	if (!tariff_cell_registered(text, &row->registered)) {
		sheet_fault(s, COL_REGISTERED, text, tariff_registered_expected);
		return false;
	}
	return true;
}

static bool on_row(struct sheet *s, void *arg)
{
	struct invoice_file_row row = {
		.line = (int32_t)s->line, .name = NONE, .registered = NONE, .price_micro = NONE};
	const char *whose = sheet_cell(s, COL_OPERATOR);
	struct invoice_file *f = arg;

	if (!take_conditions(s, &row) || !take_sums(s, &row))
		return true;
	if (*whose != '\0' && !sheet_same(whose, "any") && !sheet_same(whose, "любой")) {
		if (f->names == TARIFF_NAMES_MAX)
			return sheet_fault(s, COL_OPERATOR, whose,
					   "fewer names of operators in one file");
		f->name[f->names] = mem_strdup(whose);
		row.name = (int32_t)f->names++;
	}
	if (f->count == f->cap) {
		f->cap = f->cap == 0 ? 64 : f->cap * 2;
		f->row = mem_realloc(f->row, f->cap, sizeof(*f->row));
	}
	f->row[f->count++] = row;
	return true;
}

static bool find_operators(struct invoice_file *f, struct pg *pg, struct err *err)
{
	int16_t *id = mem_calloc(f->names + 1, sizeof(*id));
	bool ok = operators_find(pg, (const char *const *)f->name, f->names, id, err);

	for (size_t i = 0; ok && i < f->count; i++) {
		struct invoice_file_row *row = &f->row[i];

		if (row->name == NONE)
			continue;
		row->operator_id = id[row->name];
		if (row->operator_id == 0)
			sheet_fault_at(&f->sheet, row->line, COL_OPERATOR, f->name[row->name],
				       tariff_operator_expected);
	}
	mem_free(id);
	return ok;
}

static bool same_conditions(const struct invoice_file_row *a, const struct invoice_file_row *b)
{
	return a->operator_id == b->operator_id && a->category == b->category &&
	       a->registered == b->registered && a->sender_kind == b->sender_kind;
}

static void refuse_repeated(struct invoice_file *f)
{
	char found[40];

	for (size_t i = 1; i < f->count; i++)
		for (size_t k = 0; k < i; k++) {
			if (!same_conditions(&f->row[i], &f->row[k]))
				continue;
			(void)snprintf(found, sizeof(found), "the same as line %d", f->row[k].line);
			sheet_fault_at(&f->sheet, f->row[i].line, COL_OPERATOR, found,
				       "each combination of conditions once");
			break;
		}
}

bool invoice_file_read(struct invoice_file *f, int fd, struct pg *pg, struct err *err)
{
	memset(f, 0, sizeof(*f));
	f->sheet = (struct sheet){.columns = columns,
				  .column_count = COLUMNS,
				  .on_row = on_row,
				  .arg = f,
				  .rows_max = INVOICE_LINES_MAX};
	if (!sheet_read(&f->sheet, fd, err))
		return false;
	if (f->sheet.fault_count == 0 && !find_operators(f, pg, err))
		return false;
	if (f->sheet.fault_count == 0)
		refuse_repeated(f);
	return true;
}

void invoice_file_deinit(struct invoice_file *f)
{
	for (size_t i = 0; i < f->names; i++)
		mem_free(f->name[i]);
	mem_free(f->row);
	sheet_deinit(&f->sheet);
	memset(f, 0, sizeof(*f));
}
