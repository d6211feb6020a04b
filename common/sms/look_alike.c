/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* look_alike - see look_alike.h. */
#include "common/sms/look_alike.h"

#include <stddef.h>

static bool between(uint32_t c, uint32_t first, uint32_t last)
{
	return c >= first && c <= last;
}

uint32_t look_small(uint32_t c)
{
	if (between(c, 0xFF10, 0xFF5A)) /* full width */
		c -= 0xFEE0;
	if (between(c, 'A', 'Z'))
		return c + 0x20;
	if (between(c, 0x0410, 0x042F)) /* А to Я */
		return c + 0x20;
	if (between(c, 0x0400, 0x040F)) /* Ё and its neighbours */
		return c + 0x50;
	if (between(c, 0x0391, 0x03A9)) /* Greek */
		return c + 0x20;
	return c;
}

bool look_letter(uint32_t c)
{
	return between(c, 'a', 'z') || between(c, '0', '9') || between(c, 0x0430, 0x045F) ||
	       between(c, 0x03B1, 0x03C9) || between(c, 0x00E0, 0x024F);
}

uint32_t look_fold(uint32_t c)
{
	static const struct {
		uint16_t from, to;
	} alike[] = {
		{'0', 'o'},    {'3', 0x0437},	 {0x0430, 'a'},	   {0x0432, 'b'}, {0x0435, 'e'},
		{0x0451, 'e'}, {0x0439, 0x0438}, {0x043A, 'k'},	   {0x043C, 'm'}, {0x043D, 'h'},
		{0x043E, 'o'}, {0x0440, 'p'},	 {0x0441, 'c'},	   {0x0442, 't'}, {0x0443, 'y'},
		{0x0445, 'x'}, {0x0455, 's'},	 {0x0456, 'i'},	   {0x0458, 'j'}, {0x03B1, 'a'},
		{0x03B2, 'b'}, {0x03B5, 'e'},	 {0x03B7, 'h'},	   {0x03B9, 'i'}, {0x03BA, 'k'},
		{0x03BC, 'm'}, {0x03BD, 'n'},	 {0x03BF, 'o'},	   {0x03C1, 'p'}, {0x03C4, 't'},
		{0x03C5, 'y'}, {0x03C7, 'x'},	 {0x03C0, 0x043F}, /* Π and П */
	};

	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++)
		if (alike[i].from == c)
			return alike[i].to;
	return c;
}
