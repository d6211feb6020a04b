// SPDX-License-Identifier: AGPL-3.0-or-later
// api - apid in a house, with a token, and a client that speaks to it.
//
//   const api = await Api.open(house);
//   const { status, body } = await api.post('/v1/campaigns', {...});

import net from 'node:net';

export class Api {
  /** Start apid in a house; `options` as for house.start. */
  static async open(house, options = {}) {
    const daemon = await house.start('apid', {
      ...options,
      config: { http: { listen: '127.0.0.1:0', ...options.http }, web: { dir: '' }, ...options.config },
    });
    const token = options.token ?? (await house.vestnik('token', 'create', `test-${Math.random()}`)).trim();
    return new Api(house, daemon, token);
  }

  constructor(house, daemon, token) {
    this.house = house;
    this.daemon = daemon;
    this.token = token;
    this.port = Number(daemon.log().match(/api listening.*\bport=(\d+)/)[1]);
    this.base = `http://127.0.0.1:${this.port}`;
  }

  /** One request; a JSON answer is parsed. */
  async request(method, path, { body, headers = {}, token = this.token, signal } = {}) {
    const json = body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)
      && !(body instanceof ReadableStream);
    const response = await fetch(this.base + path, {
      method,
      signal,
      body: json ? JSON.stringify(body) : body,
      duplex: body instanceof ReadableStream ? 'half' : undefined,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(json ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
    });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    return {
      status: response.status,
      headers: response.headers,
      type,
      text,
      body: /[/+]json/.test(type) ? JSON.parse(text) : text,
    };
  }

  get(path, options) {
    return this.request('GET', path, options);
  }

  post(path, body, options) {
    return this.request('POST', path, { body, ...options });
  }

  put(path, body, options) {
    return this.request('PUT', path, { body, ...options });
  }

  patch(path, body, options) {
    return this.request('PATCH', path, { body, ...options });
  }

  /** Upload a CSV file (string, bytes or a stream of them). */
  upload(file, query = '', options = {}) {
    return this.request('POST', `/v1/imports${query}`, {
      body: file, ...options, headers: { 'content-type': 'text/csv', ...options.headers },
    });
  }

  /** A bare connection: what is written is sent as it is; `answer` resolves to all that came back. */
  raw() {
    const socket = net.connect(this.port, '127.0.0.1');
    let text = '';
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (data) => { text += data.toString('latin1'); });
    socket.answer = new Promise((resolve) => socket.on('close', () => resolve(text)));
    return socket;
  }
}
