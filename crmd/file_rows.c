/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* file_rows - a file of clients, whichever form it has. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/text/xlsx.h"
#include "crmd/reader.h"

#define PIECE_BYTES 65536

static bool read_piece(int fd, char *piece, ssize_t *len_out, struct err *err)
{
	do
		*len_out = read(fd, piece, PIECE_BYTES);
	while (*len_out < 0 && errno == EINTR);
	return *len_out >= 0 ||
	       err_set(err, ERR_IO, "the file could not be read: %s", strerror(errno));
}

static bool csv_rows(int fd, csv_on_row on_row, void *arg, struct err *err)
{
	static _Thread_local char piece[PIECE_BYTES];
	struct csv *csv = csv_new(on_row, arg);
	bool ok = true;
	bool more = true;
	ssize_t len = 1;

	while (more && len > 0) {
		ok = read_piece(fd, piece, &len, err);
		if (!ok)
			break;
		more = len > 0 ? csv_feed(csv, piece, (size_t)len) : csv_end(csv);
	}
	csv_free(&csv);
	return ok;
}

bool file_rows(int fd, csv_on_row on_row, void *arg, struct err *err)
{
	char head[8];
	ssize_t len = pread(fd, head, sizeof(head), 0);

	if (len < 0 || lseek(fd, 0, SEEK_SET) != 0)
		return err_set(err, ERR_IO, "the file could not be read: %s", strerror(errno));
	if (xlsx_is_old_workbook(head, (size_t)len))
		return err_set(err, ERR_INPUT,
			       "the file is a workbook of an old Excel or has a password; save it "
			       "as .xlsx or as CSV UTF-8 without a password");
	if (xlsx_is_workbook(head, (size_t)len))
		return xlsx_read(fd, on_row, arg, err);
	return csv_rows(fd, on_row, arg, err);
}
