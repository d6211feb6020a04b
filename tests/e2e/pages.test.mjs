// SPDX-License-Identifier: AGPL-3.0-or-later
// What holds for every page, in both themes, on a phone and on a desk: axe finds nothing, the browser has
// nothing to complain of, nothing sticks out, nothing jumps while it loads.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { mustBeAccessible } from './lib/axe.mjs';
import { Chrome } from './lib/browser.mjs';
import { furnish } from './lib/company.mjs';
import { addresses, folders } from './lib/pages.mjs';
import { Service } from './lib/service.mjs';

let service;
let chrome;
let pages;

before(async () => {
  service = await Service.open('pages');
  chrome = await Chrome.open();
  pages = addresses(await furnish(service));
});
after(async () => {
  await chrome.close();
  await service.close();
});

test('every page is looked at here', () => {
  assert.deepEqual(folders().filter((name) => !(name in pages)), [], 'add it to lib/pages.mjs');
});

async function look(window, address) {
  await window.open(address);
  await window.mustStandStill();
  await window.mustFit();
  assert.equal(await window.heading().count(), 1, `${address} has one heading of level 1`);
  await mustBeAccessible(window, address);
  window.mustBeClean();
}

for (const [size, language] of [['phone', 'ru'], ['desktop', 'en']]) {
  test(`pages on a ${size} in ${language}`, async (t) => {
    const session = await chrome.signIn(service, await service.person(`anna-${size}`, { language }));
    const window = await chrome.window(service, { session, size });
    for (const name of folders()) {
      for (const [state, address] of Object.entries(pages[name] ?? {})) await t.test(state, () => look(window, address));
    }
    for (const path of ['/999999999', '/999999999/progress']) window.allow(404, path);
    for (const [what, address] of [['nothing is there', '/nowhere'], ['no such campaign', '/campaigns/999999999']]) {
      await t.test(what, async () => {
        await window.page.goto(address);
        await window.page.getByRole('link', { name: window.t('error.to_start') }).waitFor();
        await window.mustFit();
        await mustBeAccessible(window, address);
        window.mustBeClean();
      });
    }
    await window.close();
    await t.test('the door', async () => {
      const door = await chrome.window(service, { language, size });
      await look(door, '/');
      await door.close();
    });
  });
}
