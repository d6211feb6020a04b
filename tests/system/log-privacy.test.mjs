// SPDX-License-Identifier: AGPL-3.0-or-later
// A whole journey with every daemon at the debug level: logs and metrics hold no number, name, text or token.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Fleet, KINDS } from './lib/fleet.mjs';
import { waitFor } from './lib/stack.mjs';

const NAME = 'Перетрухин';
const TEXT = 'Sekretnoe slovo';
const PASSWORD = 'correct horse battery';

test('R-28 no log and no metric holds a number, a name, a text, a password or a token', { timeout: 240_000 }, async () => {
  const debug = Object.fromEntries(KINDS.map((kind) => [kind, { log: { level: 'debug' } }]));
  debug.apid.http = { listen: '127.0.0.1:0' };
  debug.apid.web = { dir: '' };
  debug.schedulerd.receipt_grace = '5s';
  const fleet = await Fleet.open('log_privacy', { config: debug, sim: { 'receipt-delay-ms': '10-50', 'refuse-pct': '20' } })
    .catch(() => Fleet.open('log_privacy', { config: debug, sim: { 'receipt-delay-ms': '10-50' } }));
  try {
    const { house, sim } = fleet;
    const token = (await house.vestnik('token', 'create', 'journey')).trim();
    const api = new Api(house, fleet.daemons.apid[0], token);
    const rows = Array.from({ length: 60 }, (_, i) => `C-${i};+791612300${String(i).padStart(2, '0')};${NAME};${TEXT}\n`).join('');
    assert.equal((await api.upload(`external_id;phone;last_name;note\n${rows}bad;7916123x;${NAME};${TEXT}\n`, '?list=L&on_error=skip')).status, 201);
    await api.upload(`phone\n79161230000000\n${NAME}\n`);
    await api.upload('external_id;phone\nC-1;"79161230001\n');

    // Errors of the database that could say what they were about.
    await fleet.db.query('ALTER TABLE chunk ADD CONSTRAINT no_such CHECK (NOT (79161230099 = ANY (msisdns)))');
    const to = (phone, more = {}) => api.post('/v1/messages', { to: phone, text: `${TEXT} ${NAME}`, sender: 'V', class: 'service', category: 'service', ...more });
    assert.ok((await to('+79161230099')).status >= 500);
    await to('+7916', {});
    await api.post('/v1/messages/search', { phone: '+79161230001' });
    await api.post('/v1/clients/search', { name: NAME });
    await api.post('/v1/clients/search', { phone: '+79161230001', surprise: NAME });
    await api.get('/v1/clients/1', { token: 'vst_wrong' });
    await api.request('POST', '/v1/session', { token: null, body: { login: 'anna', password: PASSWORD }, headers: { 'x-vestnik-web': '1' } });
    await api.put('/v1/opt-outs', { phone: '+79161230003' });

    const campaign = await fleet.launch({ text: `${TEXT}, {last_name}!`, class: 2, category: 2 });
    await fleet.finished(campaign, 90_000);
    for (const text of ['STOP', `${TEXT} ${NAME}`])
      await sim.command('mo', 'sim', '79161230001', '79001112233', text);
    await waitFor('the replies', async () => await house.value('SELECT count(*) FROM inbound') >= 2);
    const client = await house.value(`SELECT id FROM client WHERE external_id = 'C-7'`);
    const { body } = await api.post(`/v1/clients/${client}/erase`, { reason: `${NAME} asked` });
    await waitFor('the act', async () => (await api.get(`/v1/erasures/${body.id}`)).body.status === 'done', { timeoutMs: 30_000 });
    await fleet.db.query('ALTER TABLE message ADD CONSTRAINT no_such CHECK (msisdn <> 79161230098)');
    const doomed = await to('+79161230098');
    assert.equal(doomed.status, 202);
    await waitFor('the dispatcher to fail', () => /chunk/.test(fleet.daemons.dispatcherd[0].log()) && /failed|refused|could not/.test(fleet.daemons.dispatcherd[0].log()));

    const secrets = [/7?9?16123\d{4}/, new RegExp(NAME, 'i'), new RegExp(TEXT), new RegExp(token.slice(4)), /vst_wrong/, new RegExp(PASSWORD)];
    const texts = Object.fromEntries(readdirSync(path.join(house.dir, 'log'))
      .map((file) => [file, readFileSync(path.join(house.dir, 'log', file), 'utf8')]));
    for (const daemon of fleet.all()) texts[`${daemon.name} /metrics`] = await (await fetch(`${daemon.url}/metrics`)).text();
    for (const [name, text] of Object.entries(texts))
      for (const secret of secrets)
        assert.deepEqual(text.split('\n').filter((line) => secret.test(line)).slice(0, 3), [], `${name}: ${secret}`);
    assert.ok(Object.keys(texts).length >= 2 * KINDS.length);
  } finally {
    await fleet.close();
  }
});
