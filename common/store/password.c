/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* password - see password.h. */
#include "common/store/password.h"

#include <argon2.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/store/password_words.h"
#include "common/text/utf8.h"

#define PASSES	   2
#define MEMORY_KIB (19 * 1024)
#define LANES	   1
#define SALT_BYTES 16
#define SUM_BYTES  32

/* Of nothing anybody knows, with the settings above. */
static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
			     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

const char *password_refused(const char *password, const char *login)
{
	return password_refused_in(password, login, NULL);
}

const char *password_refused_in(const char *password, const char *login, const char *company)
{
	const char *const about[] = {login, company, NULL};
	size_t chars = 0;

	for (const char *c = password; *c != '\0'; c++)
		chars += ((unsigned char)*c & 0xc0) != 0x80;
	if (utf8_valid(password, strlen(password)) != strlen(password))
		return "a password in UTF-8";
	if (chars < PASSWORD_CHARS_MIN)
		return "at least 12 characters; a few words are easy to remember";
	if (chars > PASSWORD_CHARS_MAX)
		return "at most 200 characters";
	if (strcasecmp(password, login) == 0)
		return "something else than the login";
	if (password_is_common(password, about))
		return "something nobody tries first: a few words, and neither common "
		       "passwords nor rows of keys, the login or the company's name";
	return NULL;
}

bool password_hash(const char *password, char out[PASSWORD_HASH_SIZE], struct err *err)
{
	uint8_t salt[SALT_BYTES];
	int failed;

	if (RAND_bytes(salt, sizeof(salt)) != 1)
		return err_set(err, ERR_IO, "the system has no random numbers to give");
	failed = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password, strlen(password), salt,
				       sizeof(salt), SUM_BYTES, out, PASSWORD_HASH_SIZE);
	if (failed != ARGON2_OK)
		return err_set(err, ERR_IO, "the password could not be hashed: %s",
			       argon2_error_message(failed));
	return true;
}

bool password_right(const char *hash, const char *password)
{
	bool right = argon2id_verify(hash != NULL ? hash : nobody, password, strlen(password)) ==
		     ARGON2_OK;

	return right && hash != NULL;
}
