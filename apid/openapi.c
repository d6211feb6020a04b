/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* openapi - the description of the API, built into the program. */
#include "apid/api.h"

extern const char openapi_begin[];
extern const uint64_t openapi_len;

__asm__(".pushsection .rodata\n"
	".globl openapi_begin\nopenapi_begin:\n"
	".incbin \"apid/openapi.yaml\"\n"
	"openapi_end:\n"
	".balign 8\n"
	".globl openapi_len\nopenapi_len: .quad openapi_end - openapi_begin\n"
	".popsection\n");

/* GET /openapi.yaml */
bool openapi_get(struct request *r, struct err *err)
{
	(void)err;
	http_reply(r->call, 200, "application/yaml", openapi_begin, openapi_len);
	return true;
}
