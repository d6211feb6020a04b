/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* country - calling codes. */
#include "common/sms/country.h"

#include <stddef.h>

/* Calling codes assigned by ITU-T, without 7.  Sorted by digits, no code begins another. */
static const struct country countries[] = {
	/* clang-format off */
	{"1", "", NULL}, {"20", "EG", NULL}, {"211", "SS", NULL}, {"212", "MA", NULL},
	{"213", "DZ", NULL}, {"216", "TN", NULL}, {"218", "LY", NULL}, {"220", "GM", NULL},
	{"221", "SN", NULL}, {"222", "MR", NULL}, {"223", "ML", NULL}, {"224", "GN", NULL},
	{"225", "CI", NULL}, {"226", "BF", NULL}, {"227", "NE", NULL}, {"228", "TG", NULL},
	{"229", "BJ", NULL}, {"230", "MU", NULL}, {"231", "LR", NULL}, {"232", "SL", NULL},
	{"233", "GH", NULL}, {"234", "NG", NULL}, {"235", "TD", NULL}, {"236", "CF", NULL},
	{"237", "CM", NULL}, {"238", "CV", NULL}, {"239", "ST", NULL}, {"240", "GQ", NULL},
	{"241", "GA", NULL}, {"242", "CG", NULL}, {"243", "CD", NULL}, {"244", "AO", NULL},
	{"245", "GW", NULL}, {"246", "IO", NULL}, {"247", "AC", NULL}, {"248", "SC", NULL},
	{"249", "SD", NULL}, {"250", "RW", NULL}, {"251", "ET", NULL}, {"252", "SO", NULL},
	{"253", "DJ", NULL}, {"254", "KE", NULL}, {"255", "TZ", NULL}, {"256", "UG", NULL},
	{"257", "BI", NULL}, {"258", "MZ", NULL}, {"260", "ZM", NULL}, {"261", "MG", NULL},
	{"262", "", NULL}, {"263", "ZW", NULL}, {"264", "NA", NULL}, {"265", "MW", NULL},
	{"266", "LS", NULL}, {"267", "BW", NULL}, {"268", "SZ", NULL}, {"269", "KM", NULL},
	{"27", "ZA", NULL}, {"290", "SH", NULL}, {"291", "ER", NULL}, {"297", "AW", NULL},
	{"298", "FO", NULL}, {"299", "GL", NULL}, {"30", "GR", NULL}, {"31", "NL", NULL},
	{"32", "BE", NULL}, {"33", "FR", "6 7"}, {"34", "ES", NULL}, {"350", "GI", NULL},
	{"351", "PT", NULL}, {"352", "LU", NULL}, {"353", "IE", NULL}, {"354", "IS", NULL},
	{"355", "AL", NULL}, {"356", "MT", NULL}, {"357", "CY", NULL}, {"358", "FI", NULL},
	{"359", "BG", NULL}, {"36", "HU", NULL}, {"370", "LT", NULL}, {"371", "LV", "2"},
	{"372", "EE", "5"}, {"373", "MD", "6 7"}, {"374", "AM", NULL}, {"375", "BY", "25 29 33 44"},
	{"376", "AD", NULL}, {"377", "MC", NULL}, {"378", "SM", NULL}, {"380", "UA", "39 50 63 66 67 68 73 75 77 89 91 92 93 94 95 96 97 98 99"},
	{"381", "RS", NULL}, {"382", "ME", NULL}, {"383", "XK", NULL}, {"385", "HR", NULL},
	{"386", "SI", NULL}, {"387", "BA", NULL}, {"389", "MK", NULL}, {"39", "IT", "3"},
	{"40", "RO", NULL}, {"41", "CH", NULL}, {"420", "CZ", NULL}, {"421", "SK", NULL},
	{"423", "LI", NULL}, {"43", "AT", NULL}, {"44", "GB", "71 72 73 74 75 77 78 79"}, {"45", "DK", NULL},
	{"46", "SE", NULL}, {"47", "NO", NULL}, {"48", "PL", NULL}, {"49", "DE", "15 16 17"},
	{"500", "FK", NULL}, {"501", "BZ", NULL}, {"502", "GT", NULL}, {"503", "SV", NULL},
	{"504", "HN", NULL}, {"505", "NI", NULL}, {"506", "CR", NULL}, {"507", "PA", NULL},
	{"508", "PM", NULL}, {"509", "HT", NULL}, {"51", "PE", NULL}, {"52", "MX", NULL},
	{"53", "CU", NULL}, {"54", "AR", NULL}, {"55", "BR", NULL}, {"56", "CL", NULL},
	{"57", "CO", NULL}, {"58", "VE", NULL}, {"590", "", NULL}, {"591", "BO", NULL},
	{"592", "GY", NULL}, {"593", "EC", NULL}, {"594", "GF", NULL}, {"595", "PY", NULL},
	{"596", "MQ", NULL}, {"597", "SR", NULL}, {"598", "UY", NULL}, {"599", "", NULL},
	{"60", "MY", NULL}, {"61", "AU", NULL}, {"62", "ID", NULL}, {"63", "PH", NULL},
	{"64", "NZ", NULL}, {"65", "SG", NULL}, {"66", "TH", NULL}, {"670", "TL", NULL},
	{"672", "NF", NULL}, {"673", "BN", NULL}, {"674", "NR", NULL}, {"675", "PG", NULL},
	{"676", "TO", NULL}, {"677", "SB", NULL}, {"678", "VU", NULL}, {"679", "FJ", NULL},
	{"680", "PW", NULL}, {"681", "WF", NULL}, {"682", "CK", NULL}, {"683", "NU", NULL},
	{"685", "WS", NULL}, {"686", "KI", NULL}, {"687", "NC", NULL}, {"688", "TV", NULL},
	{"689", "PF", NULL}, {"690", "TK", NULL}, {"691", "FM", NULL}, {"692", "MH", NULL},
	{"81", "JP", NULL}, {"82", "KR", NULL}, {"84", "VN", NULL}, {"850", "KP", NULL},
	{"852", "HK", NULL}, {"853", "MO", NULL}, {"855", "KH", NULL}, {"856", "LA", NULL},
	{"86", "CN", "13 14 15 16 17 18 19"}, {"880", "BD", NULL}, {"886", "TW", NULL}, {"90", "TR", "5"},
	{"91", "IN", NULL}, {"92", "PK", NULL}, {"93", "AF", NULL}, {"94", "LK", NULL},
	{"95", "MM", NULL}, {"960", "MV", NULL}, {"961", "LB", NULL}, {"962", "JO", NULL},
	{"963", "SY", NULL}, {"964", "IQ", NULL}, {"965", "KW", NULL}, {"966", "SA", NULL},
	{"967", "YE", NULL}, {"968", "OM", NULL}, {"970", "PS", NULL}, {"971", "AE", NULL},
	{"972", "IL", "5"}, {"973", "BH", NULL}, {"974", "QA", NULL}, {"975", "BT", NULL},
	{"976", "MN", NULL}, {"977", "NP", NULL}, {"98", "IR", NULL}, {"992", "TJ", NULL},
	{"993", "TM", "6"}, {"994", "AZ", "10 40 50 51 55 60 70 77 99"}, {"995", "GE", "5"}, {"996", "KG", NULL},
	{"998", "UZ", NULL},
	/* clang-format on */
};

static int prefix_compare(const struct country *country, const char *digits)
{
	for (size_t i = 0; country->code[i] != '\0'; i++)
		if (country->code[i] != digits[i])
			return country->code[i] < digits[i] ? -1 : 1;
	return 0;
}

const struct country *country_find(const char *digits)
{
	size_t low = 0, high = sizeof(countries) / sizeof(countries[0]);

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = prefix_compare(&countries[middle], digits);

		if (order == 0)
			return &countries[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
