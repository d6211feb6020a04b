/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* render_bench - how many texts with five placeholders, a condition, a
 * link and a promo code one core renders a second, and how many of them it then puts into Latin
 * letters.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/sms/spelling.h"
#include "common/sms/template.h"

#define TEXTS 500000

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The same text again and again, in Latin letters; `written` is left so. */
static bool spell(struct buf *written)
{
	struct buf out;
	bool ok = true;
	double start = now_s(), took;

	buf_init(&out, 8192);
	for (int i = 0; i < TEXTS && ok; i++) {
		buf_reset(&out);
		buf_add(&out, written->data, written->len);
		ok = spelling_apply(SPELLING_LATIN, &out);
	}
	took = now_s() - start;
	printf("%s\n%d texts in %.2f s: %.0f a second\n", buf_str(&out), TEXTS, took, TEXTS / took);
	buf_deinit(&out);
	return ok;
}

int main(void)
{
	static const char text[] = "{name:first_word:title|Клиент}, до {till:date \"D MMMM YYYY\"} "
				   "у вас {points:number} "
				   "{points:plural \"балл\" \"балла\" \"баллов\"}{if sum >= 1000}, "
				   "на счёте {sum:money "
				   "\"₽\"}{else}, счёт пуст{end}: "
				   "{link https://shop.example/?c={id}}, код {promo spring}";
	const struct template_value values[] = {
		{"АННА-МАРИЯ петровна", strlen("АННА-МАРИЯ петровна")},
		{"2026-05-05", 10},
		{"12345", 5},
		{"1234567.5", 9},
		{"c-1234567", 9},
	};
	struct template_given given = {
		.link = {{"https://go.example/l/Ab7xKq2mZr", 31}},
		.promo = {"SPRING-2026", 11},
	};
	struct template *t = NULL;
	struct err err = {0};
	struct buf out;
	double start, took;
	int missing;
	bool ok = true;

	if (!template_compile(text, strlen(text), &t, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	buf_init(&out, 4096);
	start = now_s();
	for (int i = 0; i < TEXTS && ok; i++) {
		buf_reset(&out);
		ok = template_render(t, values, &given, &out, &missing);
	}
	took = now_s() - start;
	printf("%s\n%d texts in %.2f s: %.0f a second\n", buf_str(&out), TEXTS, took, TEXTS / took);
	ok = ok && spell(&out);
	buf_deinit(&out);
	template_free(&t);
	return ok ? 0 : 1;
}
