/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pack_test - a pack that was written verifies; one that was changed, and ZIPs meant to hurt, do
 * not, and the sentence says why. */
#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/model/pack.h"
#include "tests/unit/support/database.h"
#include "tests/unit/support/run.h"

#define MADE_US INT64_C(1795000000000000)

static const struct pack_about about = {
	.complaint_id = 12, .made_at_us = MADE_US, .made_by = "person 7", .system = "Vestnik"};

static int empty_file(void)
{
	int fd = memfd_create("pack", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* --- packs as they are made ----------------------------------------------------------------------
 */

static int good_pack(struct pack_sum *sum)
{
	struct pack_writer *w = NULL;
	int fd = empty_file();

	ck_ok(pack_begin(fd, MADE_US, &w, err));
	ck_ok(pack_add(w, "complaint.json", "{}", 2, err));
	ck_ok(pack_add(w, "proofs/proof-3.pdf", "%PDF", 4, err));
	ck_ok(pack_add(w, "empty.txt", "", 0, err));
	ck_ok(pack_end(&w, &about, sum, err));
	ck_assert_ptr_null(w);
	return fd;
}

START_TEST(test_what_was_written_verifies)
{
	struct pack_report report;
	struct pack_sum sum;
	int fd = good_pack(&sum);

	ck_ok(pack_verify(fd, &report, err));
	ck_assert_int_eq(report.complaint_id, 12);
	ck_assert_int_eq(report.made_at_us, MADE_US);
	ck_assert_uint_eq(report.sum.files, 4);
	ck_assert_uint_eq(report.sum.bytes, sum.bytes);
	ck_assert_mem_eq(report.sum.digest, sum.digest, PACK_DIGEST_BYTES);
	close(fd);
}
END_TEST

/* Whatever octet is changed: refused, or (in a time, say, that no digest covers) the same files. */
START_TEST(test_no_changed_octet_passes_as_the_pack)
{
	struct pack_report report;
	struct pack_sum sum;
	struct err err = {0};
	int fd = good_pack(&sum);
	off_t size = lseek(fd, 0, SEEK_END);
	size_t refused = 0;

	for (off_t at = 0; at < size; at++) {
		unsigned char was, other;

		ck_assert_int_eq(pread(fd, &was, 1, at), 1);
		other = was ^ 0x20;
		ck_assert_int_eq(pwrite(fd, &other, 1, at), 1);
		if (!pack_verify(fd, &report, &err))
			refused++;
		else
			ck_assert_mem_eq(report.sum.digest, sum.digest, PACK_DIGEST_BYTES);
		ck_assert_int_eq(pwrite(fd, &was, 1, at), 1);
	}
	ck_assert_uint_gt(refused, (size_t)size / 3);
	for (off_t len = 0; len < size; len++) {
		ck_assert_int_eq(ftruncate(fd, len), 0);
		ck_assert(!pack_verify(fd, &report, &err));
		close(fd);
		fd = good_pack(&sum);
	}
	close(fd);
}
END_TEST

START_TEST(test_a_pack_is_bounded)
{
	struct pack_writer *w = NULL;
	struct err why = {0};
	int fd = empty_file();
	char *large = mem_calloc(PACK_FILE_BYTES_MAX + 1, 1);
	char name[40];

	ck_ok(pack_begin(fd, MADE_US, &w, err));
	ck_assert(!pack_add(w, "large", large, PACK_FILE_BYTES_MAX + 1, &why));
	ck_assert_int_eq(why.kind, ERR_LIMIT);
	for (int i = 0; i < PACK_FILES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "file-%d", i);
		ck_ok(pack_add(w, name, "x", 1, err));
	}
	ck_assert(!pack_add(w, "one-more", "x", 1, &why));
	ck_assert_int_eq(why.kind, ERR_LIMIT);
	pack_abort(&w);
	mem_free(large);
	close(fd);
}
END_TEST

START_TEST(test_names)
{
	static const char *const good[] = {"a", "manifest.json", "proofs/proof-1.pdf", "a..b"};
	static const char *const bad[] = {"",	 "/a",	  "../a", "a/../b",  "a/b/c",
					  "a/",	 "A.txt", "a\\b", ".hidden", "a/.b",
					  "a b", "c:a",	  "a\n",  "файл"};
	char longest[PACK_NAME_MAX + 2];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(pack_name_is_valid(good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!pack_name_is_valid(bad[i]), "%s", bad[i]);
	memset(longest, 'a', sizeof(longest));
	longest[PACK_NAME_MAX + 1] = '\0';
	ck_assert(!pack_name_is_valid(longest));
	longest[PACK_NAME_MAX] = '\0';
	ck_assert(pack_name_is_valid(longest));
}
END_TEST

/* --- ZIPs of others ------------------------------------------------------------------------------
 */

struct part {
	const char *name, *text;
	const char *link; /* a symbolic link to this */
	size_t zeros;	  /* so many, instead of the text */
};

static void add_zeros(struct archive *zip, size_t count)
{
	static const char zeros[65536];

	for (size_t left = count; left > 0;) {
		size_t piece = left < sizeof(zeros) ? left : sizeof(zeros);

		ck_assert_int_eq(archive_write_data(zip, zeros, piece), (la_ssize_t)piece);
		left -= piece;
	}
}

static void add_part(struct archive *zip, const struct part *part)
{
	struct archive_entry *entry = archive_entry_new();
	size_t len = part->link != NULL ? 0 : part->zeros > 0 ? part->zeros : strlen(part->text);

	archive_entry_set_pathname(entry, part->name);
	archive_entry_set_filetype(entry, part->link != NULL ? AE_IFLNK : AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	if (part->link != NULL)
		archive_entry_set_symlink(entry, part->link);
	archive_entry_set_size(entry, (int64_t)len);
	ck_assert_int_eq(archive_write_header(zip, entry), ARCHIVE_OK);
	if (part->zeros > 0)
		add_zeros(zip, part->zeros);
	else if (part->link == NULL)
		ck_assert_int_eq(archive_write_data(zip, part->text, len), (la_ssize_t)len);
	archive_entry_free(entry);
}

static int make(const struct part *parts, size_t count)
{
	int fd = empty_file();
	struct archive *zip = archive_write_new();

	archive_write_set_format_zip(zip);
	ck_assert_int_eq(archive_write_open_fd(zip, fd), ARCHIVE_OK);
	for (size_t i = 0; i < count; i++)
		add_part(zip, &parts[i]);
	ck_assert_int_eq(archive_write_free(zip), ARCHIVE_OK);
	return fd;
}

#define MAKE(...)                                                                                  \
	make((struct part[]){__VA_ARGS__},                                                         \
	     sizeof((struct part[]){__VA_ARGS__}) / sizeof(struct part))

static void expect_refusal(int fd, const char *part)
{
	struct pack_report report;
	struct err err = {0};

	ck_assert_msg(!pack_verify(fd, &report, &err), "it passed, not: %s", part);
	ck_assert_msg(strstr(err.msg, part) != NULL, "%s\nand not: %s", err.msg, part);
	close(fd);
}

/* The manifest of a file "a" with the text "x". */
#define SHA_X  "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
#define FILE_A "{\"name\":\"a\",\"bytes\":1,\"sha256\":\"" SHA_X "\"}"
#define MANIFEST(files)                                                                            \
	{                                                                                          \
		.name = "manifest.json",                                                           \
		.text = "{\"format\":\"vestnik-pack/1\",\"complaint_id\":\"12\","                  \
			"\"made_at\":\"2026-11-28T10:00:00.000Z\",\"files\":[" files "]}"          \
	}
#define A                                                                                          \
	{                                                                                          \
		.name = "a", .text = "x"                                                           \
	}

START_TEST(test_the_smallest_pack)
{
	struct pack_report report;
	int fd = MAKE(A, MANIFEST(FILE_A));

	ck_ok(pack_verify(fd, &report, err));
	close(fd);
}
END_TEST

START_TEST(test_what_differs_from_the_manifest)
{
	expect_refusal(MAKE(A, {.name = "b", .text = "x"}, MANIFEST(FILE_A)),
		       "\"b\" is in the ZIP and not in the manifest");
	expect_refusal(MAKE(MANIFEST(FILE_A)), "\"a\" stands in the manifest and is missing");
	expect_refusal(MAKE({.name = "a", .text = "y"}, MANIFEST(FILE_A)),
		       "\"a\" is not the file that the manifest names");
	expect_refusal(MAKE({.name = "a", .text = "xx"}, MANIFEST(FILE_A)), "its SHA-256 is");
	expect_refusal(MAKE(A, MANIFEST(FILE_A "," FILE_A)), "stands in the manifest twice");
	expect_refusal(MAKE(A), "no manifest.json: it is no pack");
	expect_refusal(MAKE(A, {.name = "manifest.json", .text = "{\"files\":[]}"}),
		       "the manifest is not one of a pack");
	expect_refusal(MAKE(A, {.name = "manifest.json", .text = "{\"format\""}), "manifest.json");
	expect_refusal(
		MAKE(A, MANIFEST("{\"name\":\"../a\",\"bytes\":1,\"sha256\":\"" SHA_X "\"}")),
		"the manifest is not one of a pack");
}
END_TEST

START_TEST(test_hostile_zips)
{
	expect_refusal(MAKE({.name = "../../etc/cron.d/x", .text = "x"}, MANIFEST("")),
		       "whose name no file in a pack may have: \"../../etc/cron.d/x\"");
	expect_refusal(MAKE({.name = "/etc/passwd", .text = "x"}, MANIFEST("")), "whose name");
	expect_refusal(MAKE({.name = "a/", .text = ""}, MANIFEST("")), "whose name");
	expect_refusal(MAKE(A, A, MANIFEST(FILE_A)), "\"a\" is in the ZIP twice");
	expect_refusal(MAKE(MANIFEST(FILE_A), A, MANIFEST(FILE_A)), "is in the ZIP twice");
	expect_refusal(MAKE({.name = "a", .link = "/etc/passwd"}, MANIFEST(FILE_A)), "is a link");
	expect_refusal(MAKE({.name = "a", .zeros = PACK_FILE_BYTES_MAX + 1}, MANIFEST(FILE_A)),
		       "\"a\" unpacks to more than a pack may have");
	expect_refusal(MAKE(A, {.name = "manifest.json", .zeros = (1 << 20) + 1}),
		       "the manifest is longer than one may be");
}
END_TEST

START_TEST(test_many_files)
{
	struct part parts[PACK_FILES_MAX + 2];
	char names[PACK_FILES_MAX + 2][16];

	for (size_t i = 0; i < PACK_FILES_MAX + 2; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "f%zu", i);
		parts[i] = (struct part){.name = names[i], .text = "x"};
	}
	expect_refusal(make(parts, PACK_FILES_MAX + 2), "more files than a pack may have");
}
END_TEST

static void append(int fd, const void *data, size_t len)
{
	ck_assert_int_eq(pwrite(fd, data, len, lseek(fd, 0, SEEK_END)), (ssize_t)len);
}

START_TEST(test_what_is_put_around_a_pack)
{
	struct pack_sum sum;
	int fd = good_pack(&sum);
	int other = MAKE({.name = "b", .text = "y"});
	char piece[4096];
	ssize_t len = pread(other, piece, sizeof(piece), 0);

	append(fd, "x", 1);
	expect_refusal(fd, "does not end as a pack does");
	fd = good_pack(&sum);
	append(fd, piece, (size_t)len); /* unzip would find that one alone */
	expect_refusal(fd, "does not end as a pack does");
	close(other);
	fd = empty_file();
	append(fd, "no zip at all, whatever its length may be", 41);
	expect_refusal(fd, "does not end as a pack does");
	fd = empty_file();
	expect_refusal(fd, "it cannot be read as a ZIP");
	expect_refusal(open("/dev/zero", O_RDONLY | O_CLOEXEC), "a regular file");
}
END_TEST

/* "a" stands in the ZIP and not in its directory: some programs unpack it, some do not. */
START_TEST(test_the_directory_must_agree)
{
	int fd = MAKE(A, MANIFEST(FILE_A)), spliced = empty_file();
	unsigned char zip[4096], *directory, *end;
	size_t len = (size_t)pread(fd, zip, sizeof(zip), 0), first_len;
	uint32_t at;

	close(fd);
	end = zip + len - 22;
	memcpy(&at, end + 16, sizeof(at));
	directory = zip + at;
	first_len = 46u + directory[28] + directory[30] + directory[32];
	append(spliced, zip, at);
	append(spliced, directory + first_len, (size_t)(end - directory) - first_len);
	end[8] = end[10] = 1;
	end[12] = (unsigned char)(end[12] - first_len);
	append(spliced, end, 22);
	expect_refusal(spliced, "the ZIP's directory says something else of \"a\"");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pack");
	TCase *tcase = tcase_create("pack");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_what_was_written_verifies);
	tcase_add_test(tcase, test_no_changed_octet_passes_as_the_pack);
	tcase_add_test(tcase, test_a_pack_is_bounded);
	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_the_smallest_pack);
	tcase_add_test(tcase, test_what_differs_from_the_manifest);
	tcase_add_test(tcase, test_hostile_zips);
	tcase_add_test(tcase, test_many_files);
	tcase_add_test(tcase, test_what_is_put_around_a_pack);
	tcase_add_test(tcase, test_the_directory_must_agree);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
