/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* filter - see filter.h. */
#include "common/sms/filter.h"

#include <string.h>

#include "common/text/utf8.h"

#define NBSP "\xC2\xA0"

enum kind { DATE, FIRST_WORD, LOWER, MONEY, NUMBER, PLURAL, TITLE, UPPER, KINDS };

static const struct filter_info list[KINDS] = {
	[DATE] = {"date", "[\"pattern\"] [ru|en]", "a date by a pattern"},
	[FIRST_WORD] = {"first_word", "", "what stands before the first space"},
	[LOWER] = {"lower", "", "small letters"},
	[MONEY] = {"money", "[\"unit\"] [ru|en]", "an amount with two decimals unless it is whole"},
	[NUMBER] = {"number", "[ru|en]", "a number with its thousands apart"},
	[PLURAL] = {"plural", "\"one\" \"few\" \"many\"", "the word that agrees with the number"},
	[TITLE] = {"title", "", "each word with a capital letter"},
	[UPPER] = {"upper", "", "capital letters"},
};

const struct filter_info *filter_list(size_t *count_out)
{
	*count_out = KINDS;
	return list;
}

static bool span_is(struct filter_span s, const char *word)
{
	return s.len == strlen(word) && memcmp(s.at, word, s.len) == 0;
}

enum filter_language filter_language_of(const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		uint32_t c = utf8_next(&text, end);

		if (c >= 0x400 && c <= 0x52F)
			return FILTER_RU;
	}
	return FILTER_EN;
}

/* --- writing */

struct out {
	char *data;
	size_t len;
	bool full;
};

static void put(struct out *o, const char *text, size_t len)
{
	if (len > FILTER_VALUE_MAX - o->len) {
		o->full = true;
		return;
	}
	memcpy(o->data + o->len, text, len);
	o->len += len;
}

static void put_digits(struct out *o, uint64_t value, int width)
{
	char text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
		width--;
	} while (value > 0 || width > 0);
	put(o, text + at, sizeof(text) - at);
}

/* --- numbers */

struct number {
	bool negative;
	uint64_t whole;
	const char *fraction; /* digits, without zeros at the end */
	size_t fraction_len;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct filter_span trim(struct filter_span s)
{
	for (; s.len > 0 && s.at[0] == ' '; s.at++)
		s.len--;
	while (s.len > 0 && s.at[s.len - 1] == ' ')
		s.len--;
	return s;
}

static bool number_read(struct filter_span s, struct number *n)
{
	const char *at, *end, *start;

	s = trim(s);
	at = s.at;
	end = s.at + s.len;
	*n = (struct number){0};
	if (at < end && (*at == '-' || *at == '+'))
		n->negative = *at++ == '-';
	for (start = at; at < end && is_digit(*at); at++) {
		if (n->whole >= 100000000000000) /* 15 digits: hundredths fit 64 bits */
			return false;
		n->whole = n->whole * 10 + (uint64_t)(*at - '0');
	}
	if (at == start)
		return false;
	if (at < end && (*at == '.' || *at == ',')) {
		n->fraction = ++at;
		while (at < end && is_digit(*at))
			at++;
		n->fraction_len = (size_t)(at - n->fraction);
		if (n->fraction_len == 0)
			return false;
		while (n->fraction_len > 0 && n->fraction[n->fraction_len - 1] == '0')
			n->fraction_len--;
	}
	if (n->whole == 0 && n->fraction_len == 0)
		n->negative = false;
	return at == end;
}

static void put_grouped(struct out *o, uint64_t value)
{
	if (value < 1000) {
		put_digits(o, value, 1);
		return;
	}
	put_grouped(o, value / 1000);
	put(o, NBSP, 2);
	put_digits(o, value % 1000, 3);
}

static void put_mark(const struct filter *f, struct out *o)
{
	put(o, f->language == FILTER_RU ? "," : ".", 1);
}

static void number_put(const struct filter *f, const struct number *n, struct out *o)
{
	if (n->negative)
		put(o, "-", 1);
	put_grouped(o, n->whole);
	if (n->fraction_len > 0) {
		put_mark(f, o);
		put(o, n->fraction, n->fraction_len);
	}
}

/* Half a hundredth is rounded away from zero. */
static void money_put(const struct filter *f, const struct number *n, struct out *o)
{
	uint64_t hundredths = n->whole * 100;

	if (n->fraction_len > 0)
		hundredths += (uint64_t)(n->fraction[0] - '0') * 10;
	if (n->fraction_len > 1)
		hundredths += (uint64_t)(n->fraction[1] - '0');
	if (n->fraction_len > 2 && n->fraction[2] >= '5')
		hundredths++;
	if (n->negative && hundredths > 0)
		put(o, "-", 1);
	put_grouped(o, hundredths / 100);
	if (hundredths % 100 > 0) {
		put_mark(f, o);
		put_digits(o, hundredths % 100, 2);
	}
	if (f->arg_count > 0) {
		put(o, NBSP, 2);
		put(o, f->arg[0].at, f->arg[0].len);
	}
}

/* A fraction takes the genitive singular in Russian ("1,5 балла"), the plural in English. */
static size_t plural_form(const struct filter *f, const struct number *n)
{
	uint64_t ten = n->whole % 10, hundred = n->whole % 100;

	if (f->arg_count == 2)
		return n->whole == 1 && n->fraction_len == 0 ? 0 : 1;
	if (n->fraction_len > 0)
		return 1;
	if (ten == 1 && hundred != 11)
		return 0;
	return ten >= 2 && ten <= 4 && (hundred < 12 || hundred > 14) ? 1 : 2;
}

/* --- dates */

struct date {
	uint32_t year, month, day, hour, minute, second;
	bool has_time;
};

static bool digits_read(const char **at, const char *end, int count, uint32_t *out)
{
	*out = 0;
	for (; count > 0; count--) {
		if (*at == end || !is_digit(**at))
			return false;
		*out = *out * 10 + (uint32_t)(*(*at)++ - '0');
	}
	return true;
}

static bool char_read(const char **at, const char *end, char c)
{
	if (*at == end || **at != c)
		return false;
	(*at)++;
	return true;
}

static bool day_exists(const struct date *d)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = d->year % 4 == 0 && (d->year % 100 != 0 || d->year % 400 == 0);

	if (d->year < 1 || d->month < 1 || d->month > 12 || d->day < 1)
		return false;
	return d->day <= days[d->month - 1] + (uint32_t)(d->month == 2 && leap);
}

static bool zone_read(const char **at, const char *end)
{
	uint32_t part;

	if (*at == end || char_read(at, end, 'Z'))
		return true;
	if (!char_read(at, end, '+') && !char_read(at, end, '-'))
		return false;
	if (!digits_read(at, end, 2, &part))
		return false;
	if (*at == end)
		return true;
	char_read(at, end, ':');
	return digits_read(at, end, 2, &part);
}

static bool time_read(const char **at, const char *end, struct date *d)
{
	d->has_time = true;
	if (!digits_read(at, end, 2, &d->hour) || !char_read(at, end, ':') ||
	    !digits_read(at, end, 2, &d->minute))
		return false;
	if (char_read(at, end, ':')) {
		if (!digits_read(at, end, 2, &d->second))
			return false;
		if (char_read(at, end, '.'))
			while (*at < end && is_digit(**at))
				(*at)++;
	}
	return d->hour < 24 && d->minute < 60 && d->second < 61 && zone_read(at, end);
}

static bool date_read(struct filter_span s, struct date *d)
{
	const char *at, *end;

	s = trim(s);
	at = s.at;
	end = at + s.len;
	*d = (struct date){0};
	if (!digits_read(&at, end, 4, &d->year) || !char_read(&at, end, '-') ||
	    !digits_read(&at, end, 2, &d->month) || !char_read(&at, end, '-') ||
	    !digits_read(&at, end, 2, &d->day) || !day_exists(d))
		return false;
	if (at < end && !char_read(&at, end, 'T') && !char_read(&at, end, ' '))
		return false;
	else if (at == end)
		return s.len == 10;
	return time_read(&at, end, d) && at == end;
}

static const char *const months[2][12] = {
	[FILTER_EN] = {"January", "February", "March", "April", "May", "June", "July", "August",
		       "September", "October", "November", "December"},
	[FILTER_RU] = {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа",
		       "сентября", "октября", "ноября", "декабря"},
};

/* The length of a run of pattern letters that means something, 0 for other letters. */
static size_t pattern_run(const char *at, const char *end)
{
	static const char *const runs[] = {"YYYY", "MMMM", "YY", "MM", "DD",
					   "HH",   "mm",   "D",	 "M",  "H"};
	size_t len = 1;

	while (at + len < end && at[len] == at[0])
		len++;
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
		if (strlen(runs[i]) == len && runs[i][0] == at[0])
			return len;
	return 0;
}

static bool is_pattern_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static struct filter_span pattern_of(const struct filter *f)
{
	static const struct filter_span usual[2] = {
		[FILTER_EN] = {"YYYY-MM-DD", 10}, [FILTER_RU] = {"DD.MM.YYYY", 10}};

	return f->arg_count > 0 ? f->arg[0] : usual[f->language];
}

/* False: the pattern asks for a time and the value has none. */
static bool date_put_run(const struct filter *f, const struct date *d, char letter, size_t run,
			 struct out *o)
{
	const char *month = months[f->language][d->month - 1];
	int width = run == 1 ? 1 : 2;

	if (letter == 'D')
		put_digits(o, d->day, width);
	else if (letter == 'M' && run == 4)
		put(o, month, strlen(month));
	else if (letter == 'M')
		put_digits(o, d->month, width);
	else if (letter == 'Y')
		put_digits(o, run == 4 ? d->year : d->year % 100, (int)run);
	else
		put_digits(o, letter == 'H' ? d->hour : d->minute, width);
	return d->has_time || (letter != 'H' && letter != 'm');
}

static bool date_put(const struct filter *f, const struct date *d, struct out *o)
{
	struct filter_span pattern = pattern_of(f);
	const char *at = pattern.at, *end = at + pattern.len;

	while (at < end) {
		size_t run = is_pattern_letter(*at) ? pattern_run(at, end) : 0;

		if (run == 0)
			put(o, at++, 1);
		else if (!date_put_run(f, d, *at, run, o))
			return false;
		else
			at += run;
	}
	return true;
}

/* --- letters: Latin and Cyrillic, whose small and capital letters have as many bytes */

static bool is_in(uint32_t c, uint32_t first, uint32_t last)
{
	return c >= first && c <= last;
}

/* Blocks in which capital and small letters take turns: 0 or 1, the last bit of capitals; else -1.
 */
static int turns(uint32_t c)
{
	if (is_in(c, 0x100, 0x12F) || is_in(c, 0x132, 0x137) || is_in(c, 0x14A, 0x177) ||
	    is_in(c, 0x460, 0x481) || is_in(c, 0x48A, 0x4BF) || is_in(c, 0x4D0, 0x52F))
		return 0;
	if (is_in(c, 0x139, 0x148) || is_in(c, 0x179, 0x17E) || is_in(c, 0x4C1, 0x4CE))
		return 1;
	return -1;
}

static uint32_t to_upper(uint32_t c)
{
	if (is_in(c, 'a', 'z') || is_in(c, 0x430, 0x44F) || (is_in(c, 0xE0, 0xFE) && c != 0xF7))
		return c - 32;
	if (is_in(c, 0x450, 0x45F))
		return c - 80;
	return turns(c) >= 0 && (int)(c & 1) != turns(c) ? c - 1 : c;
}

static uint32_t to_lower(uint32_t c)
{
	if (is_in(c, 'A', 'Z') || is_in(c, 0x410, 0x42F) || (is_in(c, 0xC0, 0xDE) && c != 0xD7))
		return c + 32;
	if (is_in(c, 0x400, 0x40F))
		return c + 80;
	return turns(c) >= 0 && (int)(c & 1) == turns(c) ? c + 1 : c;
}

static bool is_in_word(uint32_t c)
{
	return is_in(c, '0', '9') || is_in(c, 'A', 'Z') || is_in(c, 'a', 'z') ||
	       (c >= 0xC0 && !is_in(c, 0x2000, 0x206F));
}

static void letters_put(const struct filter *f, struct filter_span in, struct out *o)
{
	const char *at = in.at, *end = at + in.len;
	bool in_word = false;

	while (at < end) {
		uint32_t c = utf8_next(&at, end);
		bool capital = f->kind == UPPER || (f->kind == TITLE && !in_word);
		char bytes[4];

		in_word = is_in_word(c);
		put(o, bytes, utf8_put(capital ? to_upper(c) : to_lower(c), bytes));
	}
}

static void first_word_put(struct filter_span in, struct out *o)
{
	const char *space;

	in = trim(in);
	space = memchr(in.at, ' ', in.len);
	put(o, in.at, space == NULL ? in.len : (size_t)(space - in.at));
}

/* --- all */

size_t filter_apply(const struct filter *f, struct filter_span in, char *out)
{
	struct out o = {.data = out};
	struct number n;
	struct date d;
	bool ok = true;

	if (f->kind == DATE) {
		ok = date_read(in, &d) && date_put(f, &d, &o);
	} else if (f->kind == FIRST_WORD) {
		first_word_put(in, &o);
	} else if (f->kind == LOWER || f->kind == UPPER || f->kind == TITLE) {
		letters_put(f, in, &o);
	} else if (!number_read(in, &n)) {
		ok = false;
	} else if (f->kind == MONEY) {
		money_put(f, &n, &o);
	} else if (f->kind == NUMBER) {
		number_put(f, &n, &o);
	} else {
		struct filter_span form = f->arg[plural_form(f, &n)];

		put(&o, form.at, form.len);
	}
	return ok && !o.full ? o.len : 0;
}

static enum filter_fault check_forms(const struct filter *f)
{
	if (f->arg_count == 3)
		return FILTER_FINE;
	if (f->arg_count != 2)
		return FILTER_FORMS;
	for (size_t i = 0; i < 2; i++)
		if (filter_language_of(f->arg[i].at, f->arg[i].len) == FILTER_RU)
			return FILTER_FORMS;
	return FILTER_FINE;
}

static enum filter_fault check_pattern(const struct filter *f, const char **at_out)
{
	struct filter_span pattern = pattern_of(f);
	const char *at = pattern.at, *end = at + pattern.len;

	while (at < end) {
		size_t run = is_pattern_letter(*at) ? pattern_run(at, end) : 1;

		if (run == 0) {
			*at_out = at;
			return FILTER_DATE_LETTER;
		}
		at += run;
	}
	return FILTER_FINE;
}

static void take_language(struct filter *f)
{
	struct filter_span last;

	if (f->arg_count == 0)
		return;
	last = f->arg[f->arg_count - 1];
	if (!span_is(last, "ru") && !span_is(last, "en"))
		return;
	f->language = span_is(last, "ru") ? FILTER_RU : FILTER_EN;
	f->arg_count--;
}

enum filter_fault filter_init(struct filter *f, struct filter_span name, const char **at_out)
{
	size_t most;

	*at_out = name.at;
	for (f->kind = 0; f->kind < KINDS && !span_is(name, list[f->kind].name);)
		f->kind++;
	if (f->kind == KINDS)
		return FILTER_UNKNOWN;
	if (f->kind == PLURAL)
		return check_forms(f);
	if (f->kind == DATE || f->kind == MONEY || f->kind == NUMBER)
		take_language(f);
	most = f->kind == DATE || f->kind == MONEY ? 1 : 0;
	if (f->arg_count > most) {
		*at_out = f->arg[most].at;
		return FILTER_ARGUMENTS;
	}
	return f->kind == DATE ? check_pattern(f, at_out) : FILTER_FINE;
}

static int sign(int64_t value)
{
	return (value > 0) - (value < 0);
}

static int numbers_compare(const struct number *a, const struct number *b)
{
	size_t most = a->fraction_len > b->fraction_len ? a->fraction_len : b->fraction_len;
	int order = 0;

	if (a->negative != b->negative)
		return a->negative ? -1 : 1;
	order = sign((int64_t)a->whole - (int64_t)b->whole);
	for (size_t i = 0; i < most && order == 0; i++)
		order = sign((i < a->fraction_len ? a->fraction[i] : '0') -
			     (i < b->fraction_len ? b->fraction[i] : '0'));
	return a->negative ? -order : order;
}

static int64_t date_key(const struct date *d)
{
	int64_t days = ((int64_t)d->year * 12 + d->month) * 31 + d->day;

	return ((days * 24 + d->hour) * 60 + d->minute) * 61 + d->second;
}

bool filter_compare(struct filter_span a, struct filter_span b, int *order_out)
{
	struct number m, n;
	struct date d, e;

	if (number_read(a, &m) && number_read(b, &n))
		*order_out = numbers_compare(&m, &n);
	else if (date_read(a, &d) && date_read(b, &e))
		*order_out = sign(date_key(&d) - date_key(&e));
	else
		return false;
	return true;
}

bool filter_is_ordered(struct filter_span text)
{
	struct number n;
	struct date d;

	return number_read(text, &n) || date_read(text, &d);
}
