/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* dispatcherd - turns chunks of an audience into batches of messages.
 *
 * Any number run side by side on the same queues: a chunk is locked by whoever works on it, and
 * nothing is kept here that PostgreSQL does not hold. */
#include "dispatcherd/spec.h"

int main(int argc, char **argv)
{
	return daemon_main(argc, argv, &dispatcherd_spec);
}
