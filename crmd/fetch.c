/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fetch - see fetch.h. */
#include "crmd/fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/daemon.h"

#define CONNECT_S 20L
#define SILENT_S  30L
#define WHOLE_S	  3600L
#define HTTP_OK	  200

struct transfer {
	struct fetch *fetch;
	CURL *curl;
	struct curl_slist *headers;
	int key_fd; /* -1: none */
	int64_t bytes;
	bool sink_failed;
	struct err err;
	char reason[CURL_ERROR_SIZE];
};

void fetch_init(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t on_data(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * count;

	t->bytes += (int64_t)len;
	if (t->bytes > t->fetch->bytes_max)
		t->sink_failed = !err_set(&t->err, ERR_LIMIT,
					  "more than %lld MiB came, which is all that is taken",
					  (long long)(t->fetch->bytes_max >> 20));
	else
		t->sink_failed = !t->fetch->sink(t->fetch->arg, data, len, &t->err);
	return t->sink_failed ? 0 : len;
}

static int on_progress(void *arg, curl_off_t total, curl_off_t now, curl_off_t up, curl_off_t sent)
{
	(void)arg, (void)total, (void)now, (void)up, (void)sent;
	return daemon_stopping();
}

/* --- options
 * -------------------------------------------------------------------------------------- */

/* A user and a password, or a token alone. */
static void set_http_secret(struct transfer *t, const struct source *s)
{
	const char *user = source_setting(s, "user", "");
	struct buf header;

	if (user[0] != '\0') {
		curl_easy_setopt(t->curl, CURLOPT_USERNAME, user);
		curl_easy_setopt(t->curl, CURLOPT_PASSWORD, s->secret);
		curl_easy_setopt(t->curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	} else if (s->secret[0] != '\0') {
		buf_init(&header, 8192);
		buf_printf(&header, "Authorization: Bearer %s", s->secret);
		t->headers = curl_slist_append(t->headers, buf_str(&header));
		buf_deinit(&header);
	}
	t->headers = curl_slist_append(t->headers, "Accept: application/json, text/csv, */*");
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->headers);
}

/* libcurl reads a key from a file: this one is memory and has no name but its number. */
static void set_key(struct transfer *t, const char *key)
{
	char path[32];

	t->key_fd = memfd_create("key", MFD_CLOEXEC);
	if (t->key_fd < 0 || write(t->key_fd, key, strlen(key)) != (ssize_t)strlen(key))
		return; /* the server will refuse, and that is said */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", t->key_fd);
	curl_easy_setopt(t->curl, CURLOPT_SSH_PRIVATE_KEYFILE, path);
}

/* A private key begins like one; anything else is a password. */
static void set_sftp_secret(struct transfer *t, const struct source *s)
{
	bool key = strncmp(s->secret, "-----BEGIN", 10) == 0;

	curl_easy_setopt(t->curl, CURLOPT_USERNAME, source_setting(s, "user", ""));
	curl_easy_setopt(t->curl, CURLOPT_SSH_HOST_PUBLIC_KEY_SHA256,
			 source_setting(s, "host_key", ""));
	curl_easy_setopt(t->curl, CURLOPT_SSH_AUTH_TYPES,
			 (long)(key ? CURLSSH_AUTH_PUBLICKEY : CURLSSH_AUTH_PASSWORD));
	if (key)
		set_key(t, s->secret);
	else
		curl_easy_setopt(t->curl, CURLOPT_PASSWORD, s->secret);
}

static void set_bounds(struct transfer *t)
{
	curl_easy_setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(t->curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(t->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(t->curl, CURLOPT_LOW_SPEED_TIME, SILENT_S);
	curl_easy_setopt(t->curl, CURLOPT_TIMEOUT, WHOLE_S);
	curl_easy_setopt(t->curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(t->curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(t->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(t->curl, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, t->reason);
}

static void set_options(struct transfer *t)
{
	const struct reading *r = t->fetch->reading;
	bool sftp = strcmp(r->source->kind->name, "sftp") == 0;

	set_bounds(t);
	curl_easy_setopt(t->curl, CURLOPT_URL, t->fetch->url);
	curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR,
			 sftp			  ? "sftp"
			 : r->options->plain_http ? "https,http"
						  : "https");
	if (r->options->ca_file[0] != '\0')
		curl_easy_setopt(t->curl, CURLOPT_CAINFO, r->options->ca_file);
	if (sftp)
		set_sftp_secret(t, r->source);
	else
		set_http_secret(t, r->source);
}

/* --- the outcome
 * ---------------------------------------------------------------------------------- */

static bool judge(struct transfer *t, CURLcode code, struct err *err)
{
	const char *reason = t->reason[0] != '\0' ? t->reason : curl_easy_strerror(code);
	long status = 0;

	if (t->sink_failed) {
		*err = t->err;
		return false;
	}
	if (daemon_stopping() && code != CURLE_OK)
		return err_set(err, ERR_STOPPING, "the service was stopped");
	if (code == CURLE_UNSUPPORTED_PROTOCOL)
		return err_set(err, ERR_INPUT,
			       "the address must begin with https://; the administrator can allow "
			       "http:// with sources.plain_http in the configuration of crmd");
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		return err_set(err, ERR_INPUT,
			       "the server is not who it should be: its certificate or key does "
			       "not fit (%s)",
			       reason);
	if (code == CURLE_LOGIN_DENIED || code == CURLE_REMOTE_ACCESS_DENIED)
		return err_set(err, ERR_INPUT, "the server refused the user or the password");
	if (code == CURLE_REMOTE_FILE_NOT_FOUND)
		return err_set(err, ERR_INPUT, "the server has no such file");
	if (code != CURLE_OK)
		return err_set(err, ERR_IO, "the server cannot be read: %s", reason);
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	if (strcmp(t->fetch->reading->source->kind->name, "sftp") != 0 && status != HTTP_OK)
		return err_set(err, ERR_INPUT,
			       "the server answered %ld instead of 200; check the address, the "
			       "user and the password",
			       status);
	return true;
}

bool fetch_run(struct fetch *f, struct err *err)
{
	struct transfer t = {.fetch = f, .curl = curl_easy_init(), .key_fd = -1};
	bool ok;

	if (t.curl == NULL)
		return err_set(err, ERR_IO, "the service is out of memory");
	set_options(&t);
	ok = judge(&t, curl_easy_perform(t.curl), err);
	curl_easy_cleanup(t.curl);
	curl_slist_free_all(t.headers);
	if (t.key_fd >= 0)
		close(t.key_fd);
	return ok;
}
