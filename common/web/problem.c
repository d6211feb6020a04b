/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* problem - see problem.h. */
#include "common/web/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/text/utf8.h"
#include "common/web/json_out.h"

#define QUOTE_BYTES_MAX 200

void problem_init(struct problem *p)
{
	memset(p, 0, sizeof(*p));
}

void problem_deinit(struct problem *p)
{
	for (size_t i = 0; i < p->error_count; i++) {
		mem_free(p->errors[i].field);
		mem_free(p->errors[i].found);
		mem_free(p->errors[i].expected);
	}
	mem_free(p->errors);
	problem_init(p);
}

bool problem_found(const struct problem *p)
{
	return p->status != 0;
}

static void set_detail(struct problem *p, const char *fmt, va_list args)
{
	vsnprintf(p->detail, sizeof(p->detail), fmt, args);
	p->detail[utf8_valid(p->detail, strlen(p->detail))] = '\0';
}

bool problem_set(struct problem *p, int status, const char *kind, const char *title,
		 const char *fmt, ...)
{
	va_list args;

	p->status = status;
	p->kind = kind;
	p->title = title;
	va_start(args, fmt);
	set_detail(p, fmt, args);
	va_end(args);
	return false;
}

/* What was found, short enough to quote and cut between characters. */
static char *quote(const char *text)
{
	size_t len = strlen(text);
	char *copy;

	if (len <= QUOTE_BYTES_MAX)
		return mem_strdup(text);
	len = utf8_valid(text, QUOTE_BYTES_MAX);
	copy = mem_alloc(len + sizeof("…"));
	memcpy(copy, text, len);
	memcpy(copy + len, "…", sizeof("…"));
	return copy;
}

void problem_line(struct problem *p, int64_t line, const char *field, const char *found,
		  const char *expected)
{
	if (p->status == 0)
		problem_set(p, 422, "invalid-request", "The request has wrong values",
			    "Nothing was stored. Correct what `errors` names and send the request "
			    "again");
	if (p->error_count == PROBLEM_ERRORS_MAX) {
		p->errors_more++;
		return;
	}
	if (p->errors == NULL)
		p->errors = mem_calloc(PROBLEM_ERRORS_MAX, sizeof(*p->errors));
	p->errors[p->error_count++] = (struct problem_error){
		.line = line,
		.field = mem_strdup(field),
		.found = quote(found),
		.expected = mem_strdup(expected),
	};
}

void problem_field(struct problem *p, const char *field, const char *found, const char *expected)
{
	problem_line(p, 0, field, found, expected);
}

bool problem_not_found(struct problem *p, const char *what)
{
	return problem_set(p, 404, "not-found", "Not found",
			   "There is no such %s. Check the id; a list of what exists is a GET away",
			   what);
}

bool problem_conflict(struct problem *p, const char *fmt, ...)
{
	va_list args;

	p->status = 409;
	p->kind = "conflict";
	p->title = "The present state forbids this";
	va_start(args, fmt);
	set_detail(p, fmt, args);
	va_end(args);
	return false;
}

bool problem_unavailable(struct problem *p, const struct err *err)
{
	p->retry_after_s = 1;
	if (err->kind == ERR_UNKNOWN)
		return problem_set(p, 503, "outcome-unknown", "The outcome is not known",
				   "The connection to the database broke while the request was "
				   "being stored. Read back what you sent, or send it again with "
				   "the same Idempotency-Key");
	if (err->kind == ERR_INPUT || err->kind == ERR_REFUSED)
		return problem_set(p, 500, "internal", "The service failed",
				   "The service could not carry out the request and its log says "
				   "why. Tell whoever runs it, naming the time of the request");
	return problem_set(p, 503, "unavailable", "The service is not ready",
			   "The database did not answer in time. Send the request again in a "
			   "moment");
}

void problem_put_errors(const struct problem *p, struct json_out *json, const char *key)
{
	json_array(json, key);
	for (size_t i = 0; i < p->error_count; i++) {
		const struct problem_error *e = &p->errors[i];

		json_object(json, NULL);
		if (e->line > 0)
			json_put_int(json, "line", e->line);
		/* "(the row)" is a sentence, "text" is the name of a member. */
		if (e->field[0] == '(')
			json_put_sentence(json, "field", e->field);
		else
			json_put_text(json, "field", e->field);
		json_put_sentence(json, "found", e->found);
		json_put_sentence(json, "expected", e->expected);
		json_object_end(json);
	}
	json_array_end(json);
}

void problem_render(const struct problem *p, enum lang lang, struct buf *out)
{
	struct json_out json;
	char type[96];

	snprintf(type, sizeof(type), "urn:vestnik:problem:%s", p->kind);
	json_out_init(&json, out);
	json.lang = lang;
	json_object(&json, NULL);
	json_put_text(&json, "type", type);
	json_put_sentence(&json, "title", p->title);
	json_put_int(&json, "status", p->status);
	json_put_sentence(&json, "detail", p->detail);
	if (p->error_count > 0)
		problem_put_errors(p, &json, "errors");
	if (p->errors_more > 0)
		json_put_int(&json, "errors_more", (int64_t)p->errors_more);
	json_object_end(&json);
}
