// SPDX-License-Identifier: AGPL-3.0-or-later
// oidc - OpenID Connect providers on loopback: one that nobody here wrote (npm oidc-provider), and one that lies.

import crypto from 'node:crypto';
import http from 'node:http';

import Provider from 'oidc-provider';

export const CLIENT = 'vestnik';
export const SECRET = 'the secret of: vestnik & co';
export const REDIRECT = 'https://sms.zimorodok.example/v1/session/oidc/callback';

async function listen(handler) {
  const server = http.createServer(handler).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { server, url: `http://127.0.0.1:${server.address().port}`, close: () => { server.closeAllConnections(); server.close(); } };
}

/** npm's oidc-provider; whoever comes is let in as `accounts.current`, whose claims stand in `accounts`. */
export async function startProvider(accounts) {
  const provider = await listen((request, response) => provider.handler(request, response));
  const op = new Provider(provider.url, {
    clients: [{ client_id: CLIENT, client_secret: SECRET, redirect_uris: [REDIRECT], grant_types: ['authorization_code'], response_types: ['code'] }],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'groups'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true, methods: ['S256'] },
    cookies: { keys: ['one'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (ctx, interaction) => `/in/${interaction.uid}` },
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
    renderError: (ctx, out) => { ctx.body = JSON.stringify(out); },
  });
  const callback = op.callback();
  provider.handler = async (request, response) => {
    if (!request.url.startsWith('/in/')) return callback(request, response);
    const { prompt, params, session } = await op.interactionDetails(request, response);
    if (prompt.name === 'login')
      return op.interactionFinished(request, response, { login: { accountId: accounts.current } });
    const grant = new op.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    return op.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
  };
  /** What a browser does between being sent away and sent back: resolves to the address it is sent back to. */
  provider.browse = async (address) => {
    const jar = new Map();
    for (let where = address, i = 0; i < 10; i++) {
      const answer = await fetch(where, { redirect: 'manual', headers: { cookie: [...jar].map(([k, v]) => `${k}=${v}`).join('; ') } });
      for (const cookie of answer.headers.getSetCookie()) {
        const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/);
        jar.set(name, value);
      }
      const location = answer.headers.get('location');
      if (location === null) throw new Error(`${where}: ${answer.status} ${await answer.text()}`);
      if (location.startsWith(REDIRECT)) return new URL(location);
      where = new URL(location, provider.url).href;
    }
    throw new Error('the provider sends in circles');
  };
  return provider;
}

const b64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A pair of keys: `jwk` is what is published, `sign` makes a token. */
export function newKey(kid, alg = 'RS256', { bits = 2048 } = {}) {
  const { publicKey, privateKey } = alg === 'RS256' ? crypto.generateKeyPairSync('rsa', { modulusLength: bits })
    : crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    kid,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg },
    pem: publicKey.export({ type: 'spki', format: 'pem' }),
    sign(claims, header = {}) {
      const text = `${b64({ alg, kid, ...header })}.${b64(claims)}`;
      return `${text}.${crypto.sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
    },
  };
}

/** What a token without a signature, or with that of a shared secret, looks like. */
export const unsigned = (claims, header = {}) => `${b64({ alg: 'none', ...header })}.${b64(claims)}.`;
export function hmacSigned(claims, secret, header = {}) {
  const text = `${b64({ alg: 'HS256', ...header })}.${b64(claims)}`;
  return `${text}.${crypto.createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/** A provider that answers what it is told: `keys`, `token` (of the request's form) or `status`; `asked` counts by path. */
export async function startLiar() {
  const liar = await listen((request, response) => {
    const answer = (body, status = 200) => { response.writeHead(status, { 'content-type': 'application/json' }); response.end(JSON.stringify(body)); };
    let form = '';
    request.on('data', (data) => { form += data; });
    request.on('end', () => {
      liar.asked[request.url] = (liar.asked[request.url] ?? 0) + 1;
      if (request.url === '/.well-known/openid-configuration') return answer({
        issuer: liar.issuer ?? liar.url, authorization_endpoint: `${liar.url}/auth`, token_endpoint: liar.tokenEndpoint ?? `${liar.url}/token`, jwks_uri: `${liar.url}/jwks`,
      });
      if (request.url === '/jwks') return answer({ keys: liar.keys.map(({ jwk }) => jwk) });
      if (request.url === '/token') {
        liar.form = Object.fromEntries(new URLSearchParams(form));
        liar.authorization = request.headers.authorization;
        return answer(liar.status === 200 ? { access_token: 'x', token_type: 'Bearer', id_token: liar.token } : { error: 'invalid_grant' }, liar.status);
      }
      return answer({}, 404);
    });
  });
  return Object.assign(liar, { keys: [], asked: {}, status: 200, token: '' });
}
