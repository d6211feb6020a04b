/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* metrics - counters, gauges and histograms in Prometheus text format.
 *
 * Metrics are registered at start and live until exit; names begin with `vestnik_`, counters end in
 * `_total`, durations are in seconds.  Labels are a ready string such as `account="main"` or NULL;
 * the same name with other labels is one family.  Updating is one atomic operation, from any
 * thread. */
#ifndef VESTNIK_BASE_METRICS_H
#define VESTNIK_BASE_METRICS_H

#include <stdint.h>

#include "common/base/buf.h"

struct metric;

/* Registering the same name and labels again returns the same metric. */
struct metric *metrics_counter(const char *name, const char *help, const char *labels);
struct metric *metrics_gauge(const char *name, const char *help, const char *labels);
/* Buckets from 0.5 ms doubling to 65 s. */
struct metric *metrics_histogram(const char *name, const char *help, const char *labels);
void metric_add(struct metric *m, int64_t n);
void metric_set(struct metric *m, int64_t value);
void metric_observe_us(struct metric *m, uint64_t us);
int64_t metric_value(const struct metric *m);
/* Append every metric to `out`. */
void metrics_render(struct buf *out);

#endif
