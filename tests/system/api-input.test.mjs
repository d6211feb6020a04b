// SPDX-License-Identifier: AGPL-3.0-or-later
// The API among strangers: bad tokens, bad bodies, endless bodies, idle crowds and slow senders each
// get a clear answer or a clean end, and everybody else goes on.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { Api } from './lib/api.mjs';
import { House, waitFor } from './lib/stack.mjs';

let house;
let api;

before(async () => {
  house = await House.open('api_input');
  api = await Api.open(house);
});
after(async () => {
  const { code } = await api.daemon.stop();
  await house.close();
  assert.equal(code, 0);
});

const alive = async () => assert.equal((await api.get('/v1/lists')).status, 200);

test('a token is needed, and a revoked one ends within five seconds', async () => {
  for (const token of [null, 'vst_', 'x'.repeat(47), `vst_${'A'.repeat(43)}`]) {
    const { status, type, body } = await api.get('/v1/lists', { token });
    assert.equal(status, 401);
    assert.match(type, /problem\+json/);
    assert.match(body.detail, /token/);
  }
  const own = (await house.vestnik('token', 'create', 'short-lived')).trim();
  assert.equal((await api.get('/v1/lists', { token: own })).status, 200);
  assert.equal((await api.post('/v1/messages', {}, { token: own })).status, 422);
  await house.vestnik('token', 'revoke', 'short-lived');
  await waitFor('the token to be refused', async () => (await api.get('/v1/lists', { token: own })).status === 401, { timeoutMs: 6_000 });
  assert.equal((await api.post('/v1/messages', {}, { token: own })).status, 401);
});

test('the description is served without a token', async () => {
  const { status, type, text } = await api.get('/openapi.yaml', { token: null });
  assert.deepEqual([status, type], [200, 'application/yaml']);
  assert.match(text, /^openapi: 3\.1\.0/);
});

test('unknown paths, methods, parameters and types are named', async () => {
  assert.equal((await api.get('/v1/nothing')).status, 404);
  const wrong = await api.request('DELETE', '/v1/campaigns');
  assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'POST, GET']);
  const parameter = await api.get('/v1/lists?page=2');
  assert.deepEqual([parameter.status, parameter.body.detail.includes('"page"')], [400, true]);
  for (const query of ['limit=0', 'limit=201', 'limit=x', 'cursor=-1', 'cursor=a'])
    assert.equal((await api.get(`/v1/lists?${query}`)).status, 422, query);
  const typed = await api.post('/v1/messages', '{}', { headers: { 'content-type': 'text/plain' } });
  assert.equal(typed.status, 415);
  for (const id of ['0', 'x', '-1', '99999999999999999999', '1%00', '1;drop'])
    assert.equal((await api.get(`/v1/campaigns/${id}`)).status, 404, id);
});

const good = { to: '+79161234567', text: 'hello', sender: 'VESTNIK', class: 'service', category: 'service' };
const deep = (n) => `${'['.repeat(n)}${']'.repeat(n)}`;

for (const [why, body, status, part] of [
  ['nothing', '', 400, 'ends'],
  ['broken JSON', '{"to":', 400, 'line 1, column 7'],
  ['trailing garbage', `${JSON.stringify(good)}x`, 400, 'follows'],
  ['deep nesting', deep(100_00), 400, '32 levels'],
  ['a NUL escape', '{"to":"+79161234567\\u0000"}', 400, 'NUL'],
  ['a NUL byte', '{"to":"+7916\0"}', 400, 'control character'],
  ['a key twice', '{"to":"1","to":"2"}', 400, '\\"to\\" stands twice'],
  ['invalid UTF-8', Buffer.from('{"to":"\xff"}', 'latin1'), 400, 'UTF-8'],
  ['an array', '[]', 422, 'object'],
  ['a string', '"x"', 422, 'object'],
  ['wrong types', { ...good, to: 5, text: [], sender: {}, class: true }, 422, 'string'],
  ['a huge number', `{"validity_s":1e308,${JSON.stringify(good).slice(1)}`, 422, 'whole number'],
  ['an endless number', `{"validity_s":${'9'.repeat(1000)},${JSON.stringify(good).slice(1)}`, 422, 'whole number'],
  ['a fraction', { ...good, validity_s: 60.5 }, 422, 'whole number'],
  ['an unknown field', { ...good, colour: 'red' }, 422, 'colour'],
  ['an empty text', { ...good, text: '' }, 422, 'empty'],
  ['a text of two thousand and one characters', { ...good, text: 'x'.repeat(2001) }, 422, '2001 characters'],
  ['a number that is none', { ...good, to: '123' }, 422, '"field":"to"'],
  ['a landline', { ...good, to: '8 495 123-45-67' }, 422, 'mobile'],
  ['an unknown account', { ...good, account: 'nobody' }, 422, 'account'],
]) {
  test(`a message with ${why} is refused by name`, async () => {
    const answer = await api.post('/v1/messages', body, { headers: { 'content-type': 'application/json' } });
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.type, /problem\+json/);
    assert.ok(answer.text.includes(part), `${part} in ${answer.text}`);
    assert.ok(answer.body.detail.length > 20);
    await alive();
  });
}

test('a gigabyte announced is refused before it is sent', async () => {
  for (const path of ['/v1/messages', '/v1/messages/bulk', '/v1/campaigns']) {
    const socket = api.raw();
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.token}\r\nContent-Length: 1073741824\r\n\r\n`);
    assert.match(await socket.answer, /^HTTP\/1\.1 413 /);
  }
  const socket = api.raw();
  socket.write(`POST /v1/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.token}\r\nContent-Length: 2073741824\r\n\r\n`);
  assert.match(await socket.answer, /^HTTP\/1\.1 413 /);
  await alive();
});

test('a gigabyte streamed is counted and cut', async () => {
  const socket = api.raw();
  const piece = Buffer.alloc(65_536, 'x');
  let sent = 0;
  socket.write('POST /v1/messages/bulk HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
  const pump = () => {
    while (sent < 1024 * 1024 * 1024 && !socket.destroyed && socket.writable) {
      sent += piece.length;
      socket.write(`${piece.length.toString(16)}\r\n`);
      socket.write(piece);
      if (!socket.write('\r\n')) {
        socket.once('drain', pump);
        return;
      }
    }
  };
  pump();
  const answer = await socket.answer;
  assert.ok(answer === '' || /^HTTP\/1\.1 413 /.test(answer), answer);
  assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes were sent`);
  await alive();
});

test('broken framing ends the connection and nothing else', async () => {
  for (const text of [
    'POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'POST /v1/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n',
    'POST /v1/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n',
    'POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n',
    `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n\r\n`,
    '\0\0\0\0\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  ]) {
    const socket = api.raw();
    socket.write(text);
    socket.end();
    const answer = await socket.answer;
    assert.ok(answer === '' || /^HTTP\/1\.1 [45]/.test(answer), answer);
  }
  await alive();
});

test('ten thousand idle connections hinder nobody', { timeout: 120_000 }, async () => {
  const sockets = [];
  let closed = 0;
  for (let i = 0; i < 10_000; i++) {
    const socket = api.raw();
    if (i % 2) socket.write('GET /v1/lists HTTP/1.1\r\nX-Slow: ');
    socket.answer.then(() => closed++);
    sockets.push(socket);
    if (i % 500 === 0) await new Promise((resolve) => socket.once('connect', resolve));
    if (i % 2000 === 1999) await alive();
  }
  await waitFor('the first ones to be closed', () => closed >= 10_000 - 4096, { timeoutMs: 60_000 });
  const begin = performance.now();
  await alive();
  assert.equal((await api.post('/v1/messages', good)).status, 202);
  assert.ok(performance.now() - begin < 2_000, 'requests are answered at once');
  const open = (await api.daemon.metrics()).vestnik_http_connections;
  assert.ok(open <= 4096, `${open} connections are open`);
  for (const socket of sockets) socket.destroy();
});

test('a slow sender is told so and cut, while others go on', { timeout: 90_000 }, async () => {
  const body = JSON.stringify(good);
  const sockets = [];
  for (let i = 0; i < 50; i++) {
    const socket = api.raw();
    socket.write(`POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`);
    sockets.push(socket);
  }
  const begin = performance.now();
  let ended = 0;
  for (const socket of sockets) socket.answer.then(() => ended++);
  for (let i = 0; i < 60 && ended < 50; i++) {
    for (const socket of sockets) if (!socket.destroyed) socket.write(' ');
    await alive();
    await pause(1_000);
  }
  assert.equal(ended, 50);
  assert.ok(performance.now() - begin < 45_000);
  for (const socket of sockets) assert.match(await socket.answer, /^HTTP\/1\.1 408 /);
});

test('nothing of a person stands in the log or in metrics', async () => {
  const secret = '79167654321';
  await api.post('/v1/messages', { ...good, to: `+${secret}`, text: 'VERY-SECRET' });
  await api.post('/v1/messages', { ...good, to: '79167654', text: 'VERY-SECRET' });
  await api.put('/v1/opt-outs', { phone: secret });
  await api.post('/v1/messages/search', { phone: secret });
  await api.get(`/v1/clients/${secret}?phone=${secret}`);
  const metrics = await (await fetch(`${api.daemon.url}/metrics`)).text();
  for (const text of [api.daemon.fullLog(), metrics]) {
    assert.doesNotMatch(text, /79167654/);
    assert.doesNotMatch(text, /VERY-SECRET/);
    assert.doesNotMatch(text, /vst_/);
  }
});

test('a database that is away is a 503 that says so, and its return is noticed', { timeout: 60_000 }, async () => {
  // Another database name is as good as none, and leaves the servers to other tests.
  const away = await Api.open(house, {
    instance: '9', token: api.token, config: { database: { url: house.roleUrl('vestnik_apid').replace(house.name, `${house.name}_gone`) } },
  });
  for (const [method, path, body] of [['GET', '/v1/lists'], ['POST', '/v1/messages', good], ['POST', '/v1/campaigns', {}]]) {
    const { status, headers } = await away.request(method, path, { body });
    assert.equal(status, 503, path);
    assert.ok(Number(headers.get('retry-after')) > 0);
  }
  assert.equal((await away.daemon.stop()).code, 0);
});

test('SIGTERM ends it cleanly with connections open', async () => {
  const own = await Api.open(house, { instance: '8', token: api.token });
  const idle = own.raw();
  await new Promise((resolve) => idle.once('connect', resolve));
  const { code, ms } = await own.daemon.stop();
  assert.equal(code, 0);
  assert.ok(ms < 10_000, `${ms} ms`);
  await idle.answer;
});
