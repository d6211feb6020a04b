// SPDX-License-Identifier: AGPL-3.0-or-later
// People, departments and roles by the API: that nobody gives more than they hold, that somebody is always left who keeps
// the users, and that what changes counts at once.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Http } from './lib/http.mjs';
import { House } from './lib/stack.mjs';

const PASSWORD = 'correct horse battery';

let house;
let api;
let boss; // manager of the whole company
const department = {}; // own, child, sibling, parent: ids
let count = 0;

const value = (sql, params) => house.value(sql, params);
const login = () => `person${++count}`;
const call = async (http, method, where, body, status = 200) => {
  const answer = await http.raw(method, where, { body });
  assert.equal(answer.status, status, `${method} ${where}: ${JSON.stringify(answer.body)}`);
  return answer.body;
};
const make = (http, roles, status = 201, more = {}) =>
  call(http, 'POST', '/v1/users', { login: login(), name: 'Olga', roles, password: PASSWORD, ...more }, status);
/** Made by the manager, with a password of their own, signed in. */
async function person(...roles) {
  const made = await make(boss, roles);
  await value('UPDATE person SET must_change_password = false WHERE id = $1', [made.id]);
  return { id: made.id, login: made.login, http: await Http.signIn(api.base, made.login, PASSWORD) };
}

before(async () => {
  house = await House.open('users');
  api = await Api.open(house);
  writeFileSync(path.join(house.dir, 'password'), PASSWORD, { mode: 0o600 });
  await house.vestnik('user', 'add', 'boss', '--name', 'Boss', '--role', 'manager', '--password-file', path.join(house.dir, 'password'));
  boss = await Http.signIn(api.base, 'boss', PASSWORD);
  for (const [name, above] of [['parent', undefined], ['own', 'parent'], ['child', 'own'], ['sibling', 'parent']])
    department[name] = (await call(boss, 'POST', '/v1/departments', { parent_id: department[above] ?? '1', name }, 201)).id;
  await call(boss, 'POST', '/v1/roles', { code: 'chief', name: 'Head of a branch', rights: ['users.read', 'users.edit', 'departments.edit', 'campaigns.read', 'templates.read'] }, 201);
  await call(boss, 'POST', '/v1/roles', { code: 'reader', name: 'Reader', rights: ['campaigns.read'] }, 201);
  await call(boss, 'POST', '/v1/roles', { code: 'sender', name: 'Sender', rights: ['campaigns.read', 'campaigns.launch'] }, 201);
});
after(async () => {
  await api.daemon.stop();
  await house.close();
});

test('a person begins with a start password that is told once and opens nothing else', async () => {
  const made = await call(boss, 'POST', '/v1/users', { login: login(), name: 'Olga', email: 'olga@example.com', phone: '+79161234567', roles: [{ role: 'author', department_id: department.own }] }, 201);
  assert.match(made.password, /^([0-9a-f]{4}-){4}[0-9a-f]{4}$/);
  assert.deepEqual([made.language, made.must_change_password, made.disabled, made.roles],
    ['ru', true, false, [{ role: 'author', department_id: department.own, department: 'own', reach: 'own', clients: 'own' }]]);
  assert.equal((await call(boss, 'GET', `/v1/users/${made.id}`)).password, undefined);

  const first = await Http.signIn(api.base, made.login, made.password);
  assert.equal((await first.raw('GET', '/v1/campaigns')).status, 403);
  await call(first, 'PUT', '/v1/me/password', { current: made.password, new: PASSWORD }, 204);
  const olga = await Http.signIn(api.base, made.login, PASSWORD);
  await call(olga, 'GET', '/v1/campaigns');

  const again = await call(boss, 'POST', `/v1/users/${made.id}/password`, {});
  assert.equal((await olga.raw('GET', '/v1/me')).status, 401, 'signed out');
  await assert.rejects(Http.signIn(api.base, made.login, PASSWORD));
  assert.equal((await (await Http.signIn(api.base, made.login, again.password)).raw('GET', '/v1/campaigns')).status, 403);
  assert.doesNotMatch(JSON.stringify((await house.db.query('SELECT * FROM audit')).rows), new RegExp(`${made.password}|${again.password}`));

  for (const [body, field] of [
    [{ login: 'Анна' }, 'login'], [{ password: 'password1234' }, 'password'], [{ email: 'nowhere' }, 'email'], [{ language: 'de' }, 'language'], [{ roles: [] }, 'roles'],
    [{ roles: [{ role: 'emperor', department_id: '1' }] }, 'roles[0].role'], [{ roles: [{ role: 'author', department_id: '99999' }] }, 'roles[0].department_id'],
    [{ roles: [{ role: 'author', department_id: '1', reach: 'all' }] }, 'roles[0].reach'],
    [{ roles: [{ role: 'author', department_id: '1' }, { role: 'author', department_id: '1', reach: 'subtree' }] }, 'roles[1]'],
  ])
    assert.equal((await make(boss, [{ role: 'author', department_id: '1' }], 422, body)).errors[0].field, field, JSON.stringify(body));
  await make(boss, [{ role: 'author', department_id: '1' }], 409, { login: made.login });
});

test('R-29 nobody gives a right, a department, a reach or clients that they do not hold themselves', async () => {
  const wrong = [];
  for (const reach of ['own', 'subtree'])
    for (const clients of ['own', 'subtree', 'all']) {
      const chief = await person({ role: 'chief', department_id: department.own, reach, clients });
      const olga = await make(boss, [{ role: 'reader', department_id: department.own }]);
      for (const role of ['reader', 'chief', 'sender', 'author', 'administrator', 'manager'])
        for (const relation of ['own', 'child', 'sibling', 'parent', 'company'])
          for (const given of ['own', 'subtree'])
            for (const seen of ['own', 'subtree', 'all']) {
              const wide = relation === 'own' || (relation === 'child' && reach === 'subtree');
              const views = { own: ['own'], subtree: ['own', 'subtree'], all: ['own', 'subtree', 'all'] }[clients];
              const may = ['reader', 'chief'].includes(role) && wide && (given === 'own' || reach === 'subtree') &&
                views.includes(seen) && (relation === 'own' || clients !== 'own');
              const roles = [{ role, department_id: department[relation] ?? '1', reach: given, clients: seen }];
              const { status } = await chief.http.raw('PATCH', `/v1/users/${olga.id}`, { body: { roles } });
              if (status !== (may ? 200 : 403)) wrong.push(`${reach} ${clients}: ${role} in ${relation}, ${given}, ${seen}: ${status}`);
            }
    }
  assert.deepEqual(wrong, []);
});

test('nobody raises themselves, or takes over somebody who holds more', async () => {
  const chief = await person({ role: 'chief', department_id: department.own, reach: 'subtree', clients: 'subtree' });
  const roles = (...all) => ({ roles: all });
  const mine = { role: 'chief', department_id: department.own, reach: 'subtree', clients: 'subtree' };

  for (const more of [{ ...mine, clients: 'all' }, { ...mine, department_id: department.parent }, { ...mine, role: 'manager' }])
    await call(chief.http, 'PATCH', `/v1/users/${chief.id}`, roles(more), 403);
  await call(chief.http, 'PATCH', `/v1/users/${chief.id}`, roles(mine, { role: 'sender', department_id: department.own }), 403);

  const reader = await person({ role: 'reader', department_id: department.own });
  const sender = await person({ role: 'sender', department_id: department.own });
  const both = await person({ role: 'reader', department_id: department.own }, { role: 'reader', department_id: department.sibling });
  const nobody = await value(`INSERT INTO person (login, name, password_hash) VALUES ('nobody', 'X', 'x') RETURNING id`);
  for (const [who, status] of [[reader.id, 200], [sender.id, 403], [both.id, 404], [nobody, 404]]) {
    await call(chief.http, 'PATCH', `/v1/users/${who}`, { email: 'mine@example.com' }, status);
    await call(chief.http, 'POST', `/v1/users/${who}/password`, { password: PASSWORD }, status);
  }
  assert.equal((await chief.http.raw('GET', `/v1/users/${both.id}`)).status, 200, 'any role is enough to be seen');
  const boss_id = await value(`SELECT id FROM person WHERE login = 'boss'`);
  await call(chief.http, 'PATCH', `/v1/users/${boss_id}`, { disabled: true }, 404);

  // What is taken away counts at once, in whoever gives it too.
  await call(boss, 'PATCH', `/v1/users/${chief.id}`, roles({ role: 'reader', department_id: department.own }));
  await make(chief.http, [{ role: 'reader', department_id: department.own }], 403);
  // A program gives no more than its token.
  const secret = (await house.vestnik('token', 'create', 'people', '--rights', 'users.edit,campaigns.read', '--department', department.own)).trim();
  const program = new Http(api.base, secret);
  await make(program, [{ role: 'reader', department_id: department.child }]);
  for (const [role, where] of [['sender', 'own'], ['reader', 'sibling'], ['manager', 'own']])
    await make(program, [{ role, department_id: department[where] }], 403);
});

test('somebody is always left who keeps the users, also when two disable each other at once', async () => {
  const all = { role: 'manager', department_id: '1', reach: 'subtree', clients: 'all' };
  const boss_id = await value(`SELECT id FROM person WHERE login = 'boss'`);
  for (let round = 0; round < 10; round++) {
    const other = await person(all);
    const answers = await Promise.all([
      boss.raw('PATCH', `/v1/users/${other.id}`, { body: round % 2 ? { disabled: true } : { roles: [{ role: 'reader', department_id: '1' }] } }),
      other.http.raw('PATCH', `/v1/users/${boss_id}`, { body: { disabled: true } }),
    ]);
    const statuses = answers.map(({ status }) => status);
    assert.ok(statuses.filter((status) => status === 200).length === 1 && statuses.every((status) => [200, 401, 403, 409].includes(status)), JSON.stringify(statuses));
    assert.equal(Number(await value(`SELECT count(*) FROM person p JOIN person_role h ON h.person_id = p.id AND h.role = 'manager' WHERE p.disabled_at IS NULL`)), 1);
    // Begin anew with the boss.
    await house.vestnik('user', 'enable', 'boss');
    await house.vestnik('user', 'disable', other.login);
    boss = await Http.signIn(api.base, 'boss', PASSWORD);
  }
  assert.match((await call(boss, 'PATCH', `/v1/users/${boss_id}`, { disabled: true }, 409)).detail, /Nobody would be left/);
  await call(boss, 'PATCH', `/v1/users/${boss_id}`, { roles: [{ ...all, reach: 'own' }] }, 409);
  await call(boss, 'PATCH', `/v1/users/${boss_id}`, { name: 'Boss' });
});

test('disabling ends the sessions, and the list finds people by name, department, role', async () => {
  const anna = await person({ role: 'reader', department_id: department.child }, { role: 'chief', department_id: department.sibling });
  await call(boss, 'PATCH', `/v1/users/${anna.id}`, { name: 'Ёлкина Анна' });
  const found = async (query) => (await call(boss, 'GET', `/v1/users?limit=200&${query}`)).users.map(({ id }) => id).includes(anna.id);
  for (const [query, expected] of [
    [`query=${encodeURIComponent('ёлкина')}`, true], [`query=${anna.login}`, true], ['query=nobody', false], [`department_id=${department.parent}`, true],
    [`department_id=${department.own}&role=reader`, true], [`department_id=${department.own}&role=chief`, false], ['role=manager', false], ['disabled=true', false],
  ])
    assert.equal(await found(query), expected, query);
  await call(boss, 'PATCH', `/v1/users/${anna.id}`, { disabled: true });
  assert.equal(await found('disabled=true'), true);
  assert.equal((await anna.http.raw('GET', '/v1/me')).status, 401);
  await call(boss, 'PATCH', `/v1/users/${anna.id}`, { disabled: false });
  assert.equal((await anna.http.raw('GET', '/v1/me')).status, 401, 'a session that is over stays so');
  for (const query of ['disabled=maybe', 'department_id=x', 'colour=red']) assert.ok((await boss.raw('GET', `/v1/users?${query}`)).status >= 400, query);
});

test('departments are made, moved and removed by who keeps both ends, and what is seen moves along', async () => {
  const chief = await person({ role: 'chief', department_id: department.own, reach: 'subtree', clients: 'subtree' });
  const tree = async () => (await call(chief.http, 'GET', '/v1/departments')).departments;
  const shown = await tree();
  assert.deepEqual(shown.map(({ id, reached }) => [id, reached]), [['1', false], [department.parent, false], [department.own, true], [department.child, true]]);

  const below = await call(chief.http, 'POST', '/v1/departments', { parent_id: department.child, name: 'Below' }, 201);
  assert.equal((await call(chief.http, 'POST', '/v1/departments', { parent_id: department.child, name: 'Below' }, 422)).errors[0].field, 'name');
  for (const parent of [department.sibling, department.parent, '1', '99999'])
    assert.equal((await call(chief.http, 'POST', '/v1/departments', { parent_id: parent, name: 'X' }, 422)).errors[0].field, 'parent_id');

  await call(chief.http, 'PATCH', `/v1/departments/${department.own}`, { parent_id: department.child }, 403); // it would leave the parent
  await call(boss, 'PATCH', `/v1/departments/${department.own}`, { parent_id: below.id }, 409);
  await call(boss, 'PATCH', '/v1/departments/1', { parent_id: below.id }, 409);
  await call(chief.http, 'PATCH', `/v1/departments/${below.id}`, { parent_id: department.sibling }, 422);
  await call(chief.http, 'PATCH', `/v1/departments/${department.sibling}`, { parent_id: department.own }, 404);
  assert.equal((await call(chief.http, 'PATCH', `/v1/departments/${below.id}`, { parent_id: department.own, name: 'Beside' })).name, 'Beside');

  const campaign = await value(`INSERT INTO campaign (name, text, sender, class, category, department_id) VALUES ('x', 'Hello', 'SHOP', 2, 2, $1) RETURNING id`, [department.child]);
  const status = async () => (await chief.http.raw('GET', `/v1/campaigns/${campaign}`)).status;
  assert.equal(await status(), 200);
  await call(boss, 'PATCH', `/v1/departments/${department.child}`, { parent_id: department.sibling });
  assert.equal(await status(), 404);
  await call(boss, 'PATCH', `/v1/departments/${department.child}`, { parent_id: department.own });
  assert.equal(await status(), 200);

  const problem = await call(boss, 'DELETE', `/v1/departments/${department.own}`, undefined, 409);
  assert.deepEqual(problem.errors.filter(({ field }) => field === 'departments').map(({ found }) => found), ['2']);
  assert.ok(problem.errors.some(({ field }) => field === 'users'), JSON.stringify(problem));
  await call(chief.http, 'DELETE', `/v1/departments/${below.id}`, undefined, 204);
  await call(boss, 'DELETE', '/v1/departments/1', undefined, 409);
});

test('a role of the company\'s own has no right its maker lacks; the built-in ones stay', async () => {
  const keeper = await person({ role: 'administrator', department_id: '1', reach: 'subtree', clients: 'all' });
  const body = (rights) => ({ code: `role_${++count}`, name: 'Own', rights });
  const own = await call(keeper.http, 'POST', '/v1/roles', body(['audit.read', 'users.read']), 201);
  assert.deepEqual([own.rights, own.builtin, own.people], [['profile', 'audit.read', 'users.read'], false, 0]);
  await call(keeper.http, 'POST', '/v1/roles', body(['campaigns.launch']), 403);
  for (const rights of [['*'], ['no.such'], ['audit.read', 'audit.read'], []]) await call(keeper.http, 'POST', '/v1/roles', body(rights), 422);
  await call(keeper.http, 'PATCH', '/v1/roles/reader', { rights: ['audit.read'] });
  await call(keeper.http, 'PATCH', '/v1/roles/sender', { name: 'Mine' }, 403);
  await call(keeper.http, 'PATCH', `/v1/roles/${own.code}`, { rights: ['personal.read'] }, 403);
  await call(boss, 'PATCH', '/v1/roles/auditor', { rights: ['audit.read'] }, 409);
  await call(boss, 'DELETE', '/v1/roles/auditor', undefined, 409);
  assert.equal((await call(boss, 'PATCH', '/v1/roles/auditor', { second_factor: true })).second_factor, true);
  await call(keeper.http, 'PATCH', '/v1/roles/manager', { second_factor: false }, 403);

  const holder = await make(boss, [{ role: own.code, department_id: '1' }]);
  await call(boss, 'DELETE', `/v1/roles/${own.code}`, undefined, 409);
  await call(boss, 'PATCH', `/v1/users/${holder.id}`, { roles: [{ role: 'auditor', department_id: '1' }] });
  await call(boss, 'DELETE', `/v1/roles/${own.code}`, undefined, 204);
  await call(boss, 'DELETE', `/v1/roles/${own.code}`, undefined, 404);
  assert.ok(Number(await value(`SELECT count(*) FROM audit WHERE kind = 'role' AND object = $1`, [own.code])) >= 2);
});

test('5,100 people come from a table at once, all or none, each line that is wrong named', async () => {
  const send = (http, lines) => http.raw('POST', '/v1/users/import', { pieces: [['login;name;email;role;department_id', ...lines].join('\n')], headers: { 'content-type': 'text/csv' } });
  const people = async () => Number(await value('SELECT count(*) FROM person'));
  const before = await people();
  const wrong = ['a1;A;;reader;1', 'A2;A;;reader;1', 'a1;A;;reader;1', 'boss;A;;reader;1', 'a3;;;reader;1', 'a4;A;x;reader;1', 'a5;A;;emperor;1', 'a6;A;;reader;99999', 'a7;A;;reader;x'];
  const { status, body } = await send(boss, wrong);
  assert.equal(status, 422, JSON.stringify(body));
  assert.deepEqual(body.errors.map(({ line, field }) => [line, field]), [[3, 'login'], [4, 'login'], [5, 'login'], [6, 'name'], [7, 'email'], [8, 'role'], [9, 'department_id'], [10, 'department_id']]);
  const chief = await person({ role: 'chief', department_id: department.own, reach: 'subtree', clients: 'subtree' });
  assert.deepEqual((await send(chief.http, [`b1;B;;chief;${department.child}`, `b2;B;;manager;${department.child}`, `b3;B;;chief;${department.sibling}`])).body.errors.map(({ line }) => line), [3, 4]);
  assert.equal(await people(), before + 1);

  const made = await send(boss, Array.from({ length: 5100 }, (_, i) => `emp${i};Employee ${i};emp${i}@example.com;author;${department.child}`));
  assert.deepEqual([made.status, made.body], [201, { people: 5100 }]);
  assert.equal(await people(), before + 1 + 5100);
  assert.equal((await call(boss, 'GET', '/v1/users?query=employee+4242')).users[0].login, 'emp4242');
  assert.equal((await send(boss, [])).status, 422);
});
