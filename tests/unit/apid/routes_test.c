/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The routes and their description say the same: every path and method stands in both, and so do
 * path parameters, query parameters, whether there is a body, and who may call.  And who has which
 * right. */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "apid/api.h"
#include "tests/unit/support/run.h"

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

/* Whether a list of security requirements names a scheme. */
static bool asks_for(yaml_node_t *list, const char *scheme)
{
	for (yaml_node_item_t *i = list->data.sequence.items.start;
	     i < list->data.sequence.items.top; i++)
		if (member(yaml_document_get_node(&document, *i), scheme) != NULL)
			return true;
	return false;
}

START_TEST(test_callers_agree)
{
	yaml_node_t *usual = member(yaml_document_get_root_node(&document), "security");

	for (size_t i = 0; i < api_route_count; i++) {
		const struct http_route *route = &api_routes[i];
		const struct operation *op = route->context;
		yaml_node_t *own = member(described(route), "security");
		yaml_node_t *security = own != NULL ? own : usual;

		ck_assert_msg(op != NULL && op->right != RIGHT_FORGOTTEN, "%s %s names no right",
			      route->method, route->pattern);
		ck_assert_str_eq(text(member(described(route), "x-right")),
				 op->right == RIGHT_OPEN ? "open" : right_name(op->right));
		ck_assert_msg(op->scope != SCOPE_FORGOTTEN && scope_name(op->scope) != NULL,
			      "%s %s names no scope", route->method, route->pattern);
		ck_assert_str_eq(text(member(described(route), "x-scope")), scope_name(op->scope));
		ck_assert_msg((op->scope == SCOPE_OPEN) == (op->right == RIGHT_OPEN) &&
				      (op->scope == SCOPE_SELF) == (op->right == RIGHT_PROFILE),
			      "%s %s: right and scope", route->method, route->pattern);
		ck_assert_msg(!scope_is_thing(op->scope) || strstr(route->pattern, "{id}") != NULL,
			      "%s %s: of which thing?", route->method, route->pattern);
		ck_assert_msg(asks_for(security, "token") ==
				      ((rights_of_token() >> op->right & 1) != 0),
			      "%s %s: tokens", route->method, route->pattern);
		ck_assert_msg(asks_for(security, "cookie") == (op->right != RIGHT_OPEN),
			      "%s %s: people", route->method, route->pattern);
	}
}
END_TEST

START_TEST(test_every_right_is_described)
{
	yaml_node_t *list =
		member(member(member(member(yaml_document_get_root_node(&document), "components"),
				     "schemas"),
			      "Right"),
		       "enum");
	yaml_node_item_t *item = list->data.sequence.items.start;

	for (int right = 0; right < RIGHTS; right++) {
		if (right_name(right) == NULL)
			continue;
		ck_assert_msg(item < list->data.sequence.items.top, "%s", right_name(right));
		ck_assert_str_eq(text(yaml_document_get_node(&document, *item++)),
				 right_name(right));
	}
	ck_assert(item == list->data.sequence.items.top);
}
END_TEST

START_TEST(test_who_may_what)
{
	const struct caller nobody = {0};
	const struct caller stranger = {.person_id = 1, .rights = rights_of_names("no.such")};
	const struct caller manager = {.person_id = 7, .rights = rights_of_names("*")};
	const struct caller program = {.token_id = 7, .rights = rights_of_token()};

	ck_assert_uint_eq(rights_of_names(""), 0);
	ck_assert_uint_eq(rights_of_names("clients.read  no.such clients clients.reads"),
			  UINT64_C(1) << RIGHT_CLIENTS_READ);
	ck_assert_uint_eq(rights_of_names("profile audit.read"),
			  UINT64_C(1) << RIGHT_PROFILE | UINT64_C(1) << RIGHT_AUDIT_READ);
	for (int right = RIGHT_PROFILE; right < RIGHTS; right++) {
		ck_assert(!caller_may(&nobody, right) && !caller_may(&stranger, right));
		ck_assert(caller_may(&manager, right));
		ck_assert(caller_may(&program, right) ==
			  (right != RIGHT_PROFILE && right != RIGHT_TOKENS_EDIT));
		ck_assert_int_eq(right_of_name(right_name(right)), right);
	}
	ck_assert_int_eq(right_of_name("*"), RIGHT_FORGOTTEN);
	ck_assert(caller_may(&nobody, RIGHT_OPEN));
	ck_assert(!caller_may(&manager, RIGHT_FORGOTTEN));
	ck_assert(!caller_may(&program, RIGHT_FORGOTTEN));
	ck_assert_int_eq(caller_number(&program), 7);
	ck_assert_int_eq(caller_number(&manager), -7);
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

	tcase_add_checked_fixture(tcase, load_description, unload_description);
	tcase_add_test(tcase, test_every_route_is_described);
	tcase_add_test(tcase, test_everything_described_is_a_route);
	tcase_add_test(tcase, test_parameters_agree);
	tcase_add_test(tcase, test_bodies_agree);
	tcase_add_test(tcase, test_callers_agree);
	tcase_add_test(tcase, test_every_right_is_described);
	tcase_add_test(tcase, test_who_may_what);
	tcase_add_test(tcase, test_every_reference_leads_somewhere);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
