/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The routes and their description say the same: every path and method stands in both, and so do
 * path parameters, query parameters and whether there is a body. */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "apid/api.h"

static yaml_document_t document;

static void load_description(void)
{
	FILE *file = fopen("apid/openapi.yaml", "r");
	yaml_parser_t parser;

	ck_assert_msg(file != NULL, "run from the top of the project");
	ck_assert(yaml_parser_initialize(&parser));
	yaml_parser_set_input_file(&parser, file);
	ck_assert_msg(yaml_parser_load(&parser, &document), "line %zu: %s",
		      parser.problem_mark.line + 1, parser.problem);
	yaml_parser_delete(&parser);
	fclose(file);
}

static void unload_description(void)
{
	yaml_document_delete(&document);
}

static yaml_node_t *member(yaml_node_t *node, const char *name)
{
	if (node == NULL || node->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
	     p++) {
		yaml_node_t *key = yaml_document_get_node(&document, p->key);

		if (strcmp((char *)key->data.scalar.value, name) == 0)
			return yaml_document_get_node(&document, p->value);
	}
	return NULL;
}

static const char *text(yaml_node_t *node)
{
	return node != NULL && node->type == YAML_SCALAR_NODE ? (char *)node->data.scalar.value
							      : "";
}

/* Follow "#/components/parameters/limit". */
static yaml_node_t *follow(yaml_node_t *node)
{
	yaml_node_t *at = yaml_document_get_root_node(&document);
	char path[200];
	char *save = NULL;

	if (member(node, "$ref") == NULL)
		return node;
	snprintf(path, sizeof(path), "%s", text(member(node, "$ref")));
	for (char *part = strtok_r(path + 2, "/", &save); part != NULL;
	     part = strtok_r(NULL, "/", &save))
		at = member(at, part);
	ck_assert_msg(at != NULL, "%s leads nowhere", text(member(node, "$ref")));
	return at;
}

static yaml_node_t *described(const struct http_route *route)
{
	yaml_node_t *paths = member(yaml_document_get_root_node(&document), "paths");
	char method[10] = "";

	for (size_t i = 0; route->method[i] != '\0'; i++)
		method[i] = (char)tolower(route->method[i]);
	return member(member(paths, route->pattern), method);
}

/* Whether a list of parameters has one of this name and place. */
static bool lists(yaml_node_t *list, const char *name, const char *place)
{
	if (list == NULL)
		return false;
	for (yaml_node_item_t *i = list->data.sequence.items.start;
	     i < list->data.sequence.items.top; i++) {
		yaml_node_t *p = follow(yaml_document_get_node(&document, *i));

		if (strcmp(text(member(p, "name")), name) == 0 &&
		    strcmp(text(member(p, "in")), place) == 0)
			return true;
	}
	return false;
}

static size_t count_in(yaml_node_t *list, const char *place)
{
	size_t count = 0;

	if (list == NULL)
		return 0;
	for (yaml_node_item_t *i = list->data.sequence.items.start;
	     i < list->data.sequence.items.top; i++)
		count += strcmp(text(member(follow(yaml_document_get_node(&document, *i)), "in")),
				place) == 0;
	return count;
}

START_TEST(test_every_route_is_described)
{
	for (size_t i = 0; i < api_route_count; i++) {
		const struct http_route *route = &api_routes[i];
		yaml_node_t *op = described(route);

		ck_assert_msg(op != NULL, "%s %s is not described", route->method, route->pattern);
		ck_assert_msg(text(member(op, "summary"))[0] != '\0' &&
				      text(member(op, "operationId"))[0] != '\0' &&
				      member(op, "responses") != NULL,
			      "%s %s has no summary, operationId or responses", route->method,
			      route->pattern);
	}
}
END_TEST

START_TEST(test_everything_described_is_a_route)
{
	yaml_node_t *paths = member(yaml_document_get_root_node(&document), "paths");
	static const char *const methods[] = {"get", "put", "post", "patch", "delete"};
	size_t count = 0;

	for (yaml_node_pair_t *p = paths->data.mapping.pairs.start;
	     p < paths->data.mapping.pairs.top; p++)
		for (size_t m = 0; m < 5; m++)
			count += member(yaml_document_get_node(&document, p->value), methods[m]) !=
				 NULL;
	ck_assert_uint_eq(count, api_route_count);
}
END_TEST

START_TEST(test_parameters_agree)
{
	yaml_node_t *paths = member(yaml_document_get_root_node(&document), "paths");

	for (size_t i = 0; i < api_route_count; i++) {
		const struct http_route *route = &api_routes[i];
		const struct operation *op = route->context;
		yaml_node_t *own = member(described(route), "parameters");
		yaml_node_t *shared = member(member(paths, route->pattern), "parameters");
		size_t known = 0;

		while (op != NULL && op->query != NULL && op->query[known] != NULL) {
			ck_assert_msg(lists(own, op->query[known], "query"),
				      "%s %s: parameter %s is not described", route->method,
				      route->pattern, op->query[known]);
			known++;
		}
		ck_assert_msg(count_in(own, "query") == known, "%s %s describes other parameters",
			      route->method, route->pattern);
		ck_assert_msg((strstr(route->pattern, "{id}") != NULL) ==
				      lists(shared, "id", "path"),
			      "%s: {id}", route->pattern);
	}
}
END_TEST

START_TEST(test_bodies_agree)
{
	for (size_t i = 0; i < api_route_count; i++) {
		const struct http_route *route = &api_routes[i];
		bool takes = route->body != HTTP_BODY_NONE;

		ck_assert_msg((member(described(route), "requestBody") != NULL) == takes,
			      "%s %s: requestBody", route->method, route->pattern);
	}
}
END_TEST

START_TEST(test_every_reference_leads_somewhere)
{
	for (yaml_node_t *n = document.nodes.start; n < document.nodes.top; n++)
		if (n->type == YAML_MAPPING_NODE)
			follow(n);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("routes");
	TCase *tcase = tcase_create("routes");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, load_description, unload_description);
	tcase_add_test(tcase, test_every_route_is_described);
	tcase_add_test(tcase, test_everything_described_is_a_route);
	tcase_add_test(tcase, test_parameters_agree);
	tcase_add_test(tcase, test_bodies_agree);
	tcase_add_test(tcase, test_every_reference_leads_somewhere);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
