/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pack_write - see pack.h. */
#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/model/pack.h"
#include "common/web/json_out.h"

#define MANIFEST_BYTES_MAX (1u << 20)

struct packed {
	char name[PACK_NAME_MAX + 1];
	uint64_t bytes;
	uint8_t digest[PACK_DIGEST_BYTES];
};

struct pack_writer {
	struct archive *zip;
	int64_t made_at_us;
	uint64_t bytes;
	size_t count;
	struct packed files[PACK_FILES_MAX + 1];
};

static bool failed(const struct pack_writer *w, struct err *err)
{
	const char *why = archive_error_string(w->zip);

	return err_set(err, ERR_IO, "the pack could not be written: %s",
		       why != NULL ? why : "no memory");
}

const char *pack_hex(const uint8_t digest[PACK_DIGEST_BYTES], char out[PACK_HEX_SIZE])
{
	for (size_t i = 0; i < PACK_DIGEST_BYTES; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
	return out;
}

bool pack_name_is_valid(const char *name)
{
	const char *slash = strchr(name, '/');
	size_t len = strlen(name);

	if (len == 0 || len > PACK_NAME_MAX || name[0] == '.' ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_./")] != '\0')
		return false;
	return slash == NULL || (slash != name && slash[1] != '\0' && slash[1] != '.' &&
				 strchr(slash + 1, '/') == NULL);
}

bool pack_begin(int fd, int64_t made_at_us, struct pack_writer **out, struct err *err)
{
	struct pack_writer *w = mem_calloc(1, sizeof(*w));

	w->made_at_us = made_at_us;
	w->zip = archive_write_new();
	if (w->zip == NULL || archive_write_set_format_zip(w->zip) != ARCHIVE_OK ||
	    archive_write_open_fd(w->zip, fd) != ARCHIVE_OK) {
		failed(w, err);
		pack_abort(&w);
		return false;
	}
	*out = w;
	return true;
}

static bool write_entry(struct pack_writer *w, const char *name, const void *data, size_t len,
			struct err *err)
{
	struct archive_entry *entry = archive_entry_new();
	bool ok;

	if (entry == NULL)
		return failed(w, err);
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (int64_t)len);
	archive_entry_set_mtime(entry, (time_t)(w->made_at_us / 1000000), 0);
	ok = archive_write_header(w->zip, entry) == ARCHIVE_OK &&
	     archive_write_data(w->zip, data, len) == (la_ssize_t)len;
	archive_entry_free(entry);
	return ok || failed(w, err);
}

bool pack_add(struct pack_writer *w, const char *name, const void *data, size_t len,
	      struct err *err)
{
	size_t room = strcmp(name, PACK_MANIFEST) == 0 ? PACK_FILES_MAX + 1 : PACK_FILES_MAX;
	struct packed *file = &w->files[w->count];

	if (!pack_name_is_valid(name))
		panic("a file in a pack cannot be called %s", name);
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->files[i].name, name) == 0)
			panic("a pack has %s already", name);
	if (w->count >= room || len > PACK_FILE_BYTES_MAX || w->bytes + len > PACK_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "the pack would have more than a pack may");
	(void)snprintf(file->name, sizeof(file->name), "%s", name);
	file->bytes = len;
	if (EVP_Digest(data, len, file->digest, NULL, EVP_sha256(), NULL) != 1)
		panic("SHA-256 is not available in the cryptographic library");
	w->count++;
	w->bytes += len;
	return write_entry(w, name, data, len, err);
}

static void put_manifest(const struct pack_writer *w, const struct pack_about *about,
			 struct buf *out)
{
	struct json_out json;
	char hex[PACK_HEX_SIZE];

	json_out_init(&json, out);
	json_object(&json, NULL);
	json_put_text(&json, "format", "vestnik-pack/1");
	json_put_id(&json, "complaint_id", about->complaint_id);
	json_put_time(&json, "made_at", about->made_at_us);
	json_put_text(&json, "made_by", about->made_by);
	json_put_text(&json, "system", about->system);
	json_array(&json, "files");
	for (size_t i = 0; i < w->count; i++) {
		json_object(&json, NULL);
		json_put_text(&json, "name", w->files[i].name);
		json_put_int(&json, "bytes", (int64_t)w->files[i].bytes);
		json_put_text(&json, "sha256", pack_hex(w->files[i].digest, hex));
		json_object_end(&json);
	}
	json_array_end(&json);
	json_object_end(&json);
}

bool pack_end(struct pack_writer **writer, const struct pack_about *about, struct pack_sum *out,
	      struct err *err)
{
	struct pack_writer *w = *writer;
	struct buf manifest;
	bool ok;

	buf_init(&manifest, MANIFEST_BYTES_MAX);
	put_manifest(w, about, &manifest);
	ok = pack_add(w, PACK_MANIFEST, buf_str(&manifest), manifest.len, err) &&
	     (archive_write_close(w->zip) == ARCHIVE_OK || failed(w, err));
	buf_deinit(&manifest);
	if (ok) {
		*out = (struct pack_sum){.files = w->count, .bytes = w->bytes};
		memcpy(out->digest, w->files[w->count - 1].digest, sizeof(out->digest));
	}
	pack_abort(writer);
	return ok;
}

void pack_abort(struct pack_writer **w)
{
	if (*w == NULL)
		return;
	if ((*w)->zip != NULL)
		archive_write_free((*w)->zip);
	mem_free(*w);
	*w = NULL;
}
