// SPDX-License-Identifier: AGPL-3.0-or-later
// Departments: whose things a role reaches.  Every operation of the API's description is asked as every role that a
// person can have in a department, about what is the department's own, that of the one below it, of its neighbour and
// of the one above; and whatever shows many things shows those and no others.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { Api } from './lib/api.mjs';
import { Http } from './lib/http.mjs';
import { bodyOf, operations } from './lib/operations.mjs';
import { House } from './lib/stack.mjs';

const PASSWORD = 'correct horse battery';
const NOBODY = '999999999';
const REACHES = ['own', 'subtree'];

let house;
let api;
let manager; // of the whole company
const department = {}; // own, child, sibling, parent: ids
const roles = new Map();
const people = new Map(); // "author own" to who is signed in

const value = (sql, params) => house.value(sql, params);

before(async () => {
  house = await House.open('scope');
  api = await Api.open(house);
  writeFileSync(path.join(house.dir, 'password'), PASSWORD, { mode: 0o600 });
  for (const [name, above] of [['parent', undefined], ['own', 'parent'], ['child', 'own'], ['sibling', 'parent']])
    department[name] = String(await value('INSERT INTO department (parent_id, name) VALUES ($1, $2) RETURNING id', [department[above] ?? 1, name]));
  await add('boss', 'manager', '1', 'subtree');
  manager = await Http.signIn(api.base, 'boss', PASSWORD);
  await value(`INSERT INTO account (name, host, port, system_id) VALUES ('main', '127.0.0.1', 1, 'x')`);
  for (const { code, rights } of (await house.db.query('SELECT code, rights FROM role WHERE builtin ORDER BY code')).rows) {
    roles.set(code, new Set(rights));
    for (const reach of REACHES) {
      await add(`${code}.${reach}`, code, department.own, reach);
      people.set(`${code} ${reach}`, await Http.signIn(api.base, `${code}.${reach}`, PASSWORD));
    }
  }
});
after(async () => {
  await api.daemon.stop();
  await house.close();
});

/** Sees the clients of what it reaches. */
async function add(login, role, where, reach) {
  await house.vestnik('user', 'add', login, '--name', login, '--role', role, '--department', where, '--password-file', path.join(house.dir, 'password'));
  await value(`UPDATE person_role SET reach = $2, clients = $2 WHERE person_id = (SELECT id FROM person WHERE login = $1)`, [login, where === '1' ? 'subtree' : reach]);
}

let count = 0;
const makers = {
  campaign: (of) => value(`INSERT INTO campaign (name, text, sender, class, category, department_id) VALUES ($1, 'Hello', 'SHOP', 2, 2, $2) RETURNING id`, [name(), of]),
  list: (of) => value(`INSERT INTO list (name, department_id) VALUES ($1, $2) RETURNING id`, [name(), of]),
  template: (of) => value(`WITH t AS (INSERT INTO template (name, category, department_id) VALUES ($1, 2, $2) RETURNING id),
    v AS (INSERT INTO template_version (template_id, no, text) SELECT id, 1, 'Hello' FROM t) SELECT id FROM t`, [name(), of]),
  'promo-pool': (of) => value(`INSERT INTO promo_pool (name, department_id) VALUES ($1, $2) RETURNING id`, [name(), of]),
  import: (of) => value(`INSERT INTO import (file_name, on_error, status, department_id) VALUES ($1, 'refuse', 'done', $2) RETURNING id`, [name(), of]),
  token: (of) => value(`INSERT INTO token (name, secret_hash, rights, department_id) VALUES ($1, sha256($1::text::bytea), '{nothing}', $2) RETURNING id`, [name(), of]),
  client: (of) => value(`INSERT INTO client (external_id, msisdn, department_id) VALUES ($1, 79160000000 + $2::bigint, $3) RETURNING id`, [name(), ++count, of]),
  person: (of) => value(`WITH p AS (INSERT INTO person (login, name, password_hash) VALUES ($1, 'X', 'x') RETURNING id)
    INSERT INTO person_role SELECT id, 'auditor', $2, 'own', 'own' FROM p RETURNING person_id`, [name(), of]),
  'person-seen': (of) => makers.person(of),
  department: async (of) => { // with something in it, so that nobody removes it
    await makers.campaign(of);
    return of;
  },
  message: async (of) => {
    const client = await makers.client(of);
    return value(`WITH b AS (INSERT INTO batch (id, account_id, lane, class, category, message_count, parts, sender, deadline, filtered_at)
        SELECT (message_base_ids(1))[1], (SELECT id FROM account), 1, 2, 2, 1, 1, 'SHOP', now(), now() RETURNING id),
      m AS (INSERT INTO message (id, client_id, msisdn, price_micro, parts, encoding, text)
        SELECT b.id, c.id, c.msisdn, 0, 1, 0, 'Hello' FROM b, client c WHERE c.id = $1 RETURNING id)
      INSERT INTO message_state (id, state) SELECT id, 9 FROM m RETURNING id`, [client]);
  },
};
const name = () => `thing${++count}`;

const kindOf = (scope) => scope.replace(/-above$/, '');
const reaches = (scope, reach, relation) =>
  relation === 'own' || (relation === 'child' && reach === 'subtree') || (relation === 'parent' && scope.endsWith('-above'));

test('R-29 every operation on one thing reaches those of the role\'s departments and no other', async () => {
  const all = operations().filter(({ scope }) => kindOf(scope) in makers);
  const wrong = [];
  let asked = 0;

  assert.ok(all.length > 40, `${all.length} operations`);
  for (const { method, where, right, scope, type } of all) {
    const ask = async (http, of) => {
      const id = String(await makers[kindOf(scope)](of));
      return http.raw(method, where.replace('{id}', id).replaceAll(/\{\w+\}/g, NOBODY), bodyOf(type));
    };
    const usual = (await ask(manager, department.own)).status;

    assert.ok(![401, 403].includes(usual) && usual < 500, `${method} ${where}: ${usual}`);
    for (const [who, http] of people) {
      const [role, reach] = who.split(' ');
      const may = roles.get(role).has('*') || roles.get(role).has(right);

      for (const relation of may ? Object.keys(department) : ['own']) {
        const answer = await ask(http, department[relation]);
        // A file of clients is taken from whoever sees everybody, which nobody here does.
        const open = where === '/v1/imports/{id}/file' ? 403 : usual;
        const expected = !may ? 403 : reaches(scope, reach, relation) ? open : 404;

        if (answer.status !== expected)
          wrong.push(`${who}, ${relation}: ${method} ${where} (${right}, ${scope}): ${answer.status}, not ${expected}: ${JSON.stringify(answer.body)?.slice(0, 200)}`);
        asked++;
      }
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(asked > 3000, `${asked} questions`);
});

test('R-29 every other operation: what is the company\'s needs the right in the company, what is shared needs it anywhere', async () => {
  const all = operations().filter(({ scope }) => ['company', 'shared', 'departments', 'self'].includes(scope) || !(kindOf(scope) in makers));
  const wrong = [];

  for (const { method, where, right, scope, type } of all) {
    if (scope === 'open' || where === '/v1/session') continue;
    assert.ok(['company', 'shared', 'departments', 'self'].includes(scope), `${method} ${where}: nobody knows what ${scope} is`);
    for (const [who, http] of people) {
      const may = (rights) => rights.has('*') || rights.has(right);
      const answer = await http.raw(method, where.replaceAll(/\{\w+\}/g, NOBODY), bodyOf(type));
      const refused = scope === 'company' || !may(roles.get(who.split(' ')[0]));
      // An import needs to see everybody, which nobody here does.
      const asExpected = refused || where.startsWith('/v1/imports') ? [403, 200].includes(answer.status) && (answer.status === 403 || !refused) : ![401, 403].includes(answer.status) && answer.status < 500;
      if (!asExpected) wrong.push(`${who}: ${method} ${where} (${right}, ${scope}): ${answer.status} ${JSON.stringify(answer.body)?.slice(0, 200)}`);
    }
  }
  assert.deepEqual(wrong, []);
});

/** What shows or makes things of many departments; each has its test below. */
const OF_DEPARTMENTS = [
  'GET /v1/imports', 'POST /v1/imports', 'POST /v1/imports/plan',
  'POST /v1/criteria/count', 'POST /v1/criteria/preview', 'POST /v1/criteria/breakdown', 'POST /v1/criteria/why',
  'GET /v1/lists', 'POST /v1/lists', 'GET /v1/clients/count', 'POST /v1/clients/search',
  'GET /v1/templates', 'POST /v1/templates', 'GET /v1/promo-pools', 'POST /v1/promo-pools',
  'GET /v1/placeholders', 'POST /v1/texts/preview', 'POST /v1/campaigns', 'GET /v1/campaigns',
  'GET /v1/users', 'POST /v1/users', 'POST /v1/users/import', 'GET /v1/departments', 'POST /v1/departments',
  'POST /v1/messages', 'POST /v1/messages/bulk', 'POST /v1/messages/search', 'POST /v1/suppressions/search',
  'GET /v1/budgets', 'PUT /v1/budgets', 'GET /v1/budgets/{department}/{month}',
  'GET /v1/control-numbers', 'POST /v1/control-numbers', 'DELETE /v1/control-numbers/{id}',
  'GET /v1/approval-rules', 'PUT /v1/approval-rules', 'GET /v1/approvals',
  'GET /v1/substitutes', 'POST /v1/substitutes', 'DELETE /v1/substitutes/{id}',
  'GET /v1/text-reviews', 'POST /v1/text-reviews',
  'GET /v1/load-calendar', 'GET /v1/tokens', 'POST /v1/tokens',
  'GET /v1/exports', 'POST /v1/exports', 'POST /v1/exports/{id}/file', 'DELETE /v1/exports/{id}',
];
test('every operation that is about many departments is known here', () => {
  assert.deepEqual(operations().filter(({ scope }) => scope === 'departments').map(({ method, where }) => `${method} ${where}`).sort(), OF_DEPARTMENTS.toSorted());
});

test('pages of things show the departments\' own, and from above what can be used below', async () => {
  for (const [where, key, kind, right, above] of [
    ['/v1/campaigns', 'campaigns', 'campaign', 'campaigns.read', false], ['/v1/lists', 'lists', 'list', 'clients.read', true],
    ['/v1/templates', 'templates', 'template', 'templates.read', true], ['/v1/promo-pools', 'pools', 'promo-pool', 'templates.read', true],
    ['/v1/imports', 'imports', 'import', 'clients.read', false], ['/v1/tokens', 'tokens', 'token', 'tokens.edit', false],
  ]) {
    const id = {};
    for (const relation of Object.keys(department)) id[relation] = String(await makers[kind](department[relation]));
    for (const [who, http] of people) {
      const [role, reach] = who.split(' ');
      if (!roles.get(role).has('*') && !roles.get(role).has(right)) continue;
      const shown = new Set();
      for (let cursor = ''; cursor !== null;) {
        const { body } = await http.raw('GET', `${where}?limit=200${cursor && `&cursor=${cursor}`}`);
        for (const thing of body[key]) shown.add(thing.id);
        cursor = body.next_cursor;
      }
      for (const relation of Object.keys(department))
        assert.equal(shown.has(id[relation]), reaches(above ? '-above' : '', reach, relation), `${who} ${where} ${relation}`);
    }
  }
});

test('something new is the first department\'s, or the one that is named, and never another\'s', async () => {
  const author = people.get('author subtree');
  const tree = { criterion: 'external_id', op: 'in', values: ['x'] };
  for (const [where, body] of [
    ['/v1/campaigns', {}], ['/v1/templates', { category: 'service', text: 'Hello' }], ['/v1/promo-pools', {}], ['/v1/lists', { criteria: tree }],
  ]) {
    const make = async (of) => author.raw('POST', where, { body: { name: name(), ...body, ...(of === undefined ? {} : { department_id: of }) } });
    for (const [of, expected] of [[undefined, department.own], [department.own, department.own], [department.child, department.child]]) {
      const { status, body: made } = await make(of);
      assert.equal(status, 201, `${where}: ${JSON.stringify(made)}`);
      assert.equal(made.department_id, expected, where);
    }
    for (const of of [department.sibling, department.parent, '1', NOBODY]) {
      const { status, body: problem } = await make(of);
      assert.equal(status, 422, `${where} ${of}: ${JSON.stringify(problem)}`);
      assert.equal(problem.errors[0].field, 'department_id');
    }
  }
});

test('a campaign takes lists and texts of its departments and of those above, of no other', async () => {
  const author = people.get('author own');
  for (const [member, kind] of [['list_id', 'list'], ['template_id', 'template']])
    for (const relation of Object.keys(department)) {
      const id = String(await makers[kind](department[relation]));
      const { status, body } = await author.raw('POST', '/v1/campaigns', { body: { name: name(), [member]: id } });
      assert.equal(status, ['own', 'parent'].includes(relation) ? 201 : 422, `${member} ${relation}: ${JSON.stringify(body)}`);
    }
  const list = String(await makers.list(department.sibling));
  const criteria = { not: { criterion: 'in_list', op: 'is', list } };
  for (const [where, more] of [['count', {}], ['preview', {}], ['breakdown', { by: ['sex'] }], ['why', { client_id: String(await makers.client(department.own)) }]]) {
    const { status, body } = await author.raw('POST', `/v1/criteria/${where}`, { body: { criteria, ...more } });
    assert.equal(status, 422, `${where}: ${JSON.stringify(body)}`);
  }
});

test('clients of other branches are in no search, no count, no sample and no audience', async () => {
  await house.db.query('DELETE FROM client');
  const who = {};
  for (const relation of Object.keys(department)) who[relation] = String(await makers.client(department[relation]));
  who.nobody = String(await makers.client(null));
  await house.db.query(`UPDATE client SET last_name = 'Иванова', tags = '{x}'`);
  const list = String(await makers.list(department.own));
  await house.db.query('INSERT INTO list_member (list_id, client_id) SELECT $1, id FROM client', [list]);
  const phone = async (id) => `+${await value('SELECT msisdn FROM client WHERE id = $1', [id])}`;
  const criteria = { criterion: 'last_name', op: 'in', values: ['Иванова'] };

  for (const [reach, seen] of [['own', ['own', 'nobody']], ['subtree', ['own', 'child', 'nobody']]]) {
    const author = people.get(`author ${reach}`);
    const ask = async (where, body) => {
      const answer = await author.raw(body ? 'POST' : 'GET', where, body ? { body } : {});
      assert.equal(answer.status, 200, `${where}: ${JSON.stringify(answer.body)}`);
      return answer.body;
    };
    const ids = seen.map((relation) => who[relation]).sort();

    for (const body of [{}, { list_id: list }, { name: 'иванова' }, { name: 'Иванова', list_id: list }])
      assert.deepEqual((await ask('/v1/clients/search', body)).clients.map(({ id }) => id).sort(), ids, JSON.stringify(body));
    for (const relation of Object.keys(who)) {
      const { clients } = await ask('/v1/clients/search', { phone: await phone(who[relation]) });
      assert.deepEqual(clients.map(({ id }) => id), seen.includes(relation) ? [who[relation]] : [], relation);
      const why = await author.raw('POST', '/v1/criteria/why', { body: { criteria, client_id: who[relation] } });
      assert.equal(why.status, seen.includes(relation) ? 200 : 404, `why ${relation}`);
    }
    assert.equal((await ask('/v1/clients/count')).clients, seen.length);
    assert.equal((await ask('/v1/criteria/count', { criteria })).clients, seen.length);
    assert.deepEqual((await ask('/v1/criteria/preview', { criteria })).clients.map(({ id }) => id).sort(), ids);
    const { body: campaign } = await author.raw('POST', '/v1/campaigns', { body: { name: name(), text: 'Hello {last_name}', sender: 'SHOP', category: 'service', class: 'service', list_id: list } });
    assert.equal((await ask(`/v1/campaigns/${campaign.id}/check`)).clients, seen.length);
    assert.deepEqual((await house.db.query('SELECT client_departments FROM campaign WHERE id = $1', [campaign.id])).rows[0].client_departments.toSorted(),
      seen.filter((relation) => relation !== 'nobody').map((relation) => department[relation]).sort());
  }
  // Who sees everybody again sees everybody: what one request was shown of is not left behind.
  for (let i = 0; i < 20; i++) assert.equal((await manager.raw('GET', '/v1/clients/count')).body.clients, 5);
});

test('a lawyer reads and decides about texts of the role\'s departments alone', async () => {
  const rules = { mode: 'review', require_advertiser: false, require_refusal: false, advertiser_names: null };
  assert.equal((await manager.raw('PUT', '/v1/text-rules', { body: rules })).status, 200);
  for (const relation of Object.keys(department)) {
    const id = String(await makers.campaign(department[relation]));
    await value(`UPDATE campaign SET text = $2 WHERE id = $1`, [id, `Ваша скидка ${id}`]);
    assert.equal((await manager.raw('POST', `/v1/campaigns/${id}/text-review`)).status, 200);
    const review = (await manager.raw('GET', '/v1/text-reviews')).body.reviews.find(({ campaign_id: of }) => of === id);
    for (const reach of REACHES) {
      const lawyer = people.get(`lawyer ${reach}`);
      const { body: { reviews } } = await lawyer.raw('GET', '/v1/text-reviews?limit=200');
      assert.equal(reviews.some((one) => one.id === review.id), reaches('', reach, relation), `${reach} ${relation}`);
      const { status } = await lawyer.raw('POST', '/v1/text-reviews', { body: { id: review.id, decision: 'declined', note: 'No discounts here' } });
      // 409: the other lawyer has decided.
      assert.ok(reaches('', reach, relation) ? [200, 409].includes(status) : status === 404, `decides ${reach} ${relation}: ${status}`);
    }
  }
});

test('messages and who was left out are found for clients who are seen', async () => {
  for (const relation of Object.keys(department)) {
    const id = await makers.message(department[relation]);
    const { client_id: client, msisdn } = (await house.db.query('SELECT client_id, msisdn FROM message WHERE id = $1', [id])).rows[0];
    await value('INSERT INTO suppression (client_id, msisdn, reason) VALUES ($1, $2, 1)', [client, msisdn]);
    for (const reach of REACHES) {
      const expected = reaches('', reach, relation) ? 1 : 0;
      for (const where of ['messages', 'suppressions']) {
        const { body } = await people.get(`author ${reach}`).raw('POST', `/v1/${where}/search`, { body: { phone: `+${msisdn}` } });
        assert.equal(body[where].length, expected, `${where} ${reach} ${relation}`);
      }
    }
  }
});

test('whoever sees some clients only imports nobody, and a department is given its clients by the company', async () => {
  const some = people.get('integration subtree');
  assert.equal((await some.raw('POST', '/v1/imports', { body: 'phone\n+79161234567\n', headers: { 'content-type': 'text/csv' } })).status, 403);
  assert.equal((await some.raw('POST', '/v1/imports/plan', { body: { file_name: 'x.csv', columns: [] } })).status, 403);

  const list = String(await makers.list('1'));
  const client = await makers.client(null);
  await value('INSERT INTO list_member (list_id, client_id) VALUES ($1, $2)', [list, client]);
  const give = (of) => manager.raw('PUT', `/v1/lists/${list}/department`, { body: { department_id: of } });
  assert.deepEqual((await give(department.child)).body, { changed: 1 });
  assert.deepEqual((await give(department.child)).body, { changed: 0 });
  assert.equal(String(await value('SELECT department_id FROM client WHERE id = $1', [client])), department.child);
  assert.equal((await give(NOBODY)).status, 422);
  assert.deepEqual((await give(null)).body, { changed: 1 });
});

test('a program has the things of its token\'s department', async () => {
  const token = (await house.vestnik('token', 'create', 'branch')).trim();
  await value(`UPDATE token SET department_id = $1 WHERE name = 'branch'`, [department.own]);
  const program = new Http(api.base, token);
  for (const relation of Object.keys(department)) {
    const id = await makers.campaign(department[relation]);
    assert.equal((await program.raw('GET', `/v1/campaigns/${id}`)).status, reaches('', 'subtree', relation) ? 200 : 404, relation);
  }
  assert.equal((await program.raw('PUT', '/v1/sender-rules', { body: {} })).status, 403);
});

/** Everybody whose role has a right, with what they reach. */
const whoMay = (right) => [...people].map(([who, http]) => ({ who, role: who.split(' ')[0], reach: who.split(' ')[1], http }))
  .filter(({ role }) => roles.get(role).has('*') || roles.get(role).has(right));
const RELATIONS = ['own', 'child', 'sibling', 'parent'];

test('budgets are seen and set in the departments of the right', async () => {
  const set = (http, of) => http.raw('PUT', '/v1/budgets', { body: { department_id: of, month: '2026-03', amount: '1000.00' } });
  for (const relation of RELATIONS) assert.equal((await set(manager, department[relation])).status, 200);
  assert.equal((await set(manager, NOBODY)).status, 422);
  const held = await makers.campaign(department.child);
  await value(`INSERT INTO budget_hold (campaign_id, occurrence, department_id, month, asked_micro, held_micro) VALUES ($1, 1, $2, '2026-03-01', 1, 1)`, [held, department.child]);

  for (const { who, reach, http } of whoMay('budgets.read')) {
    const shown = (await http.raw('GET', '/v1/budgets?month=2026-03')).body.budgets.map((budget) => budget.department_id);
    for (const relation of RELATIONS) {
      assert.equal(shown.includes(department[relation]), reaches('', reach, relation), `${who} ${relation}`);
      assert.equal((await http.raw('GET', `/v1/budgets/${department[relation]}/2026-03`)).status, reaches('', reach, relation) ? 200 : 404, `${who} ${relation}`);
    }
    const { holds } = (await http.raw('GET', `/v1/budgets/${department.own}/2026-03`)).body;
    assert.deepEqual(holds.map((hold) => hold.campaign_id), [reach === 'subtree' ? String(held) : null], who);
    assert.equal(holds[0].campaign !== null, reach === 'subtree', who);
  }
  for (const { who, reach, http } of whoMay('budgets.edit'))
    for (const relation of RELATIONS) {
      const { status, body } = await set(http, department[relation]);
      assert.equal(status, reaches('', reach, relation) ? 200 : 422, `${who} ${relation}: ${JSON.stringify(body)}`);
      if (status === 422) assert.equal(body.errors[0].field, 'department_id');
    }
});

test('control numbers and rules of approval are those of the departments', async () => {
  const enter = (http, of) => http.raw('POST', '/v1/control-numbers', { body: { phone: `+7916777${String(++count).padStart(4, '0')}`, name: name(), ...(of && { department_id: of }) } });
  const rule = (http, of) => http.raw('PUT', '/v1/approval-rules', { body: { department_id: of, clients: 1000000, cost: null } });
  const number = {};
  for (const relation of RELATIONS) {
    number[relation] = (await enter(manager, department[relation])).body.id;
    assert.equal((await rule(manager, department[relation])).status, 200);
  }
  assert.equal((await rule(manager, NOBODY)).status, 422);
  for (const { who, reach, http } of whoMay('rules.read')) {
    const shown = (await http.raw('GET', '/v1/control-numbers')).body.control_numbers.map(({ id }) => id);
    for (const relation of RELATIONS) assert.equal(shown.includes(number[relation]), reaches('', reach, relation), `${who} ${relation}`);
  }
  // The rules above bind campaigns below.
  for (const { who, reach, http } of whoMay('campaigns.read')) {
    const shown = (await http.raw('GET', '/v1/approval-rules')).body.rules.map((one) => one.department_id);
    for (const relation of RELATIONS) assert.equal(shown.includes(department[relation]), reaches('-above', reach, relation), `${who} ${relation}`);
  }
  const editors = whoMay('rules.edit');
  assert.ok(editors.length > 0);
  for (const { who, reach, http } of editors) {
    assert.equal((await enter(http)).body.department_id, department.own, who);
    for (const relation of RELATIONS) {
      const may = reaches('', reach, relation);
      const { status, body } = await enter(http, department[relation]);
      assert.equal(status, may ? 201 : 422, `${who} ${relation}: ${JSON.stringify(body)}`);
      assert.equal((await rule(http, department[relation])).status, may ? 200 : 422, `${who} ${relation}`);
      const { id } = (await enter(manager, department[relation])).body;
      assert.equal((await http.raw('DELETE', `/v1/control-numbers/${id}`)).status, may ? 204 : 404, `${who} ${relation}`);
    }
  }
  await house.db.query('DELETE FROM control_number');
  await house.db.query('DELETE FROM approval_rule');
});

test('what waits for approval waits for the approvers of its department, and a substitute is one\'s own', async () => {
  const waiting = {};
  for (const relation of RELATIONS) {
    waiting[relation] = String(await makers.campaign(department[relation]));
    await value(`INSERT INTO approval (campaign_id, subject, digest, clients, ceiling_micro) VALUES ($1, '{}', sha256('x'), 1, 1)`, [waiting[relation]]);
  }
  for (const { who, reach, http } of whoMay('campaigns.approve')) {
    const shown = (await http.raw('GET', '/v1/approvals')).body.approvals.map((approval) => approval.campaign_id);
    for (const relation of RELATIONS) assert.equal(shown.includes(waiting[relation]), reaches('', reach, relation), `${who} ${relation}`);
  }
  await house.db.query('DELETE FROM approval');

  const [one, other] = [people.get('approver own'), people.get('head own')];
  const { status, body: made } = await one.raw('POST', '/v1/substitutes', { body: { login: 'approver.subtree', from: '2099-01-01', until: '2099-01-02' } });
  assert.equal(status, 201, JSON.stringify(made));
  assert.deepEqual((await one.raw('GET', '/v1/substitutes')).body.substitutes.map(({ id }) => id), [made.id]);
  assert.deepEqual((await other.raw('GET', '/v1/substitutes')).body.substitutes, []);
  assert.equal((await other.raw('DELETE', `/v1/substitutes/${made.id}`)).status, 404);
  assert.equal((await one.raw('DELETE', `/v1/substitutes/${made.id}`)).status, 204);
});

test('what other departments plan is counted and not named: the calendar of load and the overlap', async () => {
  await house.db.query('DELETE FROM client');
  const list = String(await makers.list(department.own));
  await value('INSERT INTO list_member (list_id, client_id) VALUES ($1, $2)', [list, await makers.client(null)]);
  const planned = {};
  for (const relation of RELATIONS) {
    planned[relation] = String(await makers.campaign(department[relation]));
    await value(`UPDATE campaign SET list_id = $2, status = 'planned', start_at = date_trunc('hour', clock_timestamp()) + interval '26 hours' WHERE id = $1`, [planned[relation], list]);
  }
  await house.db.query(`UPDATE list SET size = 1000 WHERE id = $1`, [list]);
  await value(`UPDATE account SET enabled = true, parts_per_s = 100`);
  const mine = await makers.campaign(department.own);
  await value('UPDATE campaign SET list_id = $2 WHERE id = $1', [mine, list]);
  const hour = (hours) => new Date(Date.now() + hours * 3_600_000).toISOString();
  for (const { who, reach, http } of whoMay('campaigns.read')) {
    const expected = RELATIONS.filter((relation) => reaches('', reach, relation));
    const calendar = await http.raw('GET', `/v1/load-calendar?from=${hour(0)}&to=${hour(90)}`);
    assert.equal(calendar.status, 200, JSON.stringify(calendar.body));
    assert.deepEqual(calendar.body.campaigns.map((one) => one.campaign_id).sort(), expected.map((relation) => planned[relation]).sort(), who);
    for (const { parts, others, campaigns, departments } of calendar.body.hours) {
      for (const { campaign_id: id } of campaigns) assert.ok(expected.some((relation) => planned[relation] === id), who);
      for (const { department_id: id } of departments) assert.ok(expected.some((relation) => department[relation] === id), who);
      const named = campaigns.reduce((sum, one) => sum + one.parts, 0);
      assert.ok(Math.abs(parts - others - named) <= 4, `${who}: ${parts}, ${others} of others, ${named} named`);
    }
    const all = calendar.body.hours.reduce((sum, { others }) => sum + others, 0);
    assert.ok(all >= 1000 * (4 - expected.length) - 4, `${who}: ${all} parts of others`);

    const { body: overlap } = await http.raw('GET', `/v1/campaigns/${mine}/overlap`);
    assert.deepEqual(overlap.campaigns.map((one) => one.campaign_id).sort(), expected.map((relation) => planned[relation]).sort(), who);
    assert.deepEqual(overlap.departments.map((one) => one.department_id).sort(), RELATIONS.map((relation) => department[relation]).sort(), who);
    assert.equal(overlap.planned, 1);
  }
  await house.db.query(`UPDATE campaign SET status = 'draft' WHERE status = 'planned'`);
});

test('a text takes promo codes of pools of its departments and of those above, of no other', async () => {
  const author = people.get('author own');
  for (const relation of RELATIONS) {
    const pool = name();
    await value('INSERT INTO promo_pool (name, department_id) VALUES ($1, $2)', [pool, department[relation]]);
    const text = `Your code: {promo ${pool}}`;
    const may = reaches('-above', 'own', relation);
    for (const [where, field, body] of [
      ['/v1/campaigns', 'text', { text }], ['/v1/templates', 'text', { category: 'service', text }],
      ['/v1/campaigns', 'variants[0].text', { text: 'Hello', variants: [{ name: 'B', text, share: 50 }] }],
    ]) {
      const { status, body: answer } = await author.raw('POST', where, { body: { name: name(), ...body } });
      assert.equal(status, may ? 201 : 422, `${where} ${relation}: ${JSON.stringify(answer)}`);
      if (!may) assert.equal(answer.errors[0].field, field);
    }
    const { status, body: preview } = await author.raw('POST', '/v1/texts/preview', { body: { text } });
    assert.equal(status, 200);
    assert.equal(preview.problems.length, may ? 0 : 1, `${relation}: ${JSON.stringify(preview.problems)}`);

    const list = String(await makers.list(department[relation]));
    assert.equal((await author.raw('GET', `/v1/placeholders?list_id=${list}`)).status, may ? 200 : 422, relation);
    assert.equal((await author.raw('POST', '/v1/texts/preview', { body: { text: 'Hello', list_id: list } })).status, may ? 200 : 422, relation);
  }
});

test('a token is a department\'s, and gets no right that its maker does not have for all of it', async () => {
  const rights = [...roles.get('administrator')].filter((right) => right.startsWith('accounts.'));
  assert.ok(rights.length > 0);
  const make = (http, of, more) => http.raw('POST', '/v1/tokens', { body: { name: name(), rights, ...(of && { department_id: of }), ...more } });

  assert.equal((await make(manager)).body.department_id, '1');
  assert.equal((await make(manager, department.child)).body.department_id, department.child);
  assert.equal((await make(manager, NOBODY)).status, 422);
  for (const reach of REACHES) {
    const http = people.get(`administrator ${reach}`);
    // A token sees everybody's clients, and they do not yet.
    assert.equal((await make(http)).status, 403);
    await value(`UPDATE person_role SET clients = 'all' WHERE person_id = (SELECT id FROM person WHERE login = $1)`, [`administrator.${reach}`]);
    for (const relation of RELATIONS) {
      const inReach = reaches('', reach, relation);
      const { status, body } = await make(http, department[relation]);
      // It would have what is below, where one of them has nothing.
      assert.equal(status, !inReach ? 422 : reach === 'own' ? 403 : 201, `${reach} ${relation}: ${JSON.stringify(body)}`);
      if (status === 422) assert.equal(body.errors[0].field, 'department_id');

      const more = (await make(manager, department[relation], { rights: ['messages.send'] })).body.id;
      for (const [method, where, options] of [['PATCH', '', { body: { note: 'x' } }], ['POST', '/renew', { body: {} }]])
        assert.equal((await http.raw(method, `/v1/tokens/${more}${where}`, options)).status, inReach ? 403 : 404, `${reach} ${relation} ${method}`);

      const template = String(await makers.template(department[relation]));
      const bound = await make(http, reach === 'subtree' ? department.child : undefined, { templates: [template] });
      assert.equal(bound.status, !reaches('-above', reach, relation) ? 422 : reach === 'own' ? 403 : 201, `${reach} ${relation}: ${JSON.stringify(bound.body)}`);
    }
    await value(`UPDATE person_role SET clients = $2 WHERE person_id = (SELECT id FROM person WHERE login = $1)`, [`administrator.${reach}`, reach]);
  }
});

test('exports are of campaigns of the departments, and one\'s own', async () => {
  const made = {};
  const campaign = {};
  for (const relation of RELATIONS) {
    campaign[relation] = String(await makers.campaign(department[relation]));
    await value(`INSERT INTO run (campaign_id, audience, status, deadline) VALUES ($1, 0, 'finished', now())`, [campaign[relation]]);
    const { status, body } = await manager.raw('POST', '/v1/exports', { body: { kind: 'missed', campaign_id: campaign[relation], reason: 'A test of exports' } });
    assert.equal(status, 201, JSON.stringify(body));
    made[relation] = body.id;
  }
  const makersOf = whoMay('exports.make');
  assert.ok(makersOf.length > 0);
  for (const { who, reach, http } of makersOf) {
    for (const relation of RELATIONS) {
      const { status, body } = await http.raw('POST', '/v1/exports', { body: { kind: 'missed', campaign_id: campaign[relation], reason: 'A test of exports' } });
      assert.equal(status, reaches('', reach, relation) ? 201 : 404, `${who} ${relation}: ${JSON.stringify(body)}`);
      assert.equal((await http.raw('POST', `/v1/exports/${made[relation]}/file`)).status, 404, who);
      assert.equal((await http.raw('DELETE', `/v1/exports/${made[relation]}`)).status, 404, who);
    }
    const { exports: shown } = (await http.raw('GET', '/v1/exports?limit=200')).body;
    assert.deepEqual(shown.map((one) => one.campaign_id).sort(), RELATIONS.filter((relation) => reaches('', reach, relation)).map((relation) => campaign[relation]).sort(), who);
  }
});

// It moves the departments, so it is the last.
test('a department moves with all below it, and never below itself', async () => {
  const move = (id, above) => house.db.query('UPDATE department SET parent_id = $2 WHERE id = $1', [id, above]);
  const author = people.get('author subtree');
  const campaign = await makers.campaign(department.child);
  const status = async () => (await author.raw('GET', `/v1/campaigns/${campaign}`)).status;

  assert.equal(await status(), 200);
  await move(department.child, department.sibling);
  assert.equal(await status(), 404);
  await move(department.sibling, department.own);
  assert.equal(await status(), 200, 'it came along');
  await assert.rejects(move(department.own, department.child), /below itself/);
  await assert.rejects(house.db.query(`INSERT INTO department (name) VALUES ('Another company')`), /department_root/);
});
