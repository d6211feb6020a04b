// SPDX-License-Identifier: AGPL-3.0-or-later
// http - the HTTP API as a program or a browser sees it: kept connections, streamed uploads.
// Needs nothing but Node, so the demo can use it.

import http from 'node:http';

export class ApiError extends Error {
  constructor(method, path, status, problem) {
    super(`${method} ${path}: ${status} ${problem?.title ?? ''} ${problem?.detail ?? JSON.stringify(problem)}`);
    this.status = status;
    this.problem = problem;
  }
}

export class Http {
  constructor(url, token) {
    this.url = url;
    this.headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  }

  /** As a person's browser: with the cookie of a session instead of a token. */
  static async signIn(url, login, password) {
    const person = new Http(url);
    person.headers = { 'x-vestnik-web': '1' };
    const { status, headers, body } = await person.raw('POST', '/v1/session', { body: { login, password } });
    if (status !== 200) throw new ApiError('POST', '/v1/session', status, body);
    person.headers.cookie = headers['set-cookie'][0].split(';')[0];
    return person;
  }

  /** One call; resolves to { status, headers, body } with the body parsed when it is JSON. */
  raw(method, path, { body, headers = {}, pieces } = {}) {
    return new Promise((resolve, reject) => {
      const request = http.request(`${this.url}${path}`, {
        method,
        agent: this.agent,
        headers: {
          ...this.headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
      }, (response) => {
        const chunks = [];
        // A stream of events has no end to wait for.
        if (/event-stream/.test(response.headers['content-type'] ?? '')) {
          response.destroy();
          return resolve({ status: response.statusCode, headers: response.headers, body: '' });
        }
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const json = /json/.test(response.headers['content-type'] ?? '');
          resolve({ status: response.statusCode, headers: response.headers, body: json ? JSON.parse(text) : text });
        });
      });
      request.on('error', reject);
      if (pieces === undefined) {
        request.end(body === undefined ? undefined : JSON.stringify(body));
        return;
      }
      // A streamed upload: the next piece when the last one is on its way.
      const iterator = pieces[Symbol.iterator]();
      const next = () => {
        for (;;) {
          const { done, value } = iterator.next();
          if (done) return request.end();
          if (!request.write(value)) return request.once('drain', next);
        }
      };
      next();
    });
  }

  /** The same; a status of 400 and above is an ApiError. */
  async call(method, path, body, options = {}) {
    const answer = await this.raw(method, path, { body, ...options });
    if (answer.status >= 400) throw new ApiError(method, path, answer.status, answer.body);
    return answer.body;
  }

  /** Import clients from pieces of CSV; resolves to the finished import. */
  async importClients(pieces, query = '') {
    return this.call('POST', `/v1/imports${query}`, undefined, { pieces, headers: { 'content-type': 'text/csv' } });
  }

  close() {
    this.agent.destroy();
  }
}
