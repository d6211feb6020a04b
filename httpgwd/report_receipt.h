/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_receipt - a provider's report as the receipt that dlrd understands. */
#ifndef VESTNIK_HTTPGWD_REPORT_RECEIPT_H
#define VESTNIK_HTTPGWD_REPORT_RECEIPT_H

#include "common/model/receipt.h"
#include "common/provider/report.h"
#include "httpgwd/settings.h"

/* `id` is what the message is found by: the provider's, or our reference.  A word that the profile
 * does not know is kept, as an error of a state that changes nothing. */
void report_receipt(const struct settings *s, const struct provider_report *report, const char *id,
		    struct receipt *out);
/* A number as providers write it, in the form ours have; 0: none.  NULL is fine. */
int64_t report_number(const char *text);

#endif
