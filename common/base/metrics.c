/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* metrics - see metrics.h.
 *
 * Families and their metrics are linked lists that only grow, in order of registration, under one
 * mutex.  Values are atomics outside it, so updating never waits for a scrape. */
#include "common/base/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/mem.h"
#include "common/base/metrics_process.h"

#define BUCKET_COUNT	18  /* the last bound is 65.536 s */
#define FIRST_BUCKET_US 500 /* each bound is twice the one before */

enum metric_type { TYPE_COUNTER, TYPE_GAUGE, TYPE_HISTOGRAM };

struct metric {
	struct metric *next;
	struct family *family;
	char *labels;		   /* NULL for none */
	_Atomic int64_t value;	   /* a histogram's sum in microseconds */
	_Atomic uint64_t *buckets; /* BUCKET_COUNT + 1, the last beyond every bound */
};

struct family {
	struct family *next;
	char *name;
	char *help;
	enum metric_type type;
	struct metric *metrics;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct family *families;

static const char *const type_names[] = {"counter", "gauge", "histogram"};

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), end_len = strlen(end);

	return len >= end_len && strcmp(s + len - end_len, end) == 0;
}

/* Names are ours, so a wrong one is our bug. */
static void check_name(const char *name, enum metric_type type)
{
	if (strncmp(name, "vestnik_", 8) != 0 ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
		panic("metric name %s: must begin with vestnik_ and be lower case", name);
	if (ends_with(name, "_total") != (type == TYPE_COUNTER))
		panic("metric name %s: counters, and only they, end in _total", name);
}

static struct family *find_family(const char *name, const char *help, enum metric_type type)
{
	struct family **f = &families;

	while (*f != NULL && strcmp((*f)->name, name) != 0)
		f = &(*f)->next;
	if (*f == NULL) {
		check_name(name, type);
		*f = mem_calloc(1, sizeof(**f));
		(*f)->name = mem_strdup(name);
		(*f)->help = mem_strdup(help);
		(*f)->type = type;
	}
	if ((*f)->type != type)
		panic("metric %s: registered as two types", name);
	return *f;
}

static bool same_labels(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static struct metric *find_metric(const char *name, const char *help, const char *labels,
				  enum metric_type type)
{
	struct family *family;
	struct metric **m;
	struct metric *found;

	pthread_mutex_lock(&lock);
	family = find_family(name, help, type);
	m = &family->metrics;
	while (*m != NULL && !same_labels((*m)->labels, labels))
		m = &(*m)->next;
	if (*m == NULL) {
		*m = mem_calloc(1, sizeof(**m));
		(*m)->family = family;
		(*m)->labels = mem_strdup(labels);
		if (type == TYPE_HISTOGRAM)
			(*m)->buckets = mem_calloc(BUCKET_COUNT + 1, sizeof(*(*m)->buckets));
	}
	found = *m;
	pthread_mutex_unlock(&lock);
	return found;
}

struct metric *metrics_counter(const char *name, const char *help, const char *labels)
{
	return find_metric(name, help, labels, TYPE_COUNTER);
}

struct metric *metrics_gauge(const char *name, const char *help, const char *labels)
{
	return find_metric(name, help, labels, TYPE_GAUGE);
}

struct metric *metrics_histogram(const char *name, const char *help, const char *labels)
{
	return find_metric(name, help, labels, TYPE_HISTOGRAM);
}

void metric_add(struct metric *m, int64_t n)
{
	if (m->family->type == TYPE_COUNTER && n < 0)
		panic("metric %s: a counter never goes down", m->family->name);
	atomic_fetch_add_explicit(&m->value, n, memory_order_relaxed);
}

void metric_set(struct metric *m, int64_t value)
{
	if (m->family->type != TYPE_GAUGE)
		panic("metric %s: only a gauge can be set", m->family->name);
	atomic_store_explicit(&m->value, value, memory_order_relaxed);
}

void metric_observe_us(struct metric *m, uint64_t us)
{
	size_t i = 0;

	if (m->family->type != TYPE_HISTOGRAM)
		panic("metric %s: only a histogram can observe", m->family->name);
	while (i < BUCKET_COUNT && us > (uint64_t)FIRST_BUCKET_US << i)
		i++;
	atomic_fetch_add_explicit(&m->buckets[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->value, (int64_t)us, memory_order_relaxed);
}

static uint64_t histogram_count(const struct metric *m)
{
	uint64_t count = 0;

	for (size_t i = 0; i <= BUCKET_COUNT; i++)
		count += atomic_load_explicit(&m->buckets[i], memory_order_relaxed);
	return count;
}

int64_t metric_value(const struct metric *m)
{
	if (m->buckets != NULL)
		return (int64_t)histogram_count(m);
	return atomic_load_explicit(&m->value, memory_order_relaxed);
}

static void render_seconds(struct buf *out, uint64_t us)
{
	buf_printf(out, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
}

static void render_histogram(const struct metric *m, struct buf *out)
{
	const char *name = m->family->name;
	const char *labels = m->labels != NULL ? m->labels : "";
	const char *comma = m->labels != NULL ? "," : "";
	uint64_t count = 0;

	for (size_t i = 0; i <= BUCKET_COUNT; i++) {
		count += atomic_load_explicit(&m->buckets[i], memory_order_relaxed);
		buf_printf(out, "%s_bucket{%s%sle=\"", name, labels, comma);
		if (i < BUCKET_COUNT)
			render_seconds(out, (uint64_t)FIRST_BUCKET_US << i);
		else
			buf_add_str(out, "+Inf");
		buf_printf(out, "\"} %" PRIu64 "\n", count);
	}
	buf_printf(out, "%s_sum{%s} ", name, labels);
	render_seconds(out, (uint64_t)atomic_load_explicit(&m->value, memory_order_relaxed));
	/* The buckets' own sum: a count of its own could disagree with +Inf between two updates. */
	buf_printf(out, "\n%s_count{%s} %" PRIu64 "\n", name, labels, count);
}

static void render_family(const struct family *f, struct buf *out)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", f->name, f->help, f->name,
		   type_names[f->type]);
	for (const struct metric *m = f->metrics; m != NULL; m = m->next) {
		if (f->type == TYPE_HISTOGRAM)
			render_histogram(m, out);
		else if (m->labels != NULL)
			buf_printf(out, "%s{%s} %" PRId64 "\n", f->name, m->labels,
				   metric_value(m));
		else
			buf_printf(out, "%s %" PRId64 "\n", f->name, metric_value(m));
	}
}

void metrics_render(struct buf *out)
{
	pthread_mutex_lock(&lock);
	for (const struct family *f = families; f != NULL; f = f->next)
		render_family(f, out);
	pthread_mutex_unlock(&lock);
	metrics_render_process(out);
}
