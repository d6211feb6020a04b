/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* client_value - see client_value.h. */
#include "common/model/client_value.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/sms/msisdn.h"
#include "common/text/utf8.h"

#define NUMBER_DIGITS_MAX 16 /* before the point: numeric(18, 2) */
#define WORD_BYTES_MAX	  64

struct span {
	const char *at;
	size_t len;
};

static bool expect(struct err *err, const char *expected)
{
	return err_set(err, ERR_INPUT, "%s", expected);
}

/* Keep a text in the room; false when there is no room, which no row that came in needs. */
static bool keep(struct client_room *room, const char *text, size_t len, struct client_value *out)
{
	if (len > sizeof(room->bytes) - room->used)
		return false;
	out->text = memcpy(room->bytes + room->used, text, len);
	out->len = len;
	room->used += len;
	return true;
}

/* --- words
 * -------------------------------------------------------------------------------------------- */

/* Small letters, ё as е; false when it is too long to be a word anybody knows. */
static bool small(struct span text, char out[WORD_BYTES_MAX + 1])
{
	const char *at = text.at;
	const char *end = text.at + text.len;
	size_t n = 0;

	if (text.len > WORD_BYTES_MAX)
		return false;
	while (at < end) {
		uint32_t c = utf8_lower(utf8_next(&at, end));

		n += utf8_put(c == 0x451 ? 0x435 : c, out + n);
	}
	out[n] = '\0';
	return true;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Whether `word` is one of them; a full stop behind it does not count. */
static bool among(const char *const *words, const char *word)
{
	size_t len = strlen(word);

	len -= len > 1 && word[len - 1] == '.';
	for (; *words != NULL; words++)
		if (strlen(*words) == len && memcmp(*words, word, len) == 0)
			return true;
	return false;
}

static bool parse_sex(struct span in, struct client_value *out, struct err *err)
{
	char word[WORD_BYTES_MAX + 1];

	if (small(in, word) && among(WORDS("м", "муж", "мужской", "мужчина", "m", "male"), word))
		*out = (struct client_value){"male", 4, 1};
	else if (small(in, word) &&
		 among(WORDS("ж", "жен", "женский", "женщина", "f", "female"), word))
		*out = (struct client_value){"female", 6, 2};
	else
		return expect(err, "male or female, м or ж, муж or жен");
	return true;
}

static bool parse_yes_no(struct span in, struct client_value *out, struct err *err)
{
	char word[WORD_BYTES_MAX + 1];

	if (small(in, word) &&
	    among(WORDS("да", "д", "yes", "y", "true", "истина", "1", "+"), word))
		*out = (struct client_value){.text = "yes", .len = 3};
	else if (small(in, word) &&
		 among(WORDS("нет", "н", "no", "n", "false", "ложь", "0", "-"), word))
		*out = (struct client_value){.text = "no", .len = 2};
	else
		return expect(err, "yes or no, да or нет");
	return true;
}

/* ISO 639-1, two letters each. */
static const char languages[] =
	"aaabaeafakamanarasavayazbabebgbibmbnbobrbscacechcocrcscucvcydadedvdzeeeleneoeset"
	"eufafffifjfofrfygagdglgngugvhahehihohrhthuhyhziaidieigiiikioisitiujajvkakgkikjkk"
	"klkmknkokrkskukvkwkylalblglilnloltlulvmgmhmimkmlmnmrmsmtmynanbndnengnlnnnonrnvny"
	"ocojomorospapiplpsptqurmrnrorurwsascsdsesgsiskslsmsnsosqsrssstsusvswtatetgthtitk"
	"tltntotrtstttwtyugukuruzvevivowawoxhyiyozazhzu";

static bool is_language(const char *code)
{
	for (const char *at = languages; *at != '\0'; at += 2)
		if (at[0] == code[0] && at[1] == code[1])
			return true;
	return false;
}

static bool parse_language(struct span in, struct client_room *room, struct client_value *out,
			   struct err *err)
{
	char word[WORD_BYTES_MAX + 1];

	if (small(in, word)) {
		if (among(WORDS("русский", "рус", "russian", "rus"), word))
			return keep(room, "ru", 2, out);
		if (among(WORDS("английский", "англ", "english", "eng"), word))
			return keep(room, "en", 2, out);
		word[strcspn(word, "-_")] = '\0';
		if (strlen(word) == 2 && is_language(word))
			return keep(room, word, 2, out);
	}
	return expect(err, "a language by two letters, such as ru or en");
}

/* --- time zones
 * --------------------------------------------------------------------------------------- */

/* Russian zones by their hours from UTC, from 2 on. */
static const char *const russian_zones[] = {
	"Europe/Kaliningrad", "Europe/Moscow",	  "Europe/Samara",  "Asia/Yekaterinburg",
	"Asia/Omsk",	      "Asia/Krasnoyarsk", "Asia/Irkutsk",   "Asia/Yakutsk",
	"Asia/Vladivostok",   "Asia/Magadan",	  "Asia/Kamchatka",
};
#define ZONE_FIRST_H 2
#define ZONE_LAST_H  12
#define MOSCOW_H     3

/* "мск+2", "utc+5": the hours from UTC; 0: it is no such thing. */
static int offset_hours(const char *word)
{
	int base = 0, hours = 0, len = 0;

	if (strncmp(word, "мск", strlen("мск")) == 0) {
		base = MOSCOW_H;
		word += strlen("мск");
	} else if (strncmp(word, "msk", 3) == 0) {
		base = MOSCOW_H;
		word += 3;
	} else if (strncmp(word, "utc", 3) == 0 || strncmp(word, "gmt", 3) == 0) {
		word += 3;
	} else {
		return 0;
	}
	if (*word == '\0')
		return base;
	if ((*word != '+' && *word != '-') || sscanf(word + 1, "%2d%n", &hours, &len) != 1 ||
	    (strcmp(word + 1 + len, "") != 0 && strcmp(word + 1 + len, ":00") != 0))
		return 0;
	return base + (*word == '-' ? -hours : hours);
}

/* Whether the system, and so PostgreSQL, has a zone of this name; its spelling counts. */
static bool zone_exists(const char *name)
{
	static _Thread_local char known[8][WORD_BYTES_MAX + 1];
	static _Thread_local size_t next;
	char path[WORD_BYTES_MAX + 32];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], name) == 0)
			return true;
	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	if (access(path, R_OK) != 0)
		return false;
	memcpy(known[next++ % (sizeof(known) / sizeof(known[0]))], name, strlen(name) + 1);
	return true;
}

/* Area/Place, of letters, digits, _, + and -. */
static bool is_zone_name(const char *name)
{
	const char *slash = strchr(name, '/');

	return name[0] >= 'A' && name[0] <= 'Z' && slash != NULL && slash[1] != '\0' &&
	       name[strlen(name) - 1] != '/' &&
	       name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				 "_+-/")] == '\0';
}

static bool parse_zone(struct span in, struct client_room *room, struct client_value *out,
		       struct err *err)
{
	char word[WORD_BYTES_MAX + 1];
	char name[WORD_BYTES_MAX + 1];
	int hours;

	if (in.len <= WORD_BYTES_MAX && small(in, word)) {
		memcpy(name, in.at, in.len);
		name[in.len] = '\0';
		if (is_zone_name(name) && zone_exists(name))
			return keep(room, name, in.len, out);
		hours = offset_hours(word);
		if (hours >= ZONE_FIRST_H && hours <= ZONE_LAST_H) {
			const char *zone = russian_zones[hours - ZONE_FIRST_H];

			return keep(room, zone, strlen(zone), out);
		}
	}
	return expect(err, "a time zone such as Europe/Moscow, or МСК+2");
}

/* --- numbers
 * ------------------------------------------------------------------------------------------ */

/* What may stand between thousands besides the point and the comma: its bytes, 0 for none. */
static size_t gap_at(const char *at, const char *end)
{
	static const char *const gaps[] = {" ", "\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89", "'"};

	for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		size_t len = strlen(gaps[i]);

		if ((size_t)(end - at) >= len && memcmp(at, gaps[i], len) == 0)
			return len;
	}
	return 0;
}

/* Without roubles behind it. */
static struct span without_money(struct span in)
{
	static const char *const money[] = {"₽", "руб.", "руб", "р.", "RUB"};

	for (size_t i = 0; i < sizeof(money) / sizeof(money[0]); i++) {
		size_t len = strlen(money[i]);

		if (in.len > len && memcmp(in.at + in.len - len, money[i], len) == 0) {
			in.len -= len;
			in.at = client_trim(in.at, &in.len);
			break;
		}
	}
	return in;
}

/* Where the decimal point stands: the last of . and , unless it stands twice; NULL: nowhere. */
static const char *find_point(struct span in)
{
	const char *point = NULL;
	size_t same = 0;

	for (size_t i = 0; i < in.len; i++)
		if (in.at[i] == '.' || in.at[i] == ',')
			point = in.at + i;
	for (size_t i = 0; point != NULL && i < in.len; i++)
		same += in.at[i] == *point;
	return same == 1 ? point : NULL;
}

/* The digits before the point; thousands stand apart by threes or not at all. */
static bool take_whole(const char *at, const char *end, char separator, char *out, size_t *n)
{
	size_t run = 0, groups = 0;

	while (at < end) {
		size_t gap = *at == separator && separator != '\0' ? 1 : gap_at(at, end);

		if (*at >= '0' && *at <= '9') {
			if (*n == NUMBER_DIGITS_MAX)
				return false;
			if (*n > 0 || *at != '0')
				out[(*n)++] = *at;
			run++;
			at++;
			continue;
		}
		if (gap == 0 || run == 0 || run > 3 || (groups > 0 && run != 3))
			return false;
		groups++;
		run = 0;
		at += gap;
	}
	return run > 0 && (groups == 0 || run == 3);
}

/* The digits behind the point, without zeros at the end. */
static bool take_fraction(const char *at, const char *end, const char **digits, size_t *n)
{
	*digits = at;
	*n = 0;
	for (size_t i = 0; at + i < end; i++) {
		if (at[i] < '0' || at[i] > '9')
			return false;
		if (at[i] != '0')
			*n = i + 1;
	}
	return at < end;
}

static int64_t hundredths(const char *whole, size_t whole_len, const char *fraction, size_t len)
{
	int64_t value = 0;

	for (size_t i = 0; i < whole_len; i++)
		value = value * 10 + (whole[i] - '0');
	for (size_t i = 0; i < 2; i++)
		value = value * 10 + (i < len ? fraction[i] - '0' : 0);
	return value + (len > 2 && fraction[2] >= '5');
}

static bool read_minus(struct span *in)
{
	static const char *const signs[] = {"+", "-", "\xe2\x88\x92"};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t len = strlen(signs[i]);

		if (in->len > len && memcmp(in->at, signs[i], len) == 0) {
			in->at += len;
			in->len -= len;
			in->at = client_trim(in->at, &in->len);
			return i > 0;
		}
	}
	return false;
}

static bool parse_number(struct span in, struct client_room *room, struct client_value *out,
			 struct err *err)
{
	char whole[NUMBER_DIGITS_MAX + 1];
	char text[WORD_BYTES_MAX];
	const char *end, *point, *fraction = "";
	size_t whole_len = 0, fraction_len = 0;
	bool minus;

	in = without_money(in);
	minus = read_minus(&in);
	end = in.at + in.len;
	point = find_point(in);
	if (in.len > WORD_BYTES_MAX ||
	    !take_whole(in.at, point != NULL ? point : end,
			point == NULL ? (memchr(in.at, ',', in.len) != NULL ? ',' : '.')
				      : (*point == ',' ? '.' : ','),
			whole, &whole_len) ||
	    (point != NULL && !take_fraction(point + 1, end, &fraction, &fraction_len)) ||
	    fraction_len > 20)
		return expect(err, "a number such as 1234,50");
	out->number = hundredths(whole, whole_len, fraction, fraction_len);
	if (minus)
		out->number = -out->number;
	snprintf(text, sizeof(text), "%s%.*s%s%.*s",
		 minus && whole_len + fraction_len > 0 ? "-" : "",
		 whole_len > 0 ? (int)whole_len : 1, whole_len > 0 ? whole : "0",
		 fraction_len > 0 ? "." : "", (int)fraction_len, fraction);
	return keep(room, text, strlen(text), out);
}

/* --- dates
 * -------------------------------------------------------------------------------------------- */

static bool leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool is_date(int year, int month, int day)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
	       day <= days[month - 1] + (month == 2 && leap(year));
}

/* Days since 1970-01-01 of the Gregorian calendar, years beginning in March. */
static int64_t days_of(int year, int month, int day)
{
	int y = month > 2 ? year : year - 1;
	int m = month > 2 ? month - 3 : month + 9;

	return 365LL * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* A time behind a date, with or without a zone; it is not kept. */
static bool is_time(const char *text)
{
	int len = 0, hour = 0, minute = 0;

	if (*text == '\0')
		return true;
	if ((*text != ' ' && *text != 'T') ||
	    sscanf(text + 1, "%2d:%2d%n", &hour, &minute, &len) != 2 || hour > 24 || minute > 59)
		return false;
	text += 1 + len;
	return text[strspn(text, "0123456789:.+-Z")] == '\0';
}

/* "31.12.2026" or "2026-12-31"; len_out: how much of the text it is. */
static bool read_date(const char *text, int *year, int *month, int *day, int *len_out)
{
	*len_out = 0;
	if (sscanf(text, "%4d-%2d-%2d%n", year, month, day, len_out) == 3 && *len_out == 10)
		return true;
	*len_out = 0;
	return sscanf(text, "%2d.%2d.%4d%n", day, month, year, len_out) == 3 && *len_out >= 8 &&
	       text[*len_out - 5] == '.';
}

static bool parse_date(struct span in, struct client_room *room, struct client_value *out,
		       struct err *err)
{
	char text[WORD_BYTES_MAX + 1];
	int year = 0, month = 0, day = 0, len = 0;

	if (in.len <= WORD_BYTES_MAX) {
		memcpy(text, in.at, in.len);
		text[in.len] = '\0';
	}
	if (in.len > WORD_BYTES_MAX || text[strspn(text, "0123456789.-:+TZ ")] != '\0' ||
	    text[0] < '0' || !read_date(text, &year, &month, &day, &len) ||
	    !is_date(year, month, day) || !is_time(text + len))
		return expect(err, "a date such as 31.12.2026 or 2026-12-31");
	if (year == 1) /* what 1C writes for no date */
		return true;
	snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
	out->number = days_of(year, month, day);
	return keep(room, text, strlen(text), out);
}

/* --- choices and tags
 * -------------------------------------------------------------------------------- */

/* Compare without regard to capitals, ё as е. */
static bool same_word(struct span a, const char *b)
{
	const char *b_end = b + strlen(b);
	const char *a_end = a.at + a.len;

	while (a.at < a_end && b < b_end) {
		uint32_t x = utf8_lower(utf8_next(&a.at, a_end));
		uint32_t y = utf8_lower(utf8_next(&b, b_end));

		if ((x == 0x451 ? 0x435 : x) != (y == 0x451 ? 0x435 : y))
			return false;
	}
	return a.at == a_end && b == b_end;
}

static const char *find_choice(const struct client_choices *choices, struct span in)
{
	for (size_t i = 0; i < choices->count; i++)
		if (same_word(in, choices->text[i]))
			return choices->text[i];
	return NULL;
}

static bool refuse_choice(const struct client_choices *choices, struct err *err)
{
	char list[240] = "";
	size_t len = 0;

	for (size_t i = 0; i < choices->count && len < sizeof(list); i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", i > 0 ? ", " : "",
					choices->text[i]);
	list[utf8_valid(list, strlen(list))] = '\0';
	return err_set(err, ERR_INPUT, "one of these: %s", list);
}

static bool parse_one_of(const struct client_choices *choices, struct span in,
			 struct client_value *out, struct err *err)
{
	const char *choice = find_choice(choices, in);

	if (choice == NULL)
		return refuse_choice(choices, err);
	*out = (struct client_value){.text = choice, .len = strlen(choice)};
	return true;
}

/* Whether lines that begin at `lines` hold this one. */
static bool has_line(const char *lines, size_t len, struct span line)
{
	const char *end = lines + len;

	while (lines < end) {
		const char *feed = memchr(lines, '\n', (size_t)(end - lines));
		size_t n = (size_t)((feed != NULL ? feed : end) - lines);

		if (n == line.len && memcmp(lines, line.at, n) == 0)
			return true;
		lines += n + 1;
	}
	return false;
}

/* The next piece of a list with commas or line feeds between; false: there is none. */
static bool next_piece(struct span *rest, struct span *piece)
{
	size_t n = 0;

	if (rest->len == 0)
		return false;
	while (n < rest->len && rest->at[n] != ',' && rest->at[n] != '\n')
		n++;
	piece->len = n;
	piece->at = client_trim(rest->at, &piece->len);
	rest->at += n < rest->len ? n + 1 : n;
	rest->len -= n < rest->len ? n + 1 : n;
	return true;
}

/* `choices` NULL: any words. */
static bool parse_many(const struct client_choices *choices, struct span in,
		       struct client_room *room, struct client_value *out, struct err *err)
{
	char *to = room->bytes + room->used;
	size_t len = 0, count = 0;
	struct span piece;

	while (next_piece(&in, &piece)) {
		if (piece.len == 0)
			continue;
		if (choices != NULL) {
			const char *choice = find_choice(choices, piece);

			if (choice == NULL)
				return refuse_choice(choices, err);
			piece = (struct span){choice, strlen(choice)};
		}
		if (has_line(to, len, piece))
			continue;
		if (++count > CLIENT_TAGS_MAX ||
		    utf8_count(piece.at, piece.len) > CLIENT_TAG_CHARS_MAX ||
		    room->used + len + piece.len + 1 > sizeof(room->bytes))
			return expect(err, "at most 100 words of at most 100 characters, with "
					   "commas between");
		if (len > 0)
			to[len++] = '\n';
		memcpy(to + len, piece.at, piece.len);
		len += piece.len;
	}
	room->used += len;
	if (len > 0)
		*out = (struct client_value){.text = to, .len = len};
	return true;
}

size_t client_value_lines(const struct client_value *value, const char *line[CLIENT_TAGS_MAX],
			  size_t line_len[CLIENT_TAGS_MAX])
{
	const char *at = value->text;
	const char *end = at != NULL ? at + value->len : NULL;
	size_t count = 0;

	while (at != NULL && at < end && count < CLIENT_TAGS_MAX) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));

		line[count] = at;
		line_len[count++] = (size_t)((feed != NULL ? feed : end) - at);
		at = feed != NULL ? feed + 1 : end;
	}
	return count;
}

/* --- one value
 * ---------------------------------------------------------------------------------------- */

static bool parse_phone(struct span in, struct client_value *out, struct err *err)
{
	if (!msisdn_parse(in.at, in.len, &out->number, err))
		return false;
	if (!msisdn_takes_sms(out->number))
		return expect(err, "a mobile phone number; this one takes no SMS");
	out->text = "";
	return true;
}

static bool parse_text(struct span in, struct client_value *out, struct err *err)
{
	if (in.len > CLIENT_TEXT_CHARS_MAX && utf8_count(in.at, in.len) > CLIENT_TEXT_CHARS_MAX)
		return expect(err, "at most 1,000 characters");
	*out = (struct client_value){.text = in.at, .len = in.len};
	return true;
}

bool client_value_parse(enum client_kind kind, const struct client_choices *choices,
			const char *text, size_t len, struct client_room *room,
			struct client_value *out, struct err *err)
{
	struct span in = {.len = len};

	*out = (struct client_value){0};
	in.at = client_trim(text, &in.len);
	if (in.len == 0)
		return true;
	switch (kind) {
	case CLIENT_KIND_TEXT:
		return parse_text(in, out, err);
	case CLIENT_KIND_PHONE:
		return parse_phone(in, out, err);
	case CLIENT_KIND_SEX:
		return parse_sex(in, out, err);
	case CLIENT_KIND_DATE:
		return parse_date(in, room, out, err);
	case CLIENT_KIND_NUMBER:
		return parse_number(in, room, out, err);
	case CLIENT_KIND_LANGUAGE:
		return parse_language(in, room, out, err);
	case CLIENT_KIND_ZONE:
		return parse_zone(in, room, out, err);
	case CLIENT_KIND_TAGS:
		return parse_many(NULL, in, room, out, err);
	case CLIENT_KIND_YES_NO:
		return parse_yes_no(in, out, err);
	case CLIENT_KIND_ONE_OF:
		return parse_one_of(choices, in, out, err);
	case CLIENT_KIND_MANY_OF:
		return parse_many(choices, in, room, out, err);
	case CLIENT_KINDS:
		break;
	}
	panic("no such kind of value: %d", kind);
}
