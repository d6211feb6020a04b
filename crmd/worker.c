/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* worker - see worker.h. */
#include "crmd/worker.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>

#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/broker/topology.h"
#include "common/route/store.h"

#define REFUSED_MS 1000

bool worker_open(struct worker *w, const char *name, const struct crmd_config *config,
		 const struct privacy_key *key, struct vault *vault, struct err *err)
{
	char application[64];
	struct pg_options pg_options = {.url = config->database_url, .application = application};
	struct mq_options mq_options = {.url = config->broker_url, .name = application};

	snprintf(application, sizeof(application), "crmd/%s %s", daemon_instance(), name);
	w->config = config;
	w->key = key;
	w->vault = vault;
	w->name = name;
	w->patience = PATIENCE_NONE;
	w->params = pg_params_new();
	if (!patience_init(&w->patience, daemon_stop_fd(), err))
		return false;
	if (!pg_open(&pg_options, &w->pg, err))
		return err_wrap(err, "database");
	if (!mq_open(&mq_options, &w->mq, err))
		return err_wrap(err, "broker.url");
	return true;
}

void worker_close(struct worker *w)
{
	if (w->config == NULL)
		return;
	mq_close(&w->mq);
	pg_close(&w->pg);
	pg_params_free(&w->params);
	if (w->routes != NULL)
		route_store_deinit(w->routes);
	mem_free(w->routes);
	patience_deinit(&w->patience);
}

bool worker_run(struct worker *w, const struct pg_stmt *stmt, struct pg_result **out,
		struct err *err)
{
	bool ok = pg_run(w->pg, stmt, w->params, out, err);

	pg_params_reset(w->params);
	return ok;
}

bool worker_database(struct worker *w)
{
	struct err err;

	while (!daemon_stopping()) {
		worker_alive(w);
		if (pg_usable(w->pg) ||
		    pg_reconnect_wait(w->pg, patience_round(&w->patience, PATIENCE_MS), &err))
			return true;
		worker_ready(w, false, "waiting for the database");
	}
	return false;
}

/* One at a time: RabbitMQ tells a second connection that a queue is there while the first one's is
 * still being made, and whoever then consumes from it is thrown out. */
static bool declare(struct mq *mq, struct err *err)
{
	static pthread_mutex_t declaring = PTHREAD_MUTEX_INITIALIZER;
	bool ok;

	(void)pthread_mutex_lock(&declaring);
	ok = topology_declare_crm(mq, err) && topology_declare_chunks(mq, err);
	(void)pthread_mutex_unlock(&declaring);
	return ok;
}

bool worker_broker(struct worker *w)
{
	struct err err;

	while (!daemon_stopping()) {
		worker_alive(w);
		worker_ready(w, false, "waiting for the broker");
		if (mq_reconnect_wait(w->mq, patience_round(&w->patience, PATIENCE_MS), &err) &&
		    declare(w->mq, &err))
			return true;
		if (err.kind == ERR_STOPPING)
			continue;
		log_err("the broker does not let us declare, will try again", &err,
			LS("loop", w->name));
		if (!worker_sleep(REFUSED_MS))
			break;
	}
	return false;
}

void worker_alive(const struct worker *w)
{
	if (w->on_main)
		daemon_alive();
}

void worker_ready(const struct worker *w, bool ready, const char *reason)
{
	if (w->on_main)
		daemon_ready(ready, reason);
}

bool worker_sleep(int64_t ms)
{
	struct pollfd stop = {.fd = daemon_stop_fd(), .events = POLLIN};

	return poll(&stop, 1, (int)ms) == 0;
}
