/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* employee - employee.upsert: who works here, for alarms. */
#include "common/base/mem.h"
#include "common/model/phone.h"
#include "crmd/batch.h"
#include "crmd/kinds.h"

#define CODE_CHARS_MAX 64
#define NAME_CHARS_MAX 200
#define MAIL_CHARS_MAX 254

struct employee {
	const char *code, *name, *email, *department;
	int64_t phone; /* 0: none */
	bool active;
};

void employee_read(struct event *e, struct json_in *in)
{
	struct employee *m = mem_calloc(1, sizeof(*m));

	e->payload = m;
	e->key = m->code = json_in_text(in, "code", JSON_REQUIRED, CODE_CHARS_MAX);
	m->name = json_in_text(in, "name", JSON_REQUIRED, NAME_CHARS_MAX);
	m->phone = phone_in(in, "phone", JSON_OPTIONAL);
	m->email = json_in_text(in, "email", JSON_OPTIONAL, MAIL_CHARS_MAX);
	m->department = json_in_text(in, "department", JSON_OPTIONAL, NAME_CHARS_MAX);
	m->active = json_in_bool(in, "active", JSON_OPTIONAL, true);
}

bool employee_apply(struct worker *w, struct event *const *events, size_t count, struct err *err)
{
	static const struct pg_stmt upsert = {
		"employee_upsert",
		"INSERT INTO employee AS m (code, name, phone, email, department, active)"
		" SELECT u.code, u.name, nullif(u.phone, 0), u.email, u.department, u.active = 1"
		"   FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[],"
		"               $6::smallint[]) AS u(code, name, phone, email, department, active)"
		"  ORDER BY u.code"
		" ON CONFLICT (code) DO UPDATE SET name = excluded.name, phone = excluded.phone,"
		"    email = excluded.email, department = excluded.department,"
		"    active = excluded.active, updated_at = clock_timestamp()"};
	const char *texts[4][BATCH_EVENTS_MAX];
	int64_t phones[BATCH_EVENTS_MAX];
	int16_t active[BATCH_EVENTS_MAX];

	for (size_t i = 0; i < count; i++) {
		const struct employee *m = events[i]->payload;

		texts[0][i] = m->code;
		texts[1][i] = m->name;
		texts[2][i] = m->email;
		texts[3][i] = m->department;
		phones[i] = m->phone;
		active[i] = m->active;
	}
	pg_param_text_array(w->params, texts[0], count);
	pg_param_text_array(w->params, texts[1], count);
	pg_param_int64_array(w->params, phones, count);
	pg_param_text_array(w->params, texts[2], count);
	pg_param_text_array(w->params, texts[3], count);
	pg_param_int16_array(w->params, active, count);
	return worker_run(w, &upsert, NULL, err);
}
