/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* transport - successive shortest paths over the sinks.
 *
 * Between sinks a and b there is a way when some source has put something to a that it may also put
 * to b; its length is what moving a unit costs.  A last sink of our own takes what fits nowhere, at
 * a cost no real one reaches. */
#include "common/route/transport.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "common/base/mem.h"

#define LEFT_OVER_COST 1e15
#define DIRECT	       SIZE_MAX
/* Sums of doubles around 1e12 are off by less than this. */
#define EPSILON	       1e-3

struct solver {
	const struct transport *t;
	size_t n; /* sinks and the one for what is left over */
	int64_t *flow, *free;
	double *cost;  /* [source * n + sink] */
	double *way;   /* [a * n + b]: the least cost of moving a unit from a to b */
	size_t *mover; /* [a * n + b]: the source that is moved */
	double *dist;
	size_t *from; /* the sink before this one on the way; DIRECT */
};

static void solver_init(struct solver *s, const struct transport *t)
{
	size_t n = t->sinks + 1;

	*s = (struct solver){.t = t, .n = n};
	s->flow = mem_calloc(t->sources * n + 1, sizeof(*s->flow));
	s->free = mem_alloc(n * sizeof(*s->free));
	s->cost = mem_alloc((t->sources * n + 1) * sizeof(*s->cost));
	s->way = mem_alloc(n * n * sizeof(*s->way));
	s->mover = mem_calloc(n * n, sizeof(*s->mover));
	s->dist = mem_alloc(n * sizeof(*s->dist));
	s->from = mem_alloc(n * sizeof(*s->from));
	for (size_t i = 0; i < n * n; i++)
		s->way[i] = INFINITY;
	for (size_t a = 0; a < t->sinks; a++)
		s->free[a] = t->capacity[a];
	s->free[t->sinks] = TRANSPORT_NO_LIMIT;
	for (size_t c = 0; c < t->sources; c++) {
		memcpy(s->cost + c * n, t->cost + c * t->sinks, t->sinks * sizeof(*s->cost));
		s->cost[c * n + t->sinks] = LEFT_OVER_COST;
	}
}

static void solver_deinit(struct solver *s)
{
	mem_free(s->flow);
	mem_free(s->free);
	mem_free(s->cost);
	mem_free(s->way);
	mem_free(s->mover);
	mem_free(s->dist);
	mem_free(s->from);
}

/* The ways out of sink `a`, after what is there has changed. */
static void renew_ways(struct solver *s, size_t a)
{
	double *way = s->way + a * s->n;
	size_t *mover = s->mover + a * s->n;

	for (size_t b = 0; b < s->n; b++)
		way[b] = INFINITY;
	for (size_t c = 0; c < s->t->sources; c++) {
		const double *cost = s->cost + c * s->n;

		if (s->flow[c * s->n + a] == 0)
			continue;
		for (size_t b = 0; b < s->n; b++) {
			if (b != a && cost[b] - cost[a] < way[b]) {
				way[b] = cost[b] - cost[a];
				mover[b] = c;
			}
		}
	}
}

/* Bellman-Ford from source `c`; returns the nearest sink with room. */
static size_t nearest(struct solver *s, size_t c)
{
	bool changed = true;
	size_t best = s->n - 1;

	for (size_t a = 0; a < s->n; a++) {
		s->dist[a] = s->cost[c * s->n + a];
		s->from[a] = DIRECT;
	}
	for (size_t round = 0; changed && round < s->n; round++) {
		changed = false;
		for (size_t a = 0; a < s->n; a++) {
			for (size_t b = 0; b < s->n && s->dist[a] < INFINITY; b++) {
				double through = s->dist[a] + s->way[a * s->n + b];

				if (through >= s->dist[b] - EPSILON)
					continue;
				s->dist[b] = through;
				s->from[b] = a;
				changed = true;
			}
		}
	}
	for (size_t a = 0; a < s->n; a++)
		if (s->free[a] > 0 && s->dist[a] < s->dist[best])
			best = a;
	return best;
}

static int64_t least(int64_t x, int64_t y)
{
	return x < y ? x : y;
}

/* Put as much as the way to `to` takes of the `left` units of source `c`; returns how much. */
static int64_t put(struct solver *s, size_t c, size_t to, int64_t left)
{
	int64_t amount = least(left, s->free[to]);
	size_t b = to;

	for (; s->from[b] != DIRECT; b = s->from[b]) {
		size_t a = s->from[b];

		amount = least(amount, s->flow[s->mover[a * s->n + b] * s->n + a]);
	}
	if (s->free[to] != TRANSPORT_NO_LIMIT)
		s->free[to] -= amount;
	for (b = to; s->from[b] != DIRECT; b = s->from[b]) {
		size_t a = s->from[b], mover = s->mover[a * s->n + b];

		s->flow[mover * s->n + a] -= amount;
		s->flow[mover * s->n + b] += amount;
	}
	s->flow[c * s->n + b] += amount;
	for (b = to; s->from[b] != DIRECT; b = s->from[b])
		renew_ways(s, b);
	renew_ways(s, b);
	return amount;
}

int64_t transport_solve(const struct transport *t, int64_t *flow)
{
	int64_t left_over = 0;
	struct solver s;

	solver_init(&s, t);
	for (size_t c = 0; c < t->sources; c++)
		for (int64_t left = t->demand[c]; left > 0;)
			left -= put(&s, c, nearest(&s, c), left);
	for (size_t c = 0; c < t->sources; c++) {
		memcpy(flow + c * t->sinks, s.flow + c * s.n, t->sinks * sizeof(*flow));
		left_over += s.flow[c * s.n + t->sinks];
	}
	solver_deinit(&s);
	return left_over;
}
