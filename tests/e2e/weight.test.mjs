// SPDX-License-Identifier: AGPL-3.0-or-later
// How much script a browser must fetch before the interface can be used.  How long that takes is measured in
// tests/size, where nothing else runs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Chrome } from './lib/browser.mjs';
import { furnish } from './lib/company.mjs';
import { firstLoad } from './lib/first-load.mjs';
import { Service } from './lib/service.mjs';

const SCRIPT_BYTES_MAX = 350_000;
/** On a busy machine the pages fetched for later may already be among them: the least counts. */
const TIMES = 3;

let service;
let chrome;
let session;

before(async () => {
  service = await Service.open('weight');
  chrome = await Chrome.open();
  await furnish(service);
  session = await chrome.signIn(service, await service.person('anna'));
});
after(async () => {
  await chrome.close();
  await service.close();
});

for (const [where, who] of [['the door', () => undefined], ['the start page', () => session]]) {
  test(`the first load of ${where} is small`, async (t) => {
    let least = Infinity;
    for (let i = 0; i < TIMES; i++) least = Math.min(least, (await firstLoad(chrome, service, who())).bytes);
    t.diagnostic(`measured: ${where}: ${(least / 1000).toFixed(0)} kB of compressed script`);
    assert.ok(least > 0 && least < SCRIPT_BYTES_MAX, `${least} bytes of script`);
  });
}
