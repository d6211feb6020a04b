// SPDX-License-Identifier: AGPL-3.0-or-later
// clients - invented people for the demo's company: common Russian names, towns, bonuses and debts, all drawn by a
// seeded generator, so that client 17 is the same person in every file and on every machine.
//
// Numbers are +7 900 and seven digits that are spread over the range.  As with all generated clients, the simulator
// is the only thing they ever reach.

import { seeded } from '../../tests/system/lib/random.mjs';

const SEED = 20_261_127;

const MEN = [
  // first name, and the middle names it gives to a son and a daughter
  ['Александр', 'Александрович', 'Александровна'], ['Алексей', 'Алексеевич', 'Алексеевна'],
  ['Андрей', 'Андреевич', 'Андреевна'], ['Антон', 'Антонович', 'Антоновна'], ['Артём', 'Артёмович', 'Артёмовна'],
  ['Борис', 'Борисович', 'Борисовна'], ['Вадим', 'Вадимович', 'Вадимовна'], ['Виктор', 'Викторович', 'Викторовна'],
  ['Владимир', 'Владимирович', 'Владимировна'], ['Вячеслав', 'Вячеславович', 'Вячеславовна'],
  ['Денис', 'Денисович', 'Денисовна'], ['Дмитрий', 'Дмитриевич', 'Дмитриевна'], ['Евгений', 'Евгеньевич', 'Евгеньевна'],
  ['Иван', 'Иванович', 'Ивановна'], ['Игорь', 'Игоревич', 'Игоревна'], ['Илья', 'Ильич', 'Ильинична'],
  ['Константин', 'Константинович', 'Константиновна'], ['Максим', 'Максимович', 'Максимовна'],
  ['Михаил', 'Михайлович', 'Михайловна'], ['Николай', 'Николаевич', 'Николаевна'], ['Олег', 'Олегович', 'Олеговна'],
  ['Павел', 'Павлович', 'Павловна'], ['Пётр', 'Петрович', 'Петровна'], ['Роман', 'Романович', 'Романовна'],
  ['Сергей', 'Сергеевич', 'Сергеевна'], ['Юрий', 'Юрьевич', 'Юрьевна'],
];
const WOMEN = [
  'Александра', 'Алина', 'Алла', 'Анастасия', 'Анна', 'Валентина', 'Вера', 'Виктория', 'Галина', 'Дарья', 'Евгения',
  'Екатерина', 'Елена', 'Жанна', 'Инна', 'Ирина', 'Ксения', 'Лариса', 'Любовь', 'Людмила', 'Маргарита', 'Марина',
  'Мария', 'Надежда', 'Наталья', 'Нина', 'Оксана', 'Ольга', 'Полина', 'Раиса', 'Светлана', 'София', 'Тамара',
  'Татьяна', 'Юлия', 'Яна',
];
const LAST = [
  // as a man bears it; feminine() makes the other form
  'Алексеев', 'Андреев', 'Антонов', 'Баранов', 'Белов', 'Борисов', 'Васильев', 'Виноградов', 'Волков', 'Воробьёв',
  'Гаврилов', 'Голубев', 'Громов', 'Гусев', 'Давыдов', 'Данилов', 'Егоров', 'Жуков', 'Зайцев', 'Зимин', 'Иванов',
  'Ильин', 'Калинин', 'Ковалёв', 'Козлов', 'Комаров', 'Кравченко', 'Крылов', 'Кузнецов', 'Лебедев', 'Литвиненко',
  'Макаров', 'Медведев', 'Мельников', 'Миронов', 'Морозов', 'Никитин', 'Новиков', 'Орлов', 'Осипов', 'Павлов',
  'Петров', 'Покровский', 'Поляков', 'Попов', 'Романов', 'Рябов', 'Савельев', 'Семёнов', 'Сидоров', 'Смирнов',
  'Соболев', 'Соколов', 'Сорокин', 'Степанов', 'Тарасов', 'Титов', 'Тихомиров', 'Фёдоров', 'Филиппов', 'Фомин',
  'Цветков', 'Чернов', 'Шевченко', 'Щербаков', 'Яковлев', 'Яровой',
];

/** Towns with their share of clients; each address has a shop, a pharmacy and a salon. */
const TOWNS = [
  [30, 'Тверь', ['ул. Садовая, 12', 'пр. Победы, 41', 'б-р Цанова, 6', 'ул. Склизкова, 80']],
  [18, 'Ярославль', ['ул. Свободы, 52', 'пр. Ленина, 27', 'ул. Победы, 38']],
  [14, 'Калуга', ['ул. Кирова, 19', 'ул. Гагарина, 4', 'ул. Ленина, 102']],
  [12, 'Вологда', ['ул. Мира, 82', 'Пошехонское ш., 22']],
  [10, 'Рязань', ['ул. Почтовая, 54', 'Московское ш., 65']],
  [8, 'Кострома', ['ул. Советская, 24', 'пр. Мира, 51']],
  [5, 'Ржев', ['ул. Большая Спасская, 15']],
  [3, 'Торжок', ['ул. Дзержинского, 48']],
];
const MASTERS = ['Алёна', 'Вероника', 'Диана', 'Кристина', 'Лидия', 'Милана', 'Снежана', 'Эльвира'];

/** What a client is drawn with. */
function dice(seed) {
  const below = seeded(seed);
  return {
    below,
    pick: (list) => list[below(list.length)],
    once: (n) => below(n) === 0,
    /** Many small and few large, around `typical`. */
    skewed: (typical) => -typical * Math.log(1 - below(1e6) / 1e6),
  };
}

function feminine(last) {
  if (/(ов|ев|ёв|ин)$/.test(last)) return `${last}а`;
  return last.replace(/ый$|ий$|ой$/, 'ая');
}

function pickTown(random) {
  let at = random.below(TOWNS.reduce((sum, [share]) => sum + share, 0));
  return TOWNS.find(([share]) => (at -= share) < 0);
}

const levelOf = (bonus) => (bonus >= 3000 ? 'Золотой' : bonus >= 1000 ? 'Серебряный' : 'Базовый');

/** Ten million different numbers: the factor shares no divisor with their count. */
export function phoneOf(i) {
  const digits = String((i * 6_180_339 + 3_141_592) % 10_000_000).padStart(7, '0');
  return `+7 900 ${digits.slice(0, 3)}-${digits.slice(3, 5)}-${digits.slice(5)}`;
}

/** Client `i` of the company. */
export function clientOf(i) {
  const random = dice(Math.imul(i + 1, 0x9e3779b1) ^ SEED);
  const woman = random.below(100) < 62;
  const father = random.pick(MEN);
  const last = random.pick(LAST);
  const [, town, addresses] = pickTown(random);
  // Multiples of five go with the same form of the word: 5 бонусов, 105 бонусов.
  const bonus = Math.min(12_000, 5 * Math.ceil(random.skewed(900) / 5));
  return {
    code: `ЗМ-${String(i + 1).padStart(6, '0')}`,
    phone: phoneOf(i),
    last: woman ? feminine(last) : last,
    // A few cards were filled in badly: what texts have fallbacks for.
    first: random.once(80) ? '' : woman ? random.pick(WOMEN) : random.pick(MEN)[0],
    middle: random.once(9) ? '' : father[woman ? 2 : 1],
    town,
    shop: random.pick(addresses),
    bonus,
    level: levelOf(bonus),
    discount: 5 * (1 + random.below(5)),
    master: random.pick(MASTERS),
    hour: `${9 + random.below(11)}:${random.pick(['00', '30'])}`,
    debt: `${(Math.ceil(random.skewed(14_000) / 10) * 10 + 900).toLocaleString('ru-RU')}`,
  };
}
