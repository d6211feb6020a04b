/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reader_folder - files that others put into a folder.
 *
 * Files are left where they are: the cursor says which was read last, by the time its inode changed
 * (which moving a file into the folder sets, while the time of its content may be any) and its
 * name. What is read in part is read file by file, the oldest first; of complete files only the
 * newest counts.  Links are not followed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "crmd/reader.h"

#define NAME_SIZE 256

struct candidate {
	int64_t changed_ns;
	char name[NAME_SIZE];
};

static int compare(const struct candidate *a, const struct candidate *b)
{
	if (a->changed_ns != b->changed_ns)
		return a->changed_ns < b->changed_ns ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* "1764320000000000000 clients.csv" */
static void cursor_read(const char *cursor, struct candidate *out)
{
	char *end = NULL;

	*out = (struct candidate){0};
	if (cursor == NULL)
		return;
	out->changed_ns = strtoll(cursor, &end, 10);
	if (*end == ' ')
		snprintf(out->name, sizeof(out->name), "%s", end + 1);
}

static bool open_folder(const struct reading *r, DIR **out, struct err *err)
{
	const char *name = source_setting(r->source, "folder", "");
	int root, fd;

	if (r->options->folder[0] == '\0')
		return err_set(err, ERR_INPUT,
			       "the service has no folder for sources; its administrator sets "
			       "sources.folder in the configuration of crmd");
	root = open(r->options->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = root < 0 ? -1 : openat(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	*out = fd < 0 ? NULL : fdopendir(fd);
	if (*out == NULL)
		err_set(err, ERR_INPUT, "the folder \"%.100s\" cannot be opened: %s", name,
			strerror(errno));
	if (*out == NULL && fd >= 0)
		close(fd);
	if (root >= 0)
		close(root);
	return *out != NULL;
}

/* A file that fits the pattern and is not being written any more. */
static bool examine(const struct reading *r, int folder, const char *name, struct candidate *out)
{
	const char *pattern = source_setting(r->source, "pattern", "*");
	int64_t settled_ns = (clock_wall_us() - r->options->settle_ms * 1000) * 1000;
	struct stat st;

	if (name[0] == '.' || strlen(name) >= NAME_SIZE || fnmatch(pattern, name, 0) != 0 ||
	    fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return false;
	out->changed_ns = st.st_ctim.tv_sec * INT64_C(1000000000) + st.st_ctim.tv_nsec;
	snprintf(out->name, sizeof(out->name), "%s", name);
	return out->changed_ns <= settled_ns;
}

/* The file to read now; false: none.  *more_out: there is another one after it. */
static bool choose(const struct reading *r, DIR *dir, struct candidate *out, bool *more_out)
{
	struct candidate after;
	const struct dirent *entry;
	size_t found = 0;

	cursor_read(r->from, &after);
	while ((entry = readdir(dir)) != NULL) {
		struct candidate now;

		if (!examine(r, dirfd(dir), entry->d_name, &now) || compare(&now, &after) <= 0)
			continue;
		if (found == 0 || (compare(&now, out) > 0) == r->complete)
			*out = now;
		found++;
	}
	*more_out = found > 1 && !r->complete;
	return found > 0;
}

bool reader_folder(struct reading *r, struct err *err)
{
	struct candidate file;
	DIR *dir = NULL;
	bool ok = true;

	if (!open_folder(r, &dir, err))
		return false;
	if (choose(r, dir, &file, &r->more)) {
		int fd = openat(dirfd(dir), file.name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

		if (fd < 0)
			ok = err_set(err, ERR_INPUT, "the file \"%.200s\" cannot be opened: %s",
				     file.name, strerror(errno));
		else
			ok = file_rows(fd, r->on_row, r->arg, err);
		if (fd >= 0)
			close(fd);
		buf_printf(&r->next, "%lld %s", (long long)file.changed_ns, file.name);
	}
	closedir(dir);
	return ok;
}
