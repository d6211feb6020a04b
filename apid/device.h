/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* device - what a person calls the machine they signed in from: "Firefox, Windows". */
#ifndef VESTNIK_APID_DEVICE_H
#define VESTNIK_APID_DEVICE_H

#define DEVICE_SIZE 61

/* Browser and system by the header User-Agent (NULL: absent), of words that stand here and never of
 * what the header says: it is a stranger's text.  "" when neither is known. */
void device_words(const char *user_agent, char out[DEVICE_SIZE]);

#endif
