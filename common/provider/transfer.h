/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* transfer - one request to a provider by libcurl, bounded in every way: where it may go, how long
 * it takes, how much may come back.
 *
 * Nothing is sent twice: libcurl would repeat a request by itself when a connection that was kept
 * dies under it, although the provider may have read it; here it may not.
 *
 * The caller runs the handle, alone (curl_easy_perform) or among others (curl_multi).  Threads: one
 * at a time. */
#ifndef VESTNIK_PROVIDER_TRANSFER_H
#define VESTNIK_PROVIDER_TRANSFER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/provider/reach.h"
#include "common/provider/request.h"

#define TRANSFER_REASON_SIZE 200

struct transfer_rules {
	const struct config_list *allow_hosts; /* may be at any address */
	const char *ca_file;		       /* "": the system's authorities */
	const char *agent;		       /* User-Agent */
	/* Asked right before anything is written; false: nothing is.  NULL: always. */
	bool (*may_write)(void *arg);
	void *arg;
};

enum transfer_end {
	TRANSFER_ANSWERED,  /* `status` and `body` are the provider's */
	TRANSFER_UNWRITTEN, /* the provider has seen nothing of it */
	TRANSFER_UNKNOWN,   /* it was written, in part perhaps, and not answered */
};

struct transfer {
	const struct transfer_rules *rules;
	CURL *easy;
	struct curl_slist *headers;
	struct provider_request request; /* the caller composes it before transfer_begin() */
	struct buf body;		 /* what came */
	size_t header_bytes;
	bool allowed;	/* the host is one of allow_hosts */
	bool begun;	/* writing was allowed once */
	bool repeated;	/* libcurl wanted to write it again; it was not allowed to */
	bool refused;	/* writing was not allowed */
	bool forbidden; /* the address was not public */
	bool too_large;
	char host[REACH_HOST_SIZE];
	char error[CURL_ERROR_SIZE];
	/* the end */
	int status;
	uint64_t took_us;
	char reason[TRANSFER_REASON_SIZE]; /* why it was not answered, for a person; no data */
};

/* Call once, before threads. */
void transfer_global_init(void);
void transfer_init(struct transfer *t, const struct transfer_rules *rules);
void transfer_deinit(struct transfer *t);
/* Prepare the handle for t->request.  `plain`: http:// is allowed, because the account named the
 * address. */
void transfer_begin(struct transfer *t, int method, bool plain, int64_t timeout_ms);
/* What became of it. */
enum transfer_end transfer_end(struct transfer *t, CURLcode code);

#endif
