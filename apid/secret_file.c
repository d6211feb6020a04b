/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* secret_file - see secret_file.h. */
#include "apid/secret_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/mem.h"

#define SECRET_BYTES_MAX 1024

static bool read_line(FILE *file, const char *path, char line[SECRET_BYTES_MAX + 2],
		      struct err *err)
{
	struct stat st;

	if (fstat(fileno(file), &st) != 0)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	if ((st.st_mode & S_IRWXO) != 0)
		return err_set(err, ERR_INPUT,
			       "%s: everybody on this machine may read it; chmod o-rwx it", path);
	if (fgets(line, SECRET_BYTES_MAX + 2, file) == NULL)
		line[0] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	if (line[0] == '\0' || strlen(line) > SECRET_BYTES_MAX)
		return err_set(err, ERR_INPUT, "%s: its first line has no octet or more than %d",
			       path, SECRET_BYTES_MAX);
	return true;
}

bool secret_file_read(const char *path, char **out, struct err *err)
{
	char line[SECRET_BYTES_MAX + 2];
	FILE *file;
	bool ok;

	if (path[0] == '\0') {
		*out = mem_strdup("");
		return true;
	}
	file = fopen(path, "re");
	if (file == NULL)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	ok = read_line(file, path, line, err);
	(void)fclose(file);
	if (ok)
		*out = mem_strdup(line);
	explicit_bzero(line, sizeof(line));
	return ok;
}

void secret_file_free(char **secret)
{
	if (*secret != NULL)
		explicit_bzero(*secret, strlen(*secret));
	mem_free(*secret);
	*secret = NULL;
}
