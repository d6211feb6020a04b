/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tariff - see tariff.h. */
#include "apid/tariff.h"

#include <string.h>
#include <unistd.h>

#include "common/base/spool.h"
#include "common/model/message.h"

const struct money_choice money_vat = {"vat", "included", "excluded", NULL, "included or excluded"};

bool money_choice(struct request *r, const struct money_choice *choice)
{
	const char *text = http_query(r->call, choice->name);

	if (text == NULL)
		text = choice->fallback;
	if (text != NULL && strcmp(text, choice->second) == 0)
		return true;
	if (text == NULL || strcmp(text, choice->first) != 0)
		problem_field(&r->problem, choice->name, text == NULL ? "nothing" : text,
			      choice->expected);
	return false;
}

int32_t money_percent(struct request *r, const char *name)
{
	const char *text = http_query(r->call, name);
	int64_t micro;

	if (text == NULL)
		return TARIFF_BY_LAW;
	if (sheet_micro(text, INT64_C(100000000), &micro) && micro % 10000 == 0)
		return (int32_t)(micro / 10000);
	problem_field(&r->problem, name, text, "per cent with at most two decimals, such as 5");
	return TARIFF_BY_LAW;
}

bool money_owner(struct request *r, struct tariff_owner *out, struct err *err)
{
	const char *account = http_query(r->call, "account");
	const char *provider = http_query(r->call, "provider");
	const char *field = account != NULL ? "account" : "provider";

	if ((account == NULL) == (provider == NULL)) {
		problem_field(&r->problem, "account", account == NULL ? "nothing" : account,
			      "the name of an account, or as provider that of a provider");
		return true;
	}
	if (tariff_owner_find(r->pg, provider, account, out, err))
		return true;
	if (err->kind != ERR_INPUT)
		return false;
	problem_field(&r->problem, field, account != NULL ? account : provider,
		      "the name of one that exists");
	return true;
}

const char *money_file_name(struct request *r)
{
	const char *name = http_query(r->call, "file_name");

	return name != NULL ? name : "";
}

int money_body_file(struct request *r, struct err *err)
{
	size_t len;
	const char *body = http_body(r->call, &len);
	int fd = spool_open(err);

	if (fd >= 0 && !spool_write(fd, body, len, err)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

bool money_refuse_sheet(struct request *r, const struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->fault_count && i < SHEET_FAULTS_MAX; i++)
		problem_line(&r->problem, sheet->fault[i].line, sheet->fault[i].field,
			     sheet->fault[i].found, sheet->fault[i].expected);
	return sheet->fault_count > 0;
}

bool money_refuse_file(struct request *r, const struct err *err)
{
	if (err->kind != ERR_INPUT)
		return false;
	problem_line(&r->problem, 1, "(the file)", err->msg,
		     "a CSV file, or an Excel workbook (.xlsx)");
	return true;
}

void money_put_conditions(struct json_out *json, int64_t category, int64_t registered,
			  int64_t sender)
{
	json_put_text(json, "category",
		      category != 0 ? message_category_name((enum message_category)category)
				    : NULL);
	if (registered < 0)
		json_put_null(json, "registered");
	else
		json_put_bool(json, "registered", registered > 0);
	json_put_text(json, "sender", sender_kind_name((int)sender));
}
