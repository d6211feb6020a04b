/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* load - everything that is planned or running and the accounts that carry it, as fluid.h takes it.
 *
 *   load_read.c          what stands in the store
 *   campaign_forecast.c  GET /v1/campaigns/{id}/forecast
 *   load_calendar.c      GET /v1/load-calendar
 *
 * What is dispatched waits where it waits; the rest is shared out as the run's messages were so
 * far, of a campaign that has not begun as its estimate says, else by what the accounts can carry.
 */
#ifndef VESTNIK_APID_LOAD_H
#define VESTNIK_APID_LOAD_H

#include "apid/api.h"
#include "common/model/fluid.h"

#define LOAD_ACCOUNTS_MAX  256
#define LOAD_CAMPAIGNS_MAX 500
#define LOAD_STREAMS_MAX   4096
#define LOAD_SPANS_MAX	   1024
#define LOAD_HORIZON_US	   (62LL * 86400 * 1000000)

struct load_account {
	int16_t id;
	char name[33];
	bool up;
	double limit, measured; /* parts a second; 0: none, never measured */
};

struct load_campaign {
	int64_t id, run_id; /* run 0: it has not begun */
	int64_t department_id, list_id, start_us, audience;
	int64_t messages, parts, suppressed;			   /* of the run so far */
	int64_t estimate_id, clients, recipients, estimated_parts; /* of an estimate */
	int16_t account_id;					   /* that somebody chose */
	int16_t category;					   /* 0: nobody has said yet */
	int priority;
	bool snapshot, bound;
	bool ours;   /* in a department where the caller reads campaigns */
	double left; /* messages, at the beginning */
	char status[16];
	char name[201], department[201];
};

/* Hours that some of a campaign's clients have. */
struct load_span {
	size_t campaign;
	char *zones; /* text of the array; NULL: none bind them */
	int64_t deadline_us;
	struct fluid_interval *open; /* NULL: always */
	size_t count;
};

struct load {
	int64_t now_us;
	struct load_account account[LOAD_ACCOUNTS_MAX];
	struct load_campaign campaign[LOAD_CAMPAIGNS_MAX];
	struct load_span span[LOAD_SPANS_MAX];
	struct fluid_account pipe[LOAD_ACCOUNTS_MAX];
	struct fluid_campaign flow[LOAD_CAMPAIGNS_MAX];
	struct fluid_stream stream[LOAD_STREAMS_MAX];
	size_t span_count;
	struct fluid fluid; /* over pipe, flow and stream */
	bool cut_off;	    /* there is more than it holds */
};

/* Read it all, in a transaction.  `asked` (0: none) is among the campaigns whatever its status; of
 * one that has not begun its clients are counted as for a check.  A missing one is a filled 404. */
bool load_read(struct request *r, int64_t asked, struct load **out, struct err *err);
void load_free(struct load **load);
/* Read, let flow and write member `forecast` of the resource of an estimate. */
bool load_put_estimate(struct request *r, int64_t campaign_id, struct err *err);
/* Where it stands; LOAD_CAMPAIGNS_MAX: nowhere. */
size_t load_find(const struct load *load, int64_t campaign_id);

#endif
