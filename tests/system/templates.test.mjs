// SPDX-License-Identifier: AGPL-3.0-or-later
// Templates, settings of short links and pools of promo codes through the API.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { House } from './lib/stack.mjs';

let house;
let api;

before(async () => {
  house = await House.open('templates');
  api = await Api.open(house);
  await house.db.query(`INSERT INTO account (name, host, port, system_id) VALUES ('main', '127.0.0.1', 1, 'x')`);
  await api.upload('phone;имя;Город\n89161234567;Иван;Тверь\n89161234568;;Петропавловск-Камчатский\n89161234569;Константин;\n');
});
after(async () => {
  const { code } = await api.daemon.stop();
  await house.close();
  assert.equal(code, 0);
});

let number = 0;
const good = () => ({ name: `Весна ${++number}`, category: 'service', sender: 'SHOP', text: 'Привет, {first_name|друг}!' });
const create = async (more = {}) => {
  const { status, body } = await api.post('/v1/templates', { ...good(), ...more });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};

test('a template is made, read, found and deleted', async () => {
  const made = await create({ name: 'Осень' });
  assert.deepEqual(
    [made.name, made.category, made.sender, made.version, made.text, made.campaigns, made.lacking, made.versions.length],
    ['Осень', 'service', 'SHOP', 1, 'Привет, {first_name|друг}!', [], [], 1]);
  assert.deepEqual((await api.get(`/v1/templates/${made.id}`)).body, made);
  const found = (await api.get('/v1/templates?query=осен')).body.templates;
  assert.deepEqual(found.map(({ id, campaign_count }) => [id, campaign_count]), [[made.id, 0]]);
  assert.equal((await api.request('DELETE', `/v1/templates/${made.id}`)).status, 204);
  assert.equal((await api.get(`/v1/templates/${made.id}`)).status, 404);
  assert.equal((await api.request('DELETE', `/v1/templates/${made.id}`)).status, 404);
});

test('templates are told the newest first, page by page, and by category', async () => {
  const names = [];
  for (const category of ['debt', 'service', 'debt', 'debt']) names.unshift({ name: (await create({ category })).name, category });
  const debts = names.filter(({ category }) => category === 'debt').map(({ name }) => name);
  const first = (await api.get('/v1/templates?category=debt&limit=2')).body;
  assert.deepEqual(first.templates.map(({ name }) => name), debts.slice(0, 2));
  const second = (await api.get(`/v1/templates?category=debt&limit=2&cursor=${first.next_cursor}`)).body;
  assert.deepEqual([second.templates.map(({ name }) => name), second.next_cursor], [debts.slice(2), null]);
  assert.deepEqual((await api.get('/v1/templates?limit=4')).body.templates.map(({ name }) => name), names.map(({ name }) => name));
  const { status, body } = await api.get('/v1/templates?category=rumour');
  assert.deepEqual([status, body.errors[0].field], [422, 'category']);
});

test('another text is another version, and the old one stays', async () => {
  const made = await create();
  const same = (await api.put(`/v1/templates/${made.id}`, { name: made.name, category: 'advertising', text: made.text })).body;
  assert.deepEqual([same.version, same.category, same.sender], [1, 'advertising', '']);
  const other = (await api.put(`/v1/templates/${made.id}`, { name: made.name, category: 'advertising', text: 'Новый текст' })).body;
  assert.deepEqual([other.version, other.text], [2, 'Новый текст']);
  assert.deepEqual(other.versions.map(({ version, text }) => [version, text]), [[2, 'Новый текст'], [1, made.text]]);
  await assert.rejects(house.db.query("SET ROLE vestnik_apid; UPDATE template_version SET text = 'x'"), /permission denied/);
  await house.db.query('RESET ROLE');
});

for (const [why, more, field, part] of [
  ['an unknown field', { text: 'Hi {frist_name}' }, 'text', '{first_name}'],
  ['an unknown filter', { text: 'Hi {first_name:uper}' }, 'text', 'character 16'],
  ['an unknown pool', { text: '{promo nowhere}' }, 'text', 'GET /v1/promo-pools'],
  ['a link that leads elsewhere by data', { text: '{link https://{first_name}/}' }, 'text', 'host'],
  ['no category', { category: undefined }, 'category', 'advertising'],
  ['no text', { text: undefined }, 'text', 'characters'],
  ['a wrong sender', { sender: 'ВЕСТНИК' }, 'sender', 'Latin'],
]) {
  test(`a template with ${why} is refused by name`, async () => {
    const made = await create();
    for (const { status, body } of [
      await api.post('/v1/templates', { ...good(), ...more }),
      await api.put(`/v1/templates/${made.id}`, { ...good(), ...more }),
    ]) {
      assert.equal(status, 422, JSON.stringify(body));
      assert.equal(body.errors[0].field, field);
      assert.ok(body.errors[0].expected.includes(part), body.errors[0].expected);
    }
    assert.equal((await api.get(`/v1/templates/${made.id}`)).body.version, 1);
  });
}

test('two templates do not have one name', async () => {
  const made = await create();
  const { status, body } = await api.post('/v1/templates', { ...good(), name: made.name });
  assert.deepEqual([status, body.errors[0].field], [422, 'name']);
});

test('whom a text leaves out is told with numbers', async () => {
  const made = await create({ text: '{first_name}, {город}: {if last_name}{last_name}{end}{middle_name|-}' });
  assert.deepEqual(made.lacking, [{ field: 'first_name', clients: 1, of: 3 }, { field: 'город', clients: 1, of: 3 }]);
});

test('a campaign is made from a version, keeps it, and a text of its own ends that', async () => {
  const made = await create();
  await api.put(`/v1/templates/${made.id}`, { ...good(), name: made.name, text: 'Второй' });
  const draft = (await api.post('/v1/campaigns', { name: 'a', template_id: made.id, template_version: 1 })).body;
  assert.deepEqual(
    [draft.text, draft.sender, draft.category, draft.template_id, draft.template_version, draft.template_name],
    [made.text, 'SHOP', 'service', made.id, 1, made.name]);
  const newest = (await api.post('/v1/campaigns', { name: 'b', template_id: made.id, sender: 'OWN', category: 'debt' })).body;
  assert.deepEqual([newest.text, newest.sender, newest.category, newest.template_version], ['Второй', 'OWN', 'debt', 2]);

  const used = (await api.get(`/v1/templates/${made.id}`)).body;
  assert.deepEqual(used.campaigns.map(({ id, version, clicked }) => [id, version, clicked]), [[newest.id, 2, 0], [draft.id, 1, 0]]);
  const refused = await api.request('DELETE', `/v1/templates/${made.id}`);
  assert.deepEqual([refused.status, refused.body.type.split('/').at(-1)], [409, refused.body.type.split('/').at(-1)]);

  const same = (await api.patch(`/v1/campaigns/${draft.id}`, { name: 'c', text: made.text })).body;
  assert.equal(same.template_version, 1, 'the same text is still the template\'s');
  const moved = (await api.patch(`/v1/campaigns/${draft.id}`, { template_id: made.id })).body;
  assert.deepEqual([moved.text, moved.template_version], ['Второй', 2]);
  const own = (await api.patch(`/v1/campaigns/${draft.id}`, { text: 'Свой' })).body;
  assert.deepEqual([own.text, own.template_id, own.template_version], ['Свой', null, null]);

  for (const [more, field] of [
    [{ template_id: '999' }, 'template_id'], [{ template_id: made.id, template_version: 9 }, 'template_id'],
    [{ template_id: made.id, text: 'x' }, 'text'], [{ template_version: 1 }, 'template_version'],
  ]) {
    const { status, body } = await api.post('/v1/campaigns', { name: 'x', ...more });
    assert.deepEqual([status, body.errors?.[0].field], [422, field], JSON.stringify(more));
  }
});

test('a preview tells the alphabets, whom it leaves out and the worst case', async () => {
  const { body } = await api.post('/v1/texts/preview', { text: '{first_name}: {город|Msk} {external_id|1}', thorough: true });
  assert.deepEqual(body.alphabets.map(({ encoding, texts }) => [encoding, texts]), [['ucs2', 2]]);
  assert.deepEqual(body.lacking, [{ field: 'first_name', clients: 1, of: 3 }]);
  // Константин: Петропавловск-Камчатский 1
  assert.deepEqual(body.worst, { parts: 1, units: 'Константин: Петропавловск-Камчатский 1'.length, encoding: 'ucs2' });
  const quick = (await api.post('/v1/texts/preview', { text: '{first_name}' })).body;
  assert.ok(!('worst' in quick) && !('lacking' in quick));
});

// --- short links

test('what stands before a code is set, and checked', async () => {
  assert.deepEqual((await api.get('/v1/links/settings')).body, { base: null, days: 90 });
  const draft = (await api.post('/v1/campaigns', { name: 'a', sender: 'SHOP', text: 'Жми {link https://shop.example/}' })).body;
  const refused = await api.post(`/v1/campaigns/${draft.id}/launch`, undefined);
  assert.deepEqual([refused.status, refused.body.errors[0].field], [422, 'text'], 'without an address nothing is sent');
  for (const base of ['', 'go.example', 'https://go.example', 'https:///x/', 'https://го.рф/', 'ftp://go.example/'])
    assert.equal((await api.put('/v1/links/settings', { base, days: 30 })).status, 422, base);
  assert.deepEqual((await api.put('/v1/links/settings', { base: 'go.example/', days: 30 })).body, { base: 'go.example/', days: 30 });
  const { body } = await api.post('/v1/texts/preview', { text: 'Go {link https://shop.example/a/very/long/address/indeed?c={external_id|}} {link https://b.example/}' });
  assert.equal(body.samples[0].units, 'Go go.example/1234567890 go.example/12345678901'.length, 'counted as long as it will be');
});

// --- promo codes

const upload = (pool, text) => api.request('POST', `/v1/promo-pools/${pool}/codes`, { body: text, headers: { 'content-type': 'text/plain' } });

test('a pool is made, filled and deleted', async () => {
  const pool = (await api.post('/v1/promo-pools', { name: 'лето' })).body;
  assert.deepEqual([pool.size, pool.free, pool.campaigns], [0, 0, []]);
  const filled = await upload(pool.id, 'A-1\r\nB-22\n\nC-333');
  assert.deepEqual([filled.status, filled.body.size, filled.body.free, filled.body.given], [200, 3, 3, 0]);
  assert.deepEqual((await upload(pool.id, 'D-4\n')).body.size, 4);
  assert.equal((await api.post('/v1/promo-pools', { name: 'лето' })).body.errors[0].field, 'name');
  assert.ok((await api.get('/v1/promo-pools')).body.pools.some(({ id, size }) => id === pool.id && size === 4));

  const { body } = await api.post('/v1/texts/preview', { text: 'Code {promo лето}' });
  assert.equal(body.samples[0].units, 'Code C-333'.length, 'counted with the longest');
  assert.equal((await api.request('DELETE', `/v1/promo-pools/${pool.id}`)).status, 204);
  assert.equal((await upload(pool.id, 'x\n')).status, 404);
});

for (const [why, text, lines] of [
  ['with codes that stand twice', 'N-1\nN-2\nN-1\nN-1\n', [3, 4]],
  ['with codes known from another pool', 'N-5\nOLD-1\n', [2]],
  ['with lines that are no codes', `ok\nтест\n${'x'.repeat(65)}\na b\n`, [2, 3, 4]],
  ['without a code', '\n\n', [undefined]],
]) {
  test(`a file ${why} is refused whole, by line`, async () => {
    const other = (await api.post('/v1/promo-pools', { name: `other ${why}` })).body;
    await upload(other.id, 'OLD-1\n');
    const pool = (await api.post('/v1/promo-pools', { name: why })).body;
    const { status, body } = await upload(pool.id, text);
    assert.equal(status, 422);
    assert.deepEqual(body.errors.map(({ line }) => line), lines);
    assert.equal((await api.get(`/v1/promo-pools/${pool.id}`)).body.size, 0);
    assert.equal((await api.request('DELETE', `/v1/promo-pools/${other.id}`)).status, 204);
  });
}

test('200,000 codes come in a stream', async () => {
  const pool = (await api.post('/v1/promo-pools', { name: 'big' })).body;
  let n = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (n === 200_000) return controller.close();
      let piece = '';
      for (let i = 0; i < 10_000; i++) piece += `BIG-${++n}\n`;
      return controller.enqueue(new TextEncoder().encode(piece));
    },
  });
  const { status, body: filled } = await upload(pool.id, body);
  assert.deepEqual([status, filled.size], [200, 200_000], JSON.stringify(filled));
  assert.equal((await api.request('DELETE', `/v1/promo-pools/${pool.id}`)).status, 204);
});

test('too few codes refuse the launch with numbers, and two launches do not count on the same ones', async () => {
  const pool = (await api.post('/v1/promo-pools', { name: 'few' })).body;
  await upload(pool.id, 'F-1\nF-2\n');
  const draft = async () => (await api.post('/v1/campaigns', { name: 'few', sender: 'SHOP', text: 'Код {promo few}', class: 'service', category: 'service' })).body.id;
  const first = await draft();
  const check = (await api.get(`/v1/campaigns/${first}/check`)).body;
  assert.match(check.problems[0].message, /2 promo codes left for 3 recipients.*1 more/);
  const refused = await api.post(`/v1/campaigns/${first}/launch`, undefined);
  assert.equal(refused.status, 422);
  assert.match(refused.body.errors[0].expected, /2 promo codes left for 3 recipients/);
  await upload(pool.id, 'F-3\nF-4\n');
  assert.equal((await api.post(`/v1/campaigns/${first}/launch`, undefined)).status, 200);
  assert.deepEqual(await api.get(`/v1/promo-pools/${pool.id}`).then(({ body }) => [body.free, body.held, body.given]), [1, 3, 0]);
  const second = await api.post(`/v1/campaigns/${await draft()}/launch`, undefined);
  assert.match(second.body.errors[0].expected, /1 promo codes left for 3 recipients/);
  assert.equal((await api.request('DELETE', `/v1/promo-pools/${pool.id}`)).status, 409);
});

test('a code that nobody has, or that there is not, is not redeemed', async () => {
  const pool = (await api.post('/v1/promo-pools', { name: 'redeem' })).body;
  await upload(pool.id, 'R-1\n');
  assert.equal((await api.post('/v1/promo/redeem', { code: 'R-1' })).status, 409);
  assert.equal((await api.post('/v1/promo/redeem', { code: 'R-2' })).status, 404);
  assert.equal((await api.post('/v1/promo/redeem', { code: 'R-1', amount: 'x' })).status, 422);
});
