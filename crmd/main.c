/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* crmd - the exchange with the CRM and other systems, in and out.
 *
 * Any number may run: one of them at a time takes the events of queue crm.in, because their order
 * counts, and whatever else there is to do is claimed row by row. */
#include "crmd/spec.h"

int main(int argc, char **argv)
{
	return daemon_main(argc, argv, &crmd_spec);
}
