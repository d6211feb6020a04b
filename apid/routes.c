/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* routes - every path of the API; apid/openapi.yaml describes the same, a test holds both together.
 */
#include "apid/api.h"
#include "apid/intake.h"

#define JSON_BYTES  (64 * 1024)
#define BULK_BYTES  (8 * 1024 * 1024)
#define PROOF_BYTES (5 * 1024 * 1024)
#define FORM_BYTES  1024
#define CODES_BYTES (64 * 1024 * 1024)
#define SHEET_BYTES (16 * 1024 * 1024) /* of a price list or an invoice */
#define PLAN_BYTES  (256 * 1024)       /* 256 columns */
#define LOOK_BYTES  (16 * 1024 * 1024) /* of a file to preview: a workbook is sent whole */

#define OPERATION(...) (&(const struct operation){__VA_ARGS__})
#define QUERY(...)     ((const char *const[]){__VA_ARGS__, NULL})

/* Each names what a caller must be allowed: the RIGHT_ of its second argument or field. */
#define GET(path, may, fn, ...)                                                                    \
	{                                                                                          \
		.method = "GET", .pattern = path, .body = HTTP_BODY_NONE, .queue = API_STORE,      \
		.handler = operation_handle,                                                       \
		.context = OPERATION(.run = fn, .right = RIGHT_##may, __VA_ARGS__)                 \
	}
#define BODY(to, verb, path, bytes, may, fn)                                                       \
	{                                                                                          \
		.method = verb, .pattern = path, .body = HTTP_BODY_WHOLE, .body_max = bytes,       \
		.queue = to, .handler = operation_handle,                                          \
		.context = OPERATION(.run = fn, .right = RIGHT_##may)                              \
	}
#define JSON(verb, path, may, fn) BODY(API_STORE, verb, path, JSON_BYTES, may, fn)
#define SHEET(path, may, fn, ...)                                                                  \
	{                                                                                          \
		.method = "POST", .pattern = path, .body = HTTP_BODY_WHOLE,                        \
		.body_max = SHEET_BYTES, .queue = API_STORE, .handler = operation_handle,          \
		.context = OPERATION(.run = fn, .right = RIGHT_##may, .query = QUERY(__VA_ARGS__)) \
	}
#define ACTION(verb, path, may, fn)                                                                \
	{                                                                                          \
		.method = verb, .pattern = path, .body = HTTP_BODY_NONE, .queue = API_STORE,       \
		.handler = operation_handle, .context = OPERATION(.run = fn, .right = RIGHT_##may) \
	}
#define MESSAGES(path, bytes, to)                                                                  \
	{                                                                                          \
		.method = "POST", .pattern = path, .body = HTTP_BODY_WHOLE, .body_max = bytes,     \
		.queue = to, .handler = intake_no_handler,                                         \
		.context = OPERATION(.right = RIGHT_MESSAGES_SEND)                                 \
	}

const struct http_route api_routes[] = {
	GET("/openapi.yaml", OPEN, openapi_get),

	BODY(API_SIGN_IN, "POST", "/v1/session", JSON_BYTES, OPEN, session_create),
	ACTION("DELETE", "/v1/session", PROFILE, session_end),
	GET("/v1/me", PROFILE, me_get),
	JSON("PATCH", "/v1/me", PROFILE, me_patch),
	BODY(API_SIGN_IN, "PUT", "/v1/me/password", JSON_BYTES, PROFILE, me_password),

	{.method = "POST",
	 .pattern = "/v1/imports",
	 .body = HTTP_BODY_STREAM,
	 .body_max = 0, /* configured */
	 .queue = API_IMPORT,
	 .in_hand_max = IMPORTS_AT_ONCE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = import_create, .right = RIGHT_CLIENTS_IMPORT,
			      .query = QUERY("file_name", "list", "on_error"))},
	{.method = "PUT",
	 .pattern = "/v1/imports/{id}/file",
	 .body = HTTP_BODY_STREAM,
	 .body_max = 0, /* configured */
	 .queue = API_IMPORT,
	 .in_hand_max = IMPORTS_AT_ONCE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = import_file_put, .right = RIGHT_CLIENTS_IMPORT)},
	BODY(API_STORE, "POST", "/v1/imports/preview", LOOK_BYTES, CLIENTS_IMPORT, import_preview),
	BODY(API_STORE, "POST", "/v1/imports/plan", PLAN_BYTES, CLIENTS_IMPORT, import_plan),
	ACTION("POST", "/v1/imports/{id}/cancel", CLIENTS_IMPORT, import_cancel),
	GET("/v1/imports", CLIENTS_READ, import_list, .query = QUERY("limit", "cursor")),
	GET("/v1/imports/{id}", CLIENTS_READ, import_get),
	GET("/v1/imports/{id}/bad-rows", CLIENTS_READ, import_bad_rows),

	GET("/v1/criteria", CLIENTS_READ, criteria_list),
	JSON("POST", "/v1/criteria/count", CLIENTS_READ, criteria_count_clients),
	JSON("POST", "/v1/criteria/preview", CLIENTS_READ, criteria_preview),
	JSON("POST", "/v1/criteria/breakdown", CLIENTS_READ, criteria_breakdown),
	JSON("POST", "/v1/criteria/why", CLIENTS_READ, criteria_why),
	GET("/v1/lists", CLIENTS_READ, list_list, .query = QUERY("limit", "cursor")),
	JSON("POST", "/v1/lists", LISTS_EDIT, list_create),
	GET("/v1/lists/{id}", CLIENTS_READ, list_get),
	JSON("PUT", "/v1/lists/{id}", LISTS_EDIT, list_put),
	JSON("PATCH", "/v1/lists/{id}", LISTS_EDIT, list_patch),
	ACTION("DELETE", "/v1/lists/{id}", LISTS_EDIT, list_delete),
	ACTION("POST", "/v1/lists/{id}/refresh", LISTS_EDIT, list_refresh_now),
	GET("/v1/attributes", CLIENTS_READ, attribute_list),
	JSON("POST", "/v1/attributes", ATTRIBUTES_EDIT, attribute_create),
	/* They may change every client: five minutes, as an import. */
	BODY(API_IMPORT, "PATCH", "/v1/attributes/{id}", JSON_BYTES, ATTRIBUTES_EDIT,
	     attribute_patch),
	{.method = "DELETE",
	 .pattern = "/v1/attributes/{id}",
	 .body = HTTP_BODY_NONE,
	 .queue = API_IMPORT,
	 .handler = operation_handle,
	 .context = OPERATION(.run = attribute_delete, .right = RIGHT_ATTRIBUTES_EDIT)},
	GET("/v1/attributes/{id}/use", CLIENTS_READ, attribute_use_get),
	GET("/v1/clients/count", CLIENTS_READ, client_count),
	GET("/v1/clients/{id}", CLIENTS_READ, client_get),
	JSON("PUT", "/v1/clients/{id}/phone", CLIENTS_IMPORT, client_phone_put),
	JSON("POST", "/v1/clients/{id}/phones", CLIENTS_IMPORT, client_phone_add),
	JSON("POST", "/v1/clients/{id}/phones/end", CLIENTS_IMPORT, client_phone_end),
	GET("/v1/clients/{id}/timeline", CLIENTS_READ, client_timeline,
	    .query = QUERY("limit", "cursor", "kind")),
	JSON("POST", "/v1/clients/search", CLIENTS_READ, client_search),
	JSON("POST", "/v1/clients/{id}/reveal", PERSONAL_REVEAL, client_reveal),
	JSON("POST", "/v1/clients/{id}/block", CLIENTS_BLOCK, client_block_post),
	JSON("POST", "/v1/clients/{id}/unblock", CLIENTS_BLOCK, client_unblock_post),
	JSON("POST", "/v1/clients/{id}/erase", CLIENTS_ERASE, client_erase_post),
	GET("/v1/erasures", CLIENTS_ERASE, erasure_list, .query = QUERY("limit", "cursor")),
	GET("/v1/erasures/{id}", CLIENTS_ERASE, erasure_get),
	{.method = "GET",
	 .pattern = "/v1/erasures/{id}/log.csv",
	 .body = HTTP_BODY_NONE,
	 .queue = API_STORE,
	 .in_hand_max = DOWNLOADS_AT_ONCE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = erasure_log, .right = RIGHT_CLIENTS_ERASE)},

	GET("/v1/templates", TEMPLATES_READ, template_list,
	    .query = QUERY("limit", "cursor", "query", "category")),
	JSON("POST", "/v1/templates", TEMPLATES_EDIT, template_create),
	GET("/v1/templates/{id}", TEMPLATES_READ, template_get),
	JSON("PUT", "/v1/templates/{id}", TEMPLATES_EDIT, template_put),
	ACTION("DELETE", "/v1/templates/{id}", TEMPLATES_EDIT, template_delete),

	{.method = "GET",
	 .pattern = "/l/{code}",
	 .body = HTTP_BODY_NONE,
	 .queue = API_STORE,
	 .in_hand_max = CLICKS_AT_ONCE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = link_follow, .right = RIGHT_OPEN, .any_query = true)},
	GET("/v1/links/settings", TEMPLATES_READ, link_settings_get),
	JSON("PUT", "/v1/links/settings", TEMPLATES_EDIT, link_settings_put),

	GET("/v1/promo-pools", TEMPLATES_READ, promo_pool_list, .query = QUERY("limit", "cursor")),
	JSON("POST", "/v1/promo-pools", TEMPLATES_EDIT, promo_pool_create),
	GET("/v1/promo-pools/{id}", TEMPLATES_READ, promo_pool_get),
	ACTION("DELETE", "/v1/promo-pools/{id}", TEMPLATES_EDIT, promo_pool_delete),
	{.method = "POST",
	 .pattern = "/v1/promo-pools/{id}/codes",
	 .body = HTTP_BODY_STREAM,
	 .body_max = CODES_BYTES,
	 .queue = API_IMPORT,
	 .in_hand_max = IMPORTS_AT_ONCE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = promo_pool_upload, .right = RIGHT_TEMPLATES_EDIT)},
	JSON("POST", "/v1/promo/redeem", PROMO_REDEEM, promo_code_redeem),

	GET("/v1/placeholders", CAMPAIGNS_READ, placeholder_list, .query = QUERY("list_id")),
	JSON("POST", "/v1/texts/preview", CAMPAIGNS_EDIT, text_preview),

	JSON("POST", "/v1/campaigns", CAMPAIGNS_EDIT, campaign_create),
	GET("/v1/campaigns", CAMPAIGNS_READ, campaign_list,
	    .query = QUERY("limit", "cursor", "status", "query")),
	GET("/v1/campaigns/{id}", CAMPAIGNS_READ, campaign_get),
	JSON("PATCH", "/v1/campaigns/{id}", CAMPAIGNS_EDIT, campaign_patch),
	ACTION("DELETE", "/v1/campaigns/{id}", CAMPAIGNS_EDIT, campaign_delete),
	GET("/v1/campaigns/{id}/check", CAMPAIGNS_READ, campaign_check),
	ACTION("POST", "/v1/campaigns/{id}/estimate", CAMPAIGNS_EDIT, estimate_start),
	GET("/v1/campaigns/{id}/estimate", CAMPAIGNS_READ, estimate_get),
	ACTION("DELETE", "/v1/campaigns/{id}/estimate", CAMPAIGNS_EDIT, estimate_drop),
	JSON("POST", "/v1/campaigns/{id}/test", CAMPAIGNS_EDIT, campaign_test),
	JSON("POST", "/v1/campaigns/{id}/launch", CAMPAIGNS_LAUNCH, campaign_launch),
	ACTION("POST", "/v1/campaigns/{id}/pause", CAMPAIGNS_CONTROL, campaign_pause),
	ACTION("POST", "/v1/campaigns/{id}/resume", CAMPAIGNS_CONTROL, campaign_resume),
	ACTION("POST", "/v1/campaigns/{id}/cancel", CAMPAIGNS_CONTROL, campaign_cancel),
	GET("/v1/campaigns/{id}/progress", CAMPAIGNS_READ, campaign_progress),
	GET("/v1/campaigns/{id}/progress/stream", CAMPAIGNS_READ, campaign_progress_stream),
	GET("/v1/campaigns/{id}/clicks", CAMPAIGNS_READ, campaign_clicks),
	GET("/v1/campaigns/{id}/suppressions", CAMPAIGNS_READ, campaign_suppressions,
	    .query = QUERY("limit", "cursor")),
	GET("/v1/campaigns/{id}/missed", CAMPAIGNS_READ, campaign_missed,
	    .query = QUERY("limit", "cursor", "reason")),
	GET("/v1/campaigns/{id}/missed/summary", CAMPAIGNS_READ, campaign_missed_summary),
	{.method = "GET",
	 .pattern = "/v1/campaigns/{id}/missed.csv",
	 .body = HTTP_BODY_NONE,
	 .queue = API_STORE,
	 .in_hand_max = DOWNLOADS_AT_ONCE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = campaign_missed_csv, .right = RIGHT_CAMPAIGNS_READ,
			      .query = QUERY("reason"))},
	GET("/v1/campaigns/{id}/messages", CAMPAIGNS_READ, campaign_messages,
	    .query = QUERY("limit", "cursor", "state")),

	MESSAGES("/v1/messages", JSON_BYTES, API_SINGLE),
	MESSAGES("/v1/messages/bulk", BULK_BYTES, API_BULK),
	GET("/v1/messages/{id}", MESSAGES_READ, message_get),
	JSON("POST", "/v1/messages/search", MESSAGES_READ, message_search),
	JSON("POST", "/v1/suppressions/search", MESSAGES_READ, suppression_search),

	JSON("PUT", "/v1/opt-outs", OPT_OUTS_EDIT, opt_out_put),
	JSON("POST", "/v1/opt-outs/remove", OPT_OUTS_REMOVE, opt_out_remove),
	JSON("POST", "/v1/opt-outs/search", OPT_OUTS_READ, opt_out_search),

	JSON("POST", "/v1/stop-links", OPT_OUTS_EDIT, stop_link_create),
	GET("/stop/{token}", OPEN, stop_page),
	BODY(API_STORE, "POST", "/stop/{token}", FORM_BYTES, OPEN, stop_confirm),

	GET("/v1/purposes", CONSENTS_READ, purpose_list),
	JSON("POST", "/v1/purposes", CONSENTS_EDIT, purpose_create),
	JSON("PATCH", "/v1/purposes/{code}", CONSENTS_EDIT, purpose_patch),
	GET("/v1/purposes.csv", CONSENTS_READ, purpose_csv),
	GET("/v1/consent-texts", CONSENTS_READ, consent_text_list, .query = QUERY("purpose")),
	JSON("POST", "/v1/consent-texts", CONSENTS_EDIT, consent_text_create),
	BODY(API_STORE, "POST", "/v1/consent-proofs", PROOF_BYTES, CONSENTS_EDIT,
	     consent_proof_create),
	GET("/v1/consent-proofs/{id}", CONSENTS_READ, consent_proof_get),
	JSON("POST", "/v1/consents", CONSENTS_EDIT, consent_record),
	JSON("POST", "/v1/consents/withdraw", CONSENTS_EDIT, consent_withdraw),
	JSON("POST", "/v1/lists/{id}/consents", CONSENTS_EDIT, consent_declare),
	GET("/v1/clients/{id}/consents", CONSENTS_READ, consent_timeline,
	    .query = QUERY("limit", "cursor")),
	JSON("POST", "/v1/consent-codes", CONSENTS_EDIT, consent_code_start),
	JSON("POST", "/v1/consent-codes/{id}/confirm", CONSENTS_EDIT, consent_code_confirm),
	JSON("POST", "/v1/people/export", PERSONAL_EXPORT, person_export),
	JSON("POST", "/v1/readings/search", AUDIT_READ, reading_search),

	GET("/v1/complaints", COMPLAINTS_READ, complaint_list,
	    .query = QUERY("limit", "cursor", "state", "source", "assignee_id", "overdue")),
	JSON("POST", "/v1/complaints", COMPLAINTS_EDIT, complaint_create),
	JSON("POST", "/v1/complaints/search", COMPLAINTS_READ, complaint_search),
	GET("/v1/complaints/{id}", COMPLAINTS_READ, complaint_get),
	JSON("PATCH", "/v1/complaints/{id}", COMPLAINTS_EDIT, complaint_patch),
	JSON("POST", "/v1/complaints/{id}/close", COMPLAINTS_EDIT, complaint_close),
	{.method = "POST",
	 .pattern = "/v1/complaints/{id}/pack",
	 .body = HTTP_BODY_NONE,
	 .queue = API_STORE,
	 .in_hand_max = DOWNLOADS_AT_ONCE,
	 .handler = operation_handle,
	 .context = OPERATION(.run = complaint_pack, .right = RIGHT_COMPLAINTS_PACK)},

	GET("/v1/source-kinds", SOURCES_EDIT, source_kind_list),
	GET("/v1/sources", SOURCES_EDIT, source_list, .query = QUERY("limit", "cursor")),
	BODY(API_STORE, "POST", "/v1/sources", PLAN_BYTES, SOURCES_EDIT, source_create),
	GET("/v1/sources/{id}", SOURCES_EDIT, source_get),
	BODY(API_STORE, "PUT", "/v1/sources/{id}", PLAN_BYTES, SOURCES_EDIT, source_put),
	ACTION("DELETE", "/v1/sources/{id}", SOURCES_EDIT, source_delete),
	GET("/v1/sources/{id}/runs", SOURCES_EDIT, source_run_list,
	    .query = QUERY("limit", "cursor")),
	JSON("POST", "/v1/sources/{id}/runs", SOURCES_EDIT, source_run_create),
	GET("/v1/sources/{id}/runs/{run}", SOURCES_EDIT, source_run_get),
	GET("/v1/sources/{id}/runs/{run}/refused", SOURCES_EDIT, source_run_refused),
	ACTION("POST", "/v1/sources/{id}/runs/{run}/confirm", SOURCES_EDIT, source_run_confirm),
	ACTION("POST", "/v1/sources/{id}/runs/{run}/drop", SOURCES_EDIT, source_run_drop),

	GET("/v1/senders", SENDERS_READ, sender_list),
	JSON("POST", "/v1/senders", SENDERS_EDIT, sender_create),
	GET("/v1/senders/{id}", SENDERS_READ, sender_get),
	JSON("PATCH", "/v1/senders/{id}", SENDERS_EDIT, sender_patch),
	ACTION("DELETE", "/v1/senders/{id}", SENDERS_EDIT, sender_delete),
	GET("/v1/senders/{id}/registrations", SENDERS_READ, sender_registration_list),
	JSON("POST", "/v1/senders/{id}/registrations", SENDERS_EDIT, sender_registration_create),
	JSON("PATCH", "/v1/senders/{id}/registrations/{registration}", SENDERS_EDIT,
	     sender_registration_patch),
	GET("/v1/template-registrations", SENDERS_READ, text_registration_list,
	    .query = QUERY("limit", "cursor", "sender_id")),
	JSON("POST", "/v1/template-registrations", SENDERS_EDIT, text_registration_create),
	JSON("PATCH", "/v1/template-registrations/{id}", SENDERS_EDIT, text_registration_patch),
	GET("/v1/sender-rules", SENDERS_READ, sender_rules_get),
	JSON("PUT", "/v1/sender-rules", SENDERS_EDIT, sender_rules_put),

	GET("/v1/troubles", ACCOUNTS_READ, trouble_list),
	GET("/v1/providers", ACCOUNTS_READ, provider_list, .query = QUERY("limit", "cursor")),
	JSON("POST", "/v1/providers", ACCOUNTS_EDIT, provider_create),
	GET("/v1/providers/{id}", ACCOUNTS_READ, provider_get),
	JSON("PATCH", "/v1/providers/{id}", ACCOUNTS_EDIT, provider_patch),
	GET("/v1/provider-profiles", ACCOUNTS_READ, provider_profile_list),
	GET("/v1/account-settings", ACCOUNTS_READ, account_setting_list),
	GET("/v1/accounts", ACCOUNTS_READ, account_list),
	JSON("POST", "/v1/accounts", ACCOUNTS_EDIT, account_create),
	GET("/v1/accounts/{id}", ACCOUNTS_READ, account_get),
	JSON("PATCH", "/v1/accounts/{id}", ACCOUNTS_EDIT, account_patch),
	ACTION("DELETE", "/v1/accounts/{id}", ACCOUNTS_EDIT, account_disable),
	JSON("POST", "/v1/route-explanation", ACCOUNTS_READ, route_explanation),

	GET("/v1/operators", ACCOUNTS_READ, operator_list),
	GET("/v1/route-rules", ACCOUNTS_READ, route_rule_list),
	JSON("POST", "/v1/route-rules", ROUTES_EDIT, route_rule_create),
	JSON("PUT", "/v1/route-rules/order", ROUTES_EDIT, route_rule_order),
	JSON("PUT", "/v1/route-rules/{id}", ROUTES_EDIT, route_rule_put),
	ACTION("DELETE", "/v1/route-rules/{id}", ROUTES_EDIT, route_rule_delete),
	GET("/v1/account-routes", ACCOUNTS_READ, account_route_list),
	JSON("PUT", "/v1/accounts/{id}/route", ROUTES_EDIT, account_route_put),
	GET("/v1/operator-contracts", ACCOUNTS_READ, operator_contract_list),
	JSON("PUT", "/v1/operator-contracts", ROUTES_EDIT, operator_contract_put),
	JSON("POST", "/v1/operator-contracts/remove", ROUTES_EDIT, operator_contract_remove),

	SHEET("/v1/tariffs/preview", TARIFFS_EDIT, tariff_preview, "account", "provider", "from",
	      "vat", "vat_rate", "currency", "unit", "charge_on", "file_name"),
	SHEET("/v1/tariffs", TARIFFS_EDIT, tariff_create, "account", "provider", "from", "vat",
	      "vat_rate", "currency", "unit", "charge_on", "file_name", "against"),
	GET("/v1/tariffs", TARIFFS_READ, tariff_list,
	    .query = QUERY("limit", "cursor", "account", "provider")),
	GET("/v1/tariffs/{id}", TARIFFS_READ, tariff_get),
	GET("/v1/tariffs/{id}/rows", TARIFFS_READ, tariff_rows,
	    .query = QUERY("limit", "cursor", "query")),
	GET("/v1/currency-rates", TARIFFS_READ, currency_rate_list),
	JSON("PUT", "/v1/currency-rates", TARIFFS_EDIT, currency_rate_put),
	SHEET("/v1/invoices", TARIFFS_EDIT, invoice_create, "account", "provider", "month", "vat",
	      "vat_rate", "file_name"),
	GET("/v1/invoices", TARIFFS_READ, invoice_list,
	    .query = QUERY("limit", "cursor", "account", "provider")),
	GET("/v1/invoices/{id}", TARIFFS_READ, invoice_get),
	GET("/v1/costs", TARIFFS_READ, costs_get, .query = QUERY("from", "until", "run")),
	GET("/v1/campaigns/{id}/costs", CAMPAIGNS_READ, campaign_costs),

	GET("/v1/sending-rules", RULES_READ, sending_rules_get),
	JSON("PUT", "/v1/sending-rules", RULES_EDIT, sending_rules_put),
	GET("/v1/calendar", RULES_READ, calendar_get),
};

const size_t api_route_count = sizeof(api_routes) / sizeof(api_routes[0]);
