/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* spool_test - a file without a name. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/spool.h"
#include "tests/unit/support/run.h"

START_TEST(test_keeps_what_is_written)
{
	struct err err;
	struct stat st;
	char back[16] = "";
	int fd = spool_open(&err);

	ck_assert_int_ge(fd, 0);
	ck_assert(spool_write(fd, "clients", 7, &err) && spool_write(fd, " and more", 9, &err));
	ck_assert_int_eq(pread(fd, back, sizeof(back), 0), 16);
	ck_assert_mem_eq(back, "clients and more", 16);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_nlink, 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	close(fd);
}
END_TEST

START_TEST(test_says_why_not)
{
	struct err err;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert(!spool_write(fd, "x", 1, &err));
	ck_assert_int_eq(err.kind, ERR_IO);
	close(fd);
	setenv("TMPDIR", "/no/such/folder", 1);
	ck_assert_int_eq(spool_open(&err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "/no/such/folder"));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("spool");

	tcase_add_test(tc, test_keeps_what_is_written);
	tcase_add_test(tc, test_says_why_not);
	return case_run("spool", tc);
}
