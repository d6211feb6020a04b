/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* client_field - the columns of a client: the one table of them.
 *
 * Imports, the exchange with other systems, texts and the API all take from it what there is, what
 * it is called and what kind of value it holds.  A criterion of the same code reads the same
 * column. Nothing here allocates; any thread may call. */
#ifndef VESTNIK_MODEL_CLIENT_FIELD_H
#define VESTNIK_MODEL_CLIENT_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a value is; client_value.h says how it is written. */
enum client_kind {
	CLIENT_KIND_TEXT,
	CLIENT_KIND_PHONE,
	CLIENT_KIND_SEX,
	CLIENT_KIND_DATE,
	CLIENT_KIND_NUMBER,
	CLIENT_KIND_LANGUAGE,
	CLIENT_KIND_ZONE,
	CLIENT_KIND_TAGS,
	/* of attributes only */
	CLIENT_KIND_YES_NO,
	CLIENT_KIND_ONE_OF,
	CLIENT_KIND_MANY_OF,
	CLIENT_KINDS,
};

/* A line a column: its number, name in C, code (which texts, criteria and the API call it),
 * Russian name (which texts may call it as well), kind, column of the table, what a text shows of
 * client `k`, and further headers of files it is recognised by (as client_name_normalise() writes
 * them).  The first four stand in nearly every text, so that they are read without ado.  The last
 * are further phones, which are rows of client_phone and no columns. */
#define CLIENT_FIELD_TABLE(F)                                                                                             \
	F(0, EXTERNAL_ID, "external_id", "код", TEXT, "external_id", "NULL",                                              \
	  "id client_id customer_id код_клиента ид ид_клиента id_клиента внешний_код")                                    \
	F(1, LAST_NAME, "last_name", "фамилия", TEXT, "last_name", "NULL", "lastname surname")                            \
	F(2, FIRST_NAME, "first_name", "имя", TEXT, "first_name", "NULL", "firstname")                                    \
	F(3, MIDDLE_NAME, "middle_name", "отчество", TEXT, "middle_name", "NULL",                                         \
	  "middlename patronymic")                                                                                        \
	F(4, PHONE, "phone", "телефон", PHONE, "msisdn", "NULL",                                                          \
	  "phone_number mobile mobile_phone msisdn tel тел номер номер_телефона мобильный " \
	  "мобильный_телефон номер_мобильного_телефона моб_телефон сотовый сотовый_телефон")                              \
	F(5, SEX, "sex", "пол", SEX, "sex",                                                                               \
	  "CASE k.sex WHEN 1 THEN 'male' WHEN 2 THEN 'female' END", "gender")                                             \
	F(6, BIRTHDAY, "birthday", "дата_рождения", DATE, "birthday", "k.birthday::text",                                 \
	  "birth_date birthdate date_of_birth dob день_рождения др д_р")                                                  \
	F(7, LANGUAGE, "language", "язык", LANGUAGE, "language", "k.language", "lang")                                    \
	F(8, TIME_ZONE, "time_zone", "часовой_пояс", ZONE, "time_zone", "k.time_zone",                                    \
	  "timezone tz часовая_зона")                                                                                     \
	F(9, REGION, "region", "регион", TEXT, "region", "k.region", "область субъект")                                   \
	F(10, CITY, "city", "город", TEXT, "city", "k.city", "town населенный_пункт")                                     \
	F(11, BRANCH, "branch", "филиал", TEXT, "branch", "k.branch", "отделение офис")                                   \
	F(12, MANAGER, "manager", "менеджер", TEXT, "manager", "k.manager", "ответственный")                              \
	F(13, STATUS, "status", "статус", TEXT, "status", "k.status", "статус_клиента")                                   \
	F(14, SEGMENT, "segment", "сегмент", TEXT, "segment", "k.segment", "")                                            \
	F(15, LOYALTY_TIER, "loyalty_tier", "уровень_лояльности", TEXT, "loyalty_tier",                                   \
	  "k.loyalty_tier", "tier loyalty_level уровень")                                                                 \
	F(16, POINTS, "points", "баллы", NUMBER, "points", "replace(k.points::text, '.00', '')",                          \
	  "bonus_points бонусные_баллы")                                                                                  \
	F(17, BALANCE, "balance", "баланс", NUMBER, "balance",                                                            \
	  "replace(k.balance::text, '.00', '')", "остаток")                                                               \
	F(18, DEBT, "debt", "долг", NUMBER, "debt", "replace(k.debt::text, '.00', '')",                                   \
	  "задолженность")                                                                                                \
	F(19, CONTRACT_NUMBER, "contract_number", "номер_договора", TEXT, "contract_number",                              \
	  "k.contract_number", "contract договор")                                                                        \
	F(20, CONTRACT_FROM, "contract_from", "начало_договора", DATE, "contract_from",                                   \
	  "k.contract_from::text", "contract_start contract_date дата_договора договор_с")                                \
	F(21, CONTRACT_TO, "contract_to", "конец_договора", DATE, "contract_to",                                          \
	  "k.contract_to::text", "contract_end окончание_договора договор_до договор_по")                                 \
	F(22, REGISTERED_ON, "registered_on", "дата_регистрации", DATE, "registered_on",                                  \
	  "k.registered_on::text", "registered registration_date client_since клиент_с")                                  \
	F(23, TAGS, "tags", "метки", TAGS, "tags", "array_to_string(k.tags, ', ')",                                       \
	  "tag теги тэги")                                                                                                \
	F(24, PHONE_2, "phone_2", "телефон_2", PHONE, "phone_2", "NULL",                                                  \
	  "phone2 mobile_2 телефон2 второй_телефон доп_телефон дополнительный_телефон")                                   \
	F(25, PHONE_3, "phone_3", "телефон_3", PHONE, "phone_3", "NULL",                                                  \
	  "phone3 mobile_3 телефон3")                                                                                     \
	F(26, PHONE_4, "phone_4", "телефон_4", PHONE, "phone_4", "NULL",                                                  \
	  "phone4 mobile_4 телефон4")                                                                                     \
	F(27, PHONE_5, "phone_5", "телефон_5", PHONE, "phone_5", "NULL", "phone5 mobile_5 телефон5")

#define CLIENT_FIELD_NUMBER(no, name, ...) CLIENT_##name = (no),
enum client_field {
	CLIENT_FIELD_TABLE(CLIENT_FIELD_NUMBER)
	/* What else a column of a file can be. */
	CLIENT_ATTRIBUTE, /* a value of client.attrs, by name */
	CLIENT_IGNORED,
	/* A value of the list alone that the file is for, by name (list_column.type). */
	CLIENT_LIST_TEXT,
	CLIENT_LIST_NUMBER,
	CLIENT_LIST_DATE,
	CLIENT_LIST_YES_NO,
	CLIENT_MEANINGS,
};
#undef CLIENT_FIELD_NUMBER
#define CLIENT_FIELDS  CLIENT_ATTRIBUTE
#define CLIENT_COLUMNS CLIENT_PHONE_2 /* fields before it are columns of table client */

#define LIST_COLUMNS_MAX 32 /* of a list's own */

/* Sets of fields, a bit each. */
#define CLIENT_BIT(field) (UINT32_C(1) << (field))

struct client_field_info {
	const char *code;
	const char *russian;
	enum client_kind kind;
	const char *column;  /* of table client, or of client_row */
	const char *headers; /* with spaces between */
};
extern const struct client_field_info client_fields[CLIENT_FIELDS];

/* "city", "attribute", "ignored", "list_number"; -1 of client_field_find(): no such code. */
const char *client_field_code(enum client_field field);
/* Whether it is a column of a list's own, and the kind of value it then holds. */
bool client_field_of_list(enum client_field field);
/* Whether such a column needs a name: an attribute, or one of a list's own. */
bool client_field_is_named(enum client_field field);
enum client_kind client_list_kind(enum client_field field);
int client_field_find(const char *code, size_t len);
/* The field a text means by {city}, {город} or what files call it, as {town}; -1: none.  Phones are
 * none. */
int client_field_of_placeholder(const char *name);
/* The type that the column has in SQL. */
const char *client_kind_sql(enum client_kind kind);
/* "text", "number", "one_of" ...: how client_attribute.type and the API call it. */
const char *client_kind_code(enum client_kind kind);

/* --- headers of files ----------------------------------------------------------------------------
 */

#define CLIENT_NAME_BYTES_MAX 120

/* Remove spaces of every kind around a text; returns its new start and sets the length. */
const char *client_trim(const char *text, size_t *len);
/* A name as placeholders write it: lower case, one underscore for whatever is no letter or digit.
 */
void client_name_normalise(const char *text, size_t len, char out[CLIENT_NAME_BYTES_MAX + 1]);
/* What a column with this header holds; CLIENT_ATTRIBUTE when no field is called so and
 * CLIENT_IGNORED when it has no name or is one that a file of bad rows has in front. */
enum client_field client_field_of_header(const char *header, size_t len);
/* Whether a normalised name can be an attribute's: a placeholder can say it, and no field is called
 * so. */
bool client_attribute_name_ok(const char *name);

#endif
