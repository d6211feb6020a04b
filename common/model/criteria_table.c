/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The criteria, one a line; `vestnik criteria` and GET /v1/criteria print them. */
#include <string.h>

#include "common/model/criteria.h"

#define OF_CLIENT(code, family, kind, sql, name)                                                   \
	{                                                                                          \
		code, FAMILY_##family, SOURCE_CLIENT, CRITERION_##kind, sql, NULL, name            \
	}
#define OF(source, code, family, kind, sql, name)                                                  \
	{                                                                                          \
		code, FAMILY_##family, SOURCE_##source, CRITERION_##kind, sql, NULL, name          \
	}
#define OF_ACTION(code, kind, sql, total, name)                                                    \
	{                                                                                          \
		code, FAMILY_ACTIONS, SOURCE_ACTION, CRITERION_##kind, sql, total, name            \
	}

/* $1 is today, days since 1970: criteria_compile() sees to it. */
#define TODAY "(date '1970-01-01' + $1::integer)"

/* Computing this for each of two million clients costs a second: it is done once for each day since
 * 1900, and looked up. */
#define FIRST "date '1900-01-01'"
#define DAYS_TO_BIRTHDAY                                                                           \
	"CASE WHEN c.birthday BETWEEN " FIRST " AND " TODAY                                        \
	" THEN (ARRAY(SELECT days_to_birthday(" FIRST " + n, " TODAY ")"                           \
	" FROM generate_series(0, " TODAY " - " FIRST ") AS n))[c.birthday - " FIRST " + 1]"       \
	" ELSE days_to_birthday(c.birthday, " TODAY ") END"

const struct criterion criteria[] = {
	OF_CLIENT("sex", PERSON, SEX, "c.sex", "Sex"),
	OF_CLIENT("age", PERSON, NUMBER,
		  "date_part('year', age(" TODAY "::timestamp, c.birthday::timestamp))",
		  "Age, years"),
	OF_CLIENT("birthday", PERSON, DATE, "c.birthday", "Date of birth"),
	OF_CLIENT("days_to_birthday", PERSON, NUMBER, DAYS_TO_BIRTHDAY, "Days to the birthday"),
	OF_CLIENT("language", PERSON, TEXT, "c.language", "Language"),
	OF_CLIENT("last_name", PERSON, TEXT, "c.last_name", "Last name"),
	OF_CLIENT("first_name", PERSON, TEXT, "c.first_name", "First name"),

	OF_CLIENT("region", PLACE, TEXT, "c.region", "Region"),
	OF_CLIENT("city", PLACE, TEXT, "c.city", "City"),
	OF_CLIENT("time_zone", PLACE, TEXT, "c.time_zone", "Time zone"),
	OF_CLIENT("branch", PLACE, TEXT, "c.branch", "Branch"),

	OF_CLIENT("status", RELATION, TEXT, "c.status", "Status"),
	OF_CLIENT("segment", RELATION, TEXT, "c.segment", "Segment"),
	OF_CLIENT("manager", RELATION, TEXT, "c.manager", "Manager"),
	OF_CLIENT("tags", RELATION, MANY, "c.tags", "Tags"),
	OF_CLIENT("registered_on", RELATION, DATE, "c.registered_on", "Client since"),
	OF_CLIENT("external_id", RELATION, TEXT, "c.external_id", "Code in the CRM"),

	OF_CLIENT("contract_number", CONTRACT, TEXT, "c.contract_number", "Contract number"),
	OF_CLIENT("contract_from", CONTRACT, DATE, "c.contract_from", "Contract begins"),
	OF_CLIENT("contract_to", CONTRACT, DATE, "c.contract_to", "Contract ends"),
	OF_CLIENT("contract_days_left", CONTRACT, NUMBER, "(c.contract_to - " TODAY ")",
		  "Days to the end of the contract"),

	OF_CLIENT("balance", MONEY, NUMBER, "c.balance", "Balance"),
	OF_CLIENT("debt", MONEY, NUMBER, "c.debt", "Debt"),

	OF_CLIENT("loyalty_tier", LOYALTY, TEXT, "c.loyalty_tier", "Loyalty tier"),
	OF_CLIENT("points", LOYALTY, NUMBER, "c.points", "Points"),

	OF_ACTION("action_count", NUMBER, "count(*)", "a.actions", "Number of actions"),
	OF_ACTION("action_sum", NUMBER, "sum(a.amount_micro) / 1000000.0",
		  "a.sum_micro / 1000000.0", "Sum of actions"),
	OF_ACTION("action_average", NUMBER, "avg(a.amount_micro) / 1000000.0",
		  "a.sum_micro / nullif(a.amounts, 0) / 1000000.0", "Average of actions"),
	OF_ACTION("action_first", DATE, "min(a.at)", "a.first_at", "First action"),
	OF_ACTION("action_last", DATE, "max(a.at)", "a.last_at", "Last action"),
	OF(CHANGE, "action_change", ACTIONS, NUMBER, "v",
	   "Change of the sum against the period before, percent"),

	OF(MESSAGE, "messages_sent", MESSAGES, NUMBER, "sent", "Messages written"),
	OF(MESSAGE, "messages_delivered", MESSAGES, NUMBER, "delivered", "Messages delivered"),
	OF(MESSAGE, "messages_failed", MESSAGES, NUMBER, "failed", "Messages not delivered"),
	OF(MESSAGE, "messages_last", MESSAGES, DATE, "last_on", "Last message"),

	OF(REPLY, "replies", MESSAGES, NUMBER, "v", "Replies"),
	OF(REPLY, "replies_last", MESSAGES, DATE, "last_on", "Last reply"),
	OF(CLICK, "messages_clicked", MESSAGES, NUMBER, "v", "Messages whose link was followed"),
	OF(CLICK, "clicks_last", MESSAGES, DATE, "last_on", "Last time a link was followed"),

	OF(OPT_OUT, "opted_out_advertising", CONSENT, YES_NO, "msisdn IS NOT NULL",
	   "Refused advertising"),
	OF(OPT_OUT, "opted_out_all", CONSENT, YES_NO, "scope = 'all'", "Refused all messages"),

	OF(CONSENT, "consent", CONSENT, YES_NO, "client_id IS NOT NULL", "Agreed to a purpose"),
	OF(CONSENT, "consent_given", CONSENT, DATE, "given_on", "Agreed on"),
	OF(CONSENT, "consent_expires", CONSENT, DATE, "expires_on", "The consent ends on"),

	OF_CLIENT("phone", NUMBER, TEXT, "c.msisdn::text", "Phone number"),
	OF(OPERATOR, "number_operator", NUMBER, CHOICE, "", "Operator of the number"),
	OF(RANGE, "number_region", NUMBER, CHOICE, "numbers_of_regions", "Region of the number"),
	OF(RANGE, "number_zone", NUMBER, CHOICE, "numbers_of_zones", "Time zone of the number"),
	OF(PORTED, "number_ported", NUMBER, YES_NO, "msisdn IS NOT NULL", "The number was ported"),
	OF(SHARED, "phone_shared", NUMBER, YES_NO, "msisdn IS NOT NULL",
	   "Several clients have the number"),

	OF(LIST, "in_list", LISTS, YES_NO, "client_id IS NOT NULL", "On a list"),
	OF(LISTS, "list_count", LISTS, NUMBER, "v", "On how many lists"),
	OF(SHARE, "random_share", LISTS, YES_NO, "", "Random share"),

	OF(ATTRIBUTE, "attribute_text", ATTRIBUTES, TEXT, "", "Attribute, text"),
	OF(ATTRIBUTE, "attribute_number", ATTRIBUTES, NUMBER, "", "Attribute, number"),
	OF(ATTRIBUTE, "attribute_date", ATTRIBUTES, DATE, "", "Attribute, date"),
	OF(ATTRIBUTE, "attribute_yes_no", ATTRIBUTES, YES_NO, "", "Attribute, yes or no"),
	OF(ATTRIBUTE, "attribute_one_of", ATTRIBUTES, TEXT, "", "Attribute, one of"),
	OF(ATTRIBUTE, "attribute_many_of", ATTRIBUTES, MANY, "", "Attribute, many of"),
};
const size_t criteria_count = sizeof(criteria) / sizeof(criteria[0]);

static const struct {
	const char *code, *name;
} families[FAMILIES] = {
	[FAMILY_PERSON] = {"person", "Person"},
	[FAMILY_PLACE] = {"place", "Place"},
	[FAMILY_RELATION] = {"relation", "Relation to the company"},
	[FAMILY_CONTRACT] = {"contract", "Contract"},
	[FAMILY_MONEY] = {"money", "Money"},
	[FAMILY_LOYALTY] = {"loyalty", "Loyalty"},
	[FAMILY_ACTIONS] = {"actions", "What clients did"},
	[FAMILY_MESSAGES] = {"messages", "Messages"},
	[FAMILY_CONSENT] = {"consent", "Consent"},
	[FAMILY_NUMBER] = {"number", "Phone number"},
	[FAMILY_LISTS] = {"lists", "Lists and shares"},
	[FAMILY_ATTRIBUTES] = {"attributes", "Own attributes"},
};

static const struct {
	const char *code;
	const char *const *ops;
} kinds[] = {
	[CRITERION_TEXT] = {"text", (const char *const[]){"in", "not_in", "begins", "contains",
							  "empty", "filled", NULL}},
	[CRITERION_NUMBER] = {"number", (const char *const[]){"eq", "ne", "lt", "le", "gt", "ge",
							      "between", "empty", "filled", NULL}},
	[CRITERION_DATE] = {"date", (const char *const[]){"on", "before", "after", "between",
							  "last_days", "next_days", "older_days",
							  "empty", "filled", NULL}},
	[CRITERION_YES_NO] = {"yes_no", (const char *const[]){"is", "is_not", NULL}},
	[CRITERION_SEX] = {"sex", (const char *const[]){"in", "not_in", "empty", "filled", NULL}},
	[CRITERION_CHOICE] = {"choice", (const char *const[]){"in", "not_in", NULL}},
	[CRITERION_MANY] = {"many",
			    (const char *const[]){"any", "all", "none", "empty", "filled", NULL}},
};

const struct criterion *criterion_find(const char *code)
{
	for (size_t i = 0; i < criteria_count; i++)
		if (strcmp(criteria[i].code, code) == 0)
			return &criteria[i];
	return NULL;
}

const char *criterion_family_code(enum criterion_family family)
{
	return families[family].code;
}

const char *criterion_family_name(enum criterion_family family)
{
	return families[family].name;
}

const char *criterion_kind_code(enum criterion_kind kind)
{
	return kinds[kind].code;
}

const char *const *criterion_ops(enum criterion_kind kind)
{
	return kinds[kind].ops;
}

const char *const *criterion_takes(enum criterion_source source)
{
	static const char *const takes[SOURCES][4] = {
		[SOURCE_ACTION] = {"action", "category", "period"},
		[SOURCE_CHANGE] = {"action", "category", "within"},
		[SOURCE_MESSAGE] = {"within"},
		[SOURCE_REPLY] = {"within"},
		[SOURCE_CONSENT] = {"purpose"},
		[SOURCE_LIST] = {"list"},
		[SOURCE_SHARE] = {"percent", "seed"},
		[SOURCE_ATTRIBUTE] = {"attribute"},
	};

	return takes[source];
}
