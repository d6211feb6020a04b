/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pack_read - see pack.h.
 *
 * A ZIP says twice what is in it: before each file, and in the directory at its end, and programs
 * differ in which they believe.  So it is read both ways and both must say the same.  The directory
 * is loaded whole by libarchive, so its size is looked at first. */
#include <archive.h>
#include <archive_entry.h>
#include <cjson/cJSON.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/model/pack.h"
#include "common/web/json.h"

#define PIECE_BYTES	   65536
#define MANIFEST_BYTES_MAX (1u << 20)
#define END_BYTES	   22	      /* of the record that ends a ZIP without a comment */
#define ENTRY_BYTES_MAX	   1024	      /* of the directory, for one file */
#define OVERHEAD_BYTES_MAX (4u << 20) /* of the ZIP itself, beside the files */

struct found {
	char name[PACK_NAME_MAX + 1];
	uint64_t bytes;
	uint8_t digest[PACK_DIGEST_BYTES];
	bool named; /* by the manifest */
};

struct contents {
	struct found files[PACK_FILES_MAX + 1];
	size_t count;
	uint64_t bytes;
	struct buf manifest;
};

static bool damaged(struct err *err)
{
	return err_set(err, ERR_INPUT,
		       "the file is no pack, or is damaged: it cannot be read as a "
		       "ZIP to its end");
}

static struct found *find(struct contents *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->files[i].name, name) == 0)
			return &c->files[i];
	return NULL;
}

/* --- the end of the ZIP --------------------------------------------------------------------------
 */

static uint32_t little(const uint8_t *at, int octets)
{
	uint32_t value = 0;

	for (int i = octets - 1; i >= 0; i--)
		value = value << 8 | at[i];
	return value;
}

/* Nothing stands behind the directory, and it is as small as that of a pack. */
static bool check_end(int fd, struct err *err)
{
	uint8_t end[END_BYTES];
	uint32_t entries, directory_bytes, directory_at;
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "a pack is a regular file");
	if (st.st_size < END_BYTES ||
	    pread(fd, end, END_BYTES, st.st_size - END_BYTES) != END_BYTES)
		return damaged(err);
	if (st.st_size > (off_t)PACK_BYTES_MAX + OVERHEAD_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "the file is larger than a pack may be");
	entries = little(end + 10, 2);
	directory_bytes = little(end + 12, 4);
	directory_at = little(end + 16, 4);
	if (memcmp(end, "PK\5\6\0\0\0\0", 8) != 0 || little(end + 8, 2) != entries ||
	    little(end + 20, 2) != 0 ||
	    (uint64_t)directory_at + directory_bytes != (uint64_t)(st.st_size - END_BYTES))
		return err_set(err, ERR_INPUT,
			       "the ZIP does not end as a pack does: something stands behind it or "
			       "was added to it");
	if (entries > PACK_FILES_MAX + 1 || directory_bytes > entries * ENTRY_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "the ZIP has more files than a pack may have");
	return true;
}

/* --- reading the files ---------------------------------------------------------------------------
 */

static bool check_entry(struct contents *c, struct archive_entry *entry, struct err *err)
{
	const char *name = archive_entry_pathname(entry);

	if (name == NULL || !pack_name_is_valid(name))
		return err_set(
			err, ERR_INPUT,
			"the ZIP has a file whose name no file in a pack may have: \"%.120s\"",
			name != NULL ? name : "");
	if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_symlink(entry) != NULL ||
	    archive_entry_hardlink(entry) != NULL || archive_entry_is_encrypted(entry))
		return err_set(err, ERR_INPUT,
			       "\"%s\" is a link, a folder or locked by a password; a pack has "
			       "plain files alone",
			       name);
	if (find(c, name) != NULL)
		return err_set(err, ERR_INPUT, "\"%s\" is in the ZIP twice", name);
	if (c->count > PACK_FILES_MAX)
		return err_set(err, ERR_LIMIT, "the ZIP has more files than a pack may have");
	(void)snprintf(c->files[c->count].name, sizeof(c->files[0].name), "%s", name);
	return true;
}

static bool take_piece(struct contents *c, struct found *file, EVP_MD_CTX *ctx, const void *data,
		       size_t len, struct err *err)
{
	file->bytes += len;
	c->bytes += len;
	if (file->bytes > PACK_FILE_BYTES_MAX || c->bytes > PACK_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "\"%s\" unpacks to more than a pack may have",
			       file->name);
	if (strcmp(file->name, PACK_MANIFEST) == 0 && !buf_add(&c->manifest, data, len))
		return err_set(err, ERR_LIMIT, "the manifest is longer than one may be");
	if (EVP_DigestUpdate(ctx, data, len) != 1)
		panic("SHA-256 is not available in the cryptographic library");
	return true;
}

static bool read_file(struct contents *c, struct archive *zip, struct err *err)
{
	static const size_t size = PIECE_BYTES;
	struct found *file = &c->files[c->count];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	char *piece = mem_alloc(size);
	la_ssize_t len = 0;
	bool ok = true;

	if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		panic("SHA-256 is not available in the cryptographic library");
	while (ok && (len = archive_read_data(zip, piece, size)) > 0)
		ok = take_piece(c, file, ctx, piece, (size_t)len, err);
	if (len < 0)
		ok = damaged(err);
	if (EVP_DigestFinal_ex(ctx, file->digest, NULL) != 1)
		panic("SHA-256 is not available in the cryptographic library");
	EVP_MD_CTX_free(ctx);
	mem_free(piece);
	c->count++;
	return ok;
}

static bool read_files(struct contents *c, struct archive *zip, struct err *err)
{
	for (;;) {
		struct archive_entry *entry;
		int got = archive_read_next_header(zip, &entry);

		if (got == ARCHIVE_EOF)
			return true;
		if (got != ARCHIVE_OK)
			return damaged(err);
		if (!check_entry(c, entry, err) || !read_file(c, zip, err))
			return false;
	}
}

static bool read_zip(int fd, int (*support)(struct archive *), struct contents *c, struct err *err)
{
	struct archive *zip = archive_read_new();
	bool ok;

	if (zip == NULL)
		return err_set(err, ERR_IO, "no memory to read a ZIP");
	ok = lseek(fd, 0, SEEK_SET) == 0 && support(zip) == ARCHIVE_OK &&
	     archive_read_open_fd(zip, fd, PIECE_BYTES) == ARCHIVE_OK;
	ok = ok ? read_files(c, zip, err) : damaged(err);
	archive_read_free(zip);
	return ok;
}

static bool are_same(struct contents *a, struct contents *b, struct err *err)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct found *other = find(b, a->files[i].name);

		if (other == NULL || other->bytes != a->files[i].bytes ||
		    memcmp(other->digest, a->files[i].digest, PACK_DIGEST_BYTES) != 0)
			return err_set(err, ERR_INPUT,
				       "the ZIP's directory says something else of \"%s\" than the "
				       "ZIP itself",
				       a->files[i].name);
	}
	return a->count == b->count ||
	       err_set(err, ERR_INPUT, "the ZIP's directory names files that are not in the ZIP");
}

/* --- the manifest --------------------------------------------------------------------------------
 */

static bool check_file(struct contents *c, const struct cJSON *item, struct err *err)
{
	const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, "name");
	const cJSON *bytes = cJSON_GetObjectItemCaseSensitive(item, "bytes");
	const cJSON *sha256 = cJSON_GetObjectItemCaseSensitive(item, "sha256");
	char hex[PACK_HEX_SIZE];
	struct found *file;

	if (!cJSON_IsString(name) || !cJSON_IsNumber(bytes) || !cJSON_IsString(sha256) ||
	    !pack_name_is_valid(name->valuestring) || strcmp(name->valuestring, PACK_MANIFEST) == 0)
		return err_set(err, ERR_INPUT, "the manifest is not one of a pack");
	file = find(c, name->valuestring);
	if (file == NULL)
		return err_set(err, ERR_INPUT, "\"%s\" stands in the manifest and is missing",
			       name->valuestring);
	if (file->named)
		return err_set(err, ERR_INPUT, "\"%s\" stands in the manifest twice", file->name);
	if (bytes->valuedouble != (double)file->bytes ||
	    strcmp(sha256->valuestring, pack_hex(file->digest, hex)) != 0)
		return err_set(err, ERR_INPUT,
			       "\"%s\" is not the file that the manifest names: its SHA-256 is %s",
			       file->name, hex);
	file->named = true;
	return true;
}

static bool check_manifest(struct contents *c, const struct cJSON *doc, struct pack_report *out,
			   struct err *err)
{
	const cJSON *format = cJSON_GetObjectItemCaseSensitive(doc, "format");
	const cJSON *complaint = cJSON_GetObjectItemCaseSensitive(doc, "complaint_id");
	const cJSON *made_at = cJSON_GetObjectItemCaseSensitive(doc, "made_at");
	const cJSON *files = cJSON_GetObjectItemCaseSensitive(doc, "files");
	const cJSON *item;

	if (!cJSON_IsString(format) || strcmp(format->valuestring, "vestnik-pack/1") != 0 ||
	    !cJSON_IsString(complaint) || !id_parse(complaint->valuestring, &out->complaint_id) ||
	    !cJSON_IsString(made_at) || !rfc3339_parse(made_at->valuestring, &out->made_at_us) ||
	    !cJSON_IsArray(files))
		return err_set(err, ERR_INPUT, "the manifest is not one of a pack");
	cJSON_ArrayForEach(item, files)
	{
		if (!check_file(c, item, err))
			return false;
	}
	for (size_t i = 0; i < c->count; i++)
		if (!c->files[i].named && strcmp(c->files[i].name, PACK_MANIFEST) != 0)
			return err_set(err, ERR_INPUT,
				       "\"%s\" is in the ZIP and not in the manifest",
				       c->files[i].name);
	return true;
}

static bool judge(struct contents *c, struct pack_report *out, struct err *err)
{
	const struct found *manifest = find(c, PACK_MANIFEST);
	struct cJSON *doc = NULL;
	bool ok;

	if (manifest == NULL)
		return err_set(err, ERR_INPUT, "the ZIP has no " PACK_MANIFEST ": it is no pack");
	if (!json_parse(buf_str(&c->manifest), c->manifest.len, &doc, err))
		return err_wrap(err, PACK_MANIFEST);
	ok = check_manifest(c, doc, out, err);
	json_free(&doc);
	out->sum = (struct pack_sum){.files = c->count, .bytes = c->bytes};
	memcpy(out->sum.digest, manifest->digest, PACK_DIGEST_BYTES);
	return ok;
}

static struct contents *contents_new(void)
{
	struct contents *c = mem_calloc(1, sizeof(*c));

	buf_init(&c->manifest, MANIFEST_BYTES_MAX);
	return c;
}

static void contents_free(struct contents *c)
{
	buf_deinit(&c->manifest);
	mem_free(c);
}

bool pack_verify(int fd, struct pack_report *out, struct err *err)
{
	struct contents *along = contents_new();
	struct contents *listed = contents_new();
	bool ok = check_end(fd, err) &&
		  read_zip(fd, archive_read_support_format_zip_streamable, along, err) &&
		  read_zip(fd, archive_read_support_format_zip_seekable, listed, err) &&
		  are_same(along, listed, err) && judge(along, out, err);

	contents_free(along);
	contents_free(listed);
	return ok;
}
