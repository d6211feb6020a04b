/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* invoice - see invoice.h. */
#include "tests/smscsim/invoice.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

static bool sender_is(const char *kind, const char *sender)
{
	bool digits = isdigit((unsigned char)*sender);

	return *kind == '\0' || digits == (strcmp(kind, "digits") == 0);
}

/* The first line of the list that is for such a message; -1: none. */
static int find_line(const struct prices *prices, const struct smpp_sm *sm)
{
	const char *to = sm->dest_addr + (*sm->dest_addr == '+');

	for (unsigned i = 0; i < prices->count; i++) {
		const struct price *p = &prices->price[i];

		if (strncmp(to, p->prefix, strlen(p->prefix)) == 0 &&
		    sender_is(p->sender, sm->source_addr))
			return (int)i;
	}
	return -1;
}

void invoice_add(struct invoice *invoice, const struct options *o, const struct smpp_sm *sm,
		 const struct part *part, bool delivered)
{
	int line = find_line(&o->prices, sm);

	if (o->charge == CHARGE_DELIVERED && !delivered)
		return;
	if (o->per_message && part->seq > 1)
		return;
	if (line < 0)
		invoice->unpriced++;
	else
		invoice->count[line]++;
}

void invoice_print(const struct invoice *invoice, const struct options *o, struct buf *out)
{
	buf_add_str(out, "{\"lines\":[");
	for (unsigned i = 0; i < o->prices.count; i++) {
		const struct price *p = &o->prices.price[i];

		buf_printf(out,
			   "%s{\"prefix\":\"%s\",\"sender\":\"%s\",\"price\":%" PRIu64
			   ",\"count\":%" PRIu64 ",\"sum\":%" PRIu64 "}",
			   i > 0 ? "," : "", p->prefix, p->sender, p->micro, invoice->count[i],
			   invoice->count[i] * p->micro);
	}
	buf_printf(out, "],\"unpriced\":%" PRIu64 "}", invoice->unpriced);
}
