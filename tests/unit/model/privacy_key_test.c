/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* privacy_key_test - the key of erasures: what file it is taken from, and that what it made only
 * the same key knows again. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/model/privacy_key.h"
#include "tests/unit/support/run.h"

static char path[] = "/tmp/vestnik-key-XXXXXX";

static void write_file(const char *text, mode_t mode)
{
	int fd;

	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static struct privacy_key *key_of(const char *secret)
{
	struct privacy_key *key;
	struct err err;

	write_file(secret, 0600);
	ck_assert_msg(privacy_key_load(path, &key, &err), "%s", err.msg);
	unlink(path);
	return key;
}

static const struct {
	const char *text;
	mode_t mode;
	const char *said;
} files[] = {
	{"too short", 0600, "expected a secret of 32 to 4096"},
	{"", 0600, "found 0 octets"},
	{"0123456789abcdef0123456789abcdef", 0644, "chmod 640"},
};

START_TEST(test_wrong_file)
{
	struct privacy_key *key;
	struct err err;

	write_file(files[_i].text, files[_i].mode);
	ck_assert(!privacy_key_load(path, &key, &err));
	ck_assert_msg(strstr(err.msg, files[_i].said) != NULL, "%s", err.msg);
	ck_assert_ptr_null(key);
	unlink(path);
	ck_assert(!privacy_key_load(path, &key, &err));
	ck_assert_int_eq(err.kind, ERR_IO);
	ck_assert(privacy_key_load("", &key, &err)); /* none is set */
	ck_assert_ptr_null(key);
	privacy_key_free(&key);
}
END_TEST

#define SECRET "0123456789abcdef0123456789abcdef"

START_TEST(test_numbers)
{
	struct privacy_key *key = key_of(SECRET "\r\n"), *same = key_of(SECRET),
			   *other = key_of(SECRET "x");
	uint8_t a[PRIVACY_HASH_BYTES], b[PRIVACY_HASH_BYTES];

	ck_assert_mem_eq(privacy_key_id(key), privacy_key_id(same), PRIVACY_ID_BYTES);
	ck_assert_mem_ne(privacy_key_id(key), privacy_key_id(other), PRIVACY_ID_BYTES);
	privacy_hash_number(key, 79161234567, a);
	privacy_hash_number(same, 79161234567, b);
	ck_assert_mem_eq(a, b, sizeof(a));
	privacy_hash_number(other, 79161234567, b);
	ck_assert_mem_ne(a, b, sizeof(a));
	privacy_hash_number(key, 79161234568, b);
	ck_assert_mem_ne(a, b, sizeof(a));
	ck_assert_int_lt(privacy_pseudonym(key, 79161234567), 0);
	ck_assert_int_eq(privacy_pseudonym(key, 79161234567), privacy_pseudonym(same, 79161234567));
	privacy_sign(key, a, b);
	ck_assert_mem_ne(a, b, sizeof(a));
	privacy_key_free(&key);
	privacy_key_free(&same);
	privacy_key_free(&other);
}
END_TEST

START_TEST(test_seal)
{
	struct privacy_key *key = key_of(SECRET), *other = key_of(SECRET "x");
	struct buf sealed, again, text;
	struct err err;

	buf_init(&sealed, PRIVACY_SEALED_MAX);
	buf_init(&again, PRIVACY_SEALED_MAX);
	buf_init(&text, PRIVACY_SEALED_MAX);
	ck_assert(privacy_seal(key, "secret text", 11, &sealed, &err));
	ck_assert(privacy_seal(key, "secret text", 11, &again, &err));
	ck_assert_uint_eq(sealed.len, again.len);
	ck_assert_mem_ne(sealed.data, again.data, sealed.len); /* a nonce of its own */
	ck_assert_msg(privacy_unseal(key, sealed.data, sealed.len, &text, &err), "%s", err.msg);
	ck_assert_uint_eq(text.len, 11);
	ck_assert_mem_eq(text.data, "secret text", 11);
	ck_assert(!privacy_unseal(other, sealed.data, sealed.len, &text, &err));
	ck_assert_int_eq(err.kind, ERR_INPUT);
	sealed.data[sealed.len - 1] ^= 1;
	ck_assert(!privacy_unseal(key, sealed.data, sealed.len, &text, &err));
	ck_assert(!privacy_unseal(key, sealed.data, 5, &text, &err));
	buf_deinit(&sealed);
	buf_deinit(&again);
	buf_deinit(&text);
	privacy_key_free(&key);
	privacy_key_free(&other);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("privacy_key");

	tcase_add_loop_test(tc, test_wrong_file, 0, sizeof(files) / sizeof(files[0]));
	tcase_add_test(tc, test_numbers);
	tcase_add_test(tc, test_seal);
	return case_run("privacy_key", tc);
}
