// SPDX-License-Identifier: AGPL-3.0-or-later
// The first campaign in the browser, by a newcomer, in both languages, on a phone and on a desk: it works, it
// takes few clicks and little time, and it leaves no trace of anybody.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { mustBeAccessible } from './lib/axe.mjs';
import { Chrome, LANGUAGES } from './lib/browser.mjs';
import { firstCampaign, newcomer, prepare, secrets, writeFile } from './lib/journey.mjs';
import { Person } from './lib/person.mjs';
import { mustKeepPrivate, mustLogNothingOf } from './lib/privacy.mjs';

const CLICKS_MAX = 25;
const SECONDS_MAX = 180;

let chrome;

before(async () => { chrome = await Chrome.open(); });
after(() => chrome.close());

/** axe takes its time, so each state is judged in one language and one size of the two. */
const judged = (language, size) => (language === 'ru') === (size === 'phone');

async function look(window, state, withAxe) {
  await window.mustFit();
  if (withAxe) await mustBeAccessible(window, state);
}

for (const language of LANGUAGES) {
  for (const size of ['phone', 'desktop']) {
    test(`the first campaign on a ${size} in ${language}`, async (t) => {
      const service = await newcomer(`journey_${language}_${size}`);
      try {
        await prepare(service);
        const file = writeFile(service.house.dir);
        const person = await service.person('olga', { language, name: 'Ольга Берёзкина' });
        const window = await chrome.window(service, { language, size });
        const olga = new Person(window);
        await firstCampaign(olga, { service, person, file, at: (state) => look(window, state, judged(language, size)) });
        const { clicks, keys, seconds, waited } = olga.figures();
        t.diagnostic(`measured: first campaign, ${language}, ${size}: ${clicks} clicks, ${keys} keys, `
          + `${seconds.toFixed(0)} s by the keystroke-level model, of which ${waited.toFixed(0)} s were waiting`);
        assert.ok(clicks <= CLICKS_MAX, `${clicks} clicks`);
        assert.ok(seconds < SECONDS_MAX, `${seconds} s`);
        window.mustBeClean();
        await mustKeepPrivate(window, secrets(file, person));
        mustLogNothingOf(service, secrets(file, person));
        await window.close();
      } finally {
        await service.close();
      }
    });
  }
}
