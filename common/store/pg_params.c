/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Parameters in PostgreSQL's binary formats, one after the other in one reusable buffer. */
#include "common/store/pg_internal.h"

#include "common/base/mem.h"

enum { PARAMS_MAX_BYTES = 256 << 20 };

struct pg_params *pg_params_new(void)
{
	struct pg_params *p = mem_calloc(1, sizeof(*p));

	buf_init(&p->data, PARAMS_MAX_BYTES);
	return p;
}

void pg_params_free(struct pg_params **params)
{
	struct pg_params *p = *params;

	if (p == NULL)
		return;
	buf_deinit(&p->data);
	mem_free(p->types);
	mem_free(p->lengths);
	mem_free(p->formats);
	mem_free(p->offsets);
	mem_free(p->values);
	mem_free(p);
	*params = NULL;
}

void pg_params_reset(struct pg_params *p)
{
	buf_reset(&p->data);
	p->count = 0;
}

void pg_params_cut(struct pg_params *p, int count)
{
	if (count >= p->count)
		return;
	p->data.len = p->offsets[count];
	p->count = count;
}

static void grow(struct pg_params *p)
{
	size_t cap = p->cap > 0 ? (size_t)p->cap * 2 : 16;

	p->types = mem_realloc(p->types, cap, sizeof(*p->types));
	p->lengths = mem_realloc(p->lengths, cap, sizeof(*p->lengths));
	p->formats = mem_realloc(p->formats, cap, sizeof(*p->formats));
	p->offsets = mem_realloc(p->offsets, cap, sizeof(*p->offsets));
	p->values = mem_realloc(p->values, cap, sizeof(*p->values));
	p->cap = (int)cap;
}

/* The value's bytes are appended after this call; its end is taken by param_end(). */
static void param_begin(struct pg_params *p, Oid type)
{
	if (p->count == p->cap)
		grow(p);
	p->types[p->count] = type;
	p->formats[p->count] = 1;
	p->offsets[p->count] = p->data.len;
}

/* A zero byte follows every value, so that an empty one has an address too. */
static void param_end(struct pg_params *p)
{
	p->lengths[p->count] = (int)(p->data.len - p->offsets[p->count]);
	(void)buf_add_char(&p->data, '\0');
	p->count++;
}

static void param_null(struct pg_params *p, Oid type)
{
	param_begin(p, type);
	p->lengths[p->count++] = -1;
}

static void param_value(struct pg_params *p, Oid type, const void *data, size_t len)
{
	param_begin(p, type);
	(void)buf_add(&p->data, data, len);
	param_end(p);
}

void pg_param_null(struct pg_params *p)
{
	param_null(p, OID_ANY);
}

void pg_param_bool(struct pg_params *p, bool v)
{
	char byte = v ? 1 : 0;

	param_value(p, OID_BOOL, &byte, 1);
}

void pg_param_int16(struct pg_params *p, int16_t v)
{
	uint16_t wire = htobe16((uint16_t)v);

	param_value(p, OID_INT2, &wire, sizeof(wire));
}

void pg_param_int32(struct pg_params *p, int32_t v)
{
	uint32_t wire = htobe32((uint32_t)v);

	param_value(p, OID_INT4, &wire, sizeof(wire));
}

void pg_param_int64(struct pg_params *p, int64_t v)
{
	uint64_t wire = htobe64((uint64_t)v);

	param_value(p, OID_INT8, &wire, sizeof(wire));
}

void pg_param_text(struct pg_params *p, const char *s)
{
	if (s == NULL)
		param_null(p, OID_TEXT);
	else
		param_value(p, OID_TEXT, s, strlen(s));
}

void pg_param_text_len(struct pg_params *p, const char *s, size_t len)
{
	if (s == NULL)
		param_null(p, OID_TEXT);
	else
		param_value(p, OID_TEXT, s, len);
}

void pg_param_bytes(struct pg_params *p, const void *data, size_t len)
{
	if (data == NULL)
		param_null(p, OID_BYTEA);
	else
		param_value(p, OID_BYTEA, data, len);
}

void pg_param_time_us(struct pg_params *p, int64_t unix_us)
{
	uint64_t wire = htobe64((uint64_t)pg_time_to_wire(unix_us));

	param_value(p, OID_TIMESTAMPTZ, &wire, sizeof(wire));
}

/* --- arrays ------------------------------------------------------------------------------------
 */

static void array_begin(struct pg_params *p, Oid array, Oid element, size_t n, bool nulls)
{
	param_begin(p, array);
	(void)buf_add_be32(&p->data, n > 0 ? 1 : 0); /* dimensions */
	(void)buf_add_be32(&p->data, nulls ? 1 : 0);
	(void)buf_add_be32(&p->data, element);
	if (n > 0) {
		(void)buf_add_be32(&p->data, (uint32_t)n);
		(void)buf_add_be32(&p->data, 1); /* the first index */
	}
}

static void array_put(char *at, uint64_t v, int size)
{
	uint32_t len = htobe32((uint32_t)size);
	uint64_t wire = htobe64(v);

	memcpy(at, &len, sizeof(len));
	memcpy(at + sizeof(len), (const char *)&wire + (8 - size), (size_t)size);
}

void pg_param_int16_array(struct pg_params *p, const int16_t *v, size_t n)
{
	char *at;

	array_begin(p, OID_INT2_ARRAY, OID_INT2, n, false);
	at = buf_reserve(&p->data, n * 6);
	for (size_t i = 0; at != NULL && i < n; i++)
		array_put(at + i * 6, (uint64_t)v[i], 2);
	p->data.len += at != NULL ? n * 6 : 0;
	param_end(p);
}

void pg_param_int32_array(struct pg_params *p, const int32_t *v, size_t n)
{
	char *at;

	array_begin(p, OID_INT4_ARRAY, OID_INT4, n, false);
	at = buf_reserve(&p->data, n * 8);
	for (size_t i = 0; at != NULL && i < n; i++)
		array_put(at + i * 8, (uint64_t)v[i], 4);
	p->data.len += at != NULL ? n * 8 : 0;
	param_end(p);
}

void pg_param_int64_array(struct pg_params *p, const int64_t *v, size_t n)
{
	char *at;

	array_begin(p, OID_INT8_ARRAY, OID_INT8, n, false);
	at = buf_reserve(&p->data, n * 12);
	for (size_t i = 0; at != NULL && i < n; i++)
		array_put(at + i * 12, (uint64_t)v[i], 8);
	p->data.len += at != NULL ? n * 12 : 0;
	param_end(p);
}

void pg_param_time_us_array(struct pg_params *p, const int64_t *unix_us, size_t n)
{
	char *at;

	array_begin(p, OID_TIMESTAMPTZ_ARRAY, OID_TIMESTAMPTZ, n, false);
	at = buf_reserve(&p->data, n * 12);
	for (size_t i = 0; at != NULL && i < n; i++)
		array_put(at + i * 12, (uint64_t)pg_time_to_wire(unix_us[i]), 8);
	p->data.len += at != NULL ? n * 12 : 0;
	param_end(p);
}

void pg_param_text_array(struct pg_params *p, const char *const *v, size_t n)
{
	bool nulls = false;

	for (size_t i = 0; i < n; i++)
		nulls |= v[i] == NULL;
	array_begin(p, OID_TEXT_ARRAY, OID_TEXT, n, nulls);
	for (size_t i = 0; i < n; i++) {
		size_t len = v[i] != NULL ? strlen(v[i]) : 0;

		(void)buf_add_be32(&p->data, v[i] != NULL ? (uint32_t)len : UINT32_MAX);
		(void)buf_add(&p->data, v[i] != NULL ? v[i] : "", len);
	}
	param_end(p);
}
