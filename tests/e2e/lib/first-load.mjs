// SPDX-License-Identifier: AGPL-3.0-or-later
// first-load - what a browser fetches that has nothing of the interface yet, and how long until it can be used.

/** Open the start page in a browser that has nothing of it; resolves to { bytes, ms }, the bytes being those of
 * the scripts that had come when the page could be used. */
export async function firstLoad(chrome, service, session) {
  const window = await chrome.window(service, { session, motion: 'no-preference' });
  const network = await window.context.newCDPSession(window.page);
  const scripts = new Set();
  let bytes = 0;
  await network.send('Network.enable');
  network.on('Network.responseReceived', ({ requestId, type }) => { if (type === 'Script') scripts.add(requestId); });
  network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => { if (scripts.has(requestId)) bytes += encodedDataLength; });
  await window.open('/');
  const ms = await window.page.evaluate(() => globalThis.seen.usableAt());
  window.mustBeClean();
  const load = { bytes, ms };
  await window.close();
  return load;
}
