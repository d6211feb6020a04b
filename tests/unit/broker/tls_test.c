/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of common/broker over TLS: the broker's certificate is verified, always. */
#include <signal.h>
#include <stdlib.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/broker/mq.h"
#include "tests/unit/broker/peer.h"
#include "tests/unit/support/run.h"

static char ca_file[] = "/tmp/vestnik_tls_test_XXXXXX";

/* --- certificates ------------------------------------------------------------------------------
 */

static X509 *self_signed(EVP_PKEY *key, const char *names)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	X509_EXTENSION *ext;
	X509V3_CTX ctx;

	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1,
				   0);
	X509_set_issuer_name(cert, name);
	X509_set_pubkey(cert, key);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_alt_name, names);
	ck_assert_ptr_nonnull(ext);
	X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	ck_assert_int_gt(X509_sign(cert, key, EVP_sha256()), 0);
	return cert;
}

/* A server's context for these names; its certificate becomes the only authority in ca_file. */
static SSL_CTX *server_context(const char *names)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = self_signed(key, names);
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	int fd;
	FILE *file;

	memcpy(ca_file + strlen(ca_file) - 6, "XXXXXX", 6);
	fd = mkstemp(ca_file);
	file = fdopen(fd, "w");
	ck_assert_ptr_nonnull(file);
	PEM_write_X509(file, cert);
	fclose(file);
	SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	ck_assert_int_eq(SSL_CTX_use_certificate(tls, cert), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(tls, key), 1);
	X509_free(cert);
	EVP_PKEY_free(key);
	return tls;
}

/* --- the peer ----------------------------------------------------------------------------------
 */

/* Answer everything; confirm the first message and deliver 300,000 bytes to a consumer. */
static void behave(struct peer *p)
{
	amqp_basic_ack_t ack = {.delivery_tag = 1};
	static char body[100000];
	struct err err;

	if (!peer_greet(p))
		return;
	peer_say_start(p, 9, "PLAIN");
	while (peer_hear(p)) {
		(void)peer_answer(p);
		if (p->got == AMQP_BASIC_PUBLISH_METHOD)
			peer_say(p, 1, AMQP_BASIC_ACK_METHOD, &ack);
		if (p->got != AMQP_BASIC_CONSUME_METHOD)
			continue;
		peer_deliver(p, 2, 1);
		peer_say_content(p, 2, 3 * sizeof(body), body, sizeof(body));
		for (int k = 0; k < 2; k++)
			mq_wire_put_raw(&p->wire, AMQP_FRAME_BODY, 2, body, sizeof(body), &err);
	}
}

static struct mq *open_mq(const char *host, int port, bool trust, int64_t timeout_ms)
{
	struct mq_options options = {.name = "tls_test", .timeout_ms = timeout_ms};
	struct mq *mq = NULL;
	struct err err = {0};
	char url[256];

	snprintf(url, sizeof(url), "amqps://guest:guest@%s:%d%s%s", host, port,
		 trust ? "/?cacertfile=" : "", trust ? ca_file : "");
	options.url = url;
	ck_assert_msg(mq_open(&options, &mq, &err), "%s", err.msg);
	return mq;
}

/* Peers of connections dropped half way write into closed sockets. */
static void setup(void)
{
	signal(SIGPIPE, SIG_IGN);
}

static const struct {
	const char *why, *names, *host;
	bool trust;
	const char *want; /* NULL: connects */
} cases[] = {
	{"by address", "IP:127.0.0.1", "127.0.0.1", true, NULL},
	{"by name", "DNS:localhost", "localhost", true, NULL},
	{"an unknown authority", "IP:127.0.0.1", "127.0.0.1", false, "not trusted"},
	{"another's address", "IP:127.0.0.2", "127.0.0.1", true, "IP address mismatch"},
	{"another's name", "DNS:example.org", "localhost", true, "hostname mismatch"},
};

START_TEST(test_verification)
{
	SSL_CTX *tls = server_context(cases[_i].names);
	struct peer *p = peer_start_tls(behave, NULL, tls);
	struct mq *mq = open_mq(cases[_i].host, p->port, cases[_i].trust, 5000);
	struct err err = {0};
	bool ok = mq_declare(mq, "q", NULL, &err);

	ck_assert_msg(ok == (cases[_i].want == NULL), "%s: %s", cases[_i].why, err.msg);
	if (cases[_i].want != NULL) {
		ck_assert_int_eq(err.kind, ERR_LOST);
		ck_assert_msg(strstr(err.msg, cases[_i].want) != NULL, "%s: %s", cases[_i].why,
			      err.msg);
	}
	mq_close(&mq);
	peer_stop(p);
	SSL_CTX_free(tls);
	unlink(ca_file);
}
END_TEST

START_TEST(test_messages)
{
	SSL_CTX *tls = server_context("IP:127.0.0.1");
	struct peer *p = peer_start_tls(behave, NULL, tls);
	struct mq *mq = open_mq("127.0.0.1", p->port, true, 5000);
	struct mq_delivery d;
	struct err err = {0};

	ck_assert_msg(mq_consume(mq, "q", 10, &err), "%s", err.msg);
	ck_assert_msg(mq_take(mq, clock_mono_ms() + 10000, -1, &d, &err), "%s", err.msg);
	ck_assert_uint_eq(d.len, 300000);
	mq_ack(mq, d.tag, false);
	ck_assert_msg(mq_flush(mq, clock_mono_ms() + 5000, &err), "%s", err.msg);
	mq_close(&mq); /* the peer serves one connection at a time */

	mq = open_mq("127.0.0.1", p->port, true, 5000);
	mq_publish(mq, "q", ca_file, sizeof(ca_file));
	ck_assert_msg(mq_confirm(mq, clock_mono_ms() + 10000, &err), "%s", err.msg);
	mq_close(&mq);
	peer_stop(p);
	SSL_CTX_free(tls);
	unlink(ca_file);
}
END_TEST

static void silence(struct peer *p)
{
	peer_fall_silent(p);
}

static void no_tls(struct peer *p)
{
	peer_say_raw(p, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
	peer_fall_silent(p);
}

static void cut(struct peer *p)
{
	shutdown(p->wire.fd, SHUT_RDWR);
}

static void cut_after_greeting(struct peer *p)
{
	if (peer_greet(p))
		peer_say_start(p, 9, "PLAIN");
	shutdown(p->wire.fd, SHUT_RDWR);
}

static void bid_farewell(struct peer *p)
{
	if (peer_greet(p))
		SSL_shutdown(p->wire.ssl);
	peer_fall_silent(p);
}

static const struct {
	const char *why;
	peer_script *script;
	bool tls;
	const char *want;
} faults[] = {
	{"silence in the handshake", silence, false, "no answer in time"},
	{"no TLS there", no_tls, false, "TLS handshake failed"},
	{"cut in the handshake", cut, false, "TLS handshake failed"},
	{"cut behind it", cut_after_greeting, true, ""},
	{"closed in order", bid_farewell, true, "closed the connection"},
};

START_TEST(test_faults)
{
	SSL_CTX *tls = server_context("IP:127.0.0.1");
	struct peer *p = peer_start_tls(faults[_i].script, NULL, faults[_i].tls ? tls : NULL);
	struct mq *mq = open_mq("127.0.0.1", p->port, true, 500);
	struct err err = {0};
	uint64_t begun = clock_mono_ms();

	ck_assert_msg(!mq_declare(mq, "q", NULL, &err), "%s", faults[_i].why);
	ck_assert_int_eq(err.kind, ERR_LOST);
	ck_assert_msg(strstr(err.msg, faults[_i].want) != NULL, "%s: %s", faults[_i].why, err.msg);
	ck_assert_uint_lt(clock_mono_ms() - begun, 3000);
	mq_close(&mq);
	peer_stop(p);
	SSL_CTX_free(tls);
	unlink(ca_file);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	Suite *s = suite_create("mq over TLS");
	TCase *tc = tcase_create("tls");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, test_verification, 0, COUNT(cases));
	tcase_add_test(tc, test_messages);
	tcase_add_loop_test(tc, test_faults, 0, COUNT(faults));
	suite_add_tcase(s, tc);
	return suite_run(s);
}
