/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* files - see files.h. */
#include "common/web/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/mem.h"

#define FILES_MAX	2000
#define FILE_BYTES_MAX	(16u * 1024 * 1024)
#define TOTAL_BYTES_MAX (64u * 1024 * 1024)
#define DEPTH_MAX	8
#define ETAG_BYTES	16
#define ETAG_SIZE	(2 * ETAG_BYTES + 3)

/* In the order they are preferred. */
enum coding { CODING_BR, CODING_GZIP, CODING_PLAIN, CODINGS };

static const struct {
	const char *name;
	const char *suffix;
} codings[CODINGS] = {{"br", ".br"}, {"gzip", ".gz"}, {NULL, ""}};

struct body {
	char *data; /* NULL: not there in this coding */
	size_t len;
	char etag[ETAG_SIZE];
};

struct file {
	char *path; /* as asked for: "/assets/index-Ab12.js" */
	const char *type;
	struct body bodies[CODINGS];
};

struct files {
	struct file *items; /* by path */
	size_t count;
	size_t bytes;
};

/* --- reading -------------------------------------------------------------------------------------
 */

static const char *type_of(const char *path)
{
	static const struct {
		const char *suffix;
		const char *type;
	} types[] = {
		{".html", "text/html; charset=utf-8"},
		{".js", "text/javascript; charset=utf-8"},
		{".css", "text/css; charset=utf-8"},
		{".json", "application/json"},
		{".webmanifest", "application/manifest+json"},
		{".svg", "image/svg+xml"},
		{".png", "image/png"},
		{".jpg", "image/jpeg"},
		{".webp", "image/webp"},
		{".ico", "image/x-icon"},
		{".woff2", "font/woff2"},
		{".txt", "text/plain; charset=utf-8"},
	};
	const char *suffix = strrchr(path, '.');

	for (size_t i = 0; suffix != NULL && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcasecmp(suffix, types[i].suffix) == 0)
			return types[i].type;
	return "application/octet-stream";
}

static bool read_all(struct files *files, int fd, const char *name, struct body *out,
		     struct err *err)
{
	struct stat is;

	if (fstat(fd, &is) != 0)
		return err_set(err, ERR_IO, "cannot read %s: %s", name, strerror(errno));
	if (!S_ISREG(is.st_mode))
		return err_set(err, ERR_INPUT, "%s is not a regular file", name);
	if (is.st_size > FILE_BYTES_MAX || files->bytes + (size_t)is.st_size > TOTAL_BYTES_MAX)
		return err_set(err, ERR_LIMIT,
			       "%s is too large: a file may have %u MiB, all together %u MiB", name,
			       FILE_BYTES_MAX >> 20, TOTAL_BYTES_MAX >> 20);
	out->data = mem_alloc((size_t)is.st_size + 1);
	while (out->len < (size_t)is.st_size) {
		ssize_t n = read(fd, out->data + out->len, (size_t)is.st_size - out->len);

		if (n <= 0)
			return err_set(err, ERR_IO, "cannot read %s: %s", name,
				       n == 0 ? "it became shorter" : strerror(errno));
		out->len += (size_t)n;
	}
	files->bytes += out->len;
	return true;
}

static void make_etag(struct body *body)
{
	unsigned char hash[EVP_MAX_MD_SIZE];

	if (EVP_Digest(body->data, body->len, hash, NULL, EVP_sha256(), NULL) != 1)
		panic("EVP_Digest failed");
	body->etag[0] = '"';
	for (size_t i = 0; i < ETAG_BYTES; i++)
		snprintf(body->etag + 1 + 2 * i, 3, "%02x", hash[i]);
	memcpy(body->etag + 1 + (size_t)2 * ETAG_BYTES, "\"", 2);
}

/* The file in one coding; that it is not there is fine except in its own. */
static bool read_body(struct files *files, const char *name, enum coding coding, struct body *out,
		      struct err *err)
{
	struct buf path;
	bool ok = true;
	int fd;

	buf_init(&path, 4096);
	buf_printf(&path, "%s%s", name, codings[coding].suffix);
	fd = open(buf_str(&path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0) {
		ok = read_all(files, fd, buf_str(&path), out, err);
		close(fd);
		if (ok)
			make_etag(out);
	} else if (coding == CODING_PLAIN || errno != ENOENT) {
		ok = err_set(err, ERR_IO, "cannot read %s: %s", buf_str(&path), strerror(errno));
	}
	buf_deinit(&path);
	return ok;
}

static bool add_file(struct files *files, const char *name, const char *path, struct err *err)
{
	struct file *file;

	if (files->count == FILES_MAX)
		return err_set(err, ERR_LIMIT, "more than %d files; is this the right folder?",
			       FILES_MAX);
	file = &files->items[files->count++];
	file->path = mem_strdup(path);
	file->type = type_of(path);
	for (enum coding c = 0; c < CODINGS; c++)
		if (!read_body(files, name, c, &file->bodies[c], err))
			return false;
	return true;
}

static bool is_sibling(const char *name)
{
	size_t len = strlen(name);

	return len > 3 &&
	       (strcmp(name + len - 3, ".br") == 0 || strcmp(name + len - 3, ".gz") == 0);
}

static bool add_folder(struct files *files, const char *name, const char *path, int depth,
		       struct err *err);

static bool add_entry(struct files *files, const char *name, const char *path, int depth,
		      struct err *err)
{
	struct stat is;

	if (lstat(name, &is) != 0)
		return err_set(err, ERR_IO, "cannot read %s: %s", name, strerror(errno));
	if (S_ISDIR(is.st_mode))
		return add_folder(files, name, path, depth + 1, err);
	if (S_ISREG(is.st_mode) && !is_sibling(name))
		return add_file(files, name, path, err);
	return true;
}

/* `name` on the disk is `path` to a browser. */
static bool add_folder(struct files *files, const char *name, const char *path, int depth,
		       struct err *err)
{
	const struct dirent *entry;
	bool ok = true;
	DIR *dir;

	if (depth > DEPTH_MAX)
		return err_set(err, ERR_LIMIT, "%s is more than %d folders deep", name, DEPTH_MAX);
	dir = opendir(name);
	if (dir == NULL)
		return err_set(err, ERR_IO, "cannot read %s: %s", name, strerror(errno));
	while (ok && (entry = readdir(dir)) != NULL) {
		struct buf name_in;
		struct buf path_in;

		if (entry->d_name[0] == '.')
			continue;
		buf_init(&name_in, 4096);
		buf_init(&path_in, 4096);
		ok = (buf_printf(&name_in, "%s/%s", name, entry->d_name) &&
		      buf_printf(&path_in, "%s/%s", path, entry->d_name)) ||
		     err_set(err, ERR_LIMIT, "%s: a path in it is too long", name);
		ok = ok && add_entry(files, buf_str(&name_in), buf_str(&path_in), depth, err);
		buf_deinit(&name_in);
		buf_deinit(&path_in);
	}
	closedir(dir);
	return ok;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

static int path_to_file(const void *path, const void *file)
{
	return strcmp(path, ((const struct file *)file)->path);
}

static const struct file *lookup(const struct files *files, const char *path)
{
	return bsearch(path, files->items, files->count, sizeof(*files->items), path_to_file);
}

bool files_load(const char *folder, struct files **out, struct err *err)
{
	struct files *files = mem_calloc(1, sizeof(*files));
	bool ok;

	files->items = mem_calloc(FILES_MAX, sizeof(*files->items));
	ok = add_folder(files, folder, "", 0, err);
	qsort(files->items, files->count, sizeof(*files->items), by_path);
	if (ok && lookup(files, "/index.html") == NULL)
		ok = err_set(err, ERR_INPUT, "%s has no index.html", folder);
	if (ok)
		*out = files;
	else
		files_free(&files);
	return ok;
}

void files_free(struct files **files)
{
	struct files *f = *files;

	if (f == NULL)
		return;
	for (size_t i = 0; i < f->count; i++) {
		mem_free(f->items[i].path);
		for (size_t c = 0; c < CODINGS; c++)
			mem_free(f->items[i].bodies[c].data);
	}
	mem_free(f->items);
	mem_free(f);
	*files = NULL;
}

/* --- answering -----------------------------------------------------------------------------------
 */

static bool starts_with(const char *path, const char *start)
{
	return strncmp(path, start, strlen(start)) == 0;
}

/* A page of the interface: nothing that looks like a file, and not the API. */
static bool is_page(const char *path)
{
	static const char page[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-_~/";

	return path[0] == '/' && path[strspn(path, page)] == '\0' && strcmp(path, "/v1") != 0 &&
	       !starts_with(path, "/v1/") && !starts_with(path, "/assets/");
}

/* The parameters after a coding: only a q of zero matters. */
static bool is_refused(const char *parameters, size_t len)
{
	const char *q = memmem(parameters, len, "q=0", 3);

	return q != NULL && strspn(q + 3, ".0 \t") >= len - (size_t)(q + 3 - parameters);
}

/* Whether a coding is named (or meant by *) and not refused. */
static bool accepts(const char *header, const char *name)
{
	bool any = false;

	while (header != NULL && *header != '\0') {
		const char *item = header + strspn(header, ", \t");
		size_t len = strcspn(item, ",");
		size_t name_len = strcspn(item, ",; \t");
		bool wanted = !is_refused(item + name_len, len - name_len);

		if (name_len == strlen(name) && strncasecmp(item, name, name_len) == 0)
			return wanted;
		if (name_len == 1 && *item == '*')
			any = wanted;
		header = item + len;
	}
	return any;
}

bool files_find(const struct files *files, const char *path, const char *accept_encoding,
		struct files_answer *out)
{
	const struct file *file = lookup(files, path);
	enum coding coding = CODING_BR;

	if (file == NULL && strcmp(path, "/api") == 0)
		file = lookup(files, "/api.html"); /* a page of its own */
	if (file == NULL && is_page(path))
		file = lookup(files, "/index.html");
	if (file == NULL)
		return false;
	while (coding != CODING_PLAIN && (file->bodies[coding].data == NULL ||
					  !accepts(accept_encoding, codings[coding].name)))
		coding++;
	*out = (struct files_answer){
		.data = file->bodies[coding].data,
		.len = file->bodies[coding].len,
		.type = file->type,
		.coding = codings[coding].name,
		.cache = starts_with(file->path, "/assets/") ? "public, max-age=31536000, immutable"
							     : "no-cache",
		.etag = file->bodies[coding].etag,
	};
	return true;
}

bool files_known(const struct files_answer *answer, const char *if_none_match)
{
	while (if_none_match != NULL && *if_none_match != '\0') {
		const char *item = if_none_match + strspn(if_none_match, ", \t");
		size_t len = strcspn(item, ", \t");

		if_none_match = item + len;
		if (len == 1 && *item == '*')
			return true;
		if (starts_with(item, "W/")) {
			item += 2;
			len -= 2;
		}
		if (len == strlen(answer->etag) && strncmp(item, answer->etag, len) == 0)
			return true;
	}
	return false;
}
