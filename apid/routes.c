/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* routes - every path of the API; apid/openapi.yaml describes the same, a test holds both together.
 */
#include "apid/api.h"
#include "apid/intake.h"

#define JSON_BYTES (64 * 1024)
#define BULK_BYTES (8 * 1024 * 1024)
#define PLAN_BYTES (256 * 1024) /* 256 columns */
#define HEAD_BYTES (256 * 1024) /* of a file to preview */

#define OPERATION(...) (&(const struct operation){__VA_ARGS__})
#define QUERY(...)     ((const char *const[]){__VA_ARGS__, NULL})

#define GET(path, fn, ...)                                                                         \
	{                                                                                          \
		.method = "GET", .pattern = path, .body = HTTP_BODY_NONE, .queue = API_STORE,      \
		.handler = operation_handle, .context = OPERATION(.run = fn, __VA_ARGS__)          \
	}
#define JSON(verb, path, fn) BODY(verb, path, JSON_BYTES, fn)
#define BODY(verb, path, bytes, fn)                                                                \
	{                                                                                          \
		.method = verb, .pattern = path, .body = HTTP_BODY_WHOLE, .body_max = bytes,       \
		.queue = API_STORE, .handler = operation_handle, .context = OPERATION(.run = fn)   \
	}
#define ACTION(path, fn)                                                                           \
	{                                                                                          \
		.method = "POST", .pattern = path, .body = HTTP_BODY_NONE, .queue = API_STORE,     \
		.handler = operation_handle, .context = OPERATION(.run = fn)                       \
	}
#define MESSAGES(path, bytes, to)                                                                  \
	{                                                                                          \
		.method = "POST", .pattern = path, .body = HTTP_BODY_WHOLE, .body_max = bytes,     \
		.queue = to, .handler = intake_no_handler                                          \
	}

const struct http_route api_routes[] = {
	GET("/openapi.yaml", openapi_get, .open = true),

	{.method = "POST",
	 .pattern = "/v1/imports",
	 .body = HTTP_BODY_STREAM,
	 .body_max = 0, /* configured */
	 .queue = API_IMPORT,
	 .in_hand_max = IMPORTS_AT_ONCE,
	 .handler = operation_handle,
	 .context =
		 OPERATION(.run = import_create, .query = QUERY("file_name", "list", "on_error"))},
	{.method = "PUT",
	 .pattern = "/v1/imports/{id}/file",
	 .body = HTTP_BODY_STREAM,
	 .body_max = 0, /* configured */
	 .queue = API_IMPORT,
	 .in_hand_max = IMPORTS_AT_ONCE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = import_file_put)},
	BODY("POST", "/v1/imports/preview", HEAD_BYTES, import_preview),
	BODY("POST", "/v1/imports/plan", PLAN_BYTES, import_plan),
	ACTION("/v1/imports/{id}/cancel", import_cancel),
	GET("/v1/imports", import_list, .query = QUERY("limit", "cursor")),
	GET("/v1/imports/{id}", import_get),
	GET("/v1/imports/{id}/bad-rows", import_bad_rows),

	GET("/v1/lists", list_list, .query = QUERY("limit", "cursor")),
	GET("/v1/clients/{id}", client_get),
	JSON("POST", "/v1/clients/search", client_search),

	GET("/v1/placeholders", placeholder_list),
	JSON("POST", "/v1/texts/preview", text_preview),

	JSON("POST", "/v1/campaigns", campaign_create),
	GET("/v1/campaigns", campaign_list, .query = QUERY("limit", "cursor", "status", "query")),
	GET("/v1/campaigns/{id}", campaign_get),
	JSON("PATCH", "/v1/campaigns/{id}", campaign_patch),
	{.method = "DELETE",
	 .pattern = "/v1/campaigns/{id}",
	 .body = HTTP_BODY_NONE,
	 .queue = API_STORE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = campaign_delete)},
	ACTION("/v1/campaigns/{id}/launch", campaign_launch),
	ACTION("/v1/campaigns/{id}/pause", campaign_pause),
	ACTION("/v1/campaigns/{id}/resume", campaign_resume),
	ACTION("/v1/campaigns/{id}/cancel", campaign_cancel),
	GET("/v1/campaigns/{id}/progress", campaign_progress),
	GET("/v1/campaigns/{id}/progress/stream", campaign_progress_stream),
	GET("/v1/campaigns/{id}/suppressions", campaign_suppressions,
	    .query = QUERY("limit", "cursor")),
	GET("/v1/campaigns/{id}/messages", campaign_messages,
	    .query = QUERY("limit", "cursor", "state")),

	MESSAGES("/v1/messages", JSON_BYTES, API_SINGLE),
	MESSAGES("/v1/messages/bulk", BULK_BYTES, API_BULK),
	GET("/v1/messages/{id}", message_get),
	JSON("POST", "/v1/messages/search", message_search),

	JSON("PUT", "/v1/opt-outs", opt_out_put),
	JSON("POST", "/v1/opt-outs/remove", opt_out_remove),
	JSON("POST", "/v1/opt-outs/search", opt_out_search),

	GET("/v1/accounts", account_list),
};

const size_t api_route_count = sizeof(api_routes) / sizeof(api_routes[0]);
