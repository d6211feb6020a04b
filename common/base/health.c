/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* health - see health.h.  The HTTP is libmicrohttpd's, which bounds memory, connections and time.
 */
#include "common/base/health.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/metrics.h"

#define METRICS_BYTES_MAX    (4 * 1024 * 1024)
#define CONNECTION_BYTES_MAX (16 * 1024)
#define CONNECTIONS_MAX	     64
#define CONNECTION_TIMEOUT_S 10
#define BACKLOG		     64
#define CHECK_TEXT_BYTES_MAX 256
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define PLAIN_CONTENT_TYPE   "text/plain; charset=utf-8"

struct health {
	struct MHD_Daemon *http;
	const struct health_checks *checks;
};

/* --- address -------------------------------------------------------------------------------- */

/* Split at the last colon and take the brackets off an IPv6 address. */
static bool split(const char *listen_on, char *host, size_t host_size, const char **port_out)
{
	const char *colon = strrchr(listen_on, ':');
	size_t len;

	if (colon == NULL || colon[1] == '\0')
		return false;
	len = (size_t)(colon - listen_on);
	if (len >= 2 && listen_on[0] == '[' && listen_on[len - 1] == ']') {
		listen_on++;
		len -= 2;
	}
	if (len == 0 || len >= host_size)
		return false;
	memcpy(host, listen_on, len);
	host[len] = '\0';
	*port_out = colon + 1;
	return true;
}

static bool resolve(const char *listen_on, struct addrinfo **address_out, struct err *err)
{
	static const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
					      .ai_socktype = SOCK_STREAM};
	char host[64];
	const char *port;

	if (!split(listen_on, host, sizeof(host), &port) ||
	    getaddrinfo(host, port, &hints, address_out) != 0)
		return err_set(
			err, ERR_INPUT,
			"found \"%.60s\"; expected ADDRESS:PORT with a numeric address, such "
			"as 127.0.0.1:9101 or [::1]:9101",
			listen_on);
	return true;
}

bool health_check_listen(const char *listen_on, struct err *err)
{
	struct addrinfo *address;

	if (!resolve(listen_on, &address, err))
		return false;
	freeaddrinfo(address);
	return true;
}

static uint16_t bound_port(int fd)
{
	struct sockaddr_storage name = {0};
	socklen_t len = sizeof(name);

	getsockname(fd, (struct sockaddr *)&name, &len);
	return ntohs(name.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&name)->sin6_port
						: ((struct sockaddr_in *)&name)->sin_port);
}

/* Listening here rather than in the library gives the reason when it fails. */
static bool open_socket(const char *listen_on, int *fd_out, struct err *err)
{
	static const int on = 1;
	struct addrinfo *address;
	int fd;

	if (!resolve(listen_on, &address, err))
		return false;
	fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, address->ai_addr, address->ai_addrlen) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		err_set(err, ERR_IO, "%s: %s", listen_on, strerror(errno));
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(address);
	*fd_out = fd;
	return fd >= 0;
}

/* --- answers -------------------------------------------------------------------------------- */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned int status,
			      const char *type, const char *text)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result queued;

	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, MHD_HTTP_METHOD_GET);
	queued = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return queued;
}

static enum MHD_Result answer_metrics(struct MHD_Connection *connection)
{
	enum MHD_Result queued;
	struct buf text;

	buf_init(&text, METRICS_BYTES_MAX);
	metrics_render(&text);
	if (text.overflow)
		queued = answer(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, PLAIN_CONTENT_TYPE,
				"metrics are longer than 4 MiB\n");
	else
		queued = answer(connection, MHD_HTTP_OK, METRICS_CONTENT_TYPE, buf_str(&text));
	buf_deinit(&text);
	return queued;
}

static enum MHD_Result answer_check(struct MHD_Connection *connection,
				    bool (*check)(char *text_out, size_t size))
{
	char text[CHECK_TEXT_BYTES_MAX] = "";
	bool good = check(text, sizeof(text));

	return answer(connection, good ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE,
		      PLAIN_CONTENT_TYPE, text);
}

/* The library calls first when the head is read, and once more after the body: a GET is answered at
 * the second call, so that the connection can be kept; anything else at once, its body unread. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload_data,
				  size_t *upload_data_size, void **request)
{
	static int seen;
	const struct health *health = arg;

	(void)version;
	(void)upload_data;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
		return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, PLAIN_CONTENT_TYPE,
			      "only GET is served here\n");
	if (*request == NULL) {
		*request = &seen;
		return MHD_YES;
	}
	if (*upload_data_size > 0) {
		*upload_data_size = 0;
		return MHD_YES;
	}
	if (strcmp(url, "/metrics") == 0)
		return answer_metrics(connection);
	if (strcmp(url, "/healthz") == 0)
		return answer_check(connection, health->checks->healthy);
	if (strcmp(url, "/readyz") == 0)
		return answer_check(connection, health->checks->ready);
	return answer(connection, MHD_HTTP_NOT_FOUND, PLAIN_CONTENT_TYPE,
		      "here are /metrics, /healthz and /readyz\n");
}

/* --- life ----------------------------------------------------------------------------------- */

bool health_start(const char *listen_on, const struct health_checks *checks,
		  struct health **health_out, uint16_t *port_out, struct err *err)
{
	struct health *health;
	uint16_t port;
	int fd;

	if (!open_socket(listen_on, &fd, err))
		return false;
	port = bound_port(fd);
	health = mem_calloc(1, sizeof(*health));
	health->checks = checks;
	health->http =
		MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, on_request, health,
				 MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
				 (unsigned int)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				 (size_t)CONNECTION_BYTES_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
				 (unsigned int)CONNECTION_TIMEOUT_S, MHD_OPTION_END);
	if (health->http == NULL) {
		close(fd);
		mem_free(health);
		return err_set(err, ERR_IO, "%s: the HTTP server did not start: %s", listen_on,
			       strerror(errno));
	}
	*health_out = health;
	*port_out = port;
	return true;
}

void health_stop(struct health **health)
{
	if (*health == NULL)
		return;
	MHD_stop_daemon((*health)->http);
	mem_free(*health);
	*health = NULL;
}
