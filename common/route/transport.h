/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* transport - the transportation problem: who carries how much so that it costs least.
 *
 * Sources (classes of messages) have a demand, sinks (accounts) a capacity.  Solved by successive
 * shortest paths: source after source, each along the cheapest way that may move what others put
 * somewhere to another sink.  The answer is an optimum, not an estimate.  What fits nowhere, or
 * nowhere it may go, is left over where that saves most. */
#ifndef VESTNIK_ROUTE_TRANSPORT_H
#define VESTNIK_ROUTE_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#define TRANSPORT_NO_LIMIT INT64_MAX

struct transport {
	size_t sources, sinks;
	const int64_t *demand;	 /* of each source */
	const int64_t *capacity; /* of each sink; TRANSPORT_NO_LIMIT */
	const double *cost; /* [source * sinks + sink] of a unit; INFINITY: it may not go there */
};

/* Fill flow[source * sinks + sink].  Returns what was left over. */
int64_t transport_solve(const struct transport *t, int64_t *flow);

#endif
