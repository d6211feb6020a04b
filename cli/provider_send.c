/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* provider_send - see provider_send.h. */
#include "cli/provider_send.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base/mem.h"
#include "common/provider/answer.h"
#include "common/provider/transfer.h"

#define SECRET_MIN 3 /* shorter ones stand in anything */

/* The secret that stands at this place, by its name; NULL: none. */
static const char *secret_at(const struct provider_profile *p, const struct config_pairs *values,
			     const char *at, size_t left, size_t *len_out)
{
	for (size_t i = 0; i < p->settings.count; i++) {
		const char *name = p->settings.items[i].key;
		const char *value = config_pairs_find(values, name);

		*len_out = value != NULL ? strlen(value) : 0;
		if (profile_setting_kind(p, i) == PROFILE_SECRET && *len_out >= SECRET_MIN &&
		    *len_out <= left && memcmp(at, value, *len_out) == 0)
			return name;
	}
	return NULL;
}

/* What came is whatever somebody else wrote: its control characters stay here. */
static void print_body(const struct provider_profile *p, const struct config_pairs *values,
		       const struct buf *body)
{
	const char *text = buf_str(body);
	size_t len;

	for (size_t i = 0; i < body->len; i++) {
		const char *name = secret_at(p, values, text + i, body->len - i, &len);
		unsigned char c = (unsigned char)text[i];

		if (name != NULL) {
			(void)printf("<%s>", name);
			i += len - 1;
		} else {
			(void)putchar(c < ' ' && c != '\n' && c != '\t' ? '?' : c);
		}
	}
	(void)putchar('\n');
}

static void print_outcome(const struct provider_profile *p, const struct provider_message *message,
			  const struct transfer *t)
{
	struct provider_outcome o;

	provider_answer_read(p, message, 1, t->status, buf_str(&t->body), t->body.len, &o);
	(void)printf("\nthe profile reads it as: %s", profile_action_word(o.action));
	if (o.id[0] != '\0')
		(void)printf(", id %s", o.id);
	if (o.code[0] != '\0')
		(void)printf(", code %s", o.code);
	if (o.parts > 0)
		(void)printf(", parts %d", o.parts);
	if (o.price[0] != '\0')
		(void)printf(", price %s", o.price);
	(void)printf("\n");
}

bool provider_send(const struct provider_profile *p, const struct config_pairs *values,
		   const struct provider_message *message, const struct config_list *allow_hosts,
		   struct err *err)
{
	const struct transfer_rules rules = {
		.allow_hosts = allow_hosts, .ca_file = "", .agent = "Vestnik"};
	struct transfer t;
	bool ok;

	transfer_global_init();
	transfer_init(&t, &rules);
	ok = provider_request_compose(&t.request, p, values, message, 1, (int64_t)time(NULL), err);
	if (ok) {
		transfer_begin(&t, p->send.method, p->send.url[0] == '{', p->send.timeout_ms);
		ok = transfer_end(&t, curl_easy_perform(t.easy)) == TRANSFER_ANSWERED ||
		     err_set(err, ERR_IO, "%s: not answered: %s", p->name, t.reason);
	}
	if (ok) {
		(void)printf("\nHTTP %d, after %llu ms\n", t.status,
			     (unsigned long long)t.took_us / 1000);
		print_body(p, values, &t.body);
		print_outcome(p, message, &t);
	}
	transfer_deinit(&t);
	return ok;
}
