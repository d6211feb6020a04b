/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* openapi - the description of the API, built into the program. */
#include "apid/api.h"

extern const char openapi_begin[];
extern const char openapi_end[];

__asm__(".pushsection .rodata\n"
	".globl openapi_begin\nopenapi_begin:\n"
	".incbin \"apid/openapi.yaml\"\n"
	".globl openapi_end\nopenapi_end:\n"
	".byte 0\n"
	".popsection\n");

/* GET /openapi.yaml */
bool openapi_get(struct request *r, struct err *err)
{
	(void)err;
	http_reply(r->call, 200, "application/yaml", openapi_begin,
		   (size_t)(openapi_end - openapi_begin));
	return true;
}
