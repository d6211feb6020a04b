/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* msisdn_kind - what a number is, as far as SMS care; C and C++ share it. */
#ifndef VESTNIK_SMS_MSISDN_KIND_H
#define VESTNIK_SMS_MSISDN_KIND_H

enum msisdn_kind {
	MSISDN_MOBILE = 1,
	MSISDN_FIXED = 2,
	MSISDN_TOLL_FREE = 3,
	MSISDN_OTHER = 4, /* not known, or either mobile or fixed (as in North America) */
	MSISDN_SPECIAL =
		5, /* premium rate, shared cost, pagers, voice mail: takes no SMS of ours */
};

#endif
