/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* metrics_process - see metrics_process.h.
 *
 * A value that cannot be read is left out of the scrape rather than shown as zero. */
#include "common/base/metrics_process.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"

/* Field 22 of proc(5)'s stat, counted from the closing bracket of the name, which may hold blanks.
 */
#define START_TIME_FIELD 20

static void render(struct buf *out, const char *name, const char *type, const char *help,
		   double value)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %.12g\n", name, help, name, type, name,
		   value);
}

static bool read_text(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t len;

	if (file == NULL)
		return false;
	len = fread(text, 1, size - 1, file);
	text[len] = '\0';
	fclose(file);
	return len > 0;
}

/* The number that follows `skip` blanks; false when the text is shorter. */
static bool nth_number(const char *text, int skip, double *value_out)
{
	char *end;

	for (; skip > 0 && *text != '\0'; text++)
		skip -= *text == ' ';
	*value_out = (double)strtoull(text, &end, 10);
	return end != text;
}

static void render_memory(struct buf *out)
{
	double page = (double)sysconf(_SC_PAGESIZE);
	double pages;
	char text[256];

	if (!read_text("/proc/self/statm", text, sizeof(text)))
		return;
	if (nth_number(text, 0, &pages))
		render(out, "process_virtual_memory_bytes", "gauge",
		       "Virtual memory size in bytes.", pages * page);
	if (nth_number(text, 1, &pages))
		render(out, "process_resident_memory_bytes", "gauge",
		       "Resident memory size in bytes.", pages * page);
}

static void render_cpu(struct buf *out)
{
	struct timespec used;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0)
		render(out, "process_cpu_seconds_total", "counter",
		       "Total user and system CPU time spent in seconds.",
		       (double)used.tv_sec + (double)used.tv_nsec / 1e9);
}

static void render_times(struct buf *out)
{
	char text[1024];
	const char *after_name = NULL;
	double ticks, up_s;

	if (!read_text("/proc/self/stat", text, sizeof(text)))
		return;
	for (const char *s = text; *s != '\0'; s++) {
		if (*s == ')')
			after_name = s;
	}
	if (after_name == NULL || !nth_number(after_name, START_TIME_FIELD, &ticks))
		return;
	up_s = (double)clock_boot_ms() / 1000.0 - ticks / (double)sysconf(_SC_CLK_TCK);
	render(out, "process_start_time_seconds", "gauge",
	       "Start time of the process since unix epoch in seconds.",
	       (double)clock_wall_us() / 1e6 - up_s);
	render(out, "vestnik_uptime_seconds", "gauge", "Seconds since the process was started.",
	       up_s);
}

static void render_fds(struct buf *out)
{
	DIR *dir = opendir("/proc/self/fd");
	struct rlimit limit;
	int count = 0;

	if (dir != NULL) {
		while (readdir(dir) != NULL)
			count++;
		closedir(dir);
		/* Less ".", ".." and the directory itself. */
		render(out, "process_open_fds", "gauge", "Number of open file descriptors.",
		       count - 3);
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		render(out, "process_max_fds", "gauge", "Maximum number of open file descriptors.",
		       (double)limit.rlim_cur);
}

void metrics_render_process(struct buf *out)
{
	render_cpu(out);
	render_memory(out);
	render_times(out);
	render_fds(out);
}
