// SPDX-License-Identifier: AGPL-3.0-or-later
// What people are told of, on the web and by mail: a mail server from npm, also one that is down, refuses, is slow, or
// whom nobody vouches for.

import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Http } from './lib/http.mjs';
import { mustRun } from './lib/process.mjs';
import { MailServer } from './lib/smtp.mjs';
import { House, waitFor } from './lib/stack.mjs';

const PASSWORD = 'correct horse battery';
let house;
let api;
let mail;
let scheduler;
let list;
const person = {};

async function add(login, role, language = 'ru') {
  await house.vestnik('user', 'add', login, '--name', `${login} В.`, '--role', role, '--password-file', path.join(house.dir, 'password'));
  person[login] = await Http.signIn(api.base, login, PASSWORD);
  const { status } = await person[login].raw('PUT', '/v1/me/notices', { body: { email: `${login}@example.com`, by_mail: true } });
  assert.equal(status, 200);
  await person[login].raw('PATCH', '/v1/me', { body: { language } });
}

/** A campaign that waits for approval; resolves to its id and digest. */
async function asked(name = 'Весна «2027»\u{1F33C}') {
  const made = await person.anna.raw('POST', '/v1/campaigns', { body: { name, text: 'Hello, {first_name}!', sender: 'Vestnik', class: 'service', category: 'service', list_id: list } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { status, body } = await person.anna.raw('POST', `/v1/campaigns/${made.body.id}/approval/request`);
  assert.equal(status, 200, JSON.stringify(body));
  return { id: made.body.id, digest: body.digest };
}

const mine = async (who, query = '') => (await person[who].raw('GET', `/v1/notices${query}`)).body.notices;
const unread = async (who) => (await person[who].raw('GET', '/v1/notices/count')).body.unread;
const quiet = () => waitFor('nothing more to be mailed', async () => await house.value('SELECT count(*)::int FROM notice WHERE mail_at IS NOT NULL') === 0, { timeoutMs: 30_000 });

/** schedulerd anew, with these settings of mail. */
async function restart(settings) {
  if (scheduler?.running) await scheduler.stop();
  scheduler = house.daemon('schedulerd', { config: { mail: { from: 'vestnik@example.com', retry: '1s', ...settings } } });
  await scheduler.start();
}

before(async () => {
  house = await House.open('notices');
  await house.db.query("INSERT INTO account (name, host, port, system_id, price_micro) VALUES ('main', 'x', 1, 'x', 1000000)");
  await house.db.query("INSERT INTO client (external_id, msisdn, last_name, first_name) SELECT 'secret' || n, 79161230000 + n, 'Секретов', 'Иннокентий' FROM generate_series(1, 30) n");
  list = await house.value("WITH l AS (INSERT INTO list (name, size) VALUES ('everybody', 30) RETURNING id), m AS (INSERT INTO list_member SELECT l.id, c.id FROM l, client c) SELECT id::text FROM l");
  api = await Api.open(house);
  writeFileSync(path.join(house.dir, 'password'), PASSWORD, { mode: 0o600 });
  await add('anna', 'author');
  await add('boris', 'approver', 'en');
  await add('vera', 'approver');
  mail = await MailServer.start();
  await restart({ smtp_url: `smtp://127.0.0.1:${mail.port}`, web_url: 'https://vestnik.example' });
});
after(async () => {
  await mail?.stop();
  await house?.close();
});
afterEach(() => {
  mail.onReceiver = () => undefined;
  mail.delay = async () => {};
});

test('who may approve is told, in their language; then who asked; and it says nothing about clients', async (t) => {
  const { id, digest } = await asked();
  assert.deepEqual((await mine('boris')).map(({ kind, campaign_id, person: who, read_at }) => [kind, campaign_id, who, read_at]), [['approval_wanted', id, 'anna В.', null]]);
  assert.equal(await unread('boris'), 1);
  assert.equal(await unread('anna'), 0, 'who wrote it is not asked');
  await quiet();
  const [english] = mail.to('boris@example.com');
  const [russian] = mail.to('vera@example.com');
  assert.equal(english.subject, 'For your approval: Весна «2027»\u{1F33C}');
  assert.equal(english.text, `anna В. asks for the approval of the campaign "Весна «2027»\u{1F33C}" (Компания).\nClients: 30. It may cost up to 30.00.\n\nhttps://vestnik.example/campaigns/${id}\n`);
  assert.equal(russian.subject, 'На согласование: Весна «2027»\u{1F33C}');
  assert.match(russian.text, /^anna В\. просит согласовать рассылку «Весна «2027»/);
  assert.equal(english.from, 'vestnik@example.com');
  assert.deepEqual(english.receivers, ['boris@example.com']);

  assert.equal((await person.boris.raw('POST', `/v1/campaigns/${id}/approval/decline`, { body: { digest, reason: 'Кто пишет?' } })).status, 200);
  assert.equal(await unread('vera'), 0, 'it is decided: nobody else needs to look');
  assert.deepEqual((await mine('anna')).map(({ kind, reason, person: who }) => [kind, reason, who]), [['declined', 'Кто пишет?', 'boris В.']]);
  await quiet();
  assert.match(mail.to('anna@example.com')[0].text, /отклонена:\nКто пишет\?\n/);
  for (const { raw, text, subject } of mail.letters)
    assert.ok(!/7916123|Секретов|Иннокентий|secret\d|first_name/.test(raw + text + subject), 'no clients, and no texts to them');
  t.diagnostic(`${mail.letters.length} letters`);
});

test('read, one and all; nobody reads another\'s', async () => {
  await asked('one');
  await asked('two');
  const [newest, older] = await mine('boris', '?unread=true');
  assert.deepEqual([newest.campaign, older.campaign], ['two', 'one']);
  const read = (who, body) => person[who].raw('POST', '/v1/notices/read', { body });
  assert.equal((await read('vera', { ids: [newest.id] })).body.unread, 2, 'not hers');
  assert.equal((await read('boris', { ids: [newest.id] })).body.unread, 1);
  assert.equal((await read('boris', { all: true })).body.unread, 0);
  assert.deepEqual(await mine('boris', '?unread=true'), []);
  assert.equal((await read('boris', {})).status, 422);
  assert.equal((await read('boris', { ids: ['x'] })).status, 422);
  assert.equal((await api.get('/v1/notices')).status, 403, 'a program has none');
  const page = (await person.boris.raw('GET', '/v1/notices?limit=1')).body;
  assert.equal(page.notices.length, 1);
  assert.equal((await mine('boris', `?limit=1&cursor=${page.next_cursor}`))[0].id, older.id);
});

test('a campaign that ended, and a budget that comes to its end', async () => {
  const { id } = await asked('ends');
  await quiet();
  await house.db.query("UPDATE campaign SET status = 'running' WHERE id = $1", [id]);
  await house.db.query("UPDATE campaign SET status = 'finished' WHERE id = $1", [id]);
  assert.equal((await mine('anna'))[0].kind, 'campaign_finished');
  const other = await asked('fails');
  await house.db.query("UPDATE campaign SET status = 'failed', problem = 'no_budget' WHERE id = $1", [other.id]);
  assert.deepEqual((await mine('anna')).slice(0, 2).map(({ kind, campaign }) => [kind, campaign]), [['campaign_failed', 'fails'], ['campaign_finished', 'ends']]);
  await add('fedor', 'finance');
  const month = await house.value("SELECT to_char(budget_month(now()), 'YYYY-MM')");
  assert.equal((await person.fedor.raw('PUT', '/v1/budgets', { body: { department_id: '1', month, amount: '0', alarms: [90] } })).status, 200);
  await house.db.query("INSERT INTO budget_hold (campaign_id, occurrence, department_id, month, asked_micro, held_micro) VALUES ($1, 1, 1, budget_month(now()), 1, 1)", [id]);
  const [told] = await waitFor('the threshold to be told', async () => { const all = await mine('fedor'); return all.length > 0 && all; });
  assert.deepEqual([told.kind, told.month, told.percent, told.department], ['budget_threshold', month, 90, 'Компания']);
  await quiet();
  assert.equal(mail.to('fedor@example.com')[0].subject, `Бюджет «Компания» на ${month}: 90 %`);
});

test('no letter for who wants none, has no address, or is told another', async () => {
  assert.equal((await person.vera.raw('PUT', '/v1/me/notices', { body: { email: 'vera@example.com', by_mail: false } })).status, 200);
  const before = mail.to('vera@example.com').length;
  await asked('silent');
  await quiet();
  assert.equal(mail.to('vera@example.com').length, before);
  for (const email of ['vera', 'a b@example.com', 'вера@example.com', 'a@b@c', '"x"@y', 'a@b>\r\nRCPT TO:<c@d'])
    assert.equal((await person.vera.raw('PUT', '/v1/me/notices', { body: { email, by_mail: true } })).status, 422, email);
  assert.equal((await person.vera.raw('PUT', '/v1/me/notices', { body: { email: null, by_mail: true } })).body.email, null);
  await asked('nowhere');
  await quiet();
  assert.equal(mail.to('vera@example.com').length, before);
});

test('a server that is down is asked again, and each letter comes once', { timeout: 60_000 }, async () => {
  const { port } = mail;
  await mail.stop();
  const before = mail.letters.length;
  await asked('while it is down');
  await waitFor('it to be tried', async () => /could not be mailed; it is tried again/.test(scheduler.log()));
  const kept = mail.letters;
  mail = await MailServer.start({ port });
  mail.letters = kept;
  await quiet();
  assert.equal(mail.letters.length, before + 1);
  assert.equal(mail.letters.at(-1).subject, 'For your approval: while it is down');
  assert.ok(!scheduler.log().includes('@example.com'), 'nobody\'s address is in the log');
});

test('busy is tried again, refused is not, and neither holds up another\'s letter', { timeout: 60_000 }, async () => {
  await person.vera.raw('PUT', '/v1/me/notices', { body: { email: 'vera@example.com', by_mail: true } });
  let busy = 2;
  const answer = (text, responseCode) => Object.assign(new Error(text), { responseCode });
  mail.tries = [];
  mail.onReceiver = (address) => {
    if (address.startsWith('boris')) return answer('no such person', 550);
    return address.startsWith('vera') && busy-- > 0 ? answer('try again later', 451) : undefined;
  };
  await asked('refused and busy');
  await quiet();
  assert.equal(mail.to('vera@example.com').at(-1).subject, 'На согласование: refused and busy');
  assert.equal(mail.tries.filter((address) => address.startsWith('boris')).length, 1);
  assert.equal(mail.tries.filter((address) => address.startsWith('vera')).length, 3);
  assert.match(scheduler.log(), /stands on the web alone/);
  assert.equal((await mine('boris'))[0].campaign, 'refused and busy', 'on the web it is all the same');
});

test('a slow server holds up nothing but letters, and a stop waits for none', { timeout: 60_000 }, async () => {
  let go;
  const held = new Promise((resolve) => { go = resolve; });
  mail.delay = () => held;
  await asked('slow');
  await waitFor('the letter to hang', async () => await house.value("SELECT count(*)::int FROM notice WHERE mail_at > now() + interval '1 min'") > 0);
  const campaign = await house.value("INSERT INTO campaign (name, text, sender, class, category, list_id, status, start_at) VALUES ('beside', 'x', 'V', 1, 1, $1, 'planned', now()) RETURNING id", [list]);
  await waitFor('a run to begin beside it', async () => await house.value('SELECT count(*)::int FROM run WHERE campaign_id = $1', [campaign]) === 1, { timeoutMs: 5000 });
  const since = Date.now();
  assert.equal((await scheduler.stop()).code, 0);
  assert.ok(Date.now() - since < 8000, `the stop took ${Date.now() - since} ms`);
  go();
  // Whoever comes next mails what was in hand, when its five minutes are over.
  await house.db.query("UPDATE notice SET mail_at = now() WHERE mail_at IS NOT NULL");
  await restart({ smtp_url: `smtp://127.0.0.1:${mail.port}` });
  await quiet();
});

test('R-32 beyond this machine nothing is said in clear, and whom nobody vouches for gets nothing', { timeout: 120_000 }, async () => {
  const file = (name) => path.join(house.dir, name);
  await mustRun(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-keyout', file('mail.key'), '-out', file('mail.pem'),
    '-subj', '/CN=mail', '-addext', 'subjectAltName=IP:127.0.0.2']);
  const tls = { key: readFileSync(file('mail.key')), cert: readFileSync(file('mail.pem')) };
  writeFileSync(file('mail.password'), 'open sesame\n', { mode: 0o600 });

  const clear = await MailServer.start({ host: '127.0.0.2' });
  await restart({ smtp_url: `smtp://127.0.0.2:${clear.port}` });
  await asked('in clear');
  await waitFor('it to be tried', async () => /tried again/.test(scheduler.log()));
  assert.deepEqual([clear.letters.length, clear.tries.length], [0, 0]);
  await clear.stop();

  const logins = [];
  const onAuth = ({ username, password }, session, done) => {
    logins.push([username, password, session.secure]);
    done(null, { user: username });
  };
  for (const [scheme, options] of [['smtps', { secure: true }], ['smtp', { hideSTARTTLS: false }]]) {
    const server = await MailServer.start({ host: '127.0.0.2', ...tls, ...options, authOptional: false, onAuth });
    const settings = { smtp_url: `${scheme}://127.0.0.2:${server.port}`, user: 'vestnik', password_file: file('mail.password') };
    await house.db.query('UPDATE notice SET mail_at = now() WHERE mail_at IS NOT NULL');
    if (await house.value('SELECT count(*)::int FROM notice WHERE mail_at IS NOT NULL') === 0) await asked(`over ${scheme}`);
    await restart(settings);
    await waitFor('it to be tried', async () => /tried again/.test(scheduler.log()));
    assert.deepEqual([server.letters.length, logins.length], [0, 0], 'nobody vouches for it');
    await restart({ ...settings, ca_file: file('mail.pem') });
    await house.db.query('UPDATE notice SET mail_at = now() WHERE mail_at IS NOT NULL');
    await quiet();
    assert.ok(server.letters.length > 0);
    assert.ok(server.letters.every(({ secure, user }) => secure && user === 'vestnik'));
    assert.deepEqual(logins.splice(0)[0], ['vestnik', 'open sesame', true]);
    await server.stop();
  }
});

test('settings that cannot work are said at the start', async () => {
  const secret = path.join(house.dir, 'open.password');
  writeFileSync(secret, 'x\n');
  chmodSync(secret, 0o644);
  for (const [settings, said] of [
    [{ smtp_url: 'http://x' }, /begin with smtp:/],
    [{ smtp_url: 'smtp://localhost:1', from: 'nobody' }, /mail\.from: an address/],
    [{ smtp_url: 'smtp://localhost:1', user: 'x' }, /both or none/],
    [{ smtp_url: 'smtp://localhost:1', user: 'x', password_file: secret }, /others may read it/],
    [{ smtp_url: 'smtp://localhost:1', user: 'x', password_file: '/nowhere' }, /No such file/],
  ]) {
    const broken = house.daemon('schedulerd', { instance: '9', config: { mail: { from: 'vestnik@example.com', ...settings } } });
    await assert.rejects(broken.start());
    assert.match(broken.log(), said);
  }
});
