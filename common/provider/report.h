/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report - what a provider reports to us by calling our address: receipts, messages from phones. */
#ifndef VESTNIK_PROVIDER_REPORT_H
#define VESTNIK_PROVIDER_REPORT_H

#include "common/provider/profile.h"

enum provider_report_kind {
	REPORT_RECEIPT,
	REPORT_REPLY,
	REPORT_OTHER, /* something else: it is answered, counted and left */
};

/* NULL: not said.  Texts are borrowed until the call ends. */
struct provider_report {
	enum provider_report_kind kind;
	const char *ref, *id; /* of a receipt: ours, the provider's */
	const char *word;     /* the provider's state */
	enum profile_state state;
	bool known;   /* the profile knows the word */
	bool stopped; /* its error says that the person has stopped us */
	const char *code, *parts, *price;
	const char *phone;			 /* the number a receipt is about */
	const char *from, *to, *text, *reply_id; /* of a reply */
};

typedef void provider_report_fn(void *arg, const struct provider_report *report);

/* Read a callback's body, or its query where there is none, and tell `take` of each report in it.
 * ERR_INPUT: it cannot be read; nothing was told. */
bool provider_reports_read(const struct provider_profile *p, const char *text, size_t len,
			   provider_report_fn *take, void *arg, struct err *err);

#endif
