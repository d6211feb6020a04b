/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_headers - what every answer tells a browser, be it a page, a file or data.
 *
 * Styles may stand inline because the interface's components write style elements while they run;
 * scripts may not, so a text that got into a page by mistake stays a text. */
#include "common/web/http_internal.h"

static const struct {
	const char *name;
	const char *value;
} headers[] = {
	{"Content-Security-Policy",
	 "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
	 "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; "
	 "form-action 'self'; frame-ancestors 'none'"},
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Permissions-Policy", "camera=(), microphone=(), geolocation=()"},
};

#define HEADER_COUNT (sizeof(headers) / sizeof(headers[0]))

void http_add_headers(struct MHD_Response *response)
{
	for (size_t i = 0; i < HEADER_COUNT; i++)
		MHD_add_response_header(response, headers[i].name, headers[i].value);
}

void http_print_headers(struct buf *out)
{
	for (size_t i = 0; i < HEADER_COUNT; i++)
		buf_printf(out, "%s: %s\r\n", headers[i].name, headers[i].value);
}
