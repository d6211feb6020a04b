/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* download - see download.h. */
#include "apid/download.h"
#include "apid/reading.h"
#include "common/web/mask.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/spool.h"

#define SENTENCE_BYTES_MAX 8000
#define RUSSIAN_FIRST	   70000000000LL
#define RUSSIAN_LAST	   79999999999LL

bool download_begin(struct download *d, struct err *err)
{
	d->out = NULL;
	d->fd = spool_open(err);
	if (d->fd < 0)
		return false;
	d->out = fdopen(dup(d->fd), "w");
	if (d->out == NULL) {
		err_set(err, ERR_IO, "fdopen: %s", strerror(errno));
		close(d->fd);
		return false;
	}
	fputs("\xef\xbb\xbf", d->out);
	return true;
}

bool download_reply(struct request *r, struct download *d, const char *name, struct err *err)
{
	char disposition[160];
	bool ok = fflush(d->out) == 0 && ferror(d->out) == 0;

	if (!ok) {
		err_set(err, ERR_IO, "the file could not be written: %s", strerror(errno));
		download_abort(d);
		return false;
	}
	if (!reading_note(r)) {
		download_abort(d);
		return true;
	}
	fclose(d->out);
	snprintf(disposition, sizeof(disposition), "attachment; filename=\"%.100s\"", name);
	http_reply_header(r->call, "Content-Disposition", disposition);
	http_reply_file(r->call, 200, "text/csv; charset=utf-8", d->fd,
			(uint64_t)lseek(d->fd, 0, SEEK_END));
	return true;
}

void download_abort(struct download *d)
{
	fclose(d->out);
	close(d->fd);
}

void download_put_time(FILE *out, int64_t at_us)
{
	time_t seconds = (time_t)(at_us / 1000000);
	char text[32];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	fputs(text, out);
}

static void put_cell(FILE *out, const char *mark, const char *text)
{
	putc('"', out);
	fputs(mark, out);
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"')
			putc('"', out);
		putc(*c, out);
	}
	putc('"', out);
}

void download_put_quoted(FILE *out, const char *text)
{
	put_cell(out, "", text);
}

void download_put_said(FILE *out, enum lang lang, const char *english)
{
	struct buf said;

	buf_init(&said, SENTENCE_BYTES_MAX);
	lang_say(lang, english, &said);
	download_put_quoted(out, buf_str(&said));
	buf_deinit(&said);
}

void download_put_guarded(FILE *out, const char *text)
{
	bool formula = text[0] != '\0' && strchr("=+-@\t\r\n", text[0]) != NULL;

	put_cell(out, formula ? "'" : "", text);
}

void download_put_client_phone(struct request *r, FILE *out, int64_t msisdn)
{
	char masked[MASK_PHONE_SIZE];

	r->json.people++;
	if (r->json.masked && msisdn > 0)
		fputs(mask_phone(msisdn, masked), out);
	else if (msisdn > 0)
		download_put_phone(out, msisdn);
}

void download_put_name(const struct request *r, FILE *out, const char *name)
{
	char masked[MASK_NAME_SIZE];

	download_put_guarded(out, r->json.masked ? mask_name(name, masked) : name);
}

void download_put_phone(FILE *out, int64_t msisdn)
{
	if (msisdn >= RUSSIAN_FIRST && msisdn <= RUSSIAN_LAST)
		fprintf(out, "7 %03d %03d-%02d-%02d", (int)(msisdn / 10000000 % 1000),
			(int)(msisdn / 10000 % 1000), (int)(msisdn / 100 % 100),
			(int)(msisdn % 100));
	else
		fprintf(out, "00 %lld", (long long)msisdn);
}
