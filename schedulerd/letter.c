/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* letter - see letter.h. */
#include "schedulerd/letter.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base/mem.h"
#include "common/web/json_out.h"

#define LINE_OCTETS	57 /* 76 characters of base64 */
#define WORD_OCTETS	39 /* of a word of a head: 52, and 12 around it */
#define TEXT_BYTES_MAX	16384
#define SUBJECT_BYTES	900
#define WEB_BYTES_SHOWN 1000

/* {names} are set in. */
struct wording {
	const char *kind;
	const char *subject[2], *body[2]; /* English, Russian */
};

static const struct wording wordings[] = {
	{"approval_wanted",
	 {"For your approval: {campaign}", "На согласование: {campaign}"},
	 {"{person} asks for the approval of the campaign \"{campaign}\" ({department}).\n"
	  "Clients: {clients}. It may cost up to {cost}.\n",
	  "{person} просит согласовать рассылку «{campaign}» ({department}).\n"
	  "Клиентов: {clients}. Стоить может до {cost}.\n"}},
	{"approved",
	 {"Approved: {campaign}", "Согласовано: {campaign}"},
	 {"{person} has approved the campaign \"{campaign}\" ({department}). It can be launched.\n",
	  "{person}: рассылка «{campaign}» ({department}) согласована. Её можно запускать.\n"}},
	{"declined",
	 {"Declined: {campaign}", "Отклонено: {campaign}"},
	 {"{person} has declined the campaign \"{campaign}\" ({department}):\n{reason}\n",
	  "{person}: рассылка «{campaign}» ({department}) отклонена:\n{reason}\n"}},
	{"campaign_finished",
	 {"Finished: {campaign}", "Завершена: {campaign}"},
	 {"The campaign \"{campaign}\" ({department}) is finished. Its page has the result.\n",
	  "Рассылка «{campaign}» ({department}) завершена. Итог на её странице.\n"}},
	{"campaign_failed",
	 {"Failed: {campaign}", "Не состоялась: {campaign}"},
	 {"The campaign \"{campaign}\" ({department}) could not go on. Its page says why.\n",
	  "Рассылка «{campaign}» ({department}) не состоялась. Почему, сказано на её странице.\n"}},
	{"budget_threshold",
	 {"Budget of {department} for {month}: {percent} %",
	  "Бюджет «{department}» на {month}: {percent} %"},
	 {"Of the budget of {department} for {month} {percent} % or more are spent or held.\n",
	  "Бюджет «{department}» на {month} израсходован и зарезервирован на {percent} % или "
	  "больше.\n"}},
};

static const struct wording *wording_of(const char *kind)
{
	for (size_t i = 0; i < sizeof(wordings) / sizeof(wordings[0]); i++)
		if (strcmp(wordings[i].kind, kind) == 0)
			return &wordings[i];
	return NULL;
}

/* --- setting in ----------------------------------------------------------------------------------
 */

struct value {
	const char *name;
	const char *text;
};

static void set_in(const char *pattern, const struct value *values, struct buf *out)
{
	while (*pattern != '\0') {
		const struct value *v = values;
		size_t len = 0;

		for (; *pattern == '{' && v->name != NULL; v++) {
			len = strlen(v->name);
			if (strncmp(pattern, v->name, len) == 0)
				break;
		}
		if (*pattern == '{' && v->name != NULL) {
			buf_add_str(out, v->text);
			pattern += len;
		} else {
			buf_add_char(out, *pattern++);
		}
	}
}

static void fill(const struct letter *l, const char *pattern, struct buf *out)
{
	char percent[24], clients[24], cost[MICRO_SIZE];
	const struct value values[] = {
		{"{campaign}", l->campaign},
		{"{department}", l->department},
		{"{month}", l->month},
		{"{person}", l->person},
		{"{reason}", l->reason},
		{"{percent}", percent},
		{"{clients}", clients},
		{"{cost}", cost},
		{NULL, NULL},
	};

	(void)snprintf(percent, sizeof(percent), "%lld", (long long)l->percent);
	(void)snprintf(clients, sizeof(clients), "%lld", (long long)l->clients);
	(void)micro_text(l->ceiling_micro, cost);
	set_in(pattern, values, out);
}

/* --- MIME ----------------------------------------------------------------------------------------
 */

static void add_base64(struct buf *out, const char *data, size_t len)
{
	unsigned char text[4 * (LINE_OCTETS / 3) + 1];
	int n = EVP_EncodeBlock(text, (const unsigned char *)data, (int)len);

	buf_add(out, text, (size_t)n);
}

/* Where a piece of at most `most` octets ends without cutting a character. */
static size_t piece_of(const char *data, size_t len, size_t most)
{
	size_t n = len < most ? len : most;

	while (n > 0 && n < len && ((unsigned char)data[n] & 0xc0) == 0x80)
		n--;
	return n > 0 ? n : len < most ? len : most;
}

/* RFC 2047: words that no sign of a name can break out of. */
static void add_subject(struct buf *out, const char *subject, size_t len)
{
	buf_add_str(out, "Subject:");
	while (len > 0) {
		size_t n = piece_of(subject, len, WORD_OCTETS);

		buf_add_str(out, " =?UTF-8?B?");
		add_base64(out, subject, n);
		buf_add_str(out, "?=\r\n");
		subject += n;
		len -= n;
	}
}

static void add_body(struct buf *out, const char *text, size_t len)
{
	buf_add_str(out, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
			 "Content-Transfer-Encoding: base64\r\n\r\n");
	while (len > 0) {
		size_t n = len < LINE_OCTETS ? len : LINE_OCTETS;

		add_base64(out, text, n);
		buf_add_str(out, "\r\n");
		text += n;
		len -= n;
	}
}

static void add_head(const struct letter *l, struct buf *out)
{
	time_t at = (time_t)(l->created_at_us / 1000000);
	struct tm utc;
	char date[64];

	gmtime_r(&at, &utc);
	/* The names of days and months are those of the C locale, which daemons keep. */
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &utc);
	buf_printf(out, "From: Vestnik <%s>\r\nTo: <%s>\r\nDate: %s\r\n", l->from, l->to, date);
	buf_printf(out, "Message-ID: <notice-%lld-%lld@%s>\r\nAuto-Submitted: auto-generated\r\n",
		   (long long)l->id, (long long)at, strchr(l->from, '@') + 1);
}

static void add_link(const struct letter *l, struct buf *text)
{
	if (l->web[0] == '\0' || strlen(l->web) > WEB_BYTES_SHOWN)
		return;
	buf_printf(text, "\n%s", l->web);
	if (l->campaign_id != 0)
		buf_printf(text, "/campaigns/%lld", (long long)l->campaign_id);
	buf_add_char(text, '\n');
}

bool letter_write(const struct letter *l, struct buf *out)
{
	const struct wording *w = wording_of(l->kind);
	struct buf subject, text;
	bool fits;

	if (w == NULL)
		return false;
	buf_init(&subject, TEXT_BYTES_MAX);
	buf_init(&text, TEXT_BYTES_MAX);
	fill(l, w->subject[l->russian], &subject);
	fill(l, w->body[l->russian], &text);
	add_link(l, &text);
	add_head(l, out);
	add_subject(out, buf_str(&subject), piece_of(subject.data, subject.len, SUBJECT_BYTES));
	add_body(out, buf_str(&text), text.len);
	fits = !subject.overflow && !text.overflow && !out->overflow;
	buf_deinit(&subject);
	buf_deinit(&text);
	return fits;
}
