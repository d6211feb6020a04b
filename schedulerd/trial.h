/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* trial - what becomes of a campaign whose first messages are a trial. */
#ifndef VESTNIK_SCHEDULERD_TRIAL_H
#define VESTNIK_SCHEDULERD_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

struct trial {
	bool waiting;	/* all of it is dispatched; else it is being sent */
	bool undone;	/* some of its chunks are not dispatched yet */
	bool late;	/* the run's deadline is over */
	int64_t wait_s; /* how long it has waited */
	int64_t size;	/* clients */
	int64_t messages, failed, stops;
	int64_t wait_min;	/* 0: until a person says so */
	int64_t fail_per_mille; /* more than that stops it; 0: no limit */
	int64_t stop_per_mille;
};

enum trial_verdict {
	TRIAL_KEEP,    /* nothing changes */
	TRIAL_WAIT,    /* its last message was dispatched */
	TRIAL_GO_ON,   /* the others go */
	TRIAL_FAILED,  /* too many messages failed */
	TRIAL_STOPPED, /* too many clients said stop */
};

/* While it is being sent a share is one of the whole trial, so that the first failure is not all of
 * it; a limit that is passed then will not be kept any more. */
enum trial_verdict trial_judge(const struct trial *t);

#endif
