/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* api - what the parts of apid share: its state, a request in a worker's hands, the routes.
 *
 * The main thread is the HTTP event thread.  Store threads run operations in straight lines over
 * PostgreSQL; two intakes take messages; import threads take files; the publisher hands tickets to
 * the broker; the watcher reads progress for everyone who watches; the estimator counts what
 * campaigns would cost.  Each is fed by a queue. */
#ifndef VESTNIK_APID_API_H
#define VESTNIK_APID_API_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apid/directory_link.h"
#include "apid/oidc.h"
#include "apid/rights.h"
#include "apid/scope.h"
#include "common/base/buf.h"
#include "common/base/config.h"
#include "common/base/err.h"
#include "common/base/queue.h"
#include "common/model/privacy_key.h"
#include "common/provider/shelf.h"
#include "common/store/pool.h"
#include "common/store/vault.h"
#include "common/web/http.h"
#include "common/web/json.h"
#include "common/web/json_out.h"
#include "common/web/problem.h"

struct auth;
struct accounts;
struct sender_gate;
struct publisher;
struct watcher;
struct estimator;
struct routing;
struct intake;
struct export_mark;
struct directory;

struct api_config {
	char *database_url;
	char *broker_url;
	char *http_listen;
	char *web_dir;
	int64_t http_connections;
	int64_t store_threads;
	int64_t import_mb_max;
	int64_t export_rows_max;
	char *privacy_key_file;
	char *secrets_key_file;
	char *providers_dir;
	int64_t session_idle_ms;
	int64_t session_life_ms;
	struct config_list trusted_proxies;
	struct directory_config directory;
	struct oidc_config oidc;
};

enum api_queue { API_STORE, API_SINGLE, API_BULK, API_IMPORT, API_SIGN_IN, API_OIDC, API_QUEUES };

#define IMPORTS_AT_ONCE	  2
#define DOWNLOADS_AT_ONCE 2
#define CLICKS_AT_ONCE	  8 /* strangers, who may be many */
#define OIDC_AT_ONCE	  2 /* each waits for the provider, not for a core */
#define SIGN_INS_AT_ONCE  2 /* each takes 19 MiB and 20 ms of a core */

struct api {
	const struct api_config *config;
	struct pg_pool *store;	 /* statements of people: 30 s */
	struct pg_pool *intake;	 /* messages: 10 s */
	struct pg_pool *imports; /* 5 min */
	struct queue *queues[API_QUEUES];
	struct auth *auth;
	struct accounts *accounts;
	struct directory *directory; /* NULL: none is configured */
	struct oidc *oidc;	     /* likewise */
	struct sender_gate *sender_gate;
	struct publisher *publisher;
	struct watcher *watcher;
	struct estimator *estimator;
	struct routing *routing;
	struct http_server *http;
	struct files *web;		 /* NULL: none */
	struct privacy_key *privacy_key; /* NULL: none is configured */
	struct vault *vault;		 /* likewise */
	struct shelf profiles;		 /* of HTTP providers */
	struct nets *trusted_proxies;	 /* NULL: none */
	struct http_route *routes;	 /* api_routes with the configured limits */
	struct worker *workers;
	size_t worker_count;
	struct intake *single;
	struct intake *bulk;
	atomic_bool ending; /* threads end when their queue is empty */
};

/* --- a request in a store thread
 * ------------------------------------------------------------------ */

struct worker {
	struct api *api;
	struct pg_pool *pool;
	struct queue *queue;
	pthread_t thread;
};

struct request {
	struct api *api;
	struct http_call *call;
	struct pg *pg;
	struct pg_params *params; /* empty when an operation begins; request_query() empties it */
	struct caller caller;
	struct problem problem;
	struct buf out;
	struct json_out json; /* writes into out; masked for who may not read */
	struct {
		int64_t client_id;  /* the one it is about; 0: several */
		const char *reason; /* the caller's, NULL: none given */
	} reading;		    /* what reading.h logs of it */
	struct export_mark *export; /* the file that is written is one (export.h); NULL: none */
};

/* One operation.  True: replied or problem filled.  False: the store failed (err), unless the
 * problem is filled, which then is the answer. */
typedef bool operation_fn(struct request *r, struct err *err);

struct operation {
	operation_fn *run;
	const char *const *query; /* parameters it knows, NULL-terminated; NULL: none */
	bool any_query;		  /* others are passed over, not refused */
	enum right right;
	enum scope scope;
};

/* The handler of every route that runs in a store thread; its context is a struct operation. */
void operation_handle(struct http_call *call, void *worker);
void *worker_thread(void *worker);

/* Run a statement with r->params, which is empty afterwards. */
bool request_query(struct request *r, const struct pg_stmt *stmt, struct pg_result **out,
		   struct err *err);
/* Answer with what was written to r->json. */
bool request_reply(struct request *r, int status);
/* For the body of a transaction: the problem is filled, roll back. */
bool request_refused(struct err *err);
/* The i-th id of the path; a wrong one is a filled 404. */
bool request_id(struct request *r, size_t i, const char *what, int64_t *out);

/* A column of text, NULL when it is null. */
const char *text_or_null(const struct pg_result *rows, size_t i, int col);
/* A column that is an id or null, as a member. */
void put_id_or_null(struct json_out *json, const char *key, const struct pg_result *rows, size_t i,
		    int col);

/* Parse the whole body as JSON; false: the problem is filled. */
bool request_json(struct request *r, struct cJSON **out);

/* Lists are given out in pages: ?limit=1..200 (50) and ?cursor= from next_cursor. */
struct page {
	int64_t limit;
	int64_t cursor; /* 0: from the start */
};
#define PAGE_LIMIT_MAX 200
bool page_from_query(struct request *r, struct page *out);
/* The same as members of a body. */
void page_in(struct json_in *in, struct page *out);
/* A body of phone, cursor and limit, put into r->params: $1 cursor, $2 limit, $3 number or 0.
 * False: the problem is filled. */
bool page_by_phone(struct request *r, enum json_need need, struct page *out);
/* Run a statement that finds one row more than the limit, the id that a cursor names in its first
 * column, and answer with the page: {"<name>": [...], "next_cursor": ...}.  `put` writes an item.
 */
bool page_reply(struct request *r, const struct page *page, const struct pg_stmt *stmt,
		const char *name,
		void (*put)(struct json_out *json, const struct pg_result *rows, size_t i),
		struct err *err);
/* Close the array of items and the document: next_cursor is null when rows <= limit. */
void page_end(struct request *r, const struct page *page, size_t rows, int64_t last_id);

/* --- operations
 * ------------------------------------------------------------------------------------ */

extern const struct http_route api_routes[];
extern const size_t api_route_count;

operation_fn openapi_get;
operation_fn reading_search, person_export;
operation_fn audit_search, audit_export;
operation_fn export_list, export_create, export_file, export_delete;
operation_fn privacy_request_list, privacy_request_create, privacy_request_search;
operation_fn privacy_request_get, privacy_request_patch, privacy_request_extend;
operation_fn privacy_request_close;
operation_fn session_create, session_end;
operation_fn session_ways, oidc_begin, oidc_back;
operation_fn directory_group_list, directory_group_put;
operation_fn me_get, me_patch, me_password;
operation_fn my_session_list, my_session_end, my_sessions_end;
operation_fn session_second_factor, my_second_factor_get, my_second_factor_begin;
operation_fn my_second_factor_confirm, my_second_factor_remove, my_recovery_codes_renew;
operation_fn user_session_list, user_sessions_end;
operation_fn user_list, user_get, user_create, user_patch, user_password;
operation_fn user_import;
operation_fn department_list, department_create, department_patch, department_delete;
operation_fn role_list, role_create, role_patch, role_delete;
operation_fn token_list, token_create, token_get, token_patch, token_revoke, token_renew;
operation_fn account_list;
operation_fn route_explanation;
operation_fn tariff_preview, tariff_create, tariff_list, tariff_get, tariff_rows;
operation_fn currency_rate_list, currency_rate_put;
operation_fn invoice_list, invoice_create, invoice_get, costs_get, campaign_costs;
operation_fn budget_list, budget_put, budget_get;
operation_fn approval_list, approval_get, approval_request, approval_approve, approval_decline;
operation_fn notice_list, notice_count, notice_read, notice_settings_get, notice_settings_put;
operation_fn approval_rule_list, approval_rule_put;
operation_fn text_rules_get, text_rules_put;
operation_fn text_review_list, text_review_ask, text_review_decide;
operation_fn substitute_list, substitute_create, substitute_delete;
operation_fn operator_list;
operation_fn route_rule_list, route_rule_create, route_rule_put, route_rule_delete,
	route_rule_order;
operation_fn account_route_list, account_route_put;
operation_fn operator_contract_list, operator_contract_put, operator_contract_remove;
operation_fn account_create;
operation_fn account_get;
operation_fn account_patch;
operation_fn account_disable;
operation_fn account_setting_list;
operation_fn provider_list;
operation_fn provider_create;
operation_fn provider_get;
operation_fn provider_patch;
operation_fn provider_profile_list;
operation_fn trouble_list;
operation_fn sending_rules_get, sending_rules_put, calendar_get;
operation_fn criteria_list, criteria_count_clients, criteria_preview, criteria_why;
operation_fn criteria_breakdown;
operation_fn list_list, list_create, list_get, list_put, list_patch, list_delete;
operation_fn list_refresh_now, list_department;
operation_fn client_get, client_search, client_count, client_reveal, client_timeline;
operation_fn client_phone_put, client_phone_add, client_phone_end, client_block_post,
	client_unblock_post;
operation_fn client_erase_post, erasure_list, erasure_get, erasure_log;
operation_fn attribute_list, attribute_create, attribute_patch, attribute_delete, attribute_use_get;
operation_fn opt_out_put, opt_out_remove, opt_out_search;
operation_fn stop_link_create, stop_page, stop_confirm;
operation_fn purpose_list, purpose_create, purpose_patch, purpose_csv;
operation_fn consent_text_list, consent_text_create;
operation_fn consent_proof_create, consent_proof_get;
operation_fn consent_record, consent_withdraw, consent_declare, consent_timeline;
operation_fn consent_code_start, consent_code_confirm;
operation_fn campaign_create, campaign_list, campaign_get, campaign_patch, campaign_delete;
operation_fn template_list, template_create, template_get, template_put, template_delete;
operation_fn link_follow, link_settings_get, link_settings_put, campaign_clicks;
operation_fn promo_pool_list, promo_pool_create, promo_pool_get, promo_pool_delete;
operation_fn promo_pool_upload, promo_code_redeem;
operation_fn placeholder_list, text_preview, campaign_check, campaign_test;
operation_fn campaign_copy;		 /* campaign_copy.c */
operation_fn campaign_overlap;		 /* overlap.c */
operation_fn dry_run_start, dry_run_get; /* dry_run.c */
operation_fn campaign_trial_go_on;	 /* campaign_trial.c */
operation_fn campaign_results;		 /* campaign_results.c */
operation_fn control_number_list, control_number_create, control_number_delete;
operation_fn estimate_start, estimate_get, estimate_drop;
operation_fn sender_list, sender_create, sender_get, sender_patch, sender_delete;
operation_fn sender_registration_list, sender_registration_create, sender_registration_patch;
operation_fn text_registration_list, text_registration_create, text_registration_patch;
operation_fn sender_rules_get, sender_rules_put;
operation_fn schedule_preview, campaign_runs;
operation_fn scenario_approve, scenario_rules_get, scenario_rules_put;
operation_fn campaign_launch, campaign_pause, campaign_resume, campaign_cancel;
operation_fn campaign_launch, campaign_pause, campaign_resume, campaign_cancel, campaign_pace;
operation_fn campaign_progress, campaign_progress_stream;
operation_fn campaign_forecast, load_calendar_get;
operation_fn campaign_suppressions, campaign_messages;
operation_fn campaign_missed, campaign_missed_summary, campaign_missed_csv;
operation_fn message_get, message_search, suppression_search;
operation_fn import_preview, import_plan, import_file_put, import_create, import_cancel;
operation_fn import_get, import_list, import_bad_rows;
operation_fn complaint_list, complaint_create, complaint_search, complaint_get;
operation_fn complaint_patch, complaint_close, complaint_pack;
operation_fn source_kind_list, source_list, source_create, source_get, source_put, source_delete;
operation_fn source_run_list, source_run_create, source_run_get, source_run_refused;
operation_fn source_run_confirm, source_run_drop;

#endif
