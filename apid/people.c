/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* people - see people.h. */
#include "apid/people.h"

bool people_lock(struct request *r, bool *kept_out, struct err *err)
{
	static const struct pg_stmt lock = {
		"people_lock", "SELECT pg_advisory_xact_lock(hashtext('vestnik people'))"};
	/* A statement of its own: it sees what others stored while this one waited. */
	static const struct pg_stmt kept = {"people_kept", "SELECT people_kept()"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &lock, NULL, err) || !request_query(r, &kept, &rows, err))
		return false;
	*kept_out = pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

bool people_still_kept(struct request *r, bool kept, struct err *err)
{
	static const struct pg_stmt stmt = {"people_still_kept", "SELECT people_kept()"};
	struct pg_result *rows = NULL;

	if (!kept)
		return true;
	if (!request_query(r, &stmt, &rows, err))
		return false;
	kept = pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	if (kept)
		return true;
	problem_conflict(&r->problem,
			 "Nobody would be left who can sign in and may keep the users of the whole "
			 "company (users.edit). Give somebody else such a role first");
	return request_refused(err);
}

bool people_refuse_more(struct request *r)
{
	return problem_set(&r->problem, 403, "forbidden", "You may not do this",
			   "Nobody gives or takes more than they hold themselves: each right, in "
			   "that department, with that reach and those clients. Ask whoever holds "
			   "them");
}

bool people_hold(struct request *r, const char *const *rights, size_t count, struct err *err)
{
	static const struct pg_stmt stmt = {
		"people_hold", "SELECT grants_cover($1::bigint, $2::bigint, $3::text[], d.id,"
			       "                    'subtree', 'all')"
			       "  FROM department d WHERE d.parent_id IS NULL"};
	struct pg_result *rows = NULL;
	bool holds;

	pg_param_int64(r->params, r->caller.person_id);
	pg_param_int64(r->params, r->caller.token_id);
	pg_param_text_array(r->params, rights, count);
	if (!request_query(r, &stmt, &rows, err))
		return false;
	holds = pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	if (holds)
		return true;
	(void)people_refuse_more(r);
	return request_refused(err);
}
