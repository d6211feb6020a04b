/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* routes - every path of the API; apid/openapi.yaml describes the same, a test holds both together.
 */
#include "apid/api.h"
#include "apid/intake.h"

#define JSON_BYTES   (64 * 1024)
#define BULK_BYTES   (8 * 1024 * 1024)
#define PROOF_BYTES  (5 * 1024 * 1024)
#define FORM_BYTES   1024
#define CODES_BYTES  (64 * 1024 * 1024)
#define SHEET_BYTES  (16 * 1024 * 1024) /* of a price list or an invoice */
#define GROUPS_BYTES (512 * 1024)
#define PLAN_BYTES   (256 * 1024)	/* 256 columns */
#define LOOK_BYTES   (16 * 1024 * 1024) /* of a file to preview: a workbook is sent whole */

#define OPERATION(...) (&(const struct operation){__VA_ARGS__})
#define QUERY(...)     ((const char *const[]){__VA_ARGS__, NULL})

/* Each names what a caller must be allowed, the RIGHT_ of `may`, and of whose things, the SCOPE_ of
 * `whose`. */
#define GET(path, may, whose, fn, ...)                                                             \
	{                                                                                          \
		.method = "GET", .pattern = path, .body = HTTP_BODY_NONE, .queue = API_STORE,      \
		.handler = operation_handle,                                                       \
		.context = OPERATION(.run = fn, .right = RIGHT_##may, .scope = SCOPE_##whose,      \
				     __VA_ARGS__)                                                  \
	}
#define BODY(to, verb, path, bytes, may, whose, fn)                                                \
	{                                                                                          \
		.method = verb, .pattern = path, .body = HTTP_BODY_WHOLE, .body_max = bytes,       \
		.queue = to, .handler = operation_handle,                                          \
		.context = OPERATION(.run = fn, .right = RIGHT_##may, .scope = SCOPE_##whose)      \
	}
#define JSON(verb, path, may, whose, fn) BODY(API_STORE, verb, path, JSON_BYTES, may, whose, fn)
#define SHEET(path, may, whose, fn, ...)                                                           \
	{                                                                                          \
		.method = "POST", .pattern = path, .body = HTTP_BODY_WHOLE,                        \
		.body_max = SHEET_BYTES, .queue = API_STORE, .handler = operation_handle,          \
		.context = OPERATION(.run = fn, .right = RIGHT_##may, .scope = SCOPE_##whose,      \
				     .query = QUERY(__VA_ARGS__))                                  \
	}
#define ACTION(verb, path, may, whose, fn)                                                         \
	{                                                                                          \
		.method = verb, .pattern = path, .body = HTTP_BODY_NONE, .queue = API_STORE,       \
		.handler = operation_handle,                                                       \
		.context = OPERATION(.run = fn, .right = RIGHT_##may, .scope = SCOPE_##whose)      \
	}
#define OIDC(path, fn, ...)                                                                        \
	{                                                                                          \
		.method = "GET", .pattern = path, .body = HTTP_BODY_NONE, .queue = API_OIDC,       \
		.handler = operation_handle,                                                       \
		.context = OPERATION(.run = fn, .right = RIGHT_OPEN, .scope = SCOPE_OPEN,          \
				     .any_query = true, __VA_ARGS__)                               \
	}
#define MESSAGES(path, bytes, to)                                                                  \
	{                                                                                          \
		.method = "POST", .pattern = path, .body = HTTP_BODY_WHOLE, .body_max = bytes,     \
		.queue = to, .handler = intake_no_handler,                                         \
		.context = OPERATION(.right = RIGHT_MESSAGES_SEND, .scope = SCOPE_DEPARTMENTS)     \
	}

const struct http_route api_routes[] = {
	GET("/openapi.yaml", OPEN, OPEN, openapi_get),

	BODY(API_SIGN_IN, "POST", "/v1/session", JSON_BYTES, OPEN, OPEN, session_create),
	JSON("POST", "/v1/session/second-factor", OPEN, OPEN, session_second_factor),
	ACTION("DELETE", "/v1/session", PROFILE, SELF, session_end),
	GET("/v1/session/ways", OPEN, OPEN, session_ways),
	OIDC("/v1/session/oidc", oidc_begin),
	OIDC("/v1/session/oidc/callback", oidc_back,
	     .query = QUERY("state", "code", "iss", "error")),
	GET("/v1/me", PROFILE, SELF, me_get),
	JSON("PATCH", "/v1/me", PROFILE, SELF, me_patch),
	BODY(API_SIGN_IN, "PUT", "/v1/me/password", JSON_BYTES, PROFILE, SELF, me_password),
	GET("/v1/directory-groups", USERS_EDIT, COMPANY, directory_group_list),
	BODY(API_STORE, "PUT", "/v1/directory-groups", GROUPS_BYTES, USERS_EDIT, COMPANY,
	     directory_group_put),
	GET("/v1/me/sessions", PROFILE, SELF, my_session_list, .query = QUERY("limit", "cursor")),
	ACTION("DELETE", "/v1/me/sessions", PROFILE, SELF, my_sessions_end),
	ACTION("DELETE", "/v1/me/sessions/{id}", PROFILE, SELF, my_session_end),
	GET("/v1/me/second-factor", PROFILE, SELF, my_second_factor_get),
	ACTION("POST", "/v1/me/second-factor", PROFILE, SELF, my_second_factor_begin),
	JSON("POST", "/v1/me/second-factor/confirm", PROFILE, SELF, my_second_factor_confirm),
	JSON("POST", "/v1/me/second-factor/remove", PROFILE, SELF, my_second_factor_remove),
	JSON("POST", "/v1/me/second-factor/recovery-codes", PROFILE, SELF, my_recovery_codes_renew),
	GET("/v1/users", USERS_READ, DEPARTMENTS, user_list,
	    .query = QUERY("limit", "cursor", "query", "department_id", "role", "disabled")),
	BODY(API_SIGN_IN, "POST", "/v1/users", JSON_BYTES, USERS_EDIT, DEPARTMENTS, user_create),
	/* As an import: thousands of rows, each in the audit log. */
	BODY(API_IMPORT, "POST", "/v1/users/import", BULK_BYTES, USERS_EDIT, DEPARTMENTS,
	     user_import),
	GET("/v1/users/{id}", USERS_READ, PERSON_SEEN, user_get),
	JSON("PATCH", "/v1/users/{id}", USERS_EDIT, PERSON, user_patch),
	BODY(API_SIGN_IN, "POST", "/v1/users/{id}/password", JSON_BYTES, USERS_EDIT, PERSON,
	     user_password),
	GET("/v1/users/{id}/sessions", USERS_EDIT, PERSON, user_session_list,
	    .query = QUERY("limit", "cursor")),
	ACTION("DELETE", "/v1/users/{id}/sessions", USERS_EDIT, PERSON, user_sessions_end),

	GET("/v1/departments", USERS_READ, DEPARTMENTS, department_list),
	JSON("POST", "/v1/departments", DEPARTMENTS_EDIT, DEPARTMENTS, department_create),
	JSON("PATCH", "/v1/departments/{id}", DEPARTMENTS_EDIT, DEPARTMENT, department_patch),
	ACTION("DELETE", "/v1/departments/{id}", DEPARTMENTS_EDIT, DEPARTMENT, department_delete),

	GET("/v1/roles", USERS_READ, SHARED, role_list),
	JSON("POST", "/v1/roles", USERS_EDIT, COMPANY, role_create),
	JSON("PATCH", "/v1/roles/{code}", USERS_EDIT, COMPANY, role_patch),
	ACTION("DELETE", "/v1/roles/{code}", USERS_EDIT, COMPANY, role_delete),

	GET("/v1/tokens", TOKENS_EDIT, DEPARTMENTS, token_list, .query = QUERY("limit", "cursor")),
	JSON("POST", "/v1/tokens", TOKENS_EDIT, DEPARTMENTS, token_create),
	GET("/v1/tokens/{id}", TOKENS_EDIT, TOKEN, token_get),
	JSON("PATCH", "/v1/tokens/{id}", TOKENS_EDIT, TOKEN, token_patch),
	ACTION("POST", "/v1/tokens/{id}/revoke", TOKENS_EDIT, TOKEN, token_revoke),
	JSON("POST", "/v1/tokens/{id}/renew", TOKENS_EDIT, TOKEN, token_renew),

	{.method = "POST",
	 .pattern = "/v1/imports",
	 .body = HTTP_BODY_STREAM,
	 .body_max = 0, /* configured */
	 .queue = API_IMPORT,
	 .in_hand_max = IMPORTS_AT_ONCE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = import_create, .right = RIGHT_CLIENTS_IMPORT,
			      .scope = SCOPE_DEPARTMENTS,
			      .query = QUERY("file_name", "list", "on_error"))},
	{.method = "PUT",
	 .pattern = "/v1/imports/{id}/file",
	 .body = HTTP_BODY_STREAM,
	 .body_max = 0, /* configured */
	 .queue = API_IMPORT,
	 .in_hand_max = IMPORTS_AT_ONCE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = import_file_put, .right = RIGHT_CLIENTS_IMPORT,
			      .scope = SCOPE_IMPORT)},
	BODY(API_STORE, "POST", "/v1/imports/preview", LOOK_BYTES, CLIENTS_IMPORT, SHARED,
	     import_preview),
	BODY(API_STORE, "POST", "/v1/imports/plan", PLAN_BYTES, CLIENTS_IMPORT, DEPARTMENTS,
	     import_plan),
	ACTION("POST", "/v1/imports/{id}/cancel", CLIENTS_IMPORT, IMPORT, import_cancel),
	GET("/v1/imports", CLIENTS_READ, DEPARTMENTS, import_list,
	    .query = QUERY("limit", "cursor")),
	GET("/v1/imports/{id}", CLIENTS_READ, IMPORT, import_get),
	GET("/v1/imports/{id}/bad-rows", CLIENTS_READ, IMPORT, import_bad_rows),

	GET("/v1/criteria", CLIENTS_READ, SHARED, criteria_list),
	JSON("POST", "/v1/criteria/count", CLIENTS_READ, DEPARTMENTS, criteria_count_clients),
	JSON("POST", "/v1/criteria/preview", CLIENTS_READ, DEPARTMENTS, criteria_preview),
	JSON("POST", "/v1/criteria/breakdown", CLIENTS_READ, DEPARTMENTS, criteria_breakdown),
	JSON("POST", "/v1/criteria/why", CLIENTS_READ, DEPARTMENTS, criteria_why),
	GET("/v1/lists", CLIENTS_READ, DEPARTMENTS, list_list, .query = QUERY("limit", "cursor")),
	JSON("POST", "/v1/lists", LISTS_EDIT, DEPARTMENTS, list_create),
	GET("/v1/lists/{id}", CLIENTS_READ, LIST_ABOVE, list_get),
	JSON("PUT", "/v1/lists/{id}", LISTS_EDIT, LIST, list_put),
	JSON("PATCH", "/v1/lists/{id}", LISTS_EDIT, LIST, list_patch),
	ACTION("DELETE", "/v1/lists/{id}", LISTS_EDIT, LIST, list_delete),
	JSON("PUT", "/v1/lists/{id}/department", CLIENTS_IMPORT, COMPANY, list_department),
	ACTION("POST", "/v1/lists/{id}/refresh", LISTS_EDIT, LIST, list_refresh_now),
	GET("/v1/attributes", CLIENTS_READ, SHARED, attribute_list),
	JSON("POST", "/v1/attributes", ATTRIBUTES_EDIT, COMPANY, attribute_create),
	/* They may change every client: five minutes, as an import. */
	BODY(API_IMPORT, "PATCH", "/v1/attributes/{id}", JSON_BYTES, ATTRIBUTES_EDIT, COMPANY,
	     attribute_patch),
	{.method = "DELETE",
	 .pattern = "/v1/attributes/{id}",
	 .body = HTTP_BODY_NONE,
	 .queue = API_IMPORT,
	 .handler = operation_handle,
	 .context = OPERATION(.run = attribute_delete, .right = RIGHT_ATTRIBUTES_EDIT,
			      .scope = SCOPE_COMPANY)},
	GET("/v1/attributes/{id}/use", CLIENTS_READ, SHARED, attribute_use_get),
	GET("/v1/clients/count", CLIENTS_READ, DEPARTMENTS, client_count),
	GET("/v1/clients/{id}", CLIENTS_READ, CLIENT, client_get),
	JSON("PUT", "/v1/clients/{id}/phone", CLIENTS_IMPORT, CLIENT, client_phone_put),
	JSON("POST", "/v1/clients/{id}/phones", CLIENTS_IMPORT, CLIENT, client_phone_add),
	JSON("POST", "/v1/clients/{id}/phones/end", CLIENTS_IMPORT, CLIENT, client_phone_end),
	GET("/v1/clients/{id}/timeline", CLIENTS_READ, CLIENT, client_timeline,
	    .query = QUERY("limit", "cursor", "kind")),
	JSON("POST", "/v1/clients/search", CLIENTS_READ, DEPARTMENTS, client_search),
	JSON("POST", "/v1/clients/{id}/reveal", PERSONAL_REVEAL, CLIENT, client_reveal),
	JSON("POST", "/v1/clients/{id}/block", CLIENTS_BLOCK, CLIENT, client_block_post),
	JSON("POST", "/v1/clients/{id}/unblock", CLIENTS_BLOCK, CLIENT, client_unblock_post),
	JSON("POST", "/v1/clients/{id}/erase", CLIENTS_ERASE, CLIENT, client_erase_post),
	GET("/v1/erasures", CLIENTS_ERASE, COMPANY, erasure_list,
	    .query = QUERY("limit", "cursor")),
	GET("/v1/erasures/{id}", CLIENTS_ERASE, COMPANY, erasure_get),
	{.method = "GET",
	 .pattern = "/v1/erasures/{id}/log.csv",
	 .body = HTTP_BODY_NONE,
	 .queue = API_STORE,
	 .in_hand_max = DOWNLOADS_AT_ONCE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = erasure_log, .right = RIGHT_CLIENTS_ERASE,
			      .scope = SCOPE_COMPANY)},

	GET("/v1/templates", TEMPLATES_READ, DEPARTMENTS, template_list,
	    .query = QUERY("limit", "cursor", "query", "category")),
	JSON("POST", "/v1/templates", TEMPLATES_EDIT, DEPARTMENTS, template_create),
	GET("/v1/templates/{id}", TEMPLATES_READ, TEMPLATE_ABOVE, template_get),
	JSON("PUT", "/v1/templates/{id}", TEMPLATES_EDIT, TEMPLATE, template_put),
	ACTION("DELETE", "/v1/templates/{id}", TEMPLATES_EDIT, TEMPLATE, template_delete),

	{.method = "GET",
	 .pattern = "/l/{code}",
	 .body = HTTP_BODY_NONE,
	 .queue = API_STORE,
	 .in_hand_max = CLICKS_AT_ONCE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = link_follow, .right = RIGHT_OPEN, .scope = SCOPE_OPEN,
			      .any_query = true)},
	GET("/v1/links/settings", TEMPLATES_READ, SHARED, link_settings_get),
	JSON("PUT", "/v1/links/settings", TEMPLATES_EDIT, COMPANY, link_settings_put),

	GET("/v1/promo-pools", TEMPLATES_READ, DEPARTMENTS, promo_pool_list,
	    .query = QUERY("limit", "cursor")),
	JSON("POST", "/v1/promo-pools", TEMPLATES_EDIT, DEPARTMENTS, promo_pool_create),
	GET("/v1/promo-pools/{id}", TEMPLATES_READ, PROMO_POOL_ABOVE, promo_pool_get),
	ACTION("DELETE", "/v1/promo-pools/{id}", TEMPLATES_EDIT, PROMO_POOL, promo_pool_delete),
	{.method = "POST",
	 .pattern = "/v1/promo-pools/{id}/codes",
	 .body = HTTP_BODY_STREAM,
	 .body_max = CODES_BYTES,
	 .queue = API_IMPORT,
	 .in_hand_max = IMPORTS_AT_ONCE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = promo_pool_upload, .right = RIGHT_TEMPLATES_EDIT,
			      .scope = SCOPE_PROMO_POOL)},
	JSON("POST", "/v1/promo/redeem", PROMO_REDEEM, SHARED, promo_code_redeem),

	GET("/v1/placeholders", CAMPAIGNS_READ, DEPARTMENTS, placeholder_list,
	    .query = QUERY("list_id")),
	JSON("POST", "/v1/texts/preview", CAMPAIGNS_EDIT, DEPARTMENTS, text_preview),

	JSON("POST", "/v1/campaigns", CAMPAIGNS_EDIT, DEPARTMENTS, campaign_create),
	GET("/v1/campaigns", CAMPAIGNS_READ, DEPARTMENTS, campaign_list,
	    .query = QUERY("limit", "cursor", "status", "query")),
	GET("/v1/campaigns/{id}", CAMPAIGNS_READ, CAMPAIGN, campaign_get),
	JSON("PATCH", "/v1/campaigns/{id}", CAMPAIGNS_EDIT, CAMPAIGN, campaign_patch),
	ACTION("DELETE", "/v1/campaigns/{id}", CAMPAIGNS_EDIT, CAMPAIGN, campaign_delete),
	GET("/v1/campaigns/{id}/check", CAMPAIGNS_READ, CAMPAIGN, campaign_check),
	ACTION("POST", "/v1/campaigns/{id}/estimate", CAMPAIGNS_EDIT, CAMPAIGN, estimate_start),
	GET("/v1/campaigns/{id}/estimate", CAMPAIGNS_READ, CAMPAIGN, estimate_get),
	ACTION("DELETE", "/v1/campaigns/{id}/estimate", CAMPAIGNS_EDIT, CAMPAIGN, estimate_drop),
	{.method = "GET",
	 .pattern = "/v1/campaigns/{id}/overlap",
	 .body = HTTP_BODY_NONE,
	 .queue = API_IMPORT,
	 .handler = operation_handle,
	 .context = OPERATION(.run = campaign_overlap, .right = RIGHT_CAMPAIGNS_READ,
			      .scope = SCOPE_CAMPAIGN, .query = QUERY("days"))},
	ACTION("POST", "/v1/campaigns/{id}/dry-run", CAMPAIGNS_EDIT, CAMPAIGN, dry_run_start),
	GET("/v1/campaigns/{id}/dry-run", CAMPAIGNS_READ, CAMPAIGN, dry_run_get),
	JSON("POST", "/v1/campaigns/{id}/test", CAMPAIGNS_EDIT, CAMPAIGN, campaign_test),
	JSON("POST", "/v1/campaigns/{id}/copy", CAMPAIGNS_EDIT, CAMPAIGN, campaign_copy),
	JSON("POST", "/v1/campaigns/{id}/launch", CAMPAIGNS_LAUNCH, CAMPAIGN, campaign_launch),
	ACTION("POST", "/v1/campaigns/{id}/approve-scenario", CAMPAIGNS_APPROVE, CAMPAIGN,
	       scenario_approve),
	GET("/v1/campaigns/{id}/runs", CAMPAIGNS_READ, CAMPAIGN, campaign_runs,
	    .query = QUERY("limit", "cursor")),
	JSON("POST", "/v1/schedules/preview", CAMPAIGNS_READ, SHARED, schedule_preview),
	GET("/v1/scenario-rules", RULES_READ, SHARED, scenario_rules_get),
	JSON("PUT", "/v1/scenario-rules", RULES_EDIT, COMPANY, scenario_rules_put),
	ACTION("POST", "/v1/campaigns/{id}/pause", CAMPAIGNS_CONTROL, CAMPAIGN, campaign_pause),
	ACTION("POST", "/v1/campaigns/{id}/resume", CAMPAIGNS_CONTROL, CAMPAIGN, campaign_resume),
	ACTION("POST", "/v1/campaigns/{id}/trial/go-on", CAMPAIGNS_CONTROL, CAMPAIGN,
	       campaign_trial_go_on),
	ACTION("POST", "/v1/campaigns/{id}/cancel", CAMPAIGNS_CONTROL, CAMPAIGN, campaign_cancel),
	JSON("POST", "/v1/campaigns/{id}/pace", CAMPAIGNS_CONTROL, CAMPAIGN, campaign_pace),
	GET("/v1/campaigns/{id}/forecast", CAMPAIGNS_READ, CAMPAIGN, campaign_forecast),
	GET("/v1/load-calendar", CAMPAIGNS_READ, DEPARTMENTS, load_calendar_get,
	    .query = QUERY("from", "to")),
	GET("/v1/campaigns/{id}/progress", CAMPAIGNS_READ, CAMPAIGN, campaign_progress),
	GET("/v1/campaigns/{id}/progress/stream", CAMPAIGNS_READ, CAMPAIGN,
	    campaign_progress_stream),
	/* It looks at every message: as long as an import may take. */
	{.method = "GET",
	 .pattern = "/v1/campaigns/{id}/results",
	 .body = HTTP_BODY_NONE,
	 .queue = API_IMPORT,
	 .handler = operation_handle,
	 .context = OPERATION(.run = campaign_results, .right = RIGHT_CAMPAIGNS_READ,
			      .scope = SCOPE_CAMPAIGN)},
	GET("/v1/campaigns/{id}/clicks", CAMPAIGNS_READ, CAMPAIGN, campaign_clicks),
	GET("/v1/campaigns/{id}/suppressions", CAMPAIGNS_READ, CAMPAIGN, campaign_suppressions,
	    .query = QUERY("limit", "cursor", "run_id")),
	GET("/v1/campaigns/{id}/missed", CAMPAIGNS_READ, CAMPAIGN, campaign_missed,
	    .query = QUERY("limit", "cursor", "reason")),
	GET("/v1/campaigns/{id}/missed/summary", CAMPAIGNS_READ, CAMPAIGN, campaign_missed_summary),
	{.method = "GET",
	 .pattern = "/v1/campaigns/{id}/missed.csv",
	 .body = HTTP_BODY_NONE,
	 .queue = API_STORE,
	 .in_hand_max = DOWNLOADS_AT_ONCE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = campaign_missed_csv, .right = RIGHT_CAMPAIGNS_READ,
			      .scope = SCOPE_CAMPAIGN, .query = QUERY("reason"))},
	GET("/v1/campaigns/{id}/messages", CAMPAIGNS_READ, CAMPAIGN, campaign_messages,
	    .query = QUERY("limit", "cursor", "state", "run_id")),

	MESSAGES("/v1/messages", JSON_BYTES, API_SINGLE),
	MESSAGES("/v1/messages/bulk", BULK_BYTES, API_BULK),
	GET("/v1/messages/{id}", MESSAGES_READ, MESSAGE, message_get),
	JSON("POST", "/v1/messages/search", MESSAGES_READ, DEPARTMENTS, message_search),
	JSON("POST", "/v1/suppressions/search", MESSAGES_READ, DEPARTMENTS, suppression_search),

	JSON("PUT", "/v1/opt-outs", OPT_OUTS_EDIT, SHARED, opt_out_put),
	JSON("POST", "/v1/opt-outs/remove", OPT_OUTS_REMOVE, SHARED, opt_out_remove),
	JSON("POST", "/v1/opt-outs/search", OPT_OUTS_READ, SHARED, opt_out_search),

	JSON("POST", "/v1/stop-links", OPT_OUTS_EDIT, SHARED, stop_link_create),
	GET("/stop/{token}", OPEN, OPEN, stop_page),
	BODY(API_STORE, "POST", "/stop/{token}", FORM_BYTES, OPEN, OPEN, stop_confirm),

	GET("/v1/purposes", CONSENTS_READ, SHARED, purpose_list),
	JSON("POST", "/v1/purposes", CONSENTS_EDIT, COMPANY, purpose_create),
	JSON("PATCH", "/v1/purposes/{code}", CONSENTS_EDIT, COMPANY, purpose_patch),
	GET("/v1/purposes.csv", CONSENTS_READ, SHARED, purpose_csv),
	GET("/v1/consent-texts", CONSENTS_READ, SHARED, consent_text_list,
	    .query = QUERY("purpose")),
	JSON("POST", "/v1/consent-texts", CONSENTS_EDIT, COMPANY, consent_text_create),
	BODY(API_STORE, "POST", "/v1/consent-proofs", PROOF_BYTES, CONSENTS_EDIT, SHARED,
	     consent_proof_create),
	GET("/v1/consent-proofs/{id}", CONSENTS_READ, SHARED, consent_proof_get),
	JSON("POST", "/v1/consents", CONSENTS_EDIT, SHARED, consent_record),
	JSON("POST", "/v1/consents/withdraw", CONSENTS_EDIT, SHARED, consent_withdraw),
	JSON("POST", "/v1/lists/{id}/consents", CONSENTS_EDIT, LIST, consent_declare),
	GET("/v1/clients/{id}/consents", CONSENTS_READ, CLIENT, consent_timeline,
	    .query = QUERY("limit", "cursor")),
	JSON("POST", "/v1/consent-codes", CONSENTS_EDIT, SHARED, consent_code_start),
	JSON("POST", "/v1/consent-codes/{id}/confirm", CONSENTS_EDIT, SHARED, consent_code_confirm),
	JSON("POST", "/v1/people/export", PERSONAL_EXPORT, COMPANY, person_export),
	JSON("POST", "/v1/readings/search", AUDIT_READ, COMPANY, reading_search),

	JSON("POST", "/v1/audit/search", AUDIT_READ, COMPANY, audit_search),
	{.method = "POST",
	 .pattern = "/v1/audit/export",
	 .body = HTTP_BODY_WHOLE,
	 .body_max = JSON_BYTES,
	 .queue = API_STORE,
	 .in_hand_max = DOWNLOADS_AT_ONCE,
	 .handler = operation_handle,
	 .context =
		 OPERATION(.run = audit_export, .right = RIGHT_AUDIT_READ, .scope = SCOPE_COMPANY)},

	GET("/v1/exports", EXPORTS_MAKE, COMPANY, export_list, .query = QUERY("limit", "cursor")),
	{.method = "POST",
	 .pattern = "/v1/exports",
	 .body = HTTP_BODY_WHOLE,
	 .body_max = JSON_BYTES,
	 .queue = API_STORE,
	 .in_hand_max = DOWNLOADS_AT_ONCE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = export_create, .right = RIGHT_EXPORTS_MAKE,
			      .scope = SCOPE_COMPANY)},
	{.method = "POST",
	 .pattern = "/v1/exports/{id}/file",
	 .body = HTTP_BODY_NONE,
	 .queue = API_STORE,
	 .in_hand_max = DOWNLOADS_AT_ONCE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = export_file, .right = RIGHT_EXPORTS_MAKE,
			      .scope = SCOPE_COMPANY)},
	ACTION("DELETE", "/v1/exports/{id}", EXPORTS_MAKE, COMPANY, export_delete),

	GET("/v1/privacy-requests", PRIVACY_READ, COMPANY, privacy_request_list,
	    .query = QUERY("limit", "cursor", "state", "kind", "assignee_id", "overdue")),
	JSON("POST", "/v1/privacy-requests", PRIVACY_EDIT, COMPANY, privacy_request_create),
	JSON("POST", "/v1/privacy-requests/search", PRIVACY_READ, COMPANY, privacy_request_search),
	GET("/v1/privacy-requests/{id}", PRIVACY_READ, COMPANY, privacy_request_get),
	JSON("PATCH", "/v1/privacy-requests/{id}", PRIVACY_EDIT, COMPANY, privacy_request_patch),
	JSON("POST", "/v1/privacy-requests/{id}/extend", PRIVACY_EDIT, COMPANY,
	     privacy_request_extend),
	JSON("POST", "/v1/privacy-requests/{id}/close", PRIVACY_EDIT, COMPANY,
	     privacy_request_close),

	GET("/v1/complaints", COMPLAINTS_READ, COMPANY, complaint_list,
	    .query = QUERY("limit", "cursor", "state", "source", "assignee_id", "overdue")),
	JSON("POST", "/v1/complaints", COMPLAINTS_EDIT, COMPANY, complaint_create),
	JSON("POST", "/v1/complaints/search", COMPLAINTS_READ, COMPANY, complaint_search),
	GET("/v1/complaints/{id}", COMPLAINTS_READ, COMPANY, complaint_get),
	JSON("PATCH", "/v1/complaints/{id}", COMPLAINTS_EDIT, COMPANY, complaint_patch),
	JSON("POST", "/v1/complaints/{id}/close", COMPLAINTS_EDIT, COMPANY, complaint_close),
	{.method = "POST",
	 .pattern = "/v1/complaints/{id}/pack",
	 .body = HTTP_BODY_NONE,
	 .queue = API_STORE,
	 .in_hand_max = DOWNLOADS_AT_ONCE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = complaint_pack, .right = RIGHT_COMPLAINTS_PACK,
			      .scope = SCOPE_COMPANY)},

	GET("/v1/source-kinds", SOURCES_EDIT, SHARED, source_kind_list),
	GET("/v1/sources", SOURCES_EDIT, COMPANY, source_list, .query = QUERY("limit", "cursor")),
	BODY(API_STORE, "POST", "/v1/sources", PLAN_BYTES, SOURCES_EDIT, COMPANY, source_create),
	GET("/v1/sources/{id}", SOURCES_EDIT, COMPANY, source_get),
	BODY(API_STORE, "PUT", "/v1/sources/{id}", PLAN_BYTES, SOURCES_EDIT, COMPANY, source_put),
	ACTION("DELETE", "/v1/sources/{id}", SOURCES_EDIT, COMPANY, source_delete),
	GET("/v1/sources/{id}/runs", SOURCES_EDIT, COMPANY, source_run_list,
	    .query = QUERY("limit", "cursor")),
	JSON("POST", "/v1/sources/{id}/runs", SOURCES_EDIT, COMPANY, source_run_create),
	GET("/v1/sources/{id}/runs/{run}", SOURCES_EDIT, COMPANY, source_run_get),
	GET("/v1/sources/{id}/runs/{run}/refused", SOURCES_EDIT, COMPANY, source_run_refused),
	ACTION("POST", "/v1/sources/{id}/runs/{run}/confirm", SOURCES_EDIT, COMPANY,
	       source_run_confirm),
	ACTION("POST", "/v1/sources/{id}/runs/{run}/drop", SOURCES_EDIT, COMPANY, source_run_drop),

	GET("/v1/senders", SENDERS_READ, SHARED, sender_list),
	JSON("POST", "/v1/senders", SENDERS_EDIT, COMPANY, sender_create),
	GET("/v1/senders/{id}", SENDERS_READ, SHARED, sender_get),
	JSON("PATCH", "/v1/senders/{id}", SENDERS_EDIT, COMPANY, sender_patch),
	ACTION("DELETE", "/v1/senders/{id}", SENDERS_EDIT, COMPANY, sender_delete),
	GET("/v1/senders/{id}/registrations", SENDERS_READ, SHARED, sender_registration_list),
	JSON("POST", "/v1/senders/{id}/registrations", SENDERS_EDIT, COMPANY,
	     sender_registration_create),
	JSON("PATCH", "/v1/senders/{id}/registrations/{registration}", SENDERS_EDIT, COMPANY,
	     sender_registration_patch),
	GET("/v1/template-registrations", SENDERS_READ, SHARED, text_registration_list,
	    .query = QUERY("limit", "cursor", "sender_id")),
	JSON("POST", "/v1/template-registrations", SENDERS_EDIT, COMPANY, text_registration_create),
	JSON("PATCH", "/v1/template-registrations/{id}", SENDERS_EDIT, COMPANY,
	     text_registration_patch),
	GET("/v1/sender-rules", SENDERS_READ, SHARED, sender_rules_get),
	JSON("PUT", "/v1/sender-rules", SENDERS_EDIT, COMPANY, sender_rules_put),

	GET("/v1/troubles", ACCOUNTS_READ, SHARED, trouble_list),
	GET("/v1/providers", ACCOUNTS_READ, SHARED, provider_list,
	    .query = QUERY("limit", "cursor")),
	JSON("POST", "/v1/providers", ACCOUNTS_EDIT, COMPANY, provider_create),
	GET("/v1/providers/{id}", ACCOUNTS_READ, SHARED, provider_get),
	JSON("PATCH", "/v1/providers/{id}", ACCOUNTS_EDIT, COMPANY, provider_patch),
	GET("/v1/provider-profiles", ACCOUNTS_READ, SHARED, provider_profile_list),
	GET("/v1/account-settings", ACCOUNTS_READ, SHARED, account_setting_list),
	GET("/v1/accounts", ACCOUNTS_READ, SHARED, account_list),
	JSON("POST", "/v1/accounts", ACCOUNTS_EDIT, COMPANY, account_create),
	GET("/v1/accounts/{id}", ACCOUNTS_READ, SHARED, account_get),
	JSON("PATCH", "/v1/accounts/{id}", ACCOUNTS_EDIT, COMPANY, account_patch),
	ACTION("DELETE", "/v1/accounts/{id}", ACCOUNTS_EDIT, COMPANY, account_disable),
	JSON("POST", "/v1/route-explanation", ACCOUNTS_READ, SHARED, route_explanation),

	GET("/v1/operators", ACCOUNTS_READ, SHARED, operator_list),
	GET("/v1/route-rules", ACCOUNTS_READ, SHARED, route_rule_list),
	JSON("POST", "/v1/route-rules", ROUTES_EDIT, COMPANY, route_rule_create),
	JSON("PUT", "/v1/route-rules/order", ROUTES_EDIT, COMPANY, route_rule_order),
	JSON("PUT", "/v1/route-rules/{id}", ROUTES_EDIT, COMPANY, route_rule_put),
	ACTION("DELETE", "/v1/route-rules/{id}", ROUTES_EDIT, COMPANY, route_rule_delete),
	GET("/v1/account-routes", ACCOUNTS_READ, SHARED, account_route_list),
	JSON("PUT", "/v1/accounts/{id}/route", ROUTES_EDIT, COMPANY, account_route_put),
	GET("/v1/operator-contracts", ACCOUNTS_READ, SHARED, operator_contract_list),
	JSON("PUT", "/v1/operator-contracts", ROUTES_EDIT, COMPANY, operator_contract_put),
	JSON("POST", "/v1/operator-contracts/remove", ROUTES_EDIT, COMPANY,
	     operator_contract_remove),

	SHEET("/v1/tariffs/preview", TARIFFS_EDIT, COMPANY, tariff_preview, "account", "provider",
	      "from", "vat", "vat_rate", "currency", "unit", "charge_on", "file_name"),
	SHEET("/v1/tariffs", TARIFFS_EDIT, COMPANY, tariff_create, "account", "provider", "from",
	      "vat", "vat_rate", "currency", "unit", "charge_on", "file_name", "against"),
	GET("/v1/tariffs", TARIFFS_READ, SHARED, tariff_list,
	    .query = QUERY("limit", "cursor", "account", "provider")),
	GET("/v1/tariffs/{id}", TARIFFS_READ, SHARED, tariff_get),
	GET("/v1/tariffs/{id}/rows", TARIFFS_READ, SHARED, tariff_rows,
	    .query = QUERY("limit", "cursor", "query")),
	GET("/v1/currency-rates", TARIFFS_READ, SHARED, currency_rate_list),
	JSON("PUT", "/v1/currency-rates", TARIFFS_EDIT, COMPANY, currency_rate_put),
	SHEET("/v1/invoices", TARIFFS_EDIT, COMPANY, invoice_create, "account", "provider", "month",
	      "vat", "vat_rate", "file_name"),
	GET("/v1/invoices", TARIFFS_READ, COMPANY, invoice_list,
	    .query = QUERY("limit", "cursor", "account", "provider")),
	GET("/v1/invoices/{id}", TARIFFS_READ, COMPANY, invoice_get),
	GET("/v1/costs", TARIFFS_READ, COMPANY, costs_get, .query = QUERY("from", "until", "run")),
	GET("/v1/campaigns/{id}/costs", CAMPAIGNS_READ, CAMPAIGN, campaign_costs),

	GET("/v1/control-numbers", RULES_READ, DEPARTMENTS, control_number_list),
	JSON("POST", "/v1/control-numbers", RULES_EDIT, DEPARTMENTS, control_number_create),
	ACTION("DELETE", "/v1/control-numbers/{id}", RULES_EDIT, DEPARTMENTS,
	       control_number_delete),

	GET("/v1/budgets", BUDGETS_READ, DEPARTMENTS, budget_list, .query = QUERY("month")),
	JSON("PUT", "/v1/budgets", BUDGETS_EDIT, DEPARTMENTS, budget_put),
	GET("/v1/budgets/{department}/{month}", BUDGETS_READ, DEPARTMENTS, budget_get),

	GET("/v1/notices", PROFILE, SELF, notice_list, .query = QUERY("limit", "cursor", "unread")),
	GET("/v1/notices/count", PROFILE, SELF, notice_count),
	JSON("POST", "/v1/notices/read", PROFILE, SELF, notice_read),
	GET("/v1/me/notices", PROFILE, SELF, notice_settings_get),
	JSON("PUT", "/v1/me/notices", PROFILE, SELF, notice_settings_put),

	GET("/v1/approvals", CAMPAIGNS_APPROVE, DEPARTMENTS, approval_list),
	GET("/v1/campaigns/{id}/approval", CAMPAIGNS_READ, CAMPAIGN, approval_get),
	ACTION("POST", "/v1/campaigns/{id}/approval/request", CAMPAIGNS_EDIT, CAMPAIGN,
	       approval_request),
	JSON("POST", "/v1/campaigns/{id}/approval/approve", CAMPAIGNS_APPROVE, CAMPAIGN,
	     approval_approve),
	JSON("POST", "/v1/campaigns/{id}/approval/decline", CAMPAIGNS_APPROVE, CAMPAIGN,
	     approval_decline),
	GET("/v1/approval-rules", CAMPAIGNS_READ, DEPARTMENTS, approval_rule_list),
	JSON("PUT", "/v1/approval-rules", RULES_EDIT, DEPARTMENTS, approval_rule_put),
	GET("/v1/substitutes", CAMPAIGNS_APPROVE, DEPARTMENTS, substitute_list),
	JSON("POST", "/v1/substitutes", CAMPAIGNS_APPROVE, DEPARTMENTS, substitute_create),
	ACTION("DELETE", "/v1/substitutes/{id}", CAMPAIGNS_APPROVE, DEPARTMENTS, substitute_delete),

	GET("/v1/text-rules", RULES_READ, SHARED, text_rules_get),
	JSON("PUT", "/v1/text-rules", RULES_EDIT, COMPANY, text_rules_put),
	ACTION("POST", "/v1/campaigns/{id}/text-review", CAMPAIGNS_EDIT, CAMPAIGN, text_review_ask),
	GET("/v1/text-reviews", TEXTS_REVIEW, DEPARTMENTS, text_review_list,
	    .query = QUERY("limit", "cursor", "state")),
	JSON("POST", "/v1/text-reviews", TEXTS_REVIEW, DEPARTMENTS, text_review_decide),

	GET("/v1/sending-rules", RULES_READ, SHARED, sending_rules_get),
	JSON("PUT", "/v1/sending-rules", RULES_EDIT, COMPANY, sending_rules_put),
	GET("/v1/calendar", RULES_READ, SHARED, calendar_get),
};

const size_t api_route_count = sizeof(api_routes) / sizeof(api_routes[0]);
