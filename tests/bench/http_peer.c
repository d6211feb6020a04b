/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_peer - an HTTP provider for the benchmark of httpgwd: keeps connections and answers each
 * request with an id of its own, so many milliseconds after it came.
 *
 *   http_peer MS      prints its port, then serves until it is killed
 *
 * One request of a connection at a time; all wait equally long, so those that wait are a queue. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/base/mem.h"

#define PEERS_MAX 4096
#define READ_MAX  16384

struct peer {
	size_t len;
	char data[READ_MAX];
};

static struct peer *peers[PEERS_MAX]; /* by descriptor */
static struct {
	int fd;
	long due_ms;
} waiting[PEERS_MAX];
static unsigned first, last;
static unsigned long answered;

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void answer(int fd)
{
	char body[64], text[256];
	int len = snprintf(body, sizeof(body), "{\"id\":\"b-%lu\"}", ++answered);
	int n = snprintf(text, sizeof(text),
			 "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
			 "Content-Length: %d\r\n\r\n%s",
			 len, body);

	if (write(fd, text, (size_t)n) != n)
		perror("write");
}

/* Whether a whole request is there. */
static int is_whole(struct peer *p)
{
	char *end, *length;

	p->data[p->len] = '\0';
	end = strstr(p->data, "\r\n\r\n");
	length = strcasestr(p->data, "\r\ncontent-length:");
	return end != NULL && (length == NULL || p->len >= (size_t)(end + 4 - p->data) +
								   strtoul(length + 17, NULL, 10));
}

static void on_data(int fd, long delay_ms)
{
	struct peer *p = peers[fd];
	ssize_t n = read(fd, p->data + p->len, READ_MAX - 1 - p->len);

	if (n <= 0) {
		close(fd);
		mem_free(p);
		peers[fd] = NULL;
		return;
	}
	p->len += (size_t)n;
	if (!is_whole(p))
		return;
	p->len = 0;
	waiting[last % PEERS_MAX].fd = fd;
	waiting[last++ % PEERS_MAX].due_ms = now_ms() + delay_ms;
}

static void on_connection(int epoll, int listener)
{
	int one = 1, fd = accept(listener, NULL, NULL);
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

	if (fd < 0 || fd >= PEERS_MAX)
		exit(1);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	peers[fd] = mem_calloc(1, sizeof(struct peer));
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
}

int main(int argc, char **argv)
{
	long delay_ms = argc > 1 ? strtol(argv[1], NULL, 10) : 50;
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int epoll = epoll_create1(0), listener = socket(AF_INET, SOCK_STREAM, 0);
	struct epoll_event e = {.events = EPOLLIN, .data.fd = listener}, events[256];

	if (bind(listener, (struct sockaddr *)&at, len) != 0 || listen(listener, 1024) != 0)
		return 1;
	getsockname(listener, (struct sockaddr *)&at, &len);
	printf("listening %d\n", ntohs(at.sin_port));
	fflush(stdout);
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e);
	for (;;) {
		long wait = first != last ? waiting[first % PEERS_MAX].due_ms - now_ms() : 1000;
		int n = epoll_wait(epoll, events, 256, wait > 0 ? (int)wait : 0);

		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				on_connection(epoll, listener);
			else
				on_data(events[i].data.fd, delay_ms);
		}
		while (first != last && waiting[first % PEERS_MAX].due_ms <= now_ms())
			answer(waiting[first++ % PEERS_MAX].fd);
	}
}
