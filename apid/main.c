/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* apid - the HTTP API of Vestnik. */
#include <stddef.h>
#include <string.h>

#include "apid/accounts.h"
#include "apid/sender_gate.h"
#include "apid/api.h"
#include "apid/auth.h"
#include "apid/directory.h"
#include "apid/estimate.h"
#include "apid/intake.h"
#include "apid/progress.h"
#include "apid/publisher.h"
#include "apid/routing.h"
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define STORE_TIMEOUT_MS  30000
#define INTAKE_TIMEOUT_MS 10000
#define IMPORT_TIMEOUT_MS 300000
#define STOP_MS		  8000
#define INTAKES		  2

static const struct config_row config_rows[] = {
	{.key = "database.url",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct api_config, database_url),
	 .help = "PostgreSQL, as role vestnik_apid"},
	{.key = "broker.url",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct api_config, broker_url),
	 .help = "RabbitMQ, amqp:// or amqps://"},
	{.key = "http.listen",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct api_config, http_listen),
	 .def = "127.0.0.1:8080",
	 .help = "where the API is served; port 0 picks a free one"},
	{.key = "http.connections",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct api_config, http_connections),
	 .def = "4096",
	 .min = 64,
	 .max = 65536,
	 .help = "connections at a time; idle ones are closed from three quarters on"},
	{.key = "web.dir",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct api_config, web_dir),
	 .def = "/usr/share/vestnik/web",
	 .help = "the built web interface, read at start; \"\" serves the API alone"},
	{.key = "store_threads",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct api_config, store_threads),
	 .def = "4",
	 .min = 1,
	 .max = 64,
	 .help = "requests that read or change the database at a time"},
	{.key = "import.mb_max",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct api_config, import_mb_max),
	 .def = "1024",
	 .min = 1,
	 .max = 65536,
	 .help = "largest file of clients, in MiB"},
	{.key = "exports.rows_max",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct api_config, export_rows_max),
	 .def = "100000",
	 .min = 1,
	 .max = 10000000,
	 .help = "how many people one file with personal data may have"},
	{.key = "privacy.key_file",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct api_config, privacy_key_file),
	 .def = "",
	 .help = PRIVACY_KEY_HELP},
	{.key = "secrets.key_file",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct api_config, secrets_key_file),
	 .def = "",
	 .help = VAULT_KEY_HELP},
	{.key = "providers.dir",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct api_config, providers_dir),
	 .def = SHELF_DIR,
	 .help = "profiles of HTTP providers, read at start; \"\" has none"},
	{.key = "http.trusted_proxies",
	 .type = CONFIG_LIST,
	 .offset = offsetof(struct api_config, trusted_proxies),
	 .def = "[]",
	 .help = "addresses or nets of proxies whose X-Forwarded-For is believed"},
	{.key = "sessions.idle",
	 .type = CONFIG_MS,
	 .offset = offsetof(struct api_config, session_idle_ms),
	 .def = "12h",
	 .min = 60000,
	 .max = 604800000,
	 .help = "without a request for so long a person is signed out"},
	{.key = "sessions.life",
	 .type = CONFIG_MS,
	 .offset = offsetof(struct api_config, session_life_ms),
	 .def = "168h",
	 .min = 60000,
	 .max = 2592000000,
	 .help = "so long after signing in a person has to sign in anew"},
	DIRECTORY_ROWS,
	OIDC_ROWS,
	{0},
};

static struct pg_pool *pool_new(const struct api_config *config, int64_t timeout_ms, size_t size)
{
	struct pg_options options = {
		.url = config->database_url, .application = "apid", .timeout_ms = timeout_ms};

	return pg_pool_new(&options, size);
}

static void make_queues(struct api *api)
{
	static const size_t capacity[API_QUEUES] = {
		[API_STORE] = 512,  [API_SINGLE] = 4096,
		[API_BULK] = 64,    [API_IMPORT] = IMPORTS_AT_ONCE,
		[API_SIGN_IN] = 32, [API_OIDC] = 32,
	};

	for (size_t i = 0; i < API_QUEUES; i++)
		api->queues[i] = queue_new(capacity[i]);
}

static void start_workers(struct api *api)
{
	const struct {
		size_t count;
		struct pg_pool *pool;
		enum api_queue queue;
	} kinds[] = {
		{(size_t)api->config->store_threads, api->store, API_STORE},
		{IMPORTS_AT_ONCE, api->imports, API_IMPORT},
		{SIGN_INS_AT_ONCE, api->store, API_SIGN_IN},
		{OIDC_AT_ONCE, api->store, API_OIDC},
	};
	size_t total = kinds[0].count + kinds[1].count + kinds[2].count + kinds[3].count;

	api->workers = mem_calloc(total, sizeof(*api->workers));
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (size_t i = 0; i < kinds[k].count; i++) {
			struct worker *w = &api->workers[api->worker_count++];

			w->api = api;
			w->pool = kinds[k].pool;
			w->queue = api->queues[kinds[k].queue];
			if (pthread_create(&w->thread, NULL, worker_thread, w) != 0)
				panic("pthread_create failed");
		}
}

/* The table with the limits that are configured. */
static void make_routes(struct api *api)
{
	api->routes = mem_calloc(api_route_count, sizeof(*api->routes));
	memcpy(api->routes, api_routes, api_route_count * sizeof(*api->routes));
	for (size_t i = 0; i < api_route_count; i++)
		if (api->routes[i].body == HTTP_BODY_STREAM)
			api->routes[i].body_max = (size_t)api->config->import_mb_max << 20;
}

static bool load_web(struct api *api, struct err *err)
{
	if (api->config->web_dir[0] == '\0' || files_load(api->config->web_dir, &api->web, err))
		return true;
	return err_wrap(err, "web.dir: build the web interface with make web (make install copies "
			     "it), or set web.dir to \"\" to serve the API alone");
}

static void on_turn(void *arg)
{
	(void)arg;
	daemon_alive();
}

static bool apid_start(void *state, const void *config, struct err *err)
{
	struct api *api = state;
	struct http_options options;

	api->config = config;
	api->store =
		pool_new(config, STORE_TIMEOUT_MS,
			 (size_t)api->config->store_threads + SIGN_INS_AT_ONCE + OIDC_AT_ONCE + 2);
	api->intake = pool_new(config, INTAKE_TIMEOUT_MS, INTAKES);
	/* a second one each, to say how far it is */
	api->imports = pool_new(config, IMPORT_TIMEOUT_MS, 2 * IMPORTS_AT_ONCE);
	api->auth = auth_new(api->config->session_idle_ms);
	api->accounts = accounts_new();
	api->sender_gate = sender_gate_new();
	make_queues(api);
	make_routes(api);
	if (!load_web(api, err) ||
	    !privacy_key_load(api->config->privacy_key_file, &api->privacy_key, err))
		return false;
	if (!vault_load(api->config->secrets_key_file, &api->vault, err))
		return err_wrap(err, "secrets.key_file");
	if (!nets_new(&api->config->trusted_proxies, &api->trusted_proxies, err))
		return err_wrap(err, "http.trusted_proxies");
	if (!shelf_load(api->config->providers_dir, &api->profiles, err))
		return err_wrap(err, "providers.dir");
	if (!directory_new(&api->config->directory, &api->directory, err) ||
	    !oidc_new(&api->config->oidc, &api->oidc, err))
		return false;
	options = (struct http_options){
		.listen = api->config->http_listen,
		.connections_max = (size_t)api->config->http_connections,
		.routes = api->routes,
		.route_count = api_route_count,
		.files = api->web,
		.trusted = api->trusted_proxies,
		.queues = api->queues,
		.on_turn = on_turn,
	};
	if (!http_server_new(&options, &api->http, err))
		return false;
	api->publisher = publisher_new(api->config->broker_url);
	api->watcher = watcher_new(api);
	watcher_start(api->watcher);
	api->routing = routing_new();
	api->estimator = estimator_new(api);
	api->single = intake_new(api, api->queues[API_SINGLE]);
	api->bulk = intake_new(api, api->queues[API_BULK]);
	start_workers(api);
	directory_start(api->directory, api->store);
	return true;
}

static bool apid_run(void *state, struct err *err)
{
	struct api *api = state;

	log_info("api listening", LI("port", http_server_port(api->http)));
	return http_server_run(api->http, daemon_stop_fd(), STOP_MS, err);
}

/* Threads end when their queue is empty; then nobody holds a call. */
static void apid_stop(void *state)
{
	struct api *api = state;

	atomic_store(&api->ending, true);
	for (size_t i = 0; i < api->worker_count; i++)
		pthread_join(api->workers[i].thread, NULL);
	intake_free(&api->single);
	intake_free(&api->bulk);
	watcher_free(&api->watcher);
	estimator_free(&api->estimator);
	directory_free(&api->directory);
	oidc_free(&api->oidc);
	routing_free(&api->routing);
	publisher_free(&api->publisher);
	http_server_free(&api->http);
	files_free(&api->web);
	for (size_t i = 0; i < API_QUEUES; i++)
		queue_free(&api->queues[i]);
	pg_pool_free(&api->store);
	pg_pool_free(&api->intake);
	pg_pool_free(&api->imports);
	auth_free(&api->auth);
	accounts_free(&api->accounts);
	sender_gate_free(&api->sender_gate);
	privacy_key_free(&api->privacy_key);
	vault_free(&api->vault);
	shelf_free(&api->profiles);
	nets_free(&api->trusted_proxies);
	mem_free(api->workers);
	mem_free(api->routes);
}

int main(int argc, char **argv)
{
	static const struct daemon_spec spec = {
		.name = "apid",
		.purpose = "serves the HTTP API of Vestnik",
		.config = config_rows,
		.config_size = sizeof(struct api_config),
		.state_size = sizeof(struct api),
		.start = apid_start,
		.run = apid_run,
		.stop = apid_stop,
	};

	return daemon_main(argc, argv, &spec);
}
