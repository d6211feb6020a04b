/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of metrics: the text is what Prometheus' own checker accepts, the numbers are right. */
#include "common/base/metrics.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/unit/support/run.h"

#define TEXT_BYTES_MAX (1024 * 1024)

static struct buf text;

static const char *render(void)
{
	buf_reset(&text);
	metrics_render(&text);
	ck_assert(!text.overflow);
	return buf_str(&text);
}

static void begin(void)
{
	buf_init(&text, TEXT_BYTES_MAX);
}

static void end(void)
{
	buf_deinit(&text);
}

static void assert_has(const char *line)
{
	ck_assert_msg(strstr(render(), line) != NULL, "%s is not in:\n%s", line, buf_str(&text));
}

START_TEST(test_counters_and_gauges)
{
	struct metric *main = metrics_counter("vestnik_sent_total", "Sent.", "account=\"main\"");
	struct metric *spare = metrics_counter("vestnik_sent_total", "Sent.", "account=\"spare\"");
	struct metric *queued = metrics_gauge("vestnik_queued", "Waiting.", NULL);

	ck_assert_ptr_ne(main, spare);
	ck_assert_ptr_eq(main, metrics_counter("vestnik_sent_total", "", "account=\"main\""));
	ck_assert_ptr_eq(queued, metrics_gauge("vestnik_queued", "", NULL));
	metric_add(main, 3);
	metric_add(main, 0);
	metric_set(queued, 10);
	metric_add(queued, -15);
	ck_assert_int_eq(metric_value(main), 3);
	ck_assert_int_eq(metric_value(queued), -5);
	assert_has("# HELP vestnik_sent_total Sent.\n"
		   "# TYPE vestnik_sent_total counter\n"
		   "vestnik_sent_total{account=\"main\"} 3\n"
		   "vestnik_sent_total{account=\"spare\"} 0\n");
	assert_has("# TYPE vestnik_queued gauge\nvestnik_queued -5\n");
}
END_TEST

START_TEST(test_histogram_buckets)
{
	struct metric *m = metrics_histogram("vestnik_wait_seconds", "Wait.", "queue=\"q\"");

	metric_observe_us(m, 0);
	metric_observe_us(m, 500); /* a bound belongs to its bucket */
	metric_observe_us(m, 501);
	metric_observe_us(m, 65536000);
	metric_observe_us(m, 65536001);
	ck_assert_int_eq(metric_value(m), 5);
	assert_has("vestnik_wait_seconds_bucket{queue=\"q\",le=\"0.000500\"} 2\n"
		   "vestnik_wait_seconds_bucket{queue=\"q\",le=\"0.001000\"} 3\n");
	assert_has("vestnik_wait_seconds_bucket{queue=\"q\",le=\"65.536000\"} 4\n"
		   "vestnik_wait_seconds_bucket{queue=\"q\",le=\"+Inf\"} 5\n"
		   "vestnik_wait_seconds_sum{queue=\"q\"} 131.073002\n"
		   "vestnik_wait_seconds_count{queue=\"q\"} 5\n");
}
END_TEST

static double process_value(const char *name)
{
	char line[100];
	const char *at;

	snprintf(line, sizeof(line), "\n%s ", name);
	at = strstr(render(), line);
	ck_assert_msg(at != NULL, "%s is missing", name);
	return strtod(at + strlen(line), NULL);
}

START_TEST(test_process_values_are_plausible)
{
	ck_assert(process_value("process_resident_memory_bytes") > 100000);
	ck_assert(process_value("process_virtual_memory_bytes") >
		  process_value("process_resident_memory_bytes"));
	ck_assert(process_value("process_cpu_seconds_total") >= 0);
	ck_assert(process_value("process_cpu_seconds_total") < 3600);
	ck_assert(process_value("process_open_fds") >= 3);
	ck_assert(process_value("process_max_fds") >= process_value("process_open_fds"));
	ck_assert(process_value("vestnik_uptime_seconds") >= 0);
	ck_assert(process_value("vestnik_uptime_seconds") < 3600);
	ck_assert(process_value("process_start_time_seconds") <= (double)time(NULL) + 1);
	ck_assert(process_value("process_start_time_seconds") > (double)time(NULL) - 3600);
}
END_TEST

static void *count_up(void *arg)
{
	for (int i = 0; i < 100000; i++)
		metric_add(arg, 1);
	return NULL;
}

START_TEST(test_threads_count_together)
{
	struct metric *m = metrics_counter("vestnik_turns_total", "Turns.", NULL);
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, count_up, m);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(metric_value(m), 400000);
}
END_TEST

START_TEST(test_promtool_accepts_the_text)
{
	FILE *promtool;
	int status;

	metric_add(metrics_counter("vestnik_sent_total", "Sent.", "account=\"main\""), 3);
	metric_set(metrics_gauge("vestnik_queued", "Waiting.", NULL), 3);
	metric_observe_us(metrics_histogram("vestnik_wait_seconds", "Wait.", NULL), 700);
	metric_observe_us(metrics_histogram("vestnik_wait_seconds", "Wait.", "queue=\"q\""), 7);
	render();
	signal(SIGPIPE, SIG_IGN);
	promtool = popen("promtool check metrics >&2", "w");
	ck_assert_ptr_nonnull(promtool);
	fwrite(text.data, 1, text.len, promtool);
	status = pclose(promtool);
	ck_assert_msg(
		!WIFEXITED(status) || WEXITSTATUS(status) != 127,
		"promtool is missing: install it with `make setup` (Debian package prometheus)");
	ck_assert_msg(status == 0, "promtool refuses:\n%s", buf_str(&text));
}
END_TEST

START_TEST(test_misuse_is_a_bug)
{
	switch (_i) {
	case 0:
		metrics_counter("vestnik_sent", "A counter without _total.", NULL);
		break;
	case 1:
		metrics_gauge("vestnik_sent_total", "A gauge with it.", NULL);
		break;
	case 2:
		metrics_gauge("sent", "Not ours.", NULL);
		break;
	case 3:
		metrics_gauge("vestnik_Sent", "Upper case.", NULL);
		break;
	case 4:
		metrics_gauge("vestnik_x", "X.", NULL);
		metrics_histogram("vestnik_x", "Another type.", NULL);
		break;
	case 5:
		metric_add(metrics_counter("vestnik_x_total", "X.", NULL), -1);
		break;
	case 6:
		metric_set(metrics_counter("vestnik_x_total", "X.", NULL), 1);
		break;
	default:
		metric_observe_us(metrics_gauge("vestnik_x", "X.", NULL), 1);
	}
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("metrics");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, test_counters_and_gauges);
	tcase_add_test(tests, test_histogram_buckets);
	tcase_add_test(tests, test_process_values_are_plausible);
	tcase_add_test(tests, test_threads_count_together);
	tcase_add_test(tests, test_promtool_accepts_the_text);
	tcase_add_loop_test_raise_signal(tests, test_misuse_is_a_bug, SIGABRT, 0, 8);
	return case_run("metrics", tests);
}
