/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* device - see device.h. */
#include "apid/device.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct word {
	const char *sign; /* stands in the header */
	const char *word;
};

/* Browsers name those they are made of, too: the particular before the general. */
static const struct word browsers[] = {
	{"YaBrowser/", "Yandex Browser"},
	{"Edg/", "Edge"},
	{"EdgA/", "Edge"},
	{"EdgiOS/", "Edge"},
	{"OPR/", "Opera"},
	{"Vivaldi/", "Vivaldi"},
	{"SamsungBrowser/", "Samsung Internet"},
	{"FxiOS/", "Firefox"},
	{"Firefox/", "Firefox"},
	{"CriOS/", "Chrome"},
	{"Chromium/", "Chromium"},
	{"Chrome/", "Chrome"},
	{"Safari/", "Safari"},
	{"curl/", "curl"},
	{"python-requests/", "Python"},
	{NULL, NULL},
};

static const struct word systems[] = {
	{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"},	  {"Windows", "Windows"},
	{"Mac OS X", "macOS"},	{"CrOS", "ChromeOS"}, {"Linux", "Linux"}, {NULL, NULL},
};

static const char *first(const struct word *words, const char *text)
{
	for (; words->sign != NULL; words++)
		if (strstr(text, words->sign) != NULL)
			return words->word;
	return "";
}

void device_words(const char *user_agent, char out[DEVICE_SIZE])
{
	const char *text = user_agent != NULL ? user_agent : "";
	const char *browser = first(browsers, text);
	const char *system = first(systems, text);

	(void)snprintf(out, DEVICE_SIZE, "%s%s%s", browser,
		       *browser != '\0' && *system != '\0' ? ", " : "", system);
}
