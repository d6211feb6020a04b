/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* advert_test - R-44: texts that advertise and texts that only seem to; R-45: what advertising must
 * say. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/sms/advert.h"
#include "tests/unit/support/run.h"

static size_t words(const char *text, const char *out[ADVERT_WORDS_MAX])
{
	return advert_words(text, strlen(text), out);
}

static const struct {
	const char *text, *word;
} advertises[] = {
	{"Скидка на всё", "скидка"},
	{"Со СКИДКОЙ дешевле", "скидка"},
	{"суперскидки недели", "скидка"},
	{"с к и д к а для вас", "скидка"},
	{"с.к.и.д.к.а", "скидка"},
	{"ски дка", "скидка"},
	{"CКИДKA", "скидка"}, /* C, K and A are Latin */
	{"скиидкаа", "скидка"},
	{"Акция! Приходите", "акция"},
	{"ак-ция до пятницы", "акция"},
	{"В рамках акции", "акция"},
	{"-20% на заказ", "%"},
	{"минус 15 % до конца недели", "%"},
	{"Ваш промокод {promo}", "промокод"},
	{"пр0м0к0д", "промокод"},
	{"Только сегодня до 20:00", "только сегодня"},
	{"Бонусы начислены", "бонус"},
	{"РАСПРОДАЖА", "распродажа"},
	{"Вернём кэшбэк", "кешбэк"},
	{"Кешбек на счёт", "кешбэк"},
	{"Это выгодно", "выгодно"},
	{"Успейте купить", "успейте"},
	{"Подарок внутри", "подарок"},
	{"с подарком", "подарок"},
	{"Big SALE today", "sale"},
	{"A discount for you", "discount"},
	{"Заказ 5 готов. А пока он едет, участвуйте в розыгрыше", "розыгрыш"},
};

START_TEST(test_r44_advertises)
{
	const char *out[ADVERT_WORDS_MAX];
	size_t count = words(advertises[_i].text, out);
	bool is = false;

	for (size_t i = 0; i < count; i++)
		is = is || strcmp(out[i], advertises[_i].word) == 0;
	ck_assert_msg(is, "%s: %s is not found", advertises[_i].text, advertises[_i].word);
}
END_TEST

static const char *const innocent[] = {
	"",
	"Ваш заказ 1234 доставлен",
	"Акциз уплачен",
	"Собрание акционеров перенесено",
	"Письмо акционеру",
	"Реакция на заявку: транзакция отклонена, редакция договора новая",
	"Сумма 1200 ₽, в т. ч. НДС 20 %",
	"НДС 20%",
	"По ставке 12,5 % годовых",
	"Кредит под 18% годовых",
	"Пени 0,1 % за день",
	"Комиссия 2%",
	"VAT 20%",
	"Аккумулятор: заряд 80 %",
	"Вы годны к службе",
	"Ждём вас под аркой у входа",
	"Призыв перенесён",
	"Код 4821. Никому его не говорите",
	"Выгодоприобретатель изменён",
	"Your order is wholesale",
	"Only for today's delivery",
};

START_TEST(test_r44_innocent)
{
	const char *out[ADVERT_WORDS_MAX];
	size_t count = words(innocent[_i], out);

	ck_assert_msg(count == 0, "%s: %s is found", innocent[_i], count > 0 ? out[0] : "");
}
END_TEST

START_TEST(test_r44_each_word_once_and_no_more_than_fit)
{
	const char *out[ADVERT_WORDS_MAX];

	ck_assert_uint_eq(words("Скидка, скидки, СКИДКОЙ", out), 1);
	ck_assert_uint_eq(words("скидка распродажа промокод акция бонус кешбэк выгодно успейте "
				"подарок розыгрыш 5%",
				out),
			  ADVERT_WORDS_MAX);
}
END_TEST

START_TEST(test_r44_broken_text_is_read)
{
	const char *out[ADVERT_WORDS_MAX];

	ck_assert_uint_eq(advert_words("\xFF\xD0", 2, out), 0);
	ck_assert_uint_eq(words("\xD0 скидка \xFF", out), 1);
}
END_TEST

START_TEST(test_r45_names)
{
	static const struct {
		const char *text, *name;
		bool is;
	} cases[] = {
		{"Ромашка: скидка", "Ромашка", true},
		{"РОМАШКА: скидка", "Ромашка", true},
		{"ООО «Ромашка»", "ООО Ромашка", true},
		{"Скидка у нас", "Ромашка", false},
		{"Ромашкавилль", "Ромашка", false},
		{"Про ромашка-чай", "Ромашка", true},
		{"Рога и копыта", "Рога и Копыта", true},
		{"Ромашка", "", false},
		{"Ром", "Ромашка", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(advert_names(cases[i].text, strlen(cases[i].text), cases[i].name,
					   strlen(cases[i].name)) == cases[i].is,
			      "%s in %s", cases[i].name, cases[i].text);
}
END_TEST

START_TEST(test_r45_refusal)
{
	static const struct {
		const char *text;
		bool is;
	} cases[] = {
		{"Скидка. Отказ: СТОП на 1234", true},
		{"Sale. Reply STOP to opt out", true},
		{"Отписаться: https://v.example/stop/0123", true},
		{"Отписка: 8 800 000-00-00", true},
		{"https://v.example/stop/0123", true},
		{"Скидка 20%", false},
		{"Наш настоящий потолок цен", false},
		{"", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(advert_refusal(cases[i].text, strlen(cases[i].text)) == cases[i].is,
			      "%s", cases[i].text);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("advert");

	tcase_add_loop_test(tc, test_r44_advertises, 0, sizeof(advertises) / sizeof(advertises[0]));
	tcase_add_loop_test(tc, test_r44_innocent, 0, sizeof(innocent) / sizeof(innocent[0]));
	tcase_add_test(tc, test_r44_each_word_once_and_no_more_than_fit);
	tcase_add_test(tc, test_r44_broken_text_is_read);
	tcase_add_test(tc, test_r45_names);
	tcase_add_test(tc, test_r45_refusal);
	return case_run("advert", tc);
}
