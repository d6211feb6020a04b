/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* invoice - what a provider asks for a month, beside what the ledger says.
 *
 * An invoice is a table: how many parts (or messages) and what sum, by operator, category,
 * registration and kind of sender, or for all together.  All sums compared are with VAT.
 * docs/tariffs.md says its columns and what the causes mean. */
#ifndef VESTNIK_ROUTE_INVOICE_H
#define VESTNIK_ROUTE_INVOICE_H

#include "common/route/tariff_store.h"

#define INVOICE_LINES_MAX 10000

struct invoice_file_row {
	int32_t line;
	int32_t name; /* of its operator, in file.name; -1: none */
	int16_t operator_id, category, sender_kind;
	int8_t registered;
	int64_t units, price_micro, sum_micro; /* price -1: the invoice does not say */
};

struct invoice_file {
	struct sheet sheet;
	struct invoice_file_row *row;
	size_t count, cap;
	char *name[TARIFF_NAMES_MAX];
	size_t names;
};

/* As tariff_file_read(). */
bool invoice_file_read(struct invoice_file *f, int fd, struct pg *pg, struct err *err);
void invoice_file_deinit(struct invoice_file *f);

struct invoice_offer {
	struct tariff_owner owner;
	const char *currency; /* NULL: the provider's */
	bool vat_included;
	int32_t vat_bp; /* TARIFF_BY_LAW, or hundredths of a per cent */
	int32_t month;	/* its first day, since 1970-01-01 */
	const char *file_name, *by;
};

/* "2026-11" to the first day of the month. */
bool invoice_month_parse(const char *text, int32_t *day_out);

/* Store it in the place of the one there is for the month. */
bool invoice_put(struct pg *pg, const struct invoice_offer *offer, const struct invoice_file *file,
		 int32_t *id_out, struct err *err);

/* One line of a comparison. */
struct invoice_line {
	int32_t line;		   /* of the invoice; 0: in the ledger and in no line of it */
	const char *operator_code; /* NULL: any, or not known */
	int16_t category, registered, sender_kind; /* 0, -1, 0: any */
	int64_t messages, parts, charged, unpriced;
	int64_t cost_micro;
	int64_t own_parts, own_micro;	       /* the provider's own price, where it said one */
	int64_t units, price_micro, sum_micro; /* of the invoice; price 0: it does not say */
};

/* Compare; rows are freed by the caller, and invoice_line_at() reads the i-th of them. */
bool invoice_compare(struct pg *pg, int32_t id, struct pg_result **out, struct err *err);
void invoice_line_at(const struct pg_result *rows, size_t i, struct invoice_line *out);

/* Why an invoice's line is not what the ledger says.  The amounts add up to the difference. */
enum invoice_reason {
	INVOICE_COUNT,	      /* it counts more, or fewer */
	INVOICE_PRICE,	      /* it has another price */
	INVOICE_VAT,	      /* its sums look as if VAT was left out, or put on twice */
	INVOICE_NOT_INVOICED, /* in the ledger, and in no line */
	INVOICE_NOT_OURS,     /* in the invoice, and nothing of it in the ledger */
	INVOICE_ROUNDING,     /* less than a kopeck */
};
struct invoice_cause {
	enum invoice_reason reason;
	int64_t micro;
};
#define INVOICE_CAUSES_MAX 2
/* Returns how many causes there are; 0: no difference. */
size_t invoice_causes(const struct invoice_line *line, int32_t vat_bp,
		      struct invoice_cause out[INVOICE_CAUSES_MAX]);
/* "count", "price" ... */
const char *invoice_reason_name(enum invoice_reason reason);

#endif
