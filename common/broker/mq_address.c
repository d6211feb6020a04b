/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mq_address - where the broker is and how to get in (contract in mq_address.h). */
#include "common/broker/mq_address.h"

#include <amqp.h>
#include <string.h>

#include "common/base/mem.h"

#define URL_BYTES_MAX 2048 /* user and password must fit one connection.start-ok */
#define CA_OPTION     "cacertfile="

static bool tls_prepare(const char *ca_file, SSL_CTX **out, struct err *err)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

	if (tls == NULL)
		return err_set(err, ERR_IO, "OpenSSL cannot start TLS");
	SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (ca_file == NULL ? SSL_CTX_set_default_verify_paths(tls) != 1
			    : SSL_CTX_load_verify_locations(tls, ca_file, NULL) != 1) {
		SSL_CTX_free(tls);
		return err_set(err, ERR_INPUT,
			       "%s: no certificate authorities could be read; give a PEM file",
			       ca_file == NULL ? "the system's default" : ca_file);
	}
	*out = tls;
	return true;
}

/* Cut "?cacertfile=PATH" off the text. */
static bool cut_query(char *url, const char **ca_file, struct err *err)
{
	char *query = strchr(url, '?');

	*ca_file = NULL;
	if (query == NULL)
		return true;
	*query++ = '\0';
	if (strncmp(query, CA_OPTION, strlen(CA_OPTION)) != 0 || strchr(query, '&') != NULL)
		return err_set(err, ERR_INPUT,
			       "broker URL: the only option after '?' is " CA_OPTION "PATH");
	*ca_file = query + strlen(CA_OPTION);
	return true;
}

bool mq_address_parse(const char *url, struct mq_address *out, struct err *err)
{
	struct amqp_connection_info info;
	struct mq_address a = {0};
	const char *ca_file;

	if (strlen(url) > URL_BYTES_MAX)
		return err_set(err, ERR_INPUT, "broker URL is longer than %d bytes", URL_BYTES_MAX);
	a.storage = mem_strdup(url);
	if (!cut_query(a.storage, &ca_file, err))
		goto fail;
	if (amqp_parse_url(a.storage, &info) != AMQP_STATUS_OK) {
		err_set(err, ERR_INPUT,
			"broker URL is not understood; write amqp://user:password@host:port/vhost "
			"and %%XX for special characters");
		goto fail;
	}
	if (ca_file != NULL && !info.ssl) {
		err_set(err, ERR_INPUT, "broker URL: " CA_OPTION " is for amqps:// only");
		goto fail;
	}
	a.host = info.host;
	a.user = info.user;
	a.password = info.password;
	a.vhost = *info.vhost == '\0' ? "/" : info.vhost;
	a.port = info.port;
	if (info.ssl && !tls_prepare(ca_file, &a.tls, err))
		goto fail;
	*out = a;
	return true;
fail:
	mem_free(a.storage);
	return false;
}

void mq_address_deinit(struct mq_address *a)
{
	SSL_CTX_free(a->tls);
	mem_free(a->storage);
	*a = (struct mq_address){0};
}
