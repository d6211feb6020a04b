/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* client_merge_test - rows of any columns become clients. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/model/client_merge.h"
#include "tests/unit/support/database.h"
#include "tests/unit/support/run.h"

static struct test_database db;
static struct client_row row;

static void setup(void)
{
	test_database_open(&db, "client_merge");
}

static void teardown(void)
{
	test_database_close(&db);
}

/* A value as a file writes it. */
static void set(int field, const char *text)
{
	struct err err = {0};

	ck_assert_msg(client_value_parse(client_fields[field].kind, NULL, text, strlen(text),
					 &row.room, &row.field[field], &err),
		      "%s: %s", text, err.msg);
	row.given |= CLIENT_BIT(field);
}

static void set_attribute(size_t i, const char *text)
{
	row.attribute[i] = (struct client_value){.text = text, .len = text ? strlen(text) : 0};
}

static void add(struct client_merge *m, int64_t line)
{
	client_merge_add(m, line, &row);
	memset(&row, 0, sizeof(row));
}

static void begin(struct client_merge *m)
{
	memset(&row, 0, sizeof(row));
	m->pg = db.pg;
	ck_ok(pg_begin(db.pg, err));
	ck_ok(client_merge_begin(m, err));
}

static void end(struct client_merge *m)
{
	ck_ok(client_merge_end(m, err));
	ck_ok(client_merge_store(m, err));
}

static void commit(struct client_merge *m)
{
	client_merge_deinit(m);
	ck_ok(pg_commit(db.pg, err));
}

#define NUMBER(sql) test_number(db.pg, sql)

START_TEST(test_every_column)
{
	static const char *const values[CLIENT_COLUMNS] = {
		[CLIENT_EXTERNAL_ID] = "A1",
		[CLIENT_LAST_NAME] = "Иванов",
		[CLIENT_FIRST_NAME] = "Иван",
		[CLIENT_MIDDLE_NAME] = "Иванович",
		[CLIENT_PHONE] = "89161234567",
		[CLIENT_SEX] = "муж",
		[CLIENT_BIRTHDAY] = "09.03.1985",
		[CLIENT_LANGUAGE] = "ru",
		[CLIENT_TIME_ZONE] = "МСК+2",
		[CLIENT_REGION] = "Тверская",
		[CLIENT_CITY] = "Тверь",
		[CLIENT_BRANCH] = "Центр",
		[CLIENT_MANAGER] = "Петрова",
		[CLIENT_STATUS] = "active",
		[CLIENT_SEGMENT] = "A",
		[CLIENT_LOYALTY_TIER] = "gold",
		[CLIENT_POINTS] = "1 200",
		[CLIENT_BALANCE] = "-0,05",
		[CLIENT_DEBT] = "1234567890,50",
		[CLIENT_CONTRACT_NUMBER] = "7/26",
		[CLIENT_CONTRACT_FROM] = "2026-01-01",
		[CLIENT_CONTRACT_TO] = "31.12.9999",
		[CLIENT_REGISTERED_ON] = "29.02.2000",
		[CLIENT_TAGS] = "vip, дача",
	};
	struct client_merge m = {.fields = CLIENT_BIT(CLIENT_COLUMNS) - 1};

	begin(&m);
	for (int f = 0; f < CLIENT_COLUMNS; f++)
		set(f, values[f]);
	add(&m, 2);
	set(CLIENT_EXTERNAL_ID, "A2");
	set(CLIENT_PHONE, "89161234568");
	add(&m, 3);
	end(&m);
	ck_assert_int_eq(m.made, 2);
	ck_assert_int_eq(m.changed, 0);
	commit(&m);
	ck_assert_int_eq(
		NUMBER("SELECT count(*) FROM client WHERE external_id = 'A1' AND last_name = "
		       "'Иванов' AND msisdn = 79161234567 AND sex = 1 AND birthday = '1985-03-09'"
		       " AND time_zone = 'Asia/Yekaterinburg' AND city = 'Тверь' AND points = 1200"
		       " AND balance = -0.05 AND debt = 1234567890.50"
		       " AND debt::text = '1234567890.50' AND contract_to = '9999-12-31'"
		       " AND registered_on = '2000-02-29' AND tags = '{vip,дача}'"),
		1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM client WHERE external_id = 'A2' AND"
				" num_nonnulls(last_name, sex, birthday, points, tags, attrs) = 0"),
			 1);
}
END_TEST

START_TEST(test_what_is_not_there_is_kept)
{
	static const char *const names[] = {"банк", "карта"};
	static const char *const other[] = {"карта"};
	struct client_merge m = {.fields = CLIENT_BIT(CLIENT_EXTERNAL_ID) |
					   CLIENT_BIT(CLIENT_PHONE) | CLIENT_BIT(CLIENT_CITY),
				 .attributes = names,
				 .attribute_count = 2};
	struct client_merge second = {.fields = CLIENT_BIT(CLIENT_EXTERNAL_ID) |
						CLIENT_BIT(CLIENT_POINTS),
				      .attributes = other,
				      .attribute_count = 1};

	begin(&m);
	for (int i = 0; i < 3; i++) {
		static const char *const codes[] = {"A1", "A2", "A3"};
		static const char *const phones[] = {"79160000001", "79160000002", "79160000003"};

		set(CLIENT_EXTERNAL_ID, codes[i]);
		set(CLIENT_PHONE, phones[i]);
		set(CLIENT_CITY, "Тверь");
		set_attribute(0, "X");
		set_attribute(1, "7");
		add(&m, i + 2);
	}
	end(&m);
	ck_assert_int_eq(m.made, 3);
	commit(&m);
	begin(&second);
	set(CLIENT_EXTERNAL_ID, "A1");
	set(CLIENT_POINTS, "5");
	set_attribute(0, "8");
	add(&second, 2);
	set(CLIENT_EXTERNAL_ID, "A2"); /* the later line counts */
	set(CLIENT_POINTS, "5");
	add(&second, 3);
	set(CLIENT_EXTERNAL_ID, "A2");
	set_attribute(0, "7");
	add(&second, 4);
	set(CLIENT_EXTERNAL_ID, "A9"); /* nobody knows it, and it has no phone */
	add(&second, 5);
	end(&second);
	ck_assert_int_eq(second.made, 0);
	ck_assert_int_eq(second.repeated, 1);
	ck_assert_int_eq(second.changed, 1);
	ck_assert_str_eq(client_merge_key(&second), "k.external_id = t.external_id");
	ck_assert_int_eq(NUMBER("SELECT t.line FROM client_row t WHERE NOT EXISTS (SELECT 1 FROM "
				"client k WHERE k.external_id = t.external_id)"),
			 5);
	commit(&second);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM client WHERE external_id = 'A1' AND"
				" msisdn = 79160000001 AND city = 'Тверь' AND points = 5"
				" AND attrs = '{X,8}'"),
			 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM client WHERE points IS NULL"
				" AND attrs = '{X,7}'"),
			 2);
}
END_TEST

START_TEST(test_each_row_says_what_it_has)
{
	static const char *const names[] = {"банк", "карта"};
	struct client_merge m = {.fields = CLIENT_BIT(CLIENT_EXTERNAL_ID) |
					   CLIENT_BIT(CLIENT_PHONE) | CLIENT_BIT(CLIENT_CITY) |
					   CLIENT_BIT(CLIENT_TAGS),
				 .by_row = true,
				 .attributes = names,
				 .attribute_count = 2};
	struct client_merge again = m;

	begin(&m);
	set(CLIENT_EXTERNAL_ID, "A1");
	set(CLIENT_PHONE, "79160000001");
	set(CLIENT_CITY, "Тверь");
	set(CLIENT_TAGS, "a,b");
	set_attribute(0, "X");
	add(&m, 1);
	set(CLIENT_EXTERNAL_ID, "A2");
	set(CLIENT_PHONE, "79160000002");
	set_attribute(1, "7");
	add(&m, 2);
	end(&m);
	ck_assert_int_eq(m.made, 2);
	commit(&m);
	begin(&again);
	set(CLIENT_EXTERNAL_ID, "A1"); /* takes the city away, knows nothing of the tags */
	row.given |= CLIENT_BIT(CLIENT_CITY);
	set_attribute(0, "");
	set_attribute(1, "9");
	add(&again, 1);
	set(CLIENT_EXTERNAL_ID, "A2");
	set(CLIENT_CITY, "Псков");
	add(&again, 2);
	end(&again);
	ck_assert_int_eq(again.changed, 2);
	commit(&again);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM client WHERE external_id = 'A1' AND"
				" msisdn = 79160000001 AND city IS NULL AND tags = '{a,b}'"
				" AND attrs = '{NULL,9}'"),
			 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM client WHERE external_id = 'A2' AND"
				" city = 'Псков' AND attrs = '{NULL,7}'"),
			 1);
}
END_TEST

START_TEST(test_by_phone_and_on_a_list)
{
	struct client_merge m = {.fields = CLIENT_BIT(CLIENT_PHONE)};
	struct client_merge again = m;
	const struct client_refusal why = {"Телефон", "a mobile phone number", "x;y", 3};

	ck_ok(pg_exec(db.pg, "INSERT INTO list (name) VALUES ('L')", err));
	begin(&m);
	set(CLIENT_PHONE, "79160000001");
	add(&m, 2);
	client_merge_refuse(&m, 3, &why);
	set(CLIENT_PHONE, "79160000002");
	add(&m, 4);
	ck_ok(client_merge_flush(&m, err));
	set(CLIENT_PHONE, "79160000001");
	add(&m, 5);
	end(&m);
	ck_assert_int_eq(m.made, 2);
	ck_assert_int_eq(m.repeated, 1);
	ck_ok(client_merge_list(&m, 1, err));
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM client_row WHERE bad_field = 'Телефон'"), 1);
	commit(&m);
	begin(&again);
	set(CLIENT_PHONE, "79160000001");
	add(&again, 2);
	end(&again);
	ck_assert_int_eq(again.made, 0);
	ck_assert_int_eq(again.changed, 0);
	ck_ok(client_merge_list(&again, 1, err));
	commit(&again);
	ck_assert_int_eq(NUMBER("SELECT size FROM list"), 2);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM list_member"), 2);
}
END_TEST

START_TEST(test_attributes_have_an_end)
{
	static const char *const names[] = {"одним_больше"};
	struct client_merge m = {
		.fields = CLIENT_BIT(CLIENT_PHONE), .attributes = names, .attribute_count = 1};
	struct err full = {0};

	ck_ok(pg_exec(db.pg,
		      "INSERT INTO client_attribute (slot, name) SELECT s, 'a' || s FROM "
		      "generate_series(1, 500) s",
		      err));
	begin(&m);
	ck_ok(client_merge_end(&m, err));
	ck_assert(!client_merge_store(&m, &full));
	ck_assert_int_eq(full.kind, ERR_LIMIT);
	ck_assert_int_eq(m.attributes_total, 501);
	pg_rollback(db.pg);
	client_merge_deinit(&m);
	/* A slot that is free is taken, and others stay where they are. */
	ck_ok(pg_exec(db.pg, "DELETE FROM client_attribute WHERE slot = 250", err));
	m = (struct client_merge){
		.fields = CLIENT_BIT(CLIENT_PHONE), .attributes = names, .attribute_count = 1};
	begin(&m);
	set(CLIENT_PHONE, "79160000001");
	set_attribute(0, "x");
	add(&m, 2);
	end(&m);
	commit(&m);
	ck_assert_int_eq(NUMBER("SELECT slot FROM client_attribute WHERE name = 'одним_больше'"),
			 250);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM client WHERE attrs[250] = 'x' AND"
				" cardinality(attrs) = 250"),
			 1);
}
END_TEST

/* A source that says another number corrects it; one that a person chose among known ones stays. */
START_TEST(test_phones)
{
	const uint32_t fields = CLIENT_BIT(CLIENT_EXTERNAL_ID) | CLIENT_BIT(CLIENT_PHONE);
	struct client_merge m = {.fields = fields | CLIENT_BIT(CLIENT_PHONE_2)};
	struct client_merge again = {.fields = fields, .source = "crm"};

	begin(&m);
	set(CLIENT_EXTERNAL_ID, "A1");
	set(CLIENT_PHONE, "79160000001");
	set(CLIENT_PHONE_2, "79160000011");
	add(&m, 2);
	set(CLIENT_EXTERNAL_ID, "A2");
	set(CLIENT_PHONE, "79160000002");
	set(CLIENT_PHONE_2, "79160000012");
	add(&m, 3);
	set(CLIENT_EXTERNAL_ID, "A3");
	set(CLIENT_PHONE, "79160000003");
	add(&m, 4);
	end(&m);
	commit(&m);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM client_phone WHERE source = 'import'"), 4);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM client_phone_change"), 0);
	ck_ok(pg_exec(db.pg,
		      "UPDATE client SET msisdn = 79160000012 WHERE external_id = 'A2';"
		      "UPDATE client_phone SET held = true WHERE msisdn = 79160000012",
		      err));
	begin(&again);
	set(CLIENT_EXTERNAL_ID, "A1");
	set(CLIENT_PHONE, "79160000021");
	add(&again, 1);
	set(CLIENT_EXTERNAL_ID, "A2");
	set(CLIENT_PHONE, "79160000002");
	add(&again, 2);
	set(CLIENT_EXTERNAL_ID, "A3");
	set(CLIENT_PHONE, "79160000023");
	add(&again, 3);
	end(&again);
	ck_assert_int_eq(again.changed, 2);
	commit(&again);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM client WHERE (external_id, msisdn) IN"
				" (('A1', 79160000021), ('A2', 79160000012), ('A3', 79160000023))"),
			 3);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM client_phone_change WHERE reason = "
				"'corrected' AND source = 'crm' AND (old_msisdn, new_msisdn) IN"
				" ((79160000001, 79160000021), (79160000003, 79160000023))"),
			 2);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM client_phone WHERE msisdn = 79160000001"
				" AND valid_to < current_date"),
			 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM client_phone WHERE msisdn = 79160000021"
				" AND valid_to IS NULL"),
			 1);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("client_merge");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_every_column);
	tcase_add_test(tests, test_what_is_not_there_is_kept);
	tcase_add_test(tests, test_each_row_says_what_it_has);
	tcase_add_test(tests, test_by_phone_and_on_a_list);
	tcase_add_test(tests, test_attributes_have_an_end);
	tcase_add_test(tests, test_phones);
	return case_run("client_merge", tests);
}
