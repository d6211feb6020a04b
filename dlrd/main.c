/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* dlrd - takes receipts and messages from phones from their queues and stores what they say.
 *
 * A worker: one thread, straight lines.  Any number may run on the one queue; two with a part each
 * of the same message both end right, because the state follows from the bits in one UPDATE. */
#include "dlrd/dlrd.h"

int main(int argc, char **argv)
{
	return daemon_main(argc, argv, &dlrd_spec);
}
