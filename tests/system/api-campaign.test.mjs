// SPDX-License-Identifier: AGPL-3.0-or-later
// Campaigns through the API: what may follow what, what is checked, how progress is told.  The
// other daemons are not running; what they would write is written here.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { House } from './lib/stack.mjs';

let house;
let api;

before(async () => {
  house = await House.open('api_campaign');
  api = await Api.open(house);
  await house.db.query(`INSERT INTO account (name, host, port, system_id) VALUES ('main', '127.0.0.1', 1, 'x')`);
  await api.upload('phone;имя;Город\n89161234567;Иван;Тверь\n', '?list=VIP');
});
after(async () => {
  const { code } = await api.daemon.stop();
  await house.close();
  assert.equal(code, 0);
});

const good = { name: 'November', text: 'Hi {first_name|friend} from {город}', sender: 'VESTNIK', class: 'advertising', category: 'advertising' };
const create = async (more = {}) => {
  const { status, body } = await api.post('/v1/campaigns', { ...good, ...more });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};
const act = (id, action) => api.request('POST', `/v1/campaigns/${id}/${action}`);
const runOf = async (id, status = 'running') => house.value(
  `INSERT INTO run (campaign_id, status, deadline, audience, duplicates, chunks, snapshot_at)
   VALUES ($1, $2, clock_timestamp() + interval '1 day', 1000, 3, 1, clock_timestamp()) RETURNING id`, [id, status]);

test('a campaign may report the fate of each message', async () => {
  const made = await create();
  assert.equal(made.report_statuses, false);
  assert.equal((await api.patch(`/v1/campaigns/${made.id}`, { report_statuses: true })).body.report_statuses, true);
  assert.equal((await api.patch(`/v1/campaigns/${made.id}`, { name: 'other' })).body.report_statuses, true);
  assert.equal((await api.post('/v1/campaigns', { ...good, report_statuses: 'yes' })).body.errors[0].field, 'report_statuses');
});

test('a draft is made, read and changed', async () => {
  const made = await create({ list_id: '1', account: 'main', priority: 7, max_parts: 3, validity_s: 3600, pace_per_min: 600, start_at: '2027-01-01T12:00:00+03:00' });
  assert.deepEqual(
    [made.status, made.category, made.list_id, made.account, made.priority, made.max_parts, made.validity_s, made.pace_per_min, made.start_at, made.run_id],
    ['draft', 'advertising', '1', 'main', 7, 3, 3600, 600, '2027-01-01T09:00:00.000Z', null]);
  assert.deepEqual((await api.get(`/v1/campaigns/${made.id}`)).body, made);
  const changed = (await api.patch(`/v1/campaigns/${made.id}`, { name: 'December', list_id: null, account: null, pace_per_min: null, start_at: null })).body;
  assert.deepEqual(changed, { ...made, name: 'December', list_id: null, list_name: null, account: null, pace_per_min: null, start_at: null });
});

for (const [why, more, field, part] of [
  ['an unknown placeholder', { text: 'Hi {frist_name}' }, 'text', '{first_name}'],
  ['a broken placeholder', { text: 'Hi {first_name' }, 'text', ''],
  ['an unknown list', { list_id: '999' }, 'list_id', 'GET /v1/lists'],
  ['an unknown account', { account: 'nobody' }, 'account', 'GET /v1/accounts'],
  ['a wrong time', { start_at: 'tomorrow' }, 'start_at', 'zone'],
  ['a wrong priority', { priority: 10 }, 'priority', 'from 1 to 9'],
  ['a wrong class', { class: 'spam' }, 'class', 'advertising'],
  ['no name', { name: undefined }, 'name', 'characters'],
  ['an unknown member', { colour: 'red' }, 'colour', 'one of name'],
]) {
  test(`a campaign with ${why} is refused by name`, async () => {
    for (const { status, body } of [
      await api.post('/v1/campaigns', { ...good, ...more }),
      ...(why === 'no name' ? [] : [await api.patch(`/v1/campaigns/${(await create()).id}`, more)]),
    ]) {
      assert.equal(status, 422);
      assert.equal(body.errors[0].field, field);
      assert.ok(body.errors[0].expected.includes(part), body.errors[0].expected);
    }
  });
}

// Which status each action leads to, from each status; null: a conflict.
const statuses = ['draft', 'planned', 'running', 'paused', 'finished', 'cancelled', 'failed'];
const ways = {
  launch: ['planned', 'planned', 'running', null, null, null, null],
  pause: [null, 'paused', 'paused', 'paused', null, null, null],
  resume: [null, 'planned', 'running', 'running', null, null, null],
  cancel: ['cancelled', 'cancelled', 'cancelled', 'cancelled', null, 'cancelled', null],
};

for (const [action, leads] of Object.entries(ways)) {
  test(`${action} does from every status what it should, and twice the same`, async () => {
    for (const [i, from] of statuses.entries()) {
      const { id } = await create();
      const withRun = ['running', 'paused', 'finished'].includes(from);
      const run = withRun ? await runOf(id, from) : null;
      await house.db.query('UPDATE campaign SET status = $2 WHERE id = $1', [id, from]);
      for (let times = 0; times < 2; times++) {
        const { status, body } = await act(id, action);
        if (leads[i] === null) {
          assert.equal(status, 409, `${action} from ${from}`);
          assert.match(body.detail, new RegExp(`is ${from} and cannot be`));
        } else {
          assert.deepEqual([status, body.status], [200, leads[i]], `${action} from ${from}`);
          if (run) assert.equal(await house.value('SELECT status FROM run WHERE id = $1', [run]), leads[i]);
        }
      }
    }
  });
}

test('launch sets the start time unless there is one', async () => {
  const { id } = await create();
  const launched = (await act(id, 'launch')).body;
  assert.ok(Math.abs(Date.parse(launched.start_at) - Date.now()) < 60_000);
  assert.ok(launched.launched_at);
  const later = await create({ start_at: '2030-01-01T00:00:00Z' });
  assert.equal((await act(later.id, 'launch')).body.start_at, '2030-01-01T00:00:00.000Z');
  const patched = await api.patch(`/v1/campaigns/${id}`, { name: 'x' });
  assert.deepEqual([patched.status, /only a draft/.test(patched.body.detail)], [409, true]);
});

test('a pause before the run or during its snapshot holds', async () => {
  const { id } = await create();
  await act(id, 'launch');
  assert.equal((await act(id, 'pause')).body.status, 'paused');
  assert.equal((await act(id, 'resume')).body.status, 'planned');
  const run = await runOf(id, 'snapshot');
  await house.db.query(`UPDATE campaign SET status = 'running' WHERE id = $1`, [id]);
  assert.equal((await act(id, 'pause')).body.status, 'paused');
  assert.equal(await house.value('SELECT status FROM run WHERE id = $1', [run]), 'snapshot');
  assert.equal((await act(id, 'cancel')).body.status, 'cancelled');
  assert.equal(await house.value('SELECT status FROM run WHERE id = $1', [run]), 'cancelled');
});

test('what does not exist is a 404 in every way', async () => {
  for (const [method, path] of [['GET', ''], ['POST', '/launch'], ['POST', '/pause'], ['POST', '/resume'], ['POST', '/cancel'],
    ['GET', '/progress'], ['GET', '/progress/stream'], ['GET', '/suppressions'], ['GET', '/messages']])
    assert.equal((await api.request(method, `/v1/campaigns/999999${path}`)).status, 404, path);
  assert.equal((await api.patch('/v1/campaigns/999999', {})).status, 404);
});

test('campaigns come in pages, the newest first, by status', async () => {
  await house.db.query('DELETE FROM run; DELETE FROM campaign');
  const ids = [];
  for (let i = 0; i < 7; i++) ids.unshift((await create({ name: `c${i}` })).id);
  await act(ids[3], 'cancel');
  const seen = [];
  let cursor = null;
  do {
    const { body } = await api.get(`/v1/campaigns?limit=3${cursor ? `&cursor=${cursor}` : ''}`);
    seen.push(...body.campaigns.map((c) => c.id));
    cursor = body.next_cursor;
  } while (cursor);
  assert.deepEqual(seen, ids);
  assert.deepEqual((await api.get('/v1/campaigns?status=cancelled')).body.campaigns.map((c) => c.id), [ids[3]]);
});

// --- progress

test('progress is the sum of the counts', async () => {
  const { id } = await create();
  const run = await runOf(id);
  await house.db.query(`UPDATE campaign SET status = 'running' WHERE id = $1`, [id]);
  await house.db.query(`INSERT INTO run_count (run_id, slot, messages, parts, cost_micro, suppressed, accepted, delivered, failed)
    VALUES ($1, 1, 400, 800, 1250000, 5, 300, 200, 1), ($1, 2, 400, 800, 1250000, 5, 300, 200, 1)`, [run]);
  const { body } = await api.get(`/v1/campaigns/${id}/progress`);
  assert.deepEqual(
    [body.status, body.run_status, body.audience, body.duplicates, body.messages, body.parts, body.cost, body.suppressed, body.accepted, body.delivered, body.failed, body.left],
    ['running', 'running', 1000, 3, 800, 1600, '2.50', 10, 600, 400, 2, 388]);
});

/** Read events of a stream as they come; `next()` resolves to the next progress, or null at its end. */
async function listen(id) {
  const controller = new AbortController();
  const response = await fetch(`${api.base}/v1/campaigns/${id}/progress/stream`, {
    headers: { authorization: `Bearer ${api.token}` }, signal: controller.signal,
  });
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type'), /^text\/event-stream/);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    async next() {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end >= 0) {
          const event = text.slice(0, end);
          text = text.slice(end + 2);
          const data = event.match(/^data: (.*)$/m);
          if (data) return JSON.parse(data[1]);
          continue;
        }
        const { done, value } = await reader.read();
        if (done) return null;
        text += value;
      }
    },
    close: () => controller.abort(),
  };
}

test('five hundred watch at once, and see the end', { timeout: 60_000 }, async () => {
  const { id } = await create();
  const run = await runOf(id);
  await house.db.query(`UPDATE campaign SET status = 'running' WHERE id = $1`, [id]);
  const watchers = [];
  for (let i = 0; i < 500; i++) watchers.push(await listen(id));
  for (const w of watchers) assert.equal((await w.next()).accepted, 0);
  await house.db.query('INSERT INTO run_count (run_id, slot, messages, accepted) VALUES ($1, 1, 1000, 500)', [run]);
  const until = async (w, condition) => {
    for (;;) {
      const event = await w.next();
      if (event === null || condition(event)) return event;
    }
  };
  const begin = performance.now();
  for (const w of watchers) assert.equal((await until(w, (e) => e.accepted === 500)).accepted, 500);
  assert.ok(performance.now() - begin < 5_000);
  assert.equal((await api.get('/v1/lists')).status, 200, 'others go on');
  await house.db.query(`UPDATE run SET status = 'finished', finished_at = clock_timestamp() WHERE id = $1`, [run]);
  await house.db.query(`UPDATE campaign SET status = 'finished', finished_at = clock_timestamp() WHERE id = $1`, [id]);
  for (const w of watchers) {
    assert.equal((await until(w, (e) => e.status === 'finished')).status, 'finished');
    assert.equal(await until(w, () => false), null, 'the stream ends');
  }
});

test('a watcher that leaves is forgotten, and stopping ends those who stay', { timeout: 60_000 }, async () => {
  const own = await Api.open(house, { instance: '2', token: api.token });
  const { id } = await create();
  const response = await fetch(`${own.base}/v1/campaigns/${id}/progress/stream`, { headers: { authorization: `Bearer ${api.token}` } });
  const text = response.text();
  const { code, ms } = await own.daemon.stop();
  assert.equal(code, 0);
  assert.ok(ms < 10_000);
  assert.match(await text, /"status":"draft"/);
});

// --- reports

test('suppressions and messages of a campaign come in pages', async () => {
  const { id } = await create();
  assert.deepEqual((await api.get(`/v1/campaigns/${id}/messages`)).body, { messages: [], next_cursor: null });
  const run = await runOf(id);
  for (let i = 1; i <= 25; i++)
    await house.db.query('INSERT INTO suppression (run_id, client_id, msisdn, reason) VALUES ($1, $2, 79160000000 + $2, 1)', [run, i]);
  const bases = (await house.value('SELECT message_base_ids(3)')).map(BigInt);
  const ids = [];
  for (const base of bases) {
    await house.db.query(`INSERT INTO batch (id, run_id, account_id, lane, class, category, message_count, parts, sender, deadline, filtered_at)
      VALUES ($1, $2, 1, 1, 1, 1, 20, 20, 'V', clock_timestamp(), clock_timestamp())`, [base, run]);
    for (let i = 0n; i < 20n; i++) {
      await house.db.query(`INSERT INTO message VALUES ($1, 1, 79161234567, 0, 1, 0, 'x')`, [base + i]);
      await house.db.query('INSERT INTO message_state (id, state) VALUES ($1, $2)', [base + i, i % 10n === 0n ? 9 : 0]);
      ids.push(base + i);
    }
  }
  const all = async (path, member, key) => {
    const seen = [];
    let cursor = null;
    do {
      const { status, body } = await api.get(`${path}limit=7${cursor ? `&cursor=${cursor}` : ''}`);
      assert.equal(status, 200, JSON.stringify(body));
      assert.ok(body[member].length <= 7);
      seen.push(...body[member].map((x) => BigInt(x[key])));
      cursor = body.next_cursor;
    } while (cursor);
    return seen;
  };
  assert.deepEqual(await all(`/v1/campaigns/${id}/suppressions?`, 'suppressions', 'client_id'), Array.from({ length: 25 }, (_, i) => BigInt(i + 1)));
  assert.deepEqual(await all(`/v1/campaigns/${id}/messages?`, 'messages', 'id'), ids);
  assert.deepEqual(await all(`/v1/campaigns/${id}/messages?state=delivered&`, 'messages', 'id'), ids.filter((_, i) => i % 10 === 0));
  assert.deepEqual(await all(`/v1/campaigns/${id}/messages?state=failed&`, 'messages', 'id'), []);
  assert.equal((await api.get(`/v1/campaigns/${id}/messages?state=lost`)).status, 422);
  const [first] = (await api.get(`/v1/campaigns/${id}/suppressions?limit=1`)).body.suppressions;
  assert.deepEqual([first.phone, first.reason], ['+79160000001', 'opt_out']);
});

test('a number tells what it was left out of, and why, in pages', async () => {
  const campaigns = [];
  for (const name of ['Spring', 'Summer']) campaigns.push((await create({ name })).id);
  // Of one microsecond, as chunks dispatched at once may be: a page ends between them all the same.
  for (const [i, id] of campaigns.entries())
    await house.db.query(`INSERT INTO suppression (run_id, client_id, msisdn, reason, at) VALUES ($1, 7, 79169990001, $2, date_trunc('day', now()))`,
      [await runOf(id), i + 1]);
  await house.db.query('INSERT INTO suppression (message_id, msisdn, reason) VALUES (256, 79169990001, 1), (512, 79169990002, 1)');
  const left = async (body) => (await api.post('/v1/suppressions/search', body)).body;
  const first = await left({ phone: '8 916 999-00-01', limit: 2 });
  const { suppressions: rest, next_cursor: end } = await left({ phone: '+79169990001', limit: 2, cursor: first.next_cursor });
  const told = [...first.suppressions, ...rest];
  assert.deepEqual(told.map((s) => [s.campaign_name, s.campaign_id, s.client_id, s.message_id, s.reason]), [
    [null, null, null, '256', 'opt_out'],
    ['Summer', String(campaigns[1]), '7', null, 'no_number'],
    ['Spring', String(campaigns[0]), '7', null, 'opt_out'],
  ]);
  assert.equal(end, null);
  assert.ok(Date.parse(told[0].at) > Date.parse(told[1].at));
  assert.deepEqual(await left({ phone: '+79169990003' }), { suppressions: [], next_cursor: null });
});

test('the account is up while its gateway can send', async () => {
  const state = async () => (await api.get('/v1/accounts')).body.accounts[0];
  assert.equal((await state()).state, 'down');
  await house.db.query(`INSERT INTO account_lease VALUES (1, 'me', 1, clock_timestamp() + interval '1 min', NULL, NULL)`);
  assert.equal((await state()).state, 'up');
  await house.db.query(`UPDATE account_lease SET stopped = 'wrong password'`);
  assert.deepEqual([(await state()).state, (await state()).stopped], ['down', 'wrong password']);
});
