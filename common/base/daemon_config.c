/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* daemon_config - see daemon_config.h. */
#include "common/base/daemon_config.h"

#include <stdalign.h>
#include <string.h>

#include "common/base/health.h"
#include "common/base/mem.h"

#define INSTANCE_BYTES_MAX 32
#define DATA_COUNTRY	   "RU"

/* Where the daemon's own struct begins: the common one, rounded up for any alignment. */
#define OWN_OFFSET                                                                                 \
	((sizeof(struct daemon_common) + alignof(max_align_t) - 1) / alignof(max_align_t) *        \
	 alignof(max_align_t))

static const char *const level_words[] = {"debug", "info", "warn", "error", NULL};
static const char *const format_words[] = {"text", "json", NULL};

static const struct config_row common_rows[] = {
	{.key = "instance",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct daemon_common, instance),
	 .def = "1",
	 .help = "name of this process among its like on this host and others"},
	{.key = "log.level",
	 .type = CONFIG_ENUM,
	 .offset = offsetof(struct daemon_common, log_level),
	 .def = "info",
	 .words = level_words,
	 .help = "records below this level are left out"},
	{.key = "log.format",
	 .type = CONFIG_ENUM,
	 .offset = offsetof(struct daemon_common, log_format),
	 .def = "text",
	 .words = format_words,
	 .help = "one line a record on stderr, as key=value text or as JSON"},
	{.key = "metrics.listen",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct daemon_common, metrics_listen),
	 .def = "127.0.0.1:0",
	 .help = "ADDRESS:PORT of /metrics, /healthz and /readyz; port 0 takes a free one and logs "
		 "it, \"\" serves nothing"},
	{.key = "data.database_country",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct daemon_common, database_country),
	 .def = DATA_COUNTRY,
	 .help = "where the database's disks are, two letters (ISO 3166-1)"},
	{.key = "data.broker_country",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct daemon_common, broker_country),
	 .def = DATA_COUNTRY,
	 .help = "where the broker's disks are"},
	{.key = "data.waiver",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct daemon_common, waiver),
	 .def = "",
	 .help = "the document by which a store may be outside RU; without it the start is "
		 "refused"},
};

#define COMMON_COUNT (sizeof(common_rows) / sizeof(common_rows[0]))

struct config_row *daemon_config_rows(const struct daemon_spec *spec)
{
	struct config_row *rows;
	size_t own = 0;

	while (spec->config[own].key != NULL)
		own++;
	rows = mem_calloc(COMMON_COUNT + own + 1, sizeof(*rows));
	memcpy(rows, common_rows, sizeof(common_rows));
	for (size_t i = 0; i < own; i++) {
		rows[COMMON_COUNT + i] = spec->config[i];
		rows[COMMON_COUNT + i].offset += OWN_OFFSET;
	}
	return rows;
}

/* The name goes into leases, logs and labels. */
static bool check_instance(const char *name, struct err *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t len = strlen(name);

	if (len < 1 || len > INSTANCE_BYTES_MAX || strspn(name, allowed) != len)
		return err_set(err, ERR_INPUT,
			       "instance: found \"%.40s\"; expected 1 to %d letters, digits, dots, "
			       "dashes or underscores",
			       name, INSTANCE_BYTES_MAX);
	return true;
}

/* Data of Russian citizens are first recorded in Russia (152-FZ, article 18, part 5). */
static bool check_country(const char *key, const char *country, const char *waiver, struct err *err)
{
	if (strcmp(country, DATA_COUNTRY) == 0 || waiver[0] != '\0')
		return true;
	return err_set(err, ERR_INPUT,
		       "%s: found \"%.40s\"; expected " DATA_COUNTRY
		       ", or data.waiver with the document that allows another country",
		       key, country);
}

static bool check_common(const struct daemon_common *common, struct err *err)
{
	if (!check_instance(common->instance, err))
		return false;
	if (*common->metrics_listen != '\0' && !health_check_listen(common->metrics_listen, err))
		return err_wrap(err, "metrics.listen");
	return check_country("data.database_country", common->database_country, common->waiver,
			     err) &&
	       check_country("data.broker_country", common->broker_country, common->waiver, err);
}

struct daemon_common *daemon_config_load(const char *path, const struct config_row *rows,
					 const struct daemon_spec *spec, struct err *err)
{
	struct daemon_common *common = mem_calloc(1, OWN_OFFSET + spec->config_size);

	if (!config_load(path, rows, common, err)) {
		mem_free(common);
		return NULL;
	}
	if (!check_common(common, err)) {
		err_wrap(err, "%s", path);
		daemon_config_free(&common, rows);
	}
	return common;
}

const void *daemon_config_own(const struct daemon_common *common)
{
	return (const char *)common + OWN_OFFSET;
}

void daemon_config_free(struct daemon_common **common, const struct config_row *rows)
{
	if (*common == NULL)
		return;
	config_free(rows, *common);
	mem_free(*common);
	*common = NULL;
}
