/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* totp - see totp.h. */
#include "common/store/totp.h"

#include <liboath/oath.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>
#include <time.h>

#include "common/base/err.h"
#include "common/base/mem.h"

#define STEP_S 30
#define DIGITS 6
#define ISSUER "Vestnik"

void base32_random(char *out, size_t chars)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint8_t byte;

	for (size_t i = 0; i < chars; i++) {
		if (RAND_bytes(&byte, 1) != 1)
			panic("the system has no random numbers to give");
		out[i] = digits[byte % 32];
	}
	out[chars] = '\0';
}

void totp_secret_new(char out[TOTP_SECRET_SIZE])
{
	base32_random(out, TOTP_SECRET_SIZE - 1);
}

int64_t totp_step(const char *secret, const char *code, int64_t now_s)
{
	char want[DIGITS + 1];
	int64_t found = 0;
	char *key = NULL;
	size_t len = 0;

	if (strlen(code) != DIGITS ||
	    oath_base32_decode(secret, strlen(secret), &key, &len) != OATH_OK)
		return 0;
	for (int64_t step = now_s / STEP_S - 1; step <= now_s / STEP_S + 1; step++) {
		if (oath_totp_generate(key, len, (time_t)(step * STEP_S), STEP_S, 0, DIGITS,
				       want) != OATH_OK)
			panic("codes by time cannot be made");
		if (CRYPTO_memcmp(want, code, DIGITS) == 0)
			found = step;
	}
	OPENSSL_cleanse(key, len);
	mem_free(key);
	return found;
}

bool totp_uri(const char *secret, const char *login, struct buf *out)
{
	bool ok = buf_printf(out, "otpauth://totp/" ISSUER ":");

	for (; *login != '\0'; login++)
		ok = ok && (*login == '@' ? buf_printf(out, "%%40") : buf_add_char(out, *login));
	return ok && buf_printf(out, "?secret=%s&issuer=" ISSUER, secret);
}
