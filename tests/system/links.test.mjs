// SPDX-License-Identifier: AGPL-3.0-or-later
// A text with a short link and a promo code on its whole way: template, campaign, telephone, click,
// shop; and that no code is given twice, whatever is killed.

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { hashOf } from './lib/smscsim.mjs';
import { waitFor } from './lib/stack.mjs';

const PERSON = 'Mozilla/5.0 (Linux; Android 14; CUBOT P80) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36';

async function apiOf(fleet) {
  const token = (await fleet.house.vestnik('token', 'create', 'links')).trim();
  return new Api(fleet.house, fleet.daemons.apid[0], token);
}

/** Follow a link as a browser would, not going where it leads. */
const follow = (api, code, headers = {}, method = 'GET') =>
  fetch(`${api.base}/l/${code}`, { method, redirect: 'manual', headers: { 'user-agent': PERSON, ...headers } });

test('template, campaign, telephone, click, purchase: each is counted for the campaign', { timeout: 180_000 }, async () => {
  const fleet = await Fleet.open('links', { clients: 20, config: { apid: { http: { listen: '127.0.0.1:0' }, web: { dir: '' } } } });
  try {
    const api = await apiOf(fleet);
    await api.put('/v1/links/settings', { base: 'https://go.example/l/', days: 30 });
    const pool = (await api.post('/v1/promo-pools', { name: 'spring' })).body;
    await api.request('POST', `/v1/promo-pools/${pool.id}/codes`, {
      body: Array.from({ length: 25 }, (_, i) => `SPRING-${i + 10}`).join('\n'), headers: { 'content-type': 'text/plain' },
    });
    const template = (await api.post('/v1/templates', {
      name: 'Spring', category: 'service', sender: 'SHOP',
      text: 'Hi {first_name}, {promo spring}: {link https://shop.example/x?c={external_id}&n={first_name}#top} {link https://shop.example/help}',
    })).body;
    const campaign = (await api.post('/v1/campaigns', { name: 'Spring', template_id: template.id, class: 'service' })).body;
    const launched = await api.post(`/v1/campaigns/${campaign.id}/launch`, { recipients: 20 });
    assert.equal(launched.status, 200, launched.text);
    await fleet.finished(campaign.id, 90_000);

    // The telephone has got what the ledger says, with a link and a code of its own.
    const { rows } = await fleet.db.query('SELECT id, client_id, msisdn, text FROM message ORDER BY client_id');
    const sent = new Map((await fleet.sim.rows()).map((row) => [row.destination, row.hash]));
    const shape = /^Hi Client (\d+), (SPRING-\d+): https:\/\/go\.example\/l\/(\w{10}) https:\/\/go\.example\/l\/(\w{10}1)$/;
    assert.equal(rows.length, 20);
    for (const { msisdn, text } of rows) {
      assert.match(text, shape);
      assert.equal(sent.get(String(msisdn)), hashOf(Buffer.from(text)), `what ${msisdn} got`);
    }
    assert.equal(new Set(rows.map(({ text }) => text.match(shape)[3])).size, 20);
    assert.equal(new Set(rows.map(({ text }) => text.match(shape)[2])).size, 20);

    const [, , promo, code, help] = rows[0].text.match(shape);
    await pause(1100); // a person reads for a second
    const gone = await follow(api, code);
    assert.deepEqual([gone.status, gone.headers.get('location'), gone.headers.get('cache-control')],
      [302, 'https://shop.example/x?c=c1&n=Client%201#top', 'no-store']);
    assert.equal((await follow(api, `${help}?utm_source=sms&fbclid=1`)).headers.get('location'), 'https://shop.example/help');
    // Programs that look ahead are led on, and told apart.
    for (const [headers, method] of [
      [{}, 'HEAD'], [{ 'user-agent': 'TelegramBot (like TwitterBot)' }], [{ 'user-agent': 'WhatsApp/2.24.1 A' }],
      [{ 'sec-purpose': 'prefetch;prerender' }], [{ 'x-moz': 'prefetch' }], [{ 'user-agent': '' }],
    ])
      assert.equal((await follow(api, rows[1].text.match(shape)[3], headers, method)).status, 302);
    await follow(api, rows[2].text.match(shape)[3], { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari/604.1' });

    const clicks = (await api.get(`/v1/campaigns/${campaign.id}/clicks`)).body;
    assert.deepEqual(clicks.links, [{ link: 0, messages: 2, clicks: 2, robots: 6 }, { link: 1, messages: 1, clicks: 1, robots: 0 }]);
    assert.deepEqual(clicks.agents, [{ agent: 'android', count: 1 }, { agent: 'ios', count: 1 }]);
    assert.deepEqual(Object.fromEntries(clicks.robots.map(({ why, count }) => [why, count])), { head: 1, known: 2, prefetch: 2, silent: 1 });

    // The shop tells that the code came; twice is once.
    const redeemed = (await api.post('/v1/promo/redeem', { code: promo, amount: 1500.5 })).body;
    assert.deepEqual([redeemed.outcome, redeemed.pool, redeemed.client_id, redeemed.message_id],
      ['redeemed', 'spring', String(rows[0].client_id), String(rows[0].id)]);
    const again = (await api.post('/v1/promo/redeem', { code: promo })).body;
    assert.deepEqual([again.outcome, again.at], ['again', redeemed.at]);
    const actions = await fleet.db.query("SELECT client_id, amount_micro FROM action JOIN action_kind k ON k.id = kind WHERE k.code = 'promo_redeemed'");
    assert.deepEqual(actions.rows.map((row) => [row.client_id, row.amount_micro]), [[rows[0].client_id, 1500500000]]);

    const { counts } = (await api.get(`/v1/campaigns/${campaign.id}`)).body;
    assert.deepEqual([counts.clicked, counts.redeemed], [2, 1]);
    assert.deepEqual((await api.get(`/v1/templates/${template.id}`)).body.campaigns.map(({ id, clicked }) => [id, clicked]), [[campaign.id, 2]]);
    const progress = (await api.get(`/v1/campaigns/${campaign.id}/progress`)).body;
    assert.deepEqual([progress.clicked, progress.redeemed], [2, 1]);
    const clicked = await api.post('/v1/criteria/count', { criteria: { criterion: 'messages_clicked', within: 1, op: 'ge', value: 1 } });
    assert.equal(clicked.body.clients, 2, clicked.text);

    // Who guesses finds nothing, and what is over says so in the reader's language.
    for (const wrong of ['x', '1111111111', `${code}2`, 'https:%2F%2Fevil.example', code.slice(0, 9)]) {
      const { status } = await follow(api, wrong);
      assert.ok(status === 404 || (status === 410 && wrong === `${code}2`), `${wrong}: ${status}`);
    }
    await fleet.db.query("UPDATE setting SET value = '0' WHERE name = 'link_days'");
    const over = await follow(api, code, { 'accept-language': 'ru' });
    assert.deepEqual([over.status, over.headers.get('location')], [410, null]);
    assert.match(await over.text(), /<html lang="ru">[^]*Ссылка больше не работает/);
    assert.match(await (await follow(api, 'x')).text(), /<html lang="en">[^]*There is no such link/);
    assert.ok(!fleet.daemons.apid[0].log().includes(code), 'no code in a log');
  } finally {
    await fleet.close();
  }
});

test('a click within a second of the message\'s leaving is a program\'s; one message is counted once and logged a hundred times', { timeout: 120_000 }, async () => {
  const fleet = await Fleet.open('links_soon', { clients: 1, kinds: ['apid'] });
  try {
    const api = await apiOf(fleet);
    const campaign = await fleet.launch({ text: '{link https://shop.example/}', status: 'running' });
    // What the other daemons would have written a moment ago.
    const { rows: [{ id }] } = await fleet.db.query(`
      WITH r AS (INSERT INTO run (campaign_id, status, deadline) VALUES ($1, 'running', now() + interval '1 day') RETURNING id),
      b AS (INSERT INTO batch (id, run_id, account_id, lane, class, category, message_count, parts, sender, deadline, filtered_at)
            SELECT (message_base_ids(1))[1], id, 1, 1, 2, 2, 1, 1, 'S', now(), now() FROM r RETURNING id)
      INSERT INTO message (id, client_id, msisdn, price_micro, parts, encoding, text, link_key)
      SELECT id, 1, 79000000001, 0, 1, 0, 'x', 58 FROM b RETURNING id`, [campaign]);
    const digits = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
    const day = Number(BigInt(id) >> 32n) / 86400 | 0;
    const code = `${digits[Math.floor(day / 58) % 58]}${digits[day % 58]}11111121`;
    const leave = (ago) => fleet.db.query(
      `INSERT INTO receipt_ref (submitted_at, ref_key, message_id, msisdn, run_id, account_id, attempt, part, parts, provider_id)
       VALUES (clock_timestamp() - $2::interval, 1, $1, 79000000001, 1, 1, 1, 0, 1, 'p')`, [id, ago]);
    const robots = async () => (await fleet.db.query('SELECT robot FROM click ORDER BY at')).rows.map(({ robot }) => robot);

    assert.equal((await follow(api, code)).status, 302);
    assert.deepEqual(await robots(), [4], 'not even sent');
    await leave('0.2 s');
    await follow(api, code);
    assert.deepEqual(await robots(), [4, 4], 'just sent');
    await leave('2 s');
    for (let i = 0; i < 110; i++) assert.equal((await follow(api, code)).status, 302);
    const log = await robots();
    assert.equal(log.length, 100);
    assert.deepEqual(log.slice(2), Array(98).fill(0));
    assert.equal(await fleet.house.value('SELECT sum(clicked)::int FROM run_count'), 1);
  } finally {
    await fleet.close();
  }
});

test('no promo code is given twice and none is wasted, with two dispatcherd and kill -9', { timeout: 300_000 }, async (t) => {
  const CLIENTS = 12_000;
  const fleet = await Fleet.open('promo_kill', { clients: CLIENTS, copies: 2, kinds: ['schedulerd', 'dispatcherd', 'smppd', 'dlrd'] });
  try {
    // As many codes as clients: at the end of the pool two take from it and one must wait.
    await fleet.db.query("INSERT INTO promo_pool (name, longest, size) VALUES ('p', 10, $1)", [CLIENTS]);
    await fleet.db.query("INSERT INTO promo_code (pool_id, code) SELECT 1, 'CODE-' || n FROM generate_series(1, $1::int) n", [CLIENTS]);
    const campaign = await fleet.launch({ text: 'Code {promo p}', class: 2, category: 2 });
    await fleet.db.query('INSERT INTO promo_use VALUES ($1, 1, $2)', [campaign, CLIENTS]);
    const given = () => fleet.house.value('SELECT count(*)::int FROM promo_code WHERE message_id IS NOT NULL');
    let kills = 0;
    for (let mark = 1_000; mark < CLIENTS - 1_000; mark += 2_000) {
      await waitFor(`${mark} codes to be given`, async () => (await given()) >= mark, { timeoutMs: 60_000, everyMs: 20 });
      const victim = fleet.daemons.dispatcherd[kills++ % 2];
      await victim.kill();
      await victim.start();
    }
    const counts = await fleet.finished(campaign, 120_000);
    t.diagnostic(`${kills} kills; ${JSON.stringify(counts)}`);
    assert.deepEqual([counts.messages, counts.suppressed], [CLIENTS, 0], 'every client got a code');
    const proof = await fleet.house.value(`
      SELECT concat_ws(' ', count(*), count(DISTINCT m.text), count(*) FILTER (WHERE m.text = 'Code ' || p.code), count(*) FILTER (WHERE p.client_id = m.client_id))
        FROM message m JOIN promo_code p ON p.message_id = m.id`);
    assert.equal(proof, Array(4).fill(CLIENTS).join(' '), 'messages, different texts, their own code, their own client');
    await waitFor('the use to end', () => fleet.house.value('SELECT ended_at FROM promo_use'), { timeoutMs: 30_000 });
    assert.equal(await given(), CLIENTS, 'what left is not given back');
  } finally {
    await fleet.close();
  }
});

test('codes of a cancelled campaign are free again only where the message never left', { timeout: 180_000 }, async (t) => {
  const CLIENTS = 3_000;
  const fleet = await Fleet.open('promo_cancel', {
    clients: CLIENTS, account: { parts_per_s: 200 }, kinds: ['schedulerd', 'dispatcherd', 'smppd', 'dlrd'],
  });
  try {
    await fleet.db.query("INSERT INTO promo_pool (name, longest, size) VALUES ('p', 9, 2500)");
    await fleet.db.query("INSERT INTO promo_code (pool_id, code) SELECT 1, 'CODE-' || n FROM generate_series(1, 2500) n");
    const campaign = await fleet.launch({ text: 'Code {promo p}', class: 2, category: 2 });
    await fleet.db.query('INSERT INTO promo_use VALUES ($1, 1, 2500)', [campaign]);
    await waitFor('all codes to be given', async () => (await fleet.house.value('SELECT count(*)::int FROM promo_code WHERE message_id IS NULL')) === 0, { timeoutMs: 60_000 });
    await waitFor('some to have left', async () => (await fleet.sim.stats()).submits >= 100, { timeoutMs: 60_000 });
    await fleet.setStatus(campaign, 'cancelled');
    await waitFor('the use to end', () => fleet.house.value('SELECT ended_at FROM promo_use'), { timeoutMs: 60_000 });
    const out = (await fleet.sim.stats()).submits;
    const { rows: [row] } = await fleet.db.query(`
      SELECT count(*) FILTER (WHERE message_id IS NULL)::int AS free, count(*) FILTER (WHERE message_id IS NOT NULL)::int AS given,
             (SELECT count(*)::int FROM suppression WHERE reason = 40) AS none FROM promo_code`);
    t.diagnostic(`${out} left; ${JSON.stringify(row)}`);
    assert.equal(row.none, CLIENTS - 2500, 'who came too late for a code got no message');
    assert.equal(row.given, out, 'codes that left stay with who has them');
    assert.equal(row.free, 2500 - out);
  } finally {
    await fleet.close();
  }
});
