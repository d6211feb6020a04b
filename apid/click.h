/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* click - who follows a short link: a person, or a program that looks ahead; by what a request says
 * of itself.  No store, and nothing of what is read is kept but the two numbers. */
#ifndef VESTNIK_APID_CLICK_H
#define VESTNIK_APID_CLICK_H

#include <stdbool.h>

/* click.agent */
enum click_agent { AGENT_UNKNOWN, AGENT_ANDROID, AGENT_IOS, AGENT_DESKTOP, AGENTS };

/* click.robot: why it is no person. */
enum click_robot {
	ROBOT_NONE,
	ROBOT_HEAD,	/* asked whether the link is there */
	ROBOT_KNOWN,	/* says what it is */
	ROBOT_PREFETCH, /* fetched in case a person follows it */
	ROBOT_TOO_SOON, /* within a second of the message's leaving */
	ROBOT_SILENT,	/* says nothing of itself */
	ROBOTS,
};

struct click_request {
	bool head, too_soon;
	const char *user_agent; /* NULL: absent, like those below */
	const char *purpose[4]; /* Purpose, Sec-Purpose, X-Purpose, X-Moz */
};

enum click_agent click_agent_of(const char *user_agent);
enum click_robot click_robot_of(const struct click_request *c);
/* "android"; "known". */
const char *click_agent_name(enum click_agent agent);
const char *click_robot_name(enum click_robot robot);

#endif
