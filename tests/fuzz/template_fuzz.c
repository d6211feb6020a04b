/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* template_fuzz - any text compiles or is refused with a sentence; what compiles renders, and the
 * result can be normalised, spelled, split and encoded. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/sms/parts.h"
#include "common/sms/spelling.h"
#include "common/sms/template.h"
#include "common/text/utf8.h"

static void split_and_encode(const struct buf *text)
{
	struct sms_parts parts;
	struct err err = {0};
	uint8_t octets[320];
	size_t at = 0;

	if (!sms_split(buf_str(text), text->len, SMS_SPLIT_UDH16, SMS_PARTS_MAX, &parts, &err))
		return;
	for (size_t i = 0; i < parts.count; i++) {
		size_t len = sms_encode(buf_str(text) + parts.part[i].offset, parts.part[i].len,
					parts.encoding, octets, sizeof(octets));

		if (parts.part[i].offset != at ||
		    len != parts.part[i].units * (parts.encoding == SMS_GSM7 ? 1u : 2u))
			abort();
		at += parts.part[i].len;
	}
	if (at != text->len)
		abort();
}

static uint16_t parts_of(const struct buf *text)
{
	struct sms_parts parts;
	struct err err;

	return sms_split(buf_str(text), text->len, SMS_SPLIT_UDH8, SMS_PARTS_MAX, &parts, &err)
		       ? parts.count
		       : SMS_PARTS_MAX + 1;
}

/* No spelling makes a text dearer, or anything but text. */
static void spell(const struct buf *written)
{
	struct buf text;

	buf_init(&text, 65536);
	for (int i = 0; i <= SPELLING_LAST; i++) {
		buf_reset(&text);
		buf_add(&text, written->data, written->len);
		spelling_apply((enum sms_spelling)i, &text);
		if (utf8_valid(buf_str(&text), text.len) < text.len ||
		    parts_of(&text) > parts_of(written))
			abort();
		split_and_encode(&text);
	}
	buf_deinit(&text);
}

/* Numbers, dates and names, so that filters and conditions have something to read; none at times.
 */
static struct template_value value_of(const char *name, size_t i)
{
	const char *const texts[] = {NULL, name, "-1234567,895", "2024-02-29T23:59",
				     "{x} анна-мария"};
	const char *text = texts[i % (sizeof(texts) / sizeof(texts[0]))];

	return (struct template_value){text, text == NULL ? 0 : strlen(text)};
}

/* Whatever stands in values and text, an address is letters of ASCII that are seen. */
static void check_target(const struct template *t, size_t i, const struct template_value *values)
{
	struct buf out;
	int missing;

	buf_init(&out, 65536);
	if (template_link_target(t, i, values, &out, &missing) &&
	    strncmp(buf_str(&out), "http", 4) != 0)
		abort();
	for (size_t k = 0; k < out.len; k++)
		if (out.data[k] <= ' ' || out.data[k] == 0x7f)
			abort();
	buf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct template_given given = {.link = {{"go.example/l/Ab7xKq2mZr", 23}},
				       .promo = {"SALE", 4}};
	struct template_value values[TEMPLATE_FIELDS_MAX];
	struct template *t = NULL;
	struct err err = {0};
	struct buf out;
	int missing;

	if (!template_compile((const char *)data, len, &t, &err)) {
		if (err.msg[0] == '\0' || t != NULL)
			abort();
		return 0;
	}
	for (size_t i = 0; i < template_field_count(t); i++)
		values[i] = value_of(template_field_name(t, i), i);
	buf_init(&out, 16384);
	if (template_render(t, values, &given, &out, &missing)) {
		if (utf8_valid(buf_str(&out), out.len) < out.len)
			abort();
		if (out.len > 0)
			out.len = sms_normalise(out.data, out.len, out.data);
		split_and_encode(&out);
		spell(&out);
	}
	for (size_t i = 0; i < template_link_count(t); i++)
		check_target(t, i, values);
	buf_deinit(&out);
	template_free(&t);
	return 0;
}
