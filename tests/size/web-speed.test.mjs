// SPDX-License-Identifier: AGPL-3.0-or-later
// How quick the interface is: what the first load takes, and what a page change takes.  Times are those of the
// machine, so they are held here, where nothing else runs; what the first load transfers is held by make test.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { firstLoad } from '../e2e/lib/first-load.mjs';
import { furnished } from '../e2e/lib/furnished.mjs';

const LOAD_MS_MAX = 1500;
const CHANGE_MS_MAX = 200;
/** Measured this often; the middle one counts, since the machine does other things too. */
const TIMES = 5;

const at = furnished('speed');

const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const round = (values) => values.map((value) => Math.round(value)).join(', ');

for (const [where, who] of [['the door', () => undefined], ['the start page', () => at.session]]) {
  test(`the first load of ${where} is quick`, async (t) => {
    const loads = [];
    for (let i = 0; i < TIMES; i++) loads.push(await firstLoad(at.chrome, at.service, who()));
    const times = loads.map((load) => load.ms);
    t.diagnostic(`measured: ${where}: usable after ${round(times)} ms`);
    assert.ok(middle(times) < LOAD_MS_MAX, `usable after ${round(times)} ms`);
  });
}

test('a page change is there before one notices', async (t) => {
  const window = await at.chrome.window(at.service, { session: at.session, motion: 'no-preference' });
  const { page } = window;
  await window.open('/');
  const links = page.getByRole('navigation', { name: window.t('layout.navigation') }).getByRole('listitem').getByRole('link');
  const count = await links.count();
  const changes = new Map();
  // The first round fetches each page's code and data.
  for (let i = 0; i <= TIMES; i++) {
    for (let link = 0; link < count; link++) {
      const next = (link + 1) % count;
      await links.nth(next).click();
      await window.settled();
      const [change] = await page.waitForFunction(() => {
        const done = globalThis.seen.changes();
        return done.length > 0 && done;
      }).then((handle) => handle.jsonValue());
      if (i > 0) changes.set(change.to, [...(changes.get(change.to) ?? []), change.ms]);
    }
  }
  assert.equal(changes.size, count);
  for (const [title, times] of changes) {
    t.diagnostic(`measured: page change to "${title}": ${round(times)} ms`);
    assert.ok(middle(times) < CHANGE_MS_MAX, `to "${title}": ${round(times)} ms`);
  }
  window.mustBeClean();
  await window.close();
});
