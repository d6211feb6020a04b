// SPDX-License-Identifier: AGPL-3.0-or-later
// apid as a browser meets it: pages and files from a folder, each with the headers that keep a page to
// itself, and the API beside them.

import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';

import { Api } from './lib/api.mjs';
import { House } from './lib/stack.mjs';

const START = `<!doctype html><title>start</title>${' '.repeat(1000)}`;
const SCRIPT = 'console.log("here");';

const HEADERS = {
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    + "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

let house;
let api;
let folder;

before(async () => {
  house = await House.open('api_web');
  folder = path.join(house.dir, 'web');
  mkdirSync(path.join(folder, 'assets'), { recursive: true });
  writeFileSync(path.join(folder, 'index.html'), START);
  writeFileSync(path.join(folder, 'index.html.br'), brotliCompressSync(START));
  writeFileSync(path.join(folder, 'assets/app-1a2b.js'), SCRIPT);
  api = await Api.open(house, { config: { web: { dir: folder } } });
});
after(async () => {
  const { code } = await api.daemon.stop();
  await house.close();
  assert.equal(code, 0);
});

/** Nobody signs in to get a page. */
const get = (url, headers = {}, method = 'GET') => fetch(api.base + url, { method, headers, redirect: 'error' });

test('every page is index.html, packed, and asked for again with its ETag', async () => {
  for (const url of ['/', '/campaigns', '/campaigns/17/edit', '/index.html']) {
    const page = await get(url, { 'accept-encoding': 'gzip, br' });
    assert.equal(page.status, 200, url);
    assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.equal(page.headers.get('content-encoding'), 'br');
    assert.equal(page.headers.get('cache-control'), 'no-cache');
    assert.equal(page.headers.get('vary'), 'Accept-Encoding');
    assert.equal(await page.text(), START);
    const again = await get(url, { 'accept-encoding': 'gzip, br', 'if-none-match': page.headers.get('etag') });
    assert.deepEqual([again.status, await again.text()], [304, '']);
    assert.equal(again.headers.get('etag'), page.headers.get('etag'));
    const plain = await get(url, { 'accept-encoding': 'identity', 'if-none-match': page.headers.get('etag') });
    assert.deepEqual([plain.status, plain.headers.get('content-encoding'), await plain.text()], [200, null, START]);
  }
});

test('a hashed file stays with the browser for a year', async () => {
  const script = await get('/assets/app-1a2b.js');
  assert.equal(script.status, 200);
  assert.equal(script.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.equal(script.headers.get('content-type'), 'text/javascript; charset=utf-8');
  assert.equal(await script.text(), SCRIPT);
  const head = await get('/assets/app-1a2b.js', {}, 'HEAD');
  assert.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [200, String(SCRIPT.length), '']);
});

test('what is not there is a 404 that says so, never a page', async () => {
  for (const url of ['/v1', '/v1/nothing', '/assets/none.js', '/assets/none', '/..%2f..%2fetc%2fpasswd', '/%2e%2e/apid-1.yaml', '/a%00b']) {
    const missing = await get(url);
    assert.equal(missing.status, 404, url);
    assert.equal(missing.headers.get('content-type'), 'application/problem+json', url);
  }
});

test('every answer carries the headers, and answers of the API are never kept', async () => {
  const answers = {
    page: await get('/'),
    script: await get('/assets/app-1a2b.js'),
    missing: await get('/assets/none.js'),
    description: await get('/openapi.yaml'),
    list: await api.get('/v1/lists'),
    'without a token': await api.get('/v1/lists', { token: null }),
    'wrong method': await api.request('DELETE', '/v1/campaigns'),
    'wrong body': await api.post('/v1/messages', '{'),
  };
  for (const [name, { status, headers }] of Object.entries(answers)) {
    for (const [header, value] of Object.entries(HEADERS)) assert.equal(headers.get(header), value, `${name}: ${header}`);
    if (name !== 'page' && name !== 'script') assert.equal(headers.get('cache-control'), 'no-store', `${name} ${status}`);
  }
});

test('what is wrong is said in the language asked for', async () => {
  const say = async (language, path = '/v1/campaigns/999999') => (await api.get(path, { headers: { 'accept-language': language } })).body;
  assert.equal((await say('en')).title, 'Not found');
  assert.equal((await say('de')).title, 'Not found');
  assert.deepEqual(await say('ru-RU,ru;q=0.9,en;q=0.8'), {
    type: 'urn:vestnik:problem:not-found', title: 'Не найдено', status: 404,
    detail: 'Не существует такой рассылки. Проверьте номер; что есть, покажет список',
  });
  assert.equal((await say('ru', '/v1/nothing')).title, 'Такого адреса нет');
  const wrong = await api.post('/v1/messages', { text: 7 }, { headers: { 'accept-language': 'ru' } });
  assert.equal(wrong.body.title, 'В запросе неверные значения');
  const text = wrong.body.errors.find(({ field }) => field === 'text');
  assert.deepEqual(text, { field: 'text', found: 'число 7', expected: 'строка, символов от 1 до 2000' });
});

test('a refusal that is stored is read by each in their language', async () => {
  const refused = await api.upload('phone\n123\n', '?file_name=a.csv', { headers: { 'accept-language': 'en' } });
  assert.equal(refused.status, 422);
  assert.match(refused.body.errors[0].expected, /^3 digits/);
  const id = refused.body.detail.match(/import (\d+)/)[1];
  const read = async (language) => (await api.get(`/v1/imports/${id}`, { headers: { 'accept-language': language } })).body.problem;
  assert.match(await read('en'), /^Nothing was stored: 1 of the rows/);
  assert.match(await read('ru'), /^Ничего не сохранено\. Среди прочитанных строк ошибочных: 1 /);
  const rows = await api.get(`/v1/imports/${id}/bad-rows`, { headers: { 'accept-language': 'ru' } });
  assert.match(rows.text, /цифр: 3/);
});

test('a folder without the interface is refused with what to do', async () => {
  const empty = path.join(house.dir, 'empty');
  mkdirSync(empty);
  const daemon = house.daemon('apid', { instance: '7', config: { http: { listen: '127.0.0.1:0' }, web: { dir: empty } } });
  daemon.spawn();
  const { code } = await daemon.exited;
  assert.equal(code, 1);
  assert.match(daemon.log(), /empty has no index\.html/);
  assert.match(daemon.log(), /make web/);
  rmSync(empty, { recursive: true });
});
