// SPDX-License-Identifier: AGPL-3.0-or-later
// screenshots - pictures of every page and of each state of the first campaign, in both languages, at three
// widths, in both themes: FOLDER/STATE-LANGUAGE-WIDTH-THEME.png.
//
//   node tests/e2e/screenshots.mjs FOLDER

import { mkdirSync } from 'node:fs';
import path from 'node:path';

import { Chrome, LANGUAGES, SIZES, THEMES } from './lib/browser.mjs';
import { furnish } from './lib/company.mjs';
import { firstCampaign, newcomer, prepare, writeFile } from './lib/journey.mjs';
import { addresses, folders } from './lib/pages.mjs';
import { Person } from './lib/person.mjs';
import { Service } from './lib/service.mjs';

const [folder = 'build/screenshots'] = process.argv.slice(2);
let pictures = 0;

/** The state as it stands, at each width and in each theme: all of the page, the window being as high as it. */
async function picture(window, language, state) {
  const { page } = window;
  const before = page.viewportSize();
  for (const { width, height } of Object.values(SIZES)) {
    await page.setViewportSize({ width, height });
    const whole = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.max(height, whole) });
    for (const theme of THEMES) {
      await window.theme(theme);
      await page.screenshot({ path: path.join(folder, `${state}-${language}-${width}-${theme}.png`) });
      pictures++;
    }
  }
  await window.theme('light');
  await page.setViewportSize(before);
}

async function journey(chrome, language) {
  const service = await newcomer(`screenshots_${language}`);
  try {
    await prepare(service);
    const person = await service.person('olga', { language, name: 'Ольга Берёзкина' });
    const window = await chrome.window(service, { language });
    let number = 0;
    const at = (state) => picture(window, language, `first-${String(++number).padStart(2, '0')}-${state}`);
    await firstCampaign(new Person(window), { service, person, file: writeFile(service.house.dir), at });
    await window.close();
  } finally {
    await service.close();
  }
}

async function pages(chrome) {
  const service = await Service.open('screenshots');
  try {
    const all = addresses(await furnish(service));
    for (const language of LANGUAGES) {
      const session = await chrome.signIn(service, await service.person(`olga-${language}`, { language, name: 'Ольга Берёзкина' }));
      const window = await chrome.window(service, { session });
      for (const name of folders()) {
        for (const [state, address] of Object.entries(all[name] ?? {})) {
          await window.open(address);
          await picture(window, language, state);
        }
      }
      await window.close();
    }
  } finally {
    await service.close();
  }
}

mkdirSync(folder, { recursive: true });
const chrome = await Chrome.open();
try {
  await pages(chrome);
  for (const language of LANGUAGES) await journey(chrome, language);
} finally {
  await chrome.close();
}
console.log(`${pictures} pictures in ${folder}`);
