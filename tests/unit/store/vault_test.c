/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vault_test - what was sealed opens for its owner and name alone, under any key of the file, and
 * the file is taken up when it changes. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/store/vault.h"
#include "tests/unit/support/run.h"

#define OLD "an old key of more than thirty-two octets"
#define NEW "a new key of more than thirty-two octets!"

static char path[64];
static struct err err;

static void write_file(const char *text, mode_t mode)
{
	char next[80];
	FILE *file;

	/* As an editor or a copy does it: another file takes the name. */
	(void)snprintf(next, sizeof(next), "%s.next", path);
	file = fopen(next, "we");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fchmod(fileno(file), mode), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(rename(next, path), 0);
}

static void set_up(void)
{
	(void)snprintf(path, sizeof(path), "/tmp/vestnik-vault-%d", (int)getpid());
}

static void tear_down(void)
{
	(void)unlink(path);
}

static struct vault *vault_of(const char *text)
{
	struct vault *vault;

	write_file(text, 0600);
	ck_assert_msg(vault_load(path, &vault, &err), "%s", err.msg);
	return vault;
}

static const struct vault_place password = {VAULT_ACCOUNT, 12, "password"};

static struct buf sealed_by(struct vault *vault)
{
	struct buf sealed;

	buf_init(&sealed, VAULT_SEALED_MAX);
	ck_assert_msg(vault_seal(vault, &password, "geheim", 6, &sealed, &err), "%s", err.msg);
	return sealed;
}

static bool opens(struct vault *vault, const struct vault_place *place, const struct buf *sealed)
{
	struct buf text;
	bool ok;

	buf_init(&text, 100);
	ok = vault_unseal(vault, place, sealed->data, sealed->len, &text, &err);
	ck_assert(!ok || strcmp(buf_str(&text), "geheim") == 0);
	ck_assert(ok || text.len == 0);
	buf_deinit(&text);
	return ok;
}

START_TEST(test_opens_in_its_place_alone)
{
	static const struct vault_place others[] = {
		{VAULT_ACCOUNT, 13, "password"},
		{VAULT_SOURCE, 12, "password"},
		{VAULT_ACCOUNT, 12, "key"},
		{VAULT_ACCOUNT, 1, "2/password"},
	};
	struct vault *vault = vault_of(OLD "\n");
	struct buf sealed = sealed_by(vault), again = sealed_by(vault);

	ck_assert(opens(vault, &password, &sealed));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert(!opens(vault, &others[i], &sealed));
	/* Nonces: the same secret never looks the same. */
	ck_assert(sealed.len == again.len && memcmp(sealed.data, again.data, sealed.len) != 0);
	ck_assert_ptr_null(memmem(sealed.data, sealed.len, "geheim", 6));
	buf_deinit(&sealed);
	buf_deinit(&again);
	vault_free(&vault);
	ck_assert_ptr_null(vault);
}
END_TEST

START_TEST(test_every_changed_octet_is_noticed)
{
	struct vault *vault = vault_of(OLD);
	struct buf sealed = sealed_by(vault);

	for (size_t i = 0; i < sealed.len; i++) {
		sealed.data[i] ^= 1;
		ck_assert_msg(!opens(vault, &password, &sealed), "octet %zu", i);
		sealed.data[i] ^= 1;
	}
	for (size_t cut = 0; cut < sealed.len; cut++) {
		struct buf part = sealed;

		part.len = cut;
		ck_assert_msg(!opens(vault, &password, &part), "%zu octets", cut);
	}
	ck_assert(opens(vault, &password, &sealed));
	buf_deinit(&sealed);
	vault_free(&vault);
}
END_TEST

/* A new line in front, everything sealed anew, the old line taken out: at no moment is anything
 * unreadable, and a running daemon takes each step up. */
START_TEST(test_rotation)
{
	struct vault *vault = vault_of(OLD "\n");
	struct buf old = sealed_by(vault), new;

	write_file(NEW "\n\n" OLD "\n", 0600);
	ck_assert(opens(vault, &password, &old));
	ck_assert(!vault_is_current(vault, old.data, old.len));
	new = sealed_by(vault);
	ck_assert(vault_is_current(vault, new.data, new.len));
	write_file(NEW "\n", 0600);
	ck_assert(opens(vault, &password, &new));
	ck_assert(!opens(vault, &password, &old));
	ck_assert_msg(strstr(err.msg, "a key that is not in secrets.key_file") != NULL, "%s",
		      err.msg);
	buf_deinit(&old);
	buf_deinit(&new);
	vault_free(&vault);
}
END_TEST

START_TEST(test_a_broken_file_leaves_the_keys_that_were_known)
{
	struct vault *vault = vault_of(OLD "\n");
	struct buf sealed = sealed_by(vault);

	write_file("cut", 0600);
	ck_assert(opens(vault, &password, &sealed));
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(opens(vault, &password, &sealed));
	buf_deinit(&sealed);
	vault_free(&vault);
}
END_TEST

static const struct {
	const char *text;
	mode_t mode;
	const char *said;
} files[] = {
	{"too short", 0600, "expected a secret of 32 to 4096"},
	{OLD "\nshort\n", 0600, "key 2 has 5 octets; expected at least 32"},
	{OLD, 0644, "chmod 640"},
};

START_TEST(test_wrong_file)
{
	struct vault *vault;

	write_file(files[_i].text, files[_i].mode);
	ck_assert(!vault_load(path, &vault, &err));
	ck_assert_msg(strstr(err.msg, files[_i].said) != NULL, "%s", err.msg);
	ck_assert_ptr_null(vault);
}
END_TEST

START_TEST(test_without_a_key_nothing_is_sealed)
{
	struct buf text;
	struct vault *vault;

	ck_assert(vault_load("", &vault, &err));
	ck_assert_ptr_null(vault);
	buf_init(&text, 100);
	ck_assert(!vault_seal(vault, &password, "geheim", 6, &text, &err));
	ck_assert_msg(strstr(err.msg, "secrets.key_file is not set") != NULL, "%s", err.msg);
	ck_assert_uint_eq(text.len, 0);
	ck_assert(!vault_unseal(vault, &password, "x", 1, &text, &err));
	vault_free(&vault);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("vault");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, test_opens_in_its_place_alone);
	tcase_add_test(tc, test_every_changed_octet_is_noticed);
	tcase_add_test(tc, test_rotation);
	tcase_add_test(tc, test_a_broken_file_leaves_the_keys_that_were_known);
	tcase_add_loop_test(tc, test_wrong_file, 0, (int)(sizeof(files) / sizeof(files[0])));
	tcase_add_test(tc, test_without_a_key_nothing_is_sealed);
	return case_run("vault", tc);
}
