/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* rights - see rights.h. */
#include "apid/rights.h"

#include <stdio.h>
#include <string.h>

#include "common/store/pg.h"

#define BIT(right) (UINT64_C(1) << (right))
#define FIRST	   RIGHT_PROFILE
#define EVERYTHING (BIT(RIGHTS) - BIT(FIRST))

static const char *const names[RIGHTS] = {
	[RIGHT_PROFILE] = "profile",
	[RIGHT_CAMPAIGNS_READ] = "campaigns.read",
	[RIGHT_CAMPAIGNS_EDIT] = "campaigns.edit",
	[RIGHT_CAMPAIGNS_LAUNCH] = "campaigns.launch",
	[RIGHT_CAMPAIGNS_CONTROL] = "campaigns.control",
	[RIGHT_CLIENTS_READ] = "clients.read",
	[RIGHT_CLIENTS_IMPORT] = "clients.import",
	[RIGHT_LISTS_EDIT] = "lists.edit",
	[RIGHT_ATTRIBUTES_EDIT] = "attributes.edit",
	[RIGHT_TEMPLATES_READ] = "templates.read",
	[RIGHT_TEMPLATES_EDIT] = "templates.edit",
	[RIGHT_PROMO_REDEEM] = "promo.redeem",
	[RIGHT_MESSAGES_READ] = "messages.read",
	[RIGHT_MESSAGES_SEND] = "messages.send",
	[RIGHT_OPT_OUTS_READ] = "opt_outs.read",
	[RIGHT_OPT_OUTS_EDIT] = "opt_outs.edit",
	[RIGHT_OPT_OUTS_REMOVE] = "opt_outs.remove",
	[RIGHT_ACCOUNTS_READ] = "accounts.read",
	[RIGHT_ACCOUNTS_EDIT] = "accounts.edit",
	[RIGHT_ROUTES_EDIT] = "routes.edit",
	[RIGHT_CONSENTS_READ] = "consents.read",
	[RIGHT_CONSENTS_EDIT] = "consents.edit",
	[RIGHT_RULES_READ] = "rules.read",
	[RIGHT_RULES_EDIT] = "rules.edit",
	[RIGHT_PERSONAL_READ] = "personal.read",
	[RIGHT_PERSONAL_REVEAL] = "personal.reveal",
	[RIGHT_PERSONAL_EXPORT] = "personal.export",
	[RIGHT_CLIENTS_BLOCK] = "clients.block",
	[RIGHT_CLIENTS_ERASE] = "clients.erase",
	[RIGHT_AUDIT_READ] = "audit.read",
	[RIGHT_COMPLAINTS_READ] = "complaints.read",
	[RIGHT_COMPLAINTS_EDIT] = "complaints.edit",
	[RIGHT_COMPLAINTS_PACK] = "complaints.pack",
	[RIGHT_SENDERS_READ] = "senders.read",
	[RIGHT_SENDERS_EDIT] = "senders.edit",
	[RIGHT_SOURCES_EDIT] = "sources.edit",
	[RIGHT_TARIFFS_READ] = "tariffs.read",
	[RIGHT_TARIFFS_EDIT] = "tariffs.edit",
	[RIGHT_USERS_EDIT] = "users.edit",
	[RIGHT_PRIVACY_READ] = "privacy.read",
	[RIGHT_PRIVACY_EDIT] = "privacy.edit",
	[RIGHT_EXPORTS_MAKE] = "exports.make",
	[RIGHT_TOKENS_EDIT] = "tokens.edit",
	[RIGHT_CAMPAIGNS_APPROVE] = "campaigns.approve",
	[RIGHT_BUDGETS_READ] = "budgets.read",
	[RIGHT_BUDGETS_EDIT] = "budgets.edit",
	[RIGHT_USERS_READ] = "users.read",
	[RIGHT_DEPARTMENTS_EDIT] = "departments.edit",
	[RIGHT_TEXTS_REVIEW] = "texts.review",
};

const char *right_name(enum right right)
{
	return names[right];
}

uint64_t rights_of_token(void)
{
	return EVERYTHING & ~(BIT(RIGHT_PROFILE) | BIT(RIGHT_TOKENS_EDIT));
}

enum right right_of_name(const char *name)
{
	for (int right = FIRST; right < RIGHTS; right++)
		if (strcmp(names[right], name) == 0)
			return right;
	return RIGHT_FORGOTTEN;
}

static uint64_t rights_of_name(const char *name, size_t len)
{
	if (len == 1 && name[0] == '*')
		return EVERYTHING;
	for (int right = FIRST; right < RIGHTS; right++)
		if (strlen(names[right]) == len && memcmp(names[right], name, len) == 0)
			return BIT(right);
	return 0;
}

uint64_t rights_of_names(const char *words)
{
	uint64_t rights = 0;

	while (*words != '\0') {
		size_t len = strcspn(words, " ");

		rights |= rights_of_name(words, len);
		words += len + strspn(words + len, " ");
	}
	return rights;
}

bool caller_may(const struct caller *caller, enum right right)
{
	return right == RIGHT_OPEN || (caller->rights & BIT(right)) != 0;
}

int64_t caller_number(const struct caller *caller)
{
	return caller->person_id != 0 ? -caller->person_id : caller->token_id;
}

const char *caller_name(const struct caller *caller, char out[CALLER_NAME_SIZE])
{
	bool person = caller->person_id != 0;

	(void)snprintf(out, CALLER_NAME_SIZE, "%s %lld", person ? "person" : "token",
		       (long long)(person ? caller->person_id : caller->token_id));
	return out;
}

static void id_or_null(struct pg_params *params, int64_t id)
{
	if (id == 0)
		pg_param_null(params);
	else
		pg_param_int64(params, id);
}

void caller_params(struct pg_params *params, const struct caller *caller)
{
	id_or_null(params, caller->token_id);
	id_or_null(params, caller->person_id);
}
