// SPDX-License-Identifier: AGPL-3.0-or-later
// How much script a browser must fetch before the interface can be used.  How long that takes is measured in
// tests/size, where nothing else runs.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { firstLoad } from './lib/first-load.mjs';
import { furnished } from './lib/furnished.mjs';

const SCRIPT_BYTES_MAX = 350_000;
/** On a busy machine the pages fetched for later may already be among them: the least counts. */
const TIMES = 3;

const at = furnished('weight');

for (const [where, who] of [['the door', () => undefined], ['the start page', () => at.session]]) {
  test(`the first load of ${where} is small`, async (t) => {
    let least = Infinity;
    for (let i = 0; i < TIMES; i++) least = Math.min(least, (await firstLoad(at.chrome, at.service, who())).bytes);
    t.diagnostic(`measured: ${where}: ${(least / 1000).toFixed(0)} kB of compressed script`);
    assert.ok(least > 0 && least < SCRIPT_BYTES_MAX, `${least} bytes of script`);
  });
}
