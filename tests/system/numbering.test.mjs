// SPDX-License-Identifier: AGPL-3.0-or-later
// vestnik numbering and number_info(), against PostgreSQL: registers in every form, versions, look-ups that a
// naive scan agrees with, ported numbers.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { seeded } from './lib/random.mjs';
import { BIN, House, ROOT, run } from './lib/stack.mjs';

const MTS = ['ПАО "Мобильные ТелеСистемы"', '7740000076'];
const T2 = ['ООО "Т2 Мобайл', '7743895280']; // the quote is never closed, as in the register
const SMALL = ['ООО "Никто"', '5001000001'];
const HEADING_6 = 'АВС/ DEF;От;До;Емкость;Оператор;Регион';
const HEADING_8 = `${HEADING_6};Территория ГАР;ИНН`;

let house;
let folder;

before(async () => {
  house = await House.open('numbering');
  folder = path.join(house.dir, 'files');
  mkdirSync(folder);
});
after(() => house?.close());

/** Bytes of windows-1251; only what these tests write. */
const cp1251 = (text) => Buffer.from([...text].map((c) => {
  const code = c.codePointAt(0);
  if (code < 0x80) return code;
  if (code >= 0x410 && code <= 0x44f) return code - 0x410 + 0xc0;
  throw new Error(`no windows-1251 for ${c}`);
}));

function file(name, content) {
  const where = path.join(folder, name);
  writeFileSync(where, content);
  return where;
}

const row8 = (code, from, to, [name, inn], region) =>
  [code, String(from).padStart(7, '0'), String(to).padStart(7, '0'), to - from + 1, name, region, region, inn].join(';');

const numbering = (...words) => run([path.join(BIN, 'vestnik'), 'numbering', ...words], { env: { VESTNIK_DATABASE: house.databaseUrl } });

async function numberingOk(...words) {
  const { code, stdout, stderr } = await numbering(...words);
  assert.equal(code, 0, stderr);
  return stdout;
}

async function refused(pattern, ...words) {
  const { code, stdout, stderr } = await numbering(...words);
  assert.equal(code, 1, stdout);
  assert.match(stderr, pattern);
  return stderr;
}

async function info(...msisdns) {
  const { rows } = await house.db.query(
    `SELECT i.*, o.code FROM number_info($1::bigint[]) i LEFT JOIN operator o ON o.id = i.operator_id ORDER BY i.msisdn`, [msisdns]);
  return rows;
}

const versions = () => house.value('SELECT count(*)::int FROM numbering_version');
const ranges = () => house.value('SELECT count(*)::int FROM numbering_range');

test('the subjects are those of the table of zones, and every zone exists', async () => {
  const table = readFileSync(path.join(ROOT, 'tests/vectors/ru_region_tz.csv'), 'utf8').trim().split('\n').slice(1)
    .map((line) => line.split(',').slice(0, 2));
  const { rows } = await house.db.query('SELECT name, zone FROM region');
  assert.equal(rows.length, 89);
  assert.deepEqual(rows.map((r) => [r.name, r.zone]).sort(), table.sort());
  assert.equal(await house.value(`SELECT count(*)::int FROM region, unnest(zones) z
    WHERE NOT EXISTS (SELECT FROM pg_timezone_names t WHERE t.name = z)`), 0);
  assert.equal(await house.value('SELECT count(*)::int FROM region WHERE numbering_region_ids(name) <> ARRAY[id]'), 0);
});

test('spellings of subjects are understood, alone, compound and by levels', async () => {
  const expected = {
    'г. Москва и Московская область': [50, 77],
    'г. Санкт-Петербург, Ленинградская область': [47, 78],
    'Республика Крым и г. Севастополь': [91, 92],
    'г. Улан-Удэ|Республика Бурятия': [3],
    'Ханты - Мансийский - Югра АО': [86],
    'Республика Саха /Якутия/': [14],
    'Республика Удмуртская': [18],
    'Чувашская Республика - Чувашия': [21],
    'Еврейская АО': [79],
    'Российская Федерация': [],
    'г. Нигде и Московская область': null,
    Атлантида: null,
  };
  for (const [spelling, ids] of Object.entries(expected))
    assert.deepEqual(await house.value('SELECT numbering_region_ids($1)', [spelling]), ids, spelling);
});

test('a dry run shows what a load would do and stores nothing', async () => {
  const def = file('def.csv', [HEADING_8, row8(916, 0, 999, MTS, 'г. Москва')].join('\r\n'));
  const said = await numberingOk('load', '--dry-run', def);
  assert.match(said, /1 new, 0 gone/);
  assert.match(said, /nothing is stored/);
  assert.equal(await versions(), 0);
  assert.equal(await ranges(), 0);
});

test('four files of three forms and two encodings are one version', async () => {
  const files = [
    file('abc3.csv', cp1251([HEADING_6, `301;0000000;0000999;1000;${T2[0]};Республика Бурятия`, ''].join('\r\n'))),
    file('abc4.csv', `495;0000000;0000999;1000;${MTS[0]};г. Москва и Московская область;${MTS[1]}\n`),
    file('abc8.csv', `\uFEFF${HEADING_6}\n800;0;999;1000;${SMALL[0]};Российская Федерация\n`),
    file('def.csv', `\uFEFF${[HEADING_8,
      row8(900, 0, 61999, T2, 'Краснодарский край'),
      row8(914, 0, 999, MTS, 'Республика Саха (Якутия)'),
      row8(916, 0, 999, MTS, 'г. Москва'),
      row8(916, 2000, 2999, SMALL, 'Атлантида'),
      row8(927, 0, 999, ['Товарищество', MTS[1]], 'Самарская область, Ульяновская область')].join('\r\n')}\r\n`),
  ];
  const said = await numberingOk('load', ...files);
  assert.match(said, /8 new/);
  assert.match(said, /is in force: 8 ranges/);
  assert.match(said, /ООО "Никто"/, 'an operator nobody knows is told');
  assert.match(said, /Атлантида/, 'so is a region');
  const rows = await info(73010000000, 74950000999, 78000000500, 79000061999, 79000062000, 79140000000, 79160000999, 79160001000, 79160002000, 79270000001, 491701234567);
  assert.deepEqual(rows.map((r) => [r.msisdn, r.code, r.region_id, r.zone, r.ported, r.assigned]), [
    [73010000000, 't2', 3, 'Asia/Irkutsk', false, true],
    [74950000999, 'mts', null, 'Europe/Moscow', false, true], // two subjects of one zone
    [78000000500, null, null, null, false, true],
    [79000061999, 't2', 23, 'Europe/Moscow', false, true],
    [79000062000, null, null, null, false, false],
    [79140000000, 'mts', 14, null, false, true], // Yakutia has three zones
    [79160000999, 'mts', 77, 'Europe/Moscow', false, true],
    [79160001000, null, null, null, false, false],
    [79160002000, null, null, null, false, true],
    [79270000001, 'mts', null, null, false, true], // by its tax number; two zones
    [491701234567, null, null, null, false, false],
  ]);
  assert.deepEqual(rows[5].zones, ['Asia/Srednekolymsk', 'Asia/Vladivostok', 'Asia/Yakutsk']);
  assert.deepEqual(rows[9].zones, ['Europe/Samara', 'Europe/Ulyanovsk']);
  assert.match(await numberingOk('load', ...files), /nothing has changed/);
  assert.equal(await versions(), 1);
});

test('bad lines are all named and nothing is stored', async () => {
  const bad = file('bad.csv', [HEADING_8, row8(916, 0, 999, MTS, 'г. Москва'), '916;0002000;0002999;999;А;Б;В;1',
    ...Array.from({ length: 120 }, () => '91;1;2;2;А;Б;В;1')].join('\n'));
  const said = await refused(/bad lines: 121; nothing was stored/, 'load', bad);
  assert.match(said, /bad\.csv:3: column 4/);
  assert.match(said, /bad\.csv:102: column 1/);
  assert.doesNotMatch(said, /bad\.csv:103:/, 'a hundred are enough');
  assert.match(said, /and 21 more/);
  await refused(/overlaps that of .*one\.csv:1/, 'load',
    file('one.csv', row8(916, 0, 999, MTS, 'г. Москва')), file('two.csv', row8(916, 999, 1999, MTS, 'г. Москва')));
  await refused(/6, 7 or 8/, 'load', file('clients.csv', 'phone,name\n'));
  await refused(/No such file/, 'load', path.join(folder, 'absent.csv'));
  assert.equal(await versions(), 1);
});

test('the database itself takes no overlap', async () => {
  const insert = (version, lo, hi) => house.db.query(
    'INSERT INTO numbering_range (version_id, lo, hi, operator_name_id, region_name_id) VALUES ($1, $2, $3, 1, 1)', [version, lo, hi]);
  const version = await house.value('SELECT id FROM numbering_version');
  await assert.rejects(insert(version, 79160000999, 79160001000), /numbering_range_overlap/);
  await assert.rejects(insert(version, 79159999999, 79160009999), /numbering_range_overlap/);
});

test('another version: its differences, its size, what was before', async () => {
  const next = [
    row8(900, 0, 61999, T2, 'Ставропольский край'), // another region
    row8(914, 0, 999, T2, 'Республика Саха (Якутия)'), // another operator
    row8(916, 0, 999, MTS, 'г. Москва'),
    row8(916, 2000, 2999, SMALL, 'Атлантида'),
    row8(927, 0, 999, ['Товарищество', MTS[1]], 'Самарская область, Ульяновская область'),
    row8(301, 0, 999, T2, 'Республика Бурятия'), // had no tax number
    row8(495, 0, 999, MTS, 'г. Москва и Московская область'),
    row8(958, 0, 999, MTS, 'г. Москва'), // new; 800 is gone
  ];
  const all = file('next.csv', [HEADING_8, ...next].join('\n'));
  await refused(/5 ranges where there were 8.*--force/, 'load', file('short.csv', next.slice(0, 5).join('\n')));
  const dry = await numberingOk('load', '--dry-run', all);
  assert.match(dry, /1 new, 1 gone, 1 with another operator, 1 with another region, 1 with another tax number/);
  assert.match(dry, /changed +79000000000 +79000061999 .*Краснодарский край -> Ставропольский край/);
  assert.match(dry, /changed +79140000000 .*Мобильные ТелеСистемы" -> ООО "Т2 Мобайл/);
  assert.match(dry, /new +79580000000/);
  assert.match(dry, /gone +78000000000/);
  assert.equal(await versions(), 1);
  const between = await house.value('SELECT clock_timestamp()');
  await numberingOk('load', all);
  assert.equal(await versions(), 2);
  assert.equal(await house.value('SELECT count(*)::int FROM numbering_version WHERE valid_to IS NULL'), 1);
  assert.equal((await info(79000000000))[0].region_id, 26);
  const then = await house.value('SELECT region_id FROM number_info(ARRAY[79000000000], $1)', [between]);
  assert.equal(then, 23, 'the past has stayed');
  assert.equal(await house.value(`SELECT region_id FROM number_info(ARRAY[79000000000], '2020-01-01')`), null);
  const list = await numberingOk('list');
  assert.match(list, /^ +\d+ +8 .*abc3\.csv abc4\.csv abc8\.csv def\.csv$/m);
  assert.match(list, /^ +\d+ +8 .*- +next\.csv$/m);
  await numberingOk('load', '--force', file('short.csv', next.slice(0, 5).join('\n')));
  assert.equal((await info(79580000000))[0].assigned, false);
  await numberingOk('load', '--force', all);
});

test('a name that is taught speaks for the ranges that are there', async () => {
  await refused(/no operator "nobody"/, 'map', 'operator', SMALL[0], 'nobody');
  await refused(/no region "Нигде"/, 'map', 'region', 'Атлантида', 'Нигде');
  assert.match(await numberingOk('map', 'operator', 'ооо «никто»', 'miatel'), /anew: 2/); // with and without tax number
  assert.match(await numberingOk('map', 'region', 'Атлантида', 'Сахалинская область'), /anew: 1/);
  const [row] = await info(79160002000);
  assert.deepEqual([row.code, row.region_id, row.zone], ['miatel', 65, 'Asia/Sakhalin']);
});

test('ported numbers', async () => {
  const first = file('mnp.csv', ['Number;OwnerId;MNC', '9160000001;T2;20', '79160000002;25099;99', '"+7 916 000-00-03";"ПАО ""Рога"";1',
    '9160000001;МегаФон;02', '9160000004;Вымпелком;'].join('\r\n'));
  const said = await numberingOk('ported', 'load', first);
  assert.match(said, /4 new or changed, 0 gone/);
  assert.match(said, /operator not known/);
  const rows = await info(79160000000, 79160000001, 79160000002, 79160000003, 79160000004);
  assert.deepEqual(rows.map((r) => [r.code, r.ported, r.region_id]), [
    ['mts', false, 77], ['megafon', true, 77], ['beeline', true, 77], [null, true, 77], ['beeline', true, 77]]);
  await house.db.query(`INSERT INTO ported_number (msisdn, operator_id, source) VALUES (79160000009, 1, 'receipt')`);
  await refused(/1 numbers where there were 4.*--force/, 'ported', 'load', file('few.csv', '9160000001;МТС\n'));
  assert.match(await numberingOk('ported', 'load', '--dry-run', '--force', file('few.csv', '9160000001;МТС\n')), /1 new or changed, 3 gone[^]*nothing is stored/);
  assert.equal(await house.value('SELECT count(*)::int FROM ported_number'), 5);
  await numberingOk('ported', 'load', '--force', file('few.csv', '9160000001\tМТС\n'));
  assert.deepEqual((await house.db.query('SELECT msisdn, operator_id, source FROM ported_number ORDER BY msisdn')).rows.map(Object.values),
    [[79160000001, 1, 'mnp'], [79160000009, 1, 'receipt']]);
  const bad = await refused(/bad lines: 4; nothing was stored/, 'ported', 'load',
    file('bad.csv', ['number;operator', '74950000001;МТС', '+491701234567;МТС', '9160000001', 'abc1;МТС'].join('\n')));
  assert.match(bad, /bad\.csv:2: .*no Russian mobile/);
  assert.match(bad, /bad\.csv:4: the operator is missing/);
  assert.doesNotMatch(bad, /4950000001/, 'numbers are personal data');
});

test('show says what is known of one number, and from where', async () => {
  const ported = await numberingOk('show', '8 (916) 000-00-01');
  for (const line of [/^number +\+79160000001$/m, /^country +RU$/m, /^kind +mobile$/m, /^plan +valid$/m, /^operator +МТС$/m, /^region +г\. Москва$/m,
    /^zone +Europe\/Moscow$/m, /^ported +yes$/m, /^source +ported numbers \(mnp\)$/m, /^range +79160000000 - 79160000999$/m])
    assert.match(ported, line);
  assert.match(await numberingOk('show', '79140000001'), /^source +register, version \d+$/m);
  assert.match(await numberingOk('show', '79140000001'), /^zone +Asia\/Srednekolymsk, Asia\/Vladivostok, Asia\/Yakutsk$/m);
  const abroad = await numberingOk('show', '+49 (0)170 1234567');
  assert.match(abroad, /^number +\+491701234567$/m);
  assert.match(abroad, /^country +DE$/m);
  assert.match(abroad, /^source +in no range of the register$/m);
  await refused(/too few/, 'show', '+12');
});

test('look-ups agree with a naive scan, few and many at once', async (t) => {
  const seed = Number(process.env.VESTNIK_SEED ?? Date.now() % 1_000_000);
  const below = seeded(seed);
  t.diagnostic(`VESTNIK_SEED=${seed}`);
  const table = [];
  const operators = [MTS, T2, SMALL];
  const regions = ['г. Москва', 'Республика Бурятия', 'Омская область'];
  for (const code of [301, 495, 900, 901, 999]) {
    for (let at = below(50); at < 10_000_000 && table.length % 400 !== 399;) {
      const to = Math.min(at + below(30_000), 9_999_999);
      table.push({ code, from: at, to, operator: operators[below(3)], region: regions[below(3)] });
      at = to + 1 + (below(3) ? 0 : below(20_000));
    }
    if (table.at(-1).to < 9_999_999) table.push({ code, from: 9_999_999, to: 9_999_999, operator: MTS, region: regions[0] });
  }
  const lines = table.map((r) => row8(r.code, r.from, r.to, r.operator, r.region));
  for (let i = lines.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [lines[i], lines[j]] = [lines[j], lines[i]];
  }
  await numberingOk('load', '--force', file('random.csv', lines.join('\n')));
  const lo = (r) => 70_000_000_000 + r.code * 10_000_000 + r.from;
  const hi = (r) => 70_000_000_000 + r.code * 10_000_000 + r.to;
  const edges = table.flatMap((r) => [lo(r) - 1, lo(r), hi(r), hi(r) + 1]);
  const numbers = [...edges, ...Array.from({ length: 4_000 }, () => {
    const r = table[below(table.length)];
    return lo(r) - 30_000 + below(60_000);
  })];
  const names = new Map([[MTS, 'mts'], [T2, 't2'], [SMALL, 'miatel']]);
  const naive = (n) => {
    const r = table.find((x) => lo(x) <= n && n <= hi(x));
    return r ? [names.get(r.operator), r.region, true] : [null, null, false];
  };
  const ask = async (some) => new Map((await house.db.query(
    `SELECT i.msisdn, o.code, r.name, i.assigned FROM number_info($1::bigint[]) i
       LEFT JOIN operator o ON o.id = i.operator_id LEFT JOIN region r ON r.id = i.region_id`, [some])).rows
    .map(({ msisdn, code, name, assigned }) => [msisdn, [code, name, assigned]]));
  await house.db.query('DELETE FROM ported_number');
  const many = await ask(numbers); // over 5,000: the sorted arrays
  assert.ok(numbers.length > 5_000);
  for (const n of numbers) assert.deepEqual(many.get(n), naive(n), `seed ${seed}: ${n}`);
  for (let i = 0; i < 5; i++) { // up to 5,000: the index
    const some = numbers.slice(i * 1_000, (i + 1) * 1_000);
    const few = await ask(some);
    for (const n of some) assert.deepEqual(few.get(n), many.get(n), `seed ${seed}: ${n}`);
  }
});

test('the daemons may look up and not change', async () => {
  const pg = (await import('pg')).default;
  for (const role of ['vestnik_apid', 'vestnik_schedulerd', 'vestnik_dispatcherd']) {
    const client = new pg.Client({ connectionString: house.roleUrl(role) });
    await client.connect();
    try {
      const { rows } = await client.query('SELECT assigned FROM number_info(ARRAY[73010000000])');
      assert.equal(rows.length, 1, role);
      await assert.rejects(client.query('DELETE FROM numbering_range'), /permission denied/, role);
      await assert.rejects(client.query('SELECT numbering_names_map()'), /permission denied/, role);
    } finally {
      await client.end();
    }
  }
});
