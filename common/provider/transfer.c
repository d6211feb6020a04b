/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* transfer - see transfer.h. */
#include "common/provider/transfer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mem.h"

#define CONNECT_MS	 10000L
#define HEADER_BYTES_MAX (64u * 1024)
/* Servers close what was idle for five seconds or more; a request must not meet that. */
#define IDLE_S		 4L

void transfer_global_init(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		panic("libcurl does not start");
}

/* --- callbacks of libcurl ----------------------------------------------------------------------
 */

/* The address is the one that is about to be connected to; what a name said before does not count.
 */
static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *t = arg;

	(void)purpose;
	if (!t->allowed && !reach_is_public(&address->addr)) {
		t->forbidden = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int on_ready(void *arg, char *peer, char *own, int peer_port, int own_port)
{
	struct transfer *t = arg;

	(void)peer, (void)own, (void)peer_port, (void)own_port;
	/* A second time is libcurl's own repetition. */
	t->repeated = t->begun;
	t->refused =
		!t->begun && t->rules->may_write != NULL && !t->rules->may_write(t->rules->arg);
	t->begun = true;
	return t->refused || t->repeated ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static size_t on_header(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;

	(void)data;
	t->header_bytes += size * count;
	t->too_large = t->too_large || t->header_bytes > HEADER_BYTES_MAX;
	return t->too_large ? 0 : size * count;
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;

	t->too_large = t->too_large || !buf_add(&t->body, data, size * count);
	return t->too_large ? 0 : size * count;
}

/* --- life --------------------------------------------------------------------------------------
 */

static void set_once(struct transfer *t)
{
	CURL *e = t->easy;

	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, IDLE_S);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(e, CURLOPT_PROXY, ""); /* whatever the environment says */
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_USERAGENT, t->rules->agent);
	if (t->rules->ca_file[0] != '\0')
		curl_easy_setopt(e, CURLOPT_CAINFO, t->rules->ca_file);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t);
	curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_ready);
	curl_easy_setopt(e, CURLOPT_PREREQDATA, t);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
}

void transfer_init(struct transfer *t, const struct transfer_rules *rules)
{
	*t = (struct transfer){.rules = rules};
	t->easy = curl_easy_init();
	if (t->easy == NULL)
		panic("libcurl is out of memory");
	provider_request_init(&t->request);
	buf_init(&t->body, DOCUMENT_BYTES_MAX);
	set_once(t);
}

static void wipe(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->len);
}

void transfer_deinit(struct transfer *t)
{
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	wipe(&t->request.url); /* secrets may stand in them */
	wipe(&t->request.headers);
	wipe(&t->request.body);
	provider_request_deinit(&t->request);
	buf_deinit(&t->body);
}

/* --- a request ---------------------------------------------------------------------------------
 */

/* The request's lines; and none that libcurl would add and wait for. */
static void set_headers(struct transfer *t)
{
	char *at = (char *)buf_str(&t->request.headers), *end;

	curl_slist_free_all(t->headers);
	t->headers = curl_slist_append(NULL, "Expect:");
	while ((end = strchr(at, '\n')) != NULL) {
		*end = '\0';
		t->headers = curl_slist_append(t->headers, at);
		*end = '\n';
		at = end + 1;
	}
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
}

static void set_method(struct transfer *t, int method)
{
	const struct buf *body = &t->request.body;

	curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, NULL);
	if (method == METHOD_GET) {
		curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
		return;
	}
	curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, buf_str(body));
	if (method == METHOD_PUT)
		curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, "PUT");
}

void transfer_begin(struct transfer *t, int method, bool plain, int64_t timeout_ms)
{
	const char *url = buf_str(&t->request.url);

	buf_reset(&t->body);
	t->header_bytes = 0;
	t->begun = t->repeated = t->refused = t->forbidden = t->too_large = false;
	t->status = 0;
	t->error[0] = t->reason[0] = '\0';
	reach_host(url, t->host);
	t->allowed = reach_is_allowed(t->host, t->rules->allow_hosts);
	curl_easy_setopt(t->easy, CURLOPT_URL, url);
	curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, plain ? "https,http" : "https");
	curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	set_method(t, method);
	set_headers(t);
}

static bool was_written(const struct transfer *t)
{
	long head = 0;
	curl_off_t body = 0;

	curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &head);
	curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &body);
	return head > 0 || body > 0;
}

static void explain(struct transfer *t, CURLcode code)
{
	if (t->forbidden)
		snprintf(t->reason, sizeof(t->reason),
			 "the host %.80s is at an address that is not public; allow_hosts may name "
			 "it",
			 t->host);
	else if (t->too_large)
		snprintf(t->reason, sizeof(t->reason), "the answer is longer than %d KiB",
			 DOCUMENT_BYTES_MAX / 1024);
	else if (t->repeated)
		snprintf(t->reason, sizeof(t->reason), "the connection was lost under the request");
	else
		snprintf(t->reason, sizeof(t->reason), "%.180s", curl_easy_strerror(code));
}

enum transfer_end transfer_end(struct transfer *t, CURLcode code)
{
	curl_off_t took_us = 0;
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &took_us);
	t->took_us = (uint64_t)took_us;
	if (code == CURLE_OK) {
		curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
		t->status = (int)status;
		return TRANSFER_ANSWERED;
	}
	explain(t, code);
	return was_written(t) ? TRANSFER_UNKNOWN : TRANSFER_UNWRITTEN;
}
