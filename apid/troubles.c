/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* troubles - GET /v1/troubles: what is wrong now. */
#include "common/model/trouble.h"

#include "apid/api.h"
#include "common/base/mem.h"
#include "common/model/account_state.h"

static void put_trouble(struct json_out *json, const struct trouble *t)
{
	json_object(json, NULL);
	json_put_text(json, "code", t->code);
	json_put_text(json, "weight", trouble_weight_name(t->weight));
	json_put_time(json, "since", t->since_us);
	if (t->account_id != 0)
		json_put_id(json, "account_id", t->account_id);
	else
		json_put_null(json, "account_id");
	json_put_text(json, "account", t->account_id != 0 ? t->account : NULL);
	json_put_text(json, "provider", t->account_id != 0 ? t->provider : NULL);
	json_put_text(json, "contact", t->contact[0] != '\0' ? t->contact : NULL);
	json_put_sentence(json, "what", t->what);
	json_put_sentence(json, "action", t->action);
	json_object_end(json);
}

/* GET /v1/troubles */
bool trouble_list(struct request *r, struct err *err)
{
	struct pg_result *states = NULL;
	struct trouble *troubles = NULL;
	size_t count = 0;
	bool ok = account_states_read(r->pg, 0, &states, err) &&
		  troubles_read(r->pg, states, &troubles, &count, err);

	pg_result_free(&states);
	if (!ok)
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "troubles");
	for (size_t i = 0; i < count; i++)
		put_trouble(&r->json, &troubles[i]);
	json_array_end(&r->json);
	json_object_end(&r->json);
	mem_free(troubles);
	return request_reply(r, 200);
}
