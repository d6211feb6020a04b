/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* secret - see secret.h. */
#include "apid/secret.h"

#include <string.h>

bool request_seal(struct request *r, const struct vault_place *place, const char *secret,
		  struct err *err)
{
	struct buf sealed;
	bool ok;

	if (r->api->vault == NULL) {
		problem_set(&r->problem, 503, "no-secrets-key", "Secrets cannot be stored",
			    "They are stored sealed only, and this service has no key. Whoever "
			    "runs it sets secrets.key_file; nothing was stored");
		return request_refused(err);
	}
	buf_init(&sealed, VAULT_SEALED_MAX);
	ok = vault_seal(r->api->vault, place, secret, strlen(secret), &sealed, err);
	if (ok)
		pg_param_bytes(r->params, sealed.data, sealed.len);
	buf_deinit(&sealed);
	return ok;
}
