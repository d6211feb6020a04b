/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik criteria - what a list of clients can be made of, one a line. */
#include <stdio.h>

#include "cli/cli.h"
#include "common/model/criteria.h"

int cmd_criteria(struct cli *cli, int argc, char **argv)
{
	(void)cli;
	(void)argv;
	if (argc > 2)
		return cli_usage("criteria takes no argument");
	for (size_t i = 0; i < criteria_count; i++) {
		const struct criterion *c = &criteria[i];

		(void)printf("%s\t%s\t%s\t%s\n", c->code, criterion_family_code(c->family),
			     criterion_kind_code(c->kind), c->name);
	}
	return CLI_OK;
}
