/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a provider answers, in any format: read within bounds, found or not, never a crash. */
#include "common/provider/document.h"

#include <stdint.h>
#include <string.h>

static const char *const pointers[] = {"", "/", "/a", "/a/0", "/a/b/1/@c", "/#text", "/~0~1", "/9"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static regex_t pattern;
	static bool compiled;
	struct cJSON *document = NULL;
	struct err err = {0};

	if (!compiled) {
		if (regcomp(&pattern, "^([A-Za-z]+)[ :]+\"?([^\"]*)", REG_EXTENDED) != 0)
			__builtin_trap();
		compiled = true;
	}
	if (size == 0)
		return 0;
	if (!document_parse((enum document_format)(data[0] % 4), (const char *)data + 1, size - 1,
			    &pattern, &document, &err)) {
		if (err.kind == ERR_NONE || *err.msg == '\0' || document != NULL)
			__builtin_trap();
		return 0;
	}
	for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++) {
		const char *text = document_text(document, pointers[i]);

		if (text != NULL && strlen(text) > DOCUMENT_BYTES_MAX)
			__builtin_trap();
	}
	document_free(&document);
	return 0;
}
