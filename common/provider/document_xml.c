/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* document_xml - see document_xml.h.  A document type is refused: only entities that blow up or
 * fetch something need one. */
#include "common/provider/document_xml.h"

#include <cjson/cJSON.h>
#include <expat.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/provider/document.h"

#define DEPTH_MAX    16
#define ELEMENTS_MAX 10000

struct element {
	cJSON *object; /* its attributes and children */
	struct buf text;
};

struct reading {
	XML_Parser parser;
	cJSON *root;
	struct element open[DEPTH_MAX];
	size_t depth;
	size_t elements;
	bool refused;
};

static void refuse(struct reading *r)
{
	r->refused = true;
	XML_StopParser(r->parser, XML_FALSE);
}

static const char *local_name(const char *name)
{
	const char *bar = strrchr(name, '|');

	return bar != NULL ? bar + 1 : name;
}

static void on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct reading *r = arg;
	struct element *e;

	(void)name;
	if (r->depth == DEPTH_MAX || ++r->elements > ELEMENTS_MAX) {
		refuse(r);
		return;
	}
	e = &r->open[r->depth++];
	e->object = cJSON_CreateObject();
	buf_init(&e->text, DOCUMENT_BYTES_MAX);
	for (size_t i = 0; attributes[i] != NULL; i += 2) {
		struct buf key;

		buf_init(&key, DOCUMENT_BYTES_MAX);
		buf_printf(&key, "@%s", local_name(attributes[i]));
		cJSON_AddStringToObject(e->object, buf_str(&key), attributes[i + 1]);
		buf_deinit(&key);
	}
}

static void on_text(void *arg, const XML_Char *text, int len)
{
	struct reading *r = arg;

	if (r->depth > 0)
		buf_add(&r->open[r->depth - 1].text, text, (size_t)len);
}

/* Space around a text is how the file was laid out. */
static void trim(struct buf *text)
{
	static const char space[] = " \t\r\n";

	while (text->len > 0 && strchr(space, text->data[text->len - 1]) != NULL)
		text->len--;
	buf_consume(text, strspn(buf_str(text), space));
}

/* An element with nothing but text is that text. */
static cJSON *close_element(struct element *e)
{
	cJSON *value = e->object;

	trim(&e->text);
	if (value->child == NULL) {
		cJSON_Delete(value);
		value = cJSON_CreateString(buf_str(&e->text));
	} else if (e->text.len > 0) {
		cJSON_AddStringToObject(value, "#text", buf_str(&e->text));
	}
	buf_deinit(&e->text);
	return value;
}

/* Several children of one name are an array. */
static void add_child(cJSON *parent, const char *name, cJSON *child)
{
	cJSON *there = cJSON_GetObjectItemCaseSensitive(parent, name);
	cJSON *list;

	if (there == NULL) {
		cJSON_AddItemToObject(parent, name, child);
		return;
	}
	if (!cJSON_IsArray(there)) {
		list = cJSON_CreateArray();
		cJSON_AddItemToArray(list, cJSON_DetachItemViaPointer(parent, there));
		cJSON_AddItemToObject(parent, name, list);
		there = list;
	}
	cJSON_AddItemToArray(there, child);
}

static void on_end(void *arg, const XML_Char *name)
{
	struct reading *r = arg;
	cJSON *value = close_element(&r->open[--r->depth]);

	add_child(r->depth > 0 ? r->open[r->depth - 1].object : r->root, local_name(name), value);
}

static void on_doctype(void *arg, const XML_Char *name, const XML_Char *system_id,
		       const XML_Char *public_id, int internal)
{
	(void)name, (void)system_id, (void)public_id, (void)internal;
	refuse(arg);
}

bool document_xml_parse(const char *text, size_t len, struct cJSON **out, struct err *err)
{
	struct reading r = {.parser = XML_ParserCreateNS(NULL, '|')};
	bool ok;

	if (r.parser == NULL)
		return err_set(err, ERR_IO, "the service is out of memory");
	r.root = cJSON_CreateObject();
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
	ok = XML_Parse(r.parser, text, (int)len, XML_TRUE) == XML_STATUS_OK && !r.refused;
	if (!ok)
		err_set(err, ERR_INPUT, "line %lu: %s", XML_GetCurrentLineNumber(r.parser),
			r.refused ? "a document type, or too many or too deep elements"
				  : XML_ErrorString(XML_GetErrorCode(r.parser)));
	while (r.depth > 0)
		cJSON_Delete(close_element(&r.open[--r.depth]));
	XML_ParserFree(r.parser);
	*out = r.root;
	return ok;
}
