// SPDX-License-Identifier: AGPL-3.0-or-later
// privacy - where data of people must never stand: addresses, titles and history of the browser, what it
// keeps, and what daemons log.

import assert from 'node:assert/strict';

/** How a value could stand somewhere: as it is, as part of an address, a phone as its digits. */
function spellings(secret) {
  const digits = secret.replaceAll(/\D/g, '');
  return [secret, encodeURIComponent(secret), encodeURI(secret), secret.replaceAll(' ', '+'),
    ...(/^\+?[\d\s()-]{10,}$/.test(secret) ? [digits.slice(-10)] : [])];
}

function mustLack(where, text, secrets) {
  const lower = text.toLowerCase();
  for (const secret of secrets) {
    const found = spellings(secret).find((spelling) => lower.includes(spelling.toLowerCase()));
    assert.equal(found, undefined, `${where} holds "${secret}"`);
  }
}

/** Everything the page has put where it outlives the page. */
function kept(page) {
  return page.evaluate(async () => {
    const databases = (await indexedDB.databases()).map(({ name }) => name);
    const caches_ = await Promise.all((await caches.keys()).map(async (name) => [name, (await (await caches.open(name)).keys()).map(({ url }) => url)]));
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, databases, caches_, document.cookie, window.name]);
  });
}

/** `secrets`: names, phones, texts, file names. */
export async function mustKeepPrivate(window, secrets) {
  const { titles, states } = await window.page.evaluate(() => globalThis.seen.history());
  mustLack('an address', [...window.addresses].join('\n'), secrets);
  mustLack('a title', [...window.titles, ...titles].join('\n'), secrets);
  mustLack('the history', states.join('\n'), secrets);
  mustLack('what the browser keeps', await kept(window.page), secrets);
  // A service worker would be a second place that keeps answers.
  assert.equal(await window.page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);
}

export function mustLogNothingOf(service, secrets) {
  const logs = service.logs();
  assert.ok(logs.some(({ text }) => text.length > 0), 'the daemons log something');
  for (const { name, text } of logs) mustLack(name, text, secrets);
}
