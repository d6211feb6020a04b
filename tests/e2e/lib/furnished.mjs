// SPDX-License-Identifier: AGPL-3.0-or-later
// furnished - for test files that only look: a furnished company, a browser, and somebody signed in.
//
//   const at = furnished('weight');
//   test('...', async () => { await at.chrome.window(at.service, { session: at.session }); });

import { after, before } from 'node:test';

import { Chrome } from './browser.mjs';
import { furnish } from './company.mjs';
import { Service } from './service.mjs';

/** What it returns is filled before the first test and closed after the last. */
export function furnished(name) {
  const at = {};
  before(async () => {
    at.service = await Service.open(name);
    at.chrome = await Chrome.open();
    await furnish(at.service);
    at.session = await at.chrome.signIn(at.service, await at.service.person('anna'));
  });
  after(async () => {
    await at.chrome?.close();
    await at.service?.close();
  });
  return at;
}
