/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reader_file - a file of clients over HTTPS or SFTP.
 *
 * It is fetched whole into a file without a name before a row is read, so that a transfer that
 * breaks off changes nothing.  The cursor is its SHA-256: the same file again is nothing new. */
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "common/base/spool.h"
#include "crmd/fetch.h"

struct target {
	int fd;
	EVP_MD_CTX *digest;
};

static bool store(void *arg, const char *data, size_t len, struct err *err)
{
	struct target *t = arg;

	EVP_DigestUpdate(t->digest, data, len);
	return spool_write(t->fd, data, len, err);
}

static void put_digest(EVP_MD_CTX *digest, struct buf *out)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	EVP_DigestFinal_ex(digest, sum, &len);
	for (unsigned i = 0; i < len; i++)
		buf_printf(out, "%02x", sum[i]);
}

static bool read_fetched(struct reading *r, int fd, struct err *err)
{
	if (r->from != NULL && strcmp(r->from, buf_str(&r->next)) == 0) {
		buf_reset(&r->next);
		return true;
	}
	return file_rows(fd, r->on_row, r->arg, err);
}

bool reader_file(struct reading *r, struct err *err)
{
	struct target t = {.digest = EVP_MD_CTX_new()};
	struct fetch fetch = {.reading = r,
			      .url = source_setting(r->source, "url", ""),
			      .bytes_max = r->options->file_bytes_max,
			      .sink = store,
			      .arg = &t};
	bool ok;

	EVP_DigestInit_ex(t.digest, EVP_sha256(), NULL);
	t.fd = spool_open(err);
	ok = t.fd >= 0 && fetch_run(&fetch, err);
	if (ok) {
		put_digest(t.digest, &r->next);
		ok = read_fetched(r, t.fd, err);
	}
	if (t.fd >= 0)
		close(t.fd);
	EVP_MD_CTX_free(t.digest);
	return ok;
}
