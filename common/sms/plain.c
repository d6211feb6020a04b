/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* plain - see plain.h. */
#include "common/sms/plain.h"

#include <stddef.h>
#include <string.h>

/* Runs of code points with one letter each, which is the base letter of Unicode's decomposition or
 * the one it is drawn from; '.' has none here. */
static const struct run {
	uint32_t first;
	const char *letters;
} runs[] = {
	{0x00C0, "AAAAAA.CEEEEIIIIDNOOOOOxOUUUUY..aaaaaaaceeeeiiiidnooooo:ouuuuy.y"},
	{0x0100, "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi..JjKkkLlLlLlLlLl"
		 "NnNnNnnNnOoOoOo..RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs"},
	{0x0192, "f"},
	{0x01A0, "Oo"},
	{0x01AF, "Uu"},
	{0x01CD, "AaIiOoUuUuUuUuUu.AaAa"},
	{0x01E4, "GgGgKkOoOo..j"},
	{0x01F4, "Gg..NnAa"},
	{0x0200, "AaAaEeEeIiIiOoOoRrRrUuUuSsTt..Hh......AaEeOoOoOoOoYy"},
	{0x0391, "AB..EZH.IK.MN.O.P..TY.X"}, /* Greek capitals that look Latin */
	{0x1E00, "AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMm"
		 "MmMmNnNnNnNnOoOoOoOoPpPpRrRrRrRrSsSsSsSsSsTtTtTtTtUuUuUuUuUuVvVv"
		 "WwWwWwWwWwXxXxYyZzZzZzhtwy.s....AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEe"
		 "EeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOoOoOoUuUuUuUuUuUuUuYyYyYyYy"},
	{0x2000, "           "}, /* spaces of many widths */
	{0x2010, "------"},	 /* hyphens and dashes */
	{0x2018, "''''\"\"\"\""},
	{0x2070, "0i..456789+-=()n0123456789+-=()"},
};

/* What is longer, or stands alone; in the order of the code points. */
static const struct sign {
	uint32_t code_point;
	char text[PLAIN_MAX + 1];
} signs[] = {
	{0x0009, " "},	 {0x000B, "\n"},  {0x0060, "'"},   {0x0085, "\n"},  {0x00A0, " "},
	{0x00A2, "c"},	 {0x00A6, "|"},	  {0x00A9, "(c)"}, {0x00AA, "a"},   {0x00AB, "\""},
	{0x00AD, ""},	 {0x00AE, "(r)"}, {0x00AF, "-"},   {0x00B0, "o"},   {0x00B1, "+/-"},
	{0x00B2, "2"},	 {0x00B3, "3"},	  {0x00B4, "'"},   {0x00B5, "u"},   {0x00B7, "."},
	{0x00B9, "1"},	 {0x00BA, "o"},	  {0x00BB, "\""},  {0x00BC, "1/4"}, {0x00BD, "1/2"},
	{0x00BE, "3/4"}, {0x00DE, "Th"},  {0x00FE, "th"},  {0x0132, "IJ"},  {0x0133, "ij"},
	{0x0152, "OE"},	 {0x0153, "oe"},  {0x02B9, "'"},   {0x02BA, "\""},  {0x02BB, "'"},
	{0x02BC, "'"},	 {0x02C6, "^"},	  {0x02DC, "~"},   {0x1E9E, "SS"},  {0x200C, ""},
	{0x200D, ""},	 {0x200E, ""},	  {0x200F, ""},	   {0x2016, "||"},  {0x2022, "*"},
	{0x2023, "*"},	 {0x2024, "."},	  {0x2026, "..."}, {0x2028, "\n"},  {0x2029, "\n"},
	{0x202A, ""},	 {0x202B, ""},	  {0x202C, ""},	   {0x202D, ""},    {0x202E, ""},
	{0x202F, " "},	 {0x2032, "'"},	  {0x2033, "\""},  {0x2039, "'"},   {0x203A, "'"},
	{0x203C, "!!"},	 {0x2043, "-"},	  {0x2044, "/"},   {0x205F, " "},   {0x2066, ""},
	{0x2067, ""},	 {0x2068, ""},	  {0x2069, ""},	   {0x20B4, "UAH"}, {0x20B8, "KZT"},
	{0x20B9, "INR"}, {0x20BA, "TRY"}, {0x20BD, "RUB"}, {0x2116, "N"},   {0x2122, "(tm)"},
	{0x212A, "K"},	 {0x212B, "A"},	  {0x2153, "1/3"}, {0x2154, "2/3"}, {0x2190, "<-"},
	{0x2192, "->"},	 {0x2194, "<->"}, {0x21D2, "=>"},  {0x2212, "-"},   {0x2215, "/"},
	{0x2217, "*"},	 {0x2219, "."},	  {0x2248, "~"},   {0x2260, "<>"},  {0x2264, "<="},
	{0x2265, ">="},	 {0x22C5, "."},	  {0x25A0, "*"},   {0x25AA, "*"},   {0x25CF, "*"},
	{0x2605, "*"},	 {0x2606, "*"},	  {0x2713, "+"},   {0x2714, "+"},   {0x2715, "x"},
	{0x2716, "x"},	 {0x3000, " "},	  {0xFB00, "ff"},  {0xFB01, "fi"},  {0xFB02, "fl"},
	{0xFE0E, ""},	 {0xFE0F, ""},
};

static int put(const char *text, char out[PLAIN_MAX])
{
	size_t len = strlen(text);

	memcpy(out, text, len);
	return (int)len;
}

static int put_of_runs(uint32_t c, char out[PLAIN_MAX])
{
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]) && c >= runs[i].first; i++) {
		size_t at = c - runs[i].first;

		if (at >= strlen(runs[i].letters))
			continue;
		if (runs[i].letters[at] == '.')
			return -1;
		out[0] = runs[i].letters[at];
		return 1;
	}
	return -1;
}

int plain_put(uint32_t c, char out[PLAIN_MAX])
{
	size_t low = 0, high = sizeof(signs) / sizeof(signs[0]);

	if (c >= 0x0300 && c <= 0x036F) /* marks that compose with nothing */
		return 0;
	if (c >= 0xFF01 && c <= 0xFF5E) { /* wide forms of ASCII */
		out[0] = c == 0xFF40 ? '\'' : (char)(c - 0xFF01 + '!');
		return 1;
	}
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (signs[middle].code_point == c)
			return put(signs[middle].text, out);
		if (signs[middle].code_point < c)
			low = middle + 1;
		else
			high = middle;
	}
	return put_of_runs(c, out);
}
