// SPDX-License-Identifier: AGPL-3.0-or-later
// Providers and accounts by the API: set up, changed under a running gateway, judged; and what is wrong now.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Gateway, waitFor } from './lib/gateway.mjs';
import { unsealed } from './lib/vault.mjs';

const PASSWORD = 'Geh31m-x';

async function withHouse(name, body) {
  const g = await Gateway.open(name, { password: PASSWORD });
  let api;
  try {
    await g.db.query('TRUNCATE provider CASCADE');
    api = await Api.open(g.house, { instance: name });
    await body(g, api);
  } finally { await g.close(); }
}

const wanted = (g, more = {}) => ({ name: 'main', host: '127.0.0.1', port: g.sim.port, system_id: 'main', password: PASSWORD, reconnect_min_ms: 200, ...more });
const fields = (answer) => answer.body.errors.map((e) => e.field);

test('a provider and an account are made by the API, and a gateway takes each change up by itself', { timeout: 90_000 }, async () => {
  await withHouse('made', async (g, api) => {
    const provider = await api.post('/v1/providers', { name: 'one', title: 'Operator One', contact: '+7 800 000-00-00', contract: '7' });
    assert.deepEqual([provider.status, provider.body.country, provider.body.currency, provider.body.account_ids], [201, 'RU', 'RUB', []]);
    assert.deepEqual(fields(await api.post('/v1/providers', { name: 'one' })), ['name']);
    const smppd = await g.smppd({ bound: false });
    const made = await api.post('/v1/accounts', wanted(g, { provider: 'one', window_size: 7 }));
    assert.equal(made.status, 201, made.text);
    assert.deepEqual([made.body.condition, made.body.provider.title, made.body.settings.window_size, made.body.settings.tls, made.body.meter],
      ['unheld', 'Operator One', 7, 'off', null]);
    await g.bound(smppd);
    const path = `/v1/accounts/${made.body.id}`;
    await waitFor('the account to be up', async () => (await api.get(path)).body.condition === 'up');
    assert.deepEqual((await api.get(`/v1/providers/${provider.body.id}`)).body.account_ids, [made.body.id]);

    // A wrong password stops it and says so; a right one brings it back; nobody restarts anything.
    const wrong = await api.request('PATCH', path, { body: { password: 'wr0ng' } });
    assert.deepEqual([wrong.status, wrong.body.settings.window_size], [200, 7], wrong.text);
    await waitFor('the account to be stopped', async () => (await api.get(path)).body.condition === 'stopped');
    assert.match((await api.get(path)).body.stopped, /ESME_RINVPASWD/);
    assert.equal((await api.request('PATCH', path, { body: { password: PASSWORD, window_size: 9 } })).status, 200);
    await waitFor('the account to be up again', async () => (await api.get(path)).body.condition === 'up');

    assert.equal((await api.request('DELETE', path)).status, 204);
    await waitFor('the gateway to let it go', async () => (await api.get(path)).body.held_by === null);
    assert.equal((await api.get(path)).body.condition, 'off');
    assert.equal((await api.request('PATCH', path, { body: { enabled: true } })).status, 200);
    await waitFor('the account to be back', async () => (await api.get('/v1/accounts')).body.accounts[0].condition === 'up');
    assert.equal((await api.get('/v1/accounts')).body.accounts[0].epoch, 2);
  });
});

test('R-33: the API takes secrets and shows none, stores them sealed, and names what it keeps', { timeout: 60_000 }, async () => {
  await withHouse('r33-api', async (g, api) => {
    const answers = [];
    const ask = async (method, path, body) => { const answer = await api.request(method, path, { body }); answers.push(answer.text); return answer; };
    const made = await ask('POST', '/v1/accounts', wanted(g));
    const web = await ask('POST', '/v1/accounts', { name: 'web', kind: 'http', profile: 'smsc', settings: { login: 'us' }, secrets: { password: PASSWORD } });
    assert.deepEqual([made.status, web.status], [201, 201], web.text);
    await ask('PATCH', `/v1/accounts/${web.body.id}`, { secrets: { password: `${PASSWORD}2` }, parts_per_s: 5 });
    for (const id of [made.body.id, web.body.id]) await ask('GET', `/v1/accounts/${id}`);
    await ask('GET', '/v1/accounts');
    await ask('POST', '/v1/accounts', wanted(g, { name: 'Bad Name' }));
    assert.ok(!answers.some((text) => text.includes(PASSWORD)), 'an answer shows a password');
    assert.deepEqual((await api.get(`/v1/accounts/${web.body.id}`)).body.secrets.map((s) => [s.name, Date.parse(s.changed_at) > 0]), [['password', true]]);
    assert.doesNotMatch(api.daemon.log(), new RegExp(PASSWORD));
    const { rows } = await g.db.query('SELECT account_id, name, password, sealed FROM account_secret ORDER BY account_id');
    assert.deepEqual(rows.map((r) => [r.password, unsealed('account', r.account_id, r.name, r.sealed)]), [[null, PASSWORD], [null, `${PASSWORD}2`]]);
    // Without the key nothing is stored.
    const blind = await Api.open(g.house, { instance: 'blind', token: api.token, config: { secrets: { key_file: '' } } });
    const refused = await blind.post('/v1/accounts', wanted(g, { name: 'other' }));
    assert.deepEqual([refused.status, refused.body.type], [503, 'urn:vestnik:problem:no-secrets-key']);
    assert.equal(await g.count('SELECT count(*) FROM account'), 2);
  });
});

test('R-32: a link in clear to another host is refused by the API, too', { timeout: 60_000 }, async () => {
  await withHouse('r32-api', async (g, api) => {
    const clear = { name: 'far', host: 'smsc.example', system_id: 'far', password: PASSWORD };
    for (const [more, field] of [
      [{}, 'tls'],
      [{ tls: 'insecure' }, 'tls'],
      [{ host: '127.0.0.1', more_hosts: 'smsc.example' }, 'more_hosts'],
      [{ name: 'web', kind: 'http', profile: 'kannel', host: undefined, system_id: undefined, password: undefined, settings: { server: 'http://sms.example', user: 'us' }, secrets: { password: 'x' } }, 'settings'],
    ]) {
      const answer = await api.post('/v1/accounts', { ...clear, ...more });
      assert.deepEqual([answer.status, fields(answer)], [422, [field]], answer.text);
      assert.match(answer.body.errors[0].expected, /an encrypted link .* clear_link_ground/);
    }
    const made = await api.post('/v1/accounts', { ...clear, tls: 'on' });
    assert.equal(made.status, 201, made.text);
    assert.equal((await api.request('PATCH', `/v1/accounts/${made.body.id}`, { body: { tls: 'off' } })).status, 422);
    assert.equal((await api.request('PATCH', `/v1/accounts/${made.body.id}`, { body: { tls: 'off', clear_link_ground: 'VPN, order 7' } })).status, 200);
  });
});

test('what cannot be right is refused by name', { timeout: 60_000 }, async () => {
  await withHouse('wrong', async (g, api) => {
    for (const [body, named] of [
      [wanted(g, { name: 'Main' }), ['name']],
      [wanted(g, { port: 70000, window_size: 1.5, tls: 'maybe', dest_plus: 'yes' }), ['port', 'window_size', 'tls', 'dest_plus']],
      [wanted(g, { colour: 'red' }), ['colour']],
      [wanted(g, { password: undefined }), ['password']],
      [wanted(g, { provider: 'nobody' }), ['provider']],
      [wanted(g, { profile: 'smsc' }), ['profile']],
      [wanted(g, { host: 'a\nb' }), ['host']],
      [wanted(g, { status_actions: '0x45=stop' }), ['status_actions']],
      [{ name: 'web', kind: 'http', profile: 'nobody' }, ['profile']],
      [{ name: 'web', kind: 'http', profile: 'smsc', settings: { login: 'us' } }, ['secrets.password']],
      [{ name: 'web', kind: 'http', profile: 'smsc', settings: { login: 'us', more: 'x' }, secrets: { password: 'x' } }, ['settings.more']],
      [{ name: 'web', kind: 'http', profile: 'smsc', settings: { login: 'us' }, secrets: { password: 'x' }, sessions: 3 }, ['sessions']],
      [{ name: 'web', kind: 'http', profile: 'infobip', settings: { server: 'example.org', sender: 'x' }, secrets: {} }, null],
    ]) {
      const answer = await api.post('/v1/accounts', body);
      assert.equal(answer.status, 422, `${JSON.stringify(body)}: ${answer.text}`);
      if (named) assert.deepEqual(fields(answer), named);
    }
    assert.equal(await g.count('SELECT count(*) FROM account'), 0);
    const made = await api.post('/v1/accounts', wanted(g));
    assert.deepEqual(fields(await api.post('/v1/accounts', wanted(g))), ['name']);
    assert.deepEqual(fields(await api.request('PATCH', `/v1/accounts/${made.body.id}`, { body: { kind: 'http', profile: 'smsc', host: null, system_id: null } })), ['kind']);
    assert.equal((await api.get('/v1/accounts/999')).status, 404);
    for (const body of [{ name: 'x', country: 'Russia' }, { name: 'x', currency: 'rub' }, { name: '-' }, { title: 'x' }, { name: 'x', more: 1 }])
      assert.equal((await api.post('/v1/providers', body)).status, 422, JSON.stringify(body));
    const profiles = (await api.get('/v1/provider-profiles')).body.profiles;
    assert.ok(profiles.length >= 10);
    assert.deepEqual(profiles.find((p) => p.name === 'smsc').settings, [{ name: 'login', type: 'text' }, { name: 'password', type: 'secret' }]);
    // Every column of an account is a setting that the API knows, and every one of them comes back.
    const settings = (await api.get('/v1/account-settings', { headers: { 'accept-language': 'ru' } })).body.settings;
    const back = Object.keys((await api.get(`/v1/accounts/${made.body.id}`)).body.settings);
    assert.deepEqual(settings.filter((s) => s.smpp && s.type !== 'secret').map((s) => s.key).sort(), back.sort());
    assert.ok(settings.every((s) => /[а-я]/.test(s.help)));
  });
});

/** Codes of what is wrong, with the names of accounts. */
const codes = async (api) => (await api.get('/v1/troubles')).body.troubles.map((t) => [t.code, t.account, t.weight]);

test('what is wrong now: each trouble with since, weight, contact and what to do, and none when all is well', { timeout: 120_000 }, async () => {
  await withHouse('troubles', async (g, api) => {
    assert.deepEqual(await codes(api), []);
    await api.post('/v1/providers', { name: 'one', title: 'Operator One', contact: 'Ivan, +7 900' });
    const made = await api.post('/v1/accounts', wanted(g, { provider: 'one' }));
    const id = made.body.id;
    assert.deepEqual(await codes(api), [['account_unheld', 'main', 'critical']]);
    const russian = (await api.get('/v1/troubles', { headers: { 'accept-language': 'ru' } })).body.troubles[0];
    assert.deepEqual([russian.contact, russian.provider], ['Ivan, +7 900', 'Operator One']);
    assert.match(`${russian.what} ${russian.action}`, /шлюз.*Запустите smppd/);
    assert.match(await g.house.vestnik('check', '--dir', 'migrations').catch((error) => error.message), /FAILED {2}account main: No gateway has it/);

    const smppd = await g.smppd();
    await waitFor('all to be well', async () => (await codes(api)).length === 0);

    // Accepted and unheard of: the batch ended half an hour ago, and no receipt has come.
    const silent = await g.batch(Number(id), { count: 40 });
    await g.answered(silent);
    await g.db.query("UPDATE batch SET done_at = now() - interval '30 minutes' WHERE id = $1", [silent.id]);
    await g.db.query("UPDATE receipt_ref SET submitted_at = now() - interval '30 minutes'");
    const [heard] = (await api.get('/v1/troubles')).body.troubles;
    assert.equal(heard.code, 'receipts_silent');
    assert.ok(Date.now() - Date.parse(heard.since) > 25 * 60_000);
    await g.db.query('UPDATE message_state SET delivered_parts = 1 WHERE id = $1', [silent.ids[0]]);
    assert.deepEqual(await codes(api), []);

    // Work that nobody sends, old enough to be late; that of a paused run is nobody's delay.
    await g.change(Number(id), { enabled: false });
    await waitFor('it to be off', async () => (await api.get(`/v1/accounts/${id}`)).body.held_by === null);
    const old = BigInt(Math.floor(Date.now() / 1000) - 1577836800 - 3600) << 32n;
    const run = await g.run();
    await g.db.query(
      `INSERT INTO batch (id, run_id, account_id, state, lane, class, category, message_count, parts, sender, deadline, filtered_at)
       VALUES ($1, $2, $3, 0, 1, 1, 1, 100, 300, 'X', now() + interval '1 h', now())`, [String(old), run, id]);
    assert.deepEqual(await codes(api), [], 'one that is switched off is no trouble');
    await g.change(Number(id), { enabled: true });
    await g.bound(smppd);
    await waitFor('the backlog to be told', async () => (await codes(api)).some(([code]) => code === 'backlog'));
    const state = (await api.get(`/v1/accounts/${id}`)).body;
    assert.deepEqual([state.backlog.parts, Date.now() - Date.parse(state.backlog.since) > 50 * 60_000], [300, true]);
    await g.setRun(run, 'paused');
    assert.deepEqual(await codes(api), []);

    // The provider goes: down, but only once it has had time to come back.
    await g.sim.stop();
    await waitFor('the account to be down', async () => (await api.get(`/v1/accounts/${id}`)).body.condition === 'down');
    assert.deepEqual(await codes(api), []);
    await waitFor('the trouble to be told', async () => (await codes(api)).some(([code]) => code === 'account_down'), { timeoutMs: 60_000 });
    // A stuck chunk and a receipt of nobody's.
    await g.db.query("INSERT INTO chunk (state, lane, size, msisdns) VALUES (3, 1, 1, '{79160000000}')");
    await g.db.query(`INSERT INTO parked_receipt (ref_key, account_id, msisdn, state, next_try_at, received_at, provider_id)
                      VALUES (1, $1, 79160000000, 9, now(), now() - interval '5 minutes', 'x')`, [id]);
    assert.deepEqual((await codes(api)).map(([code]) => code).sort(), ['account_down', 'receipts_parked', 'work_stuck']);
    await g.db.query('DELETE FROM chunk');
  });
});
