/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_route - which route a path belongs to. */
#include <string.h>

#include "common/base/mem.h"
#include "common/web/http_internal.h"

/* Match one path against one pattern; a {name} takes one non-empty segment. */
static bool match(const char *pattern, const char *path, char *params[HTTP_PARAMS_MAX])
{
	size_t count = 0;

	while (*pattern != '\0') {
		size_t len;

		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		len = strcspn(path, "/");
		if (len == 0)
			return false;
		if (params != NULL && count < HTTP_PARAMS_MAX)
			params[count++] = mem_strndup(path, len);
		path += len;
		pattern += strcspn(pattern, "}") + 1;
	}
	return *path == '\0';
}

static bool method_fits(const char *route, const char *method)
{
	return strcmp(route, method) == 0 ||
	       (strcmp(route, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

const struct http_route *http_route_find(struct http_server *s, const char *method,
					 const char *path, char *params[HTTP_PARAMS_MAX],
					 struct buf *allow)
{
	for (size_t i = 0; i < s->route_count; i++) {
		const struct http_route *route = &s->routes[i];

		if (!match(route->pattern, path, NULL))
			continue;
		if (method_fits(route->method, method)) {
			match(route->pattern, path, params);
			return route;
		}
		buf_printf(allow, "%s%s", allow->len > 0 ? ", " : "", route->method);
	}
	return NULL;
}
