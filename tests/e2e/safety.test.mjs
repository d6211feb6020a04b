// SPDX-License-Identifier: AGPL-3.0-or-later
// What a browser holds against attackers: the cookie, the policy of content, other sites.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';

import { Chrome } from './lib/browser.mjs';
import { furnish } from './lib/company.mjs';
import { PASSWORD, Service } from './lib/service.mjs';

let service;
let chrome;
let session;
let ids;
let foreign;

before(async () => {
  service = await Service.open('safety');
  chrome = await Chrome.open();
  ids = await furnish(service);
  session = await chrome.signIn(service, await service.person('anna'));
  foreign = http.createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><title>evil</title>'));
  await new Promise((resolve) => { foreign.listen(0, resolve); });
});
after(async () => {
  await new Promise((resolve) => { foreign.close(resolve); });
  await chrome.close();
  await service.close();
});

test('the cookie is out of reach of scripts and other sites', async () => {
  const window = await chrome.window(service, { language: 'ru' });
  const { page, t } = window;
  await window.open('/');
  await window.signIn('anna', PASSWORD);
  await page.getByRole('heading', { level: 1, name: t('start:title') }).waitFor();
  const cookies = (await window.context.cookies()).sort((a, b) => (a.name < b.name ? -1 : 1));
  assert.deepEqual(cookies.map(({ name, httpOnly, secure, sameSite, path }) => ({ name, httpOnly, secure, sameSite, path })), [
    { name: 'vestnik_device', httpOnly: true, secure: true, sameSite: 'Strict', path: '/v1' },
    { name: 'vestnik_session', httpOnly: true, secure: true, sameSite: 'Strict', path: '/' },
  ]);
  assert.equal(await page.evaluate(() => document.cookie), '');
  await window.close();
});

test('no script runs but the files of the service', async () => {
  const window = await chrome.window(service, { session });
  const { page } = window;
  const response = await page.goto('/');
  const policy = Object.fromEntries(response.headers()['content-security-policy'].split(/; */).map((part) => part.split(/ (.*)/)));
  assert.equal(policy['script-src'], "'self'");
  assert.equal(policy['default-src'], "'none'");
  await window.settled();
  // Set by the page itself: what the test's own commands evaluate is not held to the policy.
  const blocked = await page.evaluate(async () => {
    const reports = [];
    document.addEventListener('securitypolicyviolation', (event) => reports.push(event.effectiveDirective));
    const script = Object.assign(document.createElement('script'), { textContent: 'window.hit = "inline"' });
    document.body.append(script);
    const far = Object.assign(document.createElement('script'), { src: 'http://localhost:1/evil.js' });
    document.body.append(far);
    const box = document.createElement('div');
    box.innerHTML = '<img src="data:image/png,x" onerror="window.hit = \'attribute\'">';
    document.body.append(box);
    const image = box.firstChild;
    await new Promise((resolve) => { image.addEventListener('error', resolve); });
    while (reports.length < 3) await new Promise((resolve) => { requestAnimationFrame(resolve); });
    return { reports: reports.sort(), hit: window.hit };
  });
  assert.deepEqual(blocked, { reports: ['script-src-attr', 'script-src-elem', 'script-src-elem'], hit: undefined });
  await window.close();
});

/* What a page of another site can send with a person's cookie. */
const ATTEMPTS = {
  'a form': (page, url) => page.evaluate((action) => {
    const form = Object.assign(document.createElement('form'), { method: 'post', action, enctype: 'text/plain' });
    document.body.append(form);
    form.submit();
  }, url),
  'a request without reading the answer': (page, url) => page.evaluate((target) => fetch(target, { method: 'POST', mode: 'no-cors', credentials: 'include' }).catch(() => {}), url),
};

test('another site can send nothing in a person\'s name', async (t) => {
  const target = `/v1/campaigns/${ids.running}/pause`;
  const status = async () => (await service.api.call('GET', `/v1/campaigns/${ids.running}`)).status;
  // The same host at another port counts as the same site: the browser sends the cookie along.
  for (const host of ['127.0.0.1', 'localhost']) {
    for (const [how, send] of Object.entries(ATTEMPTS)) {
      await t.test(`${how} from ${host}`, async () => {
        const window = await chrome.window(service, { session });
        await window.page.goto(`http://${host}:${foreign.address().port}/`);
        const asked = (request) => request.url().endsWith(target);
        // What is no answer for this page the browser keeps from it, and calls it failed.
        const ended = Promise.any([window.page.waitForEvent('requestfinished', asked), window.page.waitForEvent('requestfailed', asked)]);
        await send(window.page, service.base + target);
        const request = await ended;
        if (how === 'a form') {
          const sent = (await request.allHeaders()).cookie ?? '';
          assert.equal(sent.includes('vestnik_session='), host === '127.0.0.1', 'the cookie goes along within the site alone');
          assert.equal((await request.response()).status(), host === '127.0.0.1' ? 403 : 401);
        }
        assert.equal(await status(), 'running');
        await window.close();
      });
    }
    await t.test(`a request with the service's own header from ${host}`, async () => {
      const window = await chrome.window(service, { session });
      await window.page.goto(`http://${host}:${foreign.address().port}/`);
      const outcome = await window.page.evaluate((url) => fetch(url, { method: 'POST', credentials: 'include', headers: { 'X-Vestnik-Web': '1' } })
        .then(() => 'sent', () => 'refused by the browser'), service.base + target);
      assert.equal(outcome, 'refused by the browser');
      assert.equal(await status(), 'running');
      await window.close();
    });
    await t.test(`a frame in a page of ${host}`, async () => {
      const window = await chrome.window(service, { session });
      await window.page.goto(`http://${host}:${foreign.address().port}/`);
      const refused = window.page.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()));
      await window.page.evaluate((url) => document.body.append(Object.assign(document.createElement('iframe'), { src: url })), service.base);
      await refused;
      await window.close();
    });
  }
  await t.test('while the person herself can', async () => {
    const window = await chrome.window(service, { session });
    const { page } = window;
    await window.open('/');
    await page.getByRole('button', { name: new RegExp(`^${window.t('campaign-control:pause')}`) }).click();
    await page.getByRole('button', { name: new RegExp(`^${window.t('campaign-control:resume')}`) }).waitFor();
    assert.equal(await status(), 'paused');
    window.mustBeClean();
    await window.close();
  });
});
