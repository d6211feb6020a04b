/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* xlsx_part - see xlsx_part.h.
 *
 * libarchive reads the zip as a stream: its other way loads the directory of all entries first,
 * which a hostile file can make as large as it likes. */
#include "common/text/xlsx_part.h"

#include <archive.h>
#include <archive_entry.h>
#include <expat.h>
#include <string.h>
#include <unistd.h>

#define PIECE_BYTES	65536
#define PART_BYTES_MAX	(INT64_C(2) << 30)
#define TOKEN_BYTES_MAX (1 << 20) /* expat keeps a tag until it is closed */
#define ENTRIES_MAX	10000

struct parsing {
	const struct xlsx_handler *handler;
	void *arg;
	XML_Parser parser;
	size_t silent_bytes; /* since expat reported anything */
	bool stopped;	     /* by the handler */
	bool hostile;	     /* entities are declared */
};

static bool damaged(struct err *err)
{
	return err_set(err, ERR_INPUT,
		       "the file is no Excel workbook or is damaged; open it in Excel, save it as "
		       ".xlsx or as CSV UTF-8 and send that");
}

/* --- expat
 * ---------------------------------------------------------------------------------------- */

static const char *local_name(const char *name)
{
	const char *bar = strrchr(name, '|');

	return bar != NULL ? bar + 1 : name;
}

const char *xlsx_attribute(const char **attributes, const char *name)
{
	for (size_t i = 0; attributes[i] != NULL; i += 2)
		if (strcmp(local_name(attributes[i]), name) == 0)
			return attributes[i + 1];
	return NULL;
}

static void go_on(struct parsing *p, bool more)
{
	p->silent_bytes = 0;
	if (more)
		return;
	p->stopped = true;
	XML_StopParser(p->parser, XML_FALSE);
}

static void on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct parsing *p = arg;

	go_on(p, p->handler->on_start == NULL ||
			 p->handler->on_start(p->arg, local_name(name), attributes));
}

static void on_end(void *arg, const XML_Char *name)
{
	struct parsing *p = arg;

	go_on(p, p->handler->on_end == NULL || p->handler->on_end(p->arg, local_name(name)));
}

static void on_text(void *arg, const XML_Char *text, int len)
{
	struct parsing *p = arg;

	go_on(p, p->handler->on_text == NULL || p->handler->on_text(p->arg, text, (size_t)len));
}

/* No program writes one into a workbook; only entities that blow up need it. */
static void on_doctype(void *arg, const XML_Char *name, const XML_Char *system_id,
		       const XML_Char *public_id, int internal)
{
	struct parsing *p = arg;

	(void)name, (void)system_id, (void)public_id, (void)internal;
	p->hostile = true;
	XML_StopParser(p->parser, XML_FALSE);
}

/* --- libarchive
 * ----------------------------------------------------------------------------------- */

static bool feed(struct archive *zip, struct parsing *p, struct err *err)
{
	int64_t total = 0;

	for (;;) {
		void *piece = XML_GetBuffer(p->parser, PIECE_BYTES);
		ssize_t len = piece != NULL ? archive_read_data(zip, piece, PIECE_BYTES) : -1;

		if (len < 0)
			return damaged(err);
		total += len;
		p->silent_bytes += (size_t)len;
		if (total > PART_BYTES_MAX || p->silent_bytes > TOKEN_BYTES_MAX)
			return err_set(err, ERR_INPUT,
				       "the workbook unpacks to more than can be read; save the "
				       "sheet as CSV UTF-8 and send that");
		if (XML_ParseBuffer(p->parser, (int)len, len == 0) != XML_STATUS_OK)
			return (p->stopped && !p->hostile) || damaged(err);
		if (len == 0)
			return true;
	}
}

static bool parse(struct archive *zip, const struct xlsx_handler *handler, void *arg,
		  bool *stopped_out, struct err *err)
{
	struct parsing p = {.handler = handler, .arg = arg};
	bool ok;

	p.parser = XML_ParserCreateNS(NULL, '|');
	if (p.parser == NULL)
		return err_set(err, ERR_IO, "the service is out of memory");
	XML_SetUserData(p.parser, &p);
	XML_SetElementHandler(p.parser, on_start, on_end);
	XML_SetCharacterDataHandler(p.parser, on_text);
	XML_SetStartDoctypeDeclHandler(p.parser, on_doctype);
	ok = feed(zip, &p, err);
	*stopped_out = p.stopped;
	XML_ParserFree(p.parser);
	return ok;
}

static bool read_parts(struct archive *zip, xlsx_choose *choose, void *arg, struct err *err)
{
	bool stopped = false;

	for (int i = 0; i < ENTRIES_MAX && !stopped; i++) {
		const struct xlsx_handler *handler;
		struct archive_entry *entry;
		const char *name;
		int got = archive_read_next_header(zip, &entry);

		if (got == ARCHIVE_EOF)
			return i > 0 || damaged(err);
		if (got < ARCHIVE_WARN)
			return damaged(err);
		name = archive_entry_pathname(entry);
		handler = name != NULL ? choose(arg, name) : NULL;
		if (handler != NULL && !parse(zip, handler, arg, &stopped, err))
			return false;
	}
	return stopped || damaged(err);
}

bool xlsx_parts_read(int fd, xlsx_choose *choose, void *arg, struct err *err)
{
	struct archive *zip;
	bool ok;

	if (lseek(fd, 0, SEEK_SET) != 0)
		return err_set(err, ERR_IO, "the workbook's file cannot be read from its start");
	zip = archive_read_new();
	if (zip == NULL)
		return err_set(err, ERR_IO, "the service is out of memory");
	ok = archive_read_support_format_zip_streamable(zip) == ARCHIVE_OK &&
	     archive_read_open_fd(zip, fd, PIECE_BYTES) == ARCHIVE_OK;
	ok = ok ? read_parts(zip, choose, arg, err) : damaged(err);
	archive_read_free(zip);
	return ok;
}
