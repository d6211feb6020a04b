/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* click - see click.h. */
#include "apid/click.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Parts of the names of programs that fetch links for previews, search, safety or by hand. */
static const char *const robots[] = {
	"bot",	       "crawl",	    "spider",	  "slurp",  "preview",	"facebookexternalhit",
	"whatsapp/",   "vkshare",   "skypeuri",	  "curl/",  "wget/",	"python",
	"go-http",     "java/",	    "libwww",	  "axios/", "headless", "httpclient",
	"node-fetch",  "okhttp/",   "lighthouse", "scan",   "monitor",	"google-safety",
	"googleimage", "mediapart", "urlcheck",	  "fetch",
};

static const char *const agents[] = {
	[AGENT_UNKNOWN] = "unknown",
	[AGENT_ANDROID] = "android",
	[AGENT_IOS] = "ios",
	[AGENT_DESKTOP] = "desktop",
};

static const char *const reasons[] = {
	[ROBOT_NONE] = "none",	       [ROBOT_HEAD] = "head",	      [ROBOT_KNOWN] = "known",
	[ROBOT_PREFETCH] = "prefetch", [ROBOT_TOO_SOON] = "too_soon", [ROBOT_SILENT] = "silent",
};

static bool has(const char *text, const char *word)
{
	return strcasestr(text, word) != NULL;
}

enum click_agent click_agent_of(const char *user_agent)
{
	if (user_agent == NULL)
		return AGENT_UNKNOWN;
	if (has(user_agent, "android"))
		return AGENT_ANDROID;
	if (has(user_agent, "iphone") || has(user_agent, "ipad") || has(user_agent, "ipod"))
		return AGENT_IOS;
	if (has(user_agent, "windows") || has(user_agent, "macintosh") || has(user_agent, "linux"))
		return AGENT_DESKTOP;
	return AGENT_UNKNOWN;
}

static bool is_known_robot(const char *user_agent)
{
	for (size_t i = 0; i < sizeof(robots) / sizeof(robots[0]); i++) {
		const char *at = strcasestr(user_agent, robots[i]);

		/* CUBOT makes telephones. */
		if (at != NULL && !(at >= user_agent + 2 && strncasecmp(at - 2, "cubot", 5) == 0))
			return true;
	}
	return false;
}

static bool is_prefetch(const struct click_request *c)
{
	for (size_t i = 0; i < sizeof(c->purpose) / sizeof(c->purpose[0]); i++)
		if (c->purpose[i] != NULL &&
		    (has(c->purpose[i], "prefetch") || has(c->purpose[i], "preview") ||
		     has(c->purpose[i], "prerender")))
			return true;
	return false;
}

enum click_robot click_robot_of(const struct click_request *c)
{
	if (c->head)
		return ROBOT_HEAD;
	if (c->user_agent == NULL || c->user_agent[0] == '\0')
		return ROBOT_SILENT;
	if (is_known_robot(c->user_agent))
		return ROBOT_KNOWN;
	if (is_prefetch(c))
		return ROBOT_PREFETCH;
	return c->too_soon ? ROBOT_TOO_SOON : ROBOT_NONE;
}

const char *click_agent_name(enum click_agent agent)
{
	return agents[agent];
}

const char *click_robot_name(enum click_robot robot)
{
	return reasons[robot];
}
