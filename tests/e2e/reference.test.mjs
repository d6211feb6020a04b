// SPDX-License-Identifier: AGPL-3.0-or-later
// The page of the API's description: it loads without a sign-in, is searched by path, words and right, and links to one
// operation; on a phone and a desktop, in both languages and themes.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { mustBeAccessible } from './lib/axe.mjs';
import { Chrome } from './lib/browser.mjs';
import { Service } from './lib/service.mjs';

let service;
let chrome;

before(async () => {
  service = await Service.open('reference');
  chrome = await Chrome.open();
});
after(async () => {
  await chrome.close();
  await service.close();
});

for (const [size, language, search] of [['phone', 'ru', /Поиск по пути/], ['desktop', 'en', /Search by path/]]) {
  test(`the API is read and searched, on a ${size} in ${language}`, async () => {
    const window = await chrome.window(service, { language, size });
    const { page } = window;
    await page.goto(`${service.base}/api?lang=${language}`);
    const box = page.getByRole('searchbox', { name: search });
    const shown = () => page.locator('.operation:visible').count();
    const all = await shown();
    assert.ok(all > 200, `${all} operations`);

    await page.keyboard.press('/');
    assert.equal(await box.evaluate((element) => element === document.activeElement), true, '/ goes to the search');
    await page.keyboard.type('launch');
    await page.locator('#launchCampaign').waitFor();
    const found = await shown();
    assert.ok(found > 0 && found < 30, `launch: ${found} of ${all}`);
    await box.fill('texts.review');
    assert.ok((await shown()) < 5, 'a right finds what needs it');
    assert.match(page.url(), /q=texts\.review/);

    await page.goto(`${service.base}/api?lang=${language}#launchCampaign`);
    const operation = page.locator('#launchCampaign');
    await operation.getByText('campaigns.launch', { exact: true }).first().waitFor();
    assert.equal(await operation.evaluate((element) => element.open), true, 'the address opens the operation');
    await window.mustFit();
    await mustBeAccessible(window, `/api, ${size}`);
    window.mustBeClean();
    await window.close();
  });
}
