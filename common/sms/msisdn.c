/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* msisdn - phone numbers as people type them.
 *
 * First the characters are reduced to digits, then the rules of the numbering plan decide.  The
 * messages never quote the number: it is personal data. */
#include "common/sms/msisdn.h"

#include <string.h>

#include "common/sms/phone_world.h"
#include "common/sms/plus7.h"
#include "common/text/utf8.h"

#define DIGITS_MAX	    15 /* E.164 */
#define DIGITS_MIN	    8
#define MSISDN_LEAST	    10000000LL /* of DIGITS_MIN digits */
#define MSISDN_MOST	    999999999999999LL
#define PLUS7_FIRST_DIVISOR 1000000000LL /* behind the first digit of ten */
#define PREFIX_LEN_MAX	    3		 /* "810", before a number of 15 digits */
#define RU_DIGITS	    11
#define RU_NATIONAL	    10
#define PLUS7_BASE	    70000000000LL

/* --- characters --------------------------------------------------------------------------------
 */

enum sign {
	SIGN_LETTER, /* whatever is none of these */
	SIGN_DIGIT,
	SIGN_PLUS,
	SIGN_SPACE,  /* separators and marks that carry no meaning */
	SIGN_DOT,    /* a separator, or a decimal point */
	SIGN_NUMBER, /* what stands between two numbers */
};

static const uint8_t ascii_signs[128] = {
	['0' ... '9'] = SIGN_DIGIT, ['+'] = SIGN_PLUS,	  [' '] = SIGN_SPACE,  ['\t'] = SIGN_SPACE,
	['-'] = SIGN_SPACE,	    ['('] = SIGN_SPACE,	  [')'] = SIGN_SPACE,  ['.'] = SIGN_DOT,
	[','] = SIGN_NUMBER,	    [';'] = SIGN_NUMBER,  ['/'] = SIGN_NUMBER, ['|'] = SIGN_NUMBER,
	['\n'] = SIGN_NUMBER,	    ['\r'] = SIGN_NUMBER,
};

/* The zeros of the decimal digits of Unicode's basic plane; nine more digits follow each. */
static int unicode_digit(uint32_t c)
{
	static const uint16_t zeros[] = {
		0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6,
		0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090,
		0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
		0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
	};

	for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
		if (c >= zeros[i] && c <= zeros[i] + 9u)
			return (int)(c - zeros[i]);
	return -1;
}

static enum sign unicode_sign(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} spaces[] = {
		{0x00A0, 0x00A0}, {0x00AD, 0x00AD}, {0x061C, 0x061C}, /* NBSP, soft hyphen, ALM */
		{0x2000, 0x2015},		    /* spaces, zero widths, LRM, RLM, dashes */
		{0x202A, 0x202F},		    /* bidi embedding, NNBSP */
		{0x205F, 0x2069},		    /* spaces, word joiner, bidi isolates */
		{0x2212, 0x2212}, {0x3000, 0x3000}, /* minus, ideographic space */
		{0xFE58, 0xFE58}, {0xFE63, 0xFE63}, /* small dashes */
		{0xFEFF, 0xFEFF}, {0xFF08, 0xFF09}, {0xFF0D, 0xFF0D}, /* BOM, full-width () - */
	};

	if (c == 0xFF0B)
		return SIGN_PLUS;
	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++)
		if (c >= spaces[i].first && c <= spaces[i].last)
			return SIGN_SPACE;
	return unicode_digit(c) >= 0 ? SIGN_DIGIT : SIGN_LETTER;
}

/* What a text holds that might be a phone number. */
struct reading {
	char digit[PREFIX_LEN_MAX + DIGITS_MAX + 1];
	size_t count; /* may exceed what `digit` holds: then too many */
	bool plus;
	uint32_t first_letter; /* 0: none */
	size_t letter_at;      /* its character position, from 1 */
	bool two_numbers;
};

static void reading_take(struct reading *r, uint32_t c, enum sign sign, size_t position)
{
	switch (sign) {
	case SIGN_DIGIT:
		if (r->count < sizeof(r->digit))
			r->digit[r->count] =
				(char)(c < 0x80 ? c - '0' : (uint32_t)unicode_digit(c));
		r->count++;
		break;
	case SIGN_PLUS:
		r->two_numbers |= r->count > 0 || r->plus;
		r->plus = true;
		break;
	case SIGN_NUMBER:
		r->two_numbers = true;
		break;
	case SIGN_LETTER:
		if (r->first_letter == 0) {
			r->first_letter = c;
			r->letter_at = position;
		}
		break;
	case SIGN_SPACE:
	case SIGN_DOT:
		break;
	}
}

static void read_signs(const char *at, const char *end, struct reading *r)
{
	for (size_t position = 1; at < end; position++) {
		uint32_t c = utf8_next(&at, end);

		reading_take(r, c, c < 0x80 ? (enum sign)ascii_signs[c] : unicode_sign(c),
			     position);
	}
}

/* --- what spreadsheets and people put around a number --------------------------------------------
 */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Cut ASCII white space, one "тел." or "tel:" in front, and a decimal tail ".0" of plain digits. */
static void trim(const char **at, const char **end)
{
	static const char *const labels[] = {"тел.", "Тел.", "тел:", "Тел:", "тел ", "Тел ",
					     "tel:", "Tel:", "tel.", "Tel.", "tel ", "Tel "};
	const char *tail;

	while (*at < *end && memchr(" \t\r\n", **at, 4) != NULL)
		(*at)++;
	while (*end > *at && memchr(" \t\r\n", (*end)[-1], 4) != NULL)
		(*end)--;
	if (*at < *end && !is_digit(**at) && **at != '+') {
		for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
			size_t len = strlen(labels[i]);

			if ((size_t)(*end - *at) > len && memcmp(*at, labels[i], len) == 0) {
				*at += len;
				break;
			}
		}
	}
	tail = *end;
	while (tail > *at && tail[-1] == '0')
		tail--;
	if (tail == *end || tail - *at < 2 || (tail[-1] != '.' && tail[-1] != ','))
		return;
	for (const char *p = *at; p < tail - 1; p++)
		if (!is_digit(*p))
			return;
	*end = tail - 1;
}

/* "7,9E+10", "7.91235E10": digits, a decimal mark, digits, E (also the Cyrillic letter), digits. */
static bool exponent_form(const char *at, const char *end)
{
	const char *start = at;

	while (at < end && (is_digit(*at) || *at == '.' || *at == ','))
		at++;
	if (at == start || at == end)
		return false;
	if (*at == 'e' || *at == 'E')
		at++;
	else if (end - at >= 2 && (memcmp(at, "Е", 2) == 0 || memcmp(at, "е", 2) == 0))
		at += 2;
	else
		return false;
	if (at < end && (*at == '+' || *at == '-'))
		at++;
	return at < end && is_digit(*at);
}

/* The letter that begins an extension: x, #, *, доб(авочный), вн(утренний), ext. */
static bool begins_extension(uint32_t c)
{
	switch (c) {
	case 'x':
	case 'X':
	case '#':
	case '*':
	case 'e':
	case 'E':
	case 0x0445: /* х */
	case 0x0425:
	case 0x0434: /* д */
	case 0x0414:
	case 0x0432: /* в */
	case 0x0412:
		return true;
	default:
		return false;
	}
}

static bool refuse_letter(const struct reading *r, struct err *err)
{
	if (r->first_letter == '\'')
		return err_set(
			err, ERR_INPUT,
			"the number begins with an apostrophe, Excel's mark for text; remove "
			"it and export again");
	if (r->count >= RU_NATIONAL && begins_extension(r->first_letter))
		return err_set(
			err, ERR_INPUT,
			"the number has an extension, which no SMS reaches; leave the number "
			"without it, or give a mobile number");
	return err_set(err, ERR_INPUT,
		       "character %zu is no digit; write the number with digits, as in "
		       "+7 912 345-67-89",
		       r->letter_at);
}

/* --- the numbering plan --------------------------------------------------------------------------
 */

static int64_t number_of(const char *digit, size_t count)
{
	int64_t number = 0;

	for (size_t i = 0; i < count; i++)
		number = number * 10 + digit[i];
	return number;
}

/* What the world's plans say of a number; asked of the library once, however many of the functions
 * below are called for it. */
static const struct phone_world *world(int64_t msisdn)
{
	static _Thread_local struct phone_world last;

	if (last.asked != msisdn)
		phone_world_judge(msisdn, &last);
	return &last;
}

/* The ten digits behind +7 or 8. */
static bool russian(const char *national, int64_t *out, struct err *err)
{
	if (!plus7_begins(national[0]))
		return err_set(err, ERR_INPUT,
			       "no number of +7 has a code that begins with %d; check the number",
			       national[0]);
	*out = PLUS7_BASE + number_of(national, RU_NATIONAL);
	return true;
}

static bool foreign(const char *digit, size_t count, int64_t *out, struct err *err)
{
	const struct phone_world *judged = world(number_of(digit, count));

	if (judged->verdict == PHONE_WORLD_NO_COUNTRY)
		return err_set(
			err, ERR_INPUT,
			"no country has this code; check the digits after + or 00, and write "
			"a Russian number as +7 and ten digits");
	if (judged->verdict == PHONE_WORLD_IMPOSSIBLE)
		return err_set(err, ERR_INPUT,
			       "no number of this country has %zu digits with the country code; "
			       "check the number",
			       count);
	*out = judged->msisdn;
	return true;
}

/* Digits that begin with a calling code. */
static bool international(const char *digit, size_t count, int64_t *out, struct err *err)
{
	if (count > 0 && digit[0] == 7) {
		if (count != RU_DIGITS)
			return err_set(err, ERR_INPUT,
				       "%zu digits after +7, there must be 10; check the number",
				       count - 1);
		return russian(digit + 1, out, err);
	}
	if (count < DIGITS_MIN)
		return err_set(
			err, ERR_INPUT,
			"%zu digits are too few for an international number; write it whole, "
			"with + and the country code",
			count);
	return foreign(digit, count, out, err);
}

/* Digits without plus, as a Russian company reads them. */
static bool domestic(const char *digit, size_t count, int64_t *out, struct err *err)
{
	if (count == RU_DIGITS && (digit[0] == 7 || digit[0] == 8))
		return russian(digit + 1, out, err);
	if (count == RU_NATIONAL && digit[0] == 9)
		return russian(digit, out, err);
	if (count == RU_NATIONAL)
		return err_set(err, ERR_INPUT,
			       "ten digits that do not begin with 9 are no mobile number; write "
			       "+7 in front if the number is right");
	if (count < RU_NATIONAL)
		return err_set(err, ERR_INPUT,
			       "%zu digits, one or more are missing; a Russian number has +7 and "
			       "ten digits",
			       count);
	return err_set(err, ERR_INPUT,
		       "%zu digits without + are no Russian number; write +7 and ten digits, or + "
		       "in front of a foreign number",
		       count);
}

static bool plan(const struct reading *r, int64_t *out, struct err *err)
{
	const char *digit = r->digit;
	size_t count = r->count;
	bool abroad = r->plus;

	if (count == 0)
		return err_set(err, ERR_INPUT,
			       "the number has no digits; write it as in "
			       "+7 912 345-67-89");
	if (r->plus && digit[0] == 8 && count == RU_DIGITS)
		return err_set(err, ERR_INPUT,
			       "+8 and ten digits is no Russian number; write +7 or 8 in front of "
			       "the ten digits (a foreign number that looks so, with 00)");
	if (!r->plus && count > RU_DIGITS - 1 && digit[0] == 8 && digit[1] == 1 && digit[2] == 0) {
		digit += 3;
		count -= 3;
		abroad = true;
	} else if (!r->plus && count >= 2 && digit[0] == 0 && digit[1] == 0) {
		digit += 2;
		count -= 2;
		abroad = true;
	}
	if (count > DIGITS_MAX)
		return err_set(err, ERR_INPUT,
			       "%zu digits, a phone number has at most 15; leave one number in the "
			       "field",
			       count);
	if (count > 0 && digit[0] == 0)
		return err_set(err, ERR_INPUT,
			       "the number begins with 0; write it with + and the country code");
	return abroad ? international(digit, count, out, err) : domestic(digit, count, out, err);
}

bool msisdn_parse(const char *text, size_t len, int64_t *msisdn_out, struct err *err)
{
	const char *at = text, *end = text + len;
	struct reading r = {0};

	trim(&at, &end);
	if (at == end)
		return err_set(err, ERR_INPUT, "the number is empty; fill it in or remove the row");
	if (exponent_form(at, end))
		return err_set(
			err, ERR_INPUT,
			"Excel has shortened the number (as in 7,9E+10) and digits are lost; "
			"format the column as text, restore the numbers and export again");
	read_signs(at, end, &r);
	if (r.first_letter != 0)
		return refuse_letter(&r, err);
	if (r.two_numbers)
		return err_set(
			err, ERR_INPUT,
			"the field holds two numbers or a stray sign; leave one number in it");
	return plan(&r, msisdn_out, err);
}

/* --- what a number is
 * ------------------------------------------------------------------------------
 */

/* E.164 and not of +7: the library may be asked. */
static bool is_foreign(int64_t msisdn)
{
	return msisdn >= MSISDN_LEAST && msisdn <= MSISDN_MOST && !plus7_owns(msisdn);
}

enum msisdn_kind msisdn_kind(int64_t msisdn)
{
	if (plus7_owns(msisdn))
		return plus7_kind(msisdn);
	return is_foreign(msisdn) ? world(msisdn)->kind : MSISDN_OTHER;
}

bool msisdn_takes_sms(int64_t msisdn)
{
	enum msisdn_kind kind = msisdn_kind(msisdn);

	return kind == MSISDN_MOBILE || (kind == MSISDN_OTHER && !plus7_owns(msisdn));
}

enum msisdn_level msisdn_level(int64_t msisdn)
{
	if (plus7_owns(msisdn))
		return plus7_begins((int)(msisdn / PLUS7_FIRST_DIVISOR % 10)) ? MSISDN_VALID
									      : MSISDN_IMPOSSIBLE;
	if (!is_foreign(msisdn) || world(msisdn)->verdict < PHONE_WORLD_POSSIBLE)
		return MSISDN_IMPOSSIBLE;
	return world(msisdn)->verdict == PHONE_WORLD_VALID ? MSISDN_VALID : MSISDN_POSSIBLE;
}

const char *msisdn_country(int64_t msisdn)
{
	if (plus7_owns(msisdn))
		return plus7_country(msisdn);
	return is_foreign(msisdn) ? world(msisdn)->country : "";
}
