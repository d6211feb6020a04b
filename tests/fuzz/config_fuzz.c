/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Fuzz target of the YAML loader: any bytes are either refused with a message or fill the struct,
 * and whatever was filled is released. */
#include <stdlib.h>
#include <string.h>

#include "common/base/config.h"

struct settings {
	char *url;
	int64_t batch;
	bool tls;
	int mode;
	int64_t wait_ms;
	struct config_list brokers;
	struct config_pairs fields;
};

static const char *const modes[] = {"transceiver", "pair", NULL};

static const struct config_row rows[] = {
	{"database.url", CONFIG_STR, offsetof(struct settings, url), NULL, 0, 0, NULL, "where"},
	{"work.batch", CONFIG_INT, offsetof(struct settings, batch), "200", 1, 1000, NULL, ""},
	{"work.tls", CONFIG_BOOL, offsetof(struct settings, tls), "false", 0, 0, NULL, ""},
	{"smpp.bind.mode", CONFIG_ENUM, offsetof(struct settings, mode), "pair", 0, 0, modes, ""},
	{"smpp.bind.wait", CONFIG_MS, offsetof(struct settings, wait_ms), "5s", 100, 60000, NULL,
	 ""},
	{"brokers", CONFIG_LIST, offsetof(struct settings, brokers), "[one]", 0, 0, NULL, ""},
	{"send.fields", CONFIG_PAIRS, offsetof(struct settings, fields), "{}", 0, 0, NULL, ""},
	{0},
};

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const struct settings empty;
	struct settings settings = {0};
	struct err err = {0};

	if (!config_parse("fuzz", (const char *)data, size, rows, &settings, &err)) {
		if (err.kind == ERR_NONE || *err.msg == '\0' || settings.url != NULL ||
		    settings.brokers.items != NULL || settings.fields.items != NULL)
			abort();
		return 0;
	}
	if (settings.url == NULL || settings.batch < 1 || settings.batch > 1000 ||
	    settings.wait_ms < 100 || settings.wait_ms > 60000)
		abort();
	config_free(rows, &settings);
	if (settings.url != empty.url || settings.brokers.items != NULL ||
	    settings.fields.items != NULL)
		abort();
	return 0;
}
