// SPDX-License-Identifier: AGPL-3.0-or-later
// Who may what: every operation of the description of the API, asked by a person of every role.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Http } from './lib/http.mjs';
import { bodyOf, operations } from './lib/operations.mjs';
import { House } from './lib/stack.mjs';

const PASSWORD = 'correct horse battery';
const NOBODY = '999999999'; // an id of nothing, so that what is allowed changes nothing

let house;
let api;
const roles = new Map(); // code to a set of rights

before(async () => {
  house = await House.open('roles');
  api = await Api.open(house);
  writeFileSync(path.join(house.dir, 'password'), PASSWORD, { mode: 0o600 });
  // One that may nothing at all, beside those that come with the migrations.
  await house.db.query("INSERT INTO role (code, rights, builtin) VALUES ('none', '{}', true)");
  for (const { code, rights } of (await house.db.query('SELECT code, rights FROM role WHERE builtin ORDER BY code')).rows) {
    roles.set(code, new Set(rights));
    await add(code, code);
  }
});
after(async () => {
  await api.daemon.stop();
  await house.close();
});

const add = (login, role) =>
  house.vestnik('user', 'add', login, '--name', login, '--role', role, '--password-file', path.join(house.dir, 'password'));

test('R-29 every operation is open to the roles that have its right, and to no other', async () => {
  // Signing out comes last: it is allowed to everybody who has a profile.
  const all = operations().sort((a, b) => (a.method === 'DELETE' && a.where === '/v1/session') - (b.method === 'DELETE' && b.where === '/v1/session'));
  const wrong = [];
  let asked = 0;

  assert.ok(all.length > 150 && all.every(({ right }) => right), 'an operation without a rule');
  for (const [role, rights] of roles) {
    const http = await Http.signIn(api.base, role, PASSWORD);
    for (const { method, where, right, type } of all) {
      if (right === 'open') continue;
      const answer = await http.raw(method, where.replaceAll(/\{\w+\}/g, NOBODY), bodyOf(type));
      const may = rights.has('*') || rights.has(right);
      const asExpected = may ? ![401, 403].includes(answer.status) && answer.status < 500 : answer.status === 403 && answer.body.type.endsWith('forbidden');
      if (!asExpected)
        wrong.push(`${role} ${method} ${where} (${right}): ${answer.status} ${JSON.stringify(answer.body)?.slice(0, 200)}`);
      asked++;
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(asked > 150 * 14, `${asked} questions`);
});

test('R-29 duties are apart: who administers cannot send, who analyses sees nobody, who audits reads the log and who may what', () => {
  const of = (role) => [...roles.get(role)].sort();
  const apart = (role, ...rights) => assert.deepEqual(of(role).filter((right) => rights.includes(right)), [], role);

  assert.equal(roles.size, 14);
  apart('administrator', 'campaigns.edit', 'campaigns.launch', 'messages.send', 'personal.read', 'personal.reveal', 'personal.export');
  for (const role of ['analyst', 'author', 'approver', 'finance', 'operator', 'auditor', 'administrator', 'head'])
    apart(role, '*', 'personal.read', 'personal.reveal', 'personal.export', 'clients.erase', 'clients.block');
  assert.deepEqual(of('auditor'), ['audit.read', 'profile', 'users.read']);
  apart('approver', 'campaigns.edit', 'templates.edit', 'lists.edit');
  for (const role of roles.keys())
    if (role !== 'manager') assert.ok(!roles.get(role).has('*') && !(roles.get(role).has('audit.read') && roles.get(role).has('campaigns.launch')), role);
});

test('a role of one\'s own, a change of role and a right that is taken away count at once', async () => {
  await house.db.query("INSERT INTO role (code, rights) VALUES ('own', '{profile,templates.read,right.of.tomorrow}')");
  await add('olga', 'own');
  const olga = await Http.signIn(api.base, 'olga', PASSWORD);
  const status = async (where) => (await olga.raw('GET', where)).status;

  assert.deepEqual([await status('/v1/templates'), await status('/v1/campaigns')], [200, 403]);
  assert.deepEqual((await olga.raw('GET', '/v1/me')).body.rights, ['profile', 'templates.read']);
  await house.db.query("UPDATE role SET rights = '{profile,campaigns.read}' WHERE code = 'own'");
  assert.deepEqual([await status('/v1/templates'), await status('/v1/campaigns')], [403, 200]);

  await house.vestnik('user', 'role', 'olga', '--role', 'auditor');
  assert.equal(await status('/v1/campaigns'), 401, 'another role ends the session');
  await assert.rejects(house.vestnik('user', 'role', 'olga', '--role', 'emperor'), /there is no role \\?"emperor/);
  await assert.rejects(add('otto', 'emperor'), /there is no role \\?"emperor/);
  assert.match(await house.vestnik('user', 'roles'), /\nauditor +2 +profile audit\.read users\.read\n/);
});
