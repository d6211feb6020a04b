/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* provider_send - `vestnik provider try --send`: really send one message, and show what came back
 * and what the profile makes of it.  Secrets are shown nowhere. */
#ifndef VESTNIK_CLI_PROVIDER_SEND_H
#define VESTNIK_CLI_PROVIDER_SEND_H

#include "common/provider/request.h"

/* False with err: it was not answered. */
bool provider_send(const struct provider_profile *p, const struct config_pairs *values,
		   const struct provider_message *message, const struct config_list *allow_hosts,
		   struct err *err);

#endif
