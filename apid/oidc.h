/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* oidc - signing in by OpenID Connect: authorization code, PKCE S256, state and nonce.
 *
 * GET /v1/session/oidc sends a browser to the provider, GET /v1/session/oidc/callback takes it back
 * and begins a session.  What began is a row with two sums: of `state`, which went through the
 * provider, and of a cookie of the very browser; both must come back, once, within ten minutes.  So
 * nobody can be signed in with somebody else's code.  Nonce and PKCE verifier follow from the
 * cookie and are kept nowhere.
 *
 * What the provider publishes of itself is asked for at most once an hour, its keys again when a
 * token names one that is not among them, at most every 30 s.  After a failure nobody asks for
 * 15 s. */
#ifndef VESTNIK_APID_OIDC_H
#define VESTNIK_APID_OIDC_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/config.h"
#include "common/base/err.h"

struct oidc_config {
	char *issuer; /* "": there is none */
	char *title;
	char *client_id;
	char *client_secret_file;
	char *redirect_uri;
	char *scopes;
	char *login_claim, *name_claim, *groups_claim;
	struct config_list allow_hosts;
	char *ca_file;
	int64_t timeout_ms;
};

struct oidc;

/* *out NULL: none is configured. */
bool oidc_new(const struct oidc_config *c, struct oidc **out, struct err *err);
void oidc_free(struct oidc **o);
const struct oidc_config *oidc_settings(const struct oidc *o);

/* Where a browser is sent; the caller's: mem_free(). */
bool oidc_authorization_endpoint(struct oidc *o, char **out, struct err *err);
/* Change a code for an ID token; the caller's: mem_free(). */
bool oidc_redeem(struct oidc *o, const char *code, const char *verifier, char **id_token_out,
		 struct err *err);
/* The provider's keys; `anew`: not those that are known, if they may be asked for already. The
 * caller's: mem_free(). */
bool oidc_keys(struct oidc *o, bool anew, char **out, struct err *err);

/* Rows of the configuration, where struct api_config has its `oidc`. */
#define OIDC_ROW(k, member, t, ...)                                                                \
	{                                                                                          \
		.key = "oidc." k, .type = CONFIG_##t,                                              \
		.offset = offsetof(struct api_config, oidc.member), __VA_ARGS__                    \
	}
#define OIDC_ROWS                                                                                  \
	OIDC_ROW("issuer", issuer, STR, .def = "",                                                 \
		 .help = "OpenID Connect: the provider's address; \"\": none"),                    \
		OIDC_ROW("title", title, STR, .def = "", .help = "how the sign-in page calls it"), \
		OIDC_ROW("client_id", client_id, STR, .def = "", .help = "what it knows us by"),   \
		OIDC_ROW("client_secret_file", client_secret_file, STR, .def = "",                 \
			 .help = "file with our password there; \"\": a public client"),           \
		OIDC_ROW("redirect_uri", redirect_uri, STR, .def = "",                             \
			 .help = "https://HOST/v1/session/oidc/callback, as browsers see it"),     \
		OIDC_ROW("scopes", scopes, STR, .def = "openid profile",                           \
			 .help = "what is asked for"),                                             \
		OIDC_ROW("login_claim", login_claim, STR, .def = "preferred_username",             \
			 .help = "claim: the login of a new person"),                              \
		OIDC_ROW("name_claim", name_claim, STR, .def = "name",                             \
			 .help = "claim: the name of a new person"),                               \
		OIDC_ROW("groups_claim", groups_claim, STR, .def = "groups",                       \
			 .help = "claim: the groups, which give roles"),                           \
		OIDC_ROW("allow_hosts", allow_hosts, LIST, .def = "[]",                            \
			 .help = "hosts of the provider at addresses that are not public"),        \
		OIDC_ROW("ca_file", ca_file, STR, .def = "",                                       \
			 .help = "PEM file of who vouches for it; \"\": the system's"),            \
		OIDC_ROW("timeout", timeout_ms, MS, .def = "5s", .min = 100, .max = 30000,         \
			 .help = "for each answer of it")

#endif
