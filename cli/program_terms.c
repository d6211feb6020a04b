/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* program_terms - see program_terms.h. */
#include "cli/program_terms.h"

#include <getopt.h>
#include <string.h>

#include "cli/cli.h"
#include "common/web/address.h"
#include "common/web/json.h"

#define LIST_BYTES_MAX 2000
#define DAYS_DIGITS    4
#define MONEY_DIGITS   9
#define MONEY_DECIMALS 6

/* --- reading -------------------------------------------------------------------------------------
 */

static bool is_count(const char *text)
{
	int64_t n;

	return id_parse(text, &n) && n <= INT64_C(1000000000000);
}

static bool is_sum(const char *text)
{
	size_t whole = strspn(text, "0123456789"), decimals;

	if (whole < 1 || whole > MONEY_DIGITS || text[strspn(text, "0.")] == '\0')
		return false;
	if (text[whole] == '\0')
		return true;
	decimals = strspn(text + whole + 1, "0123456789");
	return text[whole] == '.' && decimals >= 1 && decimals <= MONEY_DECIMALS &&
	       text[whole + 1 + decimals] == '\0';
}

static bool is_expiry(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	int32_t days;

	return date_parse(text, &days) || (digits >= 1 && digits <= DAYS_DIGITS &&
					   text[digits] == 'd' && text[digits + 1] == '\0');
}

/* Whether each text between commas is one. */
static bool each(const char *list, bool (*is_one)(const char *text))
{
	char copy[LIST_BYTES_MAX];
	char *save = NULL;

	if (strlen(list) >= sizeof(copy) || list[0] == '\0')
		return false;
	memcpy(copy, list, strlen(list) + 1);
	for (char *one = strtok_r(copy, ",", &save); one != NULL; one = strtok_r(NULL, ",", &save))
		if (!is_one(one))
			return false;
	return true;
}

static bool is_id(const char *text)
{
	int64_t id;

	return id_parse(text, &id);
}

static bool is_network(const char *text)
{
	struct address_range range;

	return address_range_parse(text, &range);
}

/* Digits say a number, small letters a name: "clients.read", "*". */
static bool is_word(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz_.*")] == '\0';
}

static bool are_ids(const char *text)
{
	return each(text, is_id);
}

static bool are_networks(const char *text)
{
	return each(text, is_network);
}

static bool are_words(const char *text)
{
	return each(text, is_word);
}

static bool is_text(const char *text)
{
	return text[0] != '\0';
}

static const struct term {
	const char *name;
	size_t offset;
	bool (*is_one)(const char *text);
	const char *expected;
} terms[] = {
	{"rights", offsetof(struct program_terms, rights), are_words,
	 "rights with commas between, such as messages.send,messages.read"},
	{"events", offsetof(struct program_terms, events), are_words,
	 "types of events with commas between, such as client.upsert,message.send"},
	{"templates", offsetof(struct program_terms, templates), are_ids,
	 "ids of templates with commas between"},
	{"addresses", offsetof(struct program_terms, addresses), are_networks,
	 "networks with commas between, such as 10.20.0.0/16,192.0.2.7"},
	{"expires", offsetof(struct program_terms, expires), is_expiry,
	 "a date such as 2027-06-01 or days such as 90d"},
	{"note", offsetof(struct program_terms, note), is_text, "a text"},
	{"parts-per-hour", offsetof(struct program_terms, parts_per_hour), is_count, "a number"},
	{"parts-per-day", offsetof(struct program_terms, parts_per_day), is_count, "a number"},
	{"money-per-hour", offsetof(struct program_terms, money_per_hour), is_sum,
	 "a sum such as 2500.00"},
	{"money-per-day", offsetof(struct program_terms, money_per_day), is_sum,
	 "a sum such as 2500.00"},
};

#define TERMS	   (sizeof(terms) / sizeof(terms[0]))
#define DEPARTMENT TERMS

/* Whether the words of `list` have this one. */
static bool names(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = strstr(list, word); at != NULL; at = strstr(at + 1, word))
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

static int take_option(int option, struct program_terms *out)
{
	if ((size_t)option == DEPARTMENT) {
		if (id_parse(optarg, &out->department_id))
			return CLI_OK;
		return cli_usage("--department takes an id; vestnik user departments shows all");
	}
	if (!terms[option].is_one(optarg))
		return cli_usage("--%s takes %s", terms[option].name, terms[option].expected);
	memcpy((char *)out + terms[option].offset, &optarg, sizeof(optarg));
	return CLI_OK;
}

int program_terms_take(int argc, char **argv, const char *takes, struct program_terms *out,
		       const char **name_out)
{
	struct option options[TERMS + 2] = {0};
	int option, index = 0, status = CLI_OK;

	*out = (struct program_terms){.department_id = 1};
	for (size_t i = 0; i < TERMS; i++)
		options[i] = (struct option){terms[i].name, required_argument, NULL, (int)i};
	options[DEPARTMENT] = (struct option){"department", required_argument, NULL, DEPARTMENT};
	opterr = 0;
	while (status == CLI_OK && (option = getopt_long(argc, argv, "", options, &index)) != -1) {
		if (option == '?')
			return cli_usage(
				"%s does not know the option \"%s\", or it lacks its value",
				argv[0], argv[optind - 1]);
		if (!names(takes, options[index].name))
			return cli_usage("%s takes no --%s", argv[0], options[index].name);
		status = take_option(option, out);
	}
	if (status != CLI_OK)
		return status;
	if (argc - optind != 1)
		return cli_usage("%s takes one name", argv[0]);
	*name_out = argv[optind];
	return CLI_OK;
}

/* --- storing -------------------------------------------------------------------------------------
 */

bool program_terms_check(struct pg *pg, const struct program_terms *t, struct err *err)
{
	static const struct pg_stmt facts = {
		"program_facts",
		"SELECT coalesce((SELECT string_agg(u.id, ', ') FROM "
		"unnest(string_to_array($1::text, ',')) AS u(id)"
		"                  WHERE NOT EXISTS (SELECT 1 FROM template WHERE id = "
		"u.id::bigint)), ''),"
		"       coalesce(" PROGRAM_EXPIRES_SQL(
			"$2") " > clock_timestamp(), true),"
			      " EXISTS (SELECT 1 FROM department WHERE id "
			      "= $3::bigint)"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_text(params, t->templates);
	pg_param_text(params, t->expires);
	pg_param_int64(params, t->department_id);
	ok = pg_run(pg, &facts, params, &rows, err);
	pg_params_free(&params);
	if (ok && pg_text(rows, 0, 0)[0] != '\0')
		ok = err_set(err, ERR_INPUT, "there is no template %s", pg_text(rows, 0, 0));
	else if (ok && !pg_bool(rows, 0, 1))
		ok = err_set(err, ERR_INPUT, "--expires takes a time to come");
	else if (ok && !pg_bool(rows, 0, 2))
		ok = err_set(err, ERR_INPUT,
			     "there is no department %lld; vestnik user departments shows all",
			     (long long)t->department_id);
	pg_result_free(&rows);
	return ok;
}

bool program_terms_quota(struct pg *pg, const struct program_terms *t, int64_t *out,
			 struct err *err)
{
	static const struct pg_stmt insert = {
		"program_quota",
		"INSERT INTO quota (parts_per_hour, parts_per_day, money_micro_per_hour,"
		"       money_micro_per_day)"
		" SELECT $1::text::bigint, $2::text::bigint, ($3::text::numeric * 1000000)::bigint,"
		"        ($4::text::numeric * 1000000)::bigint"
		"  WHERE coalesce($1::text, $2::text, $3::text, $4::text) IS NOT NULL"
		" RETURNING id"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_text(params, t->parts_per_hour);
	pg_param_text(params, t->parts_per_day);
	pg_param_text(params, t->money_per_hour);
	pg_param_text(params, t->money_per_day);
	ok = pg_run(pg, &insert, params, &rows, err);
	pg_params_free(&params);
	*out = ok && pg_rows(rows) == 1 ? pg_int(rows, 0, 0) : 0;
	pg_result_free(&rows);
	return ok;
}

void program_terms_push(struct pg_params *params, const struct program_terms *t, int64_t quota_id)
{
	pg_param_text(params, t->templates);
	pg_param_text(params, t->expires);
	pg_param_text(params, t->note != NULL ? t->note : "");
	pg_param_int64(params, t->department_id);
	pg_param_int64(params, quota_id);
}
