// SPDX-License-Identifier: AGPL-3.0-or-later
// People who sign in with the password of the company's directory, here Debian's OpenLDAP.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Http } from './lib/http.mjs';
import { selfSigned } from './lib/remote.mjs';
import { ADMIN, ADMIN_PASSWORD, BASE, startSlapd } from './lib/slapd.mjs';
import { House, waitFor } from './lib/stack.mjs';

const PASSWORD = 'password of the directory';
const LOCAL = 'correct horse battery';

let house;
let slapd;
let api;
let tls;

const group = (cn) => `cn=${cn},ou=groups,${BASE}`;
const kind = ({ body }) => body.type.split(':').at(-1);

function directory(more = {}) {
  return {
    url: slapd.url, start_tls: false, base: `ou=people,${BASE}`, group_base: `ou=groups,${BASE}`,
    bind_dn: ADMIN, bind_password_file: path.join(house.dir, 'bind.password'), check_every: '1s', ...more,
  };
}

const open = (instance, more) => Api.open(house, { instance, config: { directory: directory(more) }, token: 'none' });

before(async () => {
  house = await House.open('directory');
  tls = selfSigned(house);
  slapd = await startSlapd(house, { tls });
  writeFileSync(path.join(house.dir, 'bind.password'), `${ADMIN_PASSWORD}\n`, { mode: 0o600 });
  writeFileSync(path.join(house.dir, 'password'), LOCAL, { mode: 0o600 });
  await house.vestnik('user', 'add', 'local', '--name', 'Local', '--password-file', path.join(house.dir, 'password'));
  for (const uid of ['anna', 'boris', 'carol', 'dora', 'local']) await slapd.person(uid);
  await slapd.group('Authors', ['anna', 'boris', 'local']);
  await slapd.group('auditors', ['anna']);
  await slapd.group('nothing', ['carol']);
  api = await open('1');
  const { status, body } = await put([
    { way: 'ldap', group: group('Authors'), role: 'author', department_id: '1', reach: 'own', clients: 'own' },
    { way: 'ldap', group: group('auditors').replace(/,/g, ' , '), role: 'auditor', department_id: '1', reach: 'subtree', clients: 'all' },
  ]);
  assert.equal(status, 200, JSON.stringify(body));
});
after(async () => {
  await api?.daemon.stop();
  await house.close();
});
beforeEach(() => house.db.query('TRUNCATE sign_in_failure'));

let manager;
async function put(groups) {
  manager ??= await Http.signIn(api.base, 'local', LOCAL);
  return manager.raw('PUT', '/v1/directory-groups', { body: { groups } });
}

const trySignIn = (login, password = PASSWORD, on = api) =>
  new Http(on.base).raw('POST', '/v1/session', { body: { login, password }, headers: { 'x-vestnik-web': '1' } });
const rolesOf = async (login) => (await house.db.query(
  `SELECT r.role, r.reach, r.clients, r.given_by FROM person_role r JOIN person p ON p.id = r.person_id WHERE p.login = $1 ORDER BY r.role`, [login])).rows;

test('the first sign-in makes a person with the roles of their groups, and the next one finds them', async () => {
  const first = await trySignIn('Anna');
  assert.equal(first.status, 200, JSON.stringify(first.body));
  assert.deepEqual([first.body.login, first.body.name, first.body.roles.map(({ role }) => role)], ['anna', 'Name of anna', ['auditor', 'author']]);
  assert.match(first.headers['set-cookie'][0], /^vestnik_session=[0-9a-f]{64}; HttpOnly; Secure; SameSite=Strict; Path=\/$/);
  assert.equal((await trySignIn('anna')).body.id, first.body.id);
  assert.deepEqual(await rolesOf('anna'), [
    { role: 'auditor', reach: 'subtree', clients: 'all', given_by: 'directory' },
    { role: 'author', reach: 'own', clients: 'own', given_by: 'directory' },
  ]);
  assert.equal(await house.value(`SELECT password_hash FROM person WHERE login = 'anna'`), null);
  assert.equal(await house.value(`SELECT subject FROM person_identity WHERE person_id = $1`, [first.body.id]), await slapd.uuid('anna'));
  const me = await Http.signIn(api.base, 'anna', PASSWORD);
  assert.equal((await me.raw('GET', '/v1/campaigns')).status, 200);
  const change = await me.raw('PUT', '/v1/me/password', { body: { current: PASSWORD, new: 'another long password' } });
  assert.deepEqual([change.status, kind(change)], [409, 'conflict']);
});

test('a wrong password, nobody and a disabled person are one answer; without a role it is said', async () => {
  const answers = [await trySignIn('anna', 'wrong'), await trySignIn('nobody'), await trySignIn('local')];
  await trySignIn('boris');
  await house.vestnik('user', 'disable', 'boris');
  answers.push(await trySignIn('boris'));
  await house.vestnik('user', 'enable', 'boris');
  for (const answer of answers) assert.deepEqual([answer.status, kind(answer)], [401, 'wrong-sign-in'], JSON.stringify(answer.body));
  assert.deepEqual(answers.map(({ body }) => body), answers.map(() => answers[0].body));
  for (const uid of ['carol', 'dora']) {
    const answer = await trySignIn(uid);
    assert.deepEqual([answer.status, kind(answer)], [403, 'no-role']);
    assert.equal((await trySignIn(uid, 'wrong')).status, 401, 'the role is spoken of after the right password alone');
  }
  assert.equal(await house.value(`SELECT count(*) FROM person WHERE login IN ('carol', 'dora', 'nobody')`), 0);
});

test('an unauthenticated bind gets nobody in', async () => {
  for (const password of ['', ' ', '\u0000'])
    assert.ok([401, 400, 422].includes((await trySignIn('anna', password)).status), JSON.stringify(password));
});

test('what is typed matches a login and nothing else', async () => {
  for (const login of ['*', 'a*', 'ann*', 'anna)(uid=*', '*)(uid=*))(|(uid=*', 'anna\\2a', '\\61nna', 'an\u0000na', '(', ')', '\\', 'anna)(|(userPassword=*)', 'аnnа', ''])
    assert.notEqual((await trySignIn(login)).status, 200, login);
  await slapd.person('odd*name(x)');
  await slapd.modify(`dn: ${group('Authors')}\nchangetype: modify\nadd: member\nmember: uid=odd*name(x),ou=people,${BASE}\n`);
  const answer = await trySignIn('odd*name(x)');
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.equal(answer.body.login, 'odd-name-x-');
});

test('a login is one login: no spelling of it gives a guesser more tries', async () => {
  for (const login of [' anna', 'anna ', ' anna  ', 'an\u00adna', 'ａnna', 'ＡＮＮＡ', 'аnna'])
    assert.equal((await trySignIn(login)).status, 401, JSON.stringify(login));
  assert.equal((await trySignIn('ANNA')).status, 200);
  for (let i = 0; i < 5; i++) await trySignIn(['anna', 'Anna', 'ANNA', 'aNNa', 'annA'][i], 'wrong');
  assert.equal((await trySignIn('anna')).status, 429);
});

test('an equal login never takes a local person over, until the command links them', async () => {
  const id = await house.value(`SELECT id FROM person WHERE login = 'local'`);
  assert.equal((await trySignIn('local', PASSWORD)).status, 401, 'the local password alone counts');
  assert.equal((await trySignIn('local', LOCAL)).body.id, String(id));
  assert.equal(await house.value('SELECT count(*) FROM person_identity WHERE person_id = $1', [id]), 0);

  // Found another way than by its login, the same entry becomes somebody else beside the local person.
  await house.db.query(`UPDATE person SET login = 'hidden' WHERE id = $1`, [id]);
  await house.db.query(`INSERT INTO person (login, name) VALUES ('local', 'from elsewhere')`);
  const other = await trySignIn('local');
  assert.deepEqual([other.status, other.body.login], [200, 'local-2']);
  await house.db.query(`DELETE FROM person WHERE login = 'local'`);
  await house.db.query(`UPDATE person SET login = 'local' WHERE id = $1`, [id]);

  const subject = await slapd.uuid('local');
  await assert.rejects(house.vestnik('user', 'link', 'local', '--way', 'ldap', '--subject', subject), /local-2.* already/);
  await assert.rejects(house.vestnik('user', 'link', 'local', '--way', 'oidc', '--subject', subject), /--issuer/);
  await assert.rejects(house.vestnik('user', 'link', 'local', '--way', 'smoke', '--subject', subject), /ldap or oidc/);
  await assert.rejects(house.vestnik('user', 'link', 'nobody', '--way', 'ldap', '--subject', 'x'), /no user/);
  await house.vestnik('user', 'unlink', 'local-2', '--way', 'ldap');
  assert.match(await house.vestnik('user', 'link', 'local', '--way', 'ldap', '--subject', subject), /signed out everywhere/);
  const linked = await trySignIn('local');
  assert.deepEqual([linked.status, linked.body.id], [200, String(id)]);
  assert.equal((await trySignIn('local', LOCAL)).status, 401, 'the password is the directory\'s now');
  assert.deepEqual((await rolesOf('local')).map(({ role, given_by: by }) => `${role} ${by}`), ['author directory', 'manager hand'], 'what was given by hand stays');

  await house.vestnik('user', 'unlink', 'local', '--way', 'ldap');
  await house.vestnik('user', 'password', 'local', '--password-file', path.join(house.dir, 'password'));
  assert.deepEqual((await rolesOf('local')).map(({ role }) => role), ['manager']);
  manager = undefined;
});

test('roles follow the groups at the next sign-in; the widest of several counts', async () => {
  await put([
    { way: 'ldap', group: group('authors'), role: 'author', department_id: '1', reach: 'own', clients: 'own' },
    { way: 'ldap', group: group('AUDITORS'), role: 'author', department_id: '1', reach: 'subtree', clients: 'all' },
    { way: 'oidc', group: group('auditors'), role: 'manager', department_id: '1', reach: 'subtree', clients: 'all' },
  ]);
  assert.equal((await trySignIn('anna')).status, 200);
  assert.deepEqual(await rolesOf('anna'), [{ role: 'author', reach: 'subtree', clients: 'all', given_by: 'directory' }]);
  await put([
    { way: 'ldap', group: group('Authors'), role: 'author', department_id: '1', reach: 'own', clients: 'own' },
    { way: 'ldap', group: group('auditors'), role: 'auditor', department_id: '1', reach: 'subtree', clients: 'all' },
  ]);
  assert.equal((await trySignIn('anna')).status, 200);
  assert.deepEqual((await rolesOf('anna')).map(({ role, reach }) => `${role} ${reach}`), ['auditor subtree', 'author own']);
});

test('groups and roles are refused by name, and nothing is stored', async () => {
  const good = { way: 'ldap', group: group('Authors'), role: 'author', department_id: '1', reach: 'own', clients: 'own' };
  const before = (await manager.raw('GET', '/v1/directory-groups')).body;
  assert.deepEqual(before.groups[1], { ...good, department: 'Компания' });
  for (const [field, wrong] of [
    ['groups[1].role', { ...good, group: group('b'), role: 'emperor' }], ['groups[1].department_id', { ...good, group: group('b'), department_id: '99' }],
    ['groups[1].group', { ...good, group: 'authors' }], ['groups[1].group', good], ['groups[1].reach', { ...good, group: group('b'), reach: 'all' }],
    ['groups[1].clients', { ...good, group: group('b'), clients: 'none' }], ['groups[1].way', { ...good, way: 'smtp' }], ['groups[1].rank', { ...good, rank: 1 }],
  ]) {
    const { status, body } = await put([good, wrong]);
    assert.deepEqual([status, body.errors?.[0].field], [422, field], JSON.stringify(body));
  }
  assert.deepEqual((await manager.raw('GET', '/v1/directory-groups')).body, before);
  assert.equal((await put(before.groups)).status, 200, 'what is shown can be put back');
});

test('wrong passwords of the directory are counted as ours are', async () => {
  for (let i = 0; i < 5; i++) assert.equal((await trySignIn('anna', 'wrong')).status, 401);
  const locked = await trySignIn('anna');
  assert.deepEqual([locked.status, kind(locked)], [429, 'sign-in-locked']);
});

test('a wrong password takes as long for a login of our own as for one nobody has', async () => {
  const took = { local: [], nobody: [] };
  for (let i = 0; i < 25; i++) {
    for (const login of ['local', 'nobody']) {
      await house.db.query('TRUNCATE sign_in_failure');
      const begin = performance.now();
      assert.equal((await trySignIn(login, 'wrong')).status, 401);
      took[login].push(performance.now() - begin);
    }
  }
  // The quickest of each: what else the machine does adds to all of them.
  const [local, nobody] = [Math.min(...took.local), Math.min(...took.nobody)];
  assert.ok(Math.abs(local - nobody) < 0.3 * Math.max(local, nobody), `${local} and ${nobody} ms`);
});

test('whom the directory no longer has is disabled and signed out; roles follow the groups meanwhile', async () => {
  const boris = await Http.signIn(api.base, 'boris', PASSWORD);
  const anna = await Http.signIn(api.base, 'anna', PASSWORD);
  const status = async (person) => (await person.raw('GET', '/v1/me')).status;
  await slapd.modify(`dn: ${group('auditors')}\nchangetype: modify\nadd: member\nmember: uid=boris,ou=people,${BASE}\n`);
  await waitFor('boris to be an auditor', async () => (await rolesOf('boris')).some(({ role }) => role === 'auditor'));
  assert.equal(await status(boris), 200);
  await slapd.remove('uid=boris,ou=people');
  await waitFor('boris to be signed out', async () => (await status(boris)) === 401);
  assert.ok(await house.value(`SELECT disabled_at FROM person WHERE login = 'boris'`));
  assert.equal(await status(anna), 200);
  assert.equal((await trySignIn('boris')).status, 401);
  assert.doesNotMatch(api.daemon.log(), /boris|anna/, 'the log names nobody');
});

test('when too many are gone at once nobody is disabled', async () => {
  for (const uid of ['e1', 'e2', 'e3', 'e4', 'e5']) {
    await slapd.person(uid);
    await slapd.modify(`dn: ${group('Authors')}\nchangetype: modify\nadd: member\nmember: uid=${uid},ou=people,${BASE}\n`);
    assert.equal((await trySignIn(uid)).status, 200);
  }
  await api.daemon.stop();
  await waitFor('everybody to be due', async () => await house.value(`SELECT max(checked_at) < clock_timestamp() - interval '1 s' FROM person_identity`));
  const wrong = await open('2', { filter: '(&(uid={login})(sn=nobody))' });
  await wrong.daemon.waitLog(/lacks so many people/);
  await wrong.daemon.stop();
  assert.equal(await house.value(`SELECT count(*) FROM person WHERE login LIKE 'e_' AND disabled_at IS NOT NULL`), 0);
  // A folder that is not there is no folder without people.
  const elsewhere = await open('2', { base: `ou=staff,${BASE}` });
  await elsewhere.daemon.waitLog(/not compared.*No such object/);
  await elsewhere.daemon.stop();
  assert.equal(await house.value(`SELECT count(*) FROM person WHERE login LIKE 'e_' AND disabled_at IS NOT NULL`), 0);
  api = await open('1');
  manager = undefined;
});

test('a directory that is down is a 503 for 15 s that everybody gets alike, and passwords of our own still work', async () => {
  await slapd.stop();
  for (const login of ['anna', 'nobody', 'local']) {
    const answer = await trySignIn(login, 'wrong');
    assert.deepEqual([answer.status, kind(answer)], [503, 'directory-down']);
    assert.ok(Number(answer.headers['retry-after']) <= 16);
  }
  assert.equal((await trySignIn('local', LOCAL)).status, 200);
  await slapd.start();
  assert.equal((await trySignIn('anna')).status, 503, 'it is left alone for a while');
  await waitFor('the directory to be asked again', async () => {
    await house.db.query('TRUNCATE sign_in_failure');
    return (await trySignIn('anna')).status === 200;
  }, { timeoutMs: 20_000, everyMs: 500 });
});

test('a directory that is silent is waited for 3 s, once', async () => {
  const silent = net.createServer((socket) => socket.unref()).listen(0, '127.0.0.1').unref();
  await new Promise((resolve) => silent.once('listening', resolve));
  const other = await open('2', { url: `ldap://127.0.0.1:${silent.address().port}` });
  const begin = performance.now();
  assert.equal((await trySignIn('anna', PASSWORD, other)).status, 503);
  const took = performance.now() - begin;
  assert.ok(took > 2500 && took < 4500, `${took} ms`);
  assert.equal((await trySignIn('anna', PASSWORD, other)).status, 503);
  assert.ok(performance.now() - begin - took < 1000);
  assert.equal((await trySignIn('local', LOCAL, other)).status, 200);
  await other.daemon.stop();
  silent.close();
});

test('StartTLS and ldaps: the certificate is checked, against its authority and the name', async () => {
  const uid = await slapd.person('tanya').then(() => 'tanya');
  await slapd.modify(`dn: ${group('Authors')}\nchangetype: modify\nadd: member\nmember: uid=tanya,ou=people,${BASE}\n`);
  for (const [why, more, want] of [
    ['whom the system trusts', { start_tls: true, url: `ldap://localhost:${slapd.port}` }, 503],
    ['another name', { start_tls: true, url: slapd.url, ca_file: tls.cert }, 503],
    ['the right one', { start_tls: true, url: `ldap://localhost:${slapd.port}`, ca_file: tls.cert }, 200],
    ['ldaps, whom the system trusts', { url: `ldaps://localhost:${slapd.tlsPort}` }, 503],
    ['ldaps', { url: `ldaps://localhost:${slapd.tlsPort}`, ca_file: tls.cert }, 200],
  ]) {
    const other = await open('3', more);
    assert.equal((await trySignIn(uid, PASSWORD, other)).status, want, why);
    await other.daemon.stop();
  }
});

test('what cannot be meant is refused at the start', async () => {
  for (const [more, says] of [
    [{ url: 'ldap://ldap.zimorodok.example', start_tls: false }, /in clear/], [{ url: 'http://x' }, /ldap:\/\//],
    [{ filter: '(uid=*)' }, /\{login\}/], [{ group_filter: '(member=*)' }, /\{dn\}/], [{ bind_password_file: '' }, /together/], [{ base: '' }, /directory\.base/],
  ]) {
    const daemon = house.daemon('apid', { instance: '4', config: { http: { listen: '127.0.0.1:0' }, web: { dir: '' }, directory: directory(more) } });
    daemon.spawn();
    const { code } = await daemon.exited;
    assert.equal(code, 1);
    assert.match(daemon.log(), says);
  }
});
