/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_files - the web interface's files as answers. */
#include <string.h>

#include "common/web/http_internal.h"

static const char *request_header(const struct http_call *call, const char *name)
{
	return MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, name);
}

static void fill(struct http_call *call, const struct files_answer *file)
{
	bool known = files_known(file, request_header(call, MHD_HTTP_HEADER_IF_NONE_MATCH));

	call->status = known ? 304 : 200;
	call->reply_type = known ? NULL : file->type;
	call->reply_static = file->data;
	call->reply_static_len = file->len; /* of a 304 only the length is told */
	call->reply_cache = file->cache;
	http_reply_header(call, MHD_HTTP_HEADER_ETAG, file->etag);
	http_reply_header(call, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT_ENCODING);
	if (file->coding != NULL && !known)
		http_reply_header(call, MHD_HTTP_HEADER_CONTENT_ENCODING, file->coding);
}

bool http_reply_found_file(struct http_call *call, const char *method, const char *path)
{
	struct files_answer file;

	if (call->server->files == NULL ||
	    (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) ||
	    !files_find(call->server->files, path,
			request_header(call, MHD_HTTP_HEADER_ACCEPT_ENCODING), &file))
		return false;
	fill(call, &file);
	return true;
}
