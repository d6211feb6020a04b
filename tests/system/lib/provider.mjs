// SPDX-License-Identifier: AGPL-3.0-or-later
// provider - an HTTP provider that does as it is told, and httpgwd between it, the database and the broker.
//
//   const g = await HttpGateway.open('http');
//   const provider = await g.provider();
//   const account = await g.httpAccount(provider);
//   await g.httpgwd();
//   provider.answer = (request) => ({ status: 500 });

import { createHmac } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';

import { Gateway } from './gateway.mjs';
import { ROOT, waitFor } from './stack.mjs';
import { insertAccount, putSecrets } from './vault.mjs';

export { ACCEPTED, ADVERTISING, CANCELLED, FAILED, QUEUED, SERVICE, UNKNOWN, waitFor } from './gateway.mjs';

/** What every test profile has in common; `more` are lines of YAML. */
const profile = (name, more) => `name: ${name}
title: Test
source: tests
settings: {server: address, key: secret}
auth: {kind: header, name: Authorization, value: "Bearer {key}"}
codes: {"100": retry, "101": slow, "102": route, "103": fail, "104": bad, "105": stopped, gone: fail}
states: {sent: sent, delivered: delivered, failed: undelivered}
${more}`;

const ONE = `'{"to":"{to}","text":"{text}","from":"{sender}","ref":"{ref}","callback":"{callback}"}'`;
const REPORT = `report: {format: json, list: /reports, id: /id, ref: /ref, state: /state, code: /error, stopped: [stop], from: /from, to: /to, text: /text, answer: OK}`;

export const PROFILES = {
  one: profile('one', `send: {url: "{server}/send", type: json, body: ${ONE}, timeout_ms: 1500ms}
answer: {ok: /id, id: /id, code: /code, price: /price}
${REPORT}
verify: {kind: hmac, name: X-Sign, secret: "{key}", time: X-Time, signed: "{time}.{body}"}
balance: {url: "{server}/balance", at: /left, currency: RUB}
`),
  many: profile('many', `send: {url: "{server}/send", type: json, body: '[{items}]', item: ${ONE}, batch_max: 10, timeout_ms: 1500ms}
answer: {list: /messages, match: ref, match_at: /ref, ok: /id, id: /id, code: /code}
${REPORT}
`),
  safe: profile('safe', `send: {url: "{server}/send", type: json, body: ${ONE}, timeout_ms: 1000ms, resend_safe: true}
answer: {code: /code, ok: /ok}
report: {format: json, list: /reports, ref: /ref, state: /state, answer: OK}
`),
  polled: profile('polled', `send: {url: "{server}/send", type: json, body: ${ONE}, timeout_ms: 1500ms}
answer: {ok: /id, id: /id, code: /code}
poll: {url: "{server}/status", method: POST, type: form, fields: {ids: "{ids}"}, max: 5, list: /messages, id: /id, state: /state}
`),
};

/** A provider: an HTTP server whose answers a test gives. */
export class Provider {
  static async listen({ port = 0 } = {}) {
    const p = new Provider();
    p.requests = []; // what sends, in the order it came
    p.others = [];
    p.ids = 0;
    p.connections = new Set();
    p.most = 0; // requests under way at once
    p.underWay = 0;
    p.answer = (request) => p.taken(request);
    p.other = () => ({ json: { left: '12.50' } });
    p.server = http.createServer({ keepAlive: true }, (request, response) => p.take(request, response));
    p.server.on('connection', (socket) => {
      p.connections.add(socket);
      socket.on('close', () => p.connections.delete(socket));
    });
    await new Promise((resolve, reject) => { p.server.on('error', reject); p.server.listen(port, '127.0.0.1', resolve); });
    p.port = p.server.address().port;
    p.url = `http://127.0.0.1:${p.port}`;
    return p;
  }

  /** The usual answer of each profile. */
  taken({ json }) {
    const one = (message) => ({ id: `P-${this.ids += 1}`, ref: message.ref, ok: true, price: '1.25' });
    return { json: Array.isArray(json) ? { messages: json.map(one) } : one(json) };
  }

  async take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const came = { method: request.method, url: request.url, headers: request.headers, body, at: performance.now(), socket: request.socket };
    if (request.url.startsWith('/send')) {
      came.json = JSON.parse(body);
      this.requests.push(came);
    } else {
      this.others.push(came);
    }
    this.underWay += came.json ? 1 : 0;
    this.most = Math.max(this.most, this.underWay);
    const said = came.json ? await this.answer(came, response) : this.other(came);
    this.underWay -= came.json ? 1 : 0;
    if (!said || response.destroyed) return; // it was answered by hand, or never will be
    response.writeHead(said.status ?? 200, { 'content-type': 'application/json', ...said.headers });
    response.end(said.body ?? JSON.stringify(said.json ?? {}));
  }

  /** How often each reference came. */
  refs() {
    const counts = new Map();
    for (const { json } of this.requests) for (const { ref } of [json].flat()) counts.set(ref, (counts.get(ref) ?? 0) + 1);
    return counts;
  }

  numbers() {
    return this.requests.flatMap(({ json }) => [json].flat().map((message) => message.to));
  }

  async close() {
    for (const socket of this.connections) socket.destroy();
    await new Promise((resolve) => { this.server.close(resolve); });
  }
}

/** A port that nobody listens on. */
export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address();
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}

export class HttpGateway extends Gateway {
  static async open(name) {
    const plain = await Gateway.open(name, null);
    const g = Object.assign(Object.create(HttpGateway.prototype), plain);
    g.providers = [];
    g.profiles = path.join(g.house.dir, `${name}-profiles`);
    mkdirSync(g.profiles, { recursive: true });
    for (const file of readdirSync(path.join(ROOT, 'providers'))) copyFileSync(path.join(ROOT, 'providers', file), path.join(g.profiles, file));
    for (const [key, text] of Object.entries(PROFILES)) writeFileSync(path.join(g.profiles, `${key}.yaml`), text);
    return g;
  }

  async close() {
    await Promise.all(this.providers.map((provider) => provider.close()));
    await super.close();
  }

  async provider(options) {
    const provider = await Provider.listen(options);
    this.providers.push(provider);
    return provider;
  }

  /** An account with a profile; resolves to its id.  `settings` and `secrets` are the profile's. */
  async httpAccount(provider, columns = {}, { name = 'main', profile: used = 'one', settings, secrets = { key: 'k3y' } } = {}) {
    const row = { name, kind: 'http', profile: used, settings: settings ?? { server: provider.url }, connections: 4, ...columns };
    return insertAccount(this.db, row, secrets);
  }

  setSecrets(id, secrets) {
    return putSecrets(this.db, id, secrets);
  }

  /** A httpgwd that may reach this host; resolves when it listens. */
  async httpgwd({ instance = '1', config = {}, open = true } = {}) {
    const port = config.http?.port ?? (this.callbackPort ??= await freePort());
    const daemon = await this.house.start('httpgwd', {
      instance,
      config: { providers: { dir: this.profiles }, public_url: `http://127.0.0.1:${port}`, http: { listen: `127.0.0.1:${port}` }, allow_hosts: ['127.0.0.1'], ...config },
    });
    daemon.port = port;
    if (open) await daemon.waitLog(/account opened/);
    return daemon;
  }

  /** The configuration of one more httpgwd, for one account, listening there. */
  lastConfig(port, account) {
    const listen = `127.0.0.1:${port}`;
    return { providers: { dir: this.profiles }, public_url: `http://${listen}`, http: { listen }, allow_hosts: ['127.0.0.1'], accounts: [account] };
  }

  async httpMetric(daemon, name, account = 'main', more = '') {
    return (await daemon.metrics())[`vestnik_httpgwd_${name}{account="${account}"${more}}`] ?? 0;
  }

  /** Call httpgwd as the provider would. */
  call(url, body, { key = 'k3y', time = Math.floor(Date.now() / 1000), headers = {}, method = 'POST' } = {}) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const sign = createHmac('sha256', key).update(`${time}.${text}`).digest('hex');
    return fetch(url, {
      method,
      body: method === 'GET' ? undefined : text,
      headers: { 'content-type': 'application/json', 'x-sign': sign, 'x-time': String(time), ...headers },
    });
  }

  /** The address of the account's calls. */
  async callbackUrl(name = 'main') {
    const token = await this.house.value('SELECT token FROM account_callback c JOIN account a ON a.id = c.account_id WHERE a.name = $1', [name]);
    return `http://127.0.0.1:${this.callbackPort}/callback/${name}/${token}`;
  }

  async stopped(account) {
    return this.house.value('SELECT stopped FROM account_lease WHERE account_id = $1', [account]);
  }

  /** Wait until each of the batch's messages is at the provider's. */
  sentAll(provider, batch) {
    return waitFor('all messages at the provider', () => {
      const came = new Set(provider.numbers());
      return batch.msisdns.every((msisdn) => came.has(String(msisdn)));
    });
  }
}
