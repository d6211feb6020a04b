/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* wire_tls - the TLS side of an account (contract in wire.h). */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/base/err.h"
#include "smppd/wire.h"

static bool load_authorities(SSL_CTX *tls, const char *file, struct err *err)
{
	if ((file != NULL ? SSL_CTX_load_verify_locations(tls, file, NULL)
			  : SSL_CTX_set_default_verify_paths(tls)) == 1)
		return true;
	return err_set(err, ERR_INPUT, "the authorities in %s cannot be read",
		       file != NULL ? file : "the system's store");
}

/* Our own certificate, for centres that ask for one; the key may stand in the same file. */
static bool load_own(SSL_CTX *tls, const struct wire_tls *t, struct err *err)
{
	const char *key = t->key_file != NULL ? t->key_file : t->cert_file;

	if (SSL_CTX_use_certificate_chain_file(tls, t->cert_file) != 1)
		return err_set(err, ERR_INPUT, "the certificate in %s cannot be read",
			       t->cert_file);
	if (SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
		return err_set(err, ERR_INPUT,
			       "the key in %s cannot be read, or is not that of the certificate",
			       key);
	return true;
}

SSL_CTX *wire_tls_new(const struct wire_tls *t, struct err *err)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

	if (tls == NULL)
		panic("OpenSSL is out of memory");
	SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
	SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(tls, t->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	if ((!t->verify || load_authorities(tls, t->ca_file, err)) &&
	    (t->cert_file == NULL || load_own(tls, t, err)))
		return tls;
	ERR_clear_error();
	SSL_CTX_free(tls);
	return NULL;
}
