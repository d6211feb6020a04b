/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* attribute - what the parts of changing an attribute of clients share. */
#ifndef VESTNIK_APID_ATTRIBUTE_H
#define VESTNIK_APID_ATTRIBUTE_H

#include "apid/api.h"
#include "common/model/client_attribute.h"

/* An attribute as a request wants it, or as it is. */
struct attribute {
	int32_t slot;
	const char *name;
	enum client_kind kind;
	const char *choice[CLIENT_CHOICES_MAX]; /* of one_of and many_of */
	size_t choice_count;
};

/* attribute_use.c: a text of a campaign that is not over, or the criteria of a list, reads it: then
 * the problem says which. */
bool attribute_refuse_used(struct request *r, const char *name, struct err *err);

/* attribute_values.c: bring what clients have in the slot to the form of what it becomes.  Values
 * that do not fit are taken away when `clear`; else the problem says how many they are. */
bool attribute_convert(struct request *r, const struct attribute *to, bool clear, struct err *err);
/* Take the values of a slot away from all clients. */
bool attribute_empty(struct request *r, int32_t slot, struct err *err);

#endif
