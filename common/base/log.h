/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* log - one line a record to stderr, as `key=value` text or JSON.
 *
 *   log_info("session bound", LS("account", name), LI("session", 3));
 *
 * The message is a fixed phrase; everything that varies is a field.  Never log personal data: no
 * phone, name or text; message, batch and run ids are what is logged instead.
 * Threads: any. */
#ifndef VESTNIK_BASE_LOG_H
#define VESTNIK_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_field {
	const char *key; /* NULL ends the list */
	enum { LOG_FIELD_STR, LOG_FIELD_INT } type;
	const char *str;
	int64_t num;
};

#define LS(k, v) ((struct log_field){.key = (k), .type = LOG_FIELD_STR, .str = (v)})
#define LI(k, v) ((struct log_field){.key = (k), .type = LOG_FIELD_INT, .num = (int64_t)(v)})

/* Once, before other threads log; the two below at any time. */
void log_init(const char *daemon, enum log_level level, enum log_format format);
void log_set_level(enum log_level level);
void log_set_format(enum log_format format);
bool log_level_parse(const char *text, enum log_level *out);
void log_write(enum log_level level, const char *msg, const struct log_field *fields);

/* The list of fields with its end; the first argument gives `##` a comma to drop. */
#define LOG_FIELDS_(...)     LOG_REST_(0, ##__VA_ARGS__, {0})
#define LOG_REST_(drop, ...) ((const struct log_field[]){__VA_ARGS__})

#define log_debug(msg, ...) log_write(LOG_DEBUG, msg, LOG_FIELDS_(__VA_ARGS__))
#define log_info(msg, ...)  log_write(LOG_INFO, msg, LOG_FIELDS_(__VA_ARGS__))
#define log_warn(msg, ...)  log_write(LOG_WARN, msg, LOG_FIELDS_(__VA_ARGS__))
#define log_error(msg, ...) log_write(LOG_ERROR, msg, LOG_FIELDS_(__VA_ARGS__))
/* The usual way to report an err once: log_err("batch claim failed", &err, LI("batch", id)). */
#define log_err(text, cause, ...)                                                                  \
	log_write(LOG_ERROR, text, LOG_FIELDS_(LS("error", (cause)->msg), ##__VA_ARGS__))

#endif
