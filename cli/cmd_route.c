/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik route - why a message to a number would go by the account it would go by. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/table.h"
#include "common/base/mem.h"
#include "common/route/explanation.h"
#include "common/sms/msisdn.h"

enum { TIMEOUT_MS = 30000 };

/* Four places: what differs between providers is kopecks. */
static const char *money(double micro, char out[32])
{
	(void)snprintf(out, 32, "%.4f", micro / 1e6);
	return out;
}

static void put_candidate(struct table *t, const struct explanation *e, size_t i)
{
	const struct explanation_candidate *c = &e->candidate[i];
	const struct route_verdict *v = &c->verdict;
	char price[32], cost[32], rate[32], cap[32], row[32];
	bool priced = v->expected_micro > 0;

	(void)snprintf(rate, sizeof(rate), v->rate > 0 ? "%.1f %%" : "-", v->rate * 100);
	(void)snprintf(row, sizeof(row), v->price.row != 0 ? "%d" : "flat", v->price.row);
	(void)snprintf(cap, sizeof(cap), c->cap_left >= 0 ? "%lld" : "-", (long long)c->cap_left);
	table_text(t, e->routed && e->decision.account == c->account ? "*" : "");
	table_text(t, c->account->name);
	table_text(t, priced ? money((double)v->cost_micro, price) : "-");
	table_text(t, priced ? row : "-");
	table_text(t, rate);
	table_text(t, priced ? money(v->expected_micro, cost) : "-");
	table_text(t, !c->account->up	  ? "down"
		      : c->measure->trial ? "on trial"
		      : c->measure->grade ? "poor"
					  : "good");
	table_int(t, c->measure->points);
	table_text(t, cap);
	table_text(t, c->contract[0] != '\0' ? c->contract : "-");
	table_text(t, v->bar == ROUTE_CAN ? (v->listed ? "named by the rule" : "")
					  : route_bar_text(v->bar));
}

static void print(const struct explanation *e)
{
	static const char *const headings[] = {"",	     "account",	  ">price", ">tariff row",
					       ">delivered", ">expected", "health", ">points",
					       ">cap left",  "contract",  "reason", NULL};
	struct table *t = table_new(headings);

	(void)printf("operator: %s%s\n",
		     e->operator_name[0] != '\0' ? e->operator_name : "not known",
		     e->ported ? " (ported)" : "");
	(void)printf("text: %d part%s, %s\n", e->parts.count, e->parts.count == 1 ? "" : "s",
		     e->parts.encoding == SMS_GSM7 ? "7 bit" : "UCS-2");
	(void)printf("rule: %s\n", e->rule != NULL ? e->rule->name : "none speaks for it");
	(void)printf("account: %s\n\n",
		     e->routed ? e->decision.account->name : "none may carry it");
	for (size_t i = 0; i < e->count; i++)
		put_candidate(t, e, i);
	table_print(t, stdout);
	table_free(&t);
}

static int explain(struct pg *pg, const struct explanation_ask *ask)
{
	struct route_store *store = mem_calloc(1, sizeof(*store));
	struct explanation *e = NULL;
	struct err err = {0};
	int status = CLI_OK;

	route_store_init(store);
	if (!route_store_refresh(store, pg, &err) || !explanation_make(store, pg, ask, &e, &err)) {
		status = cli_failed(&err);
	} else {
		print(e);
		explanation_free(&e);
	}
	route_store_deinit(store);
	mem_free(store);
	return status;
}

static bool take_option(int option, struct explanation_ask *ask, struct err *err)
{
	switch (option) {
	case 'g':
		return message_category_parse(optarg, &ask->category) ||
		       err_set(err, ERR_INPUT,
			       "--category: \"%s\" is none of advertising, service, "
			       "transactional, debt, emergency, authorisation",
			       optarg);
	case 'c':
		return message_class_parse(optarg, &ask->class) ||
		       err_set(err, ERR_INPUT,
			       "--class: \"%s\" is none of advertising, service, alert", optarg);
	case 's':
		ask->sender = optarg;
		return true;
	case 't':
		ask->text = optarg;
		return true;
	default:
		return err_set(err, ERR_INPUT, "this option is not known, or lacks its value");
	}
}

int cmd_route(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {{"category", required_argument, NULL, 'g'},
						{"class", required_argument, NULL, 'c'},
						{"sender", required_argument, NULL, 's'},
						{"text", required_argument, NULL, 't'},
						{0}};
	struct explanation_ask ask = {.category = CATEGORY_ADVERTISING,
				      .class = CLASS_ADVERTISING,
				      .sender = "",
				      .text = ""};
	struct pg *pg = NULL;
	struct err err = {0};
	int option, status;

	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take_option(option, &ask, &err))
			return cli_usage("%s", err.msg);
	if (argc - optind != 2 || strcmp(argv[optind], "explain") != 0)
		return cli_usage("route explain PHONE is expected");
	if (!msisdn_parse(argv[optind + 1], strlen(argv[optind + 1]), &ask.msisdn, &err))
		return cli_usage("%s", err.msg);
	status = cli_connect(cli, TIMEOUT_MS, &pg);
	if (status == CLI_OK)
		status = explain(pg, &ask);
	pg_close(&pg);
	return status;
}
