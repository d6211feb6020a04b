/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* audit_chain_test - the hash of a row tells every change of it from every other, and stays what it
 * is: logs of years hang on it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/model/audit_chain.h"
#include "tests/unit/support/run.h"

static const uint8_t zeros[AUDIT_HASH_BYTES];

static struct audit_entry entry_of(int64_t number, const char *a, const char *b)
{
	return (struct audit_entry){
		.number = number,
		.log = AUDIT_LOG_CHANGES,
		.id = 7,
		.fields = {a, b},
		.lens = {a != NULL ? strlen(a) : 0, b != NULL ? strlen(b) : 0},
		.count = 2,
	};
}

static void hex_of(const uint8_t *before, const struct audit_entry *e, char out[AUDIT_HEX_SIZE])
{
	uint8_t hash[AUDIT_HASH_BYTES];

	audit_hash(before, e, hash);
	audit_hex(hash, out);
}

/* (head -c32 /dev/zero; printf '1:1,1:1,1:7,5:hello,-,') | sha256sum */
START_TEST(test_it_stays_what_it_is)
{
	struct audit_entry e = entry_of(1, "hello", NULL);
	char hex[AUDIT_HEX_SIZE];

	hex_of(zeros, &e, hex);
	ck_assert_str_eq(hex, "d741be20b120225a7f5b15bfcb96c48d923f2658a4e7e5977f269950a0a26464");
}
END_TEST

START_TEST(test_every_change_is_another_hash)
{
	uint8_t before[AUDIT_HASH_BYTES] = {1};
	struct audit_entry entries[] = {
		entry_of(1, "ab", "c"), entry_of(2, "ab", "c"),	 entry_of(1, "a", "bc"),
		entry_of(1, "ab", ""),	entry_of(1, "ab", NULL), entry_of(1, "ab", "-"),
		entry_of(1, "ab", "c"), entry_of(1, "ab", "c"),	 entry_of(1, "ab", "c"),
	};
	enum { COUNT = sizeof(entries) / sizeof(entries[0]) };
	char hex[COUNT + 1][AUDIT_HEX_SIZE];

	entries[6].log = AUDIT_LOG_READINGS;
	entries[7].id = 8;
	entries[8].count = 1;
	for (size_t i = 0; i < COUNT; i++)
		hex_of(zeros, &entries[i], hex[i]);
	hex_of(before, &entries[0], hex[COUNT]);
	for (size_t i = 0; i <= COUNT; i++)
		for (size_t k = 0; k < i; k++)
			ck_assert_msg(strcmp(hex[i], hex[k]) != 0, "%zu and %zu", i, k);
}
END_TEST

static struct privacy_key *some_key(void)
{
	char path[] = "/tmp/vestnik-key-XXXXXX";
	int fd = mkstemp(path);
	struct privacy_key *key;
	struct err err;

	ck_assert_int_eq(write(fd, "0123456789abcdef0123456789abcdef", 32), 32);
	close(fd);
	ck_assert_msg(privacy_key_load(path, &key, &err), "%s", err.msg);
	unlink(path);
	return key;
}

START_TEST(test_an_anchor_is_signed_whole)
{
	struct audit_anchor anchors[] = {
		{.no = 1, .number = 5, .at_us = 9},
		{.no = 2, .number = 5, .at_us = 9},
		{.no = 1, .number = 6, .at_us = 9},
		{.no = 1, .number = 5, .at_us = 8},
		{.no = 1, .number = 5, .at_us = 9, .cut = true},
		{.no = 1, .number = 5, .at_us = 9, .hash = {1}},
	};
	enum { COUNT = sizeof(anchors) / sizeof(anchors[0]) };
	uint8_t signature[COUNT][PRIVACY_HASH_BYTES];
	struct privacy_key *key = some_key();

	for (size_t i = 0; i < COUNT; i++) {
		audit_anchor_sign(key, &anchors[i], signature[i]);
		for (size_t k = 0; k < i; k++)
			ck_assert_mem_ne(signature[i], signature[k], PRIVACY_HASH_BYTES);
	}
	privacy_key_free(&key);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("audit_chain");

	tcase_add_test(tc, test_it_stays_what_it_is);
	tcase_add_test(tc, test_every_change_is_another_hash);
	tcase_add_test(tc, test_an_anchor_is_signed_whole);
	return case_run("audit_chain", tc);
}
