// SPDX-License-Identifier: AGPL-3.0-or-later
// visitor - a browser before the API: it keeps the cookies it gets and sends what a page of ours would.
//
//   const anna = new Visitor(api.base, { address: '198.51.100.7' });
//   await anna.signIn('anna', PASSWORD);

import http from 'node:http';

export class Visitor {
  /**
   * @param {string} base
   * @param {object} [options]
   * @param {string | string[]} [options.address] what a proxy says of where it is: X-Forwarded-For
   * @param {string} [options.agent] User-Agent
   */
  constructor(base, { address, agent } = {}) {
    this.base = base;
    this.address = address;
    this.agent = agent;
    this.cookies = new Map();
  }

  /** One request; resolves to { status, headers, body }. */
  ask(method, where, body, headers = {}) {
    const all = {
      'x-vestnik-web': '1',
      'sec-fetch-site': 'same-origin',
      origin: method === 'GET' ? undefined : this.base,
      cookie: this.cookies.size > 0 ? [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') : undefined,
      'x-forwarded-for': this.address ?? undefined,
      'user-agent': this.agent,
      'content-type': body === undefined ? undefined : 'application/json',
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const request = http.request(this.base + where, {
        method,
        headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
      }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (data) => { text += data; });
        response.on('end', () => {
          for (const line of response.headers['set-cookie'] ?? []) this.#keep(line);
          resolve({ status: response.statusCode, headers: response.headers, body: text === '' ? null : JSON.parse(text) });
        });
      });
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  #keep(line) {
    const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
    if (/; Max-Age=0\b/.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }

  get(where) {
    return this.ask('GET', where);
  }

  trySignIn(login, password) {
    return this.ask('POST', '/v1/session', { login, password });
  }

  async signIn(login, password) {
    const answer = await this.trySignIn(login, password);
    if (answer.status !== 200) throw new Error(`signing in: ${answer.status} ${JSON.stringify(answer.body)}`);
    return this;
  }
}

/** "wrong-sign-in" of a problem. */
export const kind = ({ body }) => body?.type?.split(':').at(-1);
