/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* client_attribute - the types that an administrator gave to attributes of clients. */
#ifndef VESTNIK_MODEL_CLIENT_ATTRIBUTE_H
#define VESTNIK_MODEL_CLIENT_ATTRIBUTE_H

#include "common/model/client_value.h"
#include "common/store/pg.h"

#define CLIENT_ATTRIBUTES_MAX 256 /* of one source */
#define CLIENT_CHOICES_MAX    100

/* Of some names, in their order.  A name that is no attribute yet is a text. */
struct client_attribute_types {
	enum client_kind kind[CLIENT_ATTRIBUTES_MAX];
	struct client_choices choices[CLIENT_ATTRIBUTES_MAX];
	char **texts; /* owns the choices */
	size_t text_count;
};

/* The kind that client_attribute.type names. */
enum client_kind client_attribute_kind(const char *type);
/* False, and nothing stored, for what is no type of an attribute. */
bool client_attribute_kind_find(const char *type, enum client_kind *out);

/* Replaces what *out held (zeroed at first). */
bool client_attribute_types_load(struct pg *pg, const char *const *names, size_t count,
				 struct client_attribute_types *out, struct err *err);
/* Whether what both would take is the same, for `count` names. */
bool client_attribute_types_equal(const struct client_attribute_types *a,
				  const struct client_attribute_types *b, size_t count);
void client_attribute_types_free(struct client_attribute_types *types);

#endif
