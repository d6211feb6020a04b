/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* simplex - the optimum of a transportation problem by another way than ours, to hold ours against:
 * the tableau method for linear programmes, with Bland's rule, as textbooks have it.
 *
 * Minimise the cost of x[source][sink] >= 0, where every source's demand is met (a last sink
 * without limit takes what fits nowhere) and no sink takes more than its capacity. */
#ifndef VESTNIK_TESTS_SIMPLEX_H
#define VESTNIK_TESTS_SIMPLEX_H

#include <check.h>
#include <math.h>

#include "common/base/mem.h"
#include "common/route/transport.h"

#define SIMPLEX_ZERO 1e-7

struct simplex {
	size_t rows, columns; /* without the row of costs and the column of right sides */
	double *at;	      /* [row * (columns + 1) + column]; the last row is the costs' */
	size_t *basis;	      /* of each row */
};

static inline double *simplex_at(struct simplex *s, size_t row, size_t column)
{
	return &s->at[row * (s->columns + 1) + column];
}

static inline void simplex_pivot(struct simplex *s, size_t row, size_t column)
{
	double by = *simplex_at(s, row, column);

	for (size_t c = 0; c <= s->columns; c++)
		*simplex_at(s, row, c) /= by;
	for (size_t r = 0; r <= s->rows; r++) {
		double factor = *simplex_at(s, r, column);

		if (r == row || factor == 0)
			continue;
		for (size_t c = 0; c <= s->columns; c++)
			*simplex_at(s, r, c) -= factor * *simplex_at(s, row, c);
	}
	s->basis[row] = column;
}

/* One step; false: it is the optimum. */
static inline bool simplex_step(struct simplex *s)
{
	size_t column = 0, best = s->rows;

	while (column<s->columns && * simplex_at(s, s->rows, column)> - SIMPLEX_ZERO)
		column++;
	if (column == s->columns)
		return false;
	for (size_t r = 0; r < s->rows; r++) {
		double step = *simplex_at(s, r, column), ratio, least;

		if (step <= SIMPLEX_ZERO)
			continue;
		ratio = *simplex_at(s, r, s->columns) / step;
		least = best < s->rows
				? *simplex_at(s, best, s->columns) / *simplex_at(s, best, column)
				: INFINITY;
		if (ratio < least - SIMPLEX_ZERO ||
		    (ratio < least + SIMPLEX_ZERO && s->basis[r] < s->basis[best]))
			best = r;
	}
	ck_assert_msg(best < s->rows, "the programme has no bound");
	simplex_pivot(s, best, column);
	return true;
}

/* The least cost, where what fits nowhere costs `nowhere` a unit. */
static inline double simplex_transport(const struct transport *t, double nowhere)
{
	size_t n = t->sinks + 1, limited = 0;
	struct simplex s = {0};
	double cost;

	for (size_t a = 0; a < t->sinks; a++)
		limited += t->capacity[a] != TRANSPORT_NO_LIMIT;
	s.rows = t->sources + limited;
	s.columns = t->sources * n + limited;
	s.at = mem_calloc((s.rows + 1) * (s.columns + 1), sizeof(*s.at));
	s.basis = mem_calloc(s.rows, sizeof(*s.basis));
	for (size_t c = 0; c < t->sources; c++) {
		for (size_t a = 0; a < n; a++) {
			double of = a < t->sinks ? t->cost[c * t->sinks + a] : nowhere;

			*simplex_at(&s, c, c * n + a) = 1;
			*simplex_at(&s, s.rows, c * n + a) = isinf(of) ? nowhere * 10 : of;
		}
		*simplex_at(&s, c, s.columns) = (double)t->demand[c];
	}
	for (size_t a = 0, row = t->sources; a < t->sinks; a++) {
		if (t->capacity[a] == TRANSPORT_NO_LIMIT)
			continue;
		for (size_t c = 0; c < t->sources; c++)
			*simplex_at(&s, row, c * n + a) = 1;
		*simplex_at(&s, row, t->sources * n + row - t->sources) = 1;
		*simplex_at(&s, row, s.columns) = (double)t->capacity[a];
		s.basis[row] = t->sources * n + row - t->sources;
		row++;
	}
	/* To begin with, everything fits nowhere. */
	for (size_t c = 0; c < t->sources; c++)
		simplex_pivot(&s, c, c * n + t->sinks);
	while (simplex_step(&s))
		;
	cost = -*simplex_at(&s, s.rows, s.columns);
	mem_free(s.at);
	mem_free(s.basis);
	return cost;
}

#endif
