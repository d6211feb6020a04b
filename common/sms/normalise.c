/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* normalise - the form of a text that is counted and sent.
 *
 * Composition covers every canonical pair of Unicode whose result is Latin (U+00C0 to U+024F,
 * U+1E00 to U+1EFF: European languages, Vietnamese) or Cyrillic (U+0400 to U+052F), which is what
 * keyboards and macOS files hold decomposed.  Marks are taken in the order they stand; other
 * scripts stay as they are.  The result is never longer than the text, so it may replace it. */
#include "common/sms/parts.h"

#include <string.h>

#include "common/text/utf8.h"

#define FIRST_MARK 0x0300
#define LAST_MARK  0x036F
#define CLASS_NONE 255 /* of a mark that composes with nothing: blocks what follows */

/* Per mark: its canonical combining class, then base and composed letter in turn. */
static const struct mark {
	uint16_t code_point;
	uint8_t combining_class;
	const char *pairs;
} marks[] = {
	{0x0300, 230,
	 "AÀEÈIÌOÒUÙaàeèiìoòuùÜǛüǜNǸnǹЕЀИЍеѐиѝĒḔēḕŌṐōṑWẀwẁÂẦâầĂẰăằ"
	 "ÊỀêềÔỒôồƠỜơờƯỪưừYỲyỳ"},
	{0x0301, 230,
	 "AÁEÉIÍOÓUÚYÝaáeéiíoóuúyýCĆcćLĹlĺNŃnńRŔrŕSŚsśZŹzźÜǗüǘGǴgǵ"
	 "ÅǺåǻÆǼæǽØǾøǿГЃКЌгѓкќÇḈçḉĒḖēḗÏḮïḯKḰkḱMḾmḿÕṌõṍŌṒōṓPṔpṕŨṸũṹ"
	 "WẂwẃÂẤâấĂẮăắÊẾêếÔỐôốƠỚơớƯỨưứ"},
	{0x0302, 230,
	 "AÂEÊIÎOÔUÛaâeêiîoôuûCĈcĉGĜgĝHĤhĥJĴjĵSŜsŝWŴwŵYŶyŷZẐzẑẠẬạậ"
	 "ẸỆẹệỌỘọộ"},
	{0x0303, 230, "AÃNÑOÕaãnñoõIĨiĩUŨuũVṼvṽÂẪâẫĂẴăẵEẼeẽÊỄêễÔỖôỗƠỠơỡƯỮưữYỸyỹ"},
	{0x0304, 230,
	 "AĀaāEĒeēIĪiīOŌoōUŪuūÜǕüǖÄǞäǟȦǠȧǡÆǢæǣǪǬǫǭÖȪöȫÕȬõȭȮȰȯȱYȲyȳ"
	 "ИӢиӣУӮуӯGḠgḡḶḸḷḹṚṜṛṝ"},
	{0x0306, 230, "AĂaăEĔeĕGĞgğIĬiĭOŎoŏUŬuŭУЎИЙийуўЖӁжӂАӐаӑЕӖеӗȨḜȩḝẠẶạặ"},
	{0x0307, 230,
	 "CĊcċEĖeėGĠgġIİZŻzżAȦaȧOȮoȯBḂbḃDḊdḋFḞfḟHḢhḣMṀmṁNṄnṅPṖpṗRṘ"
	 "rṙSṠsṡŚṤśṥŠṦšṧṢṨṣṩTṪtṫWẆwẇXẊxẋYẎyẏſẛ"},
	{0x0308, 230,
	 "AÄEËIÏOÖUÜaäeëiïoöuüyÿYŸЕЁІЇеёіїАӒаӓӘӚәӛЖӜжӝЗӞзӟИӤиӥОӦоӧ"
	 "ӨӪөӫЭӬэӭУӰуӱЧӴчӵЫӸыӹHḦhḧÕṎõṏŪṺūṻWẄwẅXẌxẍtẗ"},
	{0x0309, 230, "AẢaảÂẨâẩĂẲăẳEẺeẻÊỂêểIỈiỉOỎoỏÔỔôổƠỞơởUỦuủƯỬưửYỶyỷ"},
	{0x030A, 230, "AÅaåUŮuůwẘyẙ"},
	{0x030B, 230, "OŐoőUŰuűУӲуӳ"},
	{0x030C, 230,
	 "CČcčDĎdďEĚeěLĽlľNŇnňRŘrřSŠsšTŤtťZŽzžAǍaǎIǏiǐOǑoǒUǓuǔÜǙüǚ"
	 "GǦgǧKǨkǩƷǮʒǯjǰHȞhȟ"},
	{0x030F, 230, "AȀaȁEȄeȅIȈiȉOȌoȍRȐrȑUȔuȕѴѶѵѷ"},
	{0x0311, 230, "AȂaȃEȆeȇIȊiȋOȎoȏRȒrȓUȖuȗ"},
	{0x031B, 216, "OƠoơUƯuư"},
	{0x0323, 220,
	 "BḄbḅDḌdḍHḤhḥKḲkḳLḶlḷMṂmṃNṆnṇRṚrṛSṢsṣTṬtṭVṾvṿWẈwẉZẒzẓAẠaạ"
	 "EẸeẹIỊiịOỌoọƠỢơợUỤuụƯỰưựYỴyỵ"},
	{0x0324, 220, "UṲuṳ"},
	{0x0325, 220, "AḀaḁ"},
	{0x0326, 220, "SȘsșTȚtț"},
	{0x0327, 202, "CÇcçGĢgģKĶkķLĻlļNŅnņRŖrŗSŞsşTŢtţEȨeȩDḐdḑHḨhḩ"},
	{0x0328, 202, "AĄaąEĘeęIĮiįUŲuųOǪoǫ"},
	{0x032D, 220, "DḒdḓEḘeḙLḼlḽNṊnṋTṰtṱUṶuṷ"},
	{0x032E, 220, "HḪhḫ"},
	{0x0330, 220, "EḚeḛIḬiḭUṴuṵ"},
	{0x0331, 220, "BḆbḇDḎdḏKḴkḵLḺlḻNṈnṉRṞrṟTṮtṯZẔzẕhẖ"},
};

static const struct mark *mark_find(uint32_t code_point)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (marks[i].code_point == code_point)
			return &marks[i];
	return NULL;
}

/* The composed letter of `base` and the mark, or 0. */
static uint32_t compose(const struct mark *mark, uint32_t base)
{
	const char *at = mark->pairs, *end = at + strlen(at);

	while (at < end) {
		uint32_t candidate = utf8_next(&at, end);
		uint32_t composed = utf8_next(&at, end);

		if (candidate == base)
			return composed;
	}
	return 0;
}

/* A run of marks behind one letter of the output. */
struct run {
	char *letter;	  /* NULL: no run is open */
	uint8_t blocking; /* class of the last mark that stayed */
};

static char *last_code_point(char *out, char *to)
{
	do
		to--;
	while (to > out && ((unsigned char)*to & 0xC0) == 0x80);
	return to;
}

/* Merge the mark into the run's letter, or append it.  Returns the new end of the output. */
static char *mark_put(struct run *run, uint32_t code_point, char *out, char *to)
{
	const struct mark *mark = mark_find(code_point);
	uint32_t composed = 0;
	const char *rest;
	char utf8[4];
	size_t len;

	if (run->letter == NULL && to > out)
		*run = (struct run){.letter = last_code_point(out, to)};
	if (run->letter != NULL && mark != NULL && run->blocking < mark->combining_class) {
		rest = run->letter;
		composed = compose(mark, utf8_next(&rest, to));
	}
	if (composed == 0) {
		run->blocking = mark != NULL ? mark->combining_class : CLASS_NONE;
		return to + utf8_put(code_point, to);
	}
	len = utf8_put(composed, utf8);
	memmove(run->letter + len, rest, (size_t)(to - rest));
	memcpy(run->letter, utf8, len);
	return run->letter + len + (to - rest);
}

/* Past every byte that cannot begin something that changes: CR, U+0300 to U+037F, U+200B, U+2060,
 * U+FEFF. */
static const char *plain_end(const char *at, const char *end)
{
	static const bool interesting[256] = {
		['\r'] = true, [0xCC] = true, [0xCD] = true, [0xE2] = true, [0xEF] = true};

	while (at < end && !interesting[(unsigned char)*at])
		at++;
	return at;
}

size_t sms_normalise(const char *text, size_t len, char *out)
{
	const char *at = text, *end = text + len;
	struct run run = {0};
	char *to = out;

	while (at < end) {
		const char *start = at;
		uint32_t c;

		at = plain_end(at, end);
		if (at > start) {
			memmove(to, start, (size_t)(at - start));
			to += at - start;
			run.letter = NULL;
			continue;
		}
		c = utf8_next(&at, end);
		if (c >= FIRST_MARK && c <= LAST_MARK) {
			to = mark_put(&run, c, out, to);
			continue;
		}
		run.letter = NULL;
		if (c == '\r') {
			*to++ = '\n';
			if (at < end && *at == '\n')
				at++;
		} else if (c != 0x200B && c != 0x2060 && c != 0xFEFF) {
			memmove(to, start,
				(size_t)(at - start)); /* also a byte that is not UTF-8 */
			to += at - start;
		}
	}
	return (size_t)(to - out);
}
