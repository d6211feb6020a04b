/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* user_password - see user_password.h. */
#include "cli/user_password.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/store/password.h"

static bool read_line(FILE *in, const char *from, char out[USER_PASSWORD_BYTES], struct err *err)
{
	if (fgets(out, USER_PASSWORD_BYTES, in) == NULL)
		return err_set(err, ERR_INPUT, "there is no password in %s", from);
	out[strcspn(out, "\r\n")] = '\0';
	return true;
}

static bool read_file(const char *path, char out[USER_PASSWORD_BYTES], struct err *err)
{
	FILE *file = fopen(path, "re");
	bool ok;

	if (file == NULL)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	ok = read_line(file, path, out, err);
	(void)fclose(file);
	return ok;
}

/* One line of the terminal, not shown. */
static bool ask(const char *prompt, char out[USER_PASSWORD_BYTES], struct err *err)
{
	struct termios shown, unseen;
	bool ok;

	if (tcgetattr(STDIN_FILENO, &shown) != 0)
		return err_set(err, ERR_IO, "the terminal: %s", strerror(errno));
	unseen = shown;
	unseen.c_lflag &= ~(tcflag_t)ECHO;
	/* Before the prompt: what is typed in answer to it is neither shown nor thrown away. */
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
	(void)fputs(prompt, stderr);
	ok = read_line(stdin, "what was typed", out, err);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	(void)fputc('\n', stderr);
	return ok;
}

static bool ask_twice(char out[USER_PASSWORD_BYTES], struct err *err)
{
	char again[USER_PASSWORD_BYTES];

	if (!ask("Password: ", out, err) || !ask("The same again: ", again, err))
		return false;
	if (strcmp(out, again) != 0)
		return err_set(err, ERR_INPUT, "the two passwords differ; nothing was changed");
	return true;
}

bool user_password_read(const char *file, const char *login, const char *company,
			char out[USER_PASSWORD_BYTES], struct err *err)
{
	const char *refused;
	bool ok;

	if (file != NULL)
		ok = read_file(file, out, err);
	else if (isatty(STDIN_FILENO))
		ok = ask_twice(out, err);
	else
		ok = read_line(stdin, "standard input", out, err);
	if (!ok)
		return false;
	refused = password_refused_in(out, login, company);
	if (refused != NULL)
		return err_set(err, ERR_INPUT, "this password cannot be taken; choose %s", refused);
	return true;
}
