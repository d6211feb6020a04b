// SPDX-License-Identifier: AGPL-3.0-or-later
// clients - generated clients for demo, tests and measurements; nobody's data.
//
// Numbers are +7 900 000-00-00 and on, names are drawn from lists of common Russian names.  The
// simulator is the only thing these numbers ever reach: programs here talk to loopback addresses.

const FIRST = [
  ['Анна', 'Мария', 'Елена', 'Ольга', 'Татьяна', 'Наталья', 'Ирина', 'Светлана', 'Екатерина', 'Юлия', 'Дарья', 'Полина'],
  ['Александр', 'Сергей', 'Дмитрий', 'Андрей', 'Алексей', 'Максим', 'Иван', 'Михаил', 'Николай', 'Артём', 'Игорь', 'Пётр'],
];
const LAST = [
  'Иванов', 'Смирнов', 'Кузнецов', 'Попов', 'Васильев', 'Петров', 'Соколов', 'Михайлов', 'Новиков', 'Фёдоров',
  'Морозов', 'Волков', 'Алексеев', 'Лебедев', 'Семёнов', 'Егоров', 'Павлов', 'Козлов', 'Степанов', 'Николаев',
];
const CITIES = ['Москва', 'Санкт-Петербург', 'Казань', 'Самара', 'Екатеринбург', 'Новосибирск', 'Омск', 'Пермь'];

/** The number of client `i`: +79000000000 and on, ten million of them. */
export function phoneOf(i) {
  return `+7900${String(i).padStart(7, '0')}`;
}

/** A number that reproduces itself, so that every run makes the same clients. */
function pick(list, i, salt) {
  let x = Math.imul(i + 1, 2654435761) ^ Math.imul(salt, 40503);
  x ^= x >>> 15;
  x = Math.imul(x, 2246822519);
  x ^= x >>> 13;
  return list[(x >>> 0) % list.length];
}

export function clientOf(i) {
  const woman = i % 2 === 0;
  return {
    external_id: `C${String(i).padStart(8, '0')}`,
    phone: phoneOf(i),
    first_name: pick(FIRST[woman ? 0 : 1], i, 1),
    last_name: pick(LAST, i, 2) + (woman ? 'а' : ''),
    city: pick(CITIES, i, 3),
    bonus: String(100 + (Math.imul(i, 7919) >>> 0) % 4900),
  };
}

/** CSV with a header line, in pieces of about `rows` rows, for a streamed upload. */
export function* csv(count, { from = 0, rows = 5000 } = {}) {
  let text = 'external_id;phone;first_name;last_name;city;bonus\n';
  for (let i = from; i < from + count; i++) {
    text += `${Object.values(clientOf(i)).join(';')}\n`;
    if ((i - from) % rows === rows - 1) {
      yield Buffer.from(text);
      text = '';
    }
  }
  if (text) yield Buffer.from(text);
}
