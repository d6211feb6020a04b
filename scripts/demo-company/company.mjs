// SPDX-License-Identifier: AGPL-3.0-or-later
// company - what `make demo` shows: "Зимородок", an invented company with shops, pharmacies, salons and a small bank.
// Its people, files, lists, campaigns and messages, to be read from top to bottom; build.mjs brings them about.

import { phoneOf } from './clients.mjs';

const SHOP = 'Zimorodok';
const PHARMACY = 'ZimApteka';
const SALON = 'ZimSalon';
const BANK = 'ZimBank';

/** Today, or in some days, at an hour of this machine's clock. */
function at(days, hour) {
  const time = new Date();
  time.setDate(time.getDate() + days);
  time.setHours(hour, 0, 0, 0);
  return time;
}

/** Who signs in; her own number takes test messages. */
export const manager = { login: 'olga', name: 'Ольга Синицына', phone: '+7 900 000-10-01' };

// --- files and lists --------------------------------------------------------------------------------------

const WHO = {
  'Код': (c) => c.code,
  'Телефон': (c) => c.phone,
  'Фамилия': (c) => c.last,
  'Имя': (c) => c.first,
  'Отчество': (c) => c.middle,
};
const PAYMENT_DAY = at(7, 0).toLocaleDateString('ru-RU', { day: 'numeric', month: 'long' });

/** The card of the shops: as many clients as the demo is asked for. */
export const cards = {
  name: 'Карты «Зимородок».csv',
  list: 'Держатели карты',
  columns: { ...WHO, 'Город': (c) => c.town, 'Магазин': (c) => c.shop, 'Бонусы': (c) => c.bonus, 'Уровень': (c) => c.level },
};

/** Clients `from`, `from + every`, ...: most hold a card, so one client is on several lists. */
export const files = [
  {
    name: 'Аптеки, постоянные покупатели.csv', list: 'Аптеки: постоянные покупатели', count: 1150, from: 4, every: 7,
    columns: { ...WHO, 'Город': (c) => c.town, 'Аптека': (c) => c.shop, 'Скидка': (c) => c.discount },
  },
  {
    name: 'Запись в салоны на завтра.csv', list: 'Салоны: запись на завтра', count: 640, from: 2, every: 13,
    columns: { ...WHO, 'Салон': (c) => c.shop, 'Мастер': (c) => c.master, 'Время записи': (c) => c.hour },
  },
  {
    name: 'Платежи по кредитам.csv', list: 'Банк: платёж на этой неделе', count: 480, from: 1, every: 17,
    columns: { ...WHO, 'Сумма платежа': (c) => c.debt, 'Дата платежа': () => PAYMENT_DAY },
  },
  {
    // Filled in by hand at the stand: bad rows are left out.
    name: 'Анкеты с выставки.csv', list: 'Гости выставки «Дом и уют»', count: 230, from: 50_000, every: 1, on_error: 'skip',
    columns: { 'Телефон': (c) => c.phone, 'Фамилия': (c) => c.last, 'Имя': (c) => c.first, 'Город': (c) => c.town },
    bad: [
      '8 900 12-34;Соколова;Вера;Тверь', '7,9E+10;Гусев;Павел;Ржев', ';Белова;Инна;Калуга',
      '8 900 300-40-50, 8 900 300-40-51;Орлов;Юрий;Вологда', 'уточнить;Зимина;Нина;Тверь',
      '+8 900 300-40-52;Титов;Олег;Рязань', '89OO3004053;Фомина;Яна;Кострома',
    ],
  },
  {
    // Excel has shortened every number: the whole file is refused.
    name: 'Выгрузка из 1С.csv', list: 'Оптовые покупатели', count: 36, from: 60_000, every: 1, refused: true,
    columns: { 'Телефон': () => '7,9E+10', 'Фамилия': (c) => c.last, 'Имя': (c) => c.first },
  },
];

/** What clients of every file agreed to. */
export const consent = {
  text: 'Согласен получать рекламу компании «Зимородок» по SMS на указанный мной номер. Согласие можно отозвать в любой момент, ответив СТОП.',
  origin: 'Анкеты магазинов, аптек и салонов',
  basis: 'Подпись под отдельным согласием',
  proof: 'Опись подписанных согласий',
};

/** Who said stop: clients of the pharmacies, the last three to everything. */
export const optOuts = [4, 53, 102, 151, 200, 249, 298, 347, 396, 445, 494, 543]
  .map((i, no) => ({ phone: phoneOf(i), scope: no < 9 ? 'advertising' : 'all' }));

// --- campaigns --------------------------------------------------------------------------------------------

/** To all cards at full speed, shown in the terminal. */
export const first = {
  name: 'Бонусы до воскресенья', list: cards.list, sender: SHOP, class: 'advertising',
  text: 'Зимородок: {first_name|Здравствуйте}, у вас {бонусы} бонусов. Тратьте до воскресенья!',
};

/** `becomes` is the status in which the demo leaves it; paces are such that a part is sent by then. */
export const campaigns = [
  {
    becomes: 'finished', name: 'Салоны: напоминание о записи', list: 'Салоны: запись на завтра', sender: SALON, class: 'service',
    text: '{first_name|Здравствуйте}, ждём вас завтра в {время_записи}: салон «Зимородок», {салон}. Мастер — {мастер}. Перенести: zimorodok.example/z',
  },
  {
    becomes: 'finished', name: 'Банк: скоро платёж по кредиту', list: 'Банк: платёж на этой неделе', sender: BANK, class: 'service', category: 'debt',
    text: '{first_name|Здравствуйте}, до {дата_платежа} внесите {сумма_платежа} ₽ по кредиту. Если уже внесли, всё в порядке. Банк «Зимородок»',
  },
  {
    becomes: 'finished', name: 'Аптеки: скидка на витамины', list: 'Аптеки: постоянные покупатели', sender: PHARMACY, class: 'advertising',
    text: '{first_name|Здравствуйте}, витамины для вас дешевле на {скидка} % до конца недели. Аптека «Зимородок», {аптека}. Отказ от рассылки: ответьте СТОП',
  },
  {
    // November has no 31st: noticed while it ran.
    becomes: 'cancelled', name: 'Салоны: окрашивание со скидкой', list: 'Салоны: запись на завтра', sender: SALON, class: 'advertising', pace_per_min: 1200,
    text: '{first_name|Здравствуйте}, до 31 ноября окрашивание в салонах «Зимородок» дешевле на 30 %. Запись: zimorodok.example/z',
  },
  {
    becomes: 'paused', name: 'Аптеки: прививка от гриппа', list: 'Аптеки: постоянные покупатели', sender: PHARMACY, class: 'service', pace_per_min: 4000, validity_s: 604_800,
    text: '{first_name|Здравствуйте}, сегодня в аптеке «Зимородок» ({аптека}) можно сделать прививку от гриппа. Возьмите паспорт и полис',
  },
  {
    becomes: 'running', name: 'Новогодний каталог', list: cards.list, sender: SHOP, class: 'advertising', pace_per_min: 90, validity_s: 604_800,
    text: '{first_name|Здравствуйте}, новогодний каталог ждёт вас в «Зимородке»: {город}, {магазин}. Ваш уровень карты — {уровень}, подарок на кассе!',
  },
  {
    becomes: 'planned', name: 'Предновогодняя ярмарка', list: 'Гости выставки «Дом и уют»', sender: SHOP, class: 'advertising', start_at: at(1, 10),
    text: '{first_name|Здравствуйте}, спасибо, что заглянули к нам на выставку! В субботу — ярмарка в «Зимородке»: мастер-классы, глинтвейн и скидка 15 %',
  },
  {
    becomes: 'planned', name: 'Банк: вклад «Зимний»', list: 'Банк: платёж на этой неделе', sender: BANK, class: 'advertising', start_at: at(3, 12),
    text: '{first_name|Здравствуйте}, вклад «Зимний» в банке «Зимородок»: на 6 месяцев, от 10 000 ₽, проценты каждый месяц. zimorodok.example/v',
  },
  {
    becomes: 'draft', name: 'Нам двенадцать лет', list: cards.list, sender: SHOP, class: 'advertising',
    text: '{first_name}, «Зимородку» двенадцать лет! В день рождения дарим вам 500 бонусов и ',
  },
];

// --- messages of programs ---------------------------------------------------------------------------------

/** What the web shop, the bank and the salons send by themselves, to clients by their number in the files. */
export const messages = [
  { to: 0, sender: SHOP, text: 'Заказ 20418 собран. Ждём вас до пятницы: Тверь, ул. Садовая, 12. Код получения 4471' },
  { to: 1, sender: BANK, text: 'Код для входа 820 416. Никому его не говорите, даже сотруднику банка' },
  { to: 2, sender: SALON, text: 'Вы записаны на субботу, 12:30, мастер Вероника. Салон «Зимородок», ул. Свободы, 52' },
  { to: 5, sender: SHOP, text: 'Курьер Михаил привезёт заказ 20397 сегодня с 18 до 20 часов' },
  { to: 8, sender: BANK, text: 'Платёж 12 400 ₽ получен, следующий — через месяц. Банк «Зимородок»' },
  { to: 11, sender: PHARMACY, text: 'Лекарство по заказу 7712 привезли. Аптека «Зимородок», ул. Кирова, 19, до 22 часов' },
  { to: 14, sender: SHOP, text: 'Вернули 1 890 ₽ за заказ 20355 на карту. Срок зачисления — до трёх дней' },
].map(({ to, ...rest }) => ({ to: phoneOf(to), class: 'service', ...rest }));
