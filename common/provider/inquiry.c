/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* inquiry - see inquiry.h. */
#include "common/provider/inquiry.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "common/base/mem.h"

#define IDS_BYTES_MAX 16384
#define MICRO	      1000000
#define UNITS_MAX     INT64_C(1000000000000)

/* A question is composed as a request is, of a profile that sends what is asked. */
static bool compose(struct provider_request *q, const struct provider_profile *p,
		    const struct profile_inquiry *ask, const struct config_pairs *values,
		    int64_t now_s, struct err *err)
{
	static const struct provider_message nothing = {
		.to = "", .text = "", .sender = "", .ref = "", .callback = "", .ttl_s = 1};
	struct provider_profile asking = *p;

	asking.send = (struct profile_send){
		.method = ask->method,
		.type = ask->type,
		.url = ask->url,
		.query = ask->query,
		.fields = ask->fields,
		.body = ask->body,
		.item = (char *)"",
		.joint = (char *)"",
	};
	return provider_request_compose(q, &asking, values, &nothing, 1, now_s, err);
}

bool provider_poll_compose(struct provider_request *q, const struct provider_profile *p,
			   const struct config_pairs *values, const char *const *ids, size_t count,
			   int64_t now_s, struct err *err)
{
	struct config_pairs more = {mem_calloc(values->count + 1, sizeof(*more.items)),
				    values->count + 1};
	struct buf text;
	bool ok;

	buf_init(&text, IDS_BYTES_MAX);
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s%s", i > 0 ? p->poll.joint : "", ids[i]);
	memcpy(more.items, values->items, values->count * sizeof(*more.items));
	more.items[values->count] =
		(struct config_pair){.key = (char *)"ids", .value = (char *)buf_str(&text)};
	ok = text.overflow ? err_set(err, ERR_LIMIT, "the ids are too long for one request")
			   : compose(q, p, &p->poll.ask, &more, now_s, err);
	buf_deinit(&text);
	mem_free(more.items);
	return ok;
}

static const char *text_at(const cJSON *item, const char *pointer)
{
	return pointer[0] != '\0' ? document_text(item, pointer) : NULL;
}

static void tell(const struct provider_profile *p, const cJSON *item, const char *id,
		 provider_report_fn *take, void *arg)
{
	struct provider_report report = {
		.kind = REPORT_RECEIPT,
		.id = id,
		.word = text_at(item, p->poll.state),
		.state = STATE_UNKNOWN,
		.code = text_at(item, p->poll.code),
		.price = text_at(item, p->poll.price),
	};

	if (report.word == NULL)
		return;
	report.known = profile_state_of(p, report.word, &report.state);
	report.stopped = profile_stops(p, report.code);
	take(arg, &report);
}

/* One of the ids that were asked for, else NULL: an answer about anything else says nothing. */
static const char *asked(const char *const *ids, size_t count, const char *id)
{
	for (size_t i = 0; id != NULL && i < count; i++)
		if (strcmp(ids[i], id) == 0)
			return ids[i];
	return NULL;
}

static void read_list(const struct provider_profile *p, const char *const *ids, size_t count,
		      const cJSON *list, provider_report_fn *take, void *arg)
{
	bool keyed = p->poll.id[0] == '\0';
	const cJSON *item;

	for (item = cJSON_IsArray(list) || keyed ? list->child : list; item != NULL;
	     item = item != list ? item->next : NULL) {
		const char *id =
			asked(ids, count, keyed ? item->string : document_text(item, p->poll.id));

		if (id != NULL)
			tell(p, item, id, take, arg);
	}
}

bool provider_poll_read(const struct provider_profile *p, const char *const *ids, size_t count,
			const char *body, size_t len, provider_report_fn *take, void *arg,
			struct err *err)
{
	const struct profile_poll *poll = &p->poll;
	cJSON *document = NULL;
	const cJSON *list;

	if (!document_parse((enum document_format)poll->ask.format, body, len, poll->ask.compiled,
			    &document, err))
		return false;
	list = document_find(document, poll->list);
	if (list == NULL) {
		document_free(&document);
		return err_set(err, ERR_INPUT, "nothing stands at poll.list");
	}
	if (poll->list[0] == '\0' && poll->id[0] == '\0')
		tell(p, list, ids[0], take, arg);
	else
		read_list(p, ids, count, list, take, arg);
	document_free(&document);
	return true;
}

/* --- balances ----------------------------------------------------------------------------------
 */

bool provider_amount(const char *text, int64_t *micro_out)
{
	bool negative = text[0] == '-';
	const char *at = text + (negative || text[0] == '+');
	int64_t units = 0, micro = 0, place = MICRO / 10;
	size_t digits = 0;

	for (; *at >= '0' && *at <= '9'; at++, digits++)
		if ((units = units * 10 + (*at - '0')) > UNITS_MAX)
			return false;
	if (*at == '.' || *at == ',')
		for (at++; *at >= '0' && *at <= '9'; at++, digits++, place /= 10)
			micro += place * (*at - '0');
	*micro_out = (units * MICRO + micro) * (negative ? -1 : 1);
	return digits > 0 && *at == '\0';
}

bool provider_balance_compose(struct provider_request *q, const struct provider_profile *p,
			      const struct config_pairs *values, int64_t now_s, struct err *err)
{
	return compose(q, p, &p->balance.ask, values, now_s, err);
}

bool provider_balance_read(const struct provider_profile *p, const char *body, size_t len,
			   int64_t *micro_out, struct err *err)
{
	cJSON *document = NULL;
	const char *amount;
	bool ok;

	if (!document_parse((enum document_format)p->balance.ask.format, body, len,
			    p->balance.ask.compiled, &document, err))
		return false;
	amount = document_text(document, p->balance.at);
	ok = (amount != NULL && provider_amount(amount, micro_out)) ||
	     err_set(err, ERR_INPUT, "no amount stands at balance.at");
	document_free(&document);
	return ok;
}
