/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smtp - see smtp.h. */
#include "schedulerd/smtp.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/daemon.h"
#include "common/base/mem.h"

#define CONNECT_MS	 10000L
#define LETTER_MS	 60000L /* the whole of it; servers look for spam meanwhile */
#define ANSWER_S	 30L	/* to each command */
#define PASSWORD_SIZE	 1024
#define ADDRESS_SIZE	 260
#define REFUSED_FIRST	 550
#define REFUSED_LAST	 559
#define OTHERS_MODE_BITS 007

struct smtp {
	CURL *curl;
	char from[ADDRESS_SIZE];
	char password[PASSWORD_SIZE];
	char why[CURL_ERROR_SIZE];
	const char *letter; /* being sent, and how far it is */
	size_t len, at;
};

/* --- what is set ---------------------------------------------------------------------------------
 */

static const char *host_of(const char *url)
{
	const char *host = strstr(url, "://");

	return host != NULL ? host + 3 : url;
}

bool smtp_is_loopback(const char *url)
{
	static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
	const char *host = host_of(url);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = strlen(names[i]);

		if (strncmp(host, names[i], len) == 0 &&
		    (host[len] == '\0' || host[len] == ':' || host[len] == '/'))
			return true;
	}
	return false;
}

bool smtp_address_fits(const char *address)
{
	const char *at = strchr(address, '@');

	if (at == NULL || at == address || at[1] == '\0' || strchr(at + 1, '@') != NULL ||
	    strlen(address) > 254)
		return false;
	for (const char *c = address; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~' || strchr("<>\"(),:;\\", *c) != NULL)
			return false;
	return true;
}

static bool is_smtp(const char *url)
{
	return strncmp(url, "smtp://", 7) == 0 || strncmp(url, "smtps://", 8) == 0;
}

static bool read_password(const char *path, char out[PASSWORD_SIZE], struct err *err)
{
	FILE *file = fopen(path, "re");
	struct stat st;
	bool ok;

	if (file == NULL)
		return err_set(err, ERR_IO, "mail.password_file: %s: %s", path, strerror(errno));
	ok = fstat(fileno(file), &st) == 0 && (st.st_mode & OTHERS_MODE_BITS) == 0;
	if (!ok)
		err_set(err, ERR_INPUT, "mail.password_file: %s: others may read it; chmod 640",
			path);
	else if (fgets(out, PASSWORD_SIZE, file) == NULL)
		ok = err_set(err, ERR_INPUT, "mail.password_file: %s: it is empty", path);
	(void)fclose(file);
	if (ok)
		out[strcspn(out, "\r\n")] = '\0';
	return ok;
}

static bool check(const struct smtp_settings *s, struct err *err)
{
	if (!is_smtp(s->url))
		return err_set(err, ERR_INPUT, "mail.smtp_url: begin with smtp:// or smtps://");
	if (strchr(host_of(s->url), '@') != NULL)
		return err_set(err, ERR_INPUT,
			       "mail.smtp_url: leave out who signs in; that is mail.user");
	if (!smtp_address_fits(s->from))
		return err_set(err, ERR_INPUT, "mail.from: an address such as vestnik@example.com");
	if ((s->user[0] == '\0') != (s->password_file[0] == '\0'))
		return err_set(err, ERR_INPUT, "mail.user and mail.password_file: both or none");
	return true;
}

/* --- callbacks of libcurl ------------------------------------------------------------------------
 */

static size_t on_read(char *to, size_t size, size_t count, void *arg)
{
	struct smtp *smtp = arg;
	size_t n = smtp->len - smtp->at;

	if (n > size * count)
		n = size * count;
	memcpy(to, smtp->letter + smtp->at, n);
	smtp->at += n;
	return n;
}

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)arg;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return daemon_stopping();
}

/* --- life ----------------------------------------------------------------------------------------
 */

static void set_up(struct smtp *smtp, const struct smtp_settings *s)
{
	CURL *curl = smtp->curl;

	curl_easy_setopt(curl, CURLOPT_URL, s->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_USE_SSL,
			 (long)(smtp_is_loopback(s->url) ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	if (s->ca_file[0] != '\0')
		curl_easy_setopt(curl, CURLOPT_CAINFO, s->ca_file);
	if (s->user[0] != '\0') {
		curl_easy_setopt(curl, CURLOPT_USERNAME, s->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, smtp->password);
	}
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, LETTER_MS);
	curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, ANSWER_S);
	/* A connection that is kept is closed where nothing can hurry it: with a server that does
	 * not answer QUIT the daemon would hang for two minutes after it was told to stop. */
	curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, smtp->why);
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, smtp->from);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(curl, CURLOPT_READDATA, smtp);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
}

bool smtp_open(const struct smtp_settings *settings, struct smtp **out, struct err *err)
{
	struct smtp *smtp;

	*out = NULL;
	if (!check(settings, err))
		return false;
	smtp = mem_calloc(1, sizeof(*smtp));
	if (settings->password_file[0] != '\0' &&
	    !read_password(settings->password_file, smtp->password, err)) {
		mem_free(smtp);
		return false;
	}
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (smtp->curl = curl_easy_init()) == NULL)
		panic("libcurl does not start");
	(void)snprintf(smtp->from, sizeof(smtp->from), "<%s>", settings->from);
	set_up(smtp, settings);
	*out = smtp;
	return true;
}

void smtp_close(struct smtp **smtp)
{
	if (*smtp == NULL)
		return;
	curl_easy_cleanup((*smtp)->curl);
	explicit_bzero((*smtp)->password, PASSWORD_SIZE);
	mem_free(*smtp);
	*smtp = NULL;
}

/* The server's text may name the receiver; only its number is told on. */
static enum smtp_outcome judge(struct smtp *smtp, CURLcode code, struct err *err)
{
	long status = 0;

	curl_easy_getinfo(smtp->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 400)
		err_set(err, ERR_REFUSED, "the mail server says %ld", status);
	else
		err_set(err, ERR_LOST, "the mail server: %s", curl_easy_strerror(code));
	return status >= REFUSED_FIRST && status <= REFUSED_LAST ? SMTP_REFUSED : SMTP_LATER;
}

enum smtp_outcome smtp_send(struct smtp *smtp, const char *to, const char *letter, size_t len,
			    struct err *err)
{
	struct curl_slist *receivers;
	char receiver[ADDRESS_SIZE];
	CURLcode code;

	if (!smtp_address_fits(to)) {
		err_set(err, ERR_INPUT, "the address cannot be written to");
		return SMTP_REFUSED;
	}
	(void)snprintf(receiver, sizeof(receiver), "<%s>", to);
	receivers = curl_slist_append(NULL, receiver);
	if (receivers == NULL)
		panic("out of memory");
	smtp->letter = letter;
	smtp->len = len;
	smtp->at = 0;
	curl_easy_setopt(smtp->curl, CURLOPT_MAIL_RCPT, receivers);
	code = curl_easy_perform(smtp->curl);
	curl_easy_setopt(smtp->curl, CURLOPT_MAIL_RCPT, NULL);
	curl_slist_free_all(receivers);
	return code == CURLE_OK ? SMTP_SENT : judge(smtp, code, err);
}
