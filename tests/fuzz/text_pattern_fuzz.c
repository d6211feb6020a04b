/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* text_pattern_fuzz - any pattern compiles or is refused with a sentence; what compiles is compared
 * with any text without reading beside it, and a pattern without variables is that text alone.
 * Input: the pattern, a NUL, the text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/sms/text_pattern.h"
#include "common/text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct text_probe probe;
	const char *pattern = (const char *)data;
	const char *end = memchr(data, 0, size);
	size_t pattern_len = end != NULL ? (size_t)(end - pattern) : size;
	const char *text = end != NULL ? end + 1 : pattern;
	size_t len = end != NULL ? size - pattern_len - 1 : size;
	struct text_pattern *compiled = NULL;
	struct err err = {0};
	bool matched;

	if (!text_pattern_compile(pattern, pattern_len, &compiled, &err)) {
		if (err.msg[0] == '\0')
			abort();
		return 0;
	}
	len = utf8_valid(text, len);
	matched = text_probe_set(&probe, text, len) && text_pattern_match(compiled, &probe);
	if (memchr(pattern, '%', pattern_len) == NULL &&
	    matched != (len == pattern_len && memcmp(pattern, text, len) == 0))
		abort();
	text_pattern_free(&compiled);
	return 0;
}
